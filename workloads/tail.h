/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_TAIL_H
#define WORKLOADS_TAIL_H

#include "tcp.h"
#include "workloads.h"

#include <stdbool.h>
#include <stdint.h>

/* Shared by the jobs of `tail` (tail.c) and the writer of the files they follow (tail_writer.c). */

#define TAIL_LINE 48 /* bytes of each line, with its newline */

struct tail_state {
    int64_t jobs, lines, interval_ns, poll_ns;
    uint64_t seed;
    int output_fd; /* all jobs append to it */
    struct partner *writer;
    int64_t port;
};

/* Line `line` of the file that job `job` follows in its `round`th run. Not a string. */
void tail_line(
    const struct tail_state *state, int64_t job, int64_t round, int64_t line, char *ret_line);

/* A file without a name, in $TMPDIR or /tmp: it is gone once no process has it open. A descriptor
 * for reading and appending, or -1 with errno. */
int tail_open_unnamed(void);

/* Starts the writer; fills state->writer and state->port. */
int tail_writer_start(struct tail_state *state, struct diag *diag) PCONC_CHECKED;

#endif
