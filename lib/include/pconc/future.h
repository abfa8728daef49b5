/* SPDX-License-Identifier: MIT */
#ifndef PCONC_FUTURE_H
#define PCONC_FUTURE_H

#include <pconc/executor.h>

/*
 * Futures: calls that are submitted to a pool or a loop one by one, and their results.
 *
 *     struct pool *pool;
 *     struct future *future;
 *     static call_function *const functions[] = {add, NULL};
 *     struct pool_options options = {.workers = 4,
 *         .calls = {functions, .argument_size = sizeof(a), .result_size = sizeof(sum),
 *             .pending = 100}};
 *     pool_open(executor_find("processes"), &options, &pool, &diag);
 *     pool_submit(pool, add, &a, sizeof(a), &future, &diag);
 *     code = future_result(future, &sum, &diag);
 *     future_free(future);
 *     pool_close(pool, &diag);
 *
 * Any thread may call these functions while the pool is open, unless one says otherwise. Functions
 * that take only futures may also be called later. Only one thread at a time may use a future,
 * except with future_cancel and task_await_future. Free it when no thread uses it any more.
 * Deadlines are nanoseconds of CLOCK_MONOTONIC (task_now_ns); TASK_FOREVER means none.
 *
 * Calls run without being waited for, except under `serial`, `coroutines` and `offload`, which have
 * no worker thread for calls. Their calls start in the order of submission while the opener waits
 * for a future of the pool, for room in it or for its end. Other threads that wait get -EDEADLK. So
 * do jobs and calls of a pool of `coroutines` or `offload` that wait for the same pool, because its
 * loop cannot run inside itself; they use task_await_future and task_run_in.
 */

struct future;

/* Submits fn(argument). Copies `argument_size` bytes (at most calls.argument_size) before it
 * returns. The caller frees *ret_future; with NULL the result is discarded. If calls.pending calls
 * have not ended or are not freed, it waits for room; -EAGAIN if no room can come, or only in
 * another thread; -EDEADLK in a call or job of the pool (see above). -EINVAL: calls.functions does
 * not contain fn, or the argument is too large. -ESHUTDOWN after pool_shutdown; -EOWNERDEAD if the
 * pool is broken. */
int pool_submit(struct pool *pool, call_function *fn, const void *argument, size_t argument_size,
    struct future **ret_future, struct diag *diag) PCONC_CHECKED;

/* Runs fn on each of `count` arguments of `argument_size` bytes at `arguments`, and returns when
 * all have ended. `results` (NULL: not wanted) then has their results in the same order,
 * calls.result_size bytes each. Both arrays are borrowed until then. If workers share memory, fn
 * gets pointers into the arrays, with their alignment. One call takes `chunk` arguments, one after
 * another; 0: a number that suits the executor and the workers; with EXECUTOR_FORKS always one.
 * Returns 0; or the code of the first argument, in order, that failed, with its sentence after
 * "item N: " (from 0); or -ETIMEDOUT at the deadline: calls that have not started are then
 * cancelled, running ones are asked to end and waited for, and `results` is incomplete; or a code
 * of pool_submit. -EDEADLK: see above. */
int pool_map(struct pool *pool, call_function *fn, const void *arguments, size_t argument_size,
    int64_t count, int64_t chunk, void *results, int64_t deadline_ns,
    struct diag *diag) PCONC_CHECKED;

/* Waits until all calls submitted so far have ended. -ETIMEDOUT at the deadline; -EOWNERDEAD if the
 * pool broke; -EDEADLK: see above. */
int pool_drain(struct pool *pool, int64_t deadline_ns, struct diag *diag) PCONC_CHECKED;

/* Takes no more calls: later ones get -ESHUTDOWN. Submitted calls run to their end; with `cancel`,
 * those that have not started are cancelled. Does not wait: pool_close does. */
void pool_shutdown(struct pool *pool, bool cancel);

enum future_state {
    FUTURE_PENDING, /* not started */
    FUTURE_RUNNING,
    FUTURE_DONE,      /* returned, with success or failure, or lost with its pool */
    FUTURE_CANCELLED, /* before it started; it never runs */
};

/* Does not wait. Notices a lost worker process. */
enum future_state future_state(struct future *future);

/* Waits until it is done or cancelled: 0. -ETIMEDOUT at the deadline; -EDEADLK: see above. */
int future_wait(struct future *future, int64_t deadline_ns) PCONC_CHECKED;

/* Waits for the call. If it succeeded, copies calls.result_size bytes into *ret_result (NULL: not
 * wanted) and returns 0. Otherwise returns the call's negative code, with its sentence; -ECANCELED;
 * -EOWNERDEAD if its worker died or its pool broke; -EDEADLK: see above. May be called again. */
int future_result(struct future *future, void *ret_result, struct diag *diag) PCONC_CHECKED;

/* Cancels a call that has not started: 0. A running call is only asked to end: -EALREADY. It sees
 * that with task_is_cancelled; in a loop its wait ends with -ECANCELED. A call that has ended does
 * not change: -EALREADY. */
int future_cancel(struct future *future);

/* Frees the handle. A call that has not ended goes on, and its result is discarded. NULL is fine.
 * Futures may be freed after their pool was closed. */
void future_free(struct future *future);

enum futures_until { FUTURES_ALL, FUTURES_FIRST_ENDED, FUTURES_FIRST_FAILED };

/* Waits until all futures have ended, or the first has ended, or the first has failed or all have
 * ended. 0, -ETIMEDOUT, -ENOMEM, or -EDEADLK (see above). The futures may belong to different pools
 * of threads or processes. If one belongs to a pool without worker threads for calls, all must
 * belong to that pool. */
int futures_wait(struct future *const *futures, size_t count, enum futures_until until,
    int64_t deadline_ns) PCONC_CHECKED;

/* Like concurrent.futures.as_completed: an iterator that yields each future once, as they end.
 *
 *     struct completions completions = completions_of(futures, count);
 *     while (completions_next(&completions, TASK_FOREVER, &future) == 0)
 *         ...
 *
 * Borrows the array until the end, and reorders it: yielded futures come first, in their order. */
struct completions {
    struct future **futures;
    size_t count;
    size_t yielded; /* of them */
    size_t ended;   /* of them are known to have ended */
    void *waiter;   /* private to the library */
};

static inline struct completions completions_of(struct future **futures, size_t count) {
    return (struct completions){.futures = futures, .count = count};
}

/* 0 with the next future; -ENOENT: all were yielded; -ETIMEDOUT; -ENOMEM; -EDEADLK: see above. */
int completions_next(
    struct completions *completions, int64_t deadline_ns, struct future **ret_future) PCONC_CHECKED;

#endif
