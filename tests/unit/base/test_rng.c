/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <pconc/workload.h>

/* First outputs for the states 1234567 (Rosetta Code, "Pseudo-random numbers/Splitmix64") and 0
 * (Vigna's splitmix64.c run from x = 0). */
Test(rng, is_splitmix64) {
    static const struct {
        uint64_t state, outputs[5];
    } cases[] = {
        {1234567,
            {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
                UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
                UINT64_C(16408922859458223821)}},
        {0,
            {UINT64_C(0xE220A8397B1DCDAF), UINT64_C(0x6E789E6AA1B965F4),
                UINT64_C(0x06C45D188009454F), UINT64_C(0xF88BB8A8724C81EC),
                UINT64_C(0x1B39896A51A8749B)}},
    };
    for (size_t i = 0; i < 2; i++) {
        struct rng rng = {.state = cases[i].state};
        for (size_t j = 0; j < 5; j++)
            cr_expect_eq(rng_next(&rng), cases[i].outputs[j], "state %zu, output %zu", i, j);
    }
}

Test(rng, equal_seeds_give_equal_numbers) {
    struct rng a = rng_make(42, 7);
    struct rng b = rng_make(42, 7);
    for (int i = 0; i < 100; i++)
        cr_expect_eq(rng_next(&a), rng_next(&b));
}

/* Streams that were neighbours on the cycle would repeat each other's numbers, shifted. */
Test(rng, streams_and_seeds_share_no_numbers) {
    enum { STREAMS = 8, DRAWS = 100 };
    static uint64_t drawn[2 * STREAMS * DRAWS];
    size_t count = 0;
    for (uint64_t stream = 0; stream < 2 * STREAMS; stream++) {
        struct rng rng = rng_make(stream / STREAMS, stream % STREAMS);
        for (int i = 0; i < DRAWS; i++)
            drawn[count++] = rng_next(&rng);
    }
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            cr_assert_neq(drawn[i], drawn[j], "draws %zu and %zu", i, j);
}

Test(rng, between_reaches_both_ends_and_nothing_else) {
    static const struct {
        int64_t low, high;
    } cases[] = {{0, 3}, {-2, 1}, {7, 7}, {INT64_MIN, INT64_MIN + 3}, {INT64_MAX - 3, INT64_MAX}};
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct rng rng = rng_make(1, i);
        int reached[4] = {0};
        for (int draw = 0; draw < 400; draw++) {
            int64_t value = rng_between(&rng, cases[i].low, cases[i].high);
            cr_assert(value >= cases[i].low && value <= cases[i].high, "%lld", (long long)value);
            reached[value - cases[i].low]++;
        }
        for (int64_t k = 0; k <= cases[i].high - cases[i].low; k++)
            cr_expect_gt(reached[k], 0, "case %zu never gave low + %lld", i, (long long)k);
    }
}

Test(rng, between_covers_all_of_int64) {
    struct rng rng = rng_make(1, 0);
    struct rng same = rng;
    for (int i = 0; i < 100; i++)
        cr_expect_eq(rng_between(&rng, INT64_MIN, INT64_MAX), (int64_t)rng_next(&same));
}

/* Of a range of 3/4 of 2^64, plain remainders would give the lowest third twice as often as the
 * others: half of all draws instead of a third. */
Test(rng, between_has_no_bias) {
    enum { DRAWS = 30000 };
    struct rng rng = rng_make(2, 0);
    uint64_t range = UINT64_C(3) << 62;
    int64_t low = INT64_MIN;
    int64_t high = (int64_t)((uint64_t)low + range - 1);
    int lowest = 0;
    for (int i = 0; i < DRAWS; i++)
        lowest += (uint64_t)rng_between(&rng, low, high) - (uint64_t)low < range / 3;
    /* Binomial with p 1/3: standard deviation 82; the seed makes it the same every time. */
    cr_expect(lowest > DRAWS / 3 - 400 && lowest < DRAWS / 3 + 400, "%d of %d", lowest, DRAWS);
}
