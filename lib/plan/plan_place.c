/* SPDX-License-Identifier: MIT */
#include "plan_parts.h"

#include <string.h>

#include "pool.h"

/* A program inherits the CPU of the worker that starts it, and may have threads of its own. So
 * `auto` binds no workers that run programs. */
static const char *pin_of(const struct bench_case *bench_case) {
    const char *pin = pool_pin(bench_case->executor, bench_case->pool);

    if (!pin || (bench_case->workload->runs_commands && strcmp(pin, "auto") == 0))
        return "none";
    return pin;
}

int case_place(struct builder *builder, struct bench_case *bench_case, const struct axes *pool,
    const struct pick *pick, const struct spec_params *given) {
    int count = pool_places(bench_case->executor, bench_case->workers);
    int *cpus = arena_array(builder->plan->arena, int, (size_t)count);
    int at = params_find(bench_case->executor->params, POOL_PARAM_PIN);
    int code = builder->places.cpus ? 0 : place_read(&builder->places, builder->diag);

    if (code == 0)
        code = place_choose(&builder->places, pin_of(bench_case), count, cpus, builder->diag);
    bench_case->cpus = cpus;
    bench_case->cpu_count = count;
    if (code == 0 || at < 0)
        return code;
    return diag_place(builder->diag, pick_origin(pool, pick, given, (size_t)at));
}
