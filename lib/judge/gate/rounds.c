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
    enum side ret_layout[ROUND_SAMPLES_MAX]) {
    struct rng rng = rng_make(seed, ((uint64_t)round << 32) + pair + 1);
    size_t count = twin ? SIDES : SIDES - 1;
    enum side sides[SIDES];

    draw(&rng, count, sides);
    for (size_t i = 0; i < SIDE_SAMPLES * count; i++) {
        size_t lap = i / count, at = i % count;
        bool forward = (lap == 0 || lap == SIDE_SAMPLES - 1) != mirrored;

        ret_layout[i] = sides[forward ? at : count - 1 - at];
    }
    return SIDE_SAMPLES * count;
}

static double sum_without_slowest(const double times[SIDE_SAMPLES]) {
    double sum = 0, slowest = 0;

    for (size_t i = 0; i < SIDE_SAMPLES; i++) {
        sum += times[i];
        slowest = fmax(slowest, times[i]);
    }
    return sum - slowest;
}

double round_log_ratio(const double over[SIDE_SAMPLES], const double under[SIDE_SAMPLES]) {
    return log(sum_without_slowest(over) / sum_without_slowest(under));
}
