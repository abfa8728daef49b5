/* SPDX-License-Identifier: MIT */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "summary.h"

/*
 * Saved results, read back into the structs that reports print. Schema 1 stays readable for ever.
 * Summaries are made anew from the samples; what the file says of them is store_check's matter.
 */

/* Larger files are refused before they take memory for it: about 100000 samples fit. */
#define STORE_BYTES_MAX ((size_t)64 << 20)
#define STORE_VALUES_MAX ((size_t)4 << 20)

struct json_t;

struct stored {
    struct arena *arena;     /* owns everything below but the summary */
    const struct plan *plan; /* workloads and executors in it are names and parameters alone */
    struct session *session;
    struct session_summary *summary;
    struct json_t *document; /* as it was read */
};

/* Reads a file, "-": standard input. -EINVAL or the system's code, with a sentence that begins with
 * the file: it cannot be read, is no JSON, is of another schema, or has something missing, unknown
 * or of the wrong type, told by its path. */
int store_load(const char *path, struct stored **ret_stored, struct diag *diag) PCONC_CHECKED;
void store_free(struct stored *stored); /* NULL is fine */

struct store_difference {
    const char *path;         /* "cases[2].summary.time_ns" */
    const char *said, *found; /* in the file; from its samples */
};

/* How a file's summaries stand to its samples. */
struct store_check {
    size_t compared, differing; /* values */
    bool exact;        /* bit for bit; else written by another build or on another kind of machine,
                          whose last bits may differ: within a relative STORE_TOLERANCE */
    const char *other; /* what differs then: "pconc 0.2.0, compiler clang 14.0.6"; NULL if exact */
    struct store_difference *differences; /* the first STORE_DIFFERENCES_MAX of them */
};

#define STORE_TOLERANCE 1e-12
#define STORE_DIFFERENCES_MAX 20

/* Compares every figure that the file says with what its samples give. Texts live in the arena of
 * `stored`. -ENOMEM alone. */
int store_check(
    struct stored *stored, struct store_check *ret_check, struct diag *diag) PCONC_CHECKED;

#endif
