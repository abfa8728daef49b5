/* SPDX-License-Identifier: MIT */
#ifndef CMD_AB_SIDES_H
#define CMD_AB_SIDES_H

#include "ab_options.h"
#include "catalog.h"

/* What A and B are, planned. */
struct ab_sides {
    struct catalog catalogs[2]; /* what each knows */
    struct plan *plans[2];      /* each for itself; `plan` refers to them */
    struct plan *plan;          /* of both: ab_plan */
};

/* Of the options, which it changes. Free with ab_sides_release whatever this returned. */
int ab_sides_make(
    struct ab_command *command, struct ab_sides *ret_sides, struct diag *diag) PCONC_CHECKED;
void ab_sides_release(struct ab_sides *sides);

#endif
