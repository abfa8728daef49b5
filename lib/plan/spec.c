/* SPDX-License-Identifier: MIT */
#include "spec.h"

#include "words.h"

#include <errno.h>
#include <string.h>

const char *const check_keys[CHECK_KEYS] = {
    "case", "faster_than", "factor", "time", "run", "startup", "memory", "errors"};

struct plan_spec *plan_spec_new(void) {
    struct arena *arena = arena_new();
    struct plan_spec *spec = arena_alloc(arena, sizeof(*spec));

    spec->arena = arena;
    return spec;
}

void plan_spec_free(struct plan_spec *spec) {
    if (spec)
        arena_free(spec->arena);
}

void spec_list_add(struct arena *arena, struct spec_list *list, struct spec_text item) {
    list->items = arena_grown(arena, list->items, list->count, &list->room, sizeof(*list->items));
    list->items[list->count++] = item;
}

/* Copies into an arena. Thousands of texts share one file name, so the last is remembered. */
struct copier {
    struct arena *arena;
    const char *file_from, *file_copy;
};

static struct origin copy_origin(struct copier *copier, struct origin from) {
    if (!from.file)
        return from;
    if (from.file != copier->file_from) {
        copier->file_from = from.file;
        copier->file_copy = arena_strdup(copier->arena, from.file);
    }
    from.file = copier->file_copy;
    return from;
}

static struct spec_text copy_text(struct copier *copier, struct spec_text from) {
    return (struct spec_text){
        .text = from.text ? arena_strdup(copier->arena, from.text) : NULL,
        .origin = copy_origin(copier, from.origin),
    };
}

static struct spec_list copy_list(struct copier *copier, struct spec_list from) {
    struct spec_list to = {
        .items = arena_array(copier->arena, struct spec_text, from.count),
        .count = from.count,
    };

    for (size_t i = 0; i < from.count; i++)
        to.items[i] = copy_text(copier, from.items[i]);
    return to;
}

static struct spec_param copy_param(struct copier *copier, const struct spec_param *from) {
    return (struct spec_param){
        .name = {arena_strdup(copier->arena, from->name.text),
            copy_origin(copier, from->name.origin)},
        .values = copy_list(copier, from->values),
        .varied = from->varied,
        .anywhere = from->anywhere,
    };
}

static struct spec_params copy_params(struct copier *copier, struct spec_params from) {
    struct spec_params to = {
        .items = arena_array(copier->arena, struct spec_param, from.count),
        .count = from.count,
    };

    for (size_t i = 0; i < from.count; i++)
        to.items[i] = copy_param(copier, &from.items[i]);
    return to;
}

static struct run_spec copy_run(struct copier *copier, const struct run_spec *from) {
    return (struct run_spec){
        .origin = copy_origin(copier, from->origin),
        .name = copy_text(copier, from->name),
        .workload = copy_text(copier, from->workload),
        .executors = copy_list(copier, from->executors),
        .workers = copy_list(copier, from->workers),
        .jobs = copy_list(copier, from->jobs),
        .params = copy_params(copier, from->params),
        .pool = copy_params(copier, from->pool),
        .prepare = copy_text(copier, from->prepare),
        .cleanup = copy_text(copier, from->cleanup),
        .threshold = copy_text(copier, from->threshold),
    };
}

static struct check_spec copy_check(struct copier *copier, const struct check_spec *from) {
    struct check_spec to = {.origin = copy_origin(copier, from->origin)};

    for (size_t key = 0; key < CHECK_KEYS; key++)
        to.texts[key] = copy_text(copier, from->texts[key]);
    return to;
}

static void append_runs(
    struct copier *copier, struct plan_spec *into, const struct plan_spec *from) {
    for (size_t i = 0; i < from->run_count; i++) {
        into->runs = arena_grown(
            into->arena, into->runs, into->run_count, &into->run_room, sizeof(*into->runs));
        into->runs[into->run_count++] = copy_run(copier, &from->runs[i]);
    }
}

static void append_checks(
    struct copier *copier, struct plan_spec *into, const struct plan_spec *from) {
    for (size_t i = 0; i < from->check_count; i++) {
        into->checks = arena_grown(
            into->arena, into->checks, into->check_count, &into->check_room, sizeof(*into->checks));
        into->checks[into->check_count++] = copy_check(copier, &from->checks[i]);
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
};
#define SETTINGS (sizeof(settings) / sizeof(settings[0]))

static struct spec_text *setting(struct plan_spec *spec, size_t i) {
    return (struct spec_text *)((char *)spec + settings[i].offset);
}

int plan_spec_append(struct plan_spec *into, const struct plan_spec *from, struct diag *diag) {
    struct copier copier = {.arena = into->arena};
    struct plan_spec given = *from; /* the members alone, to walk over */

    for (size_t i = 0; i < SETTINGS; i++) {
        const struct spec_text *ours = setting(into, i), *theirs = setting(&given, i);
        if (ours->text && theirs->text && strcmp(ours->text, theirs->text) != 0)
            return diag_at(diag, theirs->origin, -EINVAL,
                "%s is '%s' here but '%s' at %s; make them agree or remove one", settings[i].name,
                shown(theirs->text).text, shown(ours->text).text, place(ours->origin).text);
    }
    for (size_t i = 0; i < SETTINGS; i++)
        if (!setting(into, i)->text)
            *setting(into, i) = copy_text(&copier, *setting(&given, i));

    for (size_t i = 0; i < from->plugins.count; i++)
        spec_list_add(into->arena, &into->plugins, copy_text(&copier, from->plugins.items[i]));
    append_runs(&copier, into, from);
    append_checks(&copier, into, from);
    return 0;
}

static struct spec_param *find_param(struct spec_params *params, const char *name) {
    for (size_t i = 0; i < params->count; i++)
        if (strcmp(params->items[i].name.text, name) == 0)
            return &params->items[i];
    return NULL;
}

static void override_params(
    struct copier *copier, struct spec_params *params, const struct spec_params *over) {
    struct spec_params to = {
        .items = arena_array(copier->arena, struct spec_param, params->count + over->count),
        .count = params->count,
    };

    if (params->count > 0)
        memcpy(to.items, params->items, sizeof(*to.items) * params->count);
    for (size_t i = 0; i < over->count; i++) {
        struct spec_param copy = copy_param(copier, &over->items[i]);
        struct spec_param *old = find_param(&to, copy.name.text);

        copy.varied = false;
        /* one that the run's own config gave is checked against this run, as before */
        copy.anywhere = old ? old->anywhere : true;
        if (!old)
            old = &to.items[to.count++];
        *old = copy;
    }
    *params = to;
}

void plan_spec_override(struct plan_spec *spec, const struct plan_spec *over) {
    struct copier copier = {.arena = spec->arena};
    struct plan_spec given = *over;

    for (size_t i = 0; i < SETTINGS; i++)
        if (setting(&given, i)->text)
            *setting(spec, i) = copy_text(&copier, *setting(&given, i));
    if (over->run_count == 0)
        return;
    for (size_t i = 0; i < spec->run_count; i++) {
        struct run_spec *run = &spec->runs[i];
        const struct run_spec *by = &over->runs[0];

        if (by->executors.count > 0)
            run->executors = copy_list(&copier, by->executors);
        if (by->workers.count > 0)
            run->workers = copy_list(&copier, by->workers);
        if (by->jobs.count > 0)
            run->jobs = copy_list(&copier, by->jobs);
        if (by->prepare.text)
            run->prepare = copy_text(&copier, by->prepare);
        if (by->cleanup.text)
            run->cleanup = copy_text(&copier, by->cleanup);
        if (by->threshold.text)
            run->threshold = copy_text(&copier, by->threshold);
        override_params(&copier, &run->params, &by->params);
        override_params(&copier, &run->pool, &by->pool);
    }
}
