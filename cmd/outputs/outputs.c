/* SPDX-License-Identifier: MIT */
#include "outputs.h"

#include "streams.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

static const struct report_format *format_of_name(const char *path) {
    const char *ending = strrchr(path, '.');

    for (size_t i = 0; ending && report_formats[i]; i++)
        if (report_formats[i]->ending && strcmp(ending, report_formats[i]->ending) == 0)
            return report_formats[i];
    return NULL;
}

static const struct report_format *format_of_file(
    const struct output_options *options, size_t index) {
    const struct report_format *by_name = format_of_name(options->files[index].path);

    if (options->files[index].save)
        return report_format_find("json");
    if (options->format)
        return options->format;
    return by_name ? by_name : report_format_find("table");
}

static bool same_file(int a, int b) {
    struct stat a_stat, b_stat;

    return fstat(a, &a_stat) == 0 && fstat(b, &b_stat) == 0 && a_stat.st_dev == b_stat.st_dev
        && a_stat.st_ino == b_stat.st_ino;
}

/* A signal that ends the program would leave a half-written file. Such signals wait until it is
 * complete. */
static void hold_signals(void) {
    sigset_t endings;

    sigemptyset(&endings);
    sigaddset(&endings, SIGINT);
    sigaddset(&endings, SIGTERM);
    sigaddset(&endings, SIGHUP);
    sigprocmask(SIG_BLOCK, &endings, NULL);
}

/* Opens either the files that are to be made, or those that exist and are not regular. The latter
 * come first: opening a pipe waits for a reader, perhaps for ever. */
static int open_files(struct outputs *outputs, bool made, struct diag *diag) {
    const struct output_options *options = outputs->options;
    struct stat status;

    for (size_t i = 0; i < options->file_count; i++) {
        const char *path = options->files[i].path;
        bool there = stat(path, &status) == 0 && !S_ISREG(status.st_mode);
        if (outputs->files[i] || (!made && !there))
            continue;
        if (made)
            hold_signals();
        int code = outfile_open(path, &outputs->files[i], diag);
        if (code < 0)
            return code;
    }
    return 0;
}

static const struct report_format *choose_stdout(const struct outputs *outputs) {
    const struct output_options *options = outputs->options;
    const struct report_format *table = report_format_find("table");
    bool elsewhere = false;

    for (size_t i = 0; i < options->file_count; i++) {
        elsewhere = elsewhere || !options->files[i].save;
        if (same_file(fileno(outfile_stream(outputs->files[i])), STDOUT_FILENO))
            return NULL;
    }
    if (elsewhere && !options->dash)
        return options->quiet ? NULL : table;
    return options->format ? options->format : table;
}

int outputs_open(
    const struct output_options *options, struct outputs *ret_outputs, struct diag *diag) {
    struct outputs outputs = {.options = options};
    int code;

    sigprocmask(SIG_BLOCK, NULL, &outputs.mask);
    code = open_files(&outputs, false, diag);
    if (code == 0)
        code = open_files(&outputs, true, diag);
    if (code < 0) {
        outputs_close(&outputs);
        return code;
    }
    outputs.stdout_format = choose_stdout(&outputs);
    *ret_outputs = outputs;
    return 0;
}

static enum report_plot choose_plot(
    const struct output_options *options, const struct report_format *format, bool terminal) {
    if (options->plot == WHEN_ALWAYS)
        return PLOT_ALWAYS;
    if (options->plot == WHEN_AUTO && (terminal || format->plots_in_files))
        return PLOT_IF_ROOM;
    return PLOT_NEVER;
}

static int write_file(struct outputs *outputs, size_t index, const struct session *session,
    const struct session_summary *summary) {
    const struct report_format *format = format_of_file(outputs->options, index);
    const struct report_style style = {.plot = choose_plot(outputs->options, format, false)};
    struct outfile *file = outputs->files[index];
    struct diag diag = {0};
    int code = report_print(outfile_stream(file), format, session, summary, &style, &diag);

    outputs->files[index] = NULL;
    if (code < 0)
        outfile_abandon(file);
    else
        code = outfile_commit(file, &diag);
    return code < 0 ? complain(EXIT_FAILED, "%s", diag.text) : EXIT_FINE;
}

static int write_stdout(const struct outputs *outputs, const struct session *session,
    const struct session_summary *summary) {
    const struct report_format *format = outputs->stdout_format;
    int color = outputs->options->color;
    struct report_style style = {
        .width = terminal_width(STDOUT_FILENO),
        .color =
            color == WHEN_ALWAYS || (color == WHEN_AUTO && terminal_wants_color(STDOUT_FILENO)),
        .plot = choose_plot(outputs->options, format, isatty(STDOUT_FILENO)),
    };
    struct diag diag = {0};
    int code = report_print(stdout, format, session, summary, &style, &diag);

    return code < 0 ? complain(EXIT_FAILED, "%s", diag.text) : EXIT_FINE;
}

int outputs_measuring(struct outputs *outputs) {
    unsigned char noise[(sizeof(outputs->word) - 1) / 2];

    if (!outputs->stdout_format || !outputs->stdout_format->is_commands)
        return EXIT_FINE;
    if (getrandom(noise, sizeof(noise), 0) != sizeof(noise))
        return complain(EXIT_FAILED, "the system gave no random numbers; use another --format");
    for (size_t i = 0; i < sizeof(noise); i++)
        (void)snprintf(&outputs->word[2 * i], 3, "%02x", noise[i]);
    printf("::stop-commands::%s\n", outputs->word);
    (void)fflush(stdout); /* the caller finds a failed write when it ends standard output */
    return EXIT_FINE;
}

static void obey_again(struct outputs *outputs) {
    if (outputs->word[0])
        printf("::%s::\n", outputs->word);
    outputs->word[0] = '\0';
}

int outputs_write(
    struct outputs *outputs, const struct session *session, const struct session_summary *summary) {
    int code = EXIT_FINE;

    for (size_t i = 0; i < outputs->options->file_count; i++)
        if (write_file(outputs, i, session, summary) != EXIT_FINE)
            code = EXIT_FAILED;
    if (outputs->options->file_count > 0)
        sigprocmask(SIG_SETMASK, &outputs->mask, NULL);
    obey_again(outputs);
    if (outputs->stdout_format && write_stdout(outputs, session, summary) != EXIT_FINE)
        code = EXIT_FAILED;
    return code;
}

void outputs_close(struct outputs *outputs) {
    obey_again(outputs);
    for (size_t i = 0; i < OUTPUTS_MAX; i++)
        outfile_abandon(outputs->files[i]);
}
