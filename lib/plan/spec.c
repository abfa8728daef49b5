/* SPDX-License-Identifier: MIT */
#include "spec.h"

#include "words.h"

#include <errno.h>
#include <string.h>

const char *const check_keys[CHECK_KEYS] = {
    "case", "faster_than", "factor", "time", "run", "startup", "cpu", "p99", "memory", "errors"};

struct plan_spec *plan_spec_new(void) {
    struct arena *arena = arena_new();
    struct plan_spec *spec = arena_alloc(arena, sizeof(*spec));

    spec->arena = arena;
    return spec;
}

void plan_spec_free(struct plan_spec *spec) {
    while (spec) {
        struct plan_spec *next = spec->appended;
        arena_free(spec->arena);
        spec = next;
    }
}

void spec_list_add(struct arena *arena, struct spec_list *list, struct spec_text item) {
    list->items = arena_grown(arena, list->items, list->count, &list->room, sizeof(*list->items));
    list->items[list->count++] = item;
}

struct spec_list spec_list_split(struct arena *arena, struct spec_text list) {
    struct spec_list split = {0};

    for (const char *at = list.text;; at++) {
        size_t length = strcspn(at, ",");
        struct spec_text item = {arena_strndup(arena, at, length), list.origin};
        spec_list_add(arena, &split, item);
        at += length;
        if (!*at)
            return split;
    }
}

/* The settings beside the runs. */
static const struct {
    const char *name;
    size_t offset;
} settings[] = {
    {"rounds", offsetof(struct plan_spec, rounds)},
    {"warmup", offsetof(struct plan_spec, warmup)},
    {"seed", offsetof(struct plan_spec, seed)},
    {"timeout", offsetof(struct plan_spec, timeout)},
    {"slow_task", offsetof(struct plan_spec, slow_task)},
    {"rate", offsetof(struct plan_spec, rate)},
    {"arrivals", offsetof(struct plan_spec, arrivals)},
    {"latency_limit", offsetof(struct plan_spec, latency_limit)},
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static struct spec_text *setting(struct plan_spec *spec, size_t i) {
    return (struct spec_text *)((char *)spec + settings[i].offset);
}

static int check_settings_agree(struct plan_spec *into, struct plan_spec *from, struct diag *diag) {
    for (size_t i = 0; i < SETTINGS; i++) {
        const struct spec_text *ours = setting(into, i), *theirs = setting(from, i);
        if (ours->text && theirs->text && strcmp(ours->text, theirs->text) != 0)
            return diag_at(diag, theirs->origin, -EINVAL,
                "%s is '%s' here but '%s' at %s; make them agree or remove one", settings[i].name,
                shown(theirs->text).text, shown(ours->text).text, place(ours->origin).text);
    }
    return 0;
}

int plan_spec_append(struct plan_spec *into, struct plan_spec *from, struct diag *diag) {
    int code = check_settings_agree(into, from, diag);
    struct plan_spec *last = from;

    if (code < 0)
        return code;
    for (size_t i = 0; i < SETTINGS; i++)
        if (!setting(into, i)->text)
            *setting(into, i) = *setting(from, i);
    for (size_t i = 0; i < from->plugins.count; i++)
        spec_list_add(into->arena, &into->plugins, from->plugins.items[i]);
    for (size_t i = 0; i < from->run_count; i++) {
        into->runs = arena_grown(
            into->arena, into->runs, into->run_count, &into->run_room, sizeof(*into->runs));
        into->runs[into->run_count++] = from->runs[i];
    }
    for (size_t i = 0; i < from->check_count; i++) {
        into->checks = arena_grown(
            into->arena, into->checks, into->check_count, &into->check_room, sizeof(*into->checks));
        into->checks[into->check_count++] = from->checks[i];
    }
    while (last->appended)
        last = last->appended;
    last->appended = into->appended;
    into->appended = from;
    return 0;
}

static struct spec_param *find_param(struct spec_params *params, const char *name) {
    for (size_t i = 0; i < params->count; i++)
        if (strcmp(params->items[i].name.text, name) == 0)
            return &params->items[i];
    return NULL;
}

static void override_params(
    struct arena *arena, struct spec_params *params, const struct spec_params *over) {
    struct spec_params to = {
        .items = arena_array(arena, struct spec_param, params->count + over->count),
        .count = params->count,
    };

    if (params->count > 0)
        memcpy(to.items, params->items, sizeof(*to.items) * params->count);
    for (size_t i = 0; i < over->count; i++) {
        struct spec_param param = over->items[i];
        struct spec_param *old = find_param(&to, param.name.text);

        param.varied = false;
        /* one that the run's own config gave is checked against this run, as before */
        param.anywhere = old ? old->anywhere : true;
        if (!old)
            old = &to.items[to.count++];
        *old = param;
    }
    *params = to;
}

static void override_text(struct spec_text *text, struct spec_text by) {
    if (by.text)
        *text = by;
}

static void override_list(struct spec_list *list, struct spec_list by) {
    if (by.count > 0)
        *list = by;
}

void plan_spec_override(struct plan_spec *spec, const struct plan_spec *over) {
    struct plan_spec given = *over; /* to point into, as `over` is const */

    for (size_t i = 0; i < SETTINGS; i++)
        override_text(setting(spec, i), *setting(&given, i));
    for (size_t i = 0; i < spec->run_count && over->run_count > 0; i++) {
        struct run_spec *run = &spec->runs[i];
        const struct run_spec *by = &over->runs[0];

        override_list(&run->executors, by->executors);
        override_list(&run->workers, by->workers);
        override_list(&run->jobs, by->jobs);
        override_text(&run->prepare, by->prepare);
        override_text(&run->cleanup, by->cleanup);
        override_text(&run->threshold, by->threshold);
        override_params(spec->arena, &run->params, &by->params);
        override_params(spec->arena, &run->pool, &by->pool);
    }
}
