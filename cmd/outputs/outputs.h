/* SPDX-License-Identifier: MIT */
#ifndef CMD_OUTPUTS_H
#define CMD_OUTPUTS_H

#include "outfile.h"
#include "report.h"

#include <signal.h>

/* The places that results are written to. */

/* The words of --color and --plot. */
enum when { WHEN_AUTO, WHEN_ALWAYS, WHEN_NEVER };

#define OUTPUTS_MAX 16

struct output_options {
    const struct report_format *format; /* NULL: not given */
    struct {
        const char *path;
        bool save; /* of --save: JSON, whatever --format says; standard output does not change */
    } files[OUTPUTS_MAX];
    size_t file_count;
    bool dash; /* --output=- was given: standard output */
    bool quiet;
    int color, plot; /* enum when */
};

/* The opened outputs. */
struct outputs {
    const struct output_options *options;
    struct outfile *files[OUTPUTS_MAX];        /* as in the options; NULL: not open */
    const struct report_format *stdout_format; /* NULL: nothing is printed there */
    char word[33]; /* ends the time in which the reader obeys no lines; "": it obeys them */
    sigset_t mask; /* signals that were blocked before the files were open */
};

/* Opens everything before the work, so that hours of measuring are not lost to a typing error. From
 * here on signals that end the program wait until the files are whole. Borrows the options until
 * outputs_close(). */
int outputs_open(const struct output_options *options, struct outputs *ret_outputs,
    struct diag *diag) PCONC_CHECKED;

/* Measuring begins. If the format of standard output is commands, its reader is asked to obey none
 * until outputs_write or outputs_close names a random word: measured programs cannot know it.
 * EXIT_FINE, or EXIT_FAILED after a complaint. */
int outputs_measuring(struct outputs *outputs) PCONC_CHECKED;

/* Writes the files, then standard output, which it does not end. EXIT_FINE, or EXIT_FAILED after a
 * complaint about each that could not be written. */
int outputs_write(
    struct outputs *outputs, const struct session *session, const struct session_summary *summary);

/* Removes the files that were not written. */
void outputs_close(struct outputs *outputs);

#endif
