/* SPDX-License-Identifier: MIT */
#ifndef REPORT_PLOT_H
#define REPORT_PLOT_H

#include <stdbool.h>
#include <stddef.h>

#include "arena.h"

/*
 * A histogram in one line of text: how many values lie in each of PLOT_CELLS equal parts of a
 * range. The middle of the range is the median of the values. Its reach is the distance from there
 * to either end, as a share of the median. NaN among the values is ignored.
 *
 * All plots of a table have one reach. Readers compare its rows: a wide hill must mean a wide
 * spread in every row. With a reach for each row, noise of 1% would look like noise of 40%.
 *
 * The outer cells also count the values beyond the range. A reach that holds all values would let
 * one slow sample press the others of all rows into a single hill, and hide what they are read for:
 * a second mode. So a reach holds at least nine of ten values of each row.
 */

#define PLOT_CELLS 12
#define PLOT_REACH_MIN 0.05
#define PLOT_REACH_MAX 10

/* The smallest reach that holds nine of ten values, and all of fewer than ten. 0: there are no
 * values, or no positive median. `scratch` has room for `count` values, and
 * may be `values` itself. */
double plot_reach(const double *values, size_t count, double median, double *scratch);

/* The next of 5%, 10%, 20%, 30%, ..., 1000%, which is the largest. */
double plot_reach_rounded(double reach);

/* Counts the values of each cell, in rising order. */
void plot_count(
    const double *values, size_t count, double median, double reach, size_t ret_counts[PLOT_CELLS]);

/* A character for each cell: a blank for no value, else one of eight heights. The fullest cell is
 * eight high, a cell with any value at least one. "-": no value is in any cell. Heights are block
 * elements of UTF-8, or ASCII characters that grow darker: ".:-=+*#@". */
const char *plot_text(struct arena *arena, const size_t counts[PLOT_CELLS], bool utf8);

#endif
