/* SPDX-License-Identifier: MIT */
#ifndef STORE_STORE_H
#define STORE_STORE_H

#include "summary.h"

/*
 * Saved results, read back into the structs that reports are made of. Schema 1 stays readable.
 * Summaries are computed again from the samples; store_verify compares them with those in the file.
 */

/* Larger files are refused before they are read: about 100000 samples fit. */
#define STORE_BYTES_MAX ((size_t)64 << 20)
#define STORE_VALUES_MAX ((size_t)4 << 20)

struct json_t;

struct stored {
    struct arena *arena;     /* owns everything below but the summary and the document */
    const struct plan *plan; /* workloads and executors in it have names and parameters only */
    struct session *session;
    struct session_summary *summary;
    struct json_t *document; /* as it was read */
};

/* Reads a file, or standard input for "-". -EINVAL or the system's code; the message begins with
 * the file and names the path of the wrong value. */
int store_load(const char *path, struct stored **ret_stored, struct diag *diag) PCONC_CHECKED;
/* The same from memory; `name` stands for the file in messages. */
int store_load_text(const char *name, const char *text, size_t size, struct stored **ret_stored,
    struct diag *diag) PCONC_CHECKED;
void store_free(struct stored *stored); /* NULL is fine */

struct store_difference {
    const char *path;         /* "cases[2].summary.time_ns" */
    const char *said, *found; /* in the file; from its samples */
};

/* Whether the figures of a file follow from its samples. */
struct store_verification {
    size_t compared, differing; /* values */
    bool exact;                 /* compared bit for bit; false: within a relative STORE_TOLERANCE */
    const char *other; /* why not exact: another build or machine, whose last bits may differ, wrote
                          the file: "pconc 0.2.0, compiler clang 14.0.6"; NULL: exact */
    struct store_difference *differences; /* the first STORE_DIFFERENCES_MAX */
};

#define STORE_TOLERANCE 1e-12
#define STORE_DIFFERENCES_MAX 20

/* Compares each figure in the file with what the samples give. Texts live in the arena of `stored`.
 * -ENOMEM is the only error. */
int store_verify(struct stored *stored, struct store_verification *ret_verification,
    struct diag *diag) PCONC_CHECKED;

#endif
