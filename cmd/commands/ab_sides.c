/* SPDX-License-Identifier: MIT */
#include "ab_sides.h"

#include "bench_plan.h"
#include "words.h"

#include <errno.h>
#include <stdio.h>
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

/* Both must be of one kind. */
static int find_kind(const struct ab_command *command, enum kind *ret_kind, struct diag *diag) {
    enum kind kind[2];

    for (size_t i = 0; i < 2; i++) {
        if (!command->names[i])
            return diag_set(diag, -EINVAL,
                "ab needs two sides; write pconc ab A B, for example: pconc ab threads processes "
                "--workload=gcd");
        kind[i] = kind_of(command->names[i]);
        if (kind[i] == KIND_UNKNOWN)
            return refuse_unknown(i == 0 ? "A" : "B", command->names[i], diag);
    }
    if (kind[0] != kind[1])
        return diag_set(diag, -EINVAL, "A is %s and B is %s; both must be of the same kind",
            kinds[kind[0]], kinds[kind[1]]);
    *ret_kind = kind[0];
    return 0;
}

static int prepare_side(
    struct bench_options *side, enum kind kind, struct spec_text name, struct diag *diag) {
    struct arena *arena = side->over->arena;
    bool planned = side->config_count > 0;

    if (kind != KIND_EXECUTOR && !side->executors.text && !planned)
        side->executors = (struct spec_text){.text = "serial", .origin = name.origin};
    switch (kind) {
    case KIND_EXECUTOR:
        if (side->executors.text)
            return diag_set(diag, -EINVAL, "A and B are the executors; leave out --executor=%s",
                shown(side->executors.text).text);
        if (!side->workloads.text && side->plugins.count == 0 && !planned)
            return diag_set(diag, -EINVAL,
                "no workload is given; add --workload=NAME, for example --workload=gcd");
        if (planned)
            spec_list_add(arena, &side->over->runs[0].executors, name);
        else
            side->executors = name;
        break;
    case KIND_PLUGIN:
        spec_list_add(arena, &side->plugins, name);
        break;
    default:
        if (side->workloads.text)
            return diag_set(diag, -EINVAL,
                "the workload exec runs the commands; leave out --workload=%s",
                shown(side->workloads.text).text);
        side->workloads = (struct spec_text){.text = "exec", .origin = name.origin};
        if (bench_option_take(side, KEY_PARAM, arena_printf(arena, "command=%s", name.text)) != 0)
            return diag_set(diag, -EINVAL, "leave out --param=command");
    }
    return 0;
}

static int plan_side(struct ab_command *command, size_t which, enum kind kind,
    struct catalog *ret_catalog, struct plan **ret_plan, struct diag *diag) {
    struct bench_options *side = &command->sides[which];
    struct spec_text name = {
        .text = command->names[which],
        .origin = {.file = which == 0 ? "A" : "B"},
    };
    int r = prepare_side(side, kind, name, diag);

    if (r < 0)
        return r;
    if (!side->over->rounds.text)
        side->over->rounds.text = arena_printf(side->over->arena, "%d",
            command->ab.max_time_ns > 0 ? TIMED_GATE_ROUNDS : DEFAULT_GATE_ROUNDS);
    side->without_checks = true; /* which name cases of the config's own executors */
    return bench_plan_make(side, ret_catalog, ret_plan, diag);
}

/* A row of what both sides have alike, a workload that is built in, would compare it with itself.
 */
static int check_plugin(
    const struct ab_command *command, const struct plan *plan, size_t which, struct diag *diag) {
    for (size_t i = 0; i < plan->case_count; i++) {
        const struct bench_case *the = &plan->cases[i];

        if (!the->plugin || strcmp(the->plugin->path, command->names[which]) != 0)
            return diag_set(diag, -EINVAL,
                "'%s' does not come from the plug-in %s, so A and B would be the same; leave it "
                "out "
                "with --workload or --filter",
                shown(the->id).text, shown(command->names[which]).text);
    }
    return 0;
}

int ab_sides_make(struct ab_command *command, struct ab_sides *ret_sides, struct diag *diag) {
    enum kind kind = KIND_UNKNOWN;
    int r;

    *ret_sides = (struct ab_sides){.plan = NULL};
    r = find_kind(command, &kind, diag);
    for (size_t i = 0; r == 0 && i < 2; i++)
        r = plan_side(command, i, kind, &ret_sides->catalogs[i], &ret_sides->plans[i], diag);
    for (size_t i = 0; r == 0 && kind == KIND_PLUGIN && i < 2; i++)
        r = check_plugin(command, ret_sides->plans[i], i, diag);
    if (r == 0)
        r = ab_plan(ret_sides->plans[0], ret_sides->plans[1], &ret_sides->plan, diag);
    return r;
}

void ab_sides_release(struct ab_sides *sides) {
    plan_free(sides->plan);
    for (size_t i = 0; i < 2; i++) {
        plan_free(sides->plans[i]);
        catalog_release(&sides->catalogs[i]);
    }
}
