/* SPDX-License-Identifier: MIT */
#ifndef BASE_REFUSAL_H
#define BASE_REFUSAL_H

#include <pconc/diag.h>

#include <stddef.h>

/* Sentences for what the system refuses, with the name and value of the limit that most likely did.
 * `error` is the errno; each returns its negative. */

/* "cannot start WHAT": a process or a thread. */
int refused_worker(struct diag *diag, int error, const char *what);

/* `size` bytes for `what` could not be mapped. */
int refused_memory(struct diag *diag, int error, size_t size, const char *what);

/* A file descriptor for `what` could not be made. */
int refused_descriptor(struct diag *diag, int error, const char *what);

#endif
