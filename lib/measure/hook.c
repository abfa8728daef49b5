/* SPDX-License-Identifier: MIT */
#include "hook.h"

#include <pconc/command.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "last_lines.h"
#include "process.h"
#include "units.h"
#include "words.h"

/* ": LINES" of what a memory file ends with, or "". */
static const char *written(int fd, struct arena *arena) {
    char text[COMMAND_OUTPUT_MAX];
    struct stat status;
    off_t size = fstat(fd, &status) == 0 ? status.st_size : 0;
    off_t from = size > (off_t)sizeof(text) ? size - (off_t)sizeof(text) : 0;
    ssize_t got = pread(fd, text, sizeof(text), from);
    const char *lines = last_lines(arena, text, got > 0 ? (size_t)got : 0);
    return *lines ? arena_message(arena, ": %s", lines) : "";
}

/* Copies a memory file to standard error. */
static void show(int fd) {
    char text[4096];
    ssize_t got;
    for (off_t at = 0; (got = pread(fd, text, sizeof(text), at)) > 0; at += got) {
        ssize_t put = write(STDERR_FILENO, text, (size_t)got);
        (void)put; /* then it is not shown */
    }
}

static const char *explain(const struct sample_order *order, const struct process_result *result,
    int stderr_fd, struct arena *arena) {
    char timeout[32];
    if (result->end == PROCESS_TIMED_OUT) {
        format_duration(order->plan->timeout_ns, timeout, sizeof(timeout));
        return arena_message(arena,
            "had not ended after %s and was killed; raise --timeout if it takes longer", timeout);
    }
    if (WIFSIGNALED(result->status))
        return arena_message(arena, "was killed by signal %d (%s)%s", WTERMSIG(result->status),
            strsignal(WTERMSIG(result->status)), written(stderr_fd, arena));
    if (WEXITSTATUS(result->status) != 0)
        return arena_message(arena, "exited with status %d%s", WEXITSTATUS(result->status),
            written(stderr_fd, arena));
    return NULL;
}

static int run_words(const struct sample_order *order, char *const *words, struct arena *arena,
    const char **ret_why) {
    const struct process_wait wait = {.timeout_ns = order->plan->timeout_ns,
        .signal_fd = order->signal_fd,
        .tick = order->tick,
        .context = order->context};
    struct process_result result;
    struct diag diag = {0};
    bool shows = order->plan->show_output;
    pid_t pid = -1;
    int stderr_fd = memfd_create("pconc-hook", MFD_CLOEXEC);
    const struct process_program program = {
        .file = words[0], .argv = words, .output = shows ? STDERR_FILENO : -1, .errors = stderr_fd};
    int code = stderr_fd < 0 ? -errno : process_spawn(&program, &pid);
    int signal = 0;

    if (code < 0)
        *ret_why = arena_message(arena, "cannot be started: %s", strerror(-code));
    else if (process_await(pid, &wait, &result, &diag) < 0)
        *ret_why = arena_message(arena, "%s", diag.text);
    else if (result.end == PROCESS_INTERRUPTED)
        signal = result.signal;
    else
        *ret_why = explain(order, &result, stderr_fd, arena);
    if (stderr_fd >= 0 && shows)
        show(stderr_fd);
    if (stderr_fd >= 0)
        close(stderr_fd);
    return signal;
}

int hook_run(const struct sample_order *order, const char *key, const char *command,
    struct arena *arena, const char **ret_failure) {
    struct diag diag = {0};
    const char *why = NULL;
    char **words = NULL;
    int signal = 0;

    if (command_split(command, &words, &diag) < 0)
        why = arena_message(arena, "%s", diag.text);
    else
        signal = run_words(order, words, arena, &why);
    free(words);
    *ret_failure = why ? arena_message(arena, "%s '%s' %s", key, shown(command).text, why) : NULL;
    return signal;
}
