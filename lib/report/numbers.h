/* SPDX-License-Identifier: MIT */
#ifndef REPORT_NUMBERS_H
#define REPORT_NUMBERS_H

#include "summary.h"

/*
 * Numbers with as many digits as their interval justifies: a step of the last digit is at most a
 * fifth of the interval's width, so that cases which differ look different. Times have three to
 * five digits, ratios three or four; three or four where the interval is unknown. Intervals have
 * the unit of their number and are shown without it. NaN is "-". SHOWN_MAX bytes are enough.
 */

#define SHOWN_MAX 64

void show_time(double ns, struct interval interval, char *buf, size_t size);
void show_time_interval(double ns, struct interval interval, char *buf, size_t size);
void show_ratio(struct ratio ratio, char *buf, size_t size);
void show_ratio_interval(struct ratio ratio, char *buf, size_t size);

#endif
