/* SPDX-License-Identifier: MIT */
#include "bisection.h"

#include <math.h>

double bisection_next(const struct bisection *bisection) {
    double held = bisection->held, failed = bisection->failed;

    if (held <= 0)
        return failed > 0 ? 0 : bisection->low;
    if (failed <= 0)
        return held >= bisection->high ? 0 : fmin(2 * held, bisection->high);
    return failed <= held * (1 + BISECTION_PRECISION) ? 0 : sqrt(held * failed);
}

void bisection_add(struct bisection *bisection, bool held) {
    double tried = bisection_next(bisection);

    if (held)
        bisection->held = tried;
    else
        bisection->failed = tried;
}

enum bisection_end bisection_end(const struct bisection *bisection) {
    if (bisection->held <= 0)
        return BISECTION_NEVER;
    return bisection->failed <= 0 ? BISECTION_ALWAYS : BISECTION_FOUND;
}
