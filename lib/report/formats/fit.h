/* SPDX-License-Identifier: MIT */
#ifndef REPORT_FIT_H
#define REPORT_FIT_H

#include "arena.h"
#include "report.h"

/* Fits the table of a block into the width of a style: breaks long labels into lines and leaves out
 * columns. */

#define FIT_GAP "  " /* between columns */

struct fit {
    bool *shown;         /* by column */
    const char **labels; /* by row, with line breaks: they replace the cells of the label column */
};

/* Labels are broken only to make room for the columns of the answer (RANK_ANSWER). */
struct fit fit_block(
    struct arena *arena, const struct report_block *block, const struct report_style *style);

#endif
