/* SPDX-License-Identifier: MIT */
#ifndef PLACE_PLACE_H
#define PLACE_PLACE_H

#include <pconc/diag.h>

#include <stdbool.h>
#include <stddef.h>

/* The CPU of each worker, by the parameter `pin` of pools. */

#define PLACE_ANY (-1) /* instead of a CPU: not bound, the kernel chooses */

/* What CPUs share, from the widest to the narrowest. */
enum place_part { PLACE_PACKAGE, PLACE_NODE, PLACE_L3, PLACE_L2, PLACE_CORE, PLACE_PARTS };

struct place_cpu {
    int cpu;               /* Linux's number */
    int part[PLACE_PARTS]; /* CPUs with equal numbers share the package, the NUMA node, ... */
};

/* The usable CPUs of the calling thread. */
struct places {
    struct place_cpu *cpus; /* ascending by `cpu`; once `parted`, by their parts */
    size_t count;
    int usable;  /* by `cpus` and the CPU quota, as usable_cpus() says */
    bool parted; /* their parts are known */
};

/* Reads the mask and the quota. -ENOMEM. The caller frees *ret_places with place_release. */
int place_read(struct places *ret_places, struct diag *diag) PCONC_CHECKED;
void place_release(struct places *places);

/*
 * Writes the CPU of each worker by `pin`:
 * - "spread": a core each before hardware threads of one core; packages, NUMA nodes and caches are
 *   filled evenly. Neighbouring workers are near each other. If every CPU gets a worker, in the
 *   order of their numbers.
 * - "compact": neighbouring hardware threads first
 * - "none": PLACE_ANY
 * - "auto": "spread" if each worker gets a CPU, otherwise "none"
 * - CPUs like "0,2,4-7": worker i has entry i, modulo their number
 * If there are more workers than CPUs, "spread" and "compact" begin again with the first CPU.
 * -EINVAL: `pin` is nothing of these, or has a CPU that is not usable. Looks up the parts of CPUs
 * only if they matter.
 */
int place_choose(struct places *places, const char *pin, int workers, int *ret_cpus,
    struct diag *diag) PCONC_CHECKED;

/* Writes a list of CPUs as `pin` takes it, "0,2,4-7". Cuts it with "..." if it is too long. */
void place_format(const int *cpus, size_t count, char *buf, size_t size);

/* The same of all usable CPUs, ascending. */
void place_usable(const struct places *places, char *buf, size_t size);

#endif
