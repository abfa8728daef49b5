/* SPDX-License-Identifier: MIT */
#include "sample.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "arrivals.h"
#include "children.h"
#include "clock.h"
#include "hook.h"
#include "last_lines.h"
#include "process.h"
#include "refusal.h"
#include "sample_wire.h"
#include "units.h"

static int make_request(const struct sample_order *order, struct diag *diag) {
    struct wire_request *request = malloc(sizeof(*request));
    int fd = -1, code = request ? 0 : diag_no_memory(diag, "a sample");
    if (code == 0)
        code = wire_pack_case(request, order->bench_case, diag);
    if (code != 0 || !request)
        goto out;
    request->seed = order->plan->seed;
    request->warmup = order->plan->warmup;
    request->latency = order->plan->latency;
    request->rate = order->rate;
    request->jobs = order->jobs;
    request->arrivals = order->plan->arrivals ? arrivals_find(order->plan->arrivals) : 0;
    request->round = order->round;
    request->passes = order->passes;
    request->timer_slack_ns = order->timer_slack_ns;
    request->slow_ns = order->plan->slow_ns;
    if (!order->cgroup->starts_inside)
        memcpy(request->cgroup, order->cgroup->path, sizeof(request->cgroup));
    else
        request->cgroup[0] = '\0';
    request->parent = getpid();

    fd = memfd_create("pconc-request", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    if (fd < 0 || write(fd, request, sizeof(*request)) != sizeof(*request)
        || fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL) != 0) {
        code = refused_descriptor(diag, errno, "the memory file of a sample");
        if (fd >= 0)
            close(fd);
        fd = -1;
    }
out:
    free(request);
    return code < 0 ? code : fd;
}

/* What it and its programs print goes nowhere, or to our standard error: results own standard
 * output. */
static int spawn_sample(
    const struct sample_order *order, int request_fd, int reply_fd, pid_t *ret_pid) {
    static const char *const argv[] = {"pconc", SAMPLE_SUBCOMMAND, "3", "4", NULL};
    _Static_assert(WIRE_REQUEST_FD == 3 && WIRE_REPLY_FD == 4, "argv says otherwise");
    const int passed[] = {request_fd, reply_fd}; /* opened in this order, so they ascend */
    return process_spawn(&(struct process_program){.file = "/proc/self/exe",
                             .argv = (char *const *)argv,
                             .output = order->plan->show_output ? STDERR_FILENO : -1,
                             .errors = order->plan->show_output ? STDERR_FILENO : -1,
                             .passed = passed,
                             .passed_count = 2,
                             .cgroup = order->cgroup},
        ret_pid);
}

static const char *phase_name(const struct sample_order *order, int32_t phase) {
    static const char *const names[] = {
        [TRIAL_LOADING] = "while its plug-in was loaded",
        [TRIAL_SETUP] = "in set-up",
        [TRIAL_RUNNING] = "while its jobs ran",
        [TRIAL_VERIFYING] = "in verify",
        [TRIAL_TEARDOWN] = "in teardown",
        [TRIAL_ENDED] = "while its process ended",
    };
    size_t count = sizeof(names) / sizeof(*names);
    if (phase == TRIAL_LOADING && !order->bench_case->plugin)
        return "while it started";
    return names[phase >= 0 && (size_t)phase < count ? (size_t)phase : TRIAL_RUNNING];
}

/* NULL: none was told. */
static const char *explain_overflow(int reply_fd, struct arena *arena) {
    struct wire_overflow overflow = {0};
    char size[32];
    if (pread(reply_fd, &overflow, sizeof(overflow), WIRE_OVERFLOW_AT) != sizeof(overflow)
        || overflow.stack_size == 0)
        return NULL;
    format_size(overflow.stack_size, size, sizeof(size));
    if (overflow.job < 0)
        return arena_message(arena,
            "a task that a job started overflowed its stack of %s; use a larger one "
            "(--pool=stack=SIZE)",
            size);
    return arena_message(arena,
        "job %" PRId64 " overflowed its stack of %s; use a larger one (--pool=stack=SIZE)",
        overflow.job, size);
}

static const char *explain_exit(
    const struct sample_order *order, int status, int32_t phase, struct arena *arena) {
    if (WIFSIGNALED(status))
        return arena_message(arena,
            "the sample was killed by signal %d (%s) %s; look for a crash there, or the kernel's "
            "out-of-memory killer",
            WTERMSIG(status), strsignal(WTERMSIG(status)), phase_name(order, phase));
    return arena_message(arena,
        "the sample exited with status %d %s instead of giving a result; a workload must not end "
        "its process",
        WEXITSTATUS(status), phase_name(order, phase));
}

static const char *explain_timeout(
    const struct sample_order *order, int32_t phase, struct arena *arena) {
    char timeout[32];
    format_duration(order->plan->timeout_ns, timeout, sizeof(timeout));
    return arena_message(arena,
        "no result after %s: the sample was killed %s; raise --timeout if the work takes longer",
        timeout, phase_name(order, phase));
}

/* "FAILURE: LINES" */
static const char *with_output(
    const char *failure, const char *output, size_t size, struct arena *arena) {
    const char *lines = last_lines(arena, output, size);
    return arena_message(arena, "%s%s%s", failure, *lines ? ": " : "", lines);
}

/* Reads what the sample answered, if it did. */
static void read_reply(const struct sample_order *order, const struct process_result *result,
    int reply_fd, struct arena *arena, struct sample *ret_sample, int64_t *ret_passes) {
    struct wire_reply reply = {0};
    ssize_t got =
        pread(reply_fd, &reply, sizeof(reply), 0); /* short if it was never written whole */
    bool answered = result->end == PROCESS_EXITED && got == sizeof(reply) && reply.done == 1
        && WIFEXITED(result->status) && WEXITSTATUS(result->status) == 0;
    if (answered) {
        *ret_sample = reply.sample;
        ret_sample->failure = NULL;
        reply.slow_tasks[sizeof(reply.slow_tasks) - 1] = '\0';
        ret_sample->slow_tasks =
            reply.slow_tasks[0] ? arena_message(arena, "%s", reply.slow_tasks) : NULL;
    }
    if (result->end == PROCESS_TIMED_OUT) {
        ret_sample->timed_out = true;
        ret_sample->failure = explain_timeout(order, reply.phase, arena);
    } else if (!answered) {
        ret_sample->failure = explain_overflow(reply_fd, arena);
        if (!ret_sample->failure)
            ret_sample->failure = explain_exit(order, result->status, reply.phase, arena);
    } else if (reply.code < 0) {
        reply.failure[sizeof(reply.failure) - 1] = 0;
        ret_sample->failure = with_output(reply.failure, reply.output, reply.output_size, arena);
    } else {
        *ret_passes = reply.passes;
    }
}

/* Kills what is left of the sample. If a process does not end, that is its failure. */
static void clear_away(
    const struct sample_order *order, struct arena *arena, struct sample *ret_sample) {
    sample_cgroup_kill(order->cgroup);
    pid_t stuck = children_kill(order->bystanders, order->signal_fd);
    if (stuck)
        ret_sample->failure = arena_message(arena,
            "%s%sits process %d was killed but did not end, and is left behind: it is stuck in the "
            "kernel; look for a device or a network mount that does not answer",
            ret_sample->failure ? ret_sample->failure : "", ret_sample->failure ? "; " : "",
            (int)stuck);
}

/* Until the deadline, at least 0. */
static int64_t time_left_ns(const struct sample_order *order) {
    int64_t left_ns = order->deadline_ns - clock_now_ns();
    if (order->deadline_ns == 0)
        return INT64_MAX;
    return left_ns > 0 ? left_ns : 0;
}

/* Starts, awaits and clears away one sample whose files are open. */
static int run_with_files(const struct sample_order *order, int request_fd, int reply_fd,
    struct arena *arena, struct sample *ret_sample, int64_t *ret_passes, struct diag *diag) {
    struct process_result result;
    pid_t pid;
    int code = spawn_sample(order, request_fd, reply_fd, &pid);
    if (code < 0)
        return refused_worker(diag, -code, "the process of a sample");
    int64_t timeout_ns = order->plan->timeout_ns, left_ns = time_left_ns(order);
    const struct process_wait wait = {.timeout_ns = left_ns < timeout_ns ? left_ns : timeout_ns,
        .signal_fd = order->signal_fd,
        .tick = order->tick,
        .context = order->context};
    code = process_await(pid, &wait, &result, diag);
    if (code == 0 && result.end == PROCESS_TIMED_OUT && left_ns < timeout_ns)
        code = -ETIME;
    else if (code == 0 && result.end != PROCESS_INTERRUPTED)
        read_reply(order, &result, reply_fd, arena, ret_sample, ret_passes);
    clear_away(order, arena, ret_sample);
    return code == 0 && result.end == PROCESS_INTERRUPTED ? result.signal : code;
}

static int run_sample(const struct sample_order *order, struct arena *arena,
    struct sample *ret_sample, int64_t *ret_passes, struct diag *diag) {
    int request_fd = make_request(order, diag);
    if (request_fd < 0)
        return request_fd;
    int code;
    int reply_fd = memfd_create("pconc-reply", MFD_CLOEXEC);
    if (reply_fd < 0)
        code = refused_descriptor(diag, errno, "the memory file of a sample");
    else
        code = run_with_files(order, request_fd, reply_fd, arena, ret_sample, ret_passes, diag);
    if (reply_fd >= 0)
        close(reply_fd);
    close(request_fd);
    return code;
}

/* Clears away once more where all files are closed: a search needs two descriptors. Cleans up also
 * where prepare or the sample failed, or was interrupted. */
int sample_run(const struct sample_order *order, struct arena *arena, struct sample *ret_sample,
    int64_t *ret_passes, struct diag *diag) {
    const struct bench_case *bench_case = order->bench_case;
    const char *cleaned = NULL;
    int64_t passes = 0;
    int code = 0, signal = 0;

    *ret_sample = (struct sample){0};
    if (bench_case->prepare)
        code = hook_run(order, "prepare", bench_case->prepare, arena, &ret_sample->failure);
    if (code == 0 && !ret_sample->failure)
        code = run_sample(order, arena, ret_sample, &passes, diag);
    clear_away(order, arena, ret_sample);
    if (bench_case->cleanup) {
        signal = hook_run(order, "cleanup", bench_case->cleanup, arena, &cleaned);
        if (!ret_sample->failure)
            ret_sample->failure = cleaned;
        clear_away(order, arena, ret_sample);
    }
    if (code == 0 && !ret_sample->failure)
        *ret_passes = passes;
    return code != 0 ? code : signal;
}
