/* SPDX-License-Identifier: MIT */
#include "stress_calls.h"

#include <errno.h>
#include <pconc/workload.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define THREADS_MAX 8
#define PUBLIC_MAX 16 /* futures that any thread may cancel */
#define PENDING 24
#define TASKS 8  /* of a caller */
#define STEPS 12 /* of each of them */
#define BATCH 12 /* calls to a thread's private pool */

enum { PROCESSES, POOL_THREADS, POOL_LOOPS, POOL_GIL, POOLS };
static const char *const pool_names[POOLS] = {"processes", "threads", "loops", "gil"};
/* Executors of the private pools of threads. */
static const char *const own_names[] = {"coroutines", "offload", "serial", "threads", "loops"};

/* Proves that a call ran once. */
struct slip {
    _Atomic int ran;
    struct slip *next;
};

struct crowd {
    int threads;
    struct pool *pools[POOLS];
    _Atomic int64_t begun, ended, twice; /* calls, except those in other processes */
    pthread_mutex_t mutex;               /* of all below */
    struct loop *loops[THREADS_MAX];
    struct future *futures[PUBLIC_MAX];
    struct slip *slips;
    int64_t calls;
};

enum kind { QUICK, SLEEPS, YIELDS, SPAWNS, BLOCKS, FAILS, LONG, KINDS };

/* The argument of every call. */
struct order {
    struct crowd *crowd; /* NULL: it goes to another process */
    struct slip *slip;
    enum kind kind;
    int64_t value;
};

struct caller {
    struct crowd *crowd;
    struct rng rng;
    const char *broken;
};

static void expect(struct caller *caller, bool holds, const char *rule) {
    if (!holds && !caller->broken)
        caller->broken = rule;
}

static int64_t draw(struct caller *caller, int64_t most) {
    return rng_between(&caller->rng, 0, most);
}

/* Calls. */

static int doze(void *arg) {
    (void)arg;
    usleep(20);
    return 0;
}

static int doze_as_task(struct task *task, void *arg) {
    (void)arg;
    return task_sleep(task, 20000);
}

/* One is awaited, one forgotten; none if tasks cannot be started. */
static int spawn_two(struct task *task) {
    struct task *awaited, *forgotten;
    int code = task_spawn(task, doze_as_task, NULL, &forgotten);
    if (code == 0)
        code = task_spawn(task, doze_as_task, NULL, &awaited);
    return code == 0 ? task_await(task, awaited) : code == -ENOTSUP ? 0 : code;
}

static int yield_often(struct task *task) {
    int code = 0;
    for (int i = 0; i < 100 && code == 0; i++)
        code = task_yield(task);
    return code;
}

/* Bounded, because not every call sees that it was cancelled. */
static int wait_to_be_told(struct task *task) {
    int code = 0;
    for (int i = 0; i < 40 && code == 0; i++)
        code = task_is_cancelled(task) ? -ECANCELED : task_sleep(task, 50000);
    return code;
}

static int obey(struct task *task, enum kind kind) {
    switch (kind) {
    case SLEEPS:
        return doze_as_task(task, NULL);
    case YIELDS:
        return yield_often(task);
    case SPAWNS:
        return spawn_two(task);
    case BLOCKS:
        return task_block(task, doze, NULL);
    case LONG:
        return wait_to_be_told(task);
    default:
        return 0;
    }
}

static int body(struct task *task, const void *argument, void *result) {
    const struct order *order = argument;
    struct crowd *crowd = order->crowd;
    if (crowd) {
        atomic_fetch_add(&crowd->begun, 1);
        if (atomic_fetch_add(&order->slip->ran, 1) > 0)
            atomic_fetch_add(&crowd->twice, 1);
    }
    int code = obey(task, order->kind);
    *(int64_t *)result = order->value * 3;
    if (crowd)
        atomic_fetch_add(&crowd->ended, 1);
    return order->kind == FAILS ? task_fail(task, -EDOM, "so it was drawn") : code;
}

static call_function *const functions[] = {body, NULL};

static struct order new_order(struct caller *caller, bool elsewhere) {
    struct crowd *crowd = caller->crowd;
    struct order order = {.kind = (enum kind)draw(caller, KINDS - 1), .value = draw(caller, 1000)};
    struct slip *slip = elsewhere ? NULL : calloc(1, sizeof(*slip));
    if (!elsewhere && !slip)
        abort();
    pthread_mutex_lock(&crowd->mutex);
    crowd->calls++;
    if (slip) {
        slip->next = crowd->slips;
        crowd->slips = slip;
        order.crowd = crowd;
        order.slip = slip;
    }
    pthread_mutex_unlock(&crowd->mutex);
    return order;
}

/* Checks the code of waiting for a call; `others` are codes of the waiter, not of the call. */
static void heard(struct caller *caller, const struct order *order, int code, int64_t result) {
    if (order->slip && (code == 0 || code == -EDOM))
        expect(caller, atomic_load(&order->slip->ran) == 1, "a call that ended has run once");
    if (code == 0)
        expect(caller, result == order->value * 3 && order->kind != FAILS,
            "a call gives its own result");
    else if (code == -EDOM)
        expect(caller, order->kind == FAILS, "a call raises its own failure");
    else
        expect(caller, code == -ECANCELED || code == -ESHUTDOWN, "a call gives a code");
}

/* Futures that any thread may cancel. */

static void publish(struct caller *caller, struct future *future) {
    struct crowd *crowd = caller->crowd;
    int64_t at = draw(caller, PUBLIC_MAX - 1);
    pthread_mutex_lock(&crowd->mutex);
    if (!crowd->futures[at])
        crowd->futures[at] = future;
    pthread_mutex_unlock(&crowd->mutex);
}

static void withdraw(struct caller *caller, struct future *future) {
    struct crowd *crowd = caller->crowd;
    pthread_mutex_lock(&crowd->mutex);
    for (int i = 0; i < PUBLIC_MAX; i++)
        if (crowd->futures[i] == future)
            crowd->futures[i] = NULL;
    pthread_mutex_unlock(&crowd->mutex);
}

static void cancel_some(struct caller *caller) {
    struct crowd *crowd = caller->crowd;
    int64_t at = draw(caller, PUBLIC_MAX - 1);
    pthread_mutex_lock(&crowd->mutex);
    if (crowd->futures[at])
        future_cancel(crowd->futures[at]);
    pthread_mutex_unlock(&crowd->mutex);
}

/* Steps of a task. */

struct errand {
    struct caller *caller;
    struct pool *pool;
    struct order order;
};

static int run_errand(struct task *task, void *arg) {
    struct errand *errand = arg;
    int64_t result = -1;
    int code =
        task_run_in(task, errand->pool, body, &errand->order, sizeof(errand->order), &result);
    heard(errand->caller, &errand->order, code, result);
    return code;
}

static void run_in_pool(struct task *task, struct caller *caller, bool timed) {
    int64_t which = draw(caller, POOLS - 1);
    struct errand *errand = malloc(sizeof(*errand)); /* stacks may be shared */
    if (!errand)
        abort();
    *errand =
        (struct errand){caller, caller->crowd->pools[which], new_order(caller, which == PROCESSES)};
    int code = timed ? task_timeout(task, draw(caller, 200000), run_errand, errand)
                     : run_errand(task, errand);
    expect(caller, code != -ETIMEDOUT || timed, "only a deadline gives -ETIMEDOUT");
    free(errand);
}

/* NULL: none now. */
static struct future *submit_to_loop(
    struct caller *caller, const struct order *order, bool wanted) {
    struct crowd *crowd = caller->crowd;
    struct future *future = NULL;
    struct diag diag = {0};
    int64_t at = draw(caller, crowd->threads - 1);
    pthread_mutex_lock(&crowd->mutex);
    if (crowd->loops[at]
        && loop_submit(crowd->loops[at], body, order, sizeof(*order), sizeof(int64_t),
               wanted ? &future : NULL, &diag)
            < 0)
        abort();
    pthread_mutex_unlock(&crowd->mutex);
    return future;
}

static void call_in_loop(struct task *task, struct caller *caller) {
    struct order order = new_order(caller, false);
    bool wanted = draw(caller, 4) > 0;
    struct future *future = submit_to_loop(caller, &order, wanted);
    int64_t result = -1;
    if (!future)
        return;
    publish(caller, future);
    if (draw(caller, 7) == 0)
        future_cancel(future);
    if (draw(caller, 7) > 0) {
        int code = task_await_future(task, future, &result);
        heard(caller, &order, code, result);
    }
    withdraw(caller, future);
    future_free(future);
}

static int step(struct task *task, struct caller *caller) {
    switch (draw(caller, 7)) {
    case 0:
    case 1:
        run_in_pool(task, caller, false);
        return 0;
    case 2:
        run_in_pool(task, caller, true);
        return 0;
    case 3:
    case 4:
        call_in_loop(task, caller);
        return 0;
    case 5:
        cancel_some(caller);
        return 0;
    case 6:
        return task_sleep(task, draw(caller, 50000));
    default:
        return task_yield(task);
    }
}

static int make_calls(struct task *task, void *arg) {
    int code = 0;
    for (int i = 0; i < STEPS && code == 0; i++)
        code = step(task, arg);
    return code;
}

int caller_root(struct task *task, void *arg) {
    struct task *children[TASKS];
    size_t count = 0;
    while (count < TASKS && task_spawn(task, make_calls, arg, &children[count]) == 0)
        count++;
    return task_gather(task, children, count, NULL);
}

struct caller *caller_new(struct crowd *crowd, uint64_t seed, uint64_t stream) {
    struct caller *caller = malloc(sizeof(*caller));
    if (!caller)
        abort();
    *caller = (struct caller){.crowd = crowd, .rng = rng_make(~seed, stream)};
    return caller;
}

const char *caller_free(struct caller *caller) {
    const char *broken = caller->broken;
    free(caller);
    return broken;
}

/* Private pools of threads. */

static struct pool *open_pool_of(const char *name, int workers) {
    const struct executor *executor = executor_find(name);
    struct pool *pool = NULL;
    struct diag diag = {0};
    struct pool_options options = {
        .workers = workers < executor->max_workers ? workers : executor->max_workers,
        .calls = {functions, sizeof(struct order), sizeof(int64_t), PENDING}};
    if (pool_open(executor, &options, &pool, &diag) < 0)
        abort();
    return pool;
}

static void wait_for_some(
    struct caller *caller, struct future **futures, const struct order *orders) {
    struct diag diag = {0};
    enum futures_until until = draw(caller, 1) ? FUTURES_FIRST_ENDED : FUTURES_ALL;
    int code = futures_wait(futures, BATCH, until, task_now_ns() + draw(caller, 300000));
    expect(caller, code == 0 || code == -ETIMEDOUT, "waiting for futures gives a code");
    for (int i = 0; i < BATCH; i++) {
        int64_t result = -1;
        if (draw(caller, 3) == 0)
            future_cancel(futures[i]);
        if (draw(caller, 3) > 0) {
            code = future_result(futures[i], &result, &diag);
            heard(caller, &orders[i], code, result);
        }
        withdraw(caller, futures[i]);
        future_free(futures[i]);
    }
}

const char *pools_of_a_thread(struct crowd *crowd, uint64_t seed, uint64_t stream) {
    struct caller *caller = caller_new(crowd, seed ^ UINT64_MAX / 3, stream);
    struct future *futures[BATCH];
    struct order orders[BATCH];
    struct diag diag = {0};
    int64_t names = sizeof(own_names) / sizeof(*own_names);
    struct pool *pool = open_pool_of(own_names[draw(caller, names - 1)], 2);
    for (int i = 0; i < BATCH; i++) {
        orders[i] = new_order(caller, false);
        if (pool_submit(pool, body, &orders[i], sizeof(orders[i]), &futures[i], &diag) < 0)
            abort();
        if (draw(caller, 1))
            publish(caller, futures[i]);
    }
    if (draw(caller, 1))
        cancel_some(caller);
    wait_for_some(caller, futures, orders);
    if (draw(caller, 1))
        pool_shutdown(pool, draw(caller, 1));
    expect(caller, pool_close(pool, &diag) == 0, "a pool is closed well");
    return caller_free(caller);
}

/* The crowd. */

struct crowd *crowd_new(int threads, const char *lasting) {
    struct crowd *crowd = calloc(1, sizeof(*crowd));
    if (!crowd || threads > THREADS_MAX)
        abort();
    crowd->threads = threads;
    crowd->mutex = (pthread_mutex_t)PTHREAD_MUTEX_INITIALIZER;
    /* Once, while the program has no threads. */
    crowd->pools[PROCESSES] = open_pool_of(lasting, 2);
    return crowd;
}

void crowd_open(struct crowd *crowd) {
    for (int i = PROCESSES + 1; i < POOLS; i++)
        crowd->pools[i] = open_pool_of(pool_names[i], 2);
}

static const char *check_slips(struct crowd *crowd) {
    const char *broken = NULL;
    if (atomic_load(&crowd->twice) > 0)
        broken = "no call runs twice";
    else if (atomic_load(&crowd->begun) != atomic_load(&crowd->ended))
        broken = "every call that began has ended";
    while (crowd->slips) {
        struct slip *slip = crowd->slips;
        crowd->slips = slip->next;
        free(slip);
    }
    return broken;
}

const char *crowd_close(struct crowd *crowd) {
    const char *broken = NULL;
    struct diag diag = {0};
    for (int i = PROCESSES + 1; i < POOLS; i++)
        if (pool_close(crowd->pools[i], &diag) < 0)
            broken = "a pool is closed well";
    if (pool_drain(crowd->pools[PROCESSES], TASK_FOREVER, &diag) < 0)
        broken = "a pool of processes is drained";
    const char *lost = check_slips(crowd);
    return lost ? lost : broken;
}

void crowd_enter(struct crowd *crowd, int thread, struct loop *loop) {
    pthread_mutex_lock(&crowd->mutex);
    crowd->loops[thread] = loop;
    pthread_mutex_unlock(&crowd->mutex);
}

void crowd_leave(struct crowd *crowd, int thread) {
    crowd_enter(crowd, thread, NULL);
}

int64_t crowd_free(struct crowd *crowd) {
    struct diag diag = {0};
    int64_t calls = crowd->calls;
    if (pool_close(crowd->pools[PROCESSES], &diag) < 0)
        abort();
    pthread_mutex_destroy(&crowd->mutex);
    free(crowd);
    return calls;
}
