/* SPDX-License-Identifier: MIT */
#include "topology.h"

#include <dlfcn.h>
#include <hwloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#if defined(HWLOC_API_VERSION) && (HWLOC_API_VERSION < 0x20000 || HWLOC_API_VERSION >= 0x30000)
#error "pconc needs hwloc 2; install libhwloc-dev"
#endif
#define LIBRARY "libhwloc.so.15" /* every version 2 */

/* CPUs that hwloc does not know have numbers of their own as parts. */
#define OWN_PART(cpu) ((1 << 20) + (cpu))

/*
 * The library is loaded for the moment in which the topology is read. If it were linked, each
 * sample would load it and what it needs, and starting a worker process would copy their mappings.
 */
struct hwloc {
    __typeof__(hwloc_topology_init) *init;
    __typeof__(hwloc_topology_set_flags) *set_flags;
    __typeof__(hwloc_topology_set_all_types_filter) *set_all_types_filter;
    __typeof__(hwloc_topology_set_type_filter) *set_type_filter;
    __typeof__(hwloc_topology_set_synthetic) *set_synthetic;
    __typeof__(hwloc_topology_load) *load;
    __typeof__(hwloc_topology_destroy) *destroy;
    __typeof__(hwloc_get_type_depth) *type_depth;
    __typeof__(hwloc_get_nbobjs_by_depth) *count;
    __typeof__(hwloc_get_obj_by_depth) *object;
    __typeof__(hwloc_bitmap_first) *first;
};

#define SYMBOL(member, symbol)                                                                     \
    { #symbol, offsetof(struct hwloc, member) }
static const struct {
    const char *name;
    size_t offset;
} symbols[] = {
    SYMBOL(init, hwloc_topology_init),
    SYMBOL(set_flags, hwloc_topology_set_flags),
    SYMBOL(set_all_types_filter, hwloc_topology_set_all_types_filter),
    SYMBOL(set_type_filter, hwloc_topology_set_type_filter),
    SYMBOL(set_synthetic, hwloc_topology_set_synthetic),
    SYMBOL(load, hwloc_topology_load),
    SYMBOL(destroy, hwloc_topology_destroy),
    SYMBOL(type_depth, hwloc_get_type_depth),
    SYMBOL(count, hwloc_get_nbobjs_by_depth),
    SYMBOL(object, hwloc_get_obj_by_depth),
    SYMBOL(first, hwloc_bitmap_first),
};

static bool find_symbols(void *library, struct hwloc *ret_hwloc) {
    for (size_t i = 0; i < sizeof(symbols) / sizeof(*symbols); i++) {
        void *symbol = dlsym(library, symbols[i].name);
        if (!symbol)
            return false;
        memcpy((char *)ret_hwloc + symbols[i].offset, &symbol, sizeof(symbol));
    }
    return true;
}

static struct place_cpu describe(const struct hwloc *hwloc, const struct hwloc_obj *pu) {
    struct place_cpu cpu = {.cpu = (int)pu->os_index};
    for (int part = 0; part < PLACE_PARTS; part++)
        cpu.part[part] = -1; /* CPUs without such a part share it */
    cpu.part[PLACE_CORE] = OWN_PART(cpu.cpu);
    cpu.part[PLACE_NODE] = hwloc->first(pu->nodeset);
    for (const struct hwloc_obj *at = pu; at; at = at->parent) {
        int index = (int)at->logical_index;
        if (at->type == HWLOC_OBJ_CORE)
            cpu.part[PLACE_CORE] = index;
        else if (at->type == HWLOC_OBJ_L2CACHE)
            cpu.part[PLACE_L2] = index;
        else if (at->type == HWLOC_OBJ_L3CACHE)
            cpu.part[PLACE_L3] = index;
        else if (at->type == HWLOC_OBJ_PACKAGE)
            cpu.part[PLACE_PACKAGE] = index;
    }
    return cpu;
}

static bool copy_cpus(const struct hwloc *hwloc, hwloc_topology_t topology,
    struct place_cpu **ret_cpus, size_t *ret_count) {
    int depth = hwloc->type_depth(topology, HWLOC_OBJ_PU);
    unsigned count = hwloc->count(topology, depth);
    struct place_cpu *cpus = calloc(count, sizeof(*cpus));
    if (!cpus)
        return false;
    for (unsigned i = 0; i < count; i++)
        cpus[i] = describe(hwloc, hwloc->object(topology, depth, i));
    *ret_cpus = cpus;
    *ret_count = count;
    return true;
}

/* Only what `describe` reads, so that devices and files of other things are not looked at. CPUs
 * outside of this process's mask are kept: the mask may change, and the topology is kept. */
static bool load(const struct hwloc *hwloc, hwloc_topology_t topology, const char *synthetic) {
    static const hwloc_obj_type_t kept[] = {
        HWLOC_OBJ_PACKAGE, HWLOC_OBJ_L3CACHE, HWLOC_OBJ_L2CACHE, HWLOC_OBJ_CORE};
    unsigned long flags = HWLOC_TOPOLOGY_FLAG_INCLUDE_DISALLOWED;
#if HWLOC_API_VERSION >= 0x20800
    flags |= HWLOC_TOPOLOGY_FLAG_DONT_CHANGE_BINDING | HWLOC_TOPOLOGY_FLAG_NO_DISTANCES
        | HWLOC_TOPOLOGY_FLAG_NO_MEMATTRS | HWLOC_TOPOLOGY_FLAG_NO_CPUKINDS;
#endif
    if (synthetic && hwloc->set_synthetic(topology, synthetic) != 0)
        return false;
    if (hwloc->set_flags(topology, flags) != 0
        || hwloc->set_all_types_filter(topology, HWLOC_TYPE_FILTER_KEEP_NONE) != 0)
        return false;
    for (size_t i = 0; i < sizeof(kept) / sizeof(*kept); i++)
        if (hwloc->set_type_filter(topology, kept[i], HWLOC_TYPE_FILTER_KEEP_ALL) != 0)
            return false;
    /* A node that is no whole package hangs on a group. */
    return hwloc->set_type_filter(topology, HWLOC_OBJ_GROUP, HWLOC_TYPE_FILTER_KEEP_STRUCTURE) == 0
        && hwloc->load(topology) == 0;
}

bool topology_read(const char *synthetic, struct place_cpu **ret_cpus, size_t *ret_count) {
    struct hwloc hwloc;
    hwloc_topology_t topology;
    void *library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    bool read = false;
    if (library && find_symbols(library, &hwloc) && hwloc.init(&topology) == 0) {
        read =
            load(&hwloc, topology, synthetic) && copy_cpus(&hwloc, topology, ret_cpus, ret_count);
        hwloc.destroy(topology);
    }
    if (library)
        dlclose(library);
    return read;
}

/* Of this machine; never freed. */
static struct place_cpu *known;
static size_t known_count;

static void read_once(void) {
    if (!topology_read(NULL, &known, &known_count))
        known_count = 0;
}

static const struct place_cpu *find_known(int cpu) {
    for (size_t i = 0; i < known_count; i++)
        if (known[i].cpu == cpu)
            return &known[i];
    return NULL;
}

void topology_look_up(struct place_cpu *cpus, size_t count) {
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, read_once);
    for (size_t i = 0; i < count; i++) {
        const struct place_cpu *found = find_known(cpus[i].cpu);
        for (int part = 0; part < PLACE_PARTS; part++)
            cpus[i].part[part] = found ? found->part[part] : OWN_PART(cpus[i].cpu);
    }
}
