/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "cpus.h"
#include "partners.h"

static bool no_children(void) {
    return waitpid(-1, NULL, WNOHANG) == -1 && errno == ECHILD;
}

static int serve(void *arg, struct partner_link *link, struct diag *diag) {
    (void)diag;
    int code = partner_ready(link, *(int64_t *)arg);
    if (code < 0)
        return code;
    for (;;)
        pause();
}

static int refuse(void *arg, struct partner_link *link, struct diag *diag) {
    (void)arg;
    (void)link;
    return diag_set(diag, -EADDRINUSE, "no port; free one");
}

static int crash(void *arg, struct partner_link *link, struct diag *diag) {
    (void)arg;
    (void)link;
    (void)diag;
    return raise(SIGKILL);
}

static int leave(void *arg, struct partner_link *link, struct diag *diag) {
    (void)arg;
    (void)link;
    (void)diag;
    _exit(7);
}

/* Returns the descriptor below 1000 that is open besides its link; 0 if there is none. */
static int look(void *arg, struct partner_link *link, struct diag *diag) {
    int64_t found = 0;
    (void)arg;
    (void)diag;
    for (int fd = 4; fd < 1000; fd++)
        if (fcntl(fd, F_GETFD) >= 0)
            found = fd;
    return partner_ready(link, found);
}

Test(partner, says_its_value_and_is_gone_when_stopped) {
    int64_t sent = INT64_C(1) << 40, got = 0;
    struct partner *partner = NULL;
    struct diag diag = {0};
    cr_assert_eq(partner_start("the test", serve, &sent, &partner, &got, &diag), 0);
    cr_expect_eq(got, sent);
    pid_t pid = partner_pid(partner);
    cr_expect_eq(waitpid(pid, NULL, WNOHANG), 0, "it runs on");
    partner_stop(partner);
    cr_expect_eq(kill(pid, 0), -1);
    cr_expect(no_children());
}

Test(partner, one_that_has_died_can_be_stopped) {
    int64_t value = 1;
    struct partner *partner = NULL;
    cr_assert_eq(partner_start("the test", serve, &value, &partner, &value, NULL), 0);
    kill(partner_pid(partner), SIGKILL);
    partner_stop(partner);
    partner_stop(NULL);
    cr_expect(no_children());
}

Test(partner, a_failed_start_says_why_and_leaves_nothing) {
    static const struct {
        partner_main *main;
        int code;
        const char *words;
    } starts[] = {{refuse, -EADDRINUSE, "the test cannot start: no port; free one"},
        {crash, -EOWNERDEAD, "the test was killed by signal 9"},
        {leave, -EOWNERDEAD, "the test exited with status 7"}};
    for (size_t i = 0; i < sizeof(starts) / sizeof(*starts); i++) {
        int64_t value = 5;
        struct partner *partner = NULL;
        struct diag diag = {0};
        int fd_before = dup(0);
        close(fd_before);
        cr_expect_eq(partner_start("the test", starts[i].main, NULL, &partner, &value, &diag),
            starts[i].code);
        cr_expect_not_null(strstr(diag.text, starts[i].words), "%s", diag.text);
        cr_expect_null(partner);
        cr_expect_eq(value, 5);
        cr_expect(no_children());
        int fd_after = dup(0);
        cr_expect_eq(fd_after, fd_before, "a descriptor is left");
        close(fd_after);
    }
}

Test(partner, inherits_no_descriptor) {
    int64_t found = -1;
    struct partner *partner = NULL;
    int fds[2];
    cr_assert_eq(pipe(fds), 0);
    cr_assert_eq(partner_start("the test", look, NULL, &partner, &found, NULL), 0);
    cr_expect_eq(found, 0);
    partner_stop(partner);
    close(fds[0]);
    close(fds[1]);
}

Test(partner, open_files_rise_to_the_hard_limit) {
    struct rlimit limit;
    getrlimit(RLIMIT_NOFILE, &limit);
    limit.rlim_cur = 64;
    setrlimit(RLIMIT_NOFILE, &limit);
    cr_expect_eq(partner_raise_open_files(), (int64_t)limit.rlim_max);
    getrlimit(RLIMIT_NOFILE, &limit);
    cr_expect_eq(limit.rlim_cur, limit.rlim_max);
}

/* Bit i of the value: it may run on the i-th usable CPU. */
static int look_at_cpus(void *arg, struct partner_link *link, struct diag *diag) {
    const struct cpu_mask *usable = arg;
    struct cpu_mask mask;
    int64_t found = 0, bit = 1;
    if (!cpu_mask_of_thread(&mask))
        return diag_no_memory(diag, "a mask");
    for (size_t cpu = 0; cpu < usable->size * 8; cpu++)
        if (CPU_ISSET_S(cpu, usable->size, usable->set)) {
            found |= CPU_ISSET_S(cpu, mask.size, mask.set) ? bit : 0;
            bit *= 2;
        }
    return partner_ready(link, found);
}

static int64_t cpus_of_partner(struct cpu_mask *usable) {
    struct partner *partner = NULL;
    int64_t found = 0;
    struct diag diag = {0};
    cr_assert_eq(partner_start("the test", look_at_cpus, usable, &partner, &found, &diag), 0, "%s",
        diag.text);
    partner_stop(partner);
    return found;
}

Test(partner, runs_on_cpus_that_no_worker_has) {
    struct cpu_mask usable;
    cr_assert(cpu_mask_usable(&usable));
    int count = 0, cpus[62];
    for (size_t cpu = 0; cpu < usable.size * 8 && count < 62; cpu++)
        if (CPU_ISSET_S(cpu, usable.size, usable.set))
            cpus[count++] = (int)cpu;
    if (CPU_COUNT_S(usable.size, usable.set) != count)
        cr_skip_test("more than 62 CPUs");
    int64_t all = (INT64_C(1) << count) - 1;

    cr_expect_eq(cpus_of_partner(&usable), all);
    partners_avoid(cpus, 1);
    cr_expect_eq(cpus_of_partner(&usable), count == 1 ? all : all - 1, "of %d CPUs", count);
    partners_avoid(cpus, count - 1);
    cr_expect_eq(cpus_of_partner(&usable), INT64_C(1) << (count - 1));
    partners_avoid(cpus, count);
    cr_expect_eq(cpus_of_partner(&usable), all, "no CPU is left");
    partners_avoid((const int[]){-1, -1}, 2);
    cr_expect_eq(cpus_of_partner(&usable), all, "the workers are not bound");
    partners_avoid(cpus, 1);
    partners_avoid(NULL, 0);
    cr_expect_eq(cpus_of_partner(&usable), all);
    CPU_FREE(usable.set);
}
