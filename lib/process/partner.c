/* SPDX-License-Identifier: MIT */
#include "partners.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpus.h"
#include "refusal.h"

#define LINK_FD 3 /* the partner's lowest descriptor beside the standard streams */

struct partner {
    pid_t pid;
};

struct partner_link {
    int fd;
};

/* The one message of a partner: it is ready, or why it cannot start. At most PIPE_BUF bytes, so it
 * is written at once. */
struct message {
    int code; /* 0, or a negative errno */
    int64_t value;
    char text[DIAG_TEXT_SIZE]; /* if code < 0 */
};

static struct cpu_mask free_cpus; /* no set: all usable ones */

void partners_avoid(const int *cpus, int count) {
    CPU_FREE(free_cpus.set);
    free_cpus = (struct cpu_mask){0};
    if (!cpus || !cpu_mask_usable(&free_cpus))
        return;
    for (int i = 0; i < count; i++)
        if (cpus[i] >= 0)
            CPU_CLR_S((size_t)cpus[i], free_cpus.size, free_cpus.set);
    if (CPU_COUNT_S(free_cpus.size, free_cpus.set) > 0)
        return;
    CPU_FREE(free_cpus.set);
    free_cpus = (struct cpu_mask){0};
}

static int say(const struct partner_link *link, const struct message *message) {
    ssize_t put;
    do
        put = write(link->fd, message, sizeof(*message));
    while (put < 0 && errno == EINTR);
    return put == sizeof(*message) ? 0 : -EPIPE;
}

int partner_ready(struct partner_link *link, int64_t value) {
    int code = say(link, &(struct message){.value = value});
    close(link->fd);
    link->fd = -1;
    return code;
}

__attribute__((noreturn)) static void run(partner_main *main, void *arg, int fd, pid_t parent) {
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    if (fd != LINK_FD)
        dup2(fd, LINK_FD);
    close_range(LINK_FD + 1, ~0U, 0);
    signal(SIGPIPE, SIG_IGN);
    if (free_cpus.set) /* if it is refused, all usable CPUs remain */
        (void)sched_setaffinity(0, free_cpus.size, free_cpus.set);
    struct partner_link link = {.fd = LINK_FD};
    struct diag diag = {0};
    int code = main(arg, &link, &diag);
    if (link.fd >= 0) {
        struct message message = {.code = code < 0 ? code : -ECANCELED};
        memcpy(message.text, diag.text, sizeof(message.text));
        (void)say(&link, &message);
    }
    _exit(code == 0 ? 0 : 1);
}

/* Kills and reaps; returns the wait status. */
static int end(pid_t pid, int signal_number) {
    int status = 0;
    if (signal_number)
        kill(pid, signal_number);
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return status;
}

/* Waits for the one message. */
static int await_ready(const char *name, pid_t pid, int fd, int64_t *ret_value, struct diag *diag) {
    struct message message;
    ssize_t got;
    do
        got = read(fd, &message, sizeof(message));
    while (got < 0 && errno == EINTR);
    if (got == sizeof(message) && message.code == 0) {
        *ret_value = message.value;
        return 0;
    }
    /* It has sent its message, or closed its end of the pipe: it ends by itself. */
    int status = end(pid, 0);
    if (got == sizeof(message))
        return diag_set(diag, message.code, "%s cannot start: %s", name,
            message.text[0] ? message.text : strerror(-message.code));
    if (WIFSIGNALED(status))
        return diag_set(diag, -EOWNERDEAD,
            "%s was killed by signal %d (%s) before it was ready; look for a crash in it", name,
            WTERMSIG(status), strsignal(WTERMSIG(status)));
    return diag_set(diag, -EOWNERDEAD,
        "%s exited with status %d before it was ready; look for a mistake in it", name,
        WEXITSTATUS(status));
}

int partner_start(const char *name, partner_main *main, void *arg, struct partner **ret_partner,
    int64_t *ret_value, struct diag *diag) {
    int fds[2];
    _Static_assert(sizeof(struct message) <= 4096, "a message is written at once");
    if (pipe2(fds, O_CLOEXEC) != 0)
        return refused_descriptor(diag, errno, "a pipe to a partner process");
    struct partner *partner = malloc(sizeof(*partner));
    pid_t parent = getpid();
    pid_t pid = partner ? fork() : -1;
    if (pid == 0)
        run(main, arg, fds[1], parent);
    int error = errno;
    close(fds[1]);
    int code;
    if (pid > 0)
        code = await_ready(name, pid, fds[0], ret_value, diag);
    else if (partner)
        code = refused_worker(diag, error, name);
    else
        code = diag_no_memory(diag, "%s", name);
    close(fds[0]);
    if (code < 0 || !partner) {
        free(partner);
        return code;
    }
    partner->pid = pid;
    *ret_partner = partner;
    return 0;
}

pid_t partner_pid(const struct partner *partner) {
    return partner->pid;
}

void partner_stop(struct partner *partner) {
    if (!partner)
        return;
    end(partner->pid, SIGKILL);
    free(partner);
}

int64_t partner_raise_open_files(void) {
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0)
        return 0;
    if (limit.rlim_cur != limit.rlim_max) {
        struct rlimit raised = {.rlim_cur = limit.rlim_max, .rlim_max = limit.rlim_max};
        if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
            limit = raised;
    }
    return limit.rlim_cur > INT64_MAX ? INT64_MAX : (int64_t)limit.rlim_cur;
}
