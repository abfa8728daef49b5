/* SPDX-License-Identifier: MIT */
#ifndef STATS_BISECTION_H
#define STATS_BISECTION_H

#include <stdbool.h>

/*
 * Finds the largest value between two at which a condition holds, when trying a value takes time,
 * and the more time the larger it is. Pure: the caller tries. The first value is the lower one, and
 * each next one twice as large, or the upper one, until the condition does not hold. Further ones
 * are the geometric mean of the largest value that held and the smallest that did not, until these
 * are within BISECTION_PRECISION. So no value is more than twice as large as the answer.
 *
 * A condition that depends on chance may hold at a larger value and not at a smaller one. Then the
 * answer is near such values; several bisections show how much it varies.
 */
#define BISECTION_PRECISION 0.02

enum bisection_end { BISECTION_FOUND, BISECTION_NEVER, BISECTION_ALWAYS };

/* Starts with `low` and `high` alone. */
struct bisection {
    double low, high;    /* the range */
    double held, failed; /* the largest value that held, the smallest that did not; 0: none yet */
};

/* The value to try next; 0: it is over. */
double bisection_next(const struct bisection *bisection);

/* Whether the condition held there. */
void bisection_add(struct bisection *bisection, bool held);

/* When it is over. FOUND: `held` is the answer. NEVER: not even at `low`. ALWAYS: even at `high`.
 */
enum bisection_end bisection_end(const struct bisection *bisection);

#endif
