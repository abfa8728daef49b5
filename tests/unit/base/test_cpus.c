/* SPDX-License-Identifier: MIT */
#include "cpus.h"

#include <criterion/criterion.h>

#define TICK INT64_C(10000000)

static struct cpu_times times;

/* Adds a line for the CPUs 1 and 3. */
static bool add(const char *line) {
    cpu_set_t cpus;
    CPU_ZERO(&cpus);
    CPU_SET(1, &cpus);
    CPU_SET(3, &cpus);
    return cpu_times_add(
        &times, &(struct cpu_mask){.set = &cpus, .size = sizeof(cpus)}, line, TICK);
}

Test(cpu_times, are_the_sum_over_the_cpus_of_the_set) {
    cr_expect(add("cpu1 1 2 4 8 16 32 64 128 256 512\n"));
    cr_expect_eq(times.busy_ns, 7 * TICK);
    cr_expect_eq(times.idle_ns, 24 * TICK);
    cr_expect_eq(times.steal_ns, 128 * TICK);
    cr_expect(add("cpu3 1 0 0 1 0 0 0 1 0 0\n"));
    cr_expect_eq(times.busy_ns, 8 * TICK);
    cr_expect_eq(times.idle_ns, 25 * TICK);
    cr_expect_eq(times.steal_ns, 129 * TICK);
}

Test(cpu_times, ignore_other_lines) {
    static const char *const lines[] = {"cpu  9 9 9 9 9 9 9 9 9 9\n", "cpu2 9 9 9 9 9 9 9 9 9 9\n",
        "cpu13 9 9 9 9\n", "cpu1024 9 9 9 9\n", "cpu4294967297 9 9 9 9\n",
        "cpu99999999999999999999 9 9 9 9\n", "intr 9 9 9 9\n", "cpux 9 9 9 9\n", ""};

    for (size_t i = 0; i < sizeof(lines) / sizeof(lines[0]); i++)
        cr_expect_not(add(lines[i]), "%s", lines[i]);
    cr_expect_eq(times.busy_ns + times.idle_ns + times.steal_ns, 0);
}

Test(cpu_times, of_a_kernel_that_counts_less_are_shorter) {
    cr_expect(add("cpu1 1 2 4 8\n"));
    cr_expect_eq(times.busy_ns, 7 * TICK);
    cr_expect_eq(times.idle_ns, 8 * TICK);
    cr_expect_eq(times.steal_ns, 0);
}
