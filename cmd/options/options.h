/* SPDX-License-Identifier: MIT */
#ifndef CMD_OPTIONS_H
#define CMD_OPTIONS_H

#include "command.h"
#include "outputs.h"
#include "spec.h"

/* The command line of any subcommand. Most values are still text, which plan_build checks. */

enum fail_on { FAIL_INCONCLUSIVE, FAIL_REGRESSED, FAIL_NEVER };

struct options {
    struct arena *arena;        /* owns all lists and the texts that are not of argv */
    struct spec_list arguments; /* that are no options */
    size_t base_count;          /* arguments before "--", of a divided command */
    int rest;                   /* index of the command in argv of pconc itself; 0: none */
    bool version;

    /* What to measure. */
    struct spec_list configs, plugins;
    struct spec_text executors, workloads, workers; /* lists as they were written */
    struct spec_text filter;
    struct spec_list names;   /* of commands that are compared, in their order */
    struct spec_text metrics; /* that are judged, a list */
    struct plan_spec over;    /* settings that override the plan's, */
    struct run_spec run;      /* and those of each of its runs */
    bool control, latency, allow_exec, dry_run, show_output;
    bool without_checks; /* leave out the checks of the CONFIGs */

    /* How to judge. */
    struct spec_list baselines; /* files */
    double threshold, alpha;    /* NaN: not given */
    double drift, detect;       /* 0: not given */
    double power;
    int64_t max_time_ns; /* 0: not given */
    bool lenient, allow_missing, keep_trying;
    int fail_on; /* enum fail_on */

    struct output_options output;
    struct spec_text resume; /* a file, which is also one of `output` */
    struct spec_text directory;
};

#define OPTIONS_DONE (-1)

/* Reads the command line; argv[0] is the command's name. OPTIONS_DONE, or the exit code of a
 * command that ends here: help was shown, or there was a complaint. Release the options in any
 * case. */
int options_parse(
    const struct command *command, int argc, char **argv, struct options *ret_options);
void options_release(struct options *options);

/* Puts "NAME=VALUE" of the option `origin.file` into `params`. 0, or -EINVAL. */
int option_param_add(struct arena *arena, struct spec_params *params, struct spec_text text,
    struct diag *diag) PCONC_CHECKED;

#endif
