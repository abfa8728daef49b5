/* SPDX-License-Identifier: MIT */
#include <pconc/workload.h>

/* SplitMix64: Steele, Lea, Flood, "Fast splittable pseudorandom number generators", OOPSLA 2014,
 * with the constants of Vigna's splitmix64.c (https://prng.di.unimi.it/splitmix64.c). */
#define GOLDEN_GAMMA UINT64_C(0x9E3779B97F4A7C15)

static uint64_t mix(uint64_t z) {
    z = (z ^ (z >> 30)) * UINT64_C(0xBF58476D1CE4E5B9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94D049BB133111EB);
    return z ^ (z >> 31);
}

/* All states lie on one cycle: hashing seed and stream one after the other puts streams at
 * unrelated places of it. */
struct rng rng_make(uint64_t seed, uint64_t stream) {
    return (struct rng){.state = mix(mix(seed + GOLDEN_GAMMA) + stream * GOLDEN_GAMMA)};
}

uint64_t rng_next(struct rng *rng) {
    rng->state += GOLDEN_GAMMA;
    return mix(rng->state);
}

int64_t rng_between(struct rng *rng, int64_t low, int64_t high) {
    uint64_t span = (uint64_t)high - (uint64_t)low;
    if (span == UINT64_MAX)
        return (int64_t)rng_next(rng);
    uint64_t range = span + 1;
    /* 2^64 modulo range: the lowest that many draws would make small remainders too likely. */
    uint64_t surplus = (UINT64_MAX - span) % range;
    uint64_t draw;
    do
        draw = rng_next(rng);
    while (draw < surplus);
    return (int64_t)((uint64_t)low + draw % range);
}
