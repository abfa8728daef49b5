/* SPDX-License-Identifier: MIT */
/*
 * Sessions whose samples or environment misbehave: the failure is reported, nothing is left behind,
 * and other processes are unaffected. This program executes itself as a sample, as pconc does.
 */
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "checks.h"
#include "sample.h"
#include "session.h"

static int quiet_job(void *state, int64_t i, struct task *task, void *result) {
    (void)state;
    (void)i;
    (void)task;
    (void)result;
    return 0;
}

static int killed_job(void *state, int64_t i, struct task *task, void *result) {
    raise(SIGKILL);
    return quiet_job(state, i, task, result);
}

/* Hangs in the process group of a child whose name is hard to parse in /proc. */
static int escaping_job(void *state, int64_t i, struct task *task, void *result) {
    pid_t child = fork();
    if (child == 0) {
        prctl(PR_SET_NAME, ") R 1\n(");
        for (;;)
            pause();
    }
    if (child < 0 || setpgid(child, child) != 0 || setpgid(0, child) != 0)
        return quiet_job(state, i, task, result);
    for (;;)
        pause();
}

static void end_badly(void) {
    _exit(7);
}

static void bad_teardown(void *state) {
    (void)state;
    if (atexit(end_badly) != 0)
        abort();
}

static const struct workload quiet = {.name = "quiet", .job = quiet_job};
static const struct workload killed = {.name = "killed", .job = killed_job};
static const struct workload escaping = {.name = "escaping", .job = escaping_job};
static const struct workload bad_end = {
    .name = "bad-end", .job = quiet_job, .teardown = bad_teardown};
static const struct workload *const session_workloads[] = {
    &quiet, &killed, &escaping, &bad_end, NULL};

/* A session of one round of one job, serial. A failing sample is tried again. */
static struct session *run_session(
    const struct workload *workload, int64_t timeout_ns, const struct session_options *options) {
    static struct bench_case bench_case;
    static struct section section = {.count = 1, .baseline = -1, .control = -1};
    static struct plan plan;
    bench_case = (struct bench_case){.id = workload->name,
        .workload = workload,
        .executor = executor_find("serial"),
        .pool = {{.text = "auto"}},
        .workers = 1,
        .jobs = 1,
        .twin_of = -1};
    plan = (struct plan){.rounds = 1,
        .timeout_ns = timeout_ns,
        .cases = &bench_case,
        .case_count = 1,
        .sections = &section,
        .section_count = 1};
    struct session *session = NULL;
    struct diag diag = {0};
    report(
        session_run(&plan, options ? options : &(struct session_options){0}, &session, &diag) == 0,
        workload->name, diag.text);
    return session;
}

/* The failure of its first sample, "" if it did not fail. */
static const char *failure_of(const struct session *session) {
    const struct case_result *result = &session->results[0];
    if (result->sample_count == 0)
        return "it was not measured";
    return result->samples[0].failure ? result->samples[0].failure : "";
}

#define LONG_NS (INT64_C(60) * 1000000000)
#define SHORT_NS (INT64_C(100) * 1000000)

static void check_failure(const struct workload *workload, int64_t timeout_ns, const char *words) {
    struct session *session = run_session(workload, timeout_ns, NULL);
    const char *failure = failure_of(session);
    report(*words ? strstr(failure, words) != NULL : !*failure, workload->name,
        *failure ? failure : "it does not fail");
    session_free(session);
    report(!footprint_now().children, workload->name, "a session leaves processes");
}

/* A parent may leave SIGCHLD ignored; then no exit status is available. */
static void check_ignored_sigchld(void) {
    signal(SIGCHLD, SIG_IGN);
    check_failure(&killed, LONG_NS, "signal 9");
    struct sigaction action;
    sigaction(SIGCHLD, NULL, &action);
    report(action.sa_handler == SIG_IGN, "SIGCHLD", "a session does not put it back");
    signal(SIGCHLD, SIG_DFL);
}

/* The session must not kill a child that existed before it. */
static void check_bystander(void) {
    pid_t child = fork();
    if (child == 0)
        for (;;)
            pause();
    session_free(run_session(&quiet, LONG_NS, NULL));
    report(waitpid(child, NULL, WNOHANG) == 0, "a child from before", "a session ends it");
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
}

struct hangup {
    bool at_end; /* not before each sample, but after the last */
};

static void hang_up(void *context, const struct session_progress *progress) {
    const struct hangup *hangup = context;
    if (hangup->at_end == !progress->current)
        raise(SIGHUP);
}

/* SIGHUP ends a session at any time, unless it is ignored, as under nohup. */
static void check_hangup(bool ignored, bool at_end) {
    struct hangup hangup = {.at_end = at_end};
    signal(SIGHUP, ignored ? SIG_IGN : SIG_DFL);
    struct session *session = run_session(
        &quiet, LONG_NS, &(struct session_options){.progress = hang_up, .context = &hangup});
    report(session->interrupted_by == (ignored ? 0 : SIGHUP), "SIGHUP",
        ignored ? "an ignored one ends a session" : "it does not end a session");
    report(session->rounds_done == (ignored || at_end), "SIGHUP", "rounds are counted wrongly");
    session_free(session);
    signal(SIGHUP, SIG_DFL);
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], SAMPLE_SUBCOMMAND) == 0)
        return sample_main(
            session_workloads, (int)strtol(argv[2], NULL, 10), (int)strtol(argv[3], NULL, 10));
    check_failure(&quiet, LONG_NS, "");
    check_failure(&killed, LONG_NS, "signal 9");
    check_failure(&bad_end, LONG_NS, "status 7");
    check_failure(&escaping, SHORT_NS, "no result after");
    check_ignored_sigchld();
    check_bystander();
    for (int ignored = 0; ignored < 2; ignored++)
        for (int at_end = 0; at_end < 2; at_end++)
            check_hangup(ignored, at_end);
    return report_end();
}
