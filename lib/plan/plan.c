/* SPDX-License-Identifier: MIT */
#include "plan.h"

#include "plan_parts.h"
#include "units.h"

#include <ctype.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

/* Decimal, or hexadecimal after "0x": any 64 bits. */
static int parse_seed(struct diag *diag, struct spec_text text, uint64_t *ret) {
    bool hex = strncmp(text.text, "0x", 2) == 0;
    const char *digits = text.text + (hex ? 2 : 0);
    char *end;
    unsigned long long seed;

    errno = 0;
    seed = strtoull(digits, &end, hex ? 16 : 10);
    /* strtoull would also take blanks, a sign and a second 0x */
    if (errno != 0 || end == digits || *end != '\0' || !isxdigit((unsigned char)digits[0])
        || tolower((unsigned char)digits[1]) == 'x')
        return text_refuse(diag, "seed", text,
            "is not a 64-bit number; write it in decimal, or in hexadecimal after 0x");
    *ret = seed;
    return 0;
}

/* Below 2^53, so that every JSON reader takes it exactly. */
static int draw_seed(struct diag *diag, uint64_t *ret) {
    uint64_t seed;

    if (getentropy(&seed, sizeof(seed)) < 0) {
        int code = -errno;
        return diag_set(diag, code, "the system gives no random seed: %s; give one with 'seed:'",
            strerror(-code));
    }
    *ret = seed >> 11;
    return 0;
}

int time_parse(
    struct diag *diag, const char *name, struct spec_text text, const char *example, int64_t *ret) {
    int64_t time_ns;
    const char *wrong = parse_duration(text.text, &time_ns);

    if (wrong)
        return text_refuse(diag, name, text, wrong);
    if (time_ns <= 0)
        return diag_at(diag, text.origin, -EINVAL,
            "%s '%s' leaves no time; write a duration above 0, such as %s", name,
            shown(text.text).text, example);
    *ret = time_ns;
    return 0;
}

static int parse_warmup(struct diag *diag, struct spec_text text, int *ret) {
    int64_t runs = WARMUP_AUTO;

    if (strcmp(text.text, "auto") != 0
        && (parse_count(text.text, &runs) || runs < 0 || runs > WARMUP_MAX))
        return diag_at(diag, text.origin, -EINVAL,
            "warmup '%s' is not a number of runs; write auto, or 0 to %d", shown(text.text).text,
            WARMUP_MAX);
    *ret = (int)runs;
    return 0;
}

static int parse_settings(struct builder *builder) {
    const struct plan_spec *spec = builder->spec;
    struct plan *plan = builder->plan;
    struct diag *diag = builder->diag;
    int64_t rounds = DEFAULT_ROUNDS;
    int code = 0;

    plan->timeout_ns = DEFAULT_TIMEOUT_NS;
    plan->warmup = DEFAULT_WARMUP;
    if (spec->rounds.text)
        code = number_between(diag, "rounds", spec->rounds, 1, ROUNDS_MAX, &rounds);
    if (code == 0 && spec->warmup.text)
        code = parse_warmup(diag, spec->warmup, &plan->warmup);
    if (code == 0 && spec->timeout.text)
        code = time_parse(diag, "timeout", spec->timeout, "60s", &plan->timeout_ns);
    if (code == 0 && spec->slow_task.text)
        code = time_parse(diag, "slow_task", spec->slow_task, "100ms", &plan->slow_ns);
    if (code == 0)
        code = open_loop_parse(builder);
    if (code == 0)
        code = spec->seed.text ? parse_seed(diag, spec->seed, &plan->seed)
                               : draw_seed(diag, &plan->seed);
    plan->seed_was_drawn = !spec->seed.text;
    plan->rounds = (int)rounds;
    return code;
}

/* "gcd: 100 jobs, low=100000 high=900000", "sleep: 1000 jobs at 500/s (poisson), duration=1ms" */
static const char *section_title(const struct plan *plan, const struct bench_case *bench_case) {
    struct arena *arena = plan->arena;
    const struct param *table = bench_case->workload->params;
    size_t count = params_count(table);
    const char *title;

    title = strcmp(bench_case->name, bench_case->workload->name) == 0
        ? arena_printf(arena, "%s", bench_case->name)
        : arena_printf(arena, "%s (%s)", bench_case->name, bench_case->workload->name);
    title = arena_printf(arena, "%s: %" PRId64 " %s", title, bench_case->jobs,
        bench_case->jobs == 1 ? "job" : "jobs");
    title = arena_printf(arena, "%s%s", title, open_loop_title(plan));
    for (size_t i = 0; i < count; i++)
        title = arena_printf(arena, "%s%s%s", title, i == 0 ? ", " : " ",
            setting_text(arena, &table[i], bench_case->params[i]));
    return title;
}

static bool is_serial(const struct executor *executor) {
    return strcmp(executor->name, "serial") == 0;
}

static void add_control(struct plan *plan, struct section *section) {
    for (size_t i = section->first; i < section->first + section->count; i++) {
        struct bench_case *twin = &plan->cases[plan->case_count];
        if (is_serial(plan->cases[i].executor) || plan->cases[i].impossible)
            continue;
        *twin = plan->cases[i];
        twin->id = arena_printf(plan->arena, "%s/control", twin->id);
        twin->twin_of = (ptrdiff_t)i;
        section->control = (ptrdiff_t)plan->case_count++;
        section->count++;
        return;
    }
}

static void lay_out_section(struct builder *builder, const struct draft_section *draft) {
    struct plan *plan = builder->plan;
    struct section *section = &plan->sections[plan->section_count];

    *section = (struct section){.first = plan->case_count, .baseline = -1, .control = -1};
    for (size_t i = 0; i < draft->count; i++) {
        struct bench_case *bench_case = &plan->cases[plan->case_count];
        if (!draft->cases[i].selected)
            continue;
        *bench_case = draft->cases[i].bench_case;
        bench_case->section = plan->section_count;
        if (section->baseline < 0 && is_serial(bench_case->executor) && !bench_case->impossible) {
            bench_case->is_baseline = true;
            section->baseline = (ptrdiff_t)plan->case_count;
        }
        plan->case_count++;
        section->count++;
    }
    if (section->count == 0)
        return;
    section->title = section_title(plan, &plan->cases[section->first]);
    if (builder->options->control)
        add_control(plan, section);
    plan->section_count++;
}

static void lay_out(struct builder *builder) {
    struct plan *plan = builder->plan;
    size_t cases = 0;

    for (size_t i = 0; i < builder->section_count; i++)
        cases += builder->sections[i].count + 1; /* and a control */
    plan->cases = arena_array(plan->arena, struct bench_case, cases);
    plan->sections = arena_array(plan->arena, struct section, builder->section_count);
    for (size_t i = 0; i < builder->section_count; i++)
        lay_out_section(builder, &builder->sections[i]);
    plan_index(plan);
}

static struct plan *plan_new(void) {
    struct arena *arena = arena_new();
    struct plan *plan = arena_alloc(arena, sizeof(*plan));

    plan->arena = arena;
    return plan;
}

int plan_build(const struct plan_spec *spec, const struct plan_options *options,
    struct plan **ret_plan, struct diag *diag) {
    struct builder builder = {
        .spec = spec,
        .options = options,
        .diag = diag,
        .plan = plan_new(),
        .scratch = arena_new(),
    };
    int code;

    if (spec->run_count == 0)
        code = diag_set(diag, -EINVAL, "there is nothing to run; name a workload");
    else
        code = parse_settings(&builder);
    if (code == 0)
        code = names_resolve(&builder);
    if (code == 0)
        code = runs_expand(&builder);
    if (code == 0)
        code = cases_select(&builder);
    if (code == 0) {
        lay_out(&builder);
        code = open_loop_check(&builder);
    }
    if (code == 0)
        code = checks_build(&builder);
    if (code == 0) {
        *ret_plan = builder.plan;
        builder.plan = NULL;
    }
    plan_free(builder.plan);
    place_release(&builder.places);
    arena_free(builder.scratch);
    return code;
}

static int compare_ids(const void *a, const void *b) {
    const struct bench_case *const *left = a, *const *right = b;

    return strcmp((*left)->id, (*right)->id);
}

void plan_index(struct plan *plan) {
    plan->by_id = arena_array(plan->arena, const struct bench_case *, plan->case_count);
    for (size_t i = 0; i < plan->case_count; i++)
        plan->by_id[i] = &plan->cases[i];
    qsort(plan->by_id, plan->case_count, sizeof(struct bench_case *), compare_ids);
}

ptrdiff_t plan_find_case(const struct plan *plan, const char *id) {
    const struct bench_case wanted = {.id = id}, *key = &wanted;
    const struct bench_case **found =
        bsearch(&key, plan->by_id, plan->case_count, sizeof(struct bench_case *), compare_ids);

    return found ? *found - plan->cases : -1;
}

void plan_free(struct plan *plan) {
    if (plan)
        arena_free(plan->arena);
}
