/* SPDX-License-Identifier: MIT */
#include "baseline.h"

#include "streams.h"

#define OWN_NAME "this session"

static int64_t passes_of(const struct session *session, const char *id) {
    ptrdiff_t at = plan_find_case(session->plan, id);

    return at < 0 ? 0 : session->results[at].passes;
}

/* Compares with the session as it will be, without samples: hours are not to be spent on measuring
 * what does not match. */
static int check_ahead(
    const struct options *options, const struct plan *plan, struct baseline *baseline) {
    struct arena *arena = baseline->saved.arena;
    struct session *ahead = arena_array(arena, struct session, 1);
    int64_t *passes = arena_array(arena, int64_t, plan->case_count);
    struct gate_verdict *verdict;
    int code;

    ahead->plan = plan;
    ahead->results = arena_array(arena, struct case_result, plan->case_count);
    environment_read(&ahead->environment);
    for (size_t i = 0; i < plan->case_count; i++) {
        passes[i] = passes_of(baseline->saved.sessions[0], plan->cases[i].id);
        ahead->results[i].passes = passes[i];
    }
    baseline->passes = passes;
    saved_add(&baseline->saved, ahead, OWN_NAME);
    code = saved_check(options, &baseline->saved);
    return code != EXIT_FINE ? code : saved_judge(options, &baseline->saved, &verdict);
}

int baseline_open(const struct options *options, struct plan *plan, struct baseline *ret_baseline) {
    const struct spec_list *files = &options->baselines;
    int code;

    *ret_baseline = (struct baseline){.passes = NULL};
    if (files->count == 0 && (options->drift > 0 || options->lenient))
        return complain(
            EXIT_USAGE, "--drift and --lenient need a --baseline=FILE; add it, or leave them out");
    if (files->count == 0)
        return EXIT_FINE;
    code = saved_load(options, files, files->count, &ret_baseline->saved);
    if (code != EXIT_FINE)
        return code;
    ret_baseline->saved.compared.with_tables = true;
    if (!options->over.seed.text)
        plan->seed = ret_baseline->saved.sessions[0]->plan->seed;
    return check_ahead(options, plan, ret_baseline);
}

int baseline_judge(const struct options *options, struct baseline *baseline,
    const struct session *session, struct gate_verdict **ret_verdict) {
    saved_add(&baseline->saved, session, OWN_NAME);
    return saved_judge(options, &baseline->saved, ret_verdict);
}

void baseline_release(struct baseline *baseline) {
    saved_release(&baseline->saved);
}
