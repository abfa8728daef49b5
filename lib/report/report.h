/* SPDX-License-Identifier: MIT */
#ifndef REPORT_REPORT_H
#define REPORT_REPORT_H

#include <stdio.h>

#include "summary.h"

/* Prints a finished session; one emitter per format, each in a file of its own. */

struct report_style {
    int width;  /* columns to fit; 0: no limit */
    bool color; /* escape sequences allowed */
};

struct report_format {
    const char *name; /* "table" */
    /* Writes everything to `out`. A failed write is found by the caller with ferror(); the code is
     * for what cannot be printed at all (-ENOMEM). */
    int (*emit)(FILE *out, const struct session *session, const struct session_summary *summary,
        const struct report_style *style, struct diag *diag);
};

/* table json csv markdown junit, ended by a name of NULL. */
extern const struct report_format report_formats[];
const struct report_format *report_format_find(const char *name); /* NULL: there is none */

/*
 * A file that is there whole or not at all: written without a name (where the file system has no
 * such files, under a temporary one in the same folder), fsynced, named and renamed over the old
 * one by outfile_commit. A path that names something other than a regular file (/dev/stdout, a
 * FIFO) is opened and written as it is.
 */
struct outfile;

int outfile_open(const char *path, struct outfile **ret_file, struct diag *diag) PCONC_CHECKED;
FILE *outfile_stream(struct outfile *file);
/* Takes `file`. On any error (disk full) the temporary file is gone and the old one untouched. */
int outfile_commit(struct outfile *file, struct diag *diag) PCONC_CHECKED;
void outfile_abandon(struct outfile *file); /* takes it, leaves nothing; NULL is fine */

#endif
