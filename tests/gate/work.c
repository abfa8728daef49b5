/* SPDX-License-Identifier: MIT */
/* The plug-in that calibrate.py compares with itself. A job of its two workloads has UNITS units of
 * work; a build with more units is slower by a known share. */
#include <pconc/plugin.h>

#include <errno.h>
#include <stdlib.h>

#ifndef UNITS
#define UNITS 400
#endif

/* The finalizer of MurmurHash3 (Appleby, public domain), which maps 64 bits one to one. */
static uint64_t hash(uint64_t number) {
    number = (number ^ (number >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    number = (number ^ (number >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return number ^ (number >> 33);
}

/*
 * compute: 16 jobs of 70 us. Each step needs the one before, so that no compiler shortens the
 * chain.
 */

#define UNIT_STEPS 100

static int compute_job(void *state, int64_t i, struct task *task, void *result) {
    uint64_t number = hash((uint64_t)i + 1);

    (void)state;
    (void)task;
    for (int step = 0; step < UNITS * UNIT_STEPS; step++) {
        number ^= number << 13;
        number ^= number >> 7;
        number ^= number << 17;
    }
    *(uint64_t *)result = number;
    return 0;
}

static const struct workload compute = {
    .name = "compute",
    .summary = "a chain of shifts of a length that is compiled in",
    .default_jobs = 16,
    .result_size = sizeof(uint64_t),
    .job = compute_job,
};

/*
 * reads: 200 jobs of 20 us. What a job reads decides where it reads next.
 */

#define UNIT_READS 2
#define ENTRIES (UINT64_C(1) << 19) /* 4 MiB */

static int reads_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    uint64_t *table = malloc(ENTRIES * sizeof(*table));

    (void)in;
    if (!table)
        return diag_set(diag, -ENOMEM, "out of memory");
    for (uint64_t i = 0; i < ENTRIES; i++)
        table[i] = hash(i);
    *ret_state = table;
    return 0;
}

/* Reads `table`, or computes what is in it if that is NULL. */
static inline uint64_t walk(const uint64_t *table, int64_t job) {
    uint64_t number = hash((uint64_t)job);

    for (uint64_t read = 0; read < UNITS * UNIT_READS; read++) {
        uint64_t place = (number + read) % ENTRIES;
        number = table ? table[place] : hash(place);
    }
    return number;
}

static int reads_job(void *state, int64_t i, struct task *task, void *result) {
    (void)task;
    *(uint64_t *)result = walk(state, i);
    return 0;
}

static int reads_verify(const void *state, const struct outcome *outcome, struct diag *diag) {
    (void)state;
    for (int64_t i = 0; i < outcome->jobs; i++)
        if (*(const uint64_t *)outcome_slot(outcome, i) != walk(NULL, i))
            return diag_set(diag, -EBADMSG, "job %d read something else", (int)i);
    return 0;
}

static const struct workload reads = {
    .name = "reads",
    .summary = "random reads of a table of 4 MiB that all jobs share",
    .default_jobs = 200,
    .result_size = sizeof(uint64_t),
    .setup = reads_setup,
    .job = reads_job,
    .verify = reads_verify,
    .teardown = free,
};

PCONC_PLUGIN(&compute, &reads);
