/* SPDX-License-Identifier: MIT */
#include "arrivals.h"

#include <math.h>
#include <pconc/workload.h>
#include <string.h>

#define NS_PER_SECOND 1e9

const char *const arrivals_words[] = {
    [ARRIVALS_CONSTANT] = "constant", [ARRIVALS_POISSON] = "poisson", NULL};

int arrivals_find(const char *word) {
    for (int i = 0; arrivals_words[i]; i++)
        if (strcmp(arrivals_words[i], word) == 0)
            return i;
    return -1;
}

/* In (0, 1]: its logarithm is finite. 53 bits are all that a double has. */
static double draw_unit(struct rng *rng) {
    return (double)((rng_next(rng) >> 11) + 1) * 0x1p-53;
}

/* Intervals by inversion: -ln(U) / rate (Knuth, The Art of Computer Programming, volume 2, 3.4.1).
 */
static void fill_poisson(int64_t *due_ns, int64_t count, double interval_ns, struct rng rng) {
    double at_ns = 0;

    for (int64_t i = 0; i < count; i++) {
        at_ns -= log(draw_unit(&rng)) * interval_ns;
        due_ns[i] = (int64_t)at_ns;
    }
}

void arrivals_fill(int64_t *due_ns, int64_t count, enum arrivals arrivals, double rate,
    uint64_t seed, uint64_t stream) {
    double interval_ns = NS_PER_SECOND / rate;

    if (arrivals == ARRIVALS_POISSON) {
        fill_poisson(due_ns, count, interval_ns, rng_make(seed, stream));
        return;
    }
    for (int64_t i = 0; i < count; i++)
        due_ns[i] = (int64_t)llround((double)i * NS_PER_SECOND / rate);
}
