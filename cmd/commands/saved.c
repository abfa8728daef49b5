/* SPDX-License-Identifier: MIT */
#include "saved.h"

#include "streams.h"
#include "words.h"

#include <math.h>

int saved_load(const struct options *options, const struct spec_list *files, size_t base_count,
    struct saved *ret_saved) {
    struct arena *arena = arena_new();
    struct diag diag = {0};

    *ret_saved = (struct saved){
        .arena = arena,
        .stored = arena_array(arena, struct stored *, files->count),
        .sessions = arena_array(arena, const struct session *, files->count + 1),
        .names = arena_array(arena, const char *, files->count + 1),
    };
    for (size_t i = 0; i < files->count; i++) {
        if (store_load(files->items[i].text, &ret_saved->stored[i], &diag) < 0) {
            diag_place(&diag, files->items[i].origin);
            return complain(EXIT_USAGE, "%s", diag.text);
        }
        ret_saved->count++;
        ret_saved->sessions[i] = ret_saved->stored[i]->session;
        ret_saved->names[i] = files->items[i].text;
    }
    ret_saved->compared = (struct compared){
        .sessions = ret_saved->sessions,
        .names = ret_saved->names,
        .count = files->count,
        .base_count = base_count,
        .threshold = options->threshold,
        .drift = options->drift,
    };
    return EXIT_FINE;
}

void saved_add(struct saved *saved, const struct session *session, const char *name) {
    saved->sessions[saved->count] = session;
    saved->names[saved->count] = name;
    saved->compared.count = saved->count + 1;
}

void saved_release(struct saved *saved) {
    for (size_t i = 0; i < saved->count; i++)
        store_free(saved->stored[i]);
    arena_free(saved->arena);
}

int saved_check(const struct options *options, const struct saved *saved) {
    const struct compared *all = &saved->compared;
    const char *const *mismatches;
    size_t pair[2];

    if (compare_repeats(all->sessions, all->count, pair))
        return complain(EXIT_USAGE,
            "'%s' and '%s' hold the same session; use sessions that were measured separately",
            all->names[pair[0]], all->names[pair[1]]);
    if (compare_seeds_differ(all->sessions, all->count) && !options->output.quiet)
        complain(0,
            "note: the sessions have different seeds, and so different input; measure them "
            "with one --seed=N to compare the same input");
    mismatches = compare_mismatches(all->sessions, all->names, all->count, saved->arena);
    for (; mismatches && *mismatches; mismatches++) {
        if (!options->lenient)
            return complain(EXIT_USAGE,
                "the sessions are not comparable: %s; measure both in the same way, or "
                "pass --lenient to compare anyway",
                *mismatches);
        complain(0, "WARNING: the difference may come from the sessions, not from the code: %s",
            *mismatches);
    }
    return EXIT_FINE;
}

/* Whether a session has a rate, so that its times are those of the arrivals, and they are judged.
 */
static bool judges_arrivals(const struct saved *saved, const struct metrics *metrics) {
    bool times =
        !metrics || metrics_have(metrics, METRIC_TIME) || metrics_have(metrics, METRIC_RUN);

    for (size_t i = 0; i < saved->count; i++)
        if (times && saved->sessions[i]->plan->rate > 0)
            return true;
    return false;
}

int saved_judge(const struct options *options, struct saved *saved, const struct metrics *metrics,
    struct gate_verdict **ret_verdict) {
    const struct gate_settings settings = {
        .alpha = isnan(options->alpha) ? COMPARE_ALPHA : options->alpha,
        .equal_alpha = DEFAULT_EQUAL_ALPHA,
        .metrics = metrics ? *metrics : (struct metrics){0},
        .allow_missing = options->allow_missing,
    };
    struct diag diag = {0};

    if (judges_arrivals(saved, metrics))
        return complain(EXIT_USAGE,
            "with a rate the jobs take as long as they arrive, so there are no times to compare; "
            "compare the saved results with 'pconc compare --metric=p99'");
    if (compare_sessions(&saved->compared, &settings, saved->arena, ret_verdict, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    return EXIT_FINE;
}

int verdict_exit(const struct options *options, enum verdict verdict) {
    if (verdict == VERDICT_FAILED)
        return EXIT_FAILED;
    if ((verdict == VERDICT_REGRESSED || verdict == VERDICT_MISSING)
        && options->fail_on != FAIL_NEVER)
        return EXIT_REGRESSED;
    if (verdict == VERDICT_INCONCLUSIVE && options->fail_on == FAIL_INCONCLUSIVE)
        return EXIT_INCONCLUSIVE;
    return EXIT_FINE;
}
