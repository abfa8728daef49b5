/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "sample_wire.h"
#include "session.h"
#include "trial.h"

/* The sample's side of a sample: reads the case, measures, answers. */

enum { EXIT_ANSWERED = 0, EXIT_NO_ANSWER = 2 };

static bool read_request(int fd, struct wire_request *request) {
    return pread(fd, request, sizeof *request, 0) == sizeof *request;
}

/* `done` goes last, so that a reply is either whole or none. */
static bool write_reply(int fd, struct wire_reply *reply) {
    reply->done = 0;
    if (pwrite(fd, reply, sizeof *reply, 0) != sizeof *reply)
        return false;
    reply->done = 1;
    return pwrite(fd, &reply->done, sizeof reply->done, 0) == sizeof reply->done;
}

/* If the tool is killed, nobody reaps or stops us: go with it. */
static bool bind_to_parent(int parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    return getppid() == parent;
}

static void measure_request(const struct workload *workload, const struct executor *executor,
    struct wire_request *request, struct wire_reply *reply) {
    struct diag diag = {0};
    wire_unpack_texts(request, workload->params, executor->params);
    prctl(PR_SET_TIMERSLACK, (unsigned long)request->timer_slack_ns);
    reply->code = trial_run(&(struct trial){.workload = workload,
                                .params = request->params,
                                .executor = executor,
                                .pool = request->pool,
                                .workers = request->workers,
                                .jobs = request->jobs,
                                .seed = request->seed,
                                .warmup = request->warmup,
                                .passes = request->passes},
        &reply->sample, &reply->passes, &diag);
    memcpy(reply->failure, diag.text, sizeof reply->failure);
}

int sample_main(const struct workload *const *workloads, int request_fd, int reply_fd) {
    static struct wire_request request;
    static struct wire_reply reply;
    if (!read_request(request_fd, &request) || !bind_to_parent(request.parent))
        return EXIT_NO_ANSWER;
    sample_cgroup_join(request.cgroup);
    const struct workload *workload = workload_find(workloads, request.workload);
    const struct executor *executor = executor_find(request.executor);
    if (!workload || !executor)
        return EXIT_NO_ANSWER;
    measure_request(workload, executor, &request, &reply);
    return write_reply(reply_fd, &reply) ? EXIT_ANSWERED : EXIT_NO_ANSWER;
}
