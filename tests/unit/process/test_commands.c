/* SPDX-License-Identifier: MIT */
#include "commands.h"

#include <criterion/criterion.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Test(commands, without_notes_nothing_is_kept) {
    char output[COMMAND_OUTPUT_MAX];
    const struct rusage usage = {.ru_maxrss = 7};
    command_used(&usage);
    command_failed(1, "why", 3);
    cr_expect_eq(commands_usage().count, 0);
    cr_expect_eq(commands_output(output), 0);
}

Test(commands, usage_of_worker_processes_is_summed) {
    struct diag diag = {0};
    cr_assert_eq(commands_begin(&diag), 0, "%s", diag.text);
    const struct rusage small = {.ru_maxrss = 100,
        .ru_utime = {.tv_sec = 1, .tv_usec = 2},
        .ru_stime = {.tv_usec = 3},
        .ru_minflt = 4,
        .ru_majflt = 5,
        .ru_nvcsw = 6,
        .ru_nivcsw = 7};
    const struct rusage large = {.ru_maxrss = 300};
    command_used(&small);
    pid_t pid = fork();
    if (pid == 0) {
        command_used(&large);
        _exit(0);
    }
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    const struct command_usage sum = commands_usage();
    cr_expect_eq(sum.count, 2);
    cr_expect_eq(sum.user_ns, 1000002000);
    cr_expect_eq(sum.system_ns, 3000);
    cr_expect_eq(sum.minor_faults, 4);
    cr_expect_eq(sum.major_faults, 5);
    cr_expect_eq(sum.voluntary_switches, 6);
    cr_expect_eq(sum.involuntary_switches, 7);
    cr_expect_eq(sum.peak_sum_bytes, 400 * 1024);
    cr_expect_eq(sum.peak_max_bytes, 300 * 1024);
    commands_end();
    cr_expect_eq(commands_usage().count, 0);
}

Test(commands, the_output_of_the_lowest_failed_job_is_kept) {
    static char longer[COMMAND_OUTPUT_MAX + 10];
    struct diag diag = {0};
    char output[COMMAND_OUTPUT_MAX];
    cr_assert_eq(commands_begin(&diag), 0, "%s", diag.text);
    command_failed(5, "five", 4);
    cr_expect_eq(commands_output(output), 4);
    cr_expect_eq(memcmp(output, "five", 4), 0);
    memset(longer, 'x', sizeof(longer));
    longer[sizeof(longer) - 1] = '!';
    command_failed(0, longer, sizeof(longer));
    cr_expect_eq(commands_output(output), COMMAND_OUTPUT_MAX);
    cr_expect_eq(output[COMMAND_OUTPUT_MAX - 1], '!');
    for (int job = 1; job < 100; job++) /* there is no room for all of them */
        command_failed(job, "later", 5);
    cr_expect_eq(commands_output(output), COMMAND_OUTPUT_MAX);
    commands_end();
}
