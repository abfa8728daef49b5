/* SPDX-License-Identifier: MIT */
#include "spending.h"

#include <math.h>

#include "distributions.h"

/* The statistic at a look is standard normal. From below this, the next look cannot err. The points
 * of a look are the middles of equal parts of the range from here to its limit. */
#define LOWEST (-4.0)

static double point(double limit, int i) {
    return LOWEST + (i + 0.5) * (limit - LOWEST) / SPENDING_POINTS;
}

static double density(double z) {
    return exp(-z * z / 2) / sqrt(2 * M_PI);
}

/* From a statistic z at the last look to the next: mean rate * z, standard deviation `spread`. */
struct step {
    double rate, spread;
};

/* The chance that the next look errs above `limit`, and no look before it. */
static double chance_above(const struct spending *spending, struct step step, double limit) {
    double chance = 0;

    for (int i = 0; i < SPENDING_POINTS; i++)
        chance += spending->mass[i]
            * normal_cdf((step.rate * point(spending->limit, i) - limit) / step.spread);
    return chance;
}

/* Halves the range to as many digits as the points give. */
static double find_limit(const struct spending *spending, struct step step) {
    double low = 0, high = -normal_quantile(spending->share / 2);

    for (int i = 0; i < 20; i++) {
        double middle = (low + high) / 2;

        if (chance_above(spending, step, middle) > spending->share / 2)
            low = middle;
        else
            high = middle;
    }
    return high;
}

/* The mass at a point is the density there times the distance of points. */
static void start(struct spending *spending) {
    spending->limit = -normal_quantile(spending->share / 2);
    for (int i = 0; i < SPENDING_POINTS; i++)
        spending->mass[i] =
            density(point(spending->limit, i)) * (spending->limit - LOWEST) / SPENDING_POINTS;
}

static void advance(struct spending *spending, struct step step, double limit) {
    double width = (limit - LOWEST) / SPENDING_POINTS / step.spread;
    double mass[SPENDING_POINTS] = {0};

    for (int i = 0; i < SPENDING_POINTS; i++)
        for (int j = 0; j < SPENDING_POINTS; j++)
            mass[i] += spending->mass[j] * width
                * density((point(limit, i) - step.rate * point(spending->limit, j)) / step.spread);
    for (int i = 0; i < SPENDING_POINTS; i++)
        spending->mass[i] = mass[i];
    spending->limit = limit;
}

struct spending spending_start(double alpha, size_t series, double decay, int looks) {
    double shares = 0;

    for (int i = 0; i < looks; i++)
        shares += pow(decay, i);
    return (struct spending){.share = alpha / ((double)series * shares), .decay = decay};
}

double spending_look(struct spending *spending, int values) {
    if (values > spending->values) {
        double rate = sqrt((double)spending->values / values);
        struct step step = {rate, sqrt(1 - rate * rate)};

        if (spending->values == 0)
            start(spending);
        else
            advance(spending, step, find_limit(spending, step));
        spending->values = values;
        spending->share *= spending->decay;
    }
    return 2 * normal_cdf(-spending->limit);
}
