/* SPDX-License-Identifier: MIT */
#ifndef CMD_AB_SIDES_H
#define CMD_AB_SIDES_H

#include "planning.h"
#include "verdict.h"

/* A and B, planned. */
struct ab_sides {
    struct planned planned[2];     /* each alone; `plan` refers to them */
    struct plan *plan;             /* of both: ab_plan */
    struct gate_settings unpaired; /* only its unpaired cases, which live as long as the plan */
};

/* Makes the plan that the options ask for. Release it whatever this returned. */
int ab_sides_make(
    const struct options *options, struct ab_sides *ret_sides, struct diag *diag) PCONC_CHECKED;
void ab_sides_release(struct ab_sides *sides);

#endif
