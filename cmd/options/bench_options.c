/* SPDX-License-Identifier: MIT */
#include "bench_options.h"

#include "cmd.h"
#include "words.h"

#include <errno.h>
#include <string.h>

static const struct argp_option table[] = {
    {NULL, 0, NULL, 0, "What to measure:", 1},
    {"executor", KEY_EXECUTOR, "LIST", 0, "Executors, comma separated, or 'all'", 1},
    {"workload", KEY_WORKLOAD, "LIST", 0, "Workloads, comma separated, or 'all'", 1},
    {"plugin", KEY_PLUGIN, "FILE.so", 0, "Add a shared library's workloads (repeatable)", 1},
    {"allow-exec", KEY_ALLOW_EXEC, NULL, 0,
        "Let the CONFIGs load plug-ins and run commands: look at them first", 1},
    {"filter", KEY_FILTER, "GLOB", 0,
        "Only cases whose id matches, or begins with it up to a '/': 'gcd/*/2', 'sleep'", 1},
    {"control", KEY_CONTROL, NULL, 0,
        "Add to each section a twin of its first parallel case, to show what this session can tell "
        "apart",
        1},
    {"latency", KEY_LATENCY, NULL, 0,
        "Tell how long single jobs took from submission to completion, and where that time went",
        1},
    {"dry-run", KEY_DRY_RUN, NULL, 0, "Print the cases and measure nothing", 1},
    {NULL, 0, NULL, 0, "Values, in place of the plan's own:", 2},
    {"workers", KEY_WORKERS, "LIST", 0,
        "Worker counts, comma separated; 'all': as many as usable CPUs", 2},
    {"jobs", KEY_JOBS, "N", 0, "Jobs of each case", 2},
    {"param", KEY_PARAM, "NAME=VALUE", 0, "A parameter of the workloads that have it (repeatable)",
        2},
    {"pool", KEY_POOL, "NAME=VALUE", 0, "A parameter of the executors that have it (repeatable)",
        2},
    {"prepare", KEY_PREPARE, "COMMAND", 0, "Run before each sample, off the clock", 2},
    {"cleanup", KEY_CLEANUP, "COMMAND", 0, "Run after each sample, off the clock", 2},
    {"rounds", KEY_ROUNDS, "N", 0, "Samples of each case (default 10)", 2},
    {"warmup", KEY_WARMUP, "N", 0, "Untimed runs in each sample (default 1)", 2},
    {"slow-task", KEY_SLOW_TASK, "DURATION", 0,
        "Name the jobs that hold their event loop for longer, and how long", 2},
    {"timeout", KEY_TIMEOUT, "DURATION", 0, "Longest time of one sample (default 60s)", 2},
    {"seed", KEY_SEED, "N", 0, "Seed of order and inputs (default: drawn)", 2},
    {NULL, 0, NULL, 0, "How to judge:", 3},
    {"baseline", KEY_BASELINE, "FILE", 0,
        "Measure with the seed and passes of a saved result, and judge as 'pconc compare FILE... "
        "-- "
        "THIS' does (repeatable)",
        3},
    {"threshold", KEY_THRESHOLD, "PERCENT", 0,
        "Changes up to this do not matter (default: the plan's, or 2%)", 3},
    {"drift", KEY_DRIFT, "PERCENT", 0,
        "Allow for so much drift between sessions, without which fewer than five a side are "
        "inconclusive",
        3},
    {"lenient", KEY_LENIENT, NULL, 0,
        "Compare with what was measured elsewhere or otherwise all the same, with a warning", 3},
    {"fail-on", KEY_FAIL_ON, "inconclusive|regressed|never", 0,
        "The least verdict, and the least of the checks, that is not exit code 0 (default "
        "inconclusive)",
        3},
    {NULL, 0, NULL, 0, "Output:", 4},
    {"format", KEY_FORMAT, "table|json|csv|markdown|junit", 0,
        "Format of the results (default: what the name of --output ends in, else table)", 4},
    {"output", KEY_OUTPUT, "FILE", 0,
        "Write the results to FILE, whole or not at all; standard output gets the table unless "
        "--quiet (repeatable)",
        4},
    {"save", KEY_SAVE, "FILE", 0,
        "Write the results to FILE as JSON, for --baseline and 'pconc compare', 'show' and "
        "'verify', beside all other output",
        4},
    {"quiet", KEY_QUIET, NULL, 0, "No progress, no notes; errors only", 4},
    {"color", KEY_COLOR, "auto|always|never", 0, "Colour on standard output (default auto)", 4},
    {0},
};

static const char doc[] =
    "Measure the cases of a plan and print a table for each section.\n\n"
    "With a CONFIG, --executor, --workload and --filter select cases from it. Without a CONFIG, "
    "--executor and --workload define the plan; the one that is not given means all (all workloads "
    "of the plug-ins, if there are any). Without any of these the built-in plan is measured.\n"
    "\v"
    "Write durations and sizes as 250ms, 1.5s, 64KiB. Several CONFIGs are measured in one "
    "session.\n\n"
    "Exit codes, the first that applies: 2 bad usage or config, 3 a run failed or the results "
    "could not be written, 1 a check failed or a case regressed, 4 a check or a case is "
    "inconclusive, 0 success; 129, 130 or 143 interrupted by a signal.";

/* Where an option's text goes that takes one value; NULL: elsewhere. */
static struct spec_text *setting_of(struct bench_options *options, int key) {
    switch (key) {
    case KEY_PREPARE:
        return &options->over->runs[0].prepare;
    case KEY_CLEANUP:
        return &options->over->runs[0].cleanup;
    case KEY_THRESHOLD:
        return &options->over->runs[0].threshold;
    case KEY_ROUNDS:
        return &options->over->rounds;
    case KEY_WARMUP:
        return &options->over->warmup;
    case KEY_TIMEOUT:
        return &options->over->timeout;
    case KEY_SLOW_TASK:
        return &options->over->slow_task;
    case KEY_SEED:
        return &options->over->seed;
    case KEY_FILTER:
        return &options->filter;
    default:
        return NULL;
    }
}

static struct spec_text *list_of(struct bench_options *options, int key) {
    switch (key) {
    case KEY_EXECUTOR:
        return &options->executors;
    case KEY_WORKLOAD:
        return &options->workloads;
    case KEY_WORKERS:
        return &options->workers;
    default:
        return NULL;
    }
}

static struct spec_text given(const char *option, const char *text) {
    return (struct spec_text){.text = text, .origin = {.file = option}};
}

struct spec_list list_split(struct arena *arena, struct spec_text list) {
    struct spec_list split = {0};
    size_t commas = 0;

    for (const char *at = list.text; *at; at++)
        commas += *at == ',';
    split.items = arena_array(arena, struct spec_text, commas + 1);
    for (const char *at = list.text;; at++) {
        size_t length = strcspn(at, ",");
        split.items[split.count].text = arena_strndup(arena, at, length);
        split.items[split.count++].origin = list.origin;
        at += length;
        if (!*at)
            return split;
    }
}

/* An option that takes a list may be repeated: its lists are one. */
static void join_list(struct arena *arena, struct spec_text *list, struct spec_text more) {
    if (list->text)
        more.text = arena_printf(arena, "%s,%s", list->text, more.text);
    *list = more;
}

static struct spec_list one_item(struct arena *arena, struct spec_text text) {
    struct spec_list list = {.items = arena_array(arena, struct spec_text, 1), .count = 1};

    list.items[0] = text;
    return list;
}

static int add_param(struct arena *arena, struct spec_params *params, struct spec_text text) {
    const char *option = text.origin.file, *equals = strchr(text.text, '=');
    struct spec_param *items = arena_array(arena, struct spec_param, params->count + 1);
    struct spec_param *item = &items[params->count];

    if (!equals || equals == text.text)
        return complain(OPTIONS_COMPLAINED, "%s: '%s' %s; write %s=NAME=VALUE", option,
            shown(text.text).text, equals ? "has no name" : "has no '='", option);
    item->name = given(option, arena_strndup(arena, text.text, (size_t)(equals - text.text)));
    item->values = one_item(arena, given(option, equals + 1));
    for (size_t i = 0; i < params->count; i++) {
        items[i] = params->items[i];
        if (strcmp(items[i].name.text, item->name.text) == 0)
            return complain(OPTIONS_COMPLAINED, "%s: '%s' is given twice; keep one of them", option,
                shown(item->name.text).text);
    }
    params->items = items;
    params->count++;
    return 0;
}

static void add_config(struct bench_options *options, const char *path) {
    options->configs = arena_grown(options->over->arena, (void *)options->configs,
        options->config_count, &options->config_room, sizeof(*options->configs));
    options->configs[options->config_count++] = path;
}

static error_t parse_output_option(int key, char *arg, struct bench_options *options) {
    switch (key) {
    case KEY_CONTROL:
        options->control = true;
        return 0;
    case KEY_LATENCY:
        options->latency = true;
        return 0;
    case KEY_DRY_RUN:
        options->dry_run = true;
        return 0;
    case KEY_ALLOW_EXEC:
        options->allow_exec = true;
        return 0;
    case KEY_QUIET:
        options->outputs.quiet = true;
        return 0;
    case KEY_FORMAT:
        return output_set_format(&options->outputs, arg);
    case KEY_OUTPUT:
        return output_add(&options->outputs, arg);
    case KEY_SAVE:
        return output_add_save(&options->outputs, arg);
    case KEY_COLOR:
        return output_set_color(&options->outputs, arg);
    case ARGP_KEY_ARG:
        add_config(options, arg);
        return 0;
    default:
        return judging_take(&options->judging, key, arg);
    }
}

/* "--NAME"; NULL: the table has no option with that key. */
static const char *option_of(struct arena *arena, int key) {
    for (const struct argp_option *option = table; option->name || option->doc; option++)
        if (option->name && option->key == key)
            return arena_printf(arena, "--%s", option->name);
    return NULL;
}

int bench_option_take(struct bench_options *options, int key, char *arg) {
    struct run_spec *run = &options->over->runs[0];
    struct arena *arena = options->over->arena;
    struct spec_text *setting = setting_of(options, key), *list = list_of(options, key);
    struct spec_text value = given(option_of(arena, key), arg);

    if (setting)
        *setting = value;
    else if (list)
        join_list(arena, list, value);
    else if (key == KEY_PLUGIN)
        spec_list_add(arena, &options->plugins, value);
    else if (key == KEY_JOBS)
        run->jobs = one_item(arena, value);
    else if (key == KEY_PARAM)
        return add_param(arena, &run->params, value);
    else if (key == KEY_POOL)
        return add_param(arena, &run->pool, value);
    else if (key == KEY_BASELINE)
        spec_list_add(arena, &options->baselines, value);
    else
        return parse_output_option(key, arg, options);
    return 0;
}

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    return bench_option_take(state->input, key, arg);
}

void bench_options_init(struct bench_options *options) {
    *options = (struct bench_options){.over = plan_spec_new()};
    judging_init(&options->judging);
    options->over->runs = arena_array(options->over->arena, struct run_spec, 1);
    options->over->run_count = 1;
}

int bench_options_parse(int argc, char **argv, struct bench_options *ret_options) {
    static const struct argp argp = {
        table, parse_option, "[CONFIG.yaml...]", doc, NULL, NULL, NULL};

    bench_options_init(ret_options);
    return options_parse(&argp, "pconc bench", false, argc, argv, ret_options);
}

void bench_options_release(struct bench_options *options) {
    plan_spec_free(options->over);
}
