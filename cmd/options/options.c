/* SPDX-License-Identifier: MIT */
#include "options.h"

#include "nearest.h"
#include "options_parts.h"
#include "procedure.h"
#include "streams.h"
#include "words.h"

#include <argp.h>
#include <errno.h>
#include <math.h>
#include <string.h>

/* What the parser returns to end argp. */
enum { HELP_SHOWN = -1, COMPLAINED = -2 };

#define FIRST_KEY 0x100 /* of options without a letter: none is a character */

struct parse {
    const struct command *command;
    struct options *options;
    struct argp_option *table; /* of the command, ended by zeroes */
    size_t count;
    int stopped_at; /* index behind the argument that argp could not parse */
};

static int key_of(const struct option_row *row) {
    return row->letter ? row->letter : FIRST_KEY + (int)(row - option_rows);
}

static const struct option_row *find_row(int key) {
    for (const struct option_row *row = option_rows; row->help; row++)
        if (row->name && key_of(row) == key)
            return row;
    return NULL;
}

/* What argp lists in front of the options, each with its summary beside it. */
static void add_commands(struct parse *parse) {
    const struct command *const *at = parse->command->commands;

    if (!at)
        return;
    parse->table[parse->count++] = (struct argp_option){.doc = "Commands:", .group = 1};
    for (; *at; at++)
        parse->table[parse->count++] = (struct argp_option){
            .name = arena_printf(parse->options->arena, "%s %s", (*at)->name, (*at)->arguments),
            .flags = OPTION_DOC,
            .doc = (*at)->summary,
            .group = 1,
        };
}

static void make_table(struct parse *parse) {
    size_t room = 2;

    for (const struct command *const *at = parse->command->commands; at && *at; at++)
        room++;
    for (const struct option_row *row = option_rows; row->help; row++)
        room++;
    parse->table = arena_array(parse->options->arena, struct argp_option, room);
    for (const struct option_row *row = option_rows; row->help; row++)
        if (row->commands & parse->command->takes)
            parse->table[parse->count++] = (struct argp_option){
                .name = row->name ? row->name + strlen("--") : NULL,
                .key = row->name ? key_of(row) : 0,
                .arg = row->value,
                .doc = row->help,
                .group = row->group,
            };
    add_commands(parse);
}

static const char *usage_name(const struct parse *parse) {
    const char *name = parse->command->name;

    return name ? arena_printf(parse->options->arena, "pconc %s", name) : "pconc";
}

static error_t take_argument(struct parse *parse, char *text, struct argp_state *state) {
    if (parse->command->takes & FOR_PROGRAM) {
        /* The rest belongs to the command. */
        parse->options->rest = state->next - 1;
        state->next = state->argc;
        return 0;
    }
    spec_list_add(
        parse->options->arena, &parse->options->arguments, (struct spec_text){.text = text});
    return 0;
}

static error_t take_option(int key, char *text, struct argp_state *state) {
    struct parse *parse = state->input;
    const struct option_row *row;
    struct diag diag = {0};

    switch (key) {
    case ARGP_KEY_ARG:
        return take_argument(parse, text, state);
    case ARGP_KEY_ERROR:
        parse->stopped_at = state->next;
        return 0;
    }
    row = find_row(key);
    if (!row)
        return ARGP_ERR_UNKNOWN;
    if (row->type == OPTION_HELP) {
        /* Not argp_state_help, which prints nothing if argp's own errors are off. */
        argp_help(state->root_argp, stdout,
            ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG | ARGP_HELP_POST_DOC,
            (char *)usage_name(parse));
        return HELP_SHOWN;
    }
    if (option_take(parse->options, row, text, &diag) < 0)
        return complain(COMPLAINED, "%s", diag.text);
    return 0;
}

/* argp only says that it stopped at `arg`; finds out why. */
static int complain_option(const struct parse *parse, const char *arg) {
    struct arena *arena = parse->options->arena;
    const char **names = arena_array(arena, const char *, parse->count), *near, *list = "";
    const struct argp_option *match = NULL;
    size_t length = strcspn(arg, "="), count = 0, matches = 0;
    const char *typed = arena_strndup(arena, arg, length);

    for (const struct argp_option *at = parse->table; at < parse->table + parse->count; at++) {
        if (!at->name || at->flags & OPTION_DOC)
            continue;
        names[count++] = arena_printf(arena, "--%s", at->name);
        if (length <= strlen("--") || strncmp(names[count - 1], typed, length) != 0)
            continue;
        match = at;
        list = arena_printf(arena, "%s%s%s", list, matches++ ? ", " : "", names[count - 1]);
        if (strcmp(names[count - 1], typed) == 0) {
            matches = 1;
            break;
        }
    }
    if (matches > 1)
        return complain(COMPLAINED, "option '%s' is ambiguous: %s; write it in full", typed, list);
    if (match && match->arg)
        return complain(COMPLAINED, "option '--%s' needs a value; write --%s=%s", match->name,
            match->name, match->arg);
    if (match)
        return complain(
            COMPLAINED, "option '--%s' takes no value; leave out '%s'", match->name, arg + length);
    near = nearest_name(typed, names, count);
    if (near)
        return complain(
            COMPLAINED, "unknown option '%s'; did you mean '%s'?", shown(arg).text, near);
    return complain(
        COMPLAINED, "unknown option '%s'; see '%s --help'", shown(arg).text, usage_name(parse));
}

/* OPTIONS_DONE or an exit code. */
static int parse_part(struct parse *parse, int argc, char **argv) {
    const struct command *command = parse->command;
    const struct argp argp = {
        .options = parse->table,
        .parser = take_option,
        .args_doc = command->arguments,
        .doc = command->doc,
    };
    unsigned flags = ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP;
    int code, at;

    if (command->takes & FOR_PROGRAM)
        flags |= ARGP_IN_ORDER;
    code = argp_parse(&argp, argc, argv, flags, NULL, parse);
    if (code == 0)
        return OPTIONS_DONE;
    if (code == HELP_SHOWN)
        return EXIT_FINE;
    if (code == EINVAL) {
        /* In a cluster of short options argp stops without having stepped over it. */
        at = parse->stopped_at - 1;
        if (at < 1 || argv[at][0] != '-')
            at++;
        complain_option(parse, at < argc ? argv[at] : "");
    } else if (code != COMPLAINED) {
        complain(0, "cannot read the options: %s", strerror(code));
    }
    return EXIT_USAGE;
}

int options_parse(
    const struct command *command, int argc, char **argv, struct options *ret_options) {
    struct parse parse = {.command = command, .options = ret_options};
    int divider = argc, code;

    *ret_options = (struct options){
        .arena = arena_new(), .threshold = NAN, .alpha = NAN, .power = DEFAULT_POWER};
    make_table(&parse);
    for (int i = argc - 1; command->divided && i > 0; i--)
        if (strcmp(argv[i], "--") == 0)
            divider = i;
    code = parse_part(&parse, divider, argv);
    ret_options->base_count = ret_options->arguments.count;
    if (code != OPTIONS_DONE || divider == argc)
        return code;
    /* Options may stand on either side; argp would take "--" for the end of them. */
    argv[divider] = argv[0];
    return parse_part(&parse, argc - divider, argv + divider);
}

void options_release(struct options *options) {
    arena_free(options->arena);
}
