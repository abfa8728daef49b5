/* SPDX-License-Identifier: MIT */
#include "noise.h"

#include <math.h>

#define PROCESS_NOISE 0.02
#define ITERATION_NOISE 0.02

/* Uniform in (0, 1]. */
static double uniform(struct rng *rng) {
    return ((double)(rng_next(rng) >> 11) + 1) * 0x1p-53;
}

/* Box and Muller's pair of normal numbers. */
static double normal(struct noise *noise) {
    double radius, angle, spare = noise->spare;

    if (!isnan(spare)) {
        noise->spare = NAN;
        return spare;
    }
    radius = sqrt(-2 * log(uniform(&noise->rng)));
    angle = 2 * M_PI * uniform(&noise->rng);
    noise->spare = radius * sin(angle);
    return radius * cos(angle);
}

/* The logarithm of a time without change and drift. */
static double draw_noise(struct noise *noise, const struct shape *shape) {
    /* The product of two log-normal factors is one. */
    double spread = (shape->spread > 0 ? shape->spread : 1) * hypot(PROCESS_NOISE, ITERATION_NOISE);
    bool longer = shape->share > 0 && uniform(&noise->rng) <= shape->share;

    return (longer ? log1p(shape->longer) : 0)
        + spread * (shape->has_tail ? -log(uniform(&noise->rng)) : normal(noise));
}

double noise_time(struct noise *noise, const struct shape *shape, double change) {
    noise->drift += noise->ramp + noise->step * normal(noise);
    return exp(change + noise->drift + draw_noise(noise, shape));
}

struct noise noise_start(struct rng rng, double drift, size_t samples) {
    struct noise noise = {.rng = rng, .spare = NAN};

    noise.drift = drift * normal(&noise);
    noise.ramp = drift * normal(&noise) / (double)samples;
    noise.step = drift / sqrt((double)samples);
    return noise;
}
