/* SPDX-License-Identifier: MIT */
#include "bench_options.h"
#include "bench_plan.h"
#include "cmd.h"
#include "progress.h"
#include "session.h"
#include "summary.h"
#include "terminal.h"

#include <signal.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Where the results go. Of --output=FILE: there in their format, and as a table on standard output,
 * so that the one who waited for them can read them. */
struct destination {
    struct outfile *file; /* NULL: standard output alone */
    const struct report_format *file_format;
    const struct report_format *stdout_format; /* NULL: nothing is printed */
    sigset_t mask;                             /* signals that were blocked before it was open */
};

static const struct report_format *format_of_name(const char *path) {
    static const char *const endings[][2] = {
        {".json", "json"}, {".csv", "csv"}, {".md", "markdown"}};
    const char *ending = strrchr(path, '.');

    for (size_t i = 0; ending && i < sizeof(endings) / sizeof(endings[0]); i++)
        if (strcmp(ending, endings[i][0]) == 0)
            return report_format_find(endings[i][1]);
    return NULL;
}

static bool same_file(int a, int b) {
    struct stat a_stat, b_stat;

    return fstat(a, &a_stat) == 0 && fstat(b, &b_stat) == 0 && a_stat.st_dev == b_stat.st_dev
        && a_stat.st_ino == b_stat.st_ino;
}

/* A file that is still being written would be left behind by a signal that ends the program: they
 * wait until it is done. Not for a pipe, whose reader may never come. */
static void hold_signals(struct destination *to) {
    sigset_t endings;
    struct stat status;

    sigemptyset(&endings);
    if (to->file && fstat(fileno(outfile_stream(to->file)), &status) == 0
        && S_ISREG(status.st_mode)) {
        sigaddset(&endings, SIGINT);
        sigaddset(&endings, SIGTERM);
        sigaddset(&endings, SIGHUP);
    }
    sigprocmask(SIG_BLOCK, &endings, &to->mask);
}

/* Opens everything before the work, so that hours of measuring are not lost to a typing error. */
static int destination_open(
    const struct bench_options *options, struct destination *ret_to, struct diag *diag) {
    const struct report_format *table = report_format_find("table");
    struct destination to = {.stdout_format = options->format ? options->format : table};

    if (options->output && strcmp(options->output, "-") != 0) {
        int r = outfile_open(options->output, &to.file, diag);
        if (r < 0)
            return r;
        to.file_format = options->format ? options->format : format_of_name(options->output);
        if (!to.file_format)
            to.file_format = table;
        to.stdout_format = table;
        if (options->quiet || same_file(fileno(outfile_stream(to.file)), STDOUT_FILENO))
            to.stdout_format = NULL;
    }
    hold_signals(&to);
    *ret_to = to;
    return 0;
}

static int write_file(
    struct destination *to, const struct session *session, const struct session_summary *summary) {
    const struct report_style style = {0};
    struct outfile *file = to->file;
    struct diag diag = {0};
    int r;

    to->file = NULL;
    r = to->file_format->emit(outfile_stream(file), session, summary, &style, &diag);
    if (r < 0)
        outfile_abandon(file);
    else
        r = outfile_commit(file, &diag);
    sigprocmask(SIG_SETMASK, &to->mask, NULL);
    return r < 0 ? complain(EXIT_FAILED, "%s", diag.text) : 0;
}

static int write_stdout(const struct destination *to, const struct bench_options *options,
    const struct session *session, const struct session_summary *summary) {
    struct report_style style = {
        .width = terminal_width(STDOUT_FILENO),
        .color = options->color == COLOR_ALWAYS
            || (options->color == COLOR_AUTO && terminal_wants_color(STDOUT_FILENO)),
    };
    struct diag diag = {0};
    int r = to->stdout_format->emit(stdout, session, summary, &style, &diag);

    return r < 0 ? complain(EXIT_FAILED, "%s", diag.text) : 0;
}

/* Formats for people end in the warnings; of the others people are told on standard error. */
static void note_warnings(
    const struct report_format *format, const struct session_summary *summary) {
    if (format && (strcmp(format->name, "table") == 0 || strcmp(format->name, "markdown") == 0))
        return;
    for (size_t i = 0; i < summary->warning_count; i++)
        complain(0, "warning: %s", summary->warnings[i]);
}

static int complain_failures(const struct plan *plan, const struct session_summary *summary) {
    const struct bench_case *first = NULL;
    const char *why = NULL;
    size_t failed = 0;

    for (size_t i = 0; i < plan->case_count; i++) {
        if (plan->cases[i].impossible
            || (summary->cases[i].failed == 0 && summary->cases[i].valid > 0))
            continue;
        failed++;
        if (!why) {
            first = &plan->cases[i];
            why = summary->cases[i].first_failure;
        }
    }
    if (!first)
        return EXIT_FAILED;
    if (!why)
        why = "it was not measured";
    if (failed == 1)
        return complain(EXIT_FAILED, "'%s' failed: %s", first->id, why);
    return complain(EXIT_FAILED, "%zu of %zu cases failed, the first of them '%s': %s", failed,
        plan->case_count, first->id, why);
}

static bool anything_measured(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++)
        if (session->results[i].sample_count > 0)
            return true;
    return false;
}

static int finish(
    struct destination *to, const struct bench_options *options, const struct session *session) {
    const struct plan *plan = session->plan;
    struct session_summary *summary;
    int code = EXIT_FINE;

    if (!anything_measured(session))
        return session->interrupted_by ? complain(EXIT_SIGNAL + session->interrupted_by,
                   "interrupted before anything was measured; run it again")
                                       : complain(EXIT_FAILED, "nothing was measured");
    summary = summarize(session);
    if (to->file)
        code = write_file(to, session, summary);
    if (to->stdout_format && write_stdout(to, options, session, summary) != 0)
        code = EXIT_FAILED;
    /* Now, so that what is said on standard error stands behind the results in a common log. */
    if (stdout_finish() != 0)
        code = EXIT_FAILED;
    else if (!options->quiet)
        note_warnings(to->stdout_format, summary);
    if (session->interrupted_by) {
        if (!options->quiet)
            complain(0,
                "interrupted after %d of %d rounds; the results are of what was measured until "
                "then",
                session->rounds_done, plan->rounds);
        if (code == EXIT_FINE)
            code = EXIT_SIGNAL + session->interrupted_by;
    } else if (summary->any_failed) {
        code = complain_failures(plan, summary);
    }
    session_summary_free(summary);
    return code;
}

static int measure(const struct bench_options *options, const struct plan *plan) {
    struct progress_line line = {0};
    struct session_options watched = {.progress = progress_show, .context = &line};
    struct session_options unwatched = {0};
    bool watch = !options->quiet && terminal_is_capable(STDERR_FILENO);
    struct destination to = {0};
    struct session *session;
    struct diag diag = {0};
    int code;

    if (destination_open(options, &to, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    code = to.stdout_format ? stdout_check() : 0;
    if (code == 0) {
        int r = session_run(plan, watch ? &watched : &unwatched, &session, &diag);
        progress_erase(&line);
        if (r < 0) {
            code = complain(EXIT_FAILED, "%s", diag.text);
        } else {
            code = finish(&to, options, session);
            session_free(session);
        }
    }
    outfile_abandon(to.file);
    return code;
}

int bench_run(int argc, char **argv) {
    struct bench_options options;
    struct plan *plan = NULL;
    struct diag diag = {0};
    int parsed = bench_options_parse(argc, argv, &options);
    int code = EXIT_FINE;

    if (parsed != OPTIONS_DONE)
        code = options_exit(parsed);
    else if (bench_plan_make(&options, &plan, &diag) < 0)
        code = complain(EXIT_USAGE, "%s", diag.text);
    else if (options.dry_run)
        bench_plan_print(stdout, plan);
    else
        code = measure(&options, plan);
    plan_free(plan);
    bench_options_release(&options);
    return code;
}
