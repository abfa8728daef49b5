/* SPDX-License-Identifier: MIT */
#include "session_parts.h"

#include <errno.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "refusal.h"

/* The signals that end a session. A signal that is ignored from the start (nohup) stays ignored. */
static void ending_signals(sigset_t *ret_mask) {
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    sigemptyset(ret_mask);
    for (size_t i = 0; i < sizeof(signals) / sizeof(*signals); i++) {
        struct sigaction action;
        if (sigaction(signals[i], NULL, &action) == 0 && action.sa_handler != SIG_IGN)
            sigaddset(ret_mask, signals[i]);
    }
}

int signals_catch(sigset_t *ret_old_mask, struct diag *diag) {
    sigset_t mask;
    ending_signals(&mask);
    sigprocmask(SIG_BLOCK, &mask, ret_old_mask);
    int fd = signalfd(-1, &mask, SFD_CLOEXEC | SFD_NONBLOCK);
    if (fd < 0) {
        int code = refused_descriptor(diag, errno, "a signalfd");
        sigprocmask(SIG_SETMASK, ret_old_mask, NULL);
        return code;
    }
    return fd;
}

int signals_late(int signal_fd) {
    struct signalfd_siginfo info;
    int signal = 0;
    while (read(signal_fd, &info, sizeof(info)) == sizeof(info))
        signal = (int)info.ssi_signo;
    return signal;
}
