/* SPDX-License-Identifier: MIT */
#include "bench_options.h"
#include "cmd.h"
#include "store.h"

#include <string.h>

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "How to judge:", 1},
    {"threshold", KEY_THRESHOLD, "PERCENT", 0,
        "Changes up to this do not matter (default: what the first NEW was measured with, or 2%)",
        1},
    {"alpha", KEY_ALPHA, "PERCENT", 0,
        "How often at most all rows together may be called wrongly (default 1%)", 1},
    {"drift", KEY_DRIFT, "PERCENT", 0,
        "Allow for so much drift between sessions: fewer than five a side are judged then, and "
        "every "
        "interval is wider",
        1},
    {"lenient", KEY_LENIENT, NULL, 0,
        "Compare what was measured elsewhere or otherwise all the same, with a warning", 1},
    {"fail-on", KEY_FAIL_ON, "inconclusive|regressed|never", 0,
        "The least verdict that is not exit code 0 (default inconclusive)", 1},
    {NULL, 0, NULL, 0, "Output:", 2},
    {"format", KEY_FORMAT, "table|json|csv|markdown|junit", 0,
        "Format of the verdict (default: what the name of --output ends in, else table)", 2},
    {"output", KEY_OUTPUT, "FILE", 0,
        "Write the verdict to FILE, whole or not at all; standard output gets the table unless "
        "--quiet (repeatable)",
        2},
    {"save", KEY_SAVE, "FILE", 0,
        "Write the verdict and all sessions to FILE as JSON, for 'pconc show' and 'pconc verify'",
        2},
    {"quiet", KEY_QUIET, NULL, 0, "No notes; errors only", 2},
    {"color", KEY_COLOR, "auto|always|never", 0, "Colour on standard output (default auto)", 2},
    {0},
};

static const char doc[] =
    "Compare saved results and say whether the NEW sessions are slower than the BASE sessions.\n"
    "\v"
    "Save each FILE with 'pconc bench --save=FILE'. '--' separates the two sides. A single session "
    "cannot detect drift between sessions: save at least five sessions a side, in turns. It is "
    "better still to measure both sides in one session with 'pconc ab'.\n\n"
    "Exit codes: 0 success, 1 regressed, 2 bad usage, a file that cannot be read, or sessions that "
    "are not comparable, 3 the output could not be written, 4 inconclusive.";

struct compare_command {
    struct judging judging;
    struct output_options outputs;
    const char **paths; /* room for all of argv; base first */
    size_t count, base_count;
};

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    struct compare_command *command = state->input;

    switch (key) {
    case KEY_FORMAT:
        return output_set_format(&command->outputs, arg);
    case KEY_OUTPUT:
        return output_add(&command->outputs, arg);
    case KEY_SAVE:
        return output_add_save(&command->outputs, arg);
    case KEY_QUIET:
        command->outputs.quiet = true;
        return 0;
    case KEY_COLOR:
        return output_set_color(&command->outputs, arg);
    case ARGP_KEY_ARG:
        command->paths[command->count++] = arg;
        return 0;
    default:
        return judging_take(&command->judging, key, arg);
    }
}

static int write_verdict(const struct compare_command *command, struct stored *shown_session,
    const struct gate_verdict *verdict) {
    struct outputs outputs;
    struct diag diag = {0};
    int code;

    if (outputs_open(&command->outputs, &outputs, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    summary_judge(shown_session->summary, verdict);
    code = outputs_write(&outputs, shown_session->session, shown_session->summary);
    outputs_close(&outputs);
    if (stdout_finish() != 0)
        code = EXIT_FAILED;
    return code != EXIT_FINE ? code : verdict_exit(verdict->verdict, command->judging.fail_on);
}

static int compare_loaded(
    const struct compare_command *command, struct stored **stored, struct arena *arena) {
    const struct session **sessions = arena_array(arena, const struct session *, command->count);
    const struct compared all = {.sessions = sessions,
        .names = command->paths,
        .count = command->count,
        .base_count = command->base_count};
    struct gate_verdict *verdict;
    int code;

    for (size_t i = 0; i < command->count; i++)
        sessions[i] = stored[i]->session;
    code = judging_check(&command->judging, &all, arena);
    if (code == EXIT_FINE)
        code = judging_judge(&command->judging, &all, arena, &verdict);
    if (code != EXIT_FINE)
        return code;
    return write_verdict(command, stored[command->base_count], verdict);
}

static int compare_files(const struct compare_command *command) {
    struct arena *arena = arena_new();
    struct stored **stored = arena_array(arena, struct stored *, command->count);
    struct diag diag = {0};
    int code = EXIT_FINE;

    for (size_t i = 0; code == EXIT_FINE && i < command->count; i++)
        if (store_load(command->paths[i], &stored[i], &diag) < 0)
            code = complain(EXIT_USAGE, "%s", diag.text);
    if (code == EXIT_FINE)
        code = compare_loaded(command, stored, arena);
    for (size_t i = 0; i < command->count; i++)
        store_free(stored[i]);
    arena_free(arena);
    return code;
}

/* Takes the "--" between the sides out of argv, which argp would swallow without a trace. Where it
 * stood; argc: there is none. */
static int take_divider(int argc, char **argv) {
    int at = 1;

    while (at < argc && strcmp(argv[at], "--") != 0)
        at++;
    for (int i = at; i + 1 < argc; i++)
        argv[i] = argv[i + 1];
    return at;
}

/* Both halves are parsed with the same options, so that these may stand on either side. */
static int parse_sides(int argc, char **argv, struct compare_command *command) {
    static const struct argp argp = {
        table, parse_option, "BASE... -- NEW...", doc, NULL, NULL, NULL};
    int divider = take_divider(argc, argv), left = divider < argc ? argc - divider : 0, parsed;
    char *name = argv[0];

    parsed = options_parse(&argp, "pconc compare", false, divider, argv, command);
    command->base_count = command->count;
    if (parsed != OPTIONS_DONE || left == 0)
        return parsed;
    /* argv[divider - 1] is done with: the second half's name goes there. */
    argv[divider - 1] = name;
    return options_parse(&argp, "pconc compare", false, left, argv + divider - 1, command);
}

int compare_run(int argc, char **argv) {
    struct arena *arena = arena_new();
    struct compare_command command = {
        .paths = arena_array(arena, const char *, (size_t)argc),
    };
    int parsed, code;

    judging_init(&command.judging);
    parsed = parse_sides(argc, argv, &command);

    if (parsed != OPTIONS_DONE)
        code = options_exit(parsed);
    else if (command.base_count == 0 || command.count == command.base_count)
        code = complain(EXIT_USAGE,
            "compare needs files on both sides of '--'; write pconc compare BASE.json... -- "
            "NEW.json");
    else
        code = compare_files(&command);
    arena_free(arena);
    return code;
}
