/* SPDX-License-Identifier: MIT */
#include "bisection.h"

#include <math.h>

/* `tries` when an end has decided. */
enum { NEVER = -1, ALWAYS = -2 };

double bisection_next(const struct bisection *bisection) {
    if (bisection->tries < 0)
        return 0;
    if (bisection->tries == 0)
        return bisection->low;
    if (bisection->tries == 1)
        return bisection->high;
    if (bisection->high <= bisection->low * (1 + BISECTION_PRECISION))
        return 0;
    return sqrt(bisection->low * bisection->high);
}

void bisection_add(struct bisection *bisection, bool held) {
    double tried = bisection_next(bisection);

    if (bisection->tries == 0 && !held) {
        bisection->tries = NEVER;
    } else if (bisection->tries == 1 && held) {
        bisection->tries = ALWAYS;
    } else {
        if (held)
            bisection->low = tried;
        else
            bisection->high = tried;
        bisection->tries++;
    }
}

enum bisection_end bisection_end(const struct bisection *bisection) {
    return bisection->tries == NEVER ? BISECTION_NEVER
        : bisection->tries == ALWAYS ? BISECTION_ALWAYS
                                     : BISECTION_FOUND;
}
