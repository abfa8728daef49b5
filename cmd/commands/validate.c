/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "catalog.h"
#include "conf.h"
#include "consent.h"
#include "cpus.h"
#include "plan.h"

enum key { KEY_PLUGIN = 0x100, KEY_ALLOW_EXEC };

static const struct argp_option table[] = {
    {"plugin", KEY_PLUGIN, "FILE.so", 0, "Add a shared library's workloads (repeatable)", 1},
    {"allow-exec", KEY_ALLOW_EXEC, NULL, 0, "Load the plug-ins that a CONFIG names", 1},
    {0},
};

static const char doc[] =
    "Check config files, each separately, without measuring.\n"
    "\v"
    "Commands in a config are not run. A config that names plug-ins can only be checked by loading "
    "them, which needs --allow-exec.\n\n"
    "Exit codes: 0 all files are valid, 2 at least one is not.";

struct request {
    struct arena *arena;
    struct spec_list files, plugins;
    bool allow_exec;
};

static const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

static void print_fine(const char *path, const struct plan *plan, bool needs_consent) {
    printf("%s: ok, %zu case%s in %zu section%s%s\n", path, plan->case_count,
        plural(plan->case_count), plan->section_count, plural(plan->section_count),
        needs_consent ? "; it runs commands, so bench needs --allow-exec" : "");
}

/* `spec` and `catalog` are the caller's to free. */
static int check_spec(const struct request *request, const char *path, struct plan_spec *spec,
    struct catalog *catalog, struct diag *diag) {
    struct plan_options options = {.usable_cpus = usable_cpus()};
    struct spec_list paths = {0};
    struct plan *plan = NULL;
    int r = request->allow_exec ? 0 : consent_to_plugins(spec, diag);

    if (r < 0)
        return r;
    for (size_t i = 0; i < request->plugins.count; i++)
        spec_list_add(request->arena, &paths, request->plugins.items[i]);
    for (size_t i = 0; i < spec->plugins.count; i++)
        spec_list_add(request->arena, &paths, spec->plugins.items[i]);
    r = catalog_make(&paths, catalog, diag);
    if (r < 0)
        return r;
    options.workloads = catalog->workloads;
    options.plugins = catalog->plugins;
    r = plan_build(spec, &options, &plan, diag);
    if (r == 0)
        print_fine(path, plan, consent_to_commands(spec, catalog, NULL) < 0);
    plan_free(plan);
    return r;
}

static int check_file(const struct request *request, const char *path) {
    struct catalog catalog = {0};
    struct plan_spec *spec = NULL;
    struct diag diag = {0};
    int r = conf_load_file(path, &spec, &diag);

    if (r == 0)
        r = check_spec(request, path, spec, &catalog, &diag);
    catalog_release(&catalog);
    plan_spec_free(spec);
    return r < 0 ? complain(EXIT_USAGE, "%s", diag.text) : EXIT_FINE;
}

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    struct request *request = state->input;
    struct spec_text given = {.text = arg};

    switch (key) {
    case KEY_PLUGIN:
        given.origin.file = "--plugin";
        spec_list_add(request->arena, &request->plugins, given);
        return 0;
    case KEY_ALLOW_EXEC:
        request->allow_exec = true;
        return 0;
    case ARGP_KEY_ARG:
        spec_list_add(request->arena, &request->files, given);
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int check_files(const struct request *request) {
    int code = EXIT_FINE;

    if (request->files.count == 0)
        return complain(
            EXIT_USAGE, "validate needs a config file; write pconc validate CONFIG.yaml");
    for (size_t i = 0; i < request->files.count; i++)
        if (check_file(request, request->files.items[i].text) != EXIT_FINE)
            code = EXIT_USAGE;
    return code;
}

int validate_run(int argc, char **argv) {
    static const struct argp argp = {table, parse_option, "CONFIG.yaml...", doc, NULL, NULL, NULL};
    struct request request = {.arena = arena_new()};
    int parsed = options_parse(&argp, "pconc validate", false, argc, argv, &request);
    int code = parsed == OPTIONS_DONE ? check_files(&request) : options_exit(parsed);

    arena_free(request.arena);
    return code;
}
