/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "place.h"
#include "topology.h"

#define WORKERS 256

static bool is_allowed(const int *allowed, size_t count, int cpu) {
    for (size_t i = 0; i < count; i++)
        if (allowed[i] == cpu)
            return true;
    return count == 0;
}

/* The usable CPUs of a machine that hwloc describes so; `allowed`: only these of them. */
static struct places make(const char *synthetic, const int *allowed, size_t allowed_count) {
    struct places place = {.parted = true};
    size_t count;
    if (!topology_read(synthetic, &place.cpus, &count))
        cr_skip_test("libhwloc cannot be loaded here");
    for (size_t i = 0; i < count; i++)
        if (is_allowed(allowed, allowed_count, place.cpus[i].cpu))
            place.cpus[place.count++] = place.cpus[i];
    place.usable = (int)place.count;
    return place;
}

/* Chooses and compares with the list `expected`. */
static void expect(struct places *place, const char *pin, int workers, const char *expected) {
    int cpus[WORKERS];
    char text[1024];
    struct diag diag = {0};
    cr_assert_eq(place_choose(place, pin, workers, cpus, &diag), 0, "%s", diag.text);
    place_format(cpus, (size_t)workers, text, sizeof(text));
    cr_expect_str_eq(text, expected, "%s of %d workers: %s, not %s", pin, workers, text, expected);
}

static void expect_refused(struct places *place, const char *pin, const char *sentence) {
    int cpus[WORKERS] = {-7};
    struct diag diag = {0};
    cr_expect_eq(place_choose(place, pin, 2, cpus, &diag), -EINVAL, "%s", pin);
    cr_expect(strstr(diag.text, sentence), "%s: %s", pin, diag.text);
    cr_expect_eq(cpus[0], -7);
}

Test(place, spread_takes_packages_then_caches_then_cores_then_hardware_threads) {
    /* CPUs 0-7 and 8-15; caches of two cores; cores of two hardware threads */
    struct places place = make("pack:2 l2:2 core:2 pu:2", NULL, 0);
    expect(&place, "spread", 1, "0");
    expect(&place, "spread", 2, "0,8");
    expect(&place, "spread", 3, "0,4,8");
    expect(&place, "spread", 4, "0,4,8,12");
    expect(&place, "spread", 6, "0,2,4,8,10,12");
    expect(&place, "spread", 8, "0,2,4,6,8,10,12,14");
    expect(&place, "spread", 9, "0-2,4,6,8,10,12,14");
    expect(&place, "spread", 16, "0-15");
    place_release(&place);
}

Test(place, spread_fills_numa_nodes_evenly) {
    struct places place = make("numa:4 core:2 pu:1", NULL, 0);
    expect(&place, "spread", 2, "0,2");
    expect(&place, "spread", 4, "0,2,4,6");
    expect(&place, "spread", 5, "0-2,4,6");
    place_release(&place);
}

Test(place, hardware_threads_of_a_core_may_have_distant_numbers) {
    /* core 0 has CPUs 0 and 4 */
    struct places place = make("pack:1 core:4 pu:2(indexes=0,4,1,5,2,6,3,7)", NULL, 0);
    expect(&place, "spread", 2, "0-1");
    expect(&place, "spread", 4, "0-3");
    expect(&place, "spread", 5, "0,4,1-3");
    expect(&place, "compact", 3, "0,4,1");
    place_release(&place);
}

/* hwloc_distrib would put both workers on core 0. */
Test(place, a_core_without_a_sibling_is_a_core) {
    static const int allowed[] = {0, 1, 2};
    struct places place = make("pack:1 core:2 pu:2", allowed, 3);
    expect(&place, "spread", 2, "0,2");
    expect(&place, "spread", 3, "0-2");
    place_release(&place);
}

Test(place, holes_in_the_cpuset_are_left_out) {
    static const int allowed[] = {1, 2, 3, 9};
    struct places place = make("pack:2 core:4 pu:2", allowed, 4);
    expect(&place, "spread", 2, "1,9");
    expect(&place, "spread", 3, "1-2,9");
    expect(&place, "compact", 2, "1-2");
    expect(&place, "1,9", 3, "1,9,1");
    expect_refused(&place, "0", "pin: CPU 0 is not usable; usable are 1-3,9");
    place_release(&place);
}

Test(place, one_cpu_is_enough) {
    static const int allowed[] = {5};
    struct places place = make("pack:2 core:4 pu:1", allowed, 1);
    expect(&place, "spread", 1, "5");
    expect(&place, "spread", 2, "5,5");
    expect(&place, "compact", 3, "5,5,5");
    expect(&place, "auto", 1, "5");
    expect(&place, "auto", 2, "-1,-1");
    expect_refused(&place, "4-5", "pin: CPU 4 is not usable; usable is 5");
    place_release(&place);
}

Test(place, many_cpus_are_filled_evenly) {
    struct places place = make("pack:2 numa:2 l3:4 core:4 pu:2", NULL, 0);
    int cpus[WORKERS], in_cache[16] = {0};
    struct diag diag;
    cr_assert_eq(place.count, 128);
    cr_assert_eq(place_choose(&place, "spread", 40, cpus, &diag), 0);
    for (int i = 0; i < 40; i++) {
        cr_expect_eq(cpus[i] % 2, 0, "CPU %d is the second of its core", cpus[i]);
        in_cache[cpus[i] / 8]++;
    }
    for (int i = 0; i < 16; i++)
        cr_expect(in_cache[i] == 2 || in_cache[i] == 3, "%d workers in cache %d", in_cache[i], i);
    expect(&place, "compact", 10, "0-9");
    expect(&place, "auto", 128, "0-127");
    place_release(&place);
}

Test(place, more_workers_than_cpus_begin_again) {
    struct places place = make("core:2 pu:1", NULL, 0);
    expect(&place, "spread", 5, "0-1,0-1,0");
    expect(&place, "compact", 3, "0-1,0");
    place_release(&place);
}

Test(place, auto_spreads_only_where_each_worker_gets_a_cpu) {
    struct places place = make("pack:1 core:2 pu:2", NULL, 0);
    expect(&place, "auto", 2, "0,2");
    expect(&place, "auto", 4, "0-3");
    expect(&place, "auto", 5, "-1,-1,-1,-1,-1");
    place.usable = 2; /* by a quota */
    expect(&place, "auto", 2, "0,2");
    expect(&place, "auto", 3, "-1,-1,-1");
    expect(&place, "spread", 3, "0-2");
    expect(&place, "none", 2, "-1,-1");
    place_release(&place);
}

Test(place, a_list_is_taken_in_turn) {
    struct places place = make("core:8 pu:1", NULL, 0);
    expect(&place, "0,2,4-7", 2, "0,2");
    expect(&place, "0,2,4-7", 7, "0,2,4-7,0");
    expect(&place, "7,0", 2, "7,0");
    expect(&place, "3,3", 2, "3,3");
    expect(&place, "2-2", 1, "2");
    place_release(&place);
}

Test(place, a_wrong_list_is_refused) {
    static const char *const wrong[] = {"", ",", "0,", ",0", "0,,1", "0-", "-1", "2-1", "0 1",
        "0, 1", "1x", "0x1", "0-1-2", "Spread", "all"};
    struct places place = make("core:4 pu:1", NULL, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        expect_refused(&place, wrong[i], "write auto, spread, compact, none, or CPUs");
    expect_refused(&place, "pin\033[1m", "pin '?' is not");
    expect_refused(&place, "0,9", "pin: CPU 9 is not usable; usable are 0-3");
    expect_refused(&place, "3-99999999999999999999", "pin: CPU 4 is not usable");
    place_release(&place);
}

Test(place, a_list_has_a_longest_length) {
    struct places place = make("core:4 pu:1", NULL, 0);
    char text[2 * 1025 + 1] = "";
    for (int i = 0; i < 1025; i++)
        strcat(text, i > 0 ? ",0" : "0");
    expect_refused(&place, text, "more than 1024 CPUs");
    place_release(&place);
}

/* Without libhwloc the order is that of the numbers. */
Test(place, cpus_that_share_nothing_are_taken_in_order) {
    struct place_cpu cpus[4] = {{.cpu = 1}, {.cpu = 3}, {.cpu = 4}, {.cpu = 70000}};
    struct places place = {.cpus = cpus, .count = 4, .usable = 4};
    expect(&place, "spread", 2, "1,3");
    expect(&place, "compact", 3, "1,3-4");
    cr_expect(place.parted);
}

Test(place, finds_the_usable_cpus_of_this_machine) {
    struct places place;
    struct diag diag = {0};
    int cpu;
    char usable[64];
    cr_assert_eq(place_read(&place, &diag), 0, "%s", diag.text);
    cr_assert_geq(place.count, 1);
    cr_expect(place.usable >= 1 && (size_t)place.usable <= place.count);
    cr_assert_eq(place_choose(&place, "spread", 1, &cpu, &diag), 0, "%s", diag.text);
    bool found = false;
    for (size_t i = 0; i < place.count; i++)
        found = found || place.cpus[i].cpu == cpu;
    cr_expect(found, "CPU %d is none of %zu", cpu, place.count);
    place_usable(&place, usable, sizeof(usable));
    cr_expect_neq(usable[0], '\0');
    place_release(&place);
}

Test(place, a_long_list_is_cut) {
    static const int cpus[] = {1, 3, 5, 7, 9, 11, 13};
    char text[12];
    place_format(cpus, 7, text, sizeof(text));
    cr_expect_str_eq(text, "1,3,5,7...");
    place_format(cpus, 3, text, sizeof(text));
    cr_expect_str_eq(text, "1,3,5");
    place_format(cpus, 0, text, sizeof(text));
    cr_expect_str_eq(text, "");
}
