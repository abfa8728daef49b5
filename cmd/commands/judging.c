/* SPDX-License-Identifier: MIT */
#include "judging.h"

#include <math.h>
#include <string.h>

#include "cmd.h"
#include "procedure.h"
#include "units.h"
#include "words.h"

int option_percent(const char *option, const char *text, double low, double high, double *ret) {
    double value;
    const char *wrong = parse_percent(text, &value);

    if (wrong)
        return complain(OPTIONS_COMPLAINED, "%s: '%s' %s", option, shown(text).text, wrong);
    if (!(value >= low && value <= high))
        return complain(OPTIONS_COMPLAINED, "%s: '%s' is out of range; write %g%% to %g%%", option,
            shown(text).text, 100 * low, 100 * high);
    *ret = value;
    return 0;
}

int option_fail_on(const char *text, enum fail_on *ret) {
    static const char *const names[] = {[FAIL_INCONCLUSIVE] = "inconclusive",
        [FAIL_REGRESSED] = "regressed",
        [FAIL_NEVER] = "never"};
    struct diag diag = {0};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], text) == 0) {
            *ret = (enum fail_on)i;
            return 0;
        }
    }
    unknown_word(&diag, (struct origin){.file = "--fail-on"}, "unknown verdict", text, names, 3);
    return complain(OPTIONS_COMPLAINED, "%s", diag.text);
}

int verdict_exit(enum verdict verdict, enum fail_on fail_on) {
    if (verdict == VERDICT_REGRESSED && fail_on != FAIL_NEVER)
        return EXIT_REGRESSED;
    if (verdict == VERDICT_INCONCLUSIVE && fail_on == FAIL_INCONCLUSIVE)
        return EXIT_INCONCLUSIVE;
    return EXIT_FINE;
}

void judging_init(struct judging *judging) {
    *judging = (struct judging){.alpha = COMPARE_ALPHA, .threshold = NAN};
}

int judging_take(struct judging *judging, int key, const char *arg) {
    switch (key) {
    case KEY_THRESHOLD:
        return option_percent("--threshold", arg, 0, THRESHOLD_MAX, &judging->threshold);
    case KEY_ALPHA:
        return option_percent("--alpha", arg, 1e-6, 0.5, &judging->alpha);
    case KEY_DRIFT:
        return option_percent("--drift", arg, 0.0001, 10, &judging->drift);
    case KEY_LENIENT:
        judging->lenient = true;
        return 0;
    case KEY_FAIL_ON:
        return option_fail_on(arg, &judging->fail_on);
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* 0, or EXIT_USAGE after a complaint. */
static int check_repeats(const struct compared *all) {
    size_t pair[2];

    if (!compare_repeats(all->sessions, all->count, pair))
        return EXIT_FINE;
    return complain(EXIT_USAGE,
        "'%s' and '%s' hold the same session; use sessions that were measured separately",
        all->names[pair[0]], all->names[pair[1]]);
}

/* The same. */
static int check_match(bool lenient, const struct compared *all, struct arena *arena) {
    const char *const *texts = compare_mismatches(all->sessions, all->names, all->count, arena);

    for (size_t i = 0; texts && texts[i]; i++) {
        if (!lenient)
            return complain(EXIT_USAGE,
                "the sessions are not comparable: %s; measure both in the same way, or "
                "pass --lenient to compare anyway",
                texts[i]);
        complain(0, "WARNING: the difference may come from the sessions, not from the code: %s",
            texts[i]);
    }
    return EXIT_FINE;
}

int judging_check(
    const struct judging *judging, const struct compared *sessions, struct arena *arena) {
    int code = check_repeats(sessions);

    return code != EXIT_FINE ? code : check_match(judging->lenient, sessions, arena);
}

int judging_judge(const struct judging *judging, const struct compared *sessions,
    struct arena *arena, struct gate_verdict **ret_verdict) {
    struct compared *all = arena_array(arena, struct compared, 1);
    struct diag diag = {0};

    *all = *sessions;
    all->threshold = judging->threshold;
    all->drift = judging->drift;
    if (compare_sessions(all, judging->alpha, arena, ret_verdict, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    return EXIT_FINE;
}
