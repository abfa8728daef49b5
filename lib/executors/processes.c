/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "executors.h"
#include "heap.h"
#include "listener.h"
#include "process.h"
#include "processes_parts.h"
#include "refusal.h"
#include "workers.h"

/*
 * A pool of processes, which are forked once, claim jobs from a counter in shared memory and write
 * their results there. The parent sleeps in epoll on an eventfd and on a pidfd for each worker, so
 * that the death of a worker ends the pass instead of hanging it.
 */

struct processes_pool {
    struct pool pool;
    struct workers *workers;
    pid_t *pids;
    int *pidfds;
    int started; /* workers forked and not yet reaped */
    int epoll_fd;
};

/* Linux 5.14. */
#ifndef MADV_POPULATE_WRITE
#define MADV_POPULATE_WRITE 23
#endif

#define DONE_EVENT UINT32_MAX /* epoll data of the eventfd; workers have their index */

struct process_worker {
    struct processes_pool *processes;
    struct worker *worker;
    bool warm;       /* its first pass is over; the members below are the state after it */
    int lowest_free; /* descriptor */
    int64_t heap;    /* bytes in use */
};

/* The kernel gives out the lowest free number, which rises if a descriptor is left open. */
static int lowest_free_descriptor(const struct workers *workers) {
    int fd = fcntl(workers->done_fd, F_DUPFD_CLOEXEC, 0);
    if (fd >= 0)
        close(fd);
    return fd;
}

/* Libraries and jobs make one-time allocations in the first pass, which are ignored. */
static void run_pass(void *arg) {
    struct process_worker *self = arg;
    workers_run_jobs(self->processes->workers, self->worker, self->processes->pool.work);
    if (self->warm)
        return;
    self->lowest_free = lowest_free_descriptor(self->processes->workers);
    self->heap = heap_in_use();
    self->warm = true;
}

static void note_left(const struct process_worker *self) {
    struct worker_left *left = &self->worker->left;
    siginfo_t info;
    left->child = waitid(P_ALL, 0, &info, WEXITED | WNOHANG | WNOWAIT) == 0;
    if (!self->warm)
        return;
    left->descriptor = lowest_free_descriptor(self->processes->workers) > self->lowest_free;
    left->heap = heap_in_use() - self->heap;
}

static const struct worker_ops ops = {.run = run_pass};

/* The first worker that could not start writes the reason, which the opener reads after all have
 * reported. */
static void begin(struct processes_pool *processes, int index) {
    struct workers *workers = processes->workers;
    struct diag diag = {0};
    int code = pool_bind_process(&processes->pool, index, &diag);
    if (code == 0)
        code = pool_begin_worker(&processes->pool, index, &diag);
    int none = 0;
    if (code < 0 && atomic_compare_exchange_strong(&workers->failed, &none, code))
        workers->failure = diag;
}

__attribute__((noreturn)) static void worker_main(
    struct processes_pool *processes, struct worker *worker, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    struct process_worker self = {.processes = processes, .worker = worker};
    begin(processes, worker->index);
    /* fork does not copy page tables of shared memory, so each page would fault in the first job
     * that writes to it. Before Linux 5.14 it does fault. */
    madvise(processes->pool.work, processes->pool.work->mapped, MADV_POPULATE_WRITE);
    workers_serve(processes->workers, &ops, worker, &self);
    note_left(&self);
    _exit(0);
}

static int watch(int epoll_fd, int fd, uint32_t key) {
    struct epoll_event event = {.events = EPOLLIN, .data.u32 = key};
    return epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event);
}

static int start_worker(struct processes_pool *processes, int index, struct diag *diag) {
    struct work *work = processes->pool.work;
    pid_t parent = getpid();
    pid_t pid = fork();
    if (pid == 0)
        worker_main(processes, &work->workers[index], parent);
    if (pid < 0) {
        char what[64];
        snprintf(what, sizeof(what), "worker process %d of %d", index + 1, work->options.workers);
        return refused_worker(diag, errno, what);
    }
    processes->pids[index] = pid;
    processes->pidfds[index] = -1;
    processes->started++;
    int pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    if (pidfd < 0)
        return refused_descriptor(diag, errno, "a pidfd for a worker process");
    processes->pidfds[index] = pidfd;
    if (watch(processes->epoll_fd, pidfd, (uint32_t)index) != 0)
        return refused_descriptor(diag, errno, "an epoll entry for a worker process");
    return 0;
}

static int say_dead(const struct processes_pool *processes, uint32_t index, struct diag *diag) {
    return explain_dead_worker((int)index, processes->pids[index], diag);
}

/* Waits until every worker has reported, or one has died. */
static int await_workers(struct processes_pool *processes, struct diag *diag) {
    uint64_t count;
    /* If all report while this spins, the event of the last one comes soon, and is read below. */
    workers_spin_done(processes->workers);
    for (;;) {
        struct epoll_event event;
        int ready = epoll_wait(processes->epoll_fd, &event, 1, -1);
        if (ready < 0 && errno != EINTR)
            return diag_set(diag, -errno, "cannot wait for worker processes: %s", strerror(errno));
        if (ready < 1)
            continue;
        if (event.data.u32 != DONE_EVENT)
            return say_dead(processes, event.data.u32, diag);
        if (read(processes->workers->done_fd, &count, sizeof(count)) == sizeof(count))
            return 0;
    }
}

/* Reaps a worker that was killed, or told to stop. 0, or how it ended against its order. */
static int reap(struct processes_pool *processes, int index, bool killed, struct diag *diag) {
    siginfo_t info = {0};
    int status;
    if (killed)
        return process_reap(processes->pids[index], -1, &status)
            ? 0
            : explain_stuck(index, processes->pids[index], diag);
    while (waitid(P_PID, (id_t)processes->pids[index], &info, WEXITED) < 0 && errno == EINTR)
        ;
    if (info.si_code == CLD_EXITED && info.si_status == 0)
        return 0;
    return explain_death(index, processes->pids[index], &info, diag);
}

/* Ends the workers: tells them to stop, or kills them if the pool is broken. Leaves none unreaped,
 * except those that are stuck in the kernel. 0, or the first failure. */
static int reap_all(struct processes_pool *processes, bool kill_them, struct diag *diag) {
    int first = 0;
    workers_stop(processes->workers);
    for (int i = 0; kill_them && i < processes->started; i++)
        kill(processes->pids[i], SIGKILL);
    for (int i = 0; i < processes->started; i++) {
        int code = reap(processes, i, kill_them, first == 0 ? diag : NULL);
        first = first == 0 ? code : first;
        if (processes->pidfds[i] >= 0)
            close(processes->pidfds[i]);
    }
    processes->started = 0;
    return first;
}

static void release(struct processes_pool *processes) {
    if (processes->workers && processes->workers->done_fd >= 0)
        close(processes->workers->done_fd);
    if (processes->epoll_fd >= 0)
        close(processes->epoll_fd);
    workers_free(processes->workers);
    free(processes->pids);
    free(processes->pidfds);
}

static int prepare(struct processes_pool *processes, struct diag *diag) {
    struct pool *pool = &processes->pool;
    size_t count = (size_t)pool->work->options.workers;
    processes->pids = calloc(count, sizeof(*processes->pids));
    processes->pidfds = calloc(count, sizeof(*processes->pidfds));
    processes->workers = workers_new(pool);
    if (!processes->pids || !processes->pidfds || !processes->workers)
        return refused_memory(diag, ENOMEM, count * sizeof(*processes->pids), "worker processes");
    processes->workers->shared = true;
    processes->workers->queue = pool->queue;
    processes->workers->done_fd = eventfd(0, EFD_CLOEXEC);
    if (processes->workers->done_fd < 0)
        return refused_descriptor(diag, errno, "an eventfd");
    processes->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
    if (processes->epoll_fd < 0
        || watch(processes->epoll_fd, processes->workers->done_fd, DONE_EVENT))
        return refused_descriptor(diag, errno, "an epoll instance");
    return 0;
}

static int processes_open(struct pool *pool, struct diag *diag) {
    struct processes_pool *processes = (struct processes_pool *)pool;
    processes->epoll_fd = -1;
    int code = refuse_if_threaded(diag);
    if (code < 0)
        return code;
    code = prepare(processes, diag);
    for (int i = 0; code == 0 && i < pool->work->options.workers; i++)
        code = start_worker(processes, i, diag);
    if (code == 0)
        code = await_workers(processes, diag);
    if (code == 0 && (code = atomic_load(&processes->workers->failed)) < 0 && diag)
        *diag = processes->workers->failure;
    if (code < 0) {
        if (processes->started > 0)
            (void)reap_all(processes, true, NULL);
        release(processes);
    }
    return code;
}

static int processes_map(struct pool *pool, struct diag *diag) {
    struct processes_pool *processes = (struct processes_pool *)pool;
    workers_start(processes->workers);
    return await_workers(processes, diag);
}

static int processes_close(struct pool *pool, struct diag *diag) {
    struct processes_pool *processes = (struct processes_pool *)pool;
    int code = reap_all(processes, pool->broken, diag);
    release(processes);
    return code;
}

static size_t processes_pids(const struct pool *pool, const pid_t **ret_pids) {
    const struct processes_pool *processes = (const struct processes_pool *)pool;
    *ret_pids = processes->pids;
    return (size_t)processes->started;
}

static void processes_post(struct pool *pool) {
    workers_notify(((struct processes_pool *)pool)->workers);
}

static int processes_watch(void *pool, int epoll_fd) {
    const struct processes_pool *processes = pool;
    struct epoll_event event = {.events = EPOLLIN | EPOLLET, .data.u32 = LISTENER_DEATH};
    for (int i = 0; i < processes->started; i++)
        if (epoll_ctl(epoll_fd, EPOLL_CTL_ADD, processes->pidfds[i], &event) != 0)
            return -errno;
    return 0;
}

static int processes_look(void *pool, struct diag *diag) {
    const struct processes_pool *processes = (const struct processes_pool *)pool;
    struct epoll_event events[2]; /* one of them may be DONE_EVENT */
    int count = epoll_wait(processes->epoll_fd, events, 2, 0);
    for (int i = 0; i < count; i++)
        if (events[i].data.u32 != DONE_EVENT)
            return say_dead(processes, events[i].data.u32, diag);
    return 0;
}

/* Leaves them to be reaped at the close: until then no other process has their ids. Waits for each
 * until it has ended, or is stuck. */
static void processes_kill(void *pool) {
    const struct processes_pool *processes = (const struct processes_pool *)pool;
    for (int i = 0; i < processes->started; i++)
        kill(processes->pids[i], SIGKILL);
    for (int i = 0; i < processes->started; i++) {
        struct pollfd fd = {.fd = processes->pidfds[i], .events = POLLIN};
        while (poll(&fd, 1, (int)(PROCESS_GRACE_NS / NS_PER_MS)) < 0 && errno == EINTR)
            ;
    }
}

static const struct executor_driver processes_driver = {
    .pool_size = sizeof(struct processes_pool),
    .open = processes_open,
    .map = processes_map,
    .close = processes_close,
    .processes = processes_pids,
    .post = processes_post,
    .calls = {.watch = processes_watch, .look = processes_look, .kill = processes_kill},
};

const struct executor executor_processes = {
    .name = "processes",
    .alias = "process",
    .summary = "a pool of forked processes that share the jobs and results, and nothing else",
    .params = workers_params,
    .max_workers = WORKERS_MAX,
    .capabilities = EXECUTOR_FORKS,
    .driver = &processes_driver,
};
