/* SPDX-License-Identifier: MIT */
#include "unpaired.h"

#include <math.h>
#include <string.h>

#include "nearest.h"

/* "/threads/2" of "gcd/threads/2". */
static const char *behind_name(const char *id) {
    return id + strcspn(id, "/");
}

const char *unpaired_likely(const char *id, const struct ids *others, struct arena *arena) {
    const char **alike = arena_array(arena, const char *, others->count);
    size_t count = 0;

    for (size_t i = 0; i < others->count; i++)
        if (strcmp(behind_name(others->items[i]), behind_name(id)) == 0)
            alike[count++] = others->items[i];
    return count == 1 ? alike[0] : nearest_name(id, alike, count);
}

static const char *missing_note(const char *likely, struct arena *arena) {
    if (likely)
        return arena_printf(arena,
            "only A has it; if it is '%s' in B, give both the same name, or pass --allow-missing",
            likely);
    return "only A has it; put it back in B, or pass --allow-missing";
}

static const char *new_note(const char *likely, struct arena *arena) {
    if (likely)
        return arena_printf(
            arena, "only B has it, so it is not judged; it may be '%s' of A, renamed", likely);
    return "only B has it, so it is not judged";
}

void unpaired_set(struct gate_settings *settings, const struct ids *missing,
    const struct ids *added, struct arena *arena) {
    struct unpaired *list = arena_array(arena, struct unpaired, missing->count + added->count);
    size_t count = 0;

    for (size_t i = 0; i < missing->count; i++)
        list[count++] = (struct unpaired){missing->items[i], false,
            missing_note(unpaired_likely(missing->items[i], added, arena), arena)};
    for (size_t i = 0; i < added->count; i++)
        list[count++] = (struct unpaired){added->items[i], true,
            new_note(unpaired_likely(added->items[i], missing, arena), arena)};
    settings->unpaired = list;
    settings->unpaired_count = count;
}

void unpaired_judge(struct gate_verdict *verdict) {
    for (size_t i = 0; i < verdict->settings.unpaired_count; i++) {
        const struct unpaired *unpaired = &verdict->settings.unpaired[i];
        enum verdict said = unpaired->is_new ? VERDICT_NEW : VERDICT_MISSING;

        verdict->pairs[verdict->pair_count++] = (struct pair_verdict){
            .id = unpaired->id,
            .case_id = verdict->compared ? unpaired->id : NULL,
            .verdict = said,
            .threshold = NAN,
            .ratio = {NAN, {NAN, NAN}},
            .level = NAN,
            .spread = NAN,
            .detectable = NAN,
            .a = -1,
            .b = -1,
            .twin = -1,
            .a_ns = NAN,
            .b_ns = NAN,
            .a_bytes = NAN,
            .b_bytes = NAN,
            .note = unpaired->note,
        };
        if (said == VERDICT_MISSING && !verdict->settings.allow_missing)
            verdict->verdict = verdict_worse(verdict->verdict, said);
    }
}
