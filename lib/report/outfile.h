/* SPDX-License-Identifier: MIT */
#ifndef REPORT_OUTFILE_H
#define REPORT_OUTFILE_H

#include <pconc/diag.h>

#include <stdio.h>

/*
 * A file that appears complete or not at all. It is written without a name (where the file system
 * cannot do that: under a temporary name in the same folder). outfile_commit syncs it, names it and
 * renames it over the old one. What is no regular file (/dev/stdout, a FIFO) is written in place.
 */
struct outfile;

int outfile_open(const char *path, struct outfile **ret_file, struct diag *diag) PCONC_CHECKED;
FILE *outfile_stream(struct outfile *file);
/* Frees `file`. On an error (disk full) the temporary file is removed; the old one is unchanged. */
int outfile_commit(struct outfile *file, struct diag *diag) PCONC_CHECKED;
/* Frees `file` and removes the temporary file. NULL is fine. */
void outfile_abandon(struct outfile *file);

#endif
