/* SPDX-License-Identifier: MIT */
#ifndef CMD_OUTPUTS_H
#define CMD_OUTPUTS_H

#include "outfile.h"
#include "report.h"

#include <signal.h>

/* Where results go: the options about it that commands share, and the doing. */

enum color_when { COLOR_AUTO, COLOR_ALWAYS, COLOR_NEVER };

#define OUTPUTS_MAX 16

struct output_options {
    const struct report_format *format; /* NULL: not given */
    struct {
        const char *path;
        bool save; /* JSON whatever --format says, and standard output is left as it is */
    } files[OUTPUTS_MAX];
    size_t file_count;
    bool dash; /* --output=-: standard output has been asked for */
    bool quiet;
    enum color_when color;
};

/* Take the value of an option. 0, or OPTIONS_COMPLAINED after a complaint. */
int output_set_format(struct output_options *options, const char *name);
int output_set_color(struct output_options *options, const char *when);
int output_add(struct output_options *options, const char *path);      /* --output */
int output_add_save(struct output_options *options, const char *path); /* --save */

/* What they open. Of --output=FILE: there in its format, and as a table on standard output, so that
 * the one who waited for the results can read them. */
struct outputs {
    struct {
        struct outfile *file;
        const struct report_format *format;
    } files[OUTPUTS_MAX];
    size_t file_count;
    const struct report_format *stdout_format; /* NULL: nothing is printed */
    enum color_when color;
    sigset_t mask; /* signals that were blocked before the files were open */
};

/* Opens everything before the work, so that hours of measuring are not lost to a typing error. From
 * here on signals that end the program wait until the files are whole. outputs_close() it. */
int outputs_open(const struct output_options *options, struct outputs *ret_outputs,
    struct diag *diag) PCONC_CHECKED;

/* Writes files, then standard output, which it does not end. EXIT_FINE, or EXIT_FAILED after a
 * complaint about each that could not be written. */
int outputs_write(
    struct outputs *outputs, const struct session *session, const struct session_summary *summary);

/* What is still open leaves nothing behind. */
void outputs_close(struct outputs *outputs);

#endif
