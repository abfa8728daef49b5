/* SPDX-License-Identifier: MIT */
#include "outputs.h"

#include "cmd.h"
#include "terminal.h"
#include "words.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int complain_word(const char *option, const char *what, const char *word,
    const char *const *names, size_t count) {
    struct diag diag = {0};

    unknown_word(&diag, (struct origin){.file = option}, what, word, names, count);
    return complain(OPTIONS_COMPLAINED, "%s", diag.text);
}

int output_set_format(struct output_options *options, const char *name) {
    const char *names[16];
    size_t count = 0;

    options->format = report_format_find(name);
    if (options->format)
        return 0;
    for (; count < 16 && report_formats[count]; count++)
        names[count] = report_formats[count]->name;
    return complain_word("--format", "unknown format", name, names, count);
}

int output_set_color(struct output_options *options, const char *when) {
    static const char *const names[] = {
        [COLOR_AUTO] = "auto", [COLOR_ALWAYS] = "always", [COLOR_NEVER] = "never"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        if (strcmp(names[i], when) == 0) {
            options->color = (enum color_when)i;
            return 0;
        }
    }
    return complain_word("--color", "unknown value", when, names, 3);
}

static int add_file(
    struct output_options *options, const char *option, const char *path, bool save) {
    if (!*path)
        return complain(OPTIONS_COMPLAINED, "%s: the name is empty; write %s=FILE", option, option);
    for (size_t i = 0; i < options->file_count; i++)
        if (strcmp(options->files[i].path, path) == 0)
            return complain(OPTIONS_COMPLAINED, "%s: '%s' would be written twice; use two names",
                option, shown(path).text);
    if (options->file_count == OUTPUTS_MAX)
        return complain(
            OPTIONS_COMPLAINED, "%s: more than %d files; leave some out", option, OUTPUTS_MAX);
    options->files[options->file_count].path = path;
    options->files[options->file_count++].save = save;
    return 0;
}

int output_add(struct output_options *options, const char *path) {
    if (strcmp(path, "-") != 0)
        return add_file(options, "--output", path, false);
    options->dash = true;
    return 0;
}

int output_add_save(struct output_options *options, const char *path) {
    if (strcmp(path, "-") == 0)
        return complain(OPTIONS_COMPLAINED,
            "--save: '-' is not a file; write --save=FILE, or --format=json for standard output");
    return add_file(options, "--save", path, true);
}

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

/* A file that is still being written might be left behind by a signal that ends the program: they
 * wait until it is done. */
static void hold_signals(void) {
    sigset_t endings;

    sigemptyset(&endings);
    sigaddset(&endings, SIGINT);
    sigaddset(&endings, SIGTERM);
    sigaddset(&endings, SIGHUP);
    sigprocmask(SIG_BLOCK, &endings, NULL);
}

/* Opens the files that are to be made, or else what is there to be written into: a pipe waits for
 * its reader, who may never come. */
static int open_files(
    const struct output_options *options, bool made, struct outputs *outputs, struct diag *diag) {
    struct stat status;

    for (size_t i = 0; i < options->file_count; i++) {
        const char *path = options->files[i].path;
        bool there = stat(path, &status) == 0 && !S_ISREG(status.st_mode);
        if (outputs->files[i].file || (!made && !there))
            continue;
        if (made)
            hold_signals();
        int code = outfile_open(path, &outputs->files[i].file, diag);
        if (code < 0)
            return code;
        outputs->files[i].format = format_of_file(options, i);
    }
    return 0;
}

static const struct report_format *choose_stdout(
    const struct output_options *options, const struct outputs *outputs) {
    const struct report_format *table = report_format_find("table");
    bool elsewhere = false;

    for (size_t i = 0; i < outputs->file_count; i++) {
        elsewhere = elsewhere || !options->files[i].save;
        if (same_file(fileno(outfile_stream(outputs->files[i].file)), STDOUT_FILENO))
            return NULL;
    }
    if (elsewhere && !options->dash)
        return options->quiet ? NULL : table;
    return options->format ? options->format : table;
}

int outputs_open(
    const struct output_options *options, struct outputs *ret_outputs, struct diag *diag) {
    struct outputs outputs = {.color = options->color, .file_count = options->file_count};
    int code;

    sigprocmask(SIG_BLOCK, NULL, &outputs.mask);
    code = open_files(options, false, &outputs, diag);
    if (code == 0)
        code = open_files(options, true, &outputs, diag);
    if (code < 0) {
        outputs_close(&outputs);
        return code;
    }
    outputs.stdout_format = choose_stdout(options, &outputs);
    *ret_outputs = outputs;
    return 0;
}

static int write_file(struct outputs *outputs, size_t index, const struct session *session,
    const struct session_summary *summary) {
    const struct report_style style = {0};
    struct outfile *file = outputs->files[index].file;
    struct diag diag = {0};
    int code;

    outputs->files[index].file = NULL;
    code = report_print(
        outfile_stream(file), outputs->files[index].format, session, summary, &style, &diag);
    if (code < 0)
        outfile_abandon(file);
    else
        code = outfile_commit(file, &diag);
    return code < 0 ? complain(EXIT_FAILED, "%s", diag.text) : EXIT_FINE;
}

static int write_stdout(const struct outputs *outputs, const struct session *session,
    const struct session_summary *summary) {
    struct report_style style = {
        .width = terminal_width(STDOUT_FILENO),
        .color = outputs->color == COLOR_ALWAYS
            || (outputs->color == COLOR_AUTO && terminal_wants_color(STDOUT_FILENO)),
    };
    struct diag diag = {0};
    int code = report_print(stdout, outputs->stdout_format, session, summary, &style, &diag);

    return code < 0 ? complain(EXIT_FAILED, "%s", diag.text) : EXIT_FINE;
}

int outputs_write(
    struct outputs *outputs, const struct session *session, const struct session_summary *summary) {
    int code = EXIT_FINE;

    for (size_t i = 0; i < outputs->file_count; i++)
        if (write_file(outputs, i, session, summary) != EXIT_FINE)
            code = EXIT_FAILED;
    if (outputs->file_count > 0)
        sigprocmask(SIG_SETMASK, &outputs->mask, NULL);
    if (outputs->stdout_format && write_stdout(outputs, session, summary) != EXIT_FINE)
        code = EXIT_FAILED;
    return code;
}

void outputs_close(struct outputs *outputs) {
    for (size_t i = 0; i < OUTPUTS_MAX; i++)
        outfile_abandon(outputs->files[i].file);
}
