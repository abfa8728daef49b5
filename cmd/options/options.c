/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "nearest.h"
#include "words.h"

#include <errno.h>
#include <string.h>

#define OPTIONS_MAX 32 /* of one command, for suggestions */

static const struct argp_option help_options[] = {
    {"help", 'h', NULL, 0, "Show this help and exit", -1},
    {0},
};

struct request {
    const char *name;
    void *input;
    int stopped_at; /* index behind the argument that argp stumbled over */
};

static error_t parse_help(int key, char *arg, struct argp_state *state) {
    struct request *request = state->input;

    (void)arg;
    switch (key) {
    case ARGP_KEY_INIT:
        state->child_inputs[0] = request->input;
        return 0;
    case 'h':
        /* Not argp_state_help: it keeps silent where argp's own errors are switched off. */
        argp_help(state->root_argp, stdout,
            ARGP_HELP_SHORT_USAGE | ARGP_HELP_PRE_DOC | ARGP_HELP_LONG | ARGP_HELP_POST_DOC,
            (char *)request->name);
        return OPTIONS_HELP_SHOWN;
    case ARGP_KEY_ERROR:
        request->stopped_at = state->next;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static size_t option_names(const struct argp *argp, const struct argp_option **ret_options) {
    size_t count = 0;

    for (const struct argp_option *option = argp->options; option && count < OPTIONS_MAX;
         option++) {
        if (!option->name && !option->key && !option->doc)
            break;
        if (option->name)
            ret_options[count++] = option;
    }
    return count;
}

static int complain_ambiguous(
    const char *arg, size_t length, const struct argp_option **options, size_t count) {
    char list[256] = "";
    size_t used = 0;

    for (size_t i = 0; i < count && used < sizeof(list); i++)
        if (strncmp(options[i]->name, arg + 2, length - 2) == 0)
            used += (size_t)snprintf(
                list + used, sizeof(list) - used, "%s--%s", used ? ", " : "", options[i]->name);
    return complain(OPTIONS_COMPLAINED, "option '%.*s' is ambiguous: %s; write it in full",
        (int)length, arg, list);
}

/* argp says no more than that it stopped at `arg`; find out why. */
static int complain_option(const struct argp *argp, const char *name, const char *arg) {
    const struct argp_option *options[OPTIONS_MAX];
    const char *names[OPTIONS_MAX];
    char dashed[OPTIONS_MAX][32], typed[64];
    size_t length = strcspn(arg, "="), matches = 0;
    size_t count = option_names(argp, options);
    const struct argp_option *match = NULL;
    const char *near;

    for (size_t i = 0; i < count; i++) {
        snprintf(dashed[i], sizeof(dashed[i]), "--%s", options[i]->name);
        names[i] = dashed[i];
        if (length <= 2 || strncmp(dashed[i], arg, length) != 0)
            continue;
        match = options[i];
        matches++;
        if (dashed[i][length] == '\0') {
            matches = 1;
            break;
        }
    }
    if (matches > 1)
        return complain_ambiguous(arg, length, options, count);
    if (match && match->arg)
        return complain(OPTIONS_COMPLAINED, "option '--%s' needs a value; write --%s=%s",
            match->name, match->name, match->arg);
    if (match)
        return complain(OPTIONS_COMPLAINED, "option '--%s' takes no value; leave out '%s'",
            match->name, arg + length);
    snprintf(typed, sizeof(typed), "%.*s", (int)length, arg);
    near = nearest_name(typed, names, count);
    if (near)
        return complain(
            OPTIONS_COMPLAINED, "unknown option '%s'; did you mean '%s'?", shown(arg).text, near);
    return complain(
        OPTIONS_COMPLAINED, "unknown option '%s'; see '%s --help'", shown(arg).text, name);
}

int options_parse(
    const struct argp *argp, const char *name, bool in_order, int argc, char **argv, void *input) {
    struct argp inner = {argp->options, argp->parser, NULL, NULL, NULL, NULL, NULL};
    struct argp_child children[] = {{&inner, 0, NULL, 0}, {0}};
    struct argp outer = {help_options, parse_help, argp->args_doc, argp->doc, children, NULL, NULL};
    struct request request = {.name = name, .input = input};
    unsigned flags = ARGP_NO_ERRS | ARGP_NO_EXIT | ARGP_NO_HELP | (in_order ? ARGP_IN_ORDER : 0);
    int code, at;

    code = argp_parse(&outer, argc, argv, flags, NULL, &request);
    if (code == 0 || code == OPTIONS_HELP_SHOWN || code == OPTIONS_COMPLAINED)
        return code;
    if (code != EINVAL)
        return complain(OPTIONS_COMPLAINED, "cannot read the options: %s", strerror(code));
    /* In a cluster of short options argp stops without having stepped over it. */
    at = request.stopped_at - 1;
    if (at < 1 || argv[at][0] != '-')
        at++;
    return complain_option(argp, name, at < argc ? argv[at] : "");
}

int options_exit(int parsed) {
    return parsed == OPTIONS_COMPLAINED ? EXIT_USAGE : EXIT_FINE;
}
