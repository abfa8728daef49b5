/* SPDX-License-Identifier: MIT */
#ifndef REPORT_FIT_H
#define REPORT_FIT_H

#include "arena.h"
#include "model.h"

/* How a block's table is fitted into a width: long labels are broken into lines, columns are left
 * out. */

#define FIT_GAP "  " /* between columns */

struct fit {
    bool *shown;         /* by column */
    const char **labels; /* by row, with line breaks; instead of the cells of the label column */
};

/* Labels are broken before the answer loses a column, but not to make room for more. width 0: no
 * limit. */
struct fit fit_block(struct arena *arena, const struct report_block *block, int width);

#endif
