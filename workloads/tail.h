/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_TAIL_H
#define WORKLOADS_TAIL_H

#include "tcp.h"
#include "workloads.h"

#include <stdbool.h>
#include <stdint.h>

/* What the followers of `tail` (tail.c) and the writer of their files (tail_writer.c) share. */

#define TAIL_LINE 48 /* bytes of every line, its newline included */

struct tail_state {
    int64_t jobs, lines, interval_ns, poll_ns;
    uint64_t seed;
    int output_fd; /* to append to: the output of all jobs */
    struct partner *writer;
    int64_t port;
};

/* Line `line` of the file that job `job` follows the `round`th time; no string. */
void tail_line(
    const struct tail_state *state, int64_t job, int64_t round, int64_t line, char *ret_line);

/* A file in $TMPDIR or /tmp that has no name there, so that nothing is left of it, however the
 * processes that have it open may end. A descriptor for reading and appending, or -1 with errno. */
int tail_open_unnamed(void);

/* Starts the writer; fills state->writer and state->port. */
int tail_writer_start(struct tail_state *state, struct diag *diag) PCONC_CHECKED;

#endif
