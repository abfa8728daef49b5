/* SPDX-License-Identifier: MIT */
#include "ab_sides.h"

#include "ab.h"
#include "words.h"

#include <errno.h>
#include <string.h>

enum kind { KIND_EXECUTOR, KIND_PLUGIN, KIND_COMMAND, KIND_UNKNOWN };

static const char *const kinds[] = {"an executor", "a plug-in", "a command", "unknown"};

static enum kind kind_of(const char *text) {
    size_t length = strlen(text);

    if (executor_find(text))
        return KIND_EXECUTOR;
    if (length > 3 && strcmp(text + length - 3, ".so") == 0 && !strchr(text, ' '))
        return KIND_PLUGIN;
    return strpbrk(text, " /") ? KIND_COMMAND : KIND_UNKNOWN;
}

static int refuse_unknown(const char *side, const char *text, struct diag *diag) {
    const char *names[64];
    size_t count = 0;

    for (; count < 64 && executors()[count]; count++)
        names[count] = executors()[count]->name;
    unknown_word(diag, (struct origin){.file = side},
        "not an executor, a plug-in (./NAME.so) or a command (a path, or words in quotes):", text,
        names, count);
    return -EINVAL;
}

/* The kind of A and B, which must be the same. */
static int find_kind(const struct spec_list *names, enum kind *ret_kind, struct diag *diag) {
    enum kind kind[2];

    if (names->count < 2)
        return diag_set(diag, -EINVAL,
            "ab needs two sides; write pconc ab A B, for example: pconc ab threads processes "
            "--workload=gcd");
    if (names->count > 2)
        return diag_set(diag, -EINVAL,
            "'%s' is a third side, but ab compares two; put a command and its arguments in quotes",
            shown(names->items[2].text).text);
    for (size_t i = 0; i < 2; i++) {
        kind[i] = kind_of(names->items[i].text);
        if (kind[i] == KIND_UNKNOWN)
            return refuse_unknown(i == 0 ? "A" : "B", names->items[i].text, diag);
    }
    if (kind[0] != kind[1])
        return diag_set(diag, -EINVAL, "A is %s and B is %s; both must be of the same kind",
            kinds[kind[0]], kinds[kind[1]]);
    *ret_kind = kind[0];
    return 0;
}

static int add_executor(struct options *side, struct spec_text name, struct diag *diag) {
    bool planned = side->configs.count > 0;

    if (side->executors.text)
        return diag_set(diag, -EINVAL, "A and B are the executors; leave out --executor=%s",
            shown(side->executors.text).text);
    if (!side->workloads.text && side->plugins.count == 0 && !planned)
        return diag_set(
            diag, -EINVAL, "no workload is given; add --workload=NAME, for example --workload=gcd");
    if (planned)
        spec_list_add(side->arena, &side->run.executors, name);
    else
        side->executors = name;
    return 0;
}

static int add_command(
    struct options *side, size_t which, struct spec_text name, struct diag *diag) {
    struct spec_text param = {
        .text = arena_printf(side->arena, "command=%s", name.text),
        .origin = name.origin,
    };

    for (size_t i = 0; i < side->run.params.count; i++)
        if (strcmp(side->run.params.items[i].name.text, "command") == 0)
            return diag_set(diag, -EINVAL, "A and B are the commands; leave out --param=command");
    if (side->workloads.text)
        return diag_set(diag, -EINVAL,
            "the workload exec runs the commands; leave out --workload=%s",
            shown(side->workloads.text).text);
    side->workloads = (struct spec_text){.text = "exec", .origin = name.origin};
    if (which < side->names.count)
        side->run.name = side->names.items[which];
    return option_param_add(side->arena, &side->run.params, param, diag);
}

/* Adds A or B to the options of its side. */
static int add_name(
    struct options *side, enum kind kind, size_t which, struct spec_text name, struct diag *diag) {
    if (side->names.count > (kind == KIND_COMMAND ? 2 : 0))
        return diag_at(diag, side->names.items[0].origin, -EINVAL,
            "it names each of the two commands; leave out the others");
    if (kind == KIND_EXECUTOR)
        return add_executor(side, name, diag);
    if (!side->executors.text && side->configs.count == 0)
        side->executors = (struct spec_text){.text = "serial", .origin = name.origin};
    if (kind == KIND_COMMAND)
        return add_command(side, which, name, diag);
    side->plugins.room = 0; /* adds to a copy: the other side has the same list */
    spec_list_add(side->arena, &side->plugins, name);
    return 0;
}

static int plan_side(const struct options *options, size_t which, enum kind kind,
    struct planned *ret_planned, struct diag *diag) {
    struct options side = *options;
    struct spec_text name = options->arguments.items[which];
    int code;

    name.origin.file = which == 0 ? "A" : "B";
    code = add_name(&side, kind, which, name, diag);
    if (code < 0)
        return code;
    if (!side.over.rounds.text)
        side.over.rounds.text = arena_printf(
            side.arena, "%d", side.max_time_ns > 0 ? TIMED_GATE_ROUNDS : DEFAULT_GATE_ROUNDS);
    /* A command is a new process anyway, and the calibration has warmed the caches of files. */
    if (kind == KIND_COMMAND && !side.over.warmup.text && side.configs.count == 0)
        side.over.warmup.text = "0";
    side.without_checks = true; /* they name cases of the config's own executors */
    return planned_make(&side, ret_planned, diag);
}

/* Refuses workloads that are not of the plug-in: both sides would measure the same. */
static int check_plugin(const struct plan *plan, const char *path, struct diag *diag) {
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bench_case *the = &plan->cases[i];

        if (!the->plugin || strcmp(the->plugin->path, path) != 0)
            return diag_set(diag, -EINVAL,
                "'%s' does not come from the plug-in %s, so A and B would be the same; leave it "
                "out with --workload or --filter",
                shown(the->id).text, shown(path).text);
    }
    return 0;
}

int ab_sides_make(const struct options *options, struct ab_sides *ret_sides, struct diag *diag) {
    const struct spec_list *names = &options->arguments;
    struct planned *planned = ret_sides->planned;
    enum kind kind = KIND_UNKNOWN;
    int code;

    *ret_sides = (struct ab_sides){.plan = NULL};
    code = find_kind(names, &kind, diag);
    for (size_t i = 0; code == 0 && i < 2; i++)
        code = plan_side(options, i, kind, &planned[i], diag);
    for (size_t i = 0; code == 0 && kind == KIND_PLUGIN && i < 2; i++)
        code = check_plugin(planned[i].plan, names->items[i].text, diag);
    if (code == 0 && (planned[0].plan->rate > 0 || planned[1].plan->rate > 0))
        code = diag_set(diag, -EINVAL,
            "with a rate the jobs take as long as they arrive, so there are no times to compare; "
            "leave out 'rate'");
    if (code == 0)
        code = ab_plan(planned[0].plan, planned[1].plan,
            kind == KIND_PLUGIN ? &ret_sides->unpaired : NULL, &ret_sides->plan, diag);
    if (code == 0)
        ret_sides->plan->latency |= options->latency;
    return code;
}

void ab_sides_release(struct ab_sides *sides) {
    plan_free(sides->plan);
    planned_release(&sides->planned[0]);
    planned_release(&sides->planned[1]);
}
