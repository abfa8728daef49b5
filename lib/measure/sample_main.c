/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "overflow.h"
#include "sample.h"
#include "sample_wire.h"
#include "trial.h"

/* The sample's side of a sample: reads the case, measures, answers. */

enum { EXIT_ANSWERED = 0, EXIT_NO_ANSWER = 2 };

static bool read_request(int fd, struct wire_request *request) {
    return pread(fd, request, sizeof(*request), 0) == sizeof(*request);
}

/* `done` goes last, so that a reply is either whole or none. */
static bool write_reply(int fd, struct wire_reply *reply) {
    reply->done = 0;
    reply->phase = TRIAL_ENDED;
    if (pwrite(fd, reply, sizeof(*reply), 0) != sizeof(*reply))
        return false;
    reply->done = 1;
    return pwrite(fd, &reply->done, sizeof(reply->done), 0) == sizeof(reply->done);
}

/* If the tool is killed, nobody reaps or stops us: go with it. */
static bool bind_to_parent(int parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return getppid() == parent;
}

/* Notes in the reply how far the trial has come. */
static void note_phase(void *context, enum trial_phase phase) {
    int32_t number = (int32_t)phase;
    const int *reply_fd = context;
    ssize_t put =
        pwrite(*reply_fd, &number, sizeof(number), (off_t)offsetof(struct wire_reply, phase));
    (void)put; /* then a crash is explained less well */
}

/* In a signal handler. */
static void note_overflow(void *context, const struct overflow *overflow) {
    struct wire_overflow note = {.stack_size = overflow->stack_size, .job = overflow->job};
    const int *reply_fd = context;
    ssize_t put = pwrite(*reply_fd, &note, sizeof(note), WIRE_OVERFLOW_AT);
    (void)put;
}

static int find_workload(const struct workload *const *built_in, const struct wire_request *request,
    const struct workload **ret_workload, struct diag *diag) {
    if (request->plugin[0])
        return plugin_load(
            request->plugin, &request->identity, request->workload, ret_workload, diag);
    *ret_workload = workload_find(built_in, request->workload);
    return *ret_workload ? 0 : diag_set(diag, -ENOENT, "there is no workload here");
}

static int measure_request(const struct workload *workload, const struct executor *executor,
    struct wire_request *request, int reply_fd, struct wire_reply *reply, struct diag *diag) {
    wire_unpack_texts(request, workload->params, executor->params);
    prctl(PR_SET_TIMERSLACK, (unsigned long)request->timer_slack_ns);
    return trial_run(&(struct trial){.workload = workload,
                         .params = request->params,
                         .executor = executor,
                         .pool = request->pool,
                         .workers = request->workers,
                         .cpus = request->cpu_count > 0 ? request->cpus : NULL,
                         .cpu_count = request->cpu_count,
                         .jobs = request->jobs,
                         .seed = request->seed,
                         .warmup = request->warmup,
                         .latency = request->latency,
                         .rate = request->rate,
                         .arrivals = (enum arrivals)request->arrivals,
                         .round = request->round,
                         .passes = request->passes,
                         .slow_ns = request->slow_ns,
                         .entered = note_phase,
                         .context = &reply_fd,
                         .slow_tasks = reply->slow_tasks},
        &reply->sample, &reply->passes, diag);
}

static void store_commands(struct wire_reply *reply) {
    struct sample *sample = &reply->sample;
    sample->commands = commands_usage();
    if (sample->commands.count > 0)
        sample->max_rss_bytes = sample->commands.peak_max_bytes;
    reply->output_size = commands_output(reply->output);
}

int sample_main(const struct workload *const *workloads, int request_fd, int reply_fd) {
    static struct wire_request request;
    static struct wire_reply reply;
    if (!read_request(request_fd, &request) || !bind_to_parent(request.parent))
        return EXIT_NO_ANSWER;
    sample_cgroup_join(request.cgroup);
    /* Not for the programs that jobs may start. */
    fcntl(request_fd, F_SETFD, FD_CLOEXEC);
    fcntl(reply_fd, F_SETFD, FD_CLOEXEC);
    overflow_watch(note_overflow, &reply_fd);
    struct diag diag = {0};
    const struct workload *workload = NULL;
    const struct executor *executor = executor_find(request.executor);
    if (!executor)
        return EXIT_NO_ANSWER;
    reply.code = find_workload(workloads, &request, &workload, &diag);
    if (reply.code == 0 && workload->runs_commands)
        reply.code = commands_begin(&diag);
    if (reply.code == 0)
        reply.code = measure_request(workload, executor, &request, reply_fd, &reply, &diag);
    store_commands(&reply);
    memcpy(reply.failure, diag.text, sizeof(reply.failure));
    return write_reply(reply_fd, &reply) ? EXIT_ANSWERED : EXIT_NO_ANSWER;
}
