/* SPDX-License-Identifier: MIT */
/* A plug-in that misbehaves as its parameter says. */
#include <pconc/plugin.h>

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

enum { WHERE, HOW };

static const struct param params[] = {
    [WHERE] = {.name = "where",
        .type = PARAM_TEXT,
        .default_text = "nowhere",
        .help = "setup, job, verify, teardown or exit"},
    [HOW] = {.name = "how",
        .type = PARAM_TEXT,
        .default_text = "",
        .help =
            "crash, hang, stuck, quit, fail, memory, child, overrun, underrun, descriptor, thread, "
            "keep descriptor or keep thread"},
    {0},
};

struct state {
    const char *where, *how;
};

static void crash(void) {
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGSEGV, SIG_DFL); /* without the message of a sanitizer's handler */
    raise(SIGSEGV);
}

/* Like a library that allocates memory at its first use and keeps it. */
static bool is_first(const struct state *state) {
    static atomic_bool used;
    return strncmp(state->how, "keep ", 5) != 0 || !atomic_exchange(&used, true);
}

/* Lasts a millisecond, so that there are few passes, and enough descriptors for them. */
static int leave_descriptor(void) {
    usleep(1000);
    return open("/dev/null", O_RDONLY | O_CLOEXEC) < 0 ? -errno : 0;
}

/* Reachable, so that only the check of pconc reports it. */
static int keep_memory(void) {
    static _Atomic(void **) kept;
    void **more = malloc(100);
    if (!more)
        return -ENOMEM;
    *more = atomic_exchange(&kept, more);
    return 0;
}

static void *wait_for_ever(void *arg) {
    for (;;)
        pause();
    return arg;
}

static int leave_thread(void) {
    pthread_t thread;
    usleep(1000);
    return -pthread_create(&thread, NULL, wait_for_ever, NULL);
}

/* Writes the number of this thread for the test, which traces it. Only the first thread does; the
 * others end their process. */
static void *wait_to_be_traced(void *arg) {
    const char *path = getenv("PCONC_TEST_FIFO");
    int fd = path ? open(path, O_WRONLY | O_CLOEXEC) : -1;
    if (fd < 0)
        _exit(7);
    unlink(path);
    dprintf(fd, "%ld\n", syscall(SYS_gettid));
    close(fd);
    return wait_for_ever(arg);
}

/* A process with a traced thread cannot be killed until the tracer releases it. */
static void get_stuck(void) {
    pthread_t thread;
    prctl(PR_SET_PTRACER, PR_SET_PTRACER_ANY);
    pthread_create(&thread, NULL, wait_to_be_traced, NULL);
    wait_for_ever(NULL);
}

static int misbehave(const struct state *state, const char *where) {
    if (strcmp(state->where, where) != 0)
        return 0;
    if (strcmp(state->how, "crash") == 0)
        crash();
    while (strcmp(state->how, "hang") == 0)
        pause();
    if (strcmp(state->how, "stuck") == 0)
        get_stuck();
    if (strcmp(state->how, "quit") == 0)
        _exit(7);
    if (strstr(state->how, "descriptor"))
        return is_first(state) ? leave_descriptor() : 0;
    if (strstr(state->how, "thread"))
        return is_first(state) ? leave_thread() : 0;
    if (strcmp(state->how, "memory") == 0)
        return keep_memory();
    if (strcmp(state->how, "child") == 0 && fork() == 0) {
        pause();
        _exit(0);
    }
    return strcmp(state->how, "fail") == 0 ? -EPROTO : 0;
}

static struct state now;

static void misbehave_at_exit(void) {
    (void)misbehave(&now, "exit");
}

static int bad_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    now = (struct state){in->params[WHERE].text, in->params[HOW].text};
    if (misbehave(&now, "setup") < 0)
        return diag_set(diag, -EPROTO, "nothing is as it was on port %d", 7);
    if (strcmp(now.where, "exit") == 0)
        atexit(misbehave_at_exit);
    *ret_state = &now;
    return 0;
}

static int bad_job(void *context, int64_t i, struct task *task, void *result) {
    const struct state *state = context;
    int64_t number = i * i;
    memcpy(result, &number, sizeof(number));
    if (i == 0 && strcmp(state->where, "job") == 0 && strcmp(state->how, "underrun") == 0)
        memcpy((char *)result - 1, "\1", 1);
    if (i != 2 && strcmp(state->how, "memory") != 0)
        return 0;
    if (strcmp(state->where, "job") == 0 && strcmp(state->how, "overrun") == 0)
        memcpy((char *)result + sizeof(number), "\1", 1);
    if (strcmp(state->where, "job") == 0 && strcmp(state->how, "underrun of 2") == 0)
        memcpy((char *)result - 1, "\1", 1);
    return misbehave(state, "job") < 0 ? task_fail(task, -EPROTO, "job %d had enough", (int)i) : 0;
}

static int bad_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    if (misbehave(context, "verify") < 0)
        return diag_set(diag, -EBADMSG, "two and two made five");
    for (int64_t i = 0; i < outcome->jobs; i++) {
        int64_t number;
        memcpy(&number, outcome_slot(outcome, i), sizeof(number));
        if (number != i * i)
            return diag_set(diag, -EBADMSG, "job %" PRId64 " made %" PRId64, i, number);
    }
    return 0;
}

static void bad_teardown(void *context) {
    (void)misbehave(context, "teardown");
}

static const struct workload bad = {
    .name = "bad",
    .summary = "each job squares its number, until something goes wrong",
    .params = params,
    .default_jobs = 4,
    .result_size = sizeof(int64_t),
    .setup = bad_setup,
    .job = bad_job,
    .verify = bad_verify,
    .teardown = bad_teardown,
};

/* Has the name of a built-in workload. */
static const struct workload noop = {
    .name = "noop",
    .summary = "another workload of that name",
    .default_jobs = 4,
    .result_size = sizeof(int64_t),
    .setup = bad_setup,
    .params = params,
    .job = bad_job,
};

PCONC_PLUGIN(&bad, &noop);
