/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <spawn.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pconc/command.h>
#include <pconc/partner.h>

#define NUMBER "{i}"
#define NUMBER_SIZE 24 /* room for any job's number */

/* Bytes of a command that a message shows. */
#define SHOWN 60

enum { COMMAND, SHELL, STATUS, OUTPUT };

static const struct param exec_params[] = {
    [COMMAND] = {.name = "command",
        .type = PARAM_TEXT,
        .default_text = "true",
        .help =
            "the program and its arguments, quoted as in a shell; {i} is the job's number, from 0"},
    [SHELL] = {.name = "shell",
        .type = PARAM_BOOL,
        .default_text = "false",
        .help = "run the command with sh -c, so that each job starts a shell too"},
    [STATUS] = {.name = "status",
        .type = PARAM_COUNT,
        .default_text = "0",
        .min = 0,
        .max = 255,
        .help = "the exit status that every command must have"},
    [OUTPUT] = {.name = "output",
        .type = PARAM_TEXT,
        .default_text = "",
        .help =
            "what every command prints, {i} as above; a last newline is ignored; empty: anything"},
    {.name = NULL},
};

struct exec_state {
    char **words;       /* with {i} as written */
    const char *output; /* expected, with {i} as written; NULL: not compared. Borrowed */
    int status;         /* expected */
    int null_fd;
};

/* Of one job, or of several jobs. */
struct exec_result {
    int64_t jobs;
    uint64_t index_sum;
};

static void exec_teardown(void *context) {
    struct exec_state *state = context;
    free(state->words);
    if (state->null_fd >= 0)
        close(state->null_fd);
    free(state);
}

/* sh -c command, in one piece of memory, as command_split would make it. */
static int shell_words(const char *command, char ***ret_words, struct diag *diag) {
    size_t size = strlen(command) + 1, most = 4;
    char **words = calloc(1, most * sizeof(*words) + sizeof("sh") + sizeof("-c") + size);
    if (!words)
        return diag_no_memory(diag, "a command");
    words[0] = memcpy(words + most, "sh", sizeof("sh"));
    words[1] = memcpy(words[0] + sizeof("sh"), "-c", sizeof("-c"));
    words[2] = memcpy(words[1] + sizeof("-c"), command, size);
    *ret_words = words;
    return 0;
}

static int make_words(const struct workload_input *in, char ***ret_words, struct diag *diag) {
    const char *command = in->params[COMMAND].text;
    if (in->params[SHELL].number)
        return shell_words(command, ret_words, diag);
    int code = command_split(command, ret_words, diag);
    if (code < 0)
        diag_prefix(diag, "command '%.*s'", SHOWN, command);
    return code;
}

static int exec_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct exec_state *state = calloc(1, sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a command");
    partner_raise_open_files(); /* each program needs two */
    state->status = (int)in->params[STATUS].number;
    state->output = *in->params[OUTPUT].text ? in->params[OUTPUT].text : NULL;
    state->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int code = state->null_fd < 0
        ? diag_set(diag, -errno, "cannot open /dev/null: %s", strerrordesc_np(errno))
        : make_words(in, &state->words, diag);
    if (code < 0)
        exec_teardown(state);
    else
        *ret_state = state;
    return code;
}

static size_t count_numbers(const char *text) {
    size_t count = 0;
    while ((text = strstr(text, NUMBER))) {
        count++;
        text += strlen(NUMBER);
    }
    return count;
}

/* Copies `text` with each {i} replaced. Returns the byte after the copy. */
static char *copy_numbered(char *to, const char *text, const char *number) {
    for (const char *at; (at = strstr(text, NUMBER)); text = at + strlen(NUMBER)) {
        to = mempcpy(to, text, (size_t)(at - text));
        to = stpcpy(to, number);
    }
    return stpcpy(to, text) + 1;
}

/* The words of job i, and behind them its expected output, in one piece of memory. NULL: out of
 * memory. */
static char **number_words(const struct exec_state *state, int64_t i, const char **ret_output) {
    size_t count = 0, size = 0;
    char number[NUMBER_SIZE];
    snprintf(number, sizeof(number), "%" PRId64, i);
    do /* there is at least one */
        size += strlen(state->words[count]) + 1 + NUMBER_SIZE * count_numbers(state->words[count]);
    while (state->words[++count]);
    if (state->output)
        size += strlen(state->output) + 1 + NUMBER_SIZE * count_numbers(state->output);
    char **words = malloc((count + 1) * sizeof(*words) + size);
    if (!words)
        return NULL;
    char *to = (char *)(words + count + 1);
    for (size_t w = 0; w < count; w++) {
        words[w] = to;
        to = copy_numbered(to, state->words[w], number);
    }
    words[count] = NULL;
    *ret_output = state->output ? to : NULL;
    if (state->output)
        copy_numbered(to, state->output, number);
    return words;
}

/* How a program ended. */
struct exec_end {
    int status;       /* of waitpid */
    bool as_expected; /* the output is */
};

/* As a shell starts programs. The executor may have blocked or ignored signals in this thread. */
static void reset_signals(posix_spawnattr_t *attributes) {
    sigset_t none, all;
    sigemptyset(&none);
    sigfillset(&all);
    posix_spawnattr_setflags(attributes, POSIX_SPAWN_SETSIGMASK | POSIX_SPAWN_SETSIGDEF);
    posix_spawnattr_setsigmask(attributes, &none);
    posix_spawnattr_setsigdefault(attributes, &all);
}

/* Returns a positive errno, as posix_spawn does. */
static int spawn(char *const *words, int null_fd, int output_fd, pid_t *ret_pid) {
    posix_spawn_file_actions_t actions;
    posix_spawnattr_t attributes;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, null_fd, STDIN_FILENO);
    posix_spawn_file_actions_adddup2(&actions, output_fd, STDOUT_FILENO);
    posix_spawn_file_actions_adddup2(&actions, null_fd, STDERR_FILENO);
    posix_spawnattr_init(&attributes);
    reset_signals(&attributes);
    int error = posix_spawnp(ret_pid, words[0], &actions, &attributes, words, environ);
    posix_spawnattr_destroy(&attributes);
    posix_spawn_file_actions_destroy(&actions);
    return error;
}

/* Whether `size` bytes of output equal those of `expected` from byte `at` on. A newline may follow
 * the last one. */
static bool matches(const char *expected, size_t at, const char *output, size_t size) {
    size_t length = strlen(expected), left = at < length ? length - at : 0;
    size_t common = size < left ? size : left;
    if (common > 0 && memcmp(expected + at, output, common) != 0)
        return false;
    return size == common
        || (size == common + 1 && at + common == length && output[common] == '\n');
}

/* Reads all of the output, even after a difference, so that the program is not stopped by SIGPIPE.
 */
static int compare_output(struct task *task, int fd, const char *expected, bool *ret_same) {
    char output[4096];
    size_t at = 0;
    bool same = true;
    for (;;) {
        ssize_t got = task_read(task, fd, output, sizeof(output));
        if (got < 0)
            return task_fail(
                task, (int)got, "cannot read the output: %s", strerrordesc_np((int)-got));
        if (got == 0)
            break;
        same = same && matches(expected, at, output, (size_t)got);
        at += (size_t)got;
    }
    *ret_same = same && at >= strlen(expected);
    return 0;
}

/* Waits for the end of `pid` and reaps it. */
static int await_end(struct task *task, pid_t pid, struct exec_end *end) {
    int pidfd = pidfd_open(pid, 0);
    int code = pidfd < 0 ? -errno : task_wait_fd(task, pidfd, TASK_READABLE, TASK_FOREVER);
    if (code < 0)
        kill(pid, SIGKILL);
    while (waitpid(pid, &end->status, 0) < 0 && errno == EINTR)
        ;
    if (pidfd >= 0)
        task_close(task, pidfd);
    return code < 0
        ? task_fail(task, code, "cannot wait for the command: %s", strerrordesc_np(-code))
        : 0;
}

/* Starts the program words[0], which is searched in PATH, and waits for its end. Its input and its
 * error output are `null_fd`. Its output is compared with `expected`; a last newline is ignored.
 * NULL: the output goes to `null_fd`. A program that cannot be waited for is killed. 0, or a
 * negative errno after task_fail(). */
static int run_program(struct task *task, char *const *words, int null_fd, const char *expected,
    struct exec_end *end) {
    int fds[2] = {-1, -1};
    pid_t pid;
    if (expected && pipe2(fds, O_CLOEXEC) != 0)
        return task_fail(task, -errno, "cannot make a pipe: %s", strerrordesc_np(errno));
    if (expected) /* only this end: the program expects its end to block */
        fcntl(fds[0], F_SETFL, O_NONBLOCK);
    int error = spawn(words, null_fd, expected ? fds[1] : null_fd, &pid);
    int code = 0;
    if (error)
        code = task_fail(task, -error, "cannot start '%s': %s", words[0], strerrordesc_np(error));
    if (expected) {
        task_close(task, fds[1]);
        if (!error)
            code = compare_output(task, fds[0], expected, &end->as_expected);
        task_close(task, fds[0]); /* before the wait: ends a program that still writes */
    }
    if (!error) {
        int ended = await_end(task, pid, end);
        code = code < 0 ? code : ended;
    }
    return code;
}

/* For messages: the program, or the line for the shell. */
static const char *name_of(const struct exec_state *state) {
    bool shell = strcmp(state->words[0], "sh") == 0 && state->words[1] && state->words[2];
    return shell ? state->words[2] : state->words[0];
}

static int check_end(const struct exec_state *state, const struct exec_end *end, int64_t i,
    const char *output, struct task *task) {
    const char *name = name_of(state);
    if (WIFSIGNALED(end->status))
        return task_fail(task, -ECHILD,
            "command %" PRId64
            " ('%.*s') was killed by signal %d (%s); run it by itself to see why",
            i, SHOWN, name, WTERMSIG(end->status), strsignal(WTERMSIG(end->status)));
    if (WEXITSTATUS(end->status) != state->status)
        return task_fail(task, -ECHILD,
            "command %" PRId64 " ('%.*s') exited with status %d instead of %d; run it by itself to "
            "see why",
            i, SHOWN, name, WEXITSTATUS(end->status), state->status);
    if (!end->as_expected)
        return task_fail(task, -EBADMSG, "command %" PRId64 " ('%.*s') did not print '%.*s'", i,
            SHOWN, name, SHOWN, output);
    return 0;
}

static int exec_job(void *context, int64_t i, struct task *task, void *result) {
    const struct exec_state *state = context;
    const char *output;
    struct exec_end end = {.as_expected = true};
    char **words = number_words(state, i, &output);
    if (!words)
        return task_fail(task, -ENOMEM, "out of memory for a command; free some and run again");
    int code = run_program(task, words, state->null_fd, output, &end);
    if (code == 0)
        code = check_end(state, &end, i, output, task);
    free(words);
    if (code == 0)
        *(struct exec_result *)result = (struct exec_result){.jobs = 1, .index_sum = (uint64_t)i};
    return code;
}

static void exec_merge(void *into, const void *from) {
    struct exec_result *sum = into;
    const struct exec_result *one = from;
    sum->jobs += one->jobs;
    sum->index_sum += one->index_sum;
}

/* Each job has checked status and output. This checks that all jobs ended. */
static int exec_verify(const void *state, const struct outcome *outcome, struct diag *diag) {
    (void)state;
    struct exec_result all;
    for (int64_t i = 0; !outcome->merged && i < outcome->jobs; i++) {
        const struct exec_result *one = outcome_slot(outcome, i);
        if (one->jobs != 1 || one->index_sum != (uint64_t)i)
            return diag_set(diag, -EBADMSG,
                "the result of job %" PRId64 " is not its own; the executor mixed results", i);
    }
    outcome_total(&workload_exec, outcome, &all);
    if (all.jobs != outcome->jobs || all.index_sum != outcome->index_sum)
        return diag_set(diag, -EBADMSG,
            "%" PRId64 " commands ended instead of %" PRId64 "; the executor lost or repeated some",
            all.jobs, outcome->jobs);
    return 0;
}

const struct workload workload_exec = {
    .name = "exec",
    .summary = "each job is a program that is started and waited for",
    .params = exec_params,
    .default_jobs = 16,
    .result_size = sizeof(struct exec_result),
    .runs_commands = 1,
    .blocks = "",
    .setup = exec_setup,
    .job = exec_job,
    .merge = exec_merge,
    .verify = exec_verify,
    .teardown = exec_teardown,
};
