/* SPDX-License-Identifier: MIT */
#include "steady.h"

#include <criterion/criterion.h>
#include <math.h>
#include <pconc/workload.h>

#include "distributions.h"

#define US INT64_C(1000)
#define MS INT64_C(1000000)
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* Times of runs, from 0. */
typedef int64_t series(const void *from, int64_t run);

struct end {
    enum steady_state state;
    int64_t runs, total_ns, last_ns;
};

static struct end follow(series *time_of, const void *from) {
    struct steady steady = {0};
    struct end end = {STEADY_GOES_ON, 0, 0, 0};

    while (end.state == STEADY_GOES_ON) {
        cr_assert_lt(end.runs, 100000000, "it does not end");
        end.last_ns = time_of(from, end.runs++);
        end.total_ns += end.last_ns;
        end.state = steady_add(&steady, end.last_ns);
    }
    return end;
}

/* The runs of a table; the last one repeats. */
struct table {
    int64_t run_ns[12];
};

static int64_t from_table(const void *from, int64_t run) {
    const struct table *table = from;
    size_t last = COUNT(table->run_ns) - 1;

    while (last > 0 && table->run_ns[last] == 0)
        last--;
    return table->run_ns[run < (int64_t)last ? (size_t)run : last];
}

Test(steady, a_level_is_found_after_one_block_and_the_time_of_a_level) {
    for (int64_t run_ns = 100; run_ns <= STEADY_LEVEL_NS; run_ns += 1 + run_ns / 3) {
        struct end end = follow(from_table, &(struct table){{run_ns}});
        int64_t block_ns = run_ns > STEADY_BLOCK_NS ? run_ns : STEADY_BLOCK_NS + run_ns;
        cr_expect_eq(end.state, STEADY_REACHED);
        cr_expect_geq(end.total_ns, STEADY_LEVEL_NS + run_ns);
        cr_expect_leq(end.total_ns, STEADY_LEVEL_NS + 2 * block_ns);
    }
}

/* The number of runs that each series takes, and how it ends. */
Test(steady, counts_the_runs_of_known_series) {
    static const struct {
        struct table table;
        int64_t runs;
        enum steady_state state;
    } rows[] = {
        {{{10 * MS}}, 2, STEADY_REACHED},
        {{{13 * MS, 10 * MS}}, 3, STEADY_REACHED},                           /* a slow first run */
        {{{10 * MS, 12 * MS}}, 2, STEADY_REACHED},                           /* it rises */
        {{{10 * MS, 99 * MS / 10}}, 2, STEADY_REACHED},                      /* it hardly falls */
        {{{8 * MS, 4 * MS, 2 * MS, 1 * MS}}, 4 + 5, STEADY_REACHED},         /* it halves */
        {{{4 * MS, 4 * MS, 2 * MS, 2 * MS, 1 * MS}}, 4 + 6, STEADY_REACHED}, /* a staircase */
        {{{1 * MS, 9 * MS}}, 2, STEADY_REACHED},
        {{{20 * MS, 16 * MS, 13 * MS}}, 4, STEADY_REACHED}, /* the level is one run */
        {{{20 * MS, 16 * MS, 14 * MS}}, 3, STEADY_NOT_REACHED},
        {{{30 * MS, 20 * MS}}, 2, STEADY_REACHED}, /* too few runs to judge */
        {{{40 * MS}}, 2, STEADY_REACHED},
        {{{50 * MS}}, 1, STEADY_REACHED},
        {{{10000 * MS}}, 1, STEADY_REACHED},
    };

    for (size_t i = 0; i < COUNT(rows); i++) {
        struct end end = follow(from_table, &rows[i].table);
        cr_expect_eq(end.runs, rows[i].runs, "row %zu: %ld runs", i, (long)end.runs);
        cr_expect_eq(end.state, rows[i].state, "row %zu", i);
    }
}

/* Each run is shorter by `part` than the one before. */
struct slope {
    double first_ns, part;
};

static int64_t from_slope(const void *from, int64_t run) {
    const struct slope *slope = from;
    return (int64_t)(slope->first_ns * pow(1 - slope->part, (double)run));
}

/* 1% in a run of 1 ms: 5% in the time of a level. */
Test(steady, a_slow_fall_is_seen_by_its_sum_and_ends_at_the_bound) {
    struct end end = follow(from_slope, &(struct slope){1e6, 0.01});
    cr_expect_eq(end.state, STEADY_NOT_REACHED);
    cr_expect_geq(end.total_ns, STEADY_BOUND_NS);
    cr_expect_lt(end.total_ns, STEADY_BOUND_NS + MS);
}

Test(steady, a_fall_that_no_comparison_shows_is_steady) {
    struct end end = follow(from_slope, &(struct slope){1e6, 0.001});
    cr_expect_eq(end.state, STEADY_REACHED);
    cr_expect_leq(end.total_ns, STEADY_LEVEL_NS + 2 * MS);
}

/* 40 runs of 2 us, each ten times as long at first. */
static int64_t cold_at_first(const void *from, int64_t run) {
    (void)from;
    return run < 40 ? 20 * US - run * 450 : 2 * US;
}

Test(steady, tiny_runs_are_judged_in_blocks) {
    struct end end = follow(cold_at_first, NULL);
    cr_expect_eq(end.state, STEADY_REACHED);
    cr_expect_eq(end.last_ns, 2 * US);
    cr_expect_lt(end.total_ns, STEADY_LEVEL_NS + 3 * STEADY_BLOCK_NS);
}

/* Runs of 100 us. Every 40th is faster than the one before it by 5%. */
static int64_t a_few_fast(const void *from, int64_t run) {
    (void)from;
    int64_t fast = run / 40;
    return run % 40 == 39 ? (int64_t)(1e5 * pow(0.95, (double)(fast + 1))) : 100 * US;
}

Test(steady, single_fast_runs_are_no_fall) {
    struct end end = follow(a_few_fast, NULL);
    cr_expect_eq(end.state, STEADY_REACHED);
    cr_expect_lt(end.total_ns, STEADY_LEVEL_NS + 2 * STEADY_BLOCK_NS);
}

static int64_t no_time(const void *from, int64_t run) {
    (void)from;
    (void)run;
    return 0;
}

Test(steady, runs_without_a_length_end) {
    cr_expect_eq(follow(no_time, NULL).state, STEADY_REACHED);
}

/* A level with noise: lognormal, and in one run of 50 a delay of 4 ms. */
struct noisy {
    double run_ns, spread;
    struct rng *rng;
};

static int64_t from_noise(const void *from, int64_t run) {
    const struct noisy *noisy = from;
    double uniform = (double)rng_between(noisy->rng, 1, 999999) / 1e6;
    int64_t delay_ns = rng_between(noisy->rng, 1, 50) == 1 ? 4 * MS : 0;
    (void)run;
    return (int64_t)(noisy->run_ns * exp(noisy->spread * normal_quantile(uniform))) + delay_ns;
}

/* Falling is what counts, and noise around a level is none. */
Test(steady, noise_around_a_level_is_steady) {
    static const double runs_ns[] = {20e3, 300e3, 1e6, 4e6, 10e6}, spreads[] = {0.01, 0.05, 0.2};
    enum { SERIES = 400 };
    struct rng rng = rng_make(20240607, 1);

    for (size_t i = 0; i < COUNT(runs_ns); i++) {
        for (size_t j = 0; j < COUNT(spreads); j++) {
            struct noisy noisy = {runs_ns[i], spreads[j], &rng};
            int64_t total_ns = 0;
            int reached = 0;
            for (int k = 0; k < SERIES; k++) {
                struct end end = follow(from_noise, &noisy);
                reached += end.state == STEADY_REACHED;
                total_ns += end.total_ns;
            }
            cr_expect_geq(reached, SERIES * 99 / 100, "runs of %g ns, spread %g: %d of %d",
                runs_ns[i], spreads[j], reached, SERIES);
            cr_expect_leq((double)total_ns / SERIES, 4 * runs_ns[i] + 3e6 * 4,
                "runs of %g ns, spread %g: %g ns", runs_ns[i], spreads[j],
                (double)total_ns / SERIES);
        }
    }
}
