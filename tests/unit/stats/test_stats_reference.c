/* SPDX-License-Identifier: MIT */
/* Compares with results of R, which tests/data/stats/make.R wrote. */
#include "distributions.h"
#include "hodges_lehmann.h"
#include "signed_rank.h"

#include <criterion/criterion.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOLERANCE 1e-9 /* relative */
#define VALUES_MAX 128
#define CELLS_MAX 8

/* A line of a table: numbers, then sets of numbers. */
struct row {
    char *cells[CELLS_MAX];
};

struct values {
    double at[VALUES_MAX];
    size_t count;
};

static double number(const struct row *row, size_t cell) {
    return strtod(row->cells[cell], NULL);
}

static size_t count_of(const struct row *row, size_t cell) {
    return (size_t)strtoul(row->cells[cell], NULL, 10);
}

static struct values values_of(const struct row *row, size_t cell) {
    struct values values = {.count = 0};
    char *at = row->cells[cell], *end;

    for (;; at = end) {
        double value = strtod(at, &end);
        if (end == at)
            return values;
        cr_assert_lt(values.count, VALUES_MAX);
        values.at[values.count++] = value;
    }
}

static void expect_near(double got, double expected, const char *what, size_t line) {
    if (isnan(expected))
        cr_expect(isnan(got), "line %zu: %s is %.17g, not NaN", line, what, got);
    else
        cr_expect(fabs(got - expected) <= TOLERANCE * fabs(expected) + (expected == 0 ? 1e-15 : 0),
            "line %zu: %s is %.17g, R says %.17g", line, what, got, expected);
}

/* Calls `check` with each line of a table except its heading. */
static void each_row(
    const char *name, size_t expected_rows, void (*check)(const struct row *row, size_t line)) {
    char path[512], *text = NULL, *rest;
    size_t size = 0, line = 1;
    FILE *file;

    snprintf(path, sizeof(path), "%s/stats/%s", TESTS_DATA_DIR, name);
    file = fopen(path, "r");
    cr_assert(file, "cannot open %s", path);
    cr_assert_gt(getline(&text, &size, file), 0);
    while (getline(&text, &size, file) > 0) {
        struct row row = {0};

        rest = text;
        for (size_t i = 0; i < CELLS_MAX && rest; i++)
            row.cells[i] = strsep(&rest, ",\n");
        check(&row, ++line);
    }
    cr_expect_eq(line - 1, expected_rows, "%s has %zu rows", name, line - 1);
    free(text);
    fclose(file);
}

static void check_median_interval(const struct row *row, size_t line) {
    size_t n = count_of(row, 0);
    double confidence = number(row, 1), scratch[VALUES_MAX];
    struct values x = values_of(row, 5);
    struct interval interval;

    cr_expect_eq(median_interval_rank(n, confidence), count_of(row, 2), "line %zu", line);
    if (x.count == 0)
        return;
    interval = median_interval(x.at, x.count, confidence, scratch);
    expect_near(interval.low, number(row, 3), "low", line);
    expect_near(interval.high, number(row, 4), "high", line);
}

Test(stats_reference, intervals_of_medians_at_any_level) {
    each_row("median_interval.csv", 423, check_median_interval);
}

static void check_normal(const struct row *row, size_t line) {
    expect_near(normal_quantile(number(row, 0)), number(row, 1), "z", line);
    expect_near(normal_cdf(number(row, 1)), number(row, 0), "probability", line);
}

Test(stats_reference, normal_distribution) {
    each_row("normal.csv", 12, check_normal);
}

static void check_binomial(const struct row *row, size_t line) {
    size_t k = count_of(row, 0), n = count_of(row, 1);
    struct interval interval = binomial_interval(k, n, number(row, 2));

    expect_near(interval.low, number(row, 3), "low", line);
    expect_near(interval.high, number(row, 4), "high", line);
    expect_near(binomial_cdf((ptrdiff_t)k, n, 0.3), number(row, 5), "cdf", line);
}

Test(stats_reference, intervals_of_probabilities) {
    each_row("binomial.csv", 108, check_binomial);
}

static void check_hodges_lehmann(const struct row *row, size_t line) {
    struct values x = values_of(row, 4), y = values_of(row, 5);
    struct estimate shift = hodges_lehmann(x.at, x.count, y.at, y.count, number(row, 0));

    expect_near(shift.value, number(row, 1), "estimate", line);
    expect_near(shift.interval.low, number(row, 2), "low", line);
    expect_near(shift.interval.high, number(row, 3), "high", line);
}

Test(stats_reference, hodges_lehmann_with_its_interval) {
    each_row("hodges_lehmann.csv", 56, check_hodges_lehmann);
}

static void check_signed_rank(const struct row *row, size_t line) {
    size_t n = count_of(row, 0);
    double confidence = number(row, 1), scratch[VALUES_MAX];
    struct values x = values_of(row, 6);
    struct interval interval;

    cr_expect_eq(signed_rank_interval_rank(n, confidence), count_of(row, 2), "line %zu", line);
    if (x.count == 0)
        return;
    cr_assert_eq(x.count, n);
    interval = signed_rank_interval(x.at, n, confidence, scratch);
    expect_near(signed_rank_centre(x.at, n, scratch), number(row, 3), "estimate", line);
    expect_near(interval.low, number(row, 4), "low", line);
    expect_near(interval.high, number(row, 5), "high", line);
}

Test(stats_reference, signed_rank_with_its_interval) {
    each_row("signed_rank.csv", 122, check_signed_rank);
}

/* Many values have the normal approximation, which must go on where the exact ranks end. */
Test(stats_reference, signed_ranks_of_many_values_go_on_smoothly) {
    const size_t most = SIGNED_RANK_EXACT_MAX;
    size_t last = 0;

    for (size_t n = most - 3; n < most + 4; n++) {
        size_t rank = signed_rank_interval_rank(n, 0.9975);

        if (last > 0)
            cr_expect_float_eq((double)(rank - last), (double)n / 2 * 0.825, 12, "n %zu", n);
        last = rank;
    }
}

Test(stats_reference, empty_sets_have_no_shift_and_no_interval) {
    const double one = 1;

    cr_expect(isnan(hodges_lehmann(NULL, 0, &one, 1, 0.95).value));
    cr_expect(!interval_known(binomial_interval(0, 0, 0.95)));
    cr_expect(isnan(signed_rank_centre(NULL, 0, NULL)));
    cr_expect(!interval_known(signed_rank_interval(NULL, 0, 0.95, NULL)));
}
