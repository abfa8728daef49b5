/* SPDX-License-Identifier: MIT */
#include "advice.h"

static const char *pair_note(const struct pair_verdict *pair, struct arena *arena) {
    if (pair->verdict != VERDICT_INCONCLUSIVE)
        return NULL;
    if (!interval_known(pair->ratio.interval))
        return arena_printf(arena, "%d round%s give no interval; allow more time or rounds",
            pair->rounds, pair->rounds == 1 ? "" : "s");
    if (pair->unconfirmed)
        return "slower at first, which the second stage did not confirm; measure again";
    if (pair->rounds_to_settle == ROUNDS_NEVER)
        return "too near the threshold to tell; choose another threshold";
    return arena_printf(arena, "about %d rounds would settle it", pair->rounds_to_settle);
}

static int most_rounds(const struct gate_verdict *verdict) {
    int most = 0;

    for (size_t i = 0; i < verdict->pair_count; i++)
        if (verdict->pairs[i].rounds_to_settle > most)
            most = verdict->pairs[i].rounds_to_settle;
    return most;
}

static const char *session_advice(const struct gate_verdict *verdict, struct arena *arena) {
    int most = most_rounds(verdict);

    if (verdict->control_failed)
        return "A differs from its own twin, so that no difference to B means anything: look for "
               "what "
               "disturbs the machine, and measure again";
    if (verdict->verdict == VERDICT_REGRESSED)
        return "B is slower where it says regressed, and a second stage confirmed it: look there "
               "for "
               "what changed";
    if (verdict->verdict != VERDICT_INCONCLUSIVE)
        return NULL;
    if (most > verdict->rounds_planned)
        return arena_printf(arena,
            "allow --rounds=%d and the time for them, quieten the machine, or raise --threshold",
            most);
    return "measure again on a quieter machine, with more time, or with another --threshold";
}

void advice_give(struct gate_verdict *verdict, struct arena *arena) {
    for (size_t i = 0; i < verdict->pair_count; i++)
        if (!verdict->pairs[i].note)
            verdict->pairs[i].note = pair_note(&verdict->pairs[i], arena);
    verdict->advice = session_advice(verdict, arena);
}
