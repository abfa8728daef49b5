/* SPDX-License-Identifier: MIT */
#include "bind.h"

#include <errno.h>
#include <sched.h>
#include <string.h>

#include "place.h"

/* *ret_mask.set is NULL if there is nothing to do. */
static int make_mask(int cpu, struct cpu_mask *ret_mask) {
    *ret_mask = (struct cpu_mask){0};
    if (cpu < 0)
        return !cpu_mask_noted() || cpu_mask_usable(ret_mask) ? 0 : -ENOMEM;
    size_t count = (size_t)(cpu < CPU_SETSIZE ? CPU_SETSIZE : cpu + 1);
    struct cpu_mask mask = {.set = CPU_ALLOC(count), .size = CPU_ALLOC_SIZE(count)};
    if (!mask.set)
        return -ENOMEM;
    CPU_ZERO_S(mask.size, mask.set);
    CPU_SET_S((size_t)cpu, mask.size, mask.set);
    *ret_mask = mask;
    return 0;
}

int bind_attributes(pthread_attr_t *attributes, int cpu) {
    struct cpu_mask mask;
    int code = make_mask(cpu, &mask);
    if (code == 0 && mask.set)
        code = -pthread_attr_setaffinity_np(attributes, mask.size, mask.set);
    CPU_FREE(mask.set);
    return code;
}

static int bind_thread(int cpu) {
    struct cpu_mask mask;
    int code = make_mask(cpu, &mask);
    if (code == 0 && mask.set && sched_setaffinity(0, mask.size, mask.set) != 0)
        code = -errno;
    CPU_FREE(mask.set);
    return code;
}

int refused_cpu(struct diag *diag, int error, int cpu, const char *what) {
    char usable[128] = "unknown";
    struct places places;
    if (place_read(&places, NULL) == 0) {
        place_usable(&places, usable, sizeof(usable));
        place_release(&places);
    }
    return diag_set(diag, -error,
        "%s cannot be bound to CPU %d: %s; usable now are %s (pin=none leaves workers unbound)",
        what, cpu, strerror(error), usable);
}

int bind_self(int cpu, const char *what, struct diag *diag) {
    int code = bind_thread(cpu);
    return code < 0 && cpu >= 0 ? refused_cpu(diag, -code, cpu, what) : 0;
}

static _Thread_local struct {
    int pools;                     /* that have bound this thread */
    struct cpu_mask mask;          /* the thread's before that */
    const struct cpu_mask *before; /* cpu_mask_noted before that */
} opener;

static int save_mask(struct diag *diag) {
    struct cpu_mask mask;
    if (!cpu_mask_of_thread(&mask))
        return diag_no_memory(diag, "a set of CPUs");
    opener.mask = mask;
    opener.before = cpu_mask_noted();
    if (!opener.before)
        cpu_mask_note(&opener.mask);
    return 0;
}

int bind_opener(int cpu, struct diag *diag) {
    int code = opener.pools == 0 ? save_mask(diag) : 0;
    if (code < 0)
        return code;
    opener.pools++;
    code = bind_self(cpu, "the thread that opens the pool", diag);
    if (code < 0)
        unbind_opener();
    return code;
}

/* A mask that is refused now has become too narrow: the system has already replaced it. */
void unbind_opener(void) {
    if (--opener.pools > 0)
        return;
    (void)sched_setaffinity(0, opener.mask.size, opener.mask.set);
    cpu_mask_note(opener.before);
    CPU_FREE(opener.mask.set);
    opener.mask = (struct cpu_mask){0};
}
