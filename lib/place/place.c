/* SPDX-License-Identifier: MIT */
#include "place.h"

#include <ctype.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "controls.h"
#include "cpus.h"
#include "topology.h"

/* Entries of a list; more than there can be workers. */
#define LIST_MAX 1024

#define LIST_TEXT_SIZE 256

int place_read(struct places *ret_places, struct diag *diag) {
    struct cpu_mask mask;
    if (!cpu_mask_usable(&mask))
        return diag_no_memory(diag, "a set of CPUs");
    struct places places = {.usable = usable_cpus()};
    places.cpus = calloc((size_t)CPU_COUNT_S(mask.size, mask.set), sizeof(*places.cpus));
    for (int cpu = 0; places.cpus && cpu < (int)(mask.size * 8); cpu++)
        if (CPU_ISSET_S((size_t)cpu, mask.size, mask.set))
            places.cpus[places.count++].cpu = cpu;
    CPU_FREE(mask.set);
    if (!places.cpus)
        return diag_no_memory(diag, "a set of CPUs");
    *ret_places = places;
    return 0;
}

void place_release(struct places *places) {
    free(places->cpus);
    *places = (struct places){0};
}

static int compare_parts(const void *a, const void *b) {
    const struct place_cpu *left = a, *right = b;
    for (int part = 0; part < PLACE_PARTS; part++)
        if (left->part[part] != right->part[part])
            return left->part[part] < right->part[part] ? -1 : 1;
    return left->cpu < right->cpu ? -1 : 1;
}

static void find_parts(struct places *places) {
    if (places->parted)
        return;
    topology_look_up(places->cpus, places->count);
    qsort(places->cpus, places->count, sizeof(*places->cpus), compare_parts);
    places->parted = true;
}

/* The workers that have been given a CPU of the same package, node, ... */
struct load {
    bool taken;
    int in[PLACE_PARTS];
};

/* A free core comes before all else; then the package with fewer workers, the node, ... */
static bool is_freer(const struct load *one, const struct load *other) {
    if (one->in[PLACE_CORE] != other->in[PLACE_CORE])
        return one->in[PLACE_CORE] < other->in[PLACE_CORE];
    for (int part = 0; part < PLACE_CORE; part++)
        if (one->in[part] != other->in[part])
            return one->in[part] < other->in[part];
    return false;
}

static void take_freest(const struct places *places, struct load *loads) {
    size_t best = places->count;
    for (size_t i = 0; i < places->count; i++)
        if (!loads[i].taken && (best == places->count || is_freer(&loads[i], &loads[best])))
            best = i;
    loads[best].taken = true;
    for (size_t i = 0; i < places->count; i++)
        for (int part = 0; part < PLACE_PARTS; part++)
            loads[i].in[part] += places->cpus[i].part[part] == places->cpus[best].part[part];
}

static int compare_numbers(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

/* Every CPU has a worker, whatever the topology is. */
static void use_all(const struct places *places, int workers, int *ret_cpus) {
    for (size_t i = 0; i < places->count; i++)
        ret_cpus[i] = places->cpus[i].cpu;
    qsort(ret_cpus, places->count, sizeof(*ret_cpus), compare_numbers);
    for (size_t i = places->count; i < (size_t)workers; i++)
        ret_cpus[i] = ret_cpus[i - places->count];
}

/* hwloc_distrib does not serve here. It divides workers by the number of CPUs, so that of two
 * workers on a whole core and half of another core both get the whole one. */
static int spread(struct places *places, int workers, int *ret_cpus, struct diag *diag) {
    if ((size_t)workers >= places->count) {
        use_all(places, workers, ret_cpus);
        return 0;
    }
    find_parts(places);
    struct load *loads = calloc(places->count, sizeof(*loads));
    if (!loads)
        return diag_no_memory(diag, "a set of CPUs");
    for (int i = 0; i < workers; i++)
        take_freest(places, loads);
    for (size_t i = 0; i < places->count; i++)
        if (loads[i].taken)
            *ret_cpus++ = places->cpus[i].cpu;
    free(loads);
    return 0;
}

static int compact(struct places *places, int workers, int *ret_cpus) {
    find_parts(places);
    for (int i = 0; i < workers; i++)
        ret_cpus[i] = places->cpus[(size_t)i % places->count].cpu;
    return 0;
}

static int none(int workers, int *ret_cpus) {
    for (int i = 0; i < workers; i++)
        ret_cpus[i] = PLACE_ANY;
    return 0;
}

void place_usable(const struct places *places, char *buf, size_t size) {
    int *numbers = calloc(places->count, sizeof(*numbers));
    snprintf(buf, size, "unknown");
    if (!numbers)
        return;
    use_all(places, (int)places->count, numbers);
    place_format(numbers, places->count, buf, size);
    free(numbers);
}

static int refuse_cpu(const struct places *places, long cpu, struct diag *diag) {
    char usable[LIST_TEXT_SIZE];
    place_usable(places, usable, sizeof(usable));
    return diag_set(diag, -EINVAL, "pin: CPU %ld is not usable; usable %s %s", cpu,
        places->count == 1 ? "is" : "are", usable);
}

static bool is_usable(const struct places *places, long cpu) {
    for (size_t i = 0; i < places->count; i++)
        if (places->cpus[i].cpu == cpu)
            return true;
    return false;
}

/* Reads "4-7" or "4". False: it is neither. */
static bool read_range(const char **text, long *ret_first, long *ret_last) {
    char *end;
    if (!isdigit((unsigned char)**text))
        return false;
    *ret_first = *ret_last = strtol(*text, &end, 10);
    if (*end == '-') {
        if (!isdigit((unsigned char)end[1]))
            return false;
        *ret_last = strtol(end + 1, &end, 10);
    }
    *text = end;
    return *ret_first <= *ret_last && (*end == ',' || !*end);
}

static int refuse_text(const char *pin, struct diag *diag) {
    return diag_set(diag, -EINVAL,
        "pin '%.64s' is not a placement; write auto, spread, compact, none, or CPUs such as "
        "0,2,4-7",
        controls_in(pin) ? "?" : pin);
}

/* `list` has LIST_MAX entries. */
static int read_list(
    const struct places *places, const char *pin, int *list, size_t *ret_count, struct diag *diag) {
    size_t count = 0;
    const char *at = pin;
    for (;; at++) {
        long first, last;
        if (!read_range(&at, &first, &last))
            return refuse_text(pin, diag);
        for (long cpu = first; cpu <= last; cpu++) {
            if (!is_usable(places, cpu))
                return refuse_cpu(places, cpu, diag);
            if (count == LIST_MAX)
                return diag_set(diag, -EINVAL, "pin: more than %d CPUs; leave some out", LIST_MAX);
            list[count++] = (int)cpu;
        }
        if (!*at)
            break;
    }
    *ret_count = count;
    return 0;
}

static int listed(
    const struct places *places, const char *pin, int workers, int *ret_cpus, struct diag *diag) {
    int list[LIST_MAX] = {0};
    size_t count = 1;
    int code = read_list(places, pin, list, &count, diag);
    for (int i = 0; code == 0 && i < workers; i++)
        ret_cpus[i] = list[(size_t)i % count];
    return code;
}

int place_choose(
    struct places *places, const char *pin, int workers, int *ret_cpus, struct diag *diag) {
    if (strcmp(pin, "auto") == 0)
        pin = workers <= places->usable ? "spread" : "none";
    if (strcmp(pin, "none") == 0)
        return none(workers, ret_cpus);
    if (strcmp(pin, "spread") == 0)
        return spread(places, workers, ret_cpus, diag);
    if (strcmp(pin, "compact") == 0)
        return compact(places, workers, ret_cpus);
    return listed(places, pin, workers, ret_cpus, diag);
}

void place_format(const int *cpus, size_t count, char *buf, size_t size) {
    size_t used = 0, last;
    buf[0] = '\0';
    for (size_t i = 0; i < count; i = last + 1) {
        char one[32];
        for (last = i; last + 1 < count && cpus[last + 1] == cpus[last] + 1;)
            last++;
        int length = snprintf(one, sizeof(one), "%s%d", i > 0 ? "," : "", cpus[i]);
        if (last > i)
            length += snprintf(one + length, sizeof(one) - (size_t)length, "-%d", cpus[last]);
        if (used + (size_t)length + sizeof("...") > size) {
            snprintf(buf + used, size - used, "...");
            return;
        }
        memcpy(buf + used, one, (size_t)length + 1);
        used += (size_t)length;
    }
}
