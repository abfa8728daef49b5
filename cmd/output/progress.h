/* SPDX-License-Identifier: MIT */
#ifndef CMD_PROGRESS_H
#define CMD_PROGRESS_H

#include "session.h"

/* One line on standard error that is rewritten while a session runs. */
struct progress_line {
    bool shown;      /* something stands on the line */
    int64_t next_ns; /* not written again before this moment */
};

/* For session_options; `line` is a struct progress_line of zeroes. */
void progress_show(void *line, const struct session_progress *progress);
void progress_erase(struct progress_line *line);

#endif
