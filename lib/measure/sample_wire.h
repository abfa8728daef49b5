/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_SAMPLE_WIRE_H
#define MEASURE_SAMPLE_WIRE_H

#include "plugin.h"
#include <sys/types.h>

#include "result.h"
#include "sample_cgroup.h"
#include "trial.h"

#include <limits.h>
#include <stddef.h>

/* What passes between the tool and its sample processes: flat structs, written and read by the same
 * program file. */

#define WIRE_REQUEST_FD 3
#define WIRE_REPLY_FD 4
#define WIRE_TEXT_MAX 16384 /* bytes of all text parameters of a case */

struct wire_request {
    char plugin[PATH_MAX]; /* the file that the workload is in; "": built in */
    struct plugin_identity identity;
    char workload[64];
    char executor[64];
    union param_value params[PARAMS_MAX]; /* a text is its offset into `texts` */
    union param_value pool[PARAMS_MAX];
    char texts[WIRE_TEXT_MAX];
    int workers;
    int cpus[WORKERS_MAX]; /* of each worker; a sample does not look for them itself */
    int cpu_count;         /* 0: not known */
    int64_t jobs;
    uint64_t seed;
    int warmup;
    int64_t passes;
    bool latency;
    double rate;
    int arrivals, round;
    int64_t timer_slack_ns;
    int64_t slow_ns;
    char cgroup[SAMPLE_CGROUP_PATH_SIZE]; /* to go into; "": none */
    int parent; /* the tool's pid: if it is gone, so should the sample be */
};

/* Written by a worker that dies of it, at its place in the reply file. */
struct wire_overflow {
    int64_t stack_size; /* 0: there was none */
    int64_t job;        /* -1: not in a job itself */
};

struct wire_reply {
    int32_t done;  /* 1: written whole */
    int32_t code;  /* of trial_run */
    int32_t phase; /* enum trial_phase; written as it goes, for when the rest never is */
    int64_t passes;
    struct sample sample; /* its texts are not set */
    char slow_tasks[SLOW_TEXT_SIZE];
    char failure[DIAG_TEXT_SIZE];
    size_t output_size; /* of `output`: what a failed command wrote last; it follows the failure */
    char output[COMMAND_OUTPUT_MAX];
};

/* Where a struct wire_overflow goes: behind the reply, which a sample whose worker died writes too.
 */
#define WIRE_OVERFLOW_AT ((off_t)sizeof(struct wire_reply))

/* Packs a case; -E2BIG if its texts are too long. The caller fills the rest. */
int wire_pack_case(struct wire_request *request, const struct bench_case *bench_case,
    struct diag *diag) PCONC_CHECKED;

/* Turns offsets back into texts inside `request`. */
void wire_unpack_texts(
    struct wire_request *request, const struct param *params, const struct param *pool);

#endif
