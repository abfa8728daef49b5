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

int place_read(struct places *ret_place, struct diag *diag) {
    struct cpu_mask mask;
    if (!cpu_mask_usable(&mask))
        return diag_no_memory(diag, "a set of CPUs");
    struct places place = {.usable = usable_cpus()};
    place.cpus = calloc((size_t)CPU_COUNT_S(mask.size, mask.set), sizeof(*place.cpus));
    for (int cpu = 0; place.cpus && cpu < (int)(mask.size * 8); cpu++)
        if (CPU_ISSET_S((size_t)cpu, mask.size, mask.set))
            place.cpus[place.count++].cpu = cpu;
    CPU_FREE(mask.set);
    if (!place.cpus)
        return diag_no_memory(diag, "a set of CPUs");
    *ret_place = place;
    return 0;
}

void place_release(struct places *place) {
    free(place->cpus);
    *place = (struct places){0};
}

static int compare_parts(const void *a, const void *b) {
    const struct place_cpu *left = a, *right = b;
    for (int part = 0; part < PLACE_PARTS; part++)
        if (left->part[part] != right->part[part])
            return left->part[part] < right->part[part] ? -1 : 1;
    return left->cpu < right->cpu ? -1 : 1;
}

static void find_parts(struct places *place) {
    if (place->parted)
        return;
    topology_look_up(place->cpus, place->count);
    qsort(place->cpus, place->count, sizeof(*place->cpus), compare_parts);
    place->parted = true;
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

static void take_freest(const struct places *place, struct load *loads) {
    size_t best = place->count;
    for (size_t i = 0; i < place->count; i++)
        if (!loads[i].taken && (best == place->count || is_freer(&loads[i], &loads[best])))
            best = i;
    loads[best].taken = true;
    for (size_t i = 0; i < place->count; i++)
        for (int part = 0; part < PLACE_PARTS; part++)
            loads[i].in[part] += place->cpus[i].part[part] == place->cpus[best].part[part];
}

static int compare_numbers(const void *a, const void *b) {
    return *(const int *)a - *(const int *)b;
}

/* Every CPU has a worker, whatever the topology is. */
static void use_all(const struct places *place, int workers, int *ret_cpus) {
    for (size_t i = 0; i < place->count; i++)
        ret_cpus[i] = place->cpus[i].cpu;
    qsort(ret_cpus, place->count, sizeof(*ret_cpus), compare_numbers);
    for (size_t i = place->count; i < (size_t)workers; i++)
        ret_cpus[i] = ret_cpus[i - place->count];
}

/* hwloc_distrib does not serve here. It divides workers by the number of CPUs, so that of two
 * workers on a whole core and half of another core both get the whole one. */
static int spread(struct places *place, int workers, int *ret_cpus, struct diag *diag) {
    if ((size_t)workers >= place->count) {
        use_all(place, workers, ret_cpus);
        return 0;
    }
    find_parts(place);
    struct load *loads = calloc(place->count, sizeof(*loads));
    if (!loads)
        return diag_no_memory(diag, "a set of CPUs");
    for (int i = 0; i < workers; i++)
        take_freest(place, loads);
    for (size_t i = 0; i < place->count; i++)
        if (loads[i].taken)
            *ret_cpus++ = place->cpus[i].cpu;
    free(loads);
    return 0;
}

static int compact(struct places *place, int workers, int *ret_cpus) {
    find_parts(place);
    for (int i = 0; i < workers; i++)
        ret_cpus[i] = place->cpus[(size_t)i % place->count].cpu;
    return 0;
}

static int none(int workers, int *ret_cpus) {
    for (int i = 0; i < workers; i++)
        ret_cpus[i] = PLACE_ANY;
    return 0;
}

void place_usable(const struct places *place, char *buf, size_t size) {
    int *numbers = calloc(place->count, sizeof(*numbers));
    snprintf(buf, size, "unknown");
    if (!numbers)
        return;
    use_all(place, (int)place->count, numbers);
    place_format(numbers, place->count, buf, size);
    free(numbers);
}

static int refuse_cpu(const struct places *place, long cpu, struct diag *diag) {
    char usable[LIST_TEXT_SIZE];
    place_usable(place, usable, sizeof(usable));
    return diag_set(diag, -EINVAL, "pin: CPU %ld is not usable; usable %s %s", cpu,
        place->count == 1 ? "is" : "are", usable);
}

static bool is_usable(const struct places *place, long cpu) {
    for (size_t i = 0; i < place->count; i++)
        if (place->cpus[i].cpu == cpu)
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
    const struct places *place, const char *pin, int *list, size_t *ret_count, struct diag *diag) {
    size_t count = 0;
    const char *at = pin;
    for (;; at++) {
        long first, last;
        if (!read_range(&at, &first, &last))
            return refuse_text(pin, diag);
        for (long cpu = first; cpu <= last; cpu++) {
            if (!is_usable(place, cpu))
                return refuse_cpu(place, cpu, diag);
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
    const struct places *place, const char *pin, int workers, int *ret_cpus, struct diag *diag) {
    int list[LIST_MAX] = {0};
    size_t count = 1;
    int code = read_list(place, pin, list, &count, diag);
    for (int i = 0; code == 0 && i < workers; i++)
        ret_cpus[i] = list[(size_t)i % count];
    return code;
}

int place_choose(
    struct places *place, const char *pin, int workers, int *ret_cpus, struct diag *diag) {
    if (strcmp(pin, "auto") == 0)
        pin = workers <= place->usable ? "spread" : "none";
    if (strcmp(pin, "none") == 0)
        return none(workers, ret_cpus);
    if (strcmp(pin, "spread") == 0)
        return spread(place, workers, ret_cpus, diag);
    if (strcmp(pin, "compact") == 0)
        return compact(place, workers, ret_cpus);
    return listed(place, pin, workers, ret_cpus, diag);
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
