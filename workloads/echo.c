/* SPDX-License-Identifier: MIT */
#include "tcp.h"
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Each job is a connection to a server, in another process, that sends back what it gets. Each
 * message of each job is different, and every byte of the answers is compared. */

enum { ROUND_TRIPS, SIZE };

static const struct param echo_params[] = {
    [ROUND_TRIPS] = {.name = "round_trips",
        .type = PARAM_COUNT,
        .default_text = "100",
        .test_text = "2",
        .min = 1,
        .max = 1000000000,
        .help = "messages that each job sends, each after the answer to the one before"},
    [SIZE] = {.name = "size",
        .type = PARAM_SIZE,
        .default_text = "64",
        .min = 1,
        .max = 1 << 20,
        .help = "the length of a message"},
    {.name = NULL},
};

struct echo_state {
    int64_t round_trips, port;
    size_t size;
    struct partner *server;
};

/* What came back to one job, or to several jobs. */
struct echo_result {
    uint64_t bytes;
    uint64_t sum; /* of the messages' tokens */
    int64_t jobs;
};

static ssize_t echo_answer(const struct tcp_service *service, void *client, const char *in,
    size_t size, char *out, size_t room, size_t *ret_written) {
    (void)service;
    (void)client;
    size_t taken = size < room ? size : room;
    memcpy(out, in, taken);
    *ret_written += taken;
    return (ssize_t)taken;
}

static int echo_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    struct echo_state *state = malloc(sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a workload");
    *state = (struct echo_state){
        .round_trips = in->params[ROUND_TRIPS].number, .size = (size_t)in->params[SIZE].number};
    /* Room for a whole message: a job sends all of it before it reads the answer. */
    struct tcp_service service = {
        .input_size = state->size, .output_size = state->size, .answer = echo_answer};
    int code = tcp_server_start(&service, &state->server, &state->port, diag);
    if (code < 0) {
        free(state);
        return code;
    }
    *ret_state = state;
    return 0;
}

/* Identifies one message of one job. */
static uint64_t token(int64_t job, int64_t trip) {
    return ((uint64_t)job * UINT64_C(0x9e3779b97f4a7c15)) ^ ((uint64_t)trip << 32 | (uint64_t)trip);
}

/* Neighbouring bytes of a message differ. */
static void fill(char *message, size_t size, uint64_t token) {
    for (size_t i = 0; i < size; i++)
        message[i] = (char)((token >> i % 8 * 8) + i);
}

static int compare(
    struct task *task, const char *sent, const char *got, size_t size, int64_t trip) {
    if (memcmp(sent, got, size) == 0)
        return 0;
    size_t at = 0;
    while (sent[at] == got[at])
        at++;
    return task_fail(task, -EBADMSG,
        "round trip %" PRId64 ": byte %zu of %zu came back as 0x%02x, not 0x%02x", trip, at, size,
        (unsigned char)got[at], (unsigned char)sent[at]);
}

static int echo_trips(const struct echo_state *state, int64_t i, struct task *task, int fd,
    char *sent, struct echo_result *result) {
    char *got = sent + state->size;
    for (int64_t trip = 0; trip < state->round_trips; trip++) {
        uint64_t message = token(i, trip);
        fill(sent, state->size, message);
        int code = tcp_send(task, fd, sent, state->size);
        if (code == 0)
            code = tcp_receive(task, fd, got, state->size);
        if (code == 0)
            code = compare(task, sent, got, state->size, trip);
        if (code < 0)
            return code;
        result->bytes += state->size;
        result->sum += message;
    }
    return 0;
}

static int echo_job(void *context, int64_t i, struct task *task, void *result) {
    const struct echo_state *state = context;
    char *messages = malloc(2 * state->size + 1); /* one more for tcp_receive */
    if (!messages)
        return task_fail(task, -ENOMEM, "out of memory; run fewer jobs at a time");
    struct echo_result echoed = {.jobs = 1};
    int code = tcp_dial(task, state->port);
    if (code >= 0) {
        int fd = code;
        code = echo_trips(state, i, task, fd, messages, &echoed);
        task_close(task, fd);
    }
    free(messages);
    if (code == 0)
        memcpy(result, &echoed, sizeof(echoed));
    return code;
}

static void echo_merge(void *into, const void *from) {
    struct echo_result *total = into;
    const struct echo_result *other = from;
    total->bytes += other->bytes;
    total->sum += other->sum;
    total->jobs += other->jobs;
}

static struct echo_result right_result(const struct echo_state *state, int64_t job) {
    struct echo_result right = {.bytes = (uint64_t)state->round_trips * state->size, .jobs = 1};
    for (int64_t trip = 0; trip < state->round_trips; trip++)
        right.sum += token(job, trip);
    return right;
}

/* The job has compared each byte. This checks that it did so for every message. */
static int echo_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    const struct echo_state *state = context;
    struct echo_result right = {0}, total;
    for (int64_t i = 0; i < outcome->jobs; i++) {
        struct echo_result one = right_result(state, i);
        const struct echo_result *found = outcome->merged ? &one : outcome_slot(outcome, i);
        echo_merge(&right, &one);
        if (memcmp(found, &one, sizeof(one)) != 0)
            return diag_set(diag, -EBADMSG,
                "job %" PRId64 ": %" PRIu64 " bytes came back instead of %" PRIu64
                ", or those of another job; the executor lost or mixed results",
                i, found->bytes, one.bytes);
    }
    outcome_total(&workload_echo, outcome, &total);
    if (memcmp(&total, &right, sizeof(right)) == 0)
        return 0;
    return diag_set(diag, -EBADMSG,
        "%" PRIu64 " bytes came back to %" PRId64 " jobs instead of %" PRIu64 " to %" PRId64
        ", or other bytes; the executor lost, repeated or mixed results",
        total.bytes, total.jobs, right.bytes, right.jobs);
}

static void echo_teardown(void *context) {
    struct echo_state *state = context;
    partner_stop(state->server);
    free(state);
}

const struct workload workload_echo = {
    .name = "echo",
    .summary = "each job is a TCP connection to a server that sends back what it gets",
    .params = echo_params,
    .default_jobs = 100,
    .result_size = sizeof(struct echo_result),
    .blocks = "",
    .setup = echo_setup,
    .job = echo_job,
    .merge = echo_merge,
    .verify = echo_verify,
    .teardown = echo_teardown,
};
