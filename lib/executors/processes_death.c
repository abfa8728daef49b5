/* SPDX-License-Identifier: MIT */
#include "processes_parts.h"

#include <errno.h>
#include <string.h>
#include <sys/wait.h>

int explain_death(int index, pid_t pid, const siginfo_t *info, struct diag *diag) {
    if (info->si_code == CLD_KILLED || info->si_code == CLD_DUMPED)
        return diag_set(diag, -EOWNERDEAD,
            "worker process %d (pid %d) was killed by signal %d (%s); look for a crash in a job, "
            "the kernel's out-of-memory killer, or a program that sent it",
            index + 1, (int)pid, info->si_status, strsignal(info->si_status));
    return diag_set(diag, -EOWNERDEAD,
        "worker process %d (pid %d) exited with status %d in the middle of its work; a job must "
        "not end its process",
        index + 1, (int)pid, info->si_status);
}

int explain_dead_worker(int index, pid_t pid, struct diag *diag) {
    siginfo_t info = {0};
    waitid(P_PID, (id_t)pid, &info, WEXITED | WNOHANG | WNOWAIT);
    return explain_death(index, pid, &info, diag);
}

int explain_stuck(int index, pid_t pid, struct diag *diag) {
    return diag_set(diag, -EBUSY,
        "worker process %d (pid %d) was killed but did not end, and is left behind: it is stuck in "
        "the kernel; look for a device or a network mount that does not answer",
        index + 1, (int)pid);
}
