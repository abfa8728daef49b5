/* SPDX-License-Identifier: MIT */
#include "stress_tree.h"

#include <errno.h>
#include <inttypes.h>
#include <pconc/sync.h>
#include <pconc/workload.h>
#include <stdlib.h>

#define PERMITS 3
#define CANARIES 16 /* words of each task's frame */
#define CAPACITY 4
#define TASKS_MAX 2000 /* in a round */
#define DEPTH_MAX 4
#define CHILDREN_MAX 6
#define ITEMS_MAX (TASKS_MAX * 8)

enum item_state { ITEM_NONE, ITEM_IN, ITEM_OUT };

struct world {
    struct rng rng;
    struct task_semaphore semaphore;
    struct task_queue queue;
    int64_t started, ended, held;
    int items; /* made so far */
    unsigned char item_states[ITEMS_MAX];
    const char *broken; /* the first rule that was; NULL: none */
};

/* One task. On the heap, because no task waits for a detached one. */
struct node {
    struct world *world;
    int depth;
    int ran;       /* times its function was called */
    int code;      /* what it returned */
    bool detached; /* frees itself */
};

static void expect(struct world *world, bool holds, const char *rule) {
    if (!holds && !world->broken)
        world->broken = rule;
}

static int64_t draw(struct world *world, int64_t most) {
    return rng_between(&world->rng, 0, most);
}

static int64_t soon(struct world *world) {
    return draw(world, 3) == 0 ? TASK_FOREVER : task_now_ns() + draw(world, 200000);
}

static int body(struct task *task, void *arg);

/* NULL if TASKS_MAX are reached. */
static struct node *start(struct task *task, const struct node *parent, struct task **ret_child) {
    struct world *world = parent->world;
    if (parent->depth >= DEPTH_MAX || world->started >= TASKS_MAX)
        return NULL;
    struct node *node = calloc(1, sizeof(*node));
    if (!node)
        abort();
    node->world = world;
    node->depth = parent->depth + 1;
    if (task_spawn(task, body, node, ret_child) != 0)
        abort();
    world->started++;
    return node;
}

/* Checks the code of awaiting `node`, and frees it. */
static void heard(struct world *world, struct node *node, int code, bool timed, bool *cancelled) {
    expect(world, node->ran == 1, "a task that was awaited has run once");
    bool raised = code == node->code;
    bool gave_up = code == -ECANCELED || (timed && code == -ETIMEDOUT && node->code != 0);
    expect(world, raised || gave_up, "who awaits a task hears what it returned");
    *cancelled |= code == -ECANCELED && !raised;
    free(node);
}

static void do_await(struct task *task, struct node *self, bool *cancelled) {
    struct task *child;
    struct world *world = self->world;
    struct node *node = start(task, self, &child);
    if (!node)
        return;
    int64_t kind = draw(world, 3);
    if (kind == 0) {
        int code = task_yield(task);
        *cancelled |= code == -ECANCELED;
        task_cancel(child);
    }
    int64_t deadline_ns = kind == 1 ? task_now_ns() + draw(world, 100000) : TASK_FOREVER;
    heard(world, node, task_await_until(task, child, deadline_ns), kind == 1, cancelled);
}

static void do_detach(struct task *task, struct node *self) {
    struct task *child;
    struct node *node = start(task, self, &child);
    if (!node)
        return;
    node->detached = true;
    if (draw(self->world, 1))
        task_cancel(child);
    if (draw(self->world, 7))
        task_detach(child); /* otherwise it is forgotten, which detaches it as well */
}

static void do_gather(struct task *task, struct node *self, bool *cancelled) {
    struct world *world = self->world;
    struct task *children[CHILDREN_MAX];
    struct node *nodes[CHILDREN_MAX];
    int codes[CHILDREN_MAX];
    size_t count = 0, wanted = (size_t)draw(world, CHILDREN_MAX);
    while (count < wanted && (nodes[count] = start(task, self, &children[count])))
        count++;
    if (count > 0 && draw(world, 2) == 0)
        task_cancel(children[draw(world, (int64_t)count - 1)]);
    bool stores = draw(world, 1);
    int code = task_gather(task, children, count, stores ? codes : NULL);
    int failed = 0, first = 0;
    for (size_t i = 0; i < count; i++) {
        expect(world, nodes[i]->ran == 1, "a task that was gathered has run once");
        if (stores && code == 0)
            expect(world, codes[i] == nodes[i]->code, "gathering stores what tasks returned");
        failed += nodes[i]->code < 0;
        first |= nodes[i]->code == code;
        free(nodes[i]);
    }
    if (stores)
        expect(world, code == 0 || code == -ECANCELED, "with codes only cancelling fails");
    else
        expect(world, code == 0 ? failed == 0 : first || code == -ECANCELED,
            "gathering raises the failure of one of them");
    *cancelled |= code == -ECANCELED && (stores || !first);
}

static void do_semaphore(struct task *task, struct node *self, bool *cancelled) {
    struct world *world = self->world;
    int code = task_semaphore_take(task, &world->semaphore, soon(world));
    *cancelled |= code == -ECANCELED;
    if (code != 0) {
        expect(world, code == -ECANCELED || code == -ETIMEDOUT, "taking a permit gives a code");
        return;
    }
    world->held++;
    expect(world, world->held <= PERMITS, "no more permits are held than there are");
    if (draw(world, 1))
        *cancelled |= task_sleep(task, draw(world, 30000)) == -ECANCELED;
    world->held--;
    task_semaphore_give(&world->semaphore);
}

static void do_put(struct task *task, struct node *self, bool *cancelled) {
    struct world *world = self->world;
    if (world->items == ITEMS_MAX)
        return;
    unsigned char *item = &world->item_states[world->items++];
    *item = ITEM_IN; /* another task may take it before this one runs again */
    int code = task_queue_put(task, &world->queue, item, task_now_ns() + draw(world, 50000));
    *cancelled |= code == -ECANCELED;
    if (code == 0)
        return;
    expect(world, *item == ITEM_IN, "an item that was refused does not come out");
    expect(world, code == -ECANCELED || code == -ETIMEDOUT, "putting an item gives a code");
    *item = ITEM_NONE;
}

static void do_get(struct task *task, struct node *self, bool *cancelled) {
    struct world *world = self->world;
    void *taken = NULL;
    int code = task_queue_get(task, &world->queue, task_now_ns() + draw(world, 50000), &taken);
    *cancelled |= code == -ECANCELED;
    if (code != 0) {
        expect(world, !taken, "who gets no item has none");
        expect(world, code == -ECANCELED || code == -ETIMEDOUT, "getting an item gives a code");
        return;
    }
    unsigned char *item = taken;
    expect(world, *item == ITEM_IN, "an item comes out once");
    *item = ITEM_OUT;
}

static void do_something(struct task *task, struct node *self, bool *cancelled) {
    struct world *world = self->world;
    switch (draw(world, 9)) {
    case 0:
    case 1:
        do_await(task, self, cancelled);
        break;
    case 2:
    case 3:
        do_gather(task, self, cancelled);
        break;
    case 4:
        do_detach(task, self);
        break;
    case 5:
        do_semaphore(task, self, cancelled);
        break;
    case 6:
        do_put(task, self, cancelled);
        break;
    case 7:
        do_get(task, self, cancelled);
        break;
    case 8:
        *cancelled |= task_sleep(task, draw(world, 50000)) == -ECANCELED;
        break;
    default:
        *cancelled |= task_yield(task) == -ECANCELED;
    }
}

static int body(struct task *task, void *arg) {
    struct node *self = arg;
    struct world *world = self->world;
    bool cancelled = false;
    volatile uintptr_t canary[CANARIES];
    self->ran++;
    expect(world, self->ran == 1, "a task runs once");
    for (int i = 0; i < CANARIES; i++)
        canary[i] = (uintptr_t)self + (uintptr_t)i;
    for (int64_t steps = draw(world, 6); steps > 0 && !cancelled; steps--) {
        do_something(task, self, &cancelled);
        for (int i = 0; i < CANARIES; i++)
            expect(world, canary[i] == (uintptr_t)self + (uintptr_t)i,
                "a task's frame is as it was before it waited");
    }
    if (cancelled) /* clean-up may wait */
        (void)!task_yield(task);
    self->code = cancelled ? -ECANCELED : draw(world, 9) == 0 ? -EDOM : 0;
    int code = self->code == -EDOM ? task_fail(task, -EDOM, "so it was drawn") : self->code;
    world->ended++;
    if (self->detached)
        free(self);
    return code;
}

int tree_root(struct task *task, void *arg) {
    struct node top = {.world = arg};
    bool cancelled = false;
    /* Their records are on the heap; only this task reads `top`. */
    for (int i = 0; i < 20; i++)
        do_gather(task, &top, &cancelled);
    return cancelled ? -ECANCELED : 0;
}

static void check_end(struct world *world) {
    expect(world, world->started == world->ended, "every task that started has ended");
    expect(world, world->held == 0 && world->semaphore.permits == PERMITS, "every permit is back");
    expect(world,
        !world->semaphore.waiters.first && !world->queue.getters.first
            && !world->queue.putters.first,
        "nobody waits any more");
    size_t left = 0;
    for (int i = 0; i < world->items; i++)
        left += world->item_states[i] == ITEM_IN;
    expect(world, left == world->queue.count, "no item is lost");
}

struct world *tree_new(uint64_t seed, uint64_t stream) {
    struct world *world = calloc(1, sizeof(*world));
    if (!world)
        abort();
    world->rng = rng_make(seed, stream);
    world->semaphore = task_semaphore_of(PERMITS);
    if (task_queue_init(&world->queue, CAPACITY) != 0)
        abort();
    return world;
}

const char *tree_free(struct world *world, int64_t *tasks) {
    check_end(world);
    const char *broken = world->broken;
    *tasks += world->ended;
    task_queue_release(&world->queue);
    free(world);
    return broken;
}
