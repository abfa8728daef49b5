/* SPDX-License-Identifier: MIT */
#ifndef CMD_JUDGING_H
#define CMD_JUDGING_H

#include "compare.h"

/* What commands that judge share: their options, exit codes, and judging saved sessions. */

enum fail_on { FAIL_INCONCLUSIVE, FAIL_REGRESSED, FAIL_NEVER };

enum judging_key {
    KEY_THRESHOLD = 0x300,
    KEY_ALPHA,
    KEY_FAIL_ON,
    KEY_DRIFT,
    KEY_LENIENT,
};

/* Take the value of an option: 0, or OPTIONS_COMPLAINED after a complaint. */
int option_percent(const char *option, const char *text, double low, double high, double *ret);
int option_fail_on(const char *text, enum fail_on *ret);

/* The exit code of a verdict. */
int verdict_exit(enum verdict verdict, enum fail_on fail_on);

/* How saved sessions are to be judged. */
struct judging {
    double alpha, drift;
    double threshold; /* of every row; NaN: of each its own */
    bool lenient;
    enum fail_on fail_on;
};

void judging_init(struct judging *judging);
/* What argp's parser is told of one of the keys above: its result. */
int judging_take(struct judging *judging, int key, const char *arg);

/* Whether sessions, those of the base first, may be compared: EXIT_FINE, or EXIT_USAGE after a
 * complaint. What --lenient lets pass is told all the same. */
int judging_check(
    const struct judging *judging, const struct compared *sessions, struct arena *arena);
/* Judges them. They and their names are borrowed by the verdict, which lives in `arena`. EXIT_FINE,
 * or EXIT_USAGE after a complaint. */
int judging_judge(const struct judging *judging, const struct compared *sessions,
    struct arena *arena, struct gate_verdict **ret_verdict);

#endif
