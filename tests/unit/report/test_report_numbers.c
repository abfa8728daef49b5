/* SPDX-License-Identifier: MIT */
#include "numbers.h"

#include <criterion/criterion.h>
#include <math.h>

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

Test(report_numbers, show_times_as_finely_as_their_interval) {
    static const struct {
        double ns, low, high;
        const char *time, *interval;
    } rows[] = {
        {27.9e6, 27.1e6, 28.4e6, "27.9 ms", "27.1..28.4"},
        {27.91e6, 27.86e6, 27.95e6, "27.91 ms", "27.86..27.95"},
        {1.0021e9, 1.0019e9, 1.0024e9, "1.0021 s", "1.0019..1.0024"},
        {999.96e3, 990e3, 1010e3, "1.000 ms", "0.990..1.010"},
        {812, 803, 830, "812 ns", "803..830"},
        {160e6, 90e6, 300e6, "160 ms", "90..300"},
        {5e9, 5e9, 5e9, "5.0000 s", "5.0000..5.0000"},
        {7200e9, 7100e9, 7300e9, "7200 s", "7100..7300"},
        {27.9e6, NAN, NAN, "27.9 ms", "-"},
        {NAN, NAN, NAN, "-", "-"},
    };
    struct arena *arena = arena_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct interval interval = {rows[i].low, rows[i].high};
        const char *text = time_text(arena, rows[i].ns, interval);
        cr_expect_str_eq(text, rows[i].time, "row %zu: %s", i, text);
        text = time_interval_text(arena, rows[i].ns, interval);
        cr_expect_str_eq(text, rows[i].interval, "row %zu: %s", i, text);
    }
    arena_free(arena);
}

Test(report_numbers, show_ratios_as_finely_as_their_interval) {
    static const struct {
        struct estimate ratio;
        const char *value, *interval;
    } rows[] = {
        {{3.98, {3.95, 4.01}}, "3.98x", "3.95..4.01"},
        {{3.98123, {3.98122, 3.98124}}, "3.981x", "3.981..3.981"},
        {{41.26, {40.9, 42.3}}, "41.3x", "40.9..42.3"},
        {{1, {1, 1}}, "1.00x", "1.00..1.00"},
        {{0.5, {NAN, NAN}}, "0.50x", "-"},
        {{NAN, {NAN, NAN}}, "-", "-"},
    };
    struct arena *arena = arena_new();

    for (size_t i = 0; i < COUNT(rows); i++) {
        const char *text = ratio_text(arena, rows[i].ratio);
        cr_expect_str_eq(text, rows[i].value, "row %zu: %s", i, text);
        text = ratio_interval_text(arena, rows[i].ratio);
        cr_expect_str_eq(text, rows[i].interval, "row %zu: %s", i, text);
    }
    arena_free(arena);
}
