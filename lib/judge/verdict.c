/* SPDX-License-Identifier: MIT */
#include "verdict.h"

#include <math.h>

const char *verdict_name(enum verdict verdict) {
    static const char *const names[] = {
        [VERDICT_INCONCLUSIVE] = "inconclusive",
        [VERDICT_EQUIVALENT] = "equivalent",
        [VERDICT_IMPROVED] = "improved",
        [VERDICT_REGRESSED] = "regressed",
        [VERDICT_FAILED] = "failed",
        [VERDICT_MISSING] = "missing",
        [VERDICT_NEW] = "new",
    };

    return names[verdict];
}

bool verdict_has_ratio(enum verdict verdict) {
    return verdict <= VERDICT_REGRESSED;
}

enum check_state check_of(struct interval interval, double limit) {
    return interval.low > limit ? CHECK_FAILS : interval.high <= limit ? CHECK_HOLDS : CHECK_OPEN;
}

enum verdict verdict_of(struct interval alarm, struct interval equal, double edge) {
    if (check_of(alarm, edge) == CHECK_FAILS)
        return VERDICT_REGRESSED;
    if (check_of(interval_mirrored(alarm), edge) == CHECK_FAILS)
        return VERDICT_IMPROVED;
    return check_of(equal, edge) == CHECK_HOLDS
            && check_of(interval_mirrored(equal), edge) == CHECK_HOLDS
        ? VERDICT_EQUIVALENT
        : VERDICT_INCONCLUSIVE;
}

enum verdict verdict_worse(enum verdict a, enum verdict b) {
    static const enum verdict from_worst[] = {
        VERDICT_FAILED, VERDICT_REGRESSED, VERDICT_MISSING, VERDICT_INCONCLUSIVE, VERDICT_IMPROVED};

    for (size_t i = 0; i < sizeof(from_worst) / sizeof(from_worst[0]); i++)
        if (a == from_worst[i] || b == from_worst[i])
            return from_worst[i];
    return VERDICT_EQUIVALENT;
}

void pair_set_medians(struct pair_verdict *pair, double a, double b) {
    bool bytes = metric_is_bytes(pair->metric);

    pair->a_ns = bytes ? NAN : a;
    pair->b_ns = bytes ? NAN : b;
    pair->a_bytes = bytes ? a : NAN;
    pair->b_bytes = bytes ? b : NAN;
}

const char *row_id(const char *id, enum metric metric, struct arena *arena) {
    if (metric == METRIC_TIME)
        return arena_strdup(arena, id);
    return arena_printf(arena, "%s [%s]", id, metric_names[metric]);
}

void summary_judge(struct session_summary *summary, const struct gate_verdict *gate) {
    summary->gate = gate;
    if (gate && gate->compared && !gate->compared->with_tables)
        summary->warning_count = summary->check_count = 0;
}
