/* SPDX-License-Identifier: MIT */
#include "metric.h"

#include <criterion/criterion.h>
#include <math.h>

static struct sample sample = {
    .startup_ns = 10,
    .run_ns = 200.5,
    .shutdown_ns = 30,
    .warmup_runs = 6,
    .user_ns = 300,
    .system_ns = 100,
    .max_rss_bytes = 4096,
    .latency = {.jobs = 5, .p99_ns = 77},
};
static const struct case_result result = {.passes = 4, .samples = &sample, .sample_count = 1};

Test(metric, has_the_value_of_a_sample) {
    static const struct {
        const char *name;
        double value;
    } rows[] = {{"time", 240.5}, {"run", 200.5}, {"startup", 10}, {"cpu", 40}, {"memory", 4096},
        {"p99", 77}};

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        int metric = metric_find(rows[i].name);
        double values[1];

        cr_assert_eq(metric, (int)i);
        cr_expect_eq(metric_value((enum metric)metric, &result, &sample), rows[i].value);
        cr_expect_eq(metric_values((enum metric)metric, &result, values), 1u);
        cr_expect_eq(values[0], rows[i].value);
    }
    cr_expect_eq(metric_find("speed"), -1);
}

Test(metric, of_a_sample_that_lacks_it_is_unknown) {
    struct sample failed = sample, plain = sample;

    failed.failure = "wrong";
    plain.latency.jobs = 0;
    cr_expect(isnan(metric_value(METRIC_RUN, &result, &failed)));
    cr_expect(isnan(metric_value(METRIC_P99, &result, &plain)));
    cr_expect_eq(metric_value(METRIC_RUN, &result, &plain), 200.5);
}

Test(metric, choice_has_the_time_if_nothing_is_chosen) {
    const struct metrics none = {0};
    const struct metrics some = {.chosen = 1U << METRIC_MEMORY | 1U << METRIC_RUN,
        .with_threshold = 1U << METRIC_MEMORY,
        .thresholds = {[METRIC_MEMORY] = 0.5}};
    enum metric list[METRICS];

    cr_assert_eq(metrics_list(&none, list), 1u);
    cr_expect_eq(list[0], METRIC_TIME);
    cr_assert_eq(metrics_list(&some, list), 2u);
    cr_expect_eq(list[0], METRIC_RUN);
    cr_expect_eq(list[1], METRIC_MEMORY);
    cr_expect_eq(metrics_threshold(&some, METRIC_MEMORY, 0.02), 0.5);
    cr_expect_eq(metrics_threshold(&some, METRIC_RUN, 0.02), 0.02);
}
