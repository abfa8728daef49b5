/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_ROUNDS_H
#define JUDGE_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The samples of a pair in one round, and its ratio. */

/* A pair's section has its cases in this order. */
enum side { SIDE_A, SIDE_B, SIDE_TWIN };
#define SIDES 3
#define SIDE_SAMPLES 4 /* of each side in a round, at most */
#define ROUND_SAMPLES_MAX (SIDES * SIDE_SAMPLES)

/* The order of the samples: ABBA BAAB or BAAB ABBA, drawn from the seed; with the twin ABCCBA
 * CBAABC, where the letters are the sides in a drawn order. On average each side has the same
 * place, in each half and in the whole, so that drift affects all alike. `mirrored`: the same round
 * backwards. With fewer samples of each side it is the beginning of that: ABBA or BAAB of two, AB
 * or BA of one, whose order is drawn as well, so that without a difference the ratio is symmetric.
 * Returns the number of samples. */
size_t round_layout(uint64_t seed, size_t pair, int round, bool twin, bool mirrored,
    size_t side_samples, enum side ret_layout[ROUND_SAMPLES_MAX]);

/*
 * log(over / under), where each is the mean of its `count` values, of more than two without the
 * largest. A disturbance makes a
 * sample slower, seldom faster. If 5% of the samples lose 30% to bursts, the mean of all four times
 * leaves several times as many sessions of identical code inconclusive, and the mean of the middle
 * two twice as many. Without bursts the mean of all four is slightly better, that of the middle two
 * slightly worse. A third of the steady drift from sample to sample remains, in either direction.
 */
double round_log_ratio(const double *over, const double *under, size_t count);

#endif
