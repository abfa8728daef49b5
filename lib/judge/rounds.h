/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_ROUNDS_H
#define JUDGE_ROUNDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* What a pair measures in one round of a comparison, and what it makes of it. */

enum side { SIDE_A, SIDE_B, SIDE_TWIN };
#define SIDES 3
#define SIDE_SAMPLES 4 /* of each side in a round */
#define ROUND_SAMPLES_MAX (SIDES * SIDE_SAMPLES)

/* ABBA and its mirror BAAB, or BAAB and ABBA, as the seed has it; with the twin ABCCBA and CBAABC
 * in a drawn order of the three. Each side stands on average at the same place, in the first half,
 * in the second and in the whole, so that drift falls on all alike.
 * `mirrored`: the same round from its end to its beginning. Returns how many samples that is. */
size_t round_layout(uint64_t seed, size_t pair, int round, bool twin, bool mirrored,
    enum side ret_layout[ROUND_SAMPLES_MAX]);

/*
 * log(over / under), each the mean of its times in the round without the slowest: what disturbs a
 * sample makes it slower, seldom faster. Where 5% of the samples lose 30% to bursts, sessions of
 * identical code stay inconclusive several times as often with the mean of all four, and twice as
 * often with that of the middle two; without bursts the mean of all four is a little better than
 * this, and that of the middle two a little worse. Of steady drift a third of what a sample adds is
 * left in a round, to this side or that as its layout was drawn.
 */
double round_log_ratio(const double over[SIDE_SAMPLES], const double under[SIDE_SAMPLES]);

#endif
