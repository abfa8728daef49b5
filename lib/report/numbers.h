/* SPDX-License-Identifier: MIT */
#ifndef REPORT_NUMBERS_H
#define REPORT_NUMBERS_H

#include "summary.h"

/*
 * Numbers with as many digits as their interval justifies: a step of the last digit is at most a
 * fifth of the interval's width. Times have three to five digits, ratios three or four; both have
 * three or four where the interval is unknown. Intervals have the unit of their number, which is
 * not shown. NaN is "-". Texts live in the arena.
 */

const char *time_text(struct arena *arena, double ns, struct interval interval);
const char *time_interval_text(struct arena *arena, double ns, struct interval interval);
const char *ratio_text(struct arena *arena, struct estimate ratio);
const char *ratio_interval_text(struct arena *arena, struct estimate ratio);

/* The number as `show` writes it, a function of units.h. */
const char *unit_text(
    struct arena *arena, size_t (*show)(double number, char *buf, size_t size), double number);

/* "chunk=16", as a user would write it. */
const char *param_text(struct arena *arena, const struct param *param, union param_value value);

/* A list with one more item; `list` is "" at first. */
const char *list_text(
    struct arena *arena, const char *list, const char *separator, const char *item);

#endif
