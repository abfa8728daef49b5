/* SPDX-License-Identifier: MIT */
#include "planning.h"
#include "streams.h"

/* As a bench of it would. */
static bool runs_commands(const struct plan *plan) {
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bench_case *the = &plan->cases[i];
        if (the->prepare || the->cleanup || the->workload->runs_commands)
            return true;
    }
    return false;
}

static int check_file(struct options *options, struct spec_text file) {
    struct planned planned;
    struct diag diag = {0};
    int code = EXIT_FINE;

    options->configs = (struct spec_list){.items = &file, .count = 1};
    if (planned_make(options, &planned, &diag) < 0)
        code = complain(EXIT_USAGE, "%s", diag.text);
    else
        printf("%s: ok, %zu case%s in %zu section%s%s\n", file.text, planned.plan->case_count,
            plural(planned.plan->case_count), planned.plan->section_count,
            plural(planned.plan->section_count),
            runs_commands(planned.plan) ? "; it runs commands, so bench needs --allow-exec" : "");
    planned_release(&planned);
    return code;
}

static int run(struct options *options) {
    int code = EXIT_FINE;

    if (options->arguments.count == 0)
        return complain(
            EXIT_USAGE, "validate needs a config file; write pconc validate CONFIG.yaml");
    options->dry_run = true; /* no consent to run commands is needed */
    for (size_t i = 0; i < options->arguments.count; i++)
        if (check_file(options, options->arguments.items[i]) != EXIT_FINE)
            code = EXIT_USAGE;
    return code;
}

const struct command validate_command = {
    .name = "validate",
    .arguments = "CONFIG.yaml...",
    .summary = "check config files without measuring",
    .doc = "Check config files, each separately, without measuring.\n"
           "\v"
           "Commands in a config are not run. A config that names plug-ins can only be checked by "
           "loading them, which needs --allow-exec.\n\n"
           "Exit codes: 0 all files are valid, 2 at least one is not.",
    .takes = FOR_VALIDATE,
    .run = run,
};
