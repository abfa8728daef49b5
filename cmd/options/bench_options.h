/* SPDX-License-Identifier: MIT */
#ifndef CMD_BENCH_OPTIONS_H
#define CMD_BENCH_OPTIONS_H

#include "judging.h"
#include "outputs.h"
#include "spec.h"

/* What `pconc bench` was asked for. Names and numbers are still text. */

struct bench_options {
    struct plan_spec *over; /* settings and one run without a name: what overrides the plan's */
    const char **configs;
    size_t config_count, config_room;
    struct spec_text executors, workloads, workers; /* lists as they were written */
    struct spec_text filter;
    struct spec_list plugins; /* --plugin */
    bool control, dry_run, allow_exec, latency;
    bool without_checks;        /* of the CONFIGs */
    struct spec_list baselines; /* --baseline: files */
    struct judging judging;
    struct output_options outputs;
};

/* The options by their keys in argp, for commands that take some of them too. */
enum bench_key {
    KEY_EXECUTOR = 0x100,
    KEY_WORKLOAD,
    KEY_WORKERS,
    KEY_JOBS,
    KEY_PARAM,
    KEY_POOL,
    KEY_PREPARE,
    KEY_CLEANUP,
    KEY_ROUNDS,
    KEY_WARMUP,
    KEY_TIMEOUT,
    KEY_SLOW_TASK,
    KEY_SEED,
    KEY_PLUGIN,
    KEY_ALLOW_EXEC,
    KEY_FILTER,
    KEY_CONTROL,
    KEY_DRY_RUN,
    KEY_LATENCY,
    KEY_FORMAT,
    KEY_OUTPUT,
    KEY_SAVE,
    KEY_BASELINE,
    KEY_QUIET,
    KEY_COLOR,
};

void bench_options_init(struct bench_options *options);
/* What argp's parser is told of one option: its result. */
int bench_option_take(struct bench_options *options, int key, char *arg);

/* As options_parse. Free with bench_options_release whatever it returned. */
int bench_options_parse(int argc, char **argv, struct bench_options *ret_options);
void bench_options_release(struct bench_options *options);

/* The items of a comma separated list, in the arena. */
struct spec_list list_split(struct arena *arena, struct spec_text list);

#endif
