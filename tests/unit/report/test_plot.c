/* SPDX-License-Identifier: MIT */
#include "plot.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "stats.h"

#define MANY 10000

static struct arena *arena;
static double values[MANY];
static size_t count;

static void setup(void) {
    arena = arena_new();
}

static void teardown(void) {
    arena_free(arena);
}

TestSuite(plot, .init = setup, .fini = teardown);

static void add(double value, size_t times) {
    for (size_t i = 0; i < times; i++)
        values[count++] = value;
}

/* The plot of the values added so far, alone in its table. */
static const char *draw(bool utf8, double *ret_reach) {
    double scratch[MANY], known[MANY];
    size_t counts[PLOT_CELLS], known_count = 0;

    for (size_t i = 0; i < count; i++)
        if (!isnan(values[i]))
            known[known_count++] = values[i];
    double middle = median(known, known_count, scratch);
    *ret_reach = plot_reach_rounded(plot_reach(values, count, middle, scratch));
    plot_count(values, count, middle, *ret_reach, counts);
    return plot_text(arena, counts, utf8);
}

static void expect(const char *text, double reach) {
    double drawn_reach;
    const char *drawn = draw(false, &drawn_reach);

    cr_expect_str_eq(drawn, text, "'%s'", drawn);
    cr_expect_eq(drawn_reach, reach, "%g", drawn_reach);
}

Test(plot, puts_one_value_into_the_middle) {
    add(10e6, 1);
    expect("      @     ", 0.05);
}

Test(plot, shows_equal_values_as_one_narrow_hill) {
    add(10e6, 30);
    expect("      @     ", 0.05);
}

Test(plot, shows_a_second_mode) {
    add(96, 5);
    add(104, 5);
    expect(" @        @ ", 0.05);
    add(104, 5);
    add(60, 3);
    expect("-    =@     ", 0.5);
}

/* The share of far values decides whether the plot reaches them. */
Test(plot, keeps_its_reach_for_one_value_in_ten) {
    add(100, 9);
    add(1000, 1);
    expect("      @    .", 0.05);
    values[8] = 122;
    expect("      @   ..", 0.3);
}

Test(plot, shows_all_values_of_few) {
    add(100, 4);
    add(150, 1);
    expect("      @    :", 0.5);
}

Test(plot, counts_values_beyond_its_reach_in_the_outer_cells) {
    add(100, 98);
    add(1, 1);
    add(INFINITY, 1);
    expect(".     @    .", 0.05);
}

Test(plot, fills_its_width_with_evenly_spread_values) {
    for (size_t i = 0; i < MANY; i++)
        add(95 + 10 * ((double)i + 0.5) / MANY, 1);
    expect("@@@@@@@@@@@@", 0.05);
}

Test(plot, shows_one_value_among_many) {
    add(100, MANY - 1);
    add(97, 1);
    expect("  .   @     ", 0.05);
}

Test(plot, ignores_nan) {
    expect("-", 0.05);
    add(NAN, 3);
    expect("-", 0.05);
    add(100, 1);
    expect("      @     ", 0.05);
}

Test(plot, is_unknown_without_a_positive_median) {
    add(0, 3);
    expect("-", 0.05);
}

Test(plot, has_eight_heights) {
    static const size_t counts[PLOT_CELLS] = {0, 1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0};

    cr_expect_str_eq(plot_text(arena, counts, false), " .:-=+*#@   ");
    cr_expect_str_eq(
        plot_text(arena, counts, true), " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588   ");
}

Test(plot, rounds_its_reach_up) {
    static const double rows[][2] = {{0, 0.05}, {0.05, 0.05}, {0.051, 0.1}, {0.1, 0.1}, {0.21, 0.3},
        {0.95, 1}, {1.01, 1.1}, {9.99, 10}, {10, 10}, {1e9, 10}, {INFINITY, 10}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++)
        cr_expect_eq(plot_reach_rounded(rows[i][0]), rows[i][1], "%g", rows[i][0]);
}
