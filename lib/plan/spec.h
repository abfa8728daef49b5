/* SPDX-License-Identifier: MIT */
#ifndef PLAN_SPEC_H
#define PLAN_SPEC_H

#include <pconc/diag.h>

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

/*
 * What a config file or a command line asks for: text, and where it was written. No name and no
 * number in it has been checked; plan_build() does that, and its errors point to the origins.
 */

struct spec_text {
    const char *text; /* NULL: not given */
    struct origin origin;
};

struct spec_list {
    struct spec_text *items;
    size_t count; /* 0: not given */
    size_t room;  /* for items, if spec_list_add() has allocated them; else 0 */
};

/* Puts `item` behind the others; the list's memory is in `arena`. */
void spec_list_add(struct arena *arena, struct spec_list *list, struct spec_text item);

/* The items of a comma separated list. */
struct spec_list spec_list_split(struct arena *arena, struct spec_text list);

/* A parameter with its value, or the values that a matrix gives it. */
struct spec_param {
    struct spec_text name;
    struct spec_list values;
    bool varied;   /* from a matrix: its value is then part of the case's id */
    bool anywhere; /* from the command line: for every run whose table has it; an error only if no
                      run of the plan has it */
};

struct spec_params {
    struct spec_param *items;
    size_t count;
};

/* One entry of `runs:`; its cases are the product of its lists. */
struct run_spec {
    struct origin origin; /* of the entry itself */
    struct spec_text name, workload;
    struct spec_list executors, workers, jobs;
    bool jobs_varied;                  /* the only one of `jobs` is part of the cases' ids */
    struct spec_params params;         /* the workload's */
    struct spec_params pool;           /* the executor's */
    struct spec_text prepare, cleanup; /* commands, before and after each sample */
    struct spec_text threshold;        /* of its cases, in a comparison: "5%" */
};

/* The keys of an entry of `checks:`. */
enum check_key {
    CHECK_CASE,
    CHECK_FASTER_THAN,
    CHECK_FACTOR,
    CHECK_TIME,
    CHECK_RUN,
    CHECK_STARTUP,
    CHECK_CPU,
    CHECK_P99,
    CHECK_MEMORY,
    CHECK_ERRORS,
    CHECK_KEYS
};
extern const char *const check_keys[CHECK_KEYS];

struct check_spec {
    struct origin origin;
    struct spec_text texts[CHECK_KEYS];
};

struct plan_spec {
    struct arena *arena;        /* owns everything below */
    struct plan_spec *appended; /* specs whose parts this one has; freed with it */
    struct spec_text rounds, warmup, seed, timeout, slow_task, rate, arrivals, latency_limit;
    struct spec_list plugins; /* paths */
    struct run_spec *runs;
    size_t run_count, run_room; /* room: as in a spec_list */
    struct check_spec *checks;
    size_t check_count, check_room;
};

struct plan_spec *plan_spec_new(void);
void plan_spec_free(struct plan_spec *spec); /* NULL is fine */

/* Puts the runs, checks and plug-ins of `from` behind those of `into`, which owns `from` then.
 * Settings that both give must agree: else -EINVAL names both places, and nothing has changed. */
int plan_spec_append(
    struct plan_spec *into, struct plan_spec *from, struct diag *diag) PCONC_CHECKED;

/* Overrides from the command line: every setting that `over` gives replaces that of `spec`. The
 * only run of `over` (run_count 1; 0: none) likewise replaces executors, workers, jobs, prepare,
 * cleanup, threshold, and, name by name, params and pool in every run of `spec` (a varied parameter
 * becomes a plain one, a missing one is added and marked `anywhere`); its name and workload are
 * not used. `over` must outlive `spec`. */
void plan_spec_override(struct plan_spec *spec, const struct plan_spec *over);

#endif
