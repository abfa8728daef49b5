/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <math.h>
#include <pconc/workload.h>
#include <string.h>

#include "units.h"

#define UNTOUCHED INT64_C(-77)
#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

typedef const char *parser(const char *text, int64_t *ret);

struct parse_case {
    const char *text;
    int64_t value;
};

static void expect_values(parser *parse, const struct parse_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int64_t value = UNTOUCHED;
        const char *wrong = parse(cases[i].text, &value);
        cr_expect_null(wrong, "'%s' %s", cases[i].text, wrong);
        cr_expect_eq(value, cases[i].value, "'%s' gave %lld", cases[i].text, (long long)value);
    }
}

struct refusal_case {
    const char *text, *beginning; /* of the phrase */
};

static void expect_refusals(parser *parse, const struct refusal_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        int64_t value = UNTOUCHED;
        const char *wrong = parse(cases[i].text, &value);
        cr_assert_not_null(wrong, "'%s' gave %lld", cases[i].text, (long long)value);
        cr_expect_eq(strncmp(wrong, cases[i].beginning, strlen(cases[i].beginning)), 0, "'%s' %s",
            cases[i].text, wrong);
        cr_expect_not_null(strchr(wrong, ';'), "'%s' does not say what to do", wrong);
        cr_expect_eq(value, UNTOUCHED, "'%s'", cases[i].text);
    }
}

Test(units, durations_are_exact) {
    static const struct parse_case cases[] = {
        {"0", 0},
        {"0.0", 0},
        {"0s", 0},
        {"1ns", 1},
        {"812ns", 812},
        {"1us", 1000},
        {"1\u00B5s", 1000},
        {"1\u03BCs", 1000},
        {"0.1ms", 100000},
        {"250ms", 250000000},
        {"1.5s", 1500000000},
        {".5s", 500000000},
        {"1.100000000s", 1100000000},
        {"1.0000000000000000000000000s", 1000000000},
        {"0.000000001s", 1},
        {"4.35s", 4350000000},
        {"0.0000000000025h", 9},
        {"007s", 7000000000},
        {"2m", 120000000000},
        {"1.25h", 4500000000000},
        {"9223372036854775807ns", INT64_MAX},
        {"9223372036.854775807s", INT64_MAX},
    };
    expect_values(parse_duration, cases, LENGTH(cases));
}

Test(units, blanks_may_stand_between_number_and_unit) {
    int64_t value;
    double share;

    cr_expect_null(parse_duration("10 ms", &value));
    cr_expect_eq(value, 10000000);
    cr_expect_null(parse_duration("1.5 \t s", &value));
    cr_expect_eq(value, 1500000000);
    cr_expect_null(parse_size("64 KiB", &value));
    cr_expect_eq(value, 65536);
    cr_expect_null(parse_count("10 k", &value));
    cr_expect_eq(value, 10000);
    cr_expect_not_null(parse_count("1 e6", &value));
    cr_expect_null(parse_percent("5 %", &share));
    cr_expect_eq(share, 0.05);
}

Test(units, wrong_durations_are_refused) {
    static const struct refusal_case cases[] = {
        {"", "is not a duration"},
        {"s", "is not a duration"},
        {"ms1", "is not a duration"},
        {" 1s", "is not a duration"},
        {"1s ", "is not a duration"},
        {"1 ", "is not a duration"},
        {"1 0s", "is not a duration"},
        {"1\ns", "is not a duration"},
        {"1sec", "is not a duration"},
        {"1S", "is not a duration"},
        {"1s2", "is not a duration"},
        {"1.s", "is not a duration"},
        {".s", "is not a duration"},
        {"1.2.3s", "is not a duration"},
        {"1,5s", "is not a duration"},
        {"+1s", "is not a duration"},
        {"1e3s", "is not a duration"},
        {"0x10s", "is not a duration"},
        {"inf", "is not a duration"},
        {"nan", "is not a duration"},
        {"infs", "is not a duration"},
        {"-s", "is not a duration"},
        {"10", "has no unit"},
        {"0.1", "has no unit"},
        {"0.0000000000000000001", "has no unit"},
        {"-1s", "is negative"},
        {"-0", "is negative"},
        {"0.5ns", "is not a whole number of nanoseconds"},
        {"1.0000000001s", "is not a whole number of nanoseconds"},
        {"1.0000000000000000000000001s", "is not a whole number of nanoseconds"},
        {"0.000000000001h", "is not a whole number of nanoseconds"},
        {"9223372036854775808ns", "is too large"},
        {"9223372036.854775808s", "is too large"},
        {"2562048h", "is too large"},
        {"18446744073709551616ns", "is too large"},
        {"99999999999999999999999999999999h", "is too large"},
    };
    expect_refusals(parse_duration, cases, LENGTH(cases));
}

Test(units, sizes_know_both_families_of_units) {
    static const struct parse_case cases[] = {
        {"0", 0},
        {"512", 512},
        {"512B", 512},
        {"1kB", 1000},
        {"1KB", 1000},
        {"1KiB", 1024},
        {"64kib", 65536},
        {"10MB", 10000000},
        {"1.5MiB", 1572864},
        {"0.5KiB", 512},
        {"1GB", 1000000000},
        {"1GiB", 1073741824},
        {"2TB", 2000000000000},
        {"2TiB", 2199023255552},
        {"8388607TiB", INT64_C(8388607) << 40},
        {"9223372036854775807", INT64_MAX},
    };
    expect_values(parse_size, cases, LENGTH(cases));
}

Test(units, wrong_sizes_are_refused) {
    static const struct refusal_case cases[] = {
        {"", "is not a size"},
        {"64K", "is not a size"}, /* 64000 or 65536? */
        {"64KiBs", "is not a size"},
        {"64 Ki B", "is not a size"},
        {"64 ", "is not a size"},
        {"0x40", "is not a size"},
        {"1e6", "is not a size"},
        {"-1", "is negative"},
        {"0.1KiB", "is not a whole number of bytes"},
        {"1.5", "is not a whole number of bytes"},
        {"8388608TiB", "is too large"},
    };
    expect_refusals(parse_size, cases, LENGTH(cases));
}

Test(units, counts_take_exponents_and_thousands) {
    static const struct parse_case cases[] = {
        {"0", 0},
        {"1000", 1000},
        {"1e6", 1000000},
        {"1E6", 1000000},
        {"1.5e3", 1500},
        {"10k", 10000},
        {"10K", 10000},
        {"2M", 2000000},
        {"0.5G", 500000000},
        {"9e18", INT64_C(9000000000000000000)},
        {"1.0", 1},
        {"9223372036854775807", INT64_MAX},
    };
    expect_values(parse_count, cases, LENGTH(cases));
}

Test(units, wrong_counts_are_refused) {
    static const struct refusal_case cases[] = {
        {"", "is not a count"},
        {"ten", "is not a count"},
        {"10x", "is not a count"},
        {"1e", "is not a count"},
        {"1e+6", "is not a count"},
        {"1e1.5", "is not a count"},
        {"1e6k", "is not a count"},
        {"1e19", "is not a count"},
        {"0x10", "is not a count"},
        {"1_000", "is not a count"},
        {"inf", "is not a count"},
        {"-1", "is negative"},
        {"1.5", "is not a whole number"},
        {"1.2345k", "is not a whole number"},
        {"10e18", "is too large"},
        {"9223372036854775808", "is too large"},
    };
    expect_refusals(parse_count, cases, LENGTH(cases));
}

Test(units, percentages_are_the_nearest_double) {
    static const struct {
        const char *text;
        double value;
    } cases[] = {
        {"5%", 0.05},
        {"0.1%", 0.001},
        {"2.5%", 0.025},
        {"100%", 1.0},
        {"150%", 1.5},
        {"0.07%", 0.0007},
        {"0.000000000000001%", 1e-17},
        {"0", 0.0},
        {"0%", 0.0},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        double value = -1;
        const char *wrong = parse_percent(cases[i].text, &value);
        cr_expect_null(wrong, "'%s' %s", cases[i].text, wrong);
        cr_expect(value == cases[i].value, "'%s' gave %.17g", cases[i].text, value);
    }
}

Test(units, wrong_percentages_are_refused) {
    static const char *const cases[] = {"", "%", "5", "0.05", "5 ", "5 % ", "5%%", "-5%", "nan%",
        "inf%", "5e1%", "0x5%", "0.0000000000000001%", "99999999999999999999%"};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        double value = -77;
        const char *wrong = parse_percent(cases[i], &value);
        cr_expect_not_null(wrong, "'%s'", cases[i]);
        cr_expect(value == -77, "'%s'", cases[i]);
    }
}

Test(units, rates_are_numbers_of_jobs_in_a_time) {
    static const struct {
        const char *text;
        double value;
    } cases[] = {{"500/s", 500}, {"30/m", 0.5}, {"9/h", 0.0025}, {"10k/s", 10000}, {"1e6/s", 1e6},
        {"2/ms", 2000}};
    static const char *const wrong[] = {"", "/", "500", "/s", "5/", "0/s", "-1/s", "0.5/s", "5/d",
        "5 /s", "5/s ", "nan/s", "11111111111111111111111111111111111111/s"};
    for (size_t i = 0; i < LENGTH(cases); i++) {
        double value = -1;
        cr_expect_null(parse_rate(cases[i].text, &value), "'%s'", cases[i].text);
        cr_expect_eq(value, cases[i].value, "'%s' gave %.17g", cases[i].text, value);
    }
    for (size_t i = 0; i < LENGTH(wrong); i++) {
        double value = -77;
        cr_expect_not_null(parse_rate(wrong[i], &value), "'%s'", wrong[i]);
        cr_expect_eq(value, -77, "'%s'", wrong[i]);
    }
}

Test(units, truth_has_three_spellings) {
    static const struct parse_case cases[] = {
        {"true", 1}, {"yes", 1}, {"on", 1}, {"False", 0}, {"NO", 0}, {"off", 0}};
    static const struct refusal_case wrong[] = {
        {"", "is neither"}, {"1", "is neither"}, {"maybe", "is neither"}, {"true ", "is neither"}};
    expect_values(parse_bool, cases, LENGTH(cases));
    expect_refusals(parse_bool, wrong, LENGTH(wrong));
}

Test(units, durations_are_written_as_short_as_they_are_exact) {
    static const struct parse_case cases[] = {
        {"0", 0},
        {"1ns", 1},
        {"1us", 1000},
        {"1001ns", 1001},
        {"1.5us", 1500},
        {"100us", 100000},
        {"10ms", 10000000},
        {"100ms", 100000000},
        {"1s", 1000000000},
        {"1.5s", 1500000000},
        {"1000000001ns", 1000000001},
        {"90s", 90000000000},
        {"90m", 5400000000000},
        {"1h", 3600000000000},
        {"3630s", 3630000000000},
        {"9223372036854775807ns", INT64_MAX},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[64];
        cr_expect_eq(format_duration(cases[i].value, text, sizeof(text)), strlen(cases[i].text));
        cr_expect_str_eq(text, cases[i].text);
    }
}

Test(units, sizes_are_written_as_short_as_they_are_exact) {
    static const struct parse_case cases[] = {
        {"0", 0},
        {"512", 512},
        {"1kB", 1000},
        {"1001", 1001},
        {"1KiB", 1024},
        {"64KiB", 65536},
        {"1.5MiB", 1572864},
        {"10MB", 10000000},
        {"64MiB", 64 << 20},
        {"9223372036854775807", INT64_MAX},
    };
    for (size_t i = 0; i < LENGTH(cases); i++) {
        char text[64];
        cr_expect_eq(format_size(cases[i].value, text, sizeof(text)), strlen(cases[i].text));
        cr_expect_str_eq(text, cases[i].text);
    }
}

Test(units, written_values_read_back_unchanged) {
    struct rng rng = rng_make(1, 0);
    for (int i = 0; i < 20000; i++) {
        /* Round numbers of every magnitude, and ragged ones. */
        int64_t value = rng_between(&rng, 0, 9999);
        for (int64_t zeros = rng_between(&rng, 0, 14); zeros > 0; zeros--)
            value *= i % 2 ? 10 : 6;
        if (i % 3 == 0)
            value = rng_between(&rng, 0, INT64_MAX >> rng_between(&rng, 0, 60));
        char text[64];
        int64_t back = UNTOUCHED;
        format_duration(value, text, sizeof(text));
        cr_assert_null(parse_duration(text, &back), "%s", text);
        cr_assert_eq(back, value, "%s", text);
        format_size(value, text, sizeof(text));
        cr_assert_null(parse_size(text, &back), "%s", text);
        cr_assert_eq(back, value, "%s", text);
    }
}

Test(units, format_tells_the_length_that_was_needed) {
    char buf[4] = "";
    cr_expect_eq(format_duration(1001, buf, sizeof(buf)), 6);
    cr_expect_str_eq(buf, "100");
    cr_expect_eq(format_size(1001, NULL, 0), 4);
}

struct show_case {
    double value;
    const char *text;
};

static void expect_shown(size_t (*show)(double value, char *buf, size_t size),
    const struct show_case *cases, size_t count) {
    for (size_t i = 0; i < count; i++) {
        char text[64];
        cr_expect_eq(show(cases[i].value, text, sizeof(text)), strlen(cases[i].text), "%s", text);
        cr_expect_str_eq(text, cases[i].text);
    }
}

Test(units, shown_durations_have_three_or_four_digits) {
    static const struct show_case cases[] = {
        {NAN, "-"},
        {0, "0 ns"},
        {0.81, "0.81 ns"},
        {5.5, "5.50 ns"},
        {812, "812 ns"},
        {999.4, "999 ns"},
        {999.6, "1.000 us"},
        {999.6e3, "1.000 ms"},
        {27.94e6, "27.9 ms"},
        {10.057e6, "10.06 ms"},
        {107.31e6, "107.3 ms"},
        {851e6, "851 ms"},
        {999.6e6, "1.000 s"},
        {1.002e9, "1.002 s"},
        {2.127e9, "2.13 s"},
        {119e9, "119.0 s"},
        {1234e9, "1234 s"},
        {36000e9, "10.00 h"},
        {-27.94e6, "-27.9 ms"},
    };
    expect_shown(show_duration, cases, LENGTH(cases));
}

Test(units, shown_sizes_use_binary_units) {
    static const struct show_case cases[] = {
        {NAN, "-"},
        {0, "0 B"},
        {512, "512 B"},
        {1023, "1023 B"},
        {1024, "1.0 KiB"},
        {4.2 * 0x1p20, "4.2 MiB"},
        {99.96 * 0x1p20, "100 MiB"},
        {1023.4 * 0x1p20, "1023 MiB"},
        {1023.6 * 0x1p20, "1.0 GiB"},
        {3 * 0x1p40, "3.0 TiB"},
    };
    expect_shown(show_size, cases, LENGTH(cases));
}

Test(units, shown_counts_stay_whole_until_they_are_long) {
    static const struct show_case cases[] = {
        {NAN, "-"},
        {0, "0"},
        {2.5, "2.5"},
        {1234, "1234"},
        {9999, "9999"},
        {9999.6, "10.0k"},
        {12345, "12.3k"},
        {123456, "123k"},
        {999600, "1.00M"},
        {4560000, "4.56M"},
        {1e9, "1.00G"},
        {-12345, "-12.3k"},
    };
    expect_shown(show_count, cases, LENGTH(cases));
}
