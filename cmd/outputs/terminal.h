/* SPDX-License-Identifier: MIT */
#ifndef CMD_TERMINAL_H
#define CMD_TERMINAL_H

#include <stdbool.h>

/* Properties of the terminal that a file descriptor refers to. */

/* Whether lines there can be rewritten in place. */
bool terminal_is_capable(int fd);

/* Columns: COLUMNS if it is set, else the terminal's own; 0 (no limit) without a terminal. */
int terminal_width(int fd);

/* The default of --color: on a capable terminal, unless NO_COLOR is set. */
bool terminal_wants_color(int fd);

#endif
