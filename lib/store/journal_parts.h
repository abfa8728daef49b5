/* SPDX-License-Identifier: MIT */
#ifndef STORE_JOURNAL_PARTS_H
#define STORE_JOURNAL_PARTS_H

#include <jansson.h>

#include "journal.h"

/* For the journal*.c files only. */

/* journal_key.c: the first line: what is measured, by which program, on which machine. NULL with
 * `diag`. */
json_t *journal_key(const struct plan *plan, struct diag *diag);

/* Refuses `found`, the first line of a journal, if it is of something else than `wanted`. Takes
 * over its seed if that of the plan was drawn. */
int journal_check_key(const char *path, const json_t *found, const json_t *wanted,
    struct plan *plan, struct diag *diag) PCONC_CHECKED;

/* journal_read.c: reads all whole lines of the open file, and finds their end. *ret_size: of the
 * file as it was read. */
int journal_read(struct journal *journal, struct plan *plan, const json_t *key, size_t *ret_size,
    struct diag *diag) PCONC_CHECKED;

#endif
