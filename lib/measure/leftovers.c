/* SPDX-License-Identifier: MIT */
#include "leftovers.h"

#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "heap.h"
#include "sanitizers.h"
#include "schedstats.h"
#include "units.h"
#include "work.h"

static int count_descriptors(void) {
    DIR *folder = opendir("/proc/self/fd");
    int count = 0;
    if (!folder)
        return -1;
    while (readdir(folder)) /* ".", ".." and the folder's own are among them, each time */
        count++;
    closedir(folder);
    return count;
}

#ifdef WITH_TSAN
static void *do_nothing(void *arg) {
    return arg;
}

/* With the first thread of a program the sanitizer starts one of its own, which stays. Starts it
 * before the threads of the workload are counted. */
static void settle_sanitizer(void) {
    pthread_t thread;
    if (pthread_create(&thread, NULL, do_nothing, NULL) == 0)
        (void)pthread_join(thread, NULL);
}
#else
static void settle_sanitizer(void) {
}
#endif

struct leftovers leftovers_count(void) {
    settle_sanitizer();
    return (struct leftovers){
        .descriptors = count_descriptors(), .threads = threads_running(), .heap = heap_in_use()};
}

static int more(int now, int before) {
    return now >= 0 && before >= 0 ? now - before : 0;
}

struct leftovers leftovers_since(const struct leftovers *before) {
    struct leftovers now = leftovers_count();
    return (struct leftovers){.descriptors = more(now.descriptors, before->descriptors),
        .threads = more(now.threads, before->threads),
        .heap = now.heap - before->heap};
}

bool leftovers_grew(const struct leftovers *growth) {
    return growth->descriptors > 0 || growth->threads > 0;
}

/* `what` are left, `state`: "descriptors" left "open". `action` says what to do with them. */
static int check_kind(int in_pass, int in_teardown, const char *what, const char *state,
    const char *action, struct diag *diag) {
    if (in_pass > 0)
        return diag_set(diag, -EBUSY,
            "every pass over the jobs leaves %s %s (%d in the last one); %s in the job", what,
            state, in_pass, action);
    if (in_teardown > 0)
        return diag_set(diag, -EBUSY, "teardown left %d %.*s %s; %s there", in_teardown,
            (int)strlen(what) - (in_teardown == 1), what, state, action);
    return 0;
}

/* A child stays until it is waited for, even if it is dead. */
static int check_children(struct diag *diag) {
    siginfo_t info = {0};
    if (waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) != 0)
        return 0;
    return diag_set(diag, -EBUSY,
        "the workload left a child process behind; end it and wait for it, in the job or in "
        "teardown");
}

int leftovers_check(const struct trial_growth *growth, struct diag *diag) {
    const struct leftovers *pass = &growth->pass, *teardown = &growth->teardown;
    int code = 0;
    if (growth->all.descriptors > 0)
        code = check_kind(
            pass->descriptors, teardown->descriptors, "descriptors", "open", "close them", diag);
    if (code == 0 && growth->all.threads > 0)
        code = check_kind(
            pass->threads, teardown->threads, "threads", "running", "end and join them", diag);
    return code < 0 ? code : check_children(diag);
}

int leftovers_check_workers(const struct work *work, struct diag *diag) {
    for (int i = 0; i < work->options.workers; i++) {
        const struct worker_left *left = &work->workers[i].left;
        if (left->descriptor)
            return diag_set(diag, -EBUSY,
                "the jobs left a descriptor open in worker process %d; close it in the job", i + 1);
        if (left->child)
            return diag_set(diag, -EBUSY,
                "the jobs left a child process behind in worker process %d; end it and wait for "
                "it in the job",
                i + 1);
    }
    return 0;
}

static int check_growth(int64_t bytes, int64_t jobs, int threads, struct diag *diag) {
    char size[32];
    if (jobs == 0 || bytes < jobs * HEAP_PIECE_MIN + threads * HEAP_CACHED)
        return 0;
    show_size((double)bytes, size, sizeof(size));
    return diag_set(diag, -EBUSY,
        "the jobs left memory behind, %s in %" PRId64 " jobs; free it in the job or in teardown",
        size, jobs);
}

int leftovers_check_memory(
    const struct memory_growth *growth, const struct work *work, struct diag *diag) {
    int64_t left = growth->in_runs < growth->in_all ? growth->in_runs : growth->in_all;
    int64_t in_workers = 0;
    for (int i = 0; i < work->options.workers; i++)
        in_workers += work->workers[i].left.heap;
    int code = check_growth(left, growth->jobs, 1, diag);
    return code < 0 ? code : check_growth(in_workers, growth->jobs, work->options.workers, diag);
}
