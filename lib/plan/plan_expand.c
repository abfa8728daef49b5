/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

/* One run with every list parsed; its cases are the product of these. */
struct expansion {
    struct builder *builder;
    const struct draft_run *run;
    struct axes params;
    int64_t *jobs, *workers;
    size_t jobs_count, workers_count;
    struct axes *pool; /* one per executor of the run */
};

/* `max` limits jobs; workers have a limit of their own. */
static int parse_numbers(struct builder *builder, const struct spec_list *list, int64_t max,
    int64_t fallback, int64_t **ret_items, size_t *ret_count) {
    int64_t *items = arena_array(builder->scratch, int64_t, list->count + 1);

    items[0] = fallback;
    for (size_t i = 0; i < list->count; i++) {
        int code = max > 0
            ? number_between(builder->diag, "jobs", list->items[i], 1, max, &items[i])
            : workers_parse(builder, list->items[i], &items[i]);
        if (code < 0)
            return code;
    }
    *ret_items = items;
    *ret_count = list->count > 0 ? list->count : 1;
    return 0;
}

/* An open loop has as many jobs as arrive in a fixed time. */
static int64_t default_jobs(const struct plan *plan, const struct workload *workload) {
    double arriving = plan->rate * DEFAULT_OPEN_S;

    if (plan->rate <= 0)
        return workload->default_jobs;
    return arriving < 1 ? 1 : arriving > (double)JOBS_MAX ? JOBS_MAX : (int64_t)arriving;
}

static int expansion_make(
    struct builder *builder, const struct draft_run *run, struct expansion *ex) {
    const struct run_spec *spec = run->spec;
    int cpus = builder->options->usable_cpus;
    int code;

    *ex = (struct expansion){.builder = builder, .run = run};
    ex->pool = arena_array(builder->scratch, struct axes, run->executors.count);
    code = axes_make(builder, run->workload->params, &spec->params, &ex->params);
    if (code == 0)
        code = parse_numbers(builder, &spec->jobs, JOBS_MAX,
            default_jobs(builder->plan, run->workload), &ex->jobs, &ex->jobs_count);
    if (code == 0)
        code = parse_numbers(builder, &spec->workers, 0, cpus < WORKERS_MAX ? cpus : WORKERS_MAX,
            &ex->workers, &ex->workers_count);
    for (size_t i = 0; code == 0 && i < run->executors.count; i++)
        code = axes_make(builder, run->executors.items[i]->params, &spec->pool, &ex->pool[i]);
    return code;
}

/* a * b, or limit + 1 if that is more than `limit`. */
static size_t times(size_t a, size_t b, size_t limit) {
    return b > 0 && a > limit / b ? limit + 1 : a * b;
}

/* The number of cases of a run, or CASES_MAX + 1 if it is above CASES_MAX. */
static size_t expansion_size(const struct expansion *ex) {
    size_t pools = 0, size;

    for (size_t i = 0; i < ex->run->executors.count; i++)
        pools += axes_product(&ex->pool[i], CASES_MAX); /* at most PARAMS_MAX * CASES_MAX each */
    size = times(ex->workers_count, pools, CASES_MAX);
    size = times(size, ex->jobs_count, CASES_MAX);
    return times(size, axes_product(&ex->params, CASES_MAX), CASES_MAX);
}

bool params_equal(
    const struct param *table, const union param_value *a, const union param_value *b) {
    size_t count = params_count(table);

    for (size_t i = 0; i < count; i++)
        if (!param_equal(&table[i], a[i], b[i]))
            return false;
    return true;
}

/* Both may be NULL. */
static bool same_text(const char *a, const char *b) {
    return a == b || (a && b && strcmp(a, b) == 0);
}

static bool same_section(const struct bench_case *a, const struct bench_case *b) {
    return a->workload == b->workload && a->jobs == b->jobs && strcmp(a->name, b->name) == 0
        && same_text(a->prepare, b->prepare) && same_text(a->cleanup, b->cleanup)
        && params_equal(a->workload->params, a->params, b->params);
}

/* Two cases of one section. */
static bool same_case(const struct bench_case *a, const struct bench_case *b) {
    return a->executor == b->executor && a->workers == b->workers
        && params_equal(a->executor->params, a->pool, b->pool);
}

_Static_assert(WORKLOAD_SPAWNS == (int)EXECUTOR_SPAWNS, "a need is the capability of that name");

const char *executor_lacks(const struct executor *executor, const struct workload *workload) {
    return workload->needs & ~executor->capabilities ? "cannot start tasks" : NULL;
}

static struct draft_section *section_for(
    struct builder *builder, const struct bench_case *bench_case) {
    for (size_t i = 0; i < builder->section_count; i++)
        if (same_section(&builder->sections[i].cases[0].bench_case, bench_case))
            return &builder->sections[i];
    builder->sections = arena_grown(builder->scratch, builder->sections, builder->section_count,
        &builder->section_room, sizeof(*builder->sections));
    return &builder->sections[builder->section_count++];
}

/* Adds a case that several runs make only once, with the strictest of their thresholds. */
static void add_case(struct builder *builder, struct draft_section *section,
    const struct bench_case *bench_case, const char *varied, struct origin origin) {
    struct arena *arena = builder->plan->arena;
    struct draft_case *added;

    for (size_t i = 0; i < section->count; i++)
        if (same_case(&section->cases[i].bench_case, bench_case)) {
            struct bench_case *same = &section->cases[i].bench_case;
            if (bench_case->threshold < same->threshold)
                same->threshold = bench_case->threshold;
            if (bench_case->reduced)
                same->reduced = bench_case->reduced;
            return;
        }
    section->cases = arena_grown(
        builder->scratch, section->cases, section->count, &section->room, sizeof(*section->cases));
    added = &section->cases[section->count++];
    *added = (struct draft_case){
        .bench_case = *bench_case, .origin = origin, .number = builder->case_count++};
    added->bench_case.id = arena_printf(arena, "%s/%s/%d%s", bench_case->name,
        bench_case->executor->name, bench_case->workers, varied);
    const char *lacks = executor_lacks(bench_case->executor, bench_case->workload);
    if (lacks)
        added->bench_case.impossible =
            arena_printf(arena, "%s %s", bench_case->executor->name, lacks);
}

/* The varied parameters of a pick: with '/' each is "/NAME=VALUE", else `between` joins them. */
static const char *varied_text(struct builder *builder, const struct axes *axes,
    const struct pick *pick, const char *between) {
    struct arena *arena = builder->scratch;
    const char *text = "";

    for (size_t i = 0; i < axes->count; i++) {
        const char *one;
        if (!axes->at[i].varied)
            continue;
        one = setting_text(arena, &axes->table[i], axes->at[i].values[pick->at[i]]);
        text =
            arena_printf(arena, "%s%s%s", text, between[0] == '/' || text[0] ? between : "", one);
    }
    return text;
}

/* Whether a job of this workload may call task_block. */
static bool may_block(const struct bench_case *bench_case) {
    const char *blocks = bench_case->workload->blocks;
    int at = blocks ? params_find(bench_case->workload->params, blocks) : -1;

    return !blocks || (at >= 0 && bench_case->params[at].number);
}

static void set_workers(struct bench_case *bench_case, int workers) {
    const struct executor *executor = bench_case->executor;
    bool unused = executor->capabilities & EXECUTOR_ASIDE && !may_block(bench_case);
    int most = unused ? 1 : executor->max_workers;

    bench_case->workers = workers < most ? workers : most;
    bench_case->reduced = unused && workers > 1 ? "its jobs never block" : NULL;
}

/* Adds the cases of one executor to the section that `head` describes. */
static int expand_executor(const struct expansion *ex, struct draft_section *section,
    const struct bench_case *head, const char *varied, size_t executor) {
    struct builder *builder = ex->builder;
    const struct axes *pool = &ex->pool[executor];
    struct bench_case bench_case = *head;

    bench_case.executor = ex->run->executors.items[executor];
    for (size_t i = 0; i < ex->workers_count; i++) {
        struct pick pick = {{0}};
        set_workers(&bench_case, (int)ex->workers[i]);
        do {
            const char *tail = varied_text(builder, pool, &pick, "/");
            pick_values(pool, &pick, bench_case.pool);
            int code = case_place(builder, &bench_case, pool, &pick, &ex->run->spec->pool);
            if (code < 0)
                return code;
            bench_case.variant =
                arena_strdup(builder->plan->arena, varied_text(builder, pool, &pick, " "));
            add_case(builder, section, &bench_case,
                arena_printf(builder->scratch, "%s%s", varied, tail), ex->run->spec->origin);
        } while (pick_next(pool, &pick));
    }
    return 0;
}

/* Adds the cases of one pick of the workload's parameters. */
static int expand_params(const struct expansion *ex, const struct pick *pick) {
    struct builder *builder = ex->builder;
    const char *varied = varied_text(builder, &ex->params, pick, "/");
    struct bench_case bench_case = {
        .name = ex->run->name,
        .workload = ex->run->workload,
        .plugin = plugin_of(builder->options->plugins, ex->run->workload),
        .prepare = ex->run->prepare,
        .cleanup = ex->run->cleanup,
        .threshold = ex->run->threshold,
        .twin_of = -1,
    };

    pick_values(&ex->params, pick, bench_case.params);
    for (size_t i = 0; i < ex->jobs_count; i++) {
        const char *tail = varied;
        struct draft_section *section;
        bench_case.jobs = ex->jobs[i];
        section = section_for(builder, &bench_case);
        if (ex->jobs_count > 1 || ex->run->spec->jobs_varied)
            tail = arena_printf(builder->scratch, "%s/jobs=%" PRId64, varied, bench_case.jobs);
        for (size_t j = 0; j < ex->run->executors.count; j++) {
            int code = expand_executor(ex, section, &bench_case, tail, j);
            if (code < 0)
                return code;
        }
    }
    return 0;
}

/* A prepare command may make the files that the parameters name. */
static int check_workload(const struct expansion *ex, const struct pick *pick) {
    struct builder *builder = ex->builder;
    const struct workload *workload = ex->run->workload;
    union param_value values[PARAMS_MAX];
    size_t at = 0;
    int code;

    if (!workload->check || !workload_in(&builder->wanted_workloads, workload))
        return 0;
    pick_values(&ex->params, pick, values);
    code = workload->check(values, &at, builder->diag);
    if (ex->run->prepare && (code == -ENOENT || code == -EACCES))
        return 0;
    return code < 0
        ? diag_place(builder->diag, pick_origin(&ex->params, pick, &ex->run->spec->params, at))
        : 0;
}

int runs_expand(struct builder *builder) {
    size_t total = 0;

    for (size_t i = 0; i < builder->spec->run_count; i++) {
        struct pick pick = {{0}};
        struct expansion ex;
        int code = expansion_make(builder, &builder->runs[i], &ex);
        if (code < 0)
            return code;
        total += expansion_size(&ex);
        if (total > CASES_MAX)
            return diag_at(builder->diag, builder->spec->runs[i].origin, -EINVAL,
                "the runs up to this one have more than %d cases; shorten their lists", CASES_MAX);
        do {
            code = pick_check(builder, &ex.params, &pick, &builder->spec->runs[i].params);
            if (code == 0)
                code = check_workload(&ex, &pick);
            if (code == 0)
                code = expand_params(&ex, &pick);
            if (code < 0)
                return code;
        } while (pick_next(&ex.params, &pick));
    }
    return 0;
}
