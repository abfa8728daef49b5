/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include <math.h>

#include "units.h"

struct unit {
    const char *name;
    double ns;
};

/* As show_duration(), but intervals of hours are in seconds. */
static struct unit find_unit(double ns) {
    static const struct unit units[] = {{"ns", 1}, {"us", 1e3}, {"ms", 1e6}, {"s", 1e9}};
    size_t i = 0;
    while (i + 1 < sizeof(units) / sizeof(units[0]) && fabs(ns) >= 0.9995 * units[i + 1].ns)
        i++;
    return units[i];
}

/* The decimals for three digits, and up to `more` if the interval is narrow. */
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

const char *unit_text(
    struct arena *arena, size_t (*show)(double number, char *buf, size_t size), double number) {
    char buf[64];
    (void)show(number, buf, sizeof(buf));
    return arena_strdup(arena, buf);
}

const char *time_text(struct arena *arena, double ns, struct interval interval) {
    struct unit unit = find_unit(ns);
    if (isnan(ns) || !interval_known(interval))
        return unit_text(arena, show_duration, ns);
    return arena_printf(
        arena, "%.*f %s", time_decimals(ns, interval, unit), ns / unit.ns, unit.name);
}

/* "27.1..28.4" */
static const char *range_text(
    struct arena *arena, struct interval interval, double unit, int decimals) {
    if (!interval_known(interval))
        return "-";
    return arena_printf(
        arena, "%.*f..%.*f", decimals, interval.low / unit, decimals, interval.high / unit);
}

const char *time_interval_text(struct arena *arena, double ns, struct interval interval) {
    struct unit unit = find_unit(ns);
    return range_text(arena, interval, unit.ns, time_decimals(ns, interval, unit));
}

static int ratio_decimals(struct estimate ratio) {
    double width = ratio.interval.high - ratio.interval.low;
    return decimals_for(ratio.value, width > 0 ? width : ratio.value, 1);
}

const char *ratio_text(struct arena *arena, struct estimate ratio) {
    if (isnan(ratio.value))
        return "-";
    return arena_printf(arena, "%.*fx", ratio_decimals(ratio), ratio.value);
}

const char *ratio_interval_text(struct arena *arena, struct estimate ratio) {
    if (isnan(ratio.value))
        return "-";
    return range_text(arena, ratio.interval, 1, ratio_decimals(ratio));
}

const char *param_text(struct arena *arena, const struct param *param, union param_value value) {
    size_t size = param_format(param, value, NULL, 0) + 1;
    char *text = arena_alloc(arena, size);
    (void)param_format(param, value, text, size);
    return arena_printf(arena, "%s=%s", param->name, text);
}

const char *list_text(
    struct arena *arena, const char *list, const char *separator, const char *item) {
    return list[0] ? arena_printf(arena, "%s%s%s", list, separator, item) : item;
}
