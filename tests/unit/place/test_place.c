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
    struct places places = {.parted = true};
    size_t count;
    if (!topology_read(synthetic, &places.cpus, &count))
        cr_skip_test("libhwloc cannot be loaded here");
    for (size_t i = 0; i < count; i++)
        if (is_allowed(allowed, allowed_count, places.cpus[i].cpu))
            places.cpus[places.count++] = places.cpus[i];
    places.usable = (int)places.count;
    return places;
}

/* Chooses and compares with the list `expected`. */
static void expect(struct places *places, const char *pin, int workers, const char *expected) {
    int cpus[WORKERS];
    char text[1024];
    struct diag diag = {0};
    cr_assert_eq(place_choose(places, pin, workers, cpus, &diag), 0, "%s", diag.text);
    place_format(cpus, (size_t)workers, text, sizeof(text));
    cr_expect_str_eq(text, expected, "%s of %d workers: %s, not %s", pin, workers, text, expected);
}

static void expect_refused(struct places *places, const char *pin, const char *sentence) {
    int cpus[WORKERS] = {-7};
    struct diag diag = {0};
    cr_expect_eq(place_choose(places, pin, 2, cpus, &diag), -EINVAL, "%s", pin);
    cr_expect(strstr(diag.text, sentence), "%s: %s", pin, diag.text);
    cr_expect_eq(cpus[0], -7);
}

Test(places, spread_takes_packages_then_caches_then_cores_then_hardware_threads) {
    /* CPUs 0-7 and 8-15; caches of two cores; cores of two hardware threads */
    struct places places = make("pack:2 l2:2 core:2 pu:2", NULL, 0);
    expect(&places, "spread", 1, "0");
    expect(&places, "spread", 2, "0,8");
    expect(&places, "spread", 3, "0,4,8");
    expect(&places, "spread", 4, "0,4,8,12");
    expect(&places, "spread", 6, "0,2,4,8,10,12");
    expect(&places, "spread", 8, "0,2,4,6,8,10,12,14");
    expect(&places, "spread", 9, "0-2,4,6,8,10,12,14");
    expect(&places, "spread", 16, "0-15");
    place_release(&places);
}

Test(places, spread_fills_numa_nodes_evenly) {
    struct places places = make("numa:4 core:2 pu:1", NULL, 0);
    expect(&places, "spread", 2, "0,2");
    expect(&places, "spread", 4, "0,2,4,6");
    expect(&places, "spread", 5, "0-2,4,6");
    place_release(&places);
}

Test(places, hardware_threads_of_a_core_may_have_distant_numbers) {
    /* core 0 has CPUs 0 and 4 */
    struct places places = make("pack:1 core:4 pu:2(indexes=0,4,1,5,2,6,3,7)", NULL, 0);
    expect(&places, "spread", 2, "0-1");
    expect(&places, "spread", 4, "0-3");
    expect(&places, "spread", 5, "0,4,1-3");
    expect(&places, "compact", 3, "0,4,1");
    place_release(&places);
}

/* hwloc_distrib would put both workers on core 0. */
Test(places, a_core_without_a_sibling_is_a_core) {
    static const int allowed[] = {0, 1, 2};
    struct places places = make("pack:1 core:2 pu:2", allowed, 3);
    expect(&places, "spread", 2, "0,2");
    expect(&places, "spread", 3, "0-2");
    place_release(&places);
}

Test(places, holes_in_the_cpuset_are_left_out) {
    static const int allowed[] = {1, 2, 3, 9};
    struct places places = make("pack:2 core:4 pu:2", allowed, 4);
    expect(&places, "spread", 2, "1,9");
    expect(&places, "spread", 3, "1-2,9");
    expect(&places, "compact", 2, "1-2");
    expect(&places, "1,9", 3, "1,9,1");
    expect_refused(&places, "0", "pin: CPU 0 is not usable; usable are 1-3,9");
    place_release(&places);
}

Test(places, one_cpu_is_enough) {
    static const int allowed[] = {5};
    struct places places = make("pack:2 core:4 pu:1", allowed, 1);
    expect(&places, "spread", 1, "5");
    expect(&places, "spread", 2, "5,5");
    expect(&places, "compact", 3, "5,5,5");
    expect(&places, "auto", 1, "5");
    expect(&places, "auto", 2, "-1,-1");
    expect_refused(&places, "4-5", "pin: CPU 4 is not usable; usable is 5");
    place_release(&places);
}

Test(places, many_cpus_are_filled_evenly) {
    struct places places = make("pack:2 numa:2 l3:4 core:4 pu:2", NULL, 0);
    int cpus[WORKERS], in_cache[16] = {0};
    struct diag diag;
    cr_assert_eq(places.count, 128);
    cr_assert_eq(place_choose(&places, "spread", 40, cpus, &diag), 0);
    for (int i = 0; i < 40; i++) {
        cr_expect_eq(cpus[i] % 2, 0, "CPU %d is the second of its core", cpus[i]);
        in_cache[cpus[i] / 8]++;
    }
    for (int i = 0; i < 16; i++)
        cr_expect(in_cache[i] == 2 || in_cache[i] == 3, "%d workers in cache %d", in_cache[i], i);
    expect(&places, "compact", 10, "0-9");
    expect(&places, "auto", 128, "0-127");
    place_release(&places);
}

Test(places, more_workers_than_cpus_begin_again) {
    struct places places = make("core:2 pu:1", NULL, 0);
    expect(&places, "spread", 5, "0-1,0-1,0");
    expect(&places, "compact", 3, "0-1,0");
    place_release(&places);
}

Test(places, auto_spreads_only_where_each_worker_gets_a_cpu) {
    struct places places = make("pack:1 core:2 pu:2", NULL, 0);
    expect(&places, "auto", 2, "0,2");
    expect(&places, "auto", 4, "0-3");
    expect(&places, "auto", 5, "-1,-1,-1,-1,-1");
    places.usable = 2; /* by a quota */
    expect(&places, "auto", 2, "0,2");
    expect(&places, "auto", 3, "-1,-1,-1");
    expect(&places, "spread", 3, "0-2");
    expect(&places, "none", 2, "-1,-1");
    place_release(&places);
}

Test(places, a_list_is_taken_in_turn) {
    struct places places = make("core:8 pu:1", NULL, 0);
    expect(&places, "0,2,4-7", 2, "0,2");
    expect(&places, "0,2,4-7", 7, "0,2,4-7,0");
    expect(&places, "7,0", 2, "7,0");
    expect(&places, "3,3", 2, "3,3");
    expect(&places, "2-2", 1, "2");
    place_release(&places);
}

Test(places, a_wrong_list_is_refused) {
    static const char *const wrong[] = {"", ",", "0,", ",0", "0,,1", "0-", "-1", "2-1", "0 1",
        "0, 1", "1x", "0x1", "0-1-2", "Spread", "all"};
    struct places places = make("core:4 pu:1", NULL, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(*wrong); i++)
        expect_refused(&places, wrong[i], "write auto, spread, compact, none, or CPUs");
    expect_refused(&places, "pin\033[1m", "pin '?' is not");
    expect_refused(&places, "0,9", "pin: CPU 9 is not usable; usable are 0-3");
    expect_refused(&places, "3-99999999999999999999", "pin: CPU 4 is not usable");
    place_release(&places);
}

Test(places, a_list_has_a_longest_length) {
    struct places places = make("core:4 pu:1", NULL, 0);
    char text[2 * 1025 + 1] = "";
    for (int i = 0; i < 1025; i++)
        strcat(text, i > 0 ? ",0" : "0");
    expect_refused(&places, text, "more than 1024 CPUs");
    place_release(&places);
}

/* Without libhwloc the order is that of the numbers. */
Test(places, cpus_that_share_nothing_are_taken_in_order) {
    struct place_cpu cpus[4] = {{.cpu = 1}, {.cpu = 3}, {.cpu = 4}, {.cpu = 70000}};
    struct places places = {.cpus = cpus, .count = 4, .usable = 4};
    expect(&places, "spread", 2, "1,3");
    expect(&places, "compact", 3, "1,3-4");
    cr_expect(places.parted);
}

Test(places, finds_the_usable_cpus_of_this_machine) {
    struct places places;
    struct diag diag = {0};
    int cpu;
    char usable[64];
    cr_assert_eq(place_read(&places, &diag), 0, "%s", diag.text);
    cr_assert_geq(places.count, 1);
    cr_expect(places.usable >= 1 && (size_t)places.usable <= places.count);
    cr_assert_eq(place_choose(&places, "spread", 1, &cpu, &diag), 0, "%s", diag.text);
    bool found = false;
    for (size_t i = 0; i < places.count; i++)
        found = found || places.cpus[i].cpu == cpu;
    cr_expect(found, "CPU %d is none of %zu", cpu, places.count);
    place_usable(&places, usable, sizeof(usable));
    cr_expect_neq(usable[0], '\0');
    place_release(&places);
}

Test(places, a_long_list_is_cut) {
    static const int cpus[] = {1, 3, 5, 7, 9, 11, 13};
    char text[12];
    place_format(cpus, 7, text, sizeof(text));
    cr_expect_str_eq(text, "1,3,5,7...");
    place_format(cpus, 3, text, sizeof(text));
    cr_expect_str_eq(text, "1,3,5");
    place_format(cpus, 0, text, sizeof(text));
    cr_expect_str_eq(text, "");
}
