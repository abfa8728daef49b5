/* SPDX-License-Identifier: MIT */
#include "baseline.h"

#include <string.h>

#include "cmd.h"

#define OWN_NAME "this session"

static int load_files(const struct bench_options *options, struct baseline *baseline) {
    struct diag diag = {0};
    const struct session **sessions =
        arena_array(baseline->arena, const struct session *, options->baselines.count + 1);
    const char **names = arena_array(baseline->arena, const char *, options->baselines.count + 1);

    baseline->stored = arena_array(baseline->arena, struct stored *, options->baselines.count + 1);
    for (size_t i = 0; i < options->baselines.count; i++) {
        names[i] = options->baselines.items[i].text;
        if (store_load(names[i], &baseline->stored[i], &diag) < 0)
            return complain(EXIT_USAGE, "--baseline: %s", diag.text);
        sessions[i] = baseline->stored[i]->session;
        baseline->count++;
    }
    names[baseline->count] = OWN_NAME;
    baseline->compared = (struct compared){.sessions = sessions,
        .names = names,
        .count = baseline->count + 1,
        .base_count = baseline->count,
        .with_tables = true};
    return EXIT_FINE;
}

static int64_t passes_of(const struct session *session, const char *id) {
    ptrdiff_t at = plan_find_case(session->plan, id);

    return at < 0 ? 0 : session->results[at].passes;
}

/* The session as it will be but for its samples: it has to match before hours are spent on it. */
static int check_ahead(
    const struct bench_options *options, const struct plan *plan, struct baseline *baseline) {
    const struct session **sessions = (const struct session **)baseline->compared.sessions;
    struct session *ahead = arena_array(baseline->arena, struct session, 1);
    int64_t *passes = arena_array(baseline->arena, int64_t, plan->case_count);
    struct gate_verdict *verdict;
    int code;

    *ahead = (struct session){.plan = plan,
        .results = arena_array(baseline->arena, struct case_result, plan->case_count)};
    environment_read(&ahead->environment);
    for (size_t i = 0; i < plan->case_count; i++) {
        passes[i] = passes_of(sessions[0], plan->cases[i].id);
        ahead->results[i].passes = passes[i];
    }
    baseline->passes = passes;
    sessions[baseline->count] = ahead;
    code = judging_check(&options->judging, &baseline->compared, baseline->arena);
    if (code != EXIT_FINE)
        return code;
    return judging_judge(&options->judging, &baseline->compared, baseline->arena, &verdict);
}

int baseline_open(
    const struct bench_options *options, struct plan *plan, struct baseline *ret_baseline) {
    const struct judging *judging = &options->judging;
    int code;

    *ret_baseline = (struct baseline){.arena = arena_new()};
    if (options->baselines.count == 0 && (judging->drift > 0 || judging->lenient))
        return complain(
            EXIT_USAGE, "--drift and --lenient need a --baseline=FILE; add it, or leave them out");
    if (options->baselines.count == 0)
        return EXIT_FINE;
    code = load_files(options, ret_baseline);
    if (code != EXIT_FINE)
        return code;
    if (!options->over->seed.text)
        plan->seed = ret_baseline->compared.sessions[0]->plan->seed;
    return check_ahead(options, plan, ret_baseline);
}

int baseline_judge(struct baseline *baseline, const struct judging *judging,
    const struct session *session, struct gate_verdict **ret_verdict) {
    const struct session **sessions = (const struct session **)baseline->compared.sessions;

    sessions[baseline->count] = session;
    return judging_judge(judging, &baseline->compared, baseline->arena, ret_verdict);
}

void baseline_release(struct baseline *baseline) {
    for (size_t i = 0; baseline->stored && i < baseline->count; i++)
        store_free(baseline->stored[i]);
    arena_free(baseline->arena);
}
