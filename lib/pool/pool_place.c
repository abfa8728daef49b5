/* SPDX-License-Identifier: MIT */
#include "pool.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bind.h"
#include "cpus.h"

/* Where the workers of a pool run. */

const char *pool_pin(const struct executor *executor, const union param_value *params) {
    int pin = params_find(executor->params, POOL_PARAM_PIN);
    return pin < 0 ? NULL : params[pin].text;
}

int pool_places(const struct executor *executor, int workers) {
    return executor->driver->binds_opener ? 1 : workers;
}

static int choose(struct pool *pool, int count, struct diag *diag) {
    const char *pin = pool_pin(pool->executor, pool->params);
    struct places places;
    int code = place_read(&places, diag);
    if (code < 0)
        return code;
    code = place_choose(&places, pin ? pin : "none", count, pool->cpus, diag);
    place_release(&places);
    return code;
}

/* Two workers that spin on one CPU delay each other. */
static bool shares_cpu(const int *cpus, int count) {
    for (int i = 0; i < count; i++)
        for (int j = 0; cpus[i] >= 0 && j < i; j++)
            if (cpus[i] == cpus[j])
                return true;
    return false;
}

static bool any_is_bound(const int *cpus, int count) {
    for (int i = 0; i < count; i++)
        if (cpus[i] >= 0)
            return true;
    return false;
}

int pool_move_opener(const struct executor *executor, int cpu, struct diag *diag) {
    if (!executor->driver->binds_opener || cpu < 0)
        return 0;
    int code = bind_opener(cpu, diag);
    if (code == 0)
        unbind_opener();
    return code;
}

static int bind_the_opener(struct pool *pool, struct diag *diag) {
    if (!pool->executor->driver->binds_opener || pool->cpus[0] < 0)
        return 0;
    int code = bind_opener(pool->cpus[0], diag);
    pool->bound_opener = code == 0;
    return code;
}

int pool_place(struct pool *pool, const int *cpus, struct diag *diag) {
    int count = pool_places(pool->executor, pool->work->options.workers), code = 0;
    pool->cpus = calloc((size_t)count, sizeof(*pool->cpus));
    if (!pool->cpus)
        return diag_no_memory(diag, "the CPUs of workers");
    if (cpus)
        memcpy(pool->cpus, cpus, (size_t)count * sizeof(*cpus));
    else
        code = choose(pool, count, diag);
    pool->may_spin = pool->work->may_spin && !shares_cpu(pool->cpus, count);
    if (code == 0 && any_is_bound(pool->cpus, count) && !cpu_mask_usable(&pool->unbound))
        code = diag_no_memory(diag, "a set of CPUs");
    return code < 0 ? code : bind_the_opener(pool, diag);
}

void pool_unplace(struct pool *pool) {
    if (pool->bound_opener)
        unbind_opener();
    CPU_FREE(pool->unbound.set);
    free(pool->cpus);
}

int pool_cpu(const struct pool *pool, int index) {
    return pool->executor->driver->binds_opener ? PLACE_ANY : pool->cpus[index];
}

int pool_bind_attributes(const struct pool *pool, int index, pthread_attr_t *attributes) {
    return bind_attributes(attributes, pool_cpu(pool, index));
}

void pool_note_bound(const struct pool *pool, int index) {
    if (pool_cpu(pool, index) >= 0)
        cpu_mask_note(&pool->unbound);
}

int pool_bind_process(const struct pool *pool, int index, struct diag *diag) {
    char what[64];
    snprintf(what, sizeof(what), "worker process %d", index + 1);
    int code = bind_self(pool_cpu(pool, index), what, diag);
    if (code == 0)
        pool_note_bound(pool, index);
    return code;
}
