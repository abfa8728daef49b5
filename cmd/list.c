/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "plan.h"
#include "words.h"
#include "workloads.h"

#include <pconc/executor.h>

#include <stdlib.h>
#include <string.h>

#define LINE_COLUMNS 79
#define NAME_INDENT 2
#define TEXT_INDENT 6

static const char doc[] =
    "Show executors and workloads with every parameter, its type, default and range.\n"
    "\v"
    "Parameters of executors are set with --pool=NAME=VALUE or pool: in a config, those of "
    "workloads with --param=NAME=VALUE or params:.";

/* Prints words from the column `at` on; further lines begin at `indent`. */
static void print_wrapped(const char *text, int at, int indent) {
    const char *between = "";

    while (*text) {
        int length = (int)strcspn(text, " ");
        if (at + (int)strlen(between) + length > LINE_COLUMNS) {
            printf("\n%*s", indent, "");
            at = indent;
            between = "";
        }
        at += printf("%s%.*s", between, length, text);
        text += length;
        text += strspn(text, " ");
        between = " ";
    }
    putchar('\n');
}

static const char *type_name(enum param_type type) {
    static const char *const names[] = {
        [PARAM_COUNT] = "count",
        [PARAM_DURATION] = "duration",
        [PARAM_SIZE] = "size",
        [PARAM_BOOL] = "true or false",
        [PARAM_TEXT] = "text",
    };
    return names[type];
}

static void print_range(const struct param *param) {
    char low[64], high[64];
    union param_value min = {.number = param->min}, max = {.number = param->max};

    if (param->type == PARAM_BOOL || param->type == PARAM_TEXT)
        return;
    if (param->zero_word && param->min <= 0)
        min.number = 1; /* 0 is the word */
    param_format(param, min, low, sizeof(low));
    param_format(param, max, high, sizeof(high));
    printf(", %s%s", param->zero_word ? param->zero_word : "", param->zero_word ? " or " : "");
    if (param->max == INT64_MAX)
        printf("at least %s", low);
    else
        printf("%s to %s", low, high);
}

static void print_params(const struct param *params) {
    for (size_t i = 0; i < params_count(params); i++) {
        const struct param *param = &params[i];
        printf("%*s%s: %s", TEXT_INDENT, "", param->name, type_name(param->type));
        print_range(param);
        printf(", default %s\n", *param->default_text ? param->default_text : "''");
        printf("%*s", TEXT_INDENT + 4, "");
        print_wrapped(param->help, TEXT_INDENT + 4, TEXT_INDENT + 4);
    }
}

static void print_summary(const char *name, const char *summary) {
    int at = printf("\n%*s%-11s ", NAME_INDENT, "", name) - 1;

    print_wrapped(summary, at, at);
}

static void print_executors(void) {
    puts("Executors:");
    for (const struct executor *const *at = executors(); *at; at++) {
        const struct executor *executor = *at;
        print_summary(executor->name, executor->summary);
        if (executor->alias)
            printf("%*salso: %s\n", TEXT_INDENT, "", executor->alias);
        if (executor->max_workers == 1)
            printf("%*salways one worker\n", TEXT_INDENT, "");
        print_params(executor->params);
    }
}

/* Where not every executor will do, those that will. */
static void print_able(const struct workload *workload) {
    const char *between = "executors: ";

    if (!workload->needs)
        return;
    printf("%*s", TEXT_INDENT, "");
    for (const struct executor *const *at = executors(); *at; at++) {
        if (executor_lacks(*at, workload))
            continue;
        printf("%s%s", between, (*at)->name);
        between = ", ";
    }
    puts(" (the others cannot start tasks)");
}

static void print_workloads(void) {
    puts("Workloads:");
    for (const struct workload *const *at = workloads; *at; at++) {
        const struct workload *workload = *at;
        print_summary(workload->name, workload->summary);
        printf("%*sjobs: %lld by default\n", TEXT_INDENT, "", (long long)workload->default_jobs);
        print_able(workload);
        print_params(workload->params);
    }
}

struct wanted {
    bool executors, workloads;
};

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    static const char *const names[] = {"executors", "workloads"};
    struct wanted *wanted = state->input;
    struct diag diag = {0};

    if (key != ARGP_KEY_ARG)
        return ARGP_ERR_UNKNOWN;
    if (strcmp(arg, "executors") == 0) {
        wanted->executors = true;
    } else if (strcmp(arg, "workloads") == 0) {
        wanted->workloads = true;
    } else {
        unknown_word(&diag, (struct origin){0}, "cannot list", arg, names, 2);
        return complain(OPTIONS_COMPLAINED, "%s", diag.text);
    }
    return 0;
}

int list_run(int argc, char **argv) {
    static const struct argp argp = {
        NULL, parse_option, "[executors|workloads]", doc, NULL, NULL, NULL};
    struct wanted wanted = {0};
    int parsed = options_parse(&argp, "pconc list", false, argc, argv, &wanted);

    if (parsed != OPTIONS_DONE)
        return options_exit(parsed);
    if (!wanted.executors && !wanted.workloads)
        wanted = (struct wanted){true, true};
    if (wanted.executors)
        print_executors();
    if (wanted.executors && wanted.workloads)
        putchar('\n');
    if (wanted.workloads)
        print_workloads();
    return EXIT_FINE;
}
