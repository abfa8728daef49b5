/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <sys/mman.h>

enum { SIZE, READS };

static const struct param memory_params[] = {
    [SIZE] = {.name = "size",
        .type = PARAM_SIZE,
        .default_text = "64MiB",
        .test_text = "64KiB",
        .min = 4096,
        .max = INT64_C(1) << 40,
        .help = "of the table that all jobs read"},
    [READS] = {.name = "reads",
        .type = PARAM_COUNT,
        .default_text = "1000",
        .test_text = "100",
        .min = 0,
        .max = INT64_C(1000000000000),
        .help = "how often each job reads a random place; the next place depends on what was read"},
    {.name = NULL},
};

struct memory_state {
    size_t mapped;
    uint64_t count; /* of entries */
    int64_t reads;  /* of each job */
    uint64_t seed;
    uint64_t table[];
};

/* The finalizer of MurmurHash3 (Appleby, public domain), which maps 64 bits one to one. */
static uint64_t hash(uint64_t number) {
    number = (number ^ (number >> 33)) * UINT64_C(0xff51afd7ed558ccd);
    number = (number ^ (number >> 33)) * UINT64_C(0xc4ceb9fe1a85ec53);
    return number ^ (number >> 33);
}

/* What the table holds at `index`. */
static uint64_t entry_at(const struct memory_state *state, uint64_t index) {
    return hash(index ^ state->seed);
}

/* A place in the table, from all bits of a number (Lemire, "Fast random integer generation in an
 * interval", 2019). */
static uint64_t place_of(const struct memory_state *state, uint64_t number) {
    return (uint64_t)(((unsigned __int128)number * state->count) >> 64);
}

/* The number that says where a job reads next. The count keeps it from going round in a circle. */
static uint64_t next_number(uint64_t entry, int64_t read) {
    return entry + (uint64_t)read * UINT64_C(0x9e3779b97f4a7c15);
}

static int memory_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    size_t size = (size_t)in->params[SIZE].number, mapped = sizeof(struct memory_state) + size;
    struct memory_state *state =
        mmap(NULL, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (state == MAP_FAILED)
        return diag_no_memory(diag, "a table of %zu bytes", size);
    state->mapped = mapped;
    state->count = size / sizeof(state->table[0]);
    state->reads = in->params[READS].number;
    state->seed = hash(in->seed);
    for (uint64_t i = 0; i < state->count; i++)
        state->table[i] = entry_at(state, i);
    *ret_state = state;
    return 0;
}

static int memory_job(void *context, int64_t i, struct task *task, void *result) {
    (void)task;
    const struct memory_state *state = context;
    uint64_t number = hash((uint64_t)i);
    for (int64_t read = 0; read < state->reads; read++)
        number = next_number(state->table[place_of(state, number)], read);
    *(struct numbers *)result = (struct numbers){.sum = number, .jobs = 1};
    return 0;
}

/* Computes what the table holds instead of reading it. */
static uint64_t right_number(const void *context, int64_t i) {
    const struct memory_state *state = context;
    uint64_t number = hash((uint64_t)i);
    for (int64_t read = 0; read < state->reads; read++)
        number = next_number(entry_at(state, place_of(state, number)), read);
    return number;
}

static int memory_verify(const void *state, const struct outcome *outcome, struct diag *diag) {
    return numbers_verify(outcome, state, right_number, diag);
}

static void memory_teardown(void *context) {
    struct memory_state *state = context;
    munmap(state, state->mapped);
}

const struct workload workload_memory = {
    .name = "memory",
    .summary = "each job reads random places of a table that all of them share",
    .params = memory_params,
    .default_jobs = 200,
    .result_size = sizeof(struct numbers),
    .blocks = "",
    .setup = memory_setup,
    .job = memory_job,
    .merge = numbers_merge,
    .verify = memory_verify,
    .teardown = memory_teardown,
};
