/* SPDX-License-Identifier: MIT */
#ifndef PLACE_BIND_H
#define PLACE_BIND_H

#include <pconc/diag.h>

#include <pthread.h>

#include "cpus.h"

/*
 * Binding threads and processes to a CPU (sched_setaffinity). What a bound worker starts inherits
 * its CPU; its own pools do not (cpu_mask_usable).
 *
 * `cpu` may be PLACE_ANY: then the worker may use the same CPUs as the calling thread before a pool
 * bound that, and nothing is done if no pool has. On failure: the negative errno, with a sentence
 * that begins with `what` ("worker 2") and names the usable CPUs.
 */

/* Threads that are started with `attributes` start on the CPU. */
int bind_attributes(pthread_attr_t *attributes, int cpu) PCONC_CHECKED;

/* Binds the calling thread: a new worker process. */
int bind_self(int cpu, const char *what, struct diag *diag) PCONC_CHECKED;

/* Binds the opener of a pool, and undoes that. A thread may be the opener of several pools: the
 * last one to end gives it back the mask that it had before the first one. */
int bind_opener(int cpu, struct diag *diag) PCONC_CHECKED;
void unbind_opener(void);

/* The sentence for `error` of the system. Returns -error. */
int refused_cpu(struct diag *diag, int error, int cpu, const char *what);

#endif
