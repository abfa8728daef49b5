/* SPDX-License-Identifier: MIT */
#include "fixture_tasks.h"

#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/sync.h>
#include <string.h>

/* Semaphores and queues: the order of waiters, and that nothing is lost. */

#define LONG_NS INT64_C(3600000000000)
#define TAKERS 5

/* Tasks that take a permit write to `order`, and give it back on request. */
struct takers {
    struct task_semaphore semaphore;
    int count;
    int order[TAKERS];
};

struct taker {
    struct takers *all;
    int number;
    int64_t deadline_ns;
    int code; /* of taking */
};

static int take_and_note(struct task *task, void *arg) {
    struct taker *self = arg;
    self->code = task_semaphore_take(task, &self->all->semaphore, self->deadline_ns);
    if (self->code == 0)
        self->all->order[self->all->count++] = self->number;
    return 0;
}

/* Starts `count` takers; then all of them wait. */
static int start_takers(struct task *task, struct takers *all, struct taker *takers, int count,
    struct task **ret_children) {
    for (int i = 0; i < count; i++) {
        takers[i] = (struct taker){.all = all, .number = i, .deadline_ns = TASK_FOREVER, .code = 1};
        EXPECT(task_spawn(task, take_and_note, &takers[i], &ret_children[i]) == 0);
    }
    return task_yield(task);
}

static int take_in_order(struct task *task, void *arg) {
    struct takers all = {.semaphore = task_semaphore_of(2)};
    struct taker takers[TAKERS];
    struct task *children[TAKERS];
    (void)arg;
    EXPECT(start_takers(task, &all, takers, TAKERS, children) == 0);
    EXPECT(all.count == 2 && all.semaphore.permits == 0);
    for (int given = 0; given < TAKERS; given++)
        task_semaphore_give(&all.semaphore);
    EXPECT(all.semaphore.permits == 2); /* three went to waiters */
    EXPECT(task_gather(task, children, TAKERS, NULL) == 0);
    for (int i = 0; i < TAKERS; i++)
        EXPECT(all.order[i] == i);
    return 0;
}

Test(sync, permits_go_to_the_first_waiter, .timeout = 60) {
    run_where_tasks_spawn(take_in_order, NULL);
}

/* The second of three waiters gives up: at its deadline, or because it is cancelled. */
static int give_up_waiting(struct task *task, void *arg) {
    (void)arg;
    for (int cancels = 0; cancels < 2; cancels++) {
        struct takers all = {.semaphore = task_semaphore_of(0)};
        struct taker takers[3];
        struct task *children[3];
        EXPECT(start_takers(task, &all, takers, 1, children) == 0);
        for (int i = 1; i < 3; i++) {
            bool late = i == 1 && !cancels;
            takers[i] = (struct taker){
                .all = &all, .number = i, .deadline_ns = late ? task_now_ns() : TASK_FOREVER};
            EXPECT(task_spawn(task, take_and_note, &takers[i], &children[i]) == 0);
        }
        EXPECT(task_sleep(task, 1000) == 0);
        if (cancels)
            task_cancel(children[1]);
        /* It may stay in the queue until it runs, but must not delay the others. */
        task_semaphore_give(&all.semaphore);
        task_semaphore_give(&all.semaphore);
        EXPECT(task_gather(task, children, 3, NULL) == 0);
        EXPECT(takers[1].code == (cancels ? -ECANCELED : -ETIMEDOUT));
        EXPECT(all.count == 2 && all.order[0] == 0 && all.order[1] == 2);
        EXPECT(all.semaphore.permits == 0 && !all.semaphore.waiters.first);
    }
    return 0;
}

Test(sync, who_gives_up_waiting_takes_no_permit, .timeout = 60) {
    run_where_tasks_spawn(give_up_waiting, NULL);
}

/* Cancelled after it got a permit and before it runs: it has the permit, and its next wait ends. */
static int take_then_sleep(struct task *task, void *arg) {
    struct takers *all = arg;
    EXPECT(task_semaphore_take(task, &all->semaphore, TASK_FOREVER) == 0);
    EXPECT(task_is_cancelled(task));
    EXPECT(task_sleep(task, LONG_NS) == -ECANCELED);
    task_semaphore_give(&all->semaphore);
    return 0;
}

static int cancel_after_handing(struct task *task, void *arg) {
    struct takers all = {.semaphore = task_semaphore_of(0)};
    struct task *child;
    (void)arg;
    EXPECT(task_spawn(task, take_then_sleep, &all, &child) == 0);
    EXPECT(task_yield(task) == 0);
    task_semaphore_give(&all.semaphore);
    task_cancel(child);
    EXPECT(task_await(task, child) == 0 && all.semaphore.permits == 1);
    return 0;
}

Test(sync, a_permit_that_was_handed_over_stays, .timeout = 60) {
    run_where_tasks_spawn(cancel_after_handing, NULL);
}

/* A producer of numbers and their consumers. */
#define ITEMS 1000
#define CONSUMERS 3

struct line {
    struct task_queue queue;
    int consumers; /* one gets the items in order; several may run in any order */
    int64_t sum, last, taken;
};

static int consume(struct task *task, void *arg) {
    struct line *line = arg;
    void *item = NULL;
    int code;
    while ((code = task_queue_get(task, &line->queue, TASK_FOREVER, &item)) == 0) {
        EXPECT(line->consumers > 1 || (int64_t)(intptr_t)item == line->last + 1);
        line->last = (intptr_t)item;
        line->sum += line->last;
        line->taken++;
        if (line->taken % 7 == 0)
            EXPECT(task_yield(task) == 0);
    }
    EXPECT(code == -EPIPE);
    return 0;
}

static int produce(struct task *task, void *arg) {
    struct line *line = arg;
    for (intptr_t i = 1; i <= ITEMS; i++)
        EXPECT(task_queue_put(task, &line->queue, (void *)i, TASK_FOREVER) == 0);
    task_queue_close(&line->queue);
    EXPECT(task_queue_put(task, &line->queue, NULL, TASK_FOREVER) == -EPIPE);
    return 0;
}

static int run_line(struct task *task, struct line *line, size_t capacity) {
    struct task *children[CONSUMERS + 1];
    EXPECT(task_queue_init(&line->queue, capacity) == 0);
    for (int i = 0; i < line->consumers; i++)
        EXPECT(task_spawn(task, consume, line, &children[i]) == 0);
    EXPECT(task_spawn(task, produce, line, &children[line->consumers]) == 0);
    EXPECT(task_gather(task, children, (size_t)line->consumers + 1, NULL) == 0);
    EXPECT(line->taken == ITEMS && line->sum == ITEMS * (ITEMS + 1) / 2);
    task_queue_release(&line->queue);
    return 0;
}

static int run_lines(struct task *task, void *arg) {
    static const size_t capacities[] = {1, 2, 7, ITEMS};
    (void)arg;
    for (size_t c = 0; c < sizeof(capacities) / sizeof(*capacities); c++)
        for (int consumers = 1; consumers <= CONSUMERS; consumers++) {
            struct line line = {.consumers = consumers};
            int code = run_line(task, &line, capacities[c]);
            if (code < 0)
                return code;
        }
    return 0;
}

Test(sync, items_come_out_once_and_in_order, .timeout = 60) {
    run_where_tasks_spawn(run_lines, NULL);
}

static int get_in_vain(struct task *task, void *arg) {
    void *item = &item;
    int code = task_queue_get(task, arg, TASK_FOREVER, &item);
    EXPECT(item == &item); /* untouched */
    return code;
}

static int put_in_vain(struct task *task, void *arg) {
    return task_queue_put(task, arg, NULL, TASK_FOREVER);
}

static int put_or_get_until(struct task *task, struct task_queue *queue, bool puts) {
    void *item;
    int64_t deadline_ns = task_now_ns() + 1000;
    return puts ? task_queue_put(task, queue, NULL, deadline_ns)
                : task_queue_get(task, queue, deadline_ns, &item);
}

/* Waits at a full and at an empty queue end at the deadline, by cancelling, and by closing. */
static int end_waits(struct task *task, void *arg) {
    (void)arg;
    for (int full = 0; full < 2; full++) {
        struct task_queue queue;
        struct task *child;
        void *item;
        EXPECT(task_queue_init(&queue, 1) == 0);
        if (full)
            EXPECT(task_queue_put(task, &queue, &queue, 0) == 0);
        EXPECT(put_or_get_until(task, &queue, full) == -ETIMEDOUT);
        for (int closes = 0; closes < 2; closes++) {
            EXPECT(task_spawn(task, full ? put_in_vain : get_in_vain, &queue, &child) == 0);
            EXPECT(task_yield(task) == 0);
            if (closes)
                task_queue_close(&queue);
            else
                task_cancel(child);
            EXPECT(task_await(task, child) == (closes ? -EPIPE : -ECANCELED));
        }
        EXPECT(!queue.getters.first && !queue.putters.first && queue.count == (size_t)full);
        EXPECT(!full || (task_queue_get(task, &queue, 0, &item) == 0 && item == &queue));
        EXPECT(task_queue_get(task, &queue, 0, &item) == -EPIPE);
        task_queue_release(&queue);
    }
    return 0;
}

Test(sync, waiting_at_a_queue_ends_in_words, .timeout = 60) {
    run_where_tasks_spawn(end_waits, NULL);
}

/* Cancelled after it got an item, or after its item was taken: no item is lost. */
static int get_while_cancelled(struct task *task, void *arg) {
    void *item;
    EXPECT(task_queue_get(task, arg, TASK_FOREVER, &item) == 0 && item == arg);
    return task_yield(task);
}

static int put_while_cancelled(struct task *task, void *arg) {
    EXPECT(task_queue_put(task, arg, arg, TASK_FOREVER) == 0);
    return task_yield(task);
}

static int cancel_after_moving(struct task *task, void *arg) {
    struct task_queue queue;
    struct task *child;
    void *item;
    (void)arg;
    EXPECT(task_queue_init(&queue, 1) == 0);
    EXPECT(task_spawn(task, get_while_cancelled, &queue, &child) == 0);
    EXPECT(task_yield(task) == 0);
    EXPECT(task_queue_put(task, &queue, &queue, 0) == 0);
    task_cancel(child);
    EXPECT(task_await(task, child) == -ECANCELED && queue.count == 0);

    EXPECT(task_queue_put(task, &queue, NULL, 0) == 0);
    EXPECT(task_spawn(task, put_while_cancelled, &queue, &child) == 0);
    EXPECT(task_yield(task) == 0);
    EXPECT(task_queue_get(task, &queue, 0, &item) == 0 && !item);
    task_cancel(child);
    EXPECT(task_await(task, child) == -ECANCELED && queue.count == 1);
    EXPECT(task_queue_get(task, &queue, 0, &item) == 0 && item == &queue);
    task_queue_release(&queue);
    return 0;
}

Test(sync, items_that_were_handed_over_stay, .timeout = 60) {
    run_where_tasks_spawn(cancel_after_moving, NULL);
}

static int sync_in_a_thread(struct task *task, void *arg) {
    struct task_semaphore semaphore = task_semaphore_of(1);
    struct task_queue queue;
    void *item;
    (void)arg;
    EXPECT(task_queue_init(&queue, 0) == -EINVAL);
    EXPECT(task_queue_init(&queue, SIZE_MAX / 2) == -ENOMEM);
    EXPECT(task_queue_init(&queue, 1) == 0);
    EXPECT(task_semaphore_take(task, &semaphore, 0) == -ENOTSUP && semaphore.permits == 1);
    EXPECT(task_queue_put(task, &queue, NULL, 0) == -ENOTSUP);
    EXPECT(task_queue_get(task, &queue, 0, &item) == -ENOTSUP);
    task_queue_release(&queue);
    return 0;
}

Test(sync, is_refused_outside_loops, .timeout = 60) {
    static const char *const blocking[] = {"serial", "threads", "gil"};
    for (size_t i = 0; i < 3; i++) {
        struct diag diag = {0};
        cr_assert_eq(run_one_job(blocking[i], sync_in_a_thread, NULL, &diag), 0, "%s", diag.text);
    }
}
