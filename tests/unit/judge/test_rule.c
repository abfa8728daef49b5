/* SPDX-License-Identifier: MIT */
#include "procedure.h"
#include "rule.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <math.h>
#include <pconc/workload.h>

#define SESSIONS 4000
#define ROWS_MAX 4

/* About normal: the sum of twelve uniform numbers, with variance 1. */
static double draw(struct rng *rng) {
    double sum = -6;

    for (int i = 0; i < 12; i++)
        sum += (double)rng_between(rng, 0, 1 << 20) / (1 << 20);
    return sum;
}

/* How often the interval of n values with this mean lies above 0. */
static double seen_power(const struct rule *rule, size_t n, double confidence, double mean) {
    struct rng rng = rng_make(n, 0);
    double values[64], scratch[64];
    size_t above = 0;

    for (size_t session = 0; session < SESSIONS; session++) {
        for (size_t i = 0; i < n; i++)
            values[i] = mean + draw(&rng);
        above += rule->interval(values, n, confidence, scratch).low > 0;
    }
    return (double)above / SESSIONS;
}

Test(rule, power_is_what_is_seen) {
    static const struct {
        size_t n;
        double confidence, mean, most_off;
    } rows[] = {{8, 0.8, 0.8, 0.05}, {12, 0.9975, 1.4, 0.15}, {20, 0.99375, 0.8, 0.05},
        {50, 0.9975, 0.5, 0.05}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int median = 0; median < 2; median++) {
            const struct rule *rule = median ? &rule_median : &rule_signed_rank;
            size_t n = rows[i].n, rank = rule->rank(n, rows[i].confidence);
            double power = rule->power(rank, n, rows[i].mean);
            double seen = seen_power(rule, n, rows[i].confidence, rows[i].mean);

            cr_expect_float_eq(power, seen, rows[i].most_off, "row %zu, %s: %g, seen %g", i,
                rule->name, power, seen);
        }
    }
}

Test(rule, is_found_by_its_name) {
    cr_expect_eq(rule_find("signed-rank"), &rule_signed_rank);
    cr_expect_eq(rule_find("median"), &rule_median);
    cr_expect_eq(rule_find(NULL), &rule_median, "files of earlier versions name none");
    cr_expect_null(rule_find("signed rank"));
}

static const struct gate_settings settings = {.rule = DEFAULT_RULE,
    .alpha = DEFAULT_ALPHA,
    .equal_alpha = DEFAULT_EQUAL_ALPHA,
    .looks = LOOKS_MAX,
    .rounds = DEFAULT_GATE_ROUNDS,
    .power = DEFAULT_POWER};

/* A whole session in which all rows have this ratio, with a small spread. */
static struct gate_verdict judge_rows(
    const struct gate_settings *how, size_t rows, double ratio, struct pair_verdict *pairs) {
    const double thresholds[ROWS_MAX] = {0.02, 0.02, 0.02, 0.02};
    struct gate_verdict verdict = {.pairs = pairs};
    struct procedure *procedure = NULL;
    struct diag diag = {0};

    cr_assert_eq(procedure_new(how, thresholds, rows, &procedure, &diag), 0, "%s", diag.text);
    while (!procedure_done(procedure)) {
        double spread = 0.001 * ((procedure_rounds(procedure) * 7) % 11 - 5);

        for (size_t row = 0; row < rows; row++)
            procedure_feed(procedure, row, log(ratio) + spread);
        procedure_feed_control(procedure, -spread);
        procedure_end_round(procedure);
    }
    procedure_judge(procedure, &verdict);
    procedure_free(procedure);
    return verdict;
}

/* The first look has the largest share of alpha. */
Test(rule, only_the_level_of_alarms_is_divided_by_the_rows) {
    const double first = 1.0 / 6 / (1 - pow(5.0 / 6, LOOKS_MAX));
    struct pair_verdict one[1] = {{0}}, four[ROWS_MAX] = {{0}};
    struct gate_verdict verdict;

    judge_rows(&settings, 1, 1, one);
    verdict = judge_rows(&settings, ROWS_MAX, 1, four);
    cr_expect_float_eq(one[0].level, DEFAULT_EQUAL_ALPHA * first, 1e-12);
    cr_expect_float_eq(four[0].level, DEFAULT_EQUAL_ALPHA * first, 1e-12);
    cr_expect_float_eq(verdict.control.level, DEFAULT_ALPHA * first, 1e-12);
    cr_expect_gt(verdict.noise_floor, 0);
    judge_rows(&settings, 1, 0.9, one);
    judge_rows(&settings, ROWS_MAX, 0.9, four);
    cr_expect_float_eq(one[0].level, DEFAULT_ALPHA * first, 1e-12);
    cr_expect_lt(four[0].level, DEFAULT_ALPHA * first / 2);
    cr_expect_gt(four[0].level, DEFAULT_ALPHA * first / 5);
    cr_expect_eq(one[0].rounds, 10, "%d", one[0].rounds);
    cr_expect_eq(four[0].rounds, 12, "%d: 10 have no interval at this level", four[0].rounds);
}

/* Files without a rule: by the median, three looks that are spread evenly, and one level for all.
 */
Test(rule, the_rule_of_earlier_versions_still_judges) {
    struct gate_settings earlier = settings, unknown = settings;
    struct pair_verdict pairs[ROWS_MAX] = {{0}};
    struct gate_verdict verdict;
    struct procedure *procedure;
    struct diag diag = {0};

    earlier.rule = NULL;
    earlier.equal_alpha = NAN;
    earlier.looks = 3;
    verdict = judge_rows(&earlier, ROWS_MAX, 1, pairs);
    cr_expect_float_eq(pairs[0].level, DEFAULT_ALPHA / (3 * ROWS_MAX), 1e-15);
    cr_expect_float_eq(verdict.control.level, DEFAULT_ALPHA / (3 * ROWS_MAX), 1e-15);
    cr_expect_eq(pairs[0].rounds, 16, "%d", pairs[0].rounds);
    judge_rows(&earlier, 1, 1.1, pairs);
    cr_expect_eq(pairs[0].verdict, VERDICT_REGRESSED);
    cr_expect_eq(pairs[0].rounds, 33, "%d", pairs[0].rounds);
    cr_expect_eq(pairs[0].second_rounds, 17, "%d", pairs[0].second_rounds);
    unknown.rule = "dice";
    cr_expect_eq(procedure_new(&unknown, &(double){0.02}, 1, &procedure, &diag), -EINVAL);
    cr_expect_str_eq(
        diag.text, "the rule 'dice' is unknown; use the version of pconc that wrote it");
}
