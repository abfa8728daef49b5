/* SPDX-License-Identifier: MIT */
#ifndef FIXTURE_SESSION_H
#define FIXTURE_SESSION_H

#include "report.h"
#include "result.h"
#include "summary.h"
#include "verdict.h"

/*
 * A finished session with made-up, fixed numbers: `gcd` with a control, varied chunks and a case of
 * which some samples failed; `sleep`, whose serial case leaves the CPU idle, with a case that was
 * given up; `noop` without a serial case, with long names and a case that was never measured.
 * Tests may change anything in it.
 */

enum {
    GCD_SERIAL,
    GCD_THREADS,
    GCD_CHUNK,
    GCD_PROCESSES,
    GCD_COROUTINES,
    GCD_CONTROL,
    SLEEP_SERIAL,
    SLEEP_THREADS,
    SLEEP_PROCESSES,
    SLEEP_COROUTINES,
    NOOP_THREADS,
    NOOP_COROUTINES,
    NOOP_PROCESSES,
    FIXTURE_CASES,
};

struct fixture {
    struct arena *arena; /* owns all of it */
    struct plan plan;
    struct bench_case cases[FIXTURE_CASES];
    struct section sections[3];
    struct case_result results[FIXTURE_CASES];
    struct session session;
    const struct gate_verdict *gate; /* what its summaries tell of a comparison; NULL: nothing */
};

struct fixture *fixture_new(int rounds);
void fixture_free(struct fixture *fixture);

/* Makes it a comparison: threads against processes, which regressed, a row without a verdict, and a
 * control. */
void fixture_compare(struct fixture *fixture);

/* Gives every valid sample latencies of its jobs. */
void fixture_time_jobs(struct fixture *fixture);

/* Sets every valid sample's run to `run_ns` times 1 + spread * w, w a fixed number of -1..1 for the
 * round, and its start-up and shutdown to 0. */
void fixture_set_times(struct fixture *fixture, size_t index, double run_ns, double spread);

/* What a format prints of the fixture's session. Free it. */
char *fixture_emit(
    const struct fixture *fixture, const char *format, const struct report_style *style);

/* Compares with tests/data/report/NAME. With UPDATE_GOLDEN set in the environment it writes the
 * file instead. */
void fixture_check_golden(const char *name, const char *text);

#endif
