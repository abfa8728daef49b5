/* SPDX-License-Identifier: MIT */
#ifndef CMD_SAVED_H
#define CMD_SAVED_H

#include "compare.h"
#include "options.h"
#include "store.h"

/* Saved sessions that are compared: by `pconc compare` with each other, by `bench --baseline` with
 * the session that is measured. */
struct saved {
    struct arena *arena; /* owns what follows, and the verdict */
    struct stored **stored;
    size_t count;                    /* of stored */
    const struct session **sessions; /* theirs, and room for one more */
    const char **names;              /* of their files, likewise */
    struct compared compared;        /* all of them, by the options */
};

/* Reads the files, those of the base first. EXIT_FINE, or EXIT_USAGE after a complaint. Release it
 * whatever this returned. */
int saved_load(const struct options *options, const struct spec_list *files, size_t base_count,
    struct saved *ret_saved);
/* Adds a session that is not saved. A second call replaces it. */
void saved_add(struct saved *saved, const struct session *session, const char *name);
void saved_release(struct saved *saved);

/* Checks whether the sessions may be compared; with --lenient mismatches are only warned of.
 * EXIT_FINE, or EXIT_USAGE after a complaint. */
int saved_check(const struct options *options, const struct saved *saved);
/* Compares them by the metrics; NULL: by the time. The verdict lives as long as `saved` and its
 * sessions. The same results. */
int saved_judge(const struct options *options, struct saved *saved, const struct metrics *metrics,
    struct gate_verdict **ret_verdict);

/* The exit code of a verdict. */
int verdict_exit(const struct options *options, enum verdict verdict);

#endif
