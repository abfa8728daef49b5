/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "conf.h"
#include "cpus.h"
#include "plan.h"
#include "workloads.h"

static const char doc[] = "Check config files, each for itself, and measure nothing.\n"
                          "\v"
                          "Exit codes: 0 all are well, 2 one of them is not.";

struct files {
    int code;
    size_t count;
};

static const char *plural(size_t n) {
    return n == 1 ? "" : "s";
}

static int check_file(const char *path) {
    struct plan_options options = {.workloads = workloads, .usable_cpus = usable_cpus()};
    struct plan_spec *spec = NULL;
    struct plan *plan = NULL;
    struct diag diag = {0};
    int r = conf_load_file(path, &spec, &diag);

    if (r >= 0)
        r = plan_build(spec, &options, &plan, &diag);
    if (r >= 0)
        printf("%s: ok, %zu case%s in %zu section%s\n", path, plan->case_count,
            plural(plan->case_count), plan->section_count, plural(plan->section_count));
    plan_free(plan);
    plan_spec_free(spec);
    return r < 0 ? complain(EXIT_USAGE, "%s", diag.text) : EXIT_FINE;
}

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    struct files *files = state->input;

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    files->count++;
    if (check_file(arg) != EXIT_FINE)
        files->code = EXIT_USAGE;
    return 0;
}

int validate_run(int argc, char **argv) {
    static const struct argp argp = {NULL, parse_option, "CONFIG.yaml...", doc, NULL, NULL, NULL};
    struct files files = {.code = EXIT_FINE};
    int parsed = options_parse(&argp, "pconc validate", false, argc, argv, &files);

    if (parsed != OPTIONS_DONE)
        return options_exit(parsed);
    if (files.count == 0)
        return complain(
            EXIT_USAGE, "validate needs a config file; write pconc validate CONFIG.yaml");
    return files.code;
}
