/* SPDX-License-Identifier: MIT */
#include "compare.h"

#include "ab_options.h"
#include "cmd.h"
#include "store.h"
#include "words.h"

#include <string.h>

enum key { KEY_DRIFT = 0x300, KEY_LENIENT };

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "How to judge:", 1},
    {"threshold", KEY_THRESHOLD, "PERCENT", 0, "Changes up to this do not matter (default 2%)", 1},
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
    {"format", KEY_FORMAT, "table|markdown|junit", 0, "Format of the verdict (default table)", 2},
    {"output", KEY_OUTPUT, "FILE", 0, "Write the verdict to FILE, whole or not at all", 2},
    {"quiet", KEY_QUIET, NULL, 0, "No notes; errors only", 2},
    {"color", KEY_COLOR, "auto|always|never", 0, "Colour on standard output (default auto)", 2},
    {0},
};

static const char doc[] =
    "Judge saved results: whether the NEW sessions are slower than the BASE ones.\n"
    "\v"
    "FILEs are those of 'pconc bench --save=FILE'; '--' stands between the two sides. What drifts "
    "from session to session no session can see: save at least five a side, in turns, or better "
    "measure both sides in one session: pconc ab.\n\n"
    "Exit codes: 0 fine, 1 regressed, 2 bad usage, a file that cannot be read, or sessions that "
    "must "
    "not be compared, 3 the output could not be written, 4 inconclusive.";

struct compare_command {
    struct compare_options options;
    struct output_options outputs;
    enum fail_on fail_on;
    bool lenient;
    const char **paths; /* room for all of argv; base first */
    size_t count, base_count;
};

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    struct compare_command *command = state->input;

    switch (key) {
    case KEY_THRESHOLD:
        return option_percent("--threshold", arg, 0, 10, &command->options.threshold);
    case KEY_ALPHA:
        return option_percent("--alpha", arg, 1e-6, 0.5, &command->options.alpha);
    case KEY_DRIFT:
        return option_percent("--drift", arg, 0.0001, 10, &command->options.drift);
    case KEY_LENIENT:
        command->lenient = true;
        return 0;
    case KEY_FAIL_ON:
        return option_fail_on(arg, &command->fail_on);
    case KEY_FORMAT:
        if (strcmp(arg, "json") == 0 || strcmp(arg, "csv") == 0)
            return complain(OPTIONS_COMPLAINED,
                "--format: a verdict has no samples to write as %s; use table, markdown or junit",
                arg);
        return output_set_format(&command->outputs, arg);
    case KEY_OUTPUT:
        return output_add(&command->outputs, arg);
    case KEY_QUIET:
        command->outputs.quiet = true;
        return 0;
    case KEY_COLOR:
        return output_set_color(&command->outputs, arg);
    case ARGP_KEY_ARG:
        command->paths[command->count++] = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

/* 0, or EXIT_USAGE after a complaint. */
static int check_repeats(
    const struct compare_command *command, const struct session *const *sessions) {
    size_t pair[2];

    if (!compare_repeats(sessions, command->count, pair))
        return EXIT_FINE;
    return complain(EXIT_USAGE,
        "'%s' and '%s' hold the same session, which counts once; name sessions that were measured "
        "apart",
        command->paths[pair[0]], command->paths[pair[1]]);
}

/* 0, or EXIT_USAGE after a complaint. What --lenient lets pass is told all the same. */
static int check_match(const struct compare_command *command, const struct session *const *sessions,
    struct arena *arena) {
    const char *const *texts = compare_mismatches(sessions, command->paths, command->count, arena);

    for (size_t i = 0; texts && texts[i]; i++) {
        if (!command->lenient)
            return complain(EXIT_USAGE,
                "the sessions must not be compared: %s; measure both alike, or take the risk with "
                "--lenient",
                texts[i]);
        complain(0, "WARNING: the difference may be that of the sessions and not of the code: %s",
            texts[i]);
    }
    return EXIT_FINE;
}

static int write_verdict(const struct compare_command *command, struct stored *shown_session,
    const struct gate_verdict *verdict) {
    struct outputs outputs;
    struct diag diag = {0};
    int code;

    if (outputs_open(&command->outputs, &outputs, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    shown_session->summary->gate = verdict;
    shown_session->summary->warning_count = 0; /* of measuring, and told then */
    code = outputs_write(&outputs, shown_session->session, shown_session->summary);
    outputs_close(&outputs);
    if (stdout_finish() != 0)
        code = EXIT_FAILED;
    return code != EXIT_FINE ? code : verdict_exit(verdict->verdict, command->fail_on);
}

static int compare_loaded(
    const struct compare_command *command, struct stored **stored, struct arena *arena) {
    const struct session **sessions = arena_array(arena, const struct session *, command->count);
    struct gate_verdict *verdict;
    struct diag diag = {0};
    int code;

    for (size_t i = 0; i < command->count; i++)
        sessions[i] = stored[i]->session;
    code = check_repeats(command, sessions);
    if (code == EXIT_FINE)
        code = check_match(command, sessions, arena);
    if (code != EXIT_FINE)
        return code;
    if (compare_sessions(sessions, command->base_count, sessions + command->base_count,
            command->count - command->base_count, &command->options, arena, &verdict, &diag)
        < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
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
        .options = {.alpha = COMPARE_ALPHA, .threshold = DEFAULT_THRESHOLD},
        .paths = arena_array(arena, const char *, (size_t)argc),
    };
    int parsed = parse_sides(argc, argv, &command), code;

    if (parsed != OPTIONS_DONE)
        code = options_exit(parsed);
    else if (command.base_count == 0 || command.count == command.base_count)
        code = complain(EXIT_USAGE,
            "compare needs files on both sides; write pconc compare BASE.json... -- NEW.json");
    else
        code = compare_files(&command);
    arena_free(arena);
    return code;
}
