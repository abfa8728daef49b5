/* SPDX-License-Identifier: MIT */
#include "cmd.h"
#include "outputs.h"
#include "store.h"
#include "words.h"

#include <string.h>

enum key { KEY_FORMAT = 0x100, KEY_OUTPUT, KEY_COLOR };

static const struct argp_option table[] = {
    {"format", KEY_FORMAT, "table|json|csv|markdown|junit", 0,
        "Format of the results (default: what the name of --output ends in, else table)", 1},
    {"output", KEY_OUTPUT, "FILE", 0,
        "Write the results to FILE, whole or not at all, and nothing to standard output "
        "(repeatable)",
        1},
    {"color", KEY_COLOR, "auto|always|never", 0, "Colour on standard output (default auto)", 1},
    {0},
};

static const char doc[] =
    "Print saved results again, in any format, as they were printed when they were measured.\n"
    "\v"
    "A FILE is JSON that 'pconc bench --save=FILE' wrote; '-' is standard input. Several FILEs can "
    "be printed one after another, as tables or Markdown only.\n\n"
    "Exit codes: 0 success, 2 bad usage or a file that cannot be read, 3 the output could not be "
    "written.";

struct show {
    struct output_options options;
    const char **files; /* room for all of argv */
    size_t count;
};

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    struct show *show = state->input;

    switch (key) {
    case KEY_FORMAT:
        return output_set_format(&show->options, arg);
    case KEY_OUTPUT:
        return output_add(&show->options, arg);
    case KEY_COLOR:
        return output_set_color(&show->options, arg);
    case ARGP_KEY_ARG:
        show->files[show->count++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int print_file(struct outputs *outputs, const struct stored *stored, const char *title) {
    if (title && outputs->stdout_format)
        printf("%s\n\n", title);
    return outputs_write(outputs, stored->session, stored->summary);
}

/* A file that cannot be read is reported; the others are shown. */
static int show_files(const struct show *show, struct outputs *outputs) {
    int code = EXIT_FINE;

    for (size_t i = 0; i < show->count; i++) {
        struct stored *stored;
        struct diag diag = {0};

        if (store_load(show->files[i], &stored, &diag) < 0) {
            code = complain(EXIT_USAGE, "%s", diag.text);
            continue;
        }
        if (i > 0 && outputs->stdout_format)
            putchar('\n');
        if (print_file(outputs, stored, show->count > 1 ? show->files[i] : NULL) != EXIT_FINE
            && code == EXIT_FINE)
            code = EXIT_FAILED;
        store_free(stored);
    }
    return code;
}

/* Only formats for people can hold several results. */
static int check_several(const struct show *show) {
    const struct output_options *options = &show->options;

    if (show->count < 2)
        return 0;
    if (options->file_count > 0)
        return complain(EXIT_USAGE,
            "--output: one output holds the results of one FILE; show one FILE at a time");
    if (options->format && !options->format->for_people)
        return complain(EXIT_USAGE,
            "--format: %s holds the results of one FILE; show one FILE at a time",
            options->format->name);
    return 0;
}

static int show_all(struct show *show) {
    struct outputs outputs;
    struct diag diag = {0};
    int code;

    if (show->count == 0)
        return complain(EXIT_USAGE, "show needs a file of results; write pconc show FILE");
    code = check_several(show);
    if (code != 0)
        return code;
    if (outputs_open(&show->options, &outputs, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    code = outputs.stdout_format ? stdout_check() : 0;
    if (code == 0)
        code = show_files(show, &outputs);
    outputs_close(&outputs);
    return code;
}

int show_run(int argc, char **argv) {
    static const struct argp argp = {table, parse_option, "FILE...", doc, NULL, NULL, NULL};
    struct arena *arena = arena_new();
    struct show show = {
        .files = arena_array(arena, const char *, (size_t)argc), .options.quiet = true};
    int parsed = options_parse(&argp, "pconc show", false, argc, argv, &show);
    int code = parsed != OPTIONS_DONE ? options_exit(parsed) : show_all(&show);

    arena_free(arena);
    return code;
}
