/* SPDX-License-Identifier: MIT */
#include "options_parts.h"

#include "units.h"
#include "words.h"

#include <errno.h>
#include <string.h>

#define WORDS_MAX 16

static void *field_of(struct options *options, const struct option_row *row) {
    return (char *)options + row->field;
}

static struct origin origin_of(const struct option_row *row) {
    return (struct origin){.file = row->name};
}

static struct spec_text given(const struct option_row *row, const char *text) {
    return (struct spec_text){.text = text, .origin = origin_of(row)};
}

int take_flag(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    bool *flag = field_of(options, row);

    (void)text, (void)diag;
    *flag = true;
    return 0;
}

int take_text(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    struct spec_text *field = field_of(options, row);

    (void)diag;
    *field = given(row, text);
    return 0;
}

int take_list(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    const struct spec_text *field = field_of(options, row);

    if (field->text)
        text = arena_printf(options->arena, "%s,%s", field->text, text);
    return take_text(options, row, text, diag);
}

int take_item(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    (void)diag;
    spec_list_add(options->arena, field_of(options, row), given(row, text));
    return 0;
}

int take_last(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    struct spec_list *list = field_of(options, row);

    *list = (struct spec_list){0};
    return take_item(options, row, text, diag);
}

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

int take_param(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    return option_param_add(options->arena, field_of(options, row), given(row, text), diag);
}

int take_percent(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    double value, *field = field_of(options, row);
    const char *wrong = parse_percent(text, &value);

    if (wrong)
        return diag_at(diag, origin_of(row), -EINVAL, "'%s' %s", shown(text).text, wrong);
    if (!(value >= row->low && value <= row->high))
        return diag_at(diag, origin_of(row), -EINVAL, "'%s' is out of range; write %g%% to %g%%",
            shown(text).text, 100 * row->low, 100 * row->high);
    *field = value;
    return 0;
}

int take_duration(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    int64_t value, *field = field_of(options, row);
    const char *wrong = parse_duration(text, &value);

    if (wrong)
        return diag_at(diag, origin_of(row), -EINVAL, "'%s' %s", shown(text).text, wrong);
    if (value <= 0)
        return diag_at(diag, origin_of(row), -EINVAL,
            "'%s' leaves no time; write a duration above 0, such as 20s", shown(text).text);
    *field = value;
    return 0;
}

int take_choice(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    const char *words[WORDS_MAX];
    char *word, *rest, *choices = arena_strdup(options->arena, row->value);
    int *field = field_of(options, row), count = 0;

    for (word = strtok_r(choices, "|", &rest); word && count < WORDS_MAX;
         word = strtok_r(NULL, "|", &rest)) {
        words[count] = word;
        if (strcmp(word, text) == 0) {
            *field = count;
            return 0;
        }
        count++;
    }
    return unknown_word(diag, origin_of(row), "unknown value", text, words, (size_t)count);
}

int take_format(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    const char *names[WORDS_MAX];
    size_t count = 0;

    options->output.format = report_format_find(text);
    if (options->output.format)
        return 0;
    for (; count < WORDS_MAX && report_formats[count]; count++)
        names[count] = report_formats[count]->name;
    return unknown_word(diag, origin_of(row), "unknown format", text, names, count);
}

static int add_file(struct output_options *output, const struct option_row *row, const char *path,
    bool save, struct diag *diag) {
    if (!*path)
        return diag_at(
            diag, origin_of(row), -EINVAL, "the name is empty; write %s=FILE", row->name);
    for (size_t i = 0; i < output->file_count; i++)
        if (strcmp(output->files[i].path, path) == 0)
            return diag_at(diag, origin_of(row), -EINVAL,
                "'%s' would be written twice; use two names", shown(path).text);
    if (output->file_count == OUTPUTS_MAX)
        return diag_at(
            diag, origin_of(row), -EINVAL, "more than %d files; leave some out", OUTPUTS_MAX);
    output->files[output->file_count].path = path;
    output->files[output->file_count++].save = save;
    return 0;
}

int take_output(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    if (strcmp(text, "-") != 0)
        return add_file(&options->output, row, text, false, diag);
    options->output.dash = true;
    return 0;
}

int take_save(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag) {
    if (strcmp(text, "-") == 0)
        return diag_at(diag, origin_of(row), -EINVAL,
            "'-' is not a file; write --save=FILE, or --format=json for standard output");
    return add_file(&options->output, row, text, true, diag);
}
