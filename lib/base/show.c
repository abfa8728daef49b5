/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <math.h>
#include <stdio.h>

/* One unit of a scale: it is used from `from` on, in its own size. */
struct step {
    const char *name;
    double size, from;
};

/* From the largest to the smallest. A unit begins where the one below would round up to its full
 * count (999.5 of 1000), so that "1000 ns" is never shown for "1.000 us". */
static const struct step duration_steps[] = {
    {" h", 3600e9, 9999.5e9}, /* seconds stay comparable for a long while */
    {" s", 1e9, 999.5e6},
    {" ms", 1e6, 999.5e3},
    {" us", 1e3, 999.5},
    {" ns", 1, 0},
};

static const struct step size_steps[] = {
    {" TiB", 0x1p40, 1023.5 * 0x1p30},
    {" GiB", 0x1p30, 1023.5 * 0x1p20},
    {" MiB", 0x1p20, 1023.5 * 0x1p10},
    {" KiB", 0x1p10, 1023.5},
    {" B", 1, 0},
};

static const struct step count_steps[] = {
    {"G", 1e9, 999.5e6},
    {"M", 1e6, 999.5e3},
    {"k", 1e3, 9999.5},
    {"", 1, 0},
};

/* NaN has no step and no number; the caller has dealt with it. */
static const struct step *find_step(const struct step *steps, double value) {
    while (fabs(value) < steps->from)
        steps++;
    return steps;
}

/* Four significant digits where the first is 1, else three: an error of 0.05% to 0.25%. */
static int duration_places(double value) {
    return value < 2 ? 3 : value < 20 ? 2 : value < 200 ? 1 : 0;
}

size_t show_duration(double ns, char *buf, size_t size) {
    if (isnan(ns))
        return (size_t)snprintf(buf, size, "-");
    const struct step *step = find_step(duration_steps, ns);
    double value = ns / step->size;
    if (step->size == 1 && fabs(value) < 1)
        return (size_t)snprintf(buf, size, "%.3g%s", value, step->name);
    return (size_t)snprintf(buf, size, "%.*f%s", duration_places(fabs(value)), value, step->name);
}

size_t show_size(double bytes, char *buf, size_t size) {
    if (isnan(bytes))
        return (size_t)snprintf(buf, size, "-");
    const struct step *step = find_step(size_steps, bytes);
    double value = bytes / step->size;
    int places = step->size > 1 && fabs(value) < 99.95;
    return (size_t)snprintf(buf, size, "%.*f%s", places, value, step->name);
}

size_t show_count(double count, char *buf, size_t size) {
    if (isnan(count))
        return (size_t)snprintf(buf, size, "-");
    const struct step *step = find_step(count_steps, count);
    double value = count / step->size;
    double magnitude = fabs(value);
    int places = magnitude < 9.995 ? 2 : magnitude < 99.95 ? 1 : 0;
    if (step->size == 1) /* counts are whole, their means are not */
        places = count != floor(count) && magnitude < 99.95;
    return (size_t)snprintf(buf, size, "%.*f%s", places, value, step->name);
}
