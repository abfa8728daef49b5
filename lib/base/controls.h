/* SPDX-License-Identifier: MIT */
#ifndef BASE_CONTROLS_H
#define BASE_CONTROLS_H

#include <stdbool.h>

#include "arena.h"

/* Control characters (C0, DEL and, as UTF-8, C1) break lines and steer terminals: texts of others
 * are not printed with them. */

bool controls_in(const char *text);

/* Puts '?' for each byte of them. */
void controls_mask(char *text);

/* A copy with "\n", "\t" or "\x1b" for them. */
const char *controls_escaped(struct arena *arena, const char *text);

#endif
