/* SPDX-License-Identifier: MIT */
#ifndef PLAN_ARRIVALS_H
#define PLAN_ARRIVALS_H

#include <stdint.h>

/* When jobs arrive in an open loop, where they come at their own rate and do not wait for the end
 * of earlier ones. */
enum arrivals {
    ARRIVALS_CONSTANT, /* one after each interval of 1 / rate, the first at 0 */
    ARRIVALS_POISSON,  /* after independent, exponentially distributed intervals with that mean */
};

extern const char *const arrivals_words[]; /* by enum arrivals, ended by NULL */

/* The enum arrivals of a word; -1: there is none. */
int arrivals_find(const char *word);

/* Fills due_ns[0..count-1], in ascending order, with nanoseconds from the start. `rate`: jobs per
 * second. The same seed and stream give the same times. Constant times are exact to the
 * nanosecond: rounding does not add up. */
void arrivals_fill(int64_t *due_ns, int64_t count, enum arrivals arrivals, double rate,
    uint64_t seed, uint64_t stream);

#endif
