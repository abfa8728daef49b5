/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_COMMANDS_H
#define PROCESS_COMMANDS_H

#include <pconc/command.h>

#include <stddef.h>
#include <stdint.h>

/*
 * What the programs that jobs start have used, and what the failed ones wrote (pconc/command.h).
 * The notes are in memory that worker processes share. One sample a process has them.
 */

/* Of all programs, the descendants that they have waited for among them. */
struct command_usage {
    int64_t count; /* programs that have ended; 0: the rest is 0 too */
    int64_t user_ns, system_ns;
    int64_t minor_faults, major_faults;
    int64_t voluntary_switches, involuntary_switches;
    int64_t peak_sum_bytes; /* of the peaks of resident memory, one for each program: that of its
                               largest process */
    int64_t peak_max_bytes; /* the largest of them */
};

/* Makes the notes, before workers exist. -ENOMEM. */
int commands_begin(struct diag *diag) PCONC_CHECKED;
void commands_end(void);

/* While no program runs. All 0 without notes. */
struct command_usage commands_usage(void);

/* Copies what the failed program of the lowest job wrote last to `to`, which has room for
 * COMMAND_OUTPUT_MAX bytes, and returns its size. 0: nothing was kept. */
size_t commands_output(char *to);

#endif
