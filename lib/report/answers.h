/* SPDX-License-Identifier: MIT */
#ifndef REPORT_ANSWERS_H
#define REPORT_ANSWERS_H

#include "summary.h"

/* What a session says, in sentences that every emitter for people prints. All texts live in
 * `arena`; NULL where there is nothing to say. */

/* CPU, usable CPUs, kernel, governor, rounds and seed, parted by ", ". */
const char *environment_line(struct arena *arena, const struct session *session);

/* "threads/4 at 40.2 ms, 3.98x serial (3.95..4.01); not separable from it: coroutines/1". NULL with
 * a single case. */
const char *fastest_answer(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section);

/* "threads/4 against its twin 1.002 (0.991..1.013): ..." */
const char *control_answer(struct arena *arena, const struct session *session,
    const struct session_summary *summary, const struct section *section);

/* "threads chunk=auto spin=20us; coroutines stack=64KiB concurrency=unbounded": the parameters of
 * the pools that all cases of an executor share. */
const char *pools_answer(
    struct arena *arena, const struct session *session, const struct section *section);

/* "serial, threads cannot start tasks": which executors of the section are not measured, and why.
 */
const char *impossible_answer(
    struct arena *arena, const struct session *session, const struct section *section);

/* "gcd/processes/2: 3 of 10 samples: killed by signal 9" */
const char *failure_answer(struct arena *arena, const struct session *session,
    const struct session_summary *summary, size_t index);

/* Whether there is anything to tell below the tables: failures, an interruption, warnings. */
bool has_notes(const struct session *session, const struct session_summary *summary);

/* "by SIGINT: 3 of 10 rounds are complete" */
const char *interruption_answer(struct arena *arena, const struct session *session);

#endif
