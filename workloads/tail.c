/* SPDX-License-Identifier: MIT */
#include "tail.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/*
 * The tail-and-merge program of Effective Python (Slatkin). Each job follows a file that grows, and
 * appends every line to one output file.
 *
 * The writer of the files is another process. It makes a new file for each job of each pass. The
 * output is opened for appending before any worker exists. Jobs write whole lines, which the kernel
 * does not mix, whether threads, coroutines or processes write them. The output holds the lines of
 * all passes; `verify` reads it back and checks all of it.
 */

#define NS_PER_S INT64_C(1000000000)
#define LINES_AT_ONCE 64

enum { LINES, INTERVAL, POLL };

static const struct param tail_params[] = {
    [LINES] = {.name = "lines",
        .type = PARAM_COUNT,
        .default_text = "10",
        .test_text = "2",
        .min = 1,
        .max = 100000,
        .help = "the number of lines that each file grows to"},
    [INTERVAL] = {.name = "interval",
        .type = PARAM_DURATION,
        .default_text = "1ms",
        .test_text = "50us",
        .min = 1000,
        .max = 3600 * NS_PER_S,
        .help = "how long the writer takes for one line on average"},
    [POLL] = {.name = "poll",
        .type = PARAM_DURATION,
        .default_text = "1ms",
        .test_text = "50us",
        .min = 1000,
        .max = 3600 * NS_PER_S,
        .help = "how long a job sleeps before it reads its file again"},
    {.name = NULL},
};

/* The state of one job. Not on its stack, because task_block uses it from another thread. */
struct follower {
    int fd, output_fd;
    int64_t lines; /* merged */
    size_t have;   /* bytes in `text`, of an incomplete line */
    char text[LINES_AT_ONCE * TAIL_LINE];
};

struct tail_result {
    int64_t lines, jobs;
};

static int tail_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct tail_state *state = malloc(sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a workload");
    *state = (struct tail_state){.jobs = in->jobs,
        .lines = in->params[LINES].number,
        .interval_ns = in->params[INTERVAL].number,
        .poll_ns = in->params[POLL].number,
        .seed = in->seed};
    int code;
    state->output_fd = tail_open_unnamed();
    if (state->output_fd < 0)
        code = diag_set(diag, -errno,
            "cannot make a file for the output: %s; set TMPDIR to a writable folder",
            strerrordesc_np(errno));
    else
        code = tail_writer_start(state, diag);
    if (code == 0) {
        *ret_state = state;
        return 0;
    }
    if (state->output_fd >= 0)
        close(state->output_fd);
    free(state);
    return code;
}

/* Reads what is new in the file and appends its complete lines to the output. Returns the number of
 * bytes read, or a negative errno. */
static int merge_some(void *arg) {
    struct follower *follower = arg;
    ssize_t got = read(
        follower->fd, follower->text + follower->have, sizeof(follower->text) - follower->have);
    if (got < 0)
        return -errno;
    follower->have += (size_t)got;
    size_t done = 0;
    for (; follower->have - done >= TAIL_LINE; done += TAIL_LINE) {
        ssize_t put = write(follower->output_fd, follower->text + done, TAIL_LINE);
        if (put != TAIL_LINE)
            return put < 0 ? -errno : -ENOSPC;
        follower->lines++;
    }
    follower->have -= done;
    memmove(follower->text, follower->text + done, follower->have);
    return (int)got;
}

/* Whether the writer still has its end of the connection. It sends nothing more. */
static bool is_alive(int fd) {
    char byte;
    return recv(fd, &byte, 1, MSG_PEEK | MSG_DONTWAIT) < 0 && errno == EAGAIN;
}

static int follow(
    const struct tail_state *state, struct task *task, int writer_fd, struct follower *follower) {
    while (follower->lines < state->lines) {
        bool alive = is_alive(writer_fd);
        int code = task_block(task, merge_some, follower);
        if (code == 0 && !alive)
            return task_fail(task, -EPIPE,
                "the writer ended after %" PRId64 " of %" PRId64
                " lines; check whether something kills its processes or the disk is full",
                follower->lines, state->lines);
        if (code < 0)
            return task_fail(task, code, "cannot copy a line: %s; check whether the disk is full",
                strerrordesc_np(-code));
        if (code == 0)
            code = task_sleep(task, state->poll_ns);
        if (code < 0)
            return task_fail(task, code, "cannot sleep: %s", strerrordesc_np(-code));
    }
    return 0;
}

/* Asks the writer for a file and opens it through the number of the writer's descriptor. */
static int open_file(const struct tail_state *state, int64_t i, struct task *task, int writer_fd) {
    char line[64], path[64];
    int number;
    int length = snprintf(line, sizeof(line), "FOLLOW %" PRId64 "\n", i);
    int code = tcp_send(task, writer_fd, line, (size_t)length);
    if (code == 0)
        code = tcp_receive_line(task, writer_fd, line, sizeof(line));
    if (code < 0)
        return code;
    if (sscanf(line, "%d", &number) != 1)
        return task_fail(task, -EBADMSG, "the writer answered '%s', which is no descriptor", line);
    snprintf(path, sizeof(path), "/proc/%d/fd/%d", (int)partner_pid(state->writer), number);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return task_fail(task, -errno,
            "cannot open the file to follow: %s; raise the limit on open files (RLIMIT_NOFILE, "
            "'ulimit -n') or run fewer jobs at a time",
            strerrordesc_np(errno));
    return fd;
}

static int tail_job(void *context, int64_t i, struct task *task, void *result) {
    const struct tail_state *state = context;
    struct follower *follower = calloc(1, sizeof(*follower));
    if (!follower)
        return task_fail(task, -ENOMEM, "out of memory; run fewer jobs at a time");
    follower->output_fd = state->output_fd;
    int writer_fd = tcp_dial(task, state->port);
    int code = writer_fd;
    if (code >= 0)
        code = follower->fd = open_file(state, i, task, writer_fd);
    if (code >= 0) {
        code = follow(state, task, writer_fd, follower);
        task_close(task, follower->fd);
    }
    if (writer_fd >= 0)
        task_close(task, writer_fd);
    *(struct tail_result *)result = (struct tail_result){.lines = follower->lines, .jobs = 1};
    free(follower);
    return code;
}

static void tail_merge(void *into, const void *from) {
    struct tail_result *total = into;
    const struct tail_result *other = from;
    total->lines += other->lines;
    total->jobs += other->jobs;
}

/* Checks that a line of the output is the next one of its job. next[job] counts the lines of a job,
 * round after round. */
static int check_line(
    const struct tail_state *state, const char *text, int64_t *next, struct diag *diag) {
    char whole[TAIL_LINE + 1], right[TAIL_LINE];
    int64_t job, round, line;
    memcpy(whole, text, TAIL_LINE);
    whole[TAIL_LINE] = '\0';
    if (sscanf(whole, "%10" SCNd64 " %10" SCNd64 " %10" SCNd64 " ", &job, &round, &line) != 3
        || job < 0 || job >= state->jobs)
        return diag_set(diag, -EBADMSG,
            "'%.*s' in the output is a line of no file; the executor mixed the writes of jobs",
            TAIL_LINE - 1, whole);
    int64_t due_round = next[job] / state->lines, due_line = next[job] % state->lines;
    if (round != due_round || line != due_line)
        return diag_set(diag, -EBADMSG,
            "job %" PRId64 ": line %" PRId64 " of pass %" PRId64
            " is in the output where line %" PRId64 " of pass %" PRId64
            " should be; the executor lost, repeated or mixed lines",
            job, line, round, due_line, due_round);
    tail_line(state, job, round, line, right);
    if (memcmp(text, right, TAIL_LINE) != 0)
        return diag_set(diag, -EBADMSG,
            "job %" PRId64 ": line %" PRId64 " of pass %" PRId64
            " reads '%.*s' in the output, not '%.*s'; the executor mixed the writes of jobs",
            job, line, round, TAIL_LINE - 1, whole, TAIL_LINE - 1, right);
    next[job]++;
    return 0;
}

static int check_output(const struct tail_state *state, int64_t *next, struct diag *diag) {
    static const char torn[] = "the output ends within a line; the executor lost a part of it";
    char text[LINES_AT_ONCE * TAIL_LINE];
    ssize_t got;
    for (off_t at = 0; (got = pread(state->output_fd, text, sizeof(text), at)) > 0; at += got) {
        if (got % TAIL_LINE != 0)
            return diag_set(diag, -EBADMSG, "%s", torn);
        for (ssize_t line = 0; line < got; line += TAIL_LINE) {
            int code = check_line(state, text + line, next, diag);
            if (code < 0)
                return code;
        }
    }
    if (got < 0)
        return diag_set(
            diag, -errno, "cannot read the output: %s; check the disk", strerrordesc_np(errno));
    for (int64_t i = 0; i < state->jobs; i++)
        if (next[i] == 0 || next[i] != next[0] || next[i] % state->lines != 0)
            return diag_set(diag, -EBADMSG,
                "job %" PRId64 ": the output has %" PRId64 " lines of it and %" PRId64
                " of job 0, from files of %" PRId64 " lines; the executor lost lines",
                i, next[i], next[0], state->lines);
    return 0;
}

static int check_results(
    const struct tail_state *state, const struct outcome *outcome, struct diag *diag) {
    struct tail_result total;
    for (int64_t i = 0; !outcome->merged && i < outcome->jobs; i++) {
        const struct tail_result *found = outcome_slot(outcome, i);
        if (found->lines != state->lines || found->jobs != 1)
            return diag_set(diag, -EBADMSG,
                "job %" PRId64 " has merged %" PRId64 " lines, not %" PRId64
                "; the executor lost or mixed results",
                i, found->lines, state->lines);
    }
    outcome_total(&workload_tail, outcome, &total);
    if (total.jobs == outcome->jobs && total.lines == outcome->jobs * state->lines)
        return 0;
    return diag_set(diag, -EBADMSG,
        "%" PRId64 " jobs have merged %" PRId64 " lines, not %" PRId64 " jobs %" PRId64
        "; the executor lost, repeated or mixed results",
        total.jobs, total.lines, outcome->jobs, outcome->jobs * state->lines);
}

static int tail_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    const struct tail_state *state = context;
    int code = check_results(state, outcome, diag);
    if (code < 0)
        return code;
    int64_t *next = calloc(state->jobs > 0 ? (size_t)state->jobs : 1, sizeof(*next));
    if (!next)
        return diag_no_memory(diag, "checking the merged lines");
    code = check_output(state, next, diag);
    free(next);
    return code;
}

static void tail_teardown(void *context) {
    struct tail_state *state = context;
    partner_stop(state->writer);
    close(state->output_fd);
    free(state);
}

const struct workload workload_tail = {
    .name = "tail",
    .summary = "each job follows a file that grows; all their lines merge into one output",
    .params = tail_params,
    .default_jobs = 16,
    .result_size = sizeof(struct tail_result),
    .setup = tail_setup,
    .job = tail_job,
    .merge = tail_merge,
    .verify = tail_verify,
    .teardown = tail_teardown,
};
