/* SPDX-License-Identifier: MIT */
#ifndef STORE_JOURNAL_H
#define STORE_JOURNAL_H

#include "result.h"

/*
 * The samples of a session while it measures, so that another session can go on after a crash. A
 * file of lines, each a JSON object:
 *
 *   {"journal": 1, "binary": DIGESTS, "result": {...}}    what is measured: a result without
 * samples
 *   {"start": "2026-01-31T12:00:00Z"}                     a session begins, or goes on
 *   {"case": ID, "passes": N, "sample": {...}}            a sample of it
 *
 * Each line is appended with one write and synced. A crash can tear the last line, which is then
 * ignored and removed. Any other line that is not as it was written is refused.
 *
 * A session may go on only with the same plan, seed, program and plug-ins on the same machine.
 */
struct journal {
    const struct plan *plan; /* borrowed */
    struct arena *arena;     /* owns what follows */
    const char *path;
    int fd;                      /* locked against other programs */
    int64_t end;                 /* bytes of whole lines */
    struct case_result *results; /* of each case: samples of earlier sessions, and passes */
    int64_t *passes;             /* of each case; 0: it has no sample yet */
    const char **starts;         /* of all sessions, this one as the last */
    size_t start_count, start_room;
};

/* Opens the journal at `path`, or begins it, and begins a session in it. A `plan` whose seed was
 * drawn gets that of the journal. -EINVAL with a sentence if it is of something else or damaged;
 * -EBUSY: another program has it. */
int journal_open(const char *path, struct plan *plan, struct journal **ret_journal,
    struct diag *diag) PCONC_CHECKED;

/* Whether a sample was measured before this session. */
bool journal_has_samples(const struct journal *journal);

/* Appends a sample. On an error (disk full) the file keeps its whole lines. */
int journal_add(struct journal *journal, size_t index, int64_t passes, const struct sample *sample,
    struct diag *diag) PCONC_CHECKED;

/* Closes the file; with `remove` it is removed. NULL is fine. */
void journal_close(struct journal *journal, bool remove);

#endif
