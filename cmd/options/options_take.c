/* SPDX-License-Identifier: MIT */
#include "options_parts.h"

#include "units.h"
#include "words.h"

#include <errno.h>
#include <string.h>

#define WORDS_MAX 16

int option_param_add(
    struct arena *arena, struct spec_params *params, struct spec_text text, struct diag *diag) {
    const char *option = text.origin.file, *equals = strchr(text.text, '=');
    struct spec_param *items = arena_array(arena, struct spec_param, params->count + 1);
    struct spec_param *item = &items[params->count];

    if (!equals || equals == text.text)
        return diag_at(diag, text.origin, -EINVAL, "'%s' %s; write %s=NAME=VALUE",
            shown(text.text).text, equals ? "has no name" : "has no '='", option);
    item->name.text = arena_strndup(arena, text.text, (size_t)(equals - text.text));
    item->name.origin = text.origin;
    spec_list_add(
        arena, &item->values, (struct spec_text){.text = equals + 1, .origin = text.origin});
    for (size_t i = 0; i < params->count; i++) {
        items[i] = params->items[i];
        if (strcmp(items[i].name.text, item->name.text) == 0)
            return diag_at(diag, text.origin, -EINVAL, "'%s' is given twice; keep one of them",
                shown(item->name.text).text);
    }
    params->items = items;
    params->count++;
    return 0;
}

static int take_percent(
    const struct option_row *row, struct spec_text given, double *ret_value, struct diag *diag) {
    double value;
    const char *wrong = parse_percent(given.text, &value);

    if (wrong)
        return diag_at(diag, given.origin, -EINVAL, "'%s' %s", shown(given.text).text, wrong);
    if (!(value >= row->low && value <= row->high))
        return diag_at(diag, given.origin, -EINVAL, "'%s' is out of range; write %g%% to %g%%",
            shown(given.text).text, 100 * row->low, 100 * row->high);
    *ret_value = value;
    return 0;
}

static int take_duration(struct spec_text given, int64_t *ret_ns, struct diag *diag) {
    int64_t value;
    const char *wrong = parse_duration(given.text, &value);

    if (wrong)
        return diag_at(diag, given.origin, -EINVAL, "'%s' %s", shown(given.text).text, wrong);
    if (value <= 0)
        return diag_at(diag, given.origin, -EINVAL,
            "'%s' leaves no time; write a duration above 0, such as 20s", shown(given.text).text);
    *ret_ns = value;
    return 0;
}

/* `choices`: "auto|always|never". */
static int take_choice(
    struct arena *arena, const char *choices, struct spec_text given, int *ret, struct diag *diag) {
    const char *words[WORDS_MAX];
    char *rest = arena_strdup(arena, choices), *word;
    size_t count = 0;

    while (count < WORDS_MAX && (word = strsep(&rest, "|"))) {
        words[count] = word;
        if (strcmp(word, given.text) == 0) {
            *ret = (int)count;
            return 0;
        }
        count++;
    }
    return unknown_word(diag, given.origin, "unknown value", given.text, words, count);
}

static int take_format(struct output_options *output, struct spec_text given, struct diag *diag) {
    const char *names[WORDS_MAX];
    size_t count = 0;

    output->format = report_format_find(given.text);
    if (output->format)
        return 0;
    for (; count < WORDS_MAX && report_formats[count]; count++)
        names[count] = report_formats[count]->name;
    return unknown_word(diag, given.origin, "unknown format", given.text, names, count);
}

static int take_file(
    struct output_options *output, bool save, struct spec_text given, struct diag *diag) {
    const char *option = given.origin.file, *path = given.text;

    if (strcmp(path, "-") == 0 && save)
        return diag_at(diag, given.origin, -EINVAL,
            "'-' is not a file; write --save=FILE, or --format=json for standard output");
    if (strcmp(path, "-") == 0) {
        output->dash = true;
        return 0;
    }
    if (!*path)
        return diag_at(diag, given.origin, -EINVAL, "the name is empty; write %s=FILE", option);
    for (size_t i = 0; i < output->file_count; i++)
        if (strcmp(output->files[i].path, path) == 0)
            return diag_at(diag, given.origin, -EINVAL,
                "'%s' would be written twice; use two names", shown(path).text);
    if (output->file_count == OUTPUTS_MAX)
        return diag_at(
            diag, given.origin, -EINVAL, "more than %d files; leave some out", OUTPUTS_MAX);
    output->files[output->file_count].path = path;
    output->files[output->file_count++].save = save;
    return 0;
}

/* "NAME=VALUE", with '_' for each '-' of the name. */
static const char *named_param(struct arena *arena, const char *option, const char *value) {
    char *text = arena_printf(arena, "%s=%s", option, value);

    for (char *at = text; *at != '='; at++)
        if (*at == '-')
            *at = '_';
    return text;
}

int option_take(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    void *field = (char *)options + row->field;
    struct spec_text given = {.text = text, .origin = {.file = row->name}}, *old = field;

    switch (row->type) {
    case OPTION_FLAG:
        *(bool *)field = true;
        return 0;
    case OPTION_JOINED:
        if (old->text)
            given.text = arena_printf(options->arena, "%s,%s", old->text, text);
        *old = given;
        return 0;
    case OPTION_TEXT:
        *old = given;
        return 0;
    case OPTION_LAST:
        *(struct spec_list *)field = (struct spec_list){0};
        spec_list_add(options->arena, field, given);
        return 0;
    case OPTION_ALL:
        spec_list_add(options->arena, field, given);
        return 0;
    case OPTION_PARAM:
        return option_param_add(options->arena, field, given, diag);
    case OPTION_NAMED:
        given.text = named_param(options->arena, row->name + strlen("--"), text);
        return option_param_add(options->arena, field, given, diag);
    case OPTION_PERCENT:
        return take_percent(row, given, field, diag);
    case OPTION_DURATION:
        return take_duration(given, field, diag);
    case OPTION_CHOICE:
        return take_choice(options->arena, row->value, given, field, diag);
    case OPTION_FORMAT:
        return take_format(field, given, diag);
    case OPTION_OUTPUT:
        return take_file(field, false, given, diag);
    case OPTION_SAVE:
        return take_file(field, true, given, diag);
    case OPTION_RESUME:
        options->resume = given;
        return take_file(&options->output, true, given, diag);
    case OPTION_HELP:
        break;
    }
    return 0;
}
