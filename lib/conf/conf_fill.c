/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

struct filling {
    struct arena *arena;
    const char *name; /* of the file, in the arena */
    const struct walked *walked;
    struct diag *diag;
};

#define PATH_SIZE 192

struct path {
    char text[PATH_SIZE];
};

static struct path path_of(const char *format, ...) PCONC_PRINTF(1, 2);
static struct path path_of(const char *format, ...) {
    struct path path;
    va_list args;

    va_start(args, format);
    vsnprintf(path.text, sizeof(path.text), format, args);
    va_end(args);
    return path;
}

/* Where the value at `path` stands, or its key. */
static struct origin origin_of(const struct filling *fill, struct path path, bool key) {
    const struct place_entry *place = places_find(&fill->walked->places, path.text);
    struct origin origin = {.file = fill->name};

    if (place) {
        origin.line = key ? place->key_line : place->line;
        origin.column = key ? place->key_column : place->column;
    }
    return origin;
}

static struct spec_text text_of(const struct filling *fill, const char *text, struct path path) {
    if (!text)
        return (struct spec_text){0};
    return (struct spec_text){arena_strdup(fill->arena, text), origin_of(fill, path, false)};
}

static struct spec_list list_of(
    const struct filling *fill, const struct texts *texts, struct path path) {
    struct spec_list list = {
        .items = arena_array(fill->arena, struct spec_text, texts->count),
        .count = texts->count,
    };

    for (size_t i = 0; i < texts->count; i++)
        list.items[i] = text_of(fill, texts->items[i], path_of("%.160s[%zu]", path.text, i));
    return list;
}

/* What is both plain and in the matrix has no meaning. */
static int refuse_both(
    const struct filling *fill, const char *key, struct path plain, struct path matrix) {
    struct origin first = origin_of(fill, plain, true);

    return diag_at(fill->diag, origin_of(fill, matrix, true), -EINVAL,
        "'%s' is in the matrix and also in line %d; remove one", key, first.line);
}

/* A list of the run, given plainly or in its matrix. */
static int fill_list(const struct filling *fill, size_t run, const char *key,
    const struct texts *plain, const struct texts *matrix, struct spec_list *ret_list) {
    struct path plain_path = path_of("runs[%zu].%s", run, key);
    struct path matrix_path = path_of("runs[%zu].matrix.%s", run, key);

    if (plain->count > 0 && matrix && matrix->count > 0)
        return refuse_both(fill, key, plain_path, matrix_path);
    if (plain->count > 0)
        *ret_list = list_of(fill, plain, plain_path);
    else if (matrix)
        *ret_list = list_of(fill, matrix, matrix_path);
    return 0;
}

static struct spec_param param_of(const struct filling *fill, const char *name, struct path path) {
    return (struct spec_param){
        .name = {arena_strdup(fill->arena, name), origin_of(fill, path, true)},
    };
}

/* The parameters of the run under `key` (params, pool), plain and varied. */
static int fill_params(const struct filling *fill, size_t run, const char *key, char **plain,
    const struct texts *matrix, struct spec_params *ret_params) {
    const struct names *names = &fill->walked->names;
    struct spec_params params = {
        .items = arena_array(fill->arena, struct spec_param, names->count),
    };

    for (size_t i = 0; i < names->count; i++) {
        const char *name = names->items[i];
        struct path plain_path = path_of("runs[%zu].%s.%s", run, key, name);
        struct path matrix_path = path_of("runs[%zu].matrix.%s.%s", run, key, name);
        bool varied = matrix && matrix[i].count > 0;
        struct spec_param *param = &params.items[params.count];

        if (plain && plain[i] && varied)
            return refuse_both(fill, name, plain_path, matrix_path);
        if (varied) {
            *param = param_of(fill, name, matrix_path);
            param->values = list_of(fill, &matrix[i], matrix_path);
            param->varied = true;
            params.count++;
        } else if (plain && plain[i]) {
            *param = param_of(fill, name, plain_path);
            param->values.items = arena_array(fill->arena, struct spec_text, 1);
            param->values.items[0] = text_of(fill, plain[i], plain_path);
            param->values.count = 1;
            params.count++;
        }
    }
    *ret_params = params;
    return 0;
}

/* `all`: the threshold of runs that have none of their own. */
static int fill_run(const struct filling *fill, size_t i, const struct loaded_run *loaded,
    struct spec_text all, struct run_spec *run) {
    const struct loaded_matrix *matrix = loaded->matrix;
    int r;

    run->origin = origin_of(fill, path_of("runs[%zu]", i), false);
    run->name = text_of(fill, loaded->name, path_of("runs[%zu].name", i));
    run->workload = text_of(fill, loaded->workload, path_of("runs[%zu].workload", i));
    run->prepare = text_of(fill, loaded->prepare, path_of("runs[%zu].prepare", i));
    run->cleanup = text_of(fill, loaded->cleanup, path_of("runs[%zu].cleanup", i));
    run->threshold = text_of(fill, loaded->threshold, path_of("runs[%zu].threshold", i));
    if (!run->threshold.text)
        run->threshold = all;
    r = fill_list(
        fill, i, "executor", &loaded->executor, matrix ? &matrix->executor : NULL, &run->executors);
    if (r == 0)
        r = fill_list(
            fill, i, "workers", &loaded->workers, matrix ? &matrix->workers : NULL, &run->workers);
    if (r == 0)
        r = fill_list(fill, i, "jobs", &loaded->jobs, matrix ? &matrix->jobs : NULL, &run->jobs);
    if (r == 0)
        r = fill_params(
            fill, i, "params", loaded->params, matrix ? matrix->params : NULL, &run->params);
    if (r == 0)
        r = fill_params(fill, i, "pool", loaded->pool, matrix ? matrix->pool : NULL, &run->pool);
    return r;
}

static struct check_spec check_of(
    const struct filling *fill, size_t i, const struct loaded_check *loaded) {
    struct check_spec check = {
        .origin = origin_of(fill, path_of("checks[%zu]", i), false),
    };

    for (size_t key = 0; key < CHECK_KEYS; key++)
        check.texts[key] =
            text_of(fill, loaded->texts[key], path_of("checks[%zu].%s", i, check_keys[key]));
    return check;
}

/* Paths count from the folder of the config. */
static struct spec_list fill_plugins(const struct filling *fill, const struct texts *texts) {
    struct spec_list list = list_of(fill, texts, path_of("plugins"));
    const char *slash = strrchr(fill->name, '/');

    for (size_t i = 0; slash && i < list.count; i++) {
        const char *path = list.items[i].text;
        if (!path || path[0] == '/')
            continue;
        if (strncmp(path, "./", 2) == 0)
            path += 2;
        list.items[i].text =
            arena_printf(fill->arena, "%.*s/%s", (int)(slash - fill->name), fill->name, path);
    }
    return list;
}

int conf_fill(const char *name, const struct loaded *loaded, const struct walked *walked,
    struct plan_spec *spec, struct diag *diag) {
    struct filling fill = {
        .arena = spec->arena,
        .name = arena_strdup(spec->arena, name),
        .walked = walked,
        .diag = diag,
    };
    struct spec_text threshold = text_of(&fill, loaded->threshold, path_of("threshold"));
    int r = 0;

    spec->rounds = text_of(&fill, loaded->rounds, path_of("rounds"));
    spec->warmup = text_of(&fill, loaded->warmup, path_of("warmup"));
    spec->seed = text_of(&fill, loaded->seed, path_of("seed"));
    spec->timeout = text_of(&fill, loaded->timeout, path_of("timeout"));
    spec->slow_task = text_of(&fill, loaded->slow_task, path_of("slow_task"));
    spec->plugins = fill_plugins(&fill, &loaded->plugins);
    spec->runs = arena_array(spec->arena, struct run_spec, loaded->run_count);
    spec->run_count = loaded->run_count;
    spec->checks = arena_array(spec->arena, struct check_spec, loaded->check_count);
    spec->check_count = loaded->check_count;
    for (size_t i = 0; i < loaded->check_count; i++)
        spec->checks[i] = check_of(&fill, i, &loaded->checks[i]);
    for (size_t i = 0; r == 0 && i < loaded->run_count; i++)
        r = fill_run(&fill, i, &loaded->runs[i], threshold, &spec->runs[i]);
    return r;
}
