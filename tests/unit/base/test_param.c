/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/param.h>
#include <stdio.h>
#include <string.h>

#define UNTOUCHED INT64_C(-77)

enum { COUNT, DURATION, SIZE, BOOL, TEXT, CHUNK };

static const struct param table[] = {
    [COUNT] =
        {.name = "count", .type = PARAM_COUNT, .default_text = "10k", .min = 1, .max = 1000000},
    [DURATION] = {.name = "duration",
        .type = PARAM_DURATION,
        .default_text = "10ms",
        .test_text = "1us",
        .min = 0,
        .max = INT64_C(3600000000000)},
    [SIZE] =
        {.name = "size", .type = PARAM_SIZE, .default_text = "64KiB", .min = 1, .max = 1 << 20},
    [BOOL] = {.name = "flag", .type = PARAM_BOOL, .default_text = "no", .test_text = "yes"},
    [TEXT] = {.name = "text", .type = PARAM_TEXT, .default_text = "as it is"},
    [CHUNK] = {.name = "chunk",
        .type = PARAM_COUNT,
        .default_text = "auto",
        .min = 2,
        .max = 9,
        .zero_word = "auto"},
    {.name = NULL},
};

Test(param, tables_are_counted_and_searched_by_name) {
    cr_expect_eq(params_count(table), 6);
    cr_expect_eq(params_count(NULL), 0);
    cr_expect_eq(params_find(table, "flag"), BOOL);
    cr_expect_eq(params_find(table, "flags"), -1);
    cr_expect_eq(params_find(NULL, "flag"), -1);
}

Test(param, values_are_checked_against_each_other) {
    static const struct param range[] = {
        {.name = "low", .type = PARAM_DURATION, .default_text = "0", .not_above = "high"},
        {.name = "high", .type = PARAM_DURATION, .default_text = "0"}, {.name = NULL}};
    const union param_value good[] = {{.number = 5}, {.number = 5}};
    const union param_value bad[] = {{.number = 1500000}, {.number = 1000000}};
    struct diag diag = {0};
    size_t at = 77;
    cr_expect_eq(params_check(range, good, &at, &diag), 0);
    cr_expect_eq(at, 77);
    cr_expect_eq(params_check(range, bad, &at, &diag), -EINVAL);
    cr_expect_eq(at, 0);
    cr_expect_str_eq(diag.text, "low (1.5ms) is above high (1ms); write low <= high");
    cr_expect_eq(params_check(NULL, NULL, &at, &diag), 0);
}

Test(param, values_are_parsed_by_type_and_written_back_as_users_write_them) {
    static const struct {
        int param;
        const char *text;
        int64_t number;
        const char *written;
    } cases[] = {
        {COUNT, "1e3", 1000, "1000"},
        {COUNT, "1000000", 1000000, "1000000"},
        {DURATION, "1500ms", 1500000000, "1.5s"},
        {DURATION, "0", 0, "0"},
        {SIZE, "65536", 65536, "64KiB"},
        {BOOL, "on", 1, "true"},
        {BOOL, "False", 0, "false"},
        {CHUNK, "auto", 0, "auto"},
        {CHUNK, "0", 0, "auto"},
        {CHUNK, "9", 9, "9"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct param *param = &table[cases[i].param];
        union param_value value = {.number = UNTOUCHED};
        struct diag diag = {0};
        char written[32];
        cr_expect_eq(param_parse(param, cases[i].text, &value, &diag), 0, "%s", diag.text);
        cr_expect_eq(value.number, cases[i].number, "%s", cases[i].text);
        cr_expect_eq(
            param_format(param, value, written, sizeof(written)), strlen(cases[i].written));
        cr_expect_str_eq(written, cases[i].written);
    }
}

Test(param, refusals_name_the_parameter_the_text_and_the_way_out) {
    static const struct {
        int param;
        const char *text, *sentence;
    } cases[] = {
        {COUNT, "0", "count '0' is out of range; write 1 to 1000000"},
        {COUNT, "1000001", "count '1000001' is out of range; write 1 to 1000000"},
        {DURATION, "2h", "duration '2h' is out of range; write 0 to 1h"},
        {DURATION, "10",
            "duration '10' has no unit; write one of ns, us, ms, s, m, h behind the number"},
        {SIZE, "2MiB", "size '2MiB' is out of range; write 1 to 1MiB"},
        {BOOL, "2", "flag '2' is neither true nor false; write true or false"},
        {CHUNK, "1", "chunk '1' is out of range; write 2 to 9 or 'auto'"},
        {CHUNK, "automatic",
            "chunk 'automatic' is not a count; write a whole number, such as 1000, 10k or 1e6, or "
            "'auto'"},
    };
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        union param_value value = {.number = UNTOUCHED};
        struct diag diag = {0};
        int code = param_parse(&table[cases[i].param], cases[i].text, &value, &diag);
        cr_expect_eq(code, -EINVAL, "%s", cases[i].text);
        cr_expect_eq(value.number, UNTOUCHED, "%s", cases[i].text);
        cr_expect_str_eq(diag.text, cases[i].sentence);
    }
}

Test(param, texts_are_borrowed_and_compared_by_content) {
    char given[] = "same";
    union param_value value;
    cr_assert_eq(param_parse(&table[TEXT], given, &value, NULL), 0);
    cr_expect_eq(value.text, given);
    cr_expect(param_equal(&table[TEXT], value, (union param_value){.text = "same"}));
    cr_expect_not(param_equal(&table[TEXT], value, (union param_value){.text = "other"}));
}

Test(param, numbers_are_equal_by_value) {
    cr_expect(param_equal(
        &table[COUNT], (union param_value){.number = 5}, (union param_value){.number = 5}));
    cr_expect_not(param_equal(
        &table[COUNT], (union param_value){.number = 5}, (union param_value){.number = 6}));
}

Test(param, format_tells_the_length_that_was_needed) {
    char buf[4];
    union param_value value = {.number = 1234567};
    cr_expect_eq(param_format(&table[COUNT], value, buf, sizeof(buf)), 7);
    cr_expect_str_eq(buf, "123");
}

Test(param, defaults_and_test_values_come_in_table_order) {
    union param_value values[PARAMS_MAX];
    struct diag diag = {0};
    cr_assert_eq(params_defaults(table, 0, values, &diag), 0, "%s", diag.text);
    cr_expect_eq(values[COUNT].number, 10000);
    cr_expect_eq(values[DURATION].number, 10000000);
    cr_expect_eq(values[BOOL].number, 0);
    cr_expect_str_eq(values[TEXT].text, "as it is");

    cr_assert_eq(params_defaults(table, 1, values, &diag), 0, "%s", diag.text);
    cr_expect_eq(values[COUNT].number, 10000, "without a test value, the default");
    cr_expect_eq(values[DURATION].number, 1000);
    cr_expect_eq(values[BOOL].number, 1);
    cr_expect_eq(params_defaults(NULL, 0, NULL, &diag), 0);
}

Test(param, a_bad_default_is_reported_and_leaves_the_values_alone) {
    static const struct param bad[] = {
        {.name = "good", .type = PARAM_COUNT, .default_text = "1", .min = 1, .max = 1},
        {.name = "bad",
            .type = PARAM_COUNT,
            .default_text = "5",
            .test_text = "0",
            .min = 1,
            .max = 9},
        {.name = NULL},
    };
    union param_value values[2] = {{.number = UNTOUCHED}, {.number = UNTOUCHED}};
    struct diag diag = {0};
    cr_expect_eq(params_defaults(bad, 1, values, &diag), -EINVAL);
    cr_expect_str_eq(diag.text, "test value: bad '0' is out of range; write 1 to 9");
    cr_expect_eq(values[0].number, UNTOUCHED);
}

Test(param, a_table_that_is_too_long_is_refused) {
    static struct param many[PARAMS_MAX + 2];
    for (size_t i = 0; i <= PARAMS_MAX; i++)
        many[i] = (struct param){.name = "p", .type = PARAM_BOOL, .default_text = "no"};
    union param_value values[PARAMS_MAX + 1];
    cr_expect_eq(params_defaults(many, 0, values, NULL), -EINVAL);
}
