/* SPDX-License-Identifier: MIT */
#include "exec.h"
#include "workloads.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pconc/command.h>
#include <pconc/partner.h>

#define NUMBER "{i}"
#define NUMBER_SIZE 24 /* room for any job's number */

/* A message shows so much of a command. */
#define SHOWN 60

enum { COMMAND, SHELL, STATUS, OUTPUT };

static const struct param exec_params[] = {
    [COMMAND] = {.name = "command",
        .type = PARAM_TEXT,
        .default_text = "true",
        .help = "the program and its arguments, quoted as in a shell; {i} becomes the job's "
                "number, from 0"},
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
            "what every command must print, with {i} as above; a last newline is ignored; empty: "
            "not compared"},
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
    for (; state->words[count]; count++)
        size += strlen(state->words[count]) + 1 + NUMBER_SIZE * count_numbers(state->words[count]);
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
    struct exec_end end;
    char **words = number_words(state, i, &output);
    if (!words)
        return task_fail(task, -ENOMEM, "out of memory for a command; free some and run again");
    int code = exec_run(task, words, state->null_fd, output, &end);
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
    .setup = exec_setup,
    .job = exec_job,
    .merge = exec_merge,
    .verify = exec_verify,
    .teardown = exec_teardown,
};
