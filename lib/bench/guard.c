/* SPDX-License-Identifier: MIT */
#include "guard.h"

#include <errno.h>
#include <signal.h>
#include <stdatomic.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "refusal.h"

/* Those of the hooks and the sample itself. */
#define GROUPS_MAX 4

/* In memory that both processes share; the tool writes, and the guard reads once it is gone. */
struct guard {
    pid_t pid;
    atomic_int count;
    pid_t groups[GROUPS_MAX];
};

/* The signals of a terminal and of `kill -TERM` at all processes of a name are for the tool, which
 * has yet to clear away when they come; and no descriptor stays open here that others wait to see
 * closed. */
__attribute__((noreturn)) static void stand_guard(
    const struct guard *guard, struct sample_cgroup cgroup, pid_t parent) {
    sigset_t all, end;
    int signal;

    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, NULL);
    sigemptyset(&end);
    sigaddset(&end, SIGUSR1);
    prctl(PR_SET_NAME, "bench-guard"); /* not the tool's, by which somebody may kill it */
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    setsid();
    close_range(0, ~0U, 0);
    while (getppid() == parent)
        sigwait(&end, &signal);
    for (int i = 0; i < atomic_load(&guard->count); i++)
        kill(-guard->groups[i], SIGKILL);
    sample_cgroup_kill(&cgroup);
    sample_cgroup_remove(&cgroup);
    _exit(0);
}

int guard_start(const struct sample_cgroup *cgroup, struct guard **ret_guard, struct diag *diag) {
    pid_t parent = getpid();
    struct guard *guard =
        mmap(NULL, sizeof *guard, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (guard == MAP_FAILED)
        return refused_memory(diag, errno, sizeof *guard, "the guard of a session");

    /* A fork whose end sends no SIGCHLD: a wait for any child is then for those of the samples. */
    pid_t pid = (pid_t)syscall(SYS_clone, 0, NULL, NULL, NULL, 0);
    if (pid == 0)
        stand_guard(guard, *cgroup, parent);
    if (pid < 0) {
        int error = errno;
        munmap(guard, sizeof *guard);
        return refused_worker(diag, error, "the guard of a session");
    }
    guard->pid = pid;
    *ret_guard = guard;
    return 0;
}

void guard_stop(struct guard *guard) {
    if (!guard)
        return;
    kill(guard->pid, SIGKILL);
    while (waitpid(guard->pid, NULL, __WALL) < 0 && errno == EINTR)
        ;
    munmap(guard, sizeof *guard);
}

void guard_watch(struct guard *guard, pid_t group) {
    int count = atomic_load(&guard->count);
    if (count == GROUPS_MAX)
        return;
    guard->groups[count] = group;
    atomic_store(&guard->count, count + 1);
}

void guard_forget(struct guard *guard) {
    atomic_store(&guard->count, 0);
}
