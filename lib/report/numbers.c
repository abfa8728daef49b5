/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include <math.h>
#include <stdio.h>

#include "units.h"

struct unit {
    const char *name;
    double ns;
};

/* The units of show_duration() up to seconds: an interval of hours is easier to read in seconds. */
static struct unit find_unit(double ns) {
    static const struct unit units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    size_t i = 0;

    while (i + 1 < sizeof(units) / sizeof(units[0]) && fabs(ns) >= 0.9995 * units[i + 1].ns)
        i++;
    return units[i];
}

/* For three digits, and up to `more` further ones if the interval is that narrow. */
static int decimals_for(double value, double width, int more) {
    int least = fabs(value) < 9.995 ? 2 : fabs(value) < 99.95 ? 1 : 0;
    double wanted = width > 0 ? ceil(-log10(width / 5)) : INFINITY;

    if (wanted < least)
        return least;
    return wanted > least + more ? least + more : (int)wanted;
}

static int time_decimals(double ns, struct interval interval, struct unit unit) {
    return decimals_for(ns / unit.ns, (interval.high - interval.low) / unit.ns, 2);
}

void show_time(double ns, struct interval interval, char *buf, size_t size) {
    struct unit unit = find_unit(ns);

    if (isnan(ns) || !interval_known(interval))
        (void)show_duration(ns, buf, size);
    else
        (void)snprintf(
            buf, size, "%.*f %s", time_decimals(ns, interval, unit), ns / unit.ns, unit.name);
}

void show_time_interval(double ns, struct interval interval, char *buf, size_t size) {
    struct unit unit = find_unit(ns);
    int decimals = time_decimals(ns, interval, unit);

    if (!interval_known(interval))
        (void)snprintf(buf, size, "-");
    else
        (void)snprintf(buf, size, "%.*f..%.*f", decimals, interval.low / unit.ns, decimals,
            interval.high / unit.ns);
}

static int ratio_decimals(struct ratio ratio) {
    double width = ratio.interval.high - ratio.interval.low;

    return decimals_for(ratio.value, width > 0 ? width : ratio.value, 1);
}

void show_ratio(struct ratio ratio, char *buf, size_t size) {
    if (isnan(ratio.value))
        (void)snprintf(buf, size, "-");
    else
        (void)snprintf(buf, size, "%.*fx", ratio_decimals(ratio), ratio.value);
}

void show_ratio_interval(struct ratio ratio, char *buf, size_t size) {
    int decimals = ratio_decimals(ratio);

    if (isnan(ratio.value) || !interval_known(ratio.interval))
        (void)snprintf(buf, size, "-");
    else
        (void)snprintf(
            buf, size, "%.*f..%.*f", decimals, ratio.interval.low, decimals, ratio.interval.high);
}
