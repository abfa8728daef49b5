/* SPDX-License-Identifier: MIT */
#ifndef CMD_AB_OPTIONS_H
#define CMD_AB_OPTIONS_H

#include "ab.h"
#include "bench_options.h"

/* What `pconc ab` was asked for. */

/* Keys of options in argp, beside those of bench. */
enum ab_key {
    KEY_DETECT = 0x200,
    KEY_POWER,
    KEY_MAX_TIME,
    KEY_CONFIG,
};

struct ab_command {
    const char *names[2];          /* A and B as they were written; NULL: not given */
    struct bench_options sides[2]; /* the options that bench has too: one set each */
    struct ab_options ab;
    enum fail_on fail_on;
};

/* As options_parse. Free with ab_options_release whatever it returned. */
int ab_options_parse(int argc, char **argv, struct ab_command *ret_command);
void ab_options_release(struct ab_command *command);

#endif
