/* SPDX-License-Identifier: MIT */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "session.h"

/* One line on standard error that is rewritten while a session runs. */
struct progress_line {
    bool shown;      /* the line is not empty */
    int64_t next_ns; /* the earliest time of the next write */
};

/* For session_options; `line` is a struct progress_line of zeroes. */
void progress_show(void *line, const struct session_progress *progress);
void progress_erase(struct progress_line *line);

#endif
