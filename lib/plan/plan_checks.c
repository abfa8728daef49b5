/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include "units.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#define FACTOR_MAX 1e6

static bool is_selection(const struct plan_options *options) {
    return options->executors.text || options->workload_names.text || options->filter.text;
}

/* Sets *ret_index to -1 if the plan lacks the case and a selection may be the reason. */
static int resolve_case(struct builder *builder, struct spec_text id, ptrdiff_t *ret_index) {
    const struct plan *plan = builder->plan;
    const char **ids;

    *ret_index = plan_find_case(plan, id.text);
    if (*ret_index >= 0 || is_selection(builder->options))
        return 0;
    ids = arena_array(builder->scratch, const char *, plan->case_count);
    for (size_t i = 0; i < plan->case_count; i++)
        ids[i] = plan->cases[i].id;
    return unknown_word(
        builder->diag, id.origin, "there is no case", id.text, ids, plan->case_count);
}

static const char *parse_factor(const char *text, double *ret) {
    char *end;
    double value = strtod(text, &end);

    if (end != text && *end == 'x')
        end++;
    if (end == text || *end != '\0' || !(value > 0 && value <= FACTOR_MAX))
        return "is not a factor; write a number above 0, up to a million, such as 1.8";
    *ret = value;
    return NULL;
}

static const char *parse_whole(
    const char *(*parse)(const char *text, int64_t *ret), const char *text, double *ret) {
    int64_t value;
    const char *wrong = parse(text, &value);

    if (!wrong)
        *ret = (double)value;
    return wrong; // cppcheck-suppress returnDanglingLifetime ; a sentence, not `value`
}

static const char *parse_limit(enum check_key key, const char *text, double *ret) {
    switch (key) {
    case CHECK_FACTOR:
        return parse_factor(text, ret);
    case CHECK_MEMORY:
        return parse_whole(parse_size, text, ret);
    case CHECK_ERRORS:
        return parse_whole(parse_count, text, ret);
    default:
        return parse_whole(parse_duration, text, ret);
    }
}

static int limit_of(
    struct builder *builder, const struct check_spec *spec, enum check_key key, double *ret) {
    const char *wrong = parse_limit(key, spec->texts[key].text, ret);

    return wrong ? text_refuse(builder->diag, check_keys[key], spec->texts[key], wrong) : 0;
}

static void add_check(struct builder *builder, const struct check *check) {
    struct plan *plan = builder->plan;

    plan->checks[plan->check_count++] = *check;
}

static int add_faster(struct builder *builder, const struct check_spec *spec, size_t index) {
    struct arena *arena = builder->plan->arena;
    double factor = 1;
    ptrdiff_t other;
    int code = resolve_case(builder, spec->texts[CHECK_FASTER_THAN], &other);

    if (code == 0 && spec->texts[CHECK_FACTOR].text)
        code = limit_of(builder, spec, CHECK_FACTOR, &factor);
    if (code < 0 || other < 0)
        return code;
    add_check(builder,
        &(struct check){
            .text = arena_printf(arena, "%s: at least %gx as fast as %s",
                spec->texts[CHECK_CASE].text, factor, spec->texts[CHECK_FASTER_THAN].text),
            .kind = CHECK_IS_FASTER,
            .index = index,
            .other = (size_t)other,
            .limit = factor,
        });
    return 0;
}

static int add_within(
    struct builder *builder, const struct check_spec *spec, enum check_key key, size_t index) {
    double limit = 0;
    int code = limit_of(builder, spec, key, &limit);

    if (code < 0)
        return code;
    if (key == CHECK_P99)
        builder->plan->latency = true;
    add_check(builder,
        &(struct check){
            .text = arena_printf(builder->plan->arena, "%s: %s at most %s",
                spec->texts[CHECK_CASE].text, check_keys[key], spec->texts[key].text),
            .kind = CHECK_IS_WITHIN,
            .what = key,
            .index = index,
            .limit = limit,
        });
    return 0;
}

static int refuse_nothing(struct builder *builder, const struct check_spec *spec) {
    if (spec->texts[CHECK_FACTOR].text && !spec->texts[CHECK_FASTER_THAN].text)
        return diag_at(builder->diag, spec->texts[CHECK_FACTOR].origin, -EINVAL,
            "a factor needs a case to compare with; add 'faster_than: CASE'");
    for (size_t key = CHECK_FASTER_THAN; key < CHECK_KEYS; key++)
        if (spec->texts[key].text)
            return 0;
    return diag_at(builder->diag, spec->origin, -EINVAL,
        "this check checks nothing; add one of faster_than, time, run, startup, cpu, p99, "
        "memory, errors");
}

static int build_check(struct builder *builder, const struct check_spec *spec) {
    ptrdiff_t index = -1;
    int code = refuse_nothing(builder, spec);

    if (code == 0)
        code = resolve_case(builder, spec->texts[CHECK_CASE], &index);
    if (code < 0 || index < 0)
        return code;
    if (spec->texts[CHECK_FASTER_THAN].text)
        code = add_faster(builder, spec, (size_t)index);
    for (size_t key = CHECK_TIME; code == 0 && key < CHECK_KEYS; key++)
        if (spec->texts[key].text)
            code = add_within(builder, spec, (enum check_key)key, (size_t)index);
    return code;
}

int checks_build(struct builder *builder) {
    const struct plan_spec *spec = builder->spec;
    struct plan *plan = builder->plan;
    int code = 0;

    plan->checks = arena_array(plan->arena, struct check, spec->check_count * CHECK_KEYS);
    for (size_t i = 0; code == 0 && i < spec->check_count; i++)
        code = build_check(builder, &spec->checks[i]);
    return code;
}
