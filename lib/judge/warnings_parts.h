/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_WARNINGS_PARTS_H
#define JUDGE_WARNINGS_PARTS_H

#include "summary.h"

/* Between the files of the warnings. Texts are in the summary's arena. */

/* A warning names this many cases, and says how many more there are. */
#define NAMED_MAX 3

/* A list of names that grows. */
struct listing {
    const char *text;
    size_t count;
};

void list_case(struct arena *arena, struct listing *listing, const char *item);
const char *list_end(struct arena *arena, const struct listing *listing);

/* The names of the cases that a warning applies to; NULL: none. */
const char *list_cases(const struct session *session, struct arena *arena,
    bool (*applies)(const struct bench_case *bench_case, const struct case_result *result));

/* warn(summary, format, ...) */
#define warn(summary, ...) add_warning(summary, arena_printf((summary)->arena, __VA_ARGS__))
void add_warning(struct session_summary *summary, const char *text);

/* warnings_loops.c */
void warn_slow_tasks(const struct session *session, struct session_summary *summary);
void warn_blocked_loops(const struct session *session, struct session_summary *summary);

#endif
