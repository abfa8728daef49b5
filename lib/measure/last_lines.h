/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_LAST_LINES_H
#define MEASURE_LAST_LINES_H

#include "arena.h"

#include <stddef.h>

/* The last lines in `size` bytes of a program's output, without blank ends and with control
 * characters made visible ("\n" between lines). Whole lines, if the bytes are the last of a longer
 * output and hold a whole one. "" if there are none. Into `arena`. */
const char *last_lines(struct arena *arena, const char *output, size_t size);

#endif
