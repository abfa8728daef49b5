/* SPDX-License-Identifier: MIT */
#include "ab_notes.h"

#include <math.h>
#include <string.h>

#include "sides.h"

const char *ab_pair_id(
    const struct plan *plan, const struct section *pair, enum metric metric, struct arena *arena) {
    const char *a = plan->cases[pair->first + SIDE_A].id + strlen("A:");
    const char *b = plan->cases[pair->first + SIDE_B].id + strlen("B:");

    return row_id(strcmp(a, b) == 0 ? a : arena_printf(arena, "%s vs %s", a, b), metric, arena);
}

const char *ab_pair_note(const struct pair_verdict *pair, struct arena *arena) {
    if (pair->verdict != VERDICT_INCONCLUSIVE)
        return NULL;
    if (pair->rounds == 0 && pair->metric != METRIC_TIME)
        return arena_printf(arena, "no sample has its %s, or it is 0", metric_names[pair->metric]);
    if (!interval_known(pair->ratio.interval))
        return arena_printf(arena, "%d round%s no interval; allow more time or rounds",
            pair->rounds, pair->rounds == 1 ? " gives" : "s give");
    if (pair->unconfirmed)
        return "slower at first, but the second stage did not confirm it; measure again";
    if (pair->rounds_to_settle == ROUNDS_NEVER)
        return "too close to the threshold to decide; choose another threshold";
    return arena_printf(arena, "about %d rounds would settle it", pair->rounds_to_settle);
}

const char *ab_advice(const struct gate_verdict *verdict, int rounds_least, struct arena *arena) {
    int most = 0;

    for (size_t i = 0; i < verdict->pair_count; i++)
        if (verdict->pairs[i].rounds_to_settle > most)
            most = verdict->pairs[i].rounds_to_settle;
    if (verdict->verdict == VERDICT_FAILED)
        return "a side that fails cannot be compared; fix what its message says, then measure "
               "again";
    if (verdict->control_failed)
        return "A differs from its own twin, so a difference from B means nothing; find what "
               "disturbs the machine, and measure again";
    if (verdict->verdict == VERDICT_REGRESSED)
        return "B is worse in the rows marked regressed, and a second stage confirmed it; look "
               "for what changed there";
    if (verdict->verdict == VERDICT_MISSING)
        return "put the rows marked missing back in B, or pass --allow-missing";
    if (verdict->verdict == VERDICT_IMPROVED)
        return "nothing; B is better in the rows marked improved, and worse in none";
    if (verdict->verdict == VERDICT_EQUIVALENT)
        return "nothing; no row changed by more than its threshold";
    if (rounds_least > 0)
        return arena_printf(arena,
            "a verdict needs at least %d rounds; allow more time (--max-time), or give a sample "
            "fewer jobs (--jobs)",
            rounds_least);
    if (most > verdict->rounds_planned)
        return arena_printf(arena,
            "allow --rounds=%d and the time for them, use a quieter machine, or raise --threshold",
            most);
    return "measure again on a quieter machine, with more time, or with another --threshold";
}

void ab_judge_failures(const struct session *session, const struct section *section,
    struct pair_verdict *pair, struct arena *arena) {
    const char *failure = side_failure(session, section, arena);

    if (!failure)
        return;
    pair->verdict = VERDICT_FAILED;
    pair->ratio = (struct estimate){NAN, {NAN, NAN}};
    pair->detectable = NAN;
    pair->rounds_to_settle = 0;
    pair->unconfirmed = false;
    pair->note = failure;
}
