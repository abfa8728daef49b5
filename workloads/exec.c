/* SPDX-License-Identifier: MIT */
#include "environment.h"
#include "program.h"
#include "workloads.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include <pconc/command.h>
#include <pconc/partner.h>

#define NUMBER "{i}"
#define NUMBER_SIZE 24 /* room for any job's number */

/* Bytes of a command that a message shows, and of the message. */
#define SHOWN 60
#define TEXT_SIZE 256

#define STATUSES 256 /* that a program can exit with */

enum { COMMAND, SHELL, STATUS, IGNORE, OUTPUT, INPUT, ENV };

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
    [IGNORE] = {.name = "ignore_failure",
        .type = PARAM_TEXT,
        .default_text = "",
        .help = "other exit statuses that are no failure, as 1,2, or all of them: all"},
    [OUTPUT] = {.name = "output",
        .type = PARAM_TEXT,
        .default_text = "",
        .help =
            "what every command prints, {i} as above; a last newline is ignored; empty: anything"},
    [INPUT] = {.name = "input",
        .type = PARAM_TEXT,
        .default_text = "",
        .help = "the file that every command reads as its standard input, {i} as above; empty: "
                "/dev/null"},
    [ENV] = {.name = "env",
        .type = PARAM_TEXT,
        .default_text = "",
        .help = "variables of the environment: NAME=VALUE ..., quoted as in a shell"},
    {.name = NULL},
};

struct exec_state {
    char **words;       /* with {i} as written */
    char **given;       /* NAME=VALUE; NULL: none */
    char **environment; /* of the programs; NULL: that of this process */
    const char *output; /* expected, with {i} as written; NULL: not compared. Borrowed */
    const char *input;  /* a file, with {i} as written; NULL: /dev/null. Borrowed */
    int status;         /* expected */
    uint64_t ignored[STATUSES / 64]; /* a bit for each other status that is fine */
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
    free(state->given);
    free(state->environment);
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

static int make_words(const union param_value *params, char ***ret_words, struct diag *diag) {
    const char *command = params[COMMAND].text;
    if (params[SHELL].number)
        return shell_words(command, ret_words, diag);
    int code = command_split(command, ret_words, diag);
    if (code < 0)
        diag_prefix(diag, "command '%.*s'", SHOWN, command);
    return code;
}

static int refuse_ignored(const char *list, struct diag *diag) {
    return diag_set(diag, -EINVAL,
        "'%.*s' is no list of exit statuses; write numbers from 0 to 255, as 1,2, or all", SHOWN,
        list);
}

/* "1,2" or "all" as bits. */
static int read_ignored(const char *list, uint64_t ignored[STATUSES / 64], struct diag *diag) {
    if (strcmp(list, "all") == 0)
        memset(ignored, 0xFF, STATUSES / 8);
    else if (*list && list[strspn(list, "0123456789,")] == '\0')
        for (const char *at = list; at; at = strchr(at, ',') ? strchr(at, ',') + 1 : NULL) {
            long status = *at && *at != ',' ? strtol(at, NULL, 10) : STATUSES;
            if (status >= STATUSES)
                return refuse_ignored(list, diag);
            ignored[status / 64] |= UINT64_C(1) << status % 64;
        }
    else if (*list)
        return refuse_ignored(list, diag);
    return 0;
}

static bool is_ignored(const struct exec_state *state, int status) {
    return state->ignored[status / 64] >> status % 64 & 1;
}

/* Before anything is measured. The name of a program may depend on the job. */
static int exec_check(const union param_value *params, size_t *ret_at, struct diag *diag) {
    uint64_t ignored[STATUSES / 64] = {0};
    char **words = NULL;
    *ret_at = IGNORE;
    int code = read_ignored(params[IGNORE].text, ignored, diag);
    if (code == 0) {
        *ret_at = COMMAND;
        code = make_words(params, &words, diag);
    }
    if (code == 0 && words && !strstr(words[0], NUMBER))
        code = command_find(words[0], diag);
    free(words);
    words = NULL;
    if (code == 0 && *params[ENV].text) {
        *ret_at = ENV;
        code = environment_split(params[ENV].text, &words, diag);
        free(words);
    }
    if (code == 0 && *params[INPUT].text && !strstr(params[INPUT].text, NUMBER)
        && access(params[INPUT].text, R_OK) != 0) {
        *ret_at = INPUT;
        code = diag_set(diag, -errno, "the input '%.*s' cannot be read: %s", SHOWN,
            params[INPUT].text, strerrordesc_np(errno));
    }
    return code;
}

static int exec_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct exec_state *state = calloc(1, sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a command");
    partner_raise_open_files(); /* each program needs two */
    state->status = (int)in->params[STATUS].number;
    state->output = *in->params[OUTPUT].text ? in->params[OUTPUT].text : NULL;
    state->input = *in->params[INPUT].text ? in->params[INPUT].text : NULL;
    state->null_fd = open("/dev/null", O_RDWR | O_CLOEXEC);
    int code = state->null_fd < 0
        ? diag_set(diag, -errno, "cannot open /dev/null: %s", strerrordesc_np(errno))
        : make_words(in->params, &state->words, diag);
    if (code == 0)
        code = read_ignored(in->params[IGNORE].text, state->ignored, diag);
    if (code == 0 && *in->params[ENV].text)
        code = environment_make(in->params[ENV].text, &state->given, &state->environment, diag);
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

/* Of one job: in one piece of memory, which begins with the words. */
struct exec_words {
    char **words;               /* ended by NULL */
    const char *output, *input; /* NULL: as in struct exec_state */
};

static size_t numbered_size(const char *text) {
    return text ? strlen(text) + 1 + NUMBER_SIZE * count_numbers(text) : 0;
}

/* False: out of memory. */
static bool number_words(const struct exec_state *state, int64_t i, struct exec_words *ret_words) {
    size_t count = 0, size = numbered_size(state->output) + numbered_size(state->input);
    char number[NUMBER_SIZE];
    snprintf(number, sizeof(number), "%" PRId64, i);
    do /* there is at least one */
        size += numbered_size(state->words[count]);
    while (state->words[++count]);
    char **words = malloc((count + 1) * sizeof(*words) + size);
    if (!words)
        return false;
    char *to = (char *)(words + count + 1);
    for (size_t w = 0; w < count; w++) {
        words[w] = to;
        to = copy_numbered(to, state->words[w], number);
    }
    words[count] = NULL;
    *ret_words = (struct exec_words){.words = words};
    if (state->output) {
        ret_words->output = to;
        to = copy_numbered(to, state->output, number);
    }
    if (state->input) {
        ret_words->input = to;
        copy_numbered(to, state->input, number);
    }
    return true;
}

/* For messages: the program, or the line for the shell. */
static const char *name_of(const struct exec_state *state) {
    bool shell = strcmp(state->words[0], "sh") == 0 && state->words[1] && state->words[2];
    return shell ? state->words[2] : state->words[0];
}

/* The message, and what the program wrote, which stands behind it. */
static int fail(const struct program *program, int64_t i, struct task *task, const char *what) {
    command_failed(i, program->tail, program->tail_size);
    return task_fail(task, -ECHILD, "%s%s", what,
        program->tail_size > 0 ? "" : " and wrote no error; run it by itself to see why");
}

static int check_end(const struct exec_state *state, const struct program *program, int64_t i,
    const char *output, struct task *task) {
    char what[TEXT_SIZE];
    int status = program->status, exited = WEXITSTATUS(status);
    int used =
        snprintf(what, sizeof(what), "command %" PRId64 " ('%.*s') ", i, SHOWN, name_of(state));
    size_t room = sizeof(what) - (size_t)used;
    if (WIFSIGNALED(status))
        snprintf(what + used, room, "was killed by signal %d (%s)", WTERMSIG(status),
            strsignal(WTERMSIG(status)));
    else if (exited != state->status && !is_ignored(state, exited) && state->status == 0)
        snprintf(what + used, room, "exited with status %d", exited);
    else if (exited != state->status && !is_ignored(state, exited))
        snprintf(what + used, room, "exited with status %d instead of %d", exited, state->status);
    else if (!program->as_expected)
        snprintf(what + used, room, "did not print '%.*s'", SHOWN, output);
    else
        return 0;
    return fail(program, i, task, what);
}

static int open_input(const struct exec_state *state, const char *file, struct task *task) {
    int fd = state->input ? open(file, O_RDONLY | O_CLOEXEC) : state->null_fd;
    return fd >= 0 ? fd
                   : task_fail(task, -errno, "cannot read the input '%.*s': %s", SHOWN, file,
                       strerrordesc_np(errno));
}

static int run_words(
    const struct exec_state *state, const struct exec_words *words, int64_t i, struct task *task) {
    struct program program;
    int input_fd = open_input(state, words->input, task);
    if (input_fd < 0)
        return input_fd;
    int code = program_run(task,
        &(struct program_start){.words = words->words,
            .environment = state->environment ? state->environment : environ,
            .input_fd = input_fd,
            .expected = words->output},
        &program);
    if (input_fd != state->null_fd)
        task_close(task, input_fd);
    return code == 0 ? check_end(state, &program, i, words->output, task) : code;
}

static int exec_job(void *context, int64_t i, struct task *task, void *result) {
    const struct exec_state *state = context;
    struct exec_words words;
    if (!number_words(state, i, &words))
        return task_fail(task, -ENOMEM, "out of memory for a command; free some and run again");
    int code = run_words(state, &words, i, task);
    free(words.words);
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
    .default_jobs = 1,
    .result_size = sizeof(struct exec_result),
    .runs_commands = 1,
    .blocks = "",
    .check = exec_check,
    .setup = exec_setup,
    .job = exec_job,
    .merge = exec_merge,
    .verify = exec_verify,
    .teardown = exec_teardown,
};
