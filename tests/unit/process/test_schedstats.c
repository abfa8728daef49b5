/* SPDX-License-Identifier: MIT */
#include "schedstats.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

Test(schedstats, are_read_from_schedstat) {
    struct thread_stats stats = {.tid = 7, .migrations = 9};

    cr_assert(parse_schedstat("3959319 265632 2\n", &stats));
    cr_expect_eq(stats.waited_ns, 265632);
    cr_expect_eq(stats.timeslices, 2);
    cr_expect_eq(stats.tid, 7);
    cr_expect_eq(stats.migrations, 9);
    cr_assert(parse_schedstat("9223372036854775807 9223372036854775807 1 more", &stats));
    cr_expect_eq(stats.waited_ns, INT64_MAX);
    cr_assert(parse_schedstat("5 0 1\n", &stats));
    cr_expect_eq(stats.waited_ns, 0);
}

/* "0 0 0" is what a kernel writes that does not count. */
Test(schedstats, are_unknown_in_other_texts) {
    static const char *const texts[] = {"", "0 0 0\n", "1 2\n", "a 1 2\n", "1 -2 3\n", "-1 2 3\n"};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct thread_stats stats = {.waited_ns = -1, .timeslices = -1};

        cr_expect_not(parse_schedstat(texts[i], &stats), "%s", texts[i]);
        cr_expect_eq(stats.waited_ns, -1);
        cr_expect_eq(stats.timeslices, -1);
    }
}

Test(schedstats, have_migrations_if_the_kernel_shows_them) {
    cr_expect_eq(
        parse_migrations("cat (12443, #threads: 1)\n---\n"
                         "se.sum_exec_runtime  :  8.27\n"
                         "se.nr_migrations                             :               12\n"
                         "nr_switches  :  1\n"),
        12);
    cr_expect_eq(parse_migrations("se.nr_migrations : 0\n"), 0);
    cr_expect_eq(parse_migrations("se.nr_migrations"), -1);
    cr_expect_eq(parse_migrations("se.nr_migrations : x\n"), -1);
    cr_expect_eq(parse_migrations("nr_migrations : 5\n"), -1);
    cr_expect_eq(parse_migrations(""), -1);
}

/* The name of a program may contain anything. */
Test(schedstats, have_the_fields_of_stat) {
    static const char after_name[] =
        " S 1 2 3 4 5 6 7 8 9 10 100 20 3 4 15 16 17 18 19 20 21 22 23 "
        "24 25 26 27 28 29 30 31 32 33 34 35 63 37 38\n";
    static const char *const names[] = {"1 (cat)", "1 (a b) c)", "1 ()", "1 (1 2 3 4 5 6 7)"};

    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        struct stat_fields fields = {0};
        char text[256];

        (void)snprintf(text, sizeof(text), "%s%s", names[i], after_name);
        cr_assert(parse_stat(text, &fields), "%s", text);
        cr_expect_eq(fields.parent, 1, "%d", (int)fields.parent);
        cr_expect_eq(fields.flags, 6, "%u", fields.flags);
        cr_expect_eq(fields.cpu, 63, "%d", fields.cpu);
        cr_expect_eq(fields.cpu_ticks, 127, "%lld", (long long)fields.cpu_ticks);
    }
}

Test(schedstats, are_unknown_in_a_stat_that_is_cut) {
    static const char without_cpu[] =
        "1 (cat) S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 21 22 23 24 25 26 27 28 29 "
        "30 31 32 33 34 35 ";
    static const char *const texts[] = {
        "", "1 cat S 1 2", "1 (cat)", "1 (cat) S 1 2 3 4 5", without_cpu};

    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct stat_fields fields = {.cpu = -1};

        cr_expect_not(parse_stat(texts[i], &fields), "%s", texts[i]);
        cr_expect_eq(fields.cpu, -1);
    }
}

#define LIST(...)                                                                                  \
    {                                                                                              \
        .items = (struct thread_stats[]){__VA_ARGS__},                                             \
        .count = sizeof((struct thread_stats[]){__VA_ARGS__}) / sizeof(struct thread_stats)        \
    }

static void expect_sums(const struct thread_list *before, const struct thread_list *after,
    struct thread_sums expected) {
    struct thread_sums sums = thread_list_since(before, after);

    cr_expect_eq(sums.waited_ns, expected.waited_ns, "%lld", (long long)sums.waited_ns);
    cr_expect_eq(sums.timeslices, expected.timeslices, "%lld", (long long)sums.timeslices);
    cr_expect_eq(sums.migrations, expected.migrations, "%lld", (long long)sums.migrations);
    cr_expect_eq(sums.cpus, expected.cpus, "%d", sums.cpus);
}

/* Thread 3 has ended, 4 has started, 2 did not run. */
Test(schedstats, are_summed_over_the_threads_that_are_there) {
    const struct thread_list before =
        LIST({1, 100, 10, 1, 0}, {2, 200, 20, 2, 1}, {3, 300, 30, 3, 2});
    const struct thread_list after = LIST({2, 200, 20, 2, 7}, {4, 5, 3, 1, 5}, {1, 150, 14, 1, 5});

    expect_sums(&before, &after, (struct thread_sums){55, 7, 1, 1});
}

Test(schedstats, are_unknown_if_they_are_unknown_of_one_thread) {
    const struct thread_list before = LIST({1, 100, 10, 1, 0}, {2, 200, 20, 2, 1});
    const struct thread_list no_waits = LIST({1, -1, -1, 1, 0}, {2, 250, 22, 5, 1});
    const struct thread_list no_migrations = LIST({1, 101, 11, -1, 0}, {2, 250, 22, 5, 1});
    struct thread_list missing = LIST({1, 101, 11, 1, 0});

    expect_sums(&before, &no_waits, (struct thread_sums){-1, -1, 3, -1});
    expect_sums(&before, &no_migrations, (struct thread_sums){51, 3, -1, 2});
    missing.incomplete = true;
    expect_sums(&before, &missing, (struct thread_sums){-1, -1, -1, -1});
}

Test(schedstats, are_0_without_threads) {
    const struct thread_list none = {0};

    expect_sums(&none, &none, (struct thread_sums){0, 0, 0, 0});
}

static void *wait_for_end(void *lock) {
    pthread_mutex_lock(lock);
    pthread_mutex_unlock(lock);
    return NULL;
}

static bool lists(const struct thread_list *list, pid_t tid) {
    for (size_t i = 0; i < list->count; i++)
        if (list->items[i].tid == tid)
            return true;
    return false;
}

Test(schedstats, list_the_threads_of_a_process) {
    enum { THREADS = 20 };
    pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
    pthread_t threads[THREADS];
    struct thread_list all = {0}, others = {0};

    pthread_mutex_lock(&lock);
    for (size_t i = 0; i < THREADS; i++)
        cr_assert_eq(pthread_create(&threads[i], NULL, wait_for_end, &lock), 0);
    thread_list_add(&all, getpid(), 0);
    thread_list_add(&others, getpid(), gettid());
    cr_expect_not(all.incomplete);
    cr_expect_geq(all.count, THREADS + 1);
    cr_expect_eq(others.count, all.count - 1);
    cr_expect(lists(&all, gettid()));
    cr_expect_not(lists(&others, gettid()));
    pthread_mutex_unlock(&lock);
    for (size_t i = 0; i < THREADS; i++)
        pthread_join(threads[i], NULL);
    thread_list_release(&all);
    thread_list_release(&others);
    cr_expect_eq(all.count, 0);
}

Test(schedstats, of_a_process_that_is_gone_are_incomplete) {
    struct thread_list list = {0};
    pid_t pid = fork();

    if (pid == 0)
        _exit(0);
    cr_assert_eq(waitpid(pid, NULL, 0), pid);
    thread_list_add(&list, pid, 0);
    cr_expect(list.incomplete);
    cr_expect_eq(list.count, 0);
    thread_list_release(&list);
}
