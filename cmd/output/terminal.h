/* SPDX-License-Identifier: MIT */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include <stdbool.h>

/* What is known about the terminal behind a file descriptor. */

/* Whether lines there can be rewritten in place. */
bool terminal_is_capable(int fd);

/* Columns: COLUMNS if it is set, else the terminal's own; 0, no limit, where there is none. */
int terminal_width(int fd);

/* Colour in the absence of a wish: on a capable terminal, unless NO_COLOR is set. */
bool terminal_wants_color(int fd);

#endif
