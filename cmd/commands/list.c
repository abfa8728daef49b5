/* SPDX-License-Identifier: MIT */
#include "catalog.h"
#include "controls.h"
#include "options.h"
#include "plan.h"
#include "report.h"
#include "streams.h"
#include "words.h"
#include "workloads.h"

#include <pconc/executor.h>

#include <stdlib.h>
#include <string.h>

#define LINE_COLUMNS 79
#define NAME_INDENT 2
#define TEXT_INDENT 6

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
    if (param->not_above)
        printf(", not above %s", param->not_above);
}

static void print_params(const struct param *params) {
    struct arena *arena = arena_new();

    for (size_t i = 0; i < params_count(params); i++) {
        const struct param *param = &params[i];
        printf("%*s%s: %s", TEXT_INDENT, "", param->name, type_name(param->type));
        print_range(param);
        printf(", default %s\n",
            *param->default_text ? controls_escaped(arena, param->default_text) : "''");
        printf("%*s", TEXT_INDENT + 4, "");
        print_wrapped(param->help, TEXT_INDENT + 4, TEXT_INDENT + 4);
    }
    arena_free(arena);
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

/* The executors that can run it, unless all can. */
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

static void print_workload_list(const struct workload *const *list) {
    for (const struct workload *const *at = list; *at; at++) {
        const struct workload *workload = *at;
        print_summary(workload->name, workload->summary);
        printf("%*sjobs: %lld by default\n", TEXT_INDENT, "", (long long)workload->default_jobs);
        print_able(workload);
        print_params(workload->params);
    }
}

static void print_workloads(const struct catalog *catalog) {
    puts("Workloads:");
    print_workload_list(workloads);
    for (const struct plugin *const *at = catalog->plugins; *at; at++) {
        printf("\nWorkloads of %s:\n", controls_escaped(catalog->arena, (*at)->path));
        print_workload_list((*at)->workloads);
    }
}

static void print_formats(void) {
    puts("Formats:");
    for (size_t i = 0; report_formats[i]; i++)
        printf(
            "%*s%-17s  %s\n", NAME_INDENT, "", report_formats[i]->name, report_formats[i]->summary);
}

enum kind { EXECUTORS, WORKLOADS, FORMATS, KINDS };

static int read_kinds(const struct spec_list *arguments, bool *ret_wanted, struct diag *diag) {
    static const char *const names[KINDS] = {"executors", "workloads", "formats"};

    for (size_t i = 0; i < arguments->count; i++) {
        const char *name = arguments->items[i].text;
        size_t kind = 0;
        while (kind < KINDS && strcmp(name, names[kind]) != 0)
            kind++;
        if (kind == KINDS)
            return unknown_word(diag, (struct origin){0}, "cannot list", name, names, KINDS);
        ret_wanted[kind] = true;
    }
    return 0;
}

static int run(struct options *options) {
    bool all = options->arguments.count == 0, wanted[KINDS] = {all, all, all};
    struct catalog catalog = {0};
    struct diag diag = {0};
    int code = read_kinds(&options->arguments, wanted, &diag);

    if (code == 0)
        code = catalog_make(&options->plugins, &catalog, &diag);
    if (code == 0 && wanted[EXECUTORS])
        print_executors();
    if (code == 0 && wanted[EXECUTORS] && wanted[WORKLOADS])
        putchar('\n');
    if (code == 0 && wanted[WORKLOADS])
        print_workloads(&catalog);
    if (code == 0 && (wanted[EXECUTORS] || wanted[WORKLOADS]) && wanted[FORMATS])
        putchar('\n');
    if (code == 0 && wanted[FORMATS])
        print_formats();
    catalog_release(&catalog);
    return code < 0 ? complain(EXIT_USAGE, "%s", diag.text) : EXIT_FINE;
}

const struct command list_command = {
    .name = "list",
    .arguments = "[KIND...]",
    .summary = "show what there is, with its parameters",
    .doc = "Show executors and workloads with the type, default and range of every parameter, and "
           "the formats of results. KINDs are executors, workloads and formats.\n"
           "\v"
           "Set the parameters of executors with --pool=NAME=VALUE, or with pool: in a config; "
           "those of workloads with --param=NAME=VALUE, or with params:.",
    .takes = FOR_LIST,
    .run = run,
};
