/* SPDX-License-Identifier: MIT */
#include "rounds.h"

#include <math.h>
#include <pconc/workload.h>

/* The order in which the sides first appear. */
static void draw(struct rng *rng, size_t count, enum side *sides) {
    for (size_t i = 0; i < count; i++)
        sides[i] = (enum side)i;
    for (size_t i = count; i > 1; i--) {
        size_t other = (size_t)rng_between(rng, 0, (int64_t)i - 1);
        enum side side = sides[i - 1];

        sides[i - 1] = sides[other];
        sides[other] = side;
    }
}

size_t round_layout(uint64_t seed, size_t pair, int round, bool twin, bool mirrored,
    size_t side_samples, enum side ret_layout[ROUND_SAMPLES_MAX]) {
    struct rng rng = rng_make(seed, ((uint64_t)round << 32) + pair + 1);
    size_t count = twin ? SIDES : SIDES - 1;
    enum side sides[SIDES];

    draw(&rng, count, sides);
    for (size_t i = 0; i < side_samples * count; i++) {
        size_t lap = i / count, at = i % count;
        bool forward = (lap == 0 || lap == SIDE_SAMPLES - 1) != mirrored;

        ret_layout[i] = sides[forward ? at : count - 1 - at];
    }
    return side_samples * count;
}

static double sum_of(const double *values, size_t count) {
    double sum = 0, largest = 0;

    for (size_t i = 0; i < count; i++) {
        sum += values[i];
        largest = fmax(largest, values[i]);
    }
    return count > 2 ? sum - largest : sum;
}

double round_log_ratio(const double *over, const double *under, size_t count) {
    return log(sum_of(over, count) / sum_of(under, count));
}
