/* SPDX-License-Identifier: MIT */
#ifndef PCONC_FUTURE_H
#define PCONC_FUTURE_H

#include <pconc/executor.h>

/*
 * Futures: calls handed to a pool or a loop one by one, and their results taken later.
 *
 *     struct pool *pool;
 *     struct future *future;
 *     static call_function *const functions[] = {add, NULL};
 *     struct pool_options options = {.workers = 4,
 *         .calls = {functions, .argument_size = sizeof a, .result_size = sizeof sum, .pending =
 * 100}}; pool_open(executor_find("processes"), &options, &pool, &diag); pool_submit(pool, add, &a,
 * sizeof a, &future, &diag); code = future_result(future, &sum, &diag); future_free(future);
 *     pool_close(pool, &diag);
 *
 * Any thread may call these functions unless one says otherwise, while the pool is open; those that
 * take futures alone, also later. One future is used by one thread at a time, but for future_cancel
 * and task_await_future; it is freed when all are through with it. Deadlines are nanoseconds of
 * CLOCK_MONOTONIC (task_now_ns), TASK_FOREVER is none.
 *
 * A call that nobody waits for runs all the same, except under `serial`, `coroutines` and
 * `offload`, which have no thread of their own for them: there calls start, in the order of their
 * submission, while somebody waits for a future of the pool, for room in it or for its end, and
 * that must be the thread that opened it: others are told -EDEADLK. So are jobs and calls of a pool
 * of `coroutines` or `offload` that wait for that very pool: its loop does not run inside of
 * itself. They have task_await_future and task_run_in.
 */

struct future;

/* Submits fn(argument): copies `argument_size` bytes (at most calls.argument_size) before it
 * returns. *ret_future is to be freed; NULL: nobody wants to know what became of the call. Waits
 * where calls.pending calls are unfinished or not freed, if the pool can finish some: -EAGAIN if
 * none can be, or only in another thread; -EDEADLK in a call or job of the pool (see above).
 * -EINVAL: a function that calls.functions does not list, or too large an argument. -ESHUTDOWN
 * after pool_shutdown, -EOWNERDEAD once the pool is broken. */
int pool_submit(struct pool *pool, call_function *fn, const void *argument, size_t argument_size,
    struct future **ret_future, struct diag *diag) PCONC_CHECKED;

/* Runs fn on each of `count` arguments, `argument_size` bytes each at `arguments`, and returns when
 * all have ended: their results, calls.result_size bytes each, lie in that order at `results`
 * (NULL: not wanted). Both arrays are borrowed until then; fn is handed places in them, aligned as
 * they are, where workers share memory. A call takes `chunk` arguments, one after the other, 0: as
 * many as suit the executor and the number of workers; with EXECUTOR_FORKS always one. 0, or the
 * failure of the first argument, in order, that failed, with its sentence after "item N: " (from
 * 0), or -ETIMEDOUT at the deadline: what has not started is cancelled then, what runs is told and
 * waited for, and `results` is incomplete. Else as pool_submit; -EDEADLK: see above. */
int pool_map(struct pool *pool, call_function *fn, const void *arguments, size_t argument_size,
    int64_t count, int64_t chunk, void *results, int64_t deadline_ns,
    struct diag *diag) PCONC_CHECKED;

/* Waits until all calls submitted before have ended, or the deadline has passed: -ETIMEDOUT.
 * -EOWNERDEAD if the pool broke; -EDEADLK: see above. */
int pool_drain(struct pool *pool, int64_t deadline_ns, struct diag *diag) PCONC_CHECKED;

/* Takes no more calls from now on: -ESHUTDOWN; those submitted run to their end, or with `cancel`
 * are cancelled if they have not started. Does not wait: pool_close does. */
void pool_shutdown(struct pool *pool, bool cancel);

enum future_state {
    FUTURE_PENDING, /* not started */
    FUTURE_RUNNING,
    FUTURE_DONE,      /* returned, in success or failure, or was lost with its pool */
    FUTURE_CANCELLED, /* before it started, and never will */
};

/* Looked up without waiting; a lost worker process is noticed. */
enum future_state future_state(struct future *future);

/* Waits until it is done or cancelled: 0. -ETIMEDOUT at the deadline; -EDEADLK: see above. */
int future_wait(struct future *future, int64_t deadline_ns) PCONC_CHECKED;

/* Waits, and raises to the caller what the call came to: what it returned if that is negative, with
 * its sentence; -ECANCELED; -EOWNERDEAD if its worker died or its pool broke; -EDEADLK: see above.
 * Else copies the
 * result, calls.result_size bytes, into *ret_result (NULL: not wanted) and returns 0. Can be asked
 * again. */
int future_result(struct future *future, void *ret_result, struct diag *diag) PCONC_CHECKED;

/* A call that has not started is cancelled: 0. One that runs is told, and may ask
 * task_is_cancelled; in a loop, what it waits for ends with -ECANCELED: -EALREADY. One that has
 * ended stays as it is: -EALREADY too. */
int future_cancel(struct future *future);

/* Gives the handle back. The call, if it has not ended, goes on and its result is dropped. NULL is
 * fine. Futures may be freed after their pool was closed. */
void future_free(struct future *future);

enum futures_until { FUTURES_ALL, FUTURES_FIRST_ENDED, FUTURES_FIRST_FAILED };

/* Waits until as many of them have ended as `until` says (with FUTURES_FIRST_FAILED: one failed or
 * all ended). 0, -ETIMEDOUT, -ENOMEM, or -EDEADLK (see above). The futures may belong to different
 * pools of threads or processes; where one is of a pool without a thread of its own, all are of
 * that pool.
 */
int futures_wait(struct future *const *futures, size_t count, enum futures_until until,
    int64_t deadline_ns) PCONC_CHECKED;

/* As concurrent.futures.as_completed: an iterator that yields each future once, as they end.
 *
 *     struct completions completions = completions_of(futures, count);
 *     while (completions_next(&completions, TASK_FOREVER, &future) == 0)
 *         ...
 *
 * Reorders the array, which is borrowed until the end: what was yielded stands first, in order. */
struct completions {
    struct future **futures;
    size_t count;
    size_t yielded; /* of them */
    size_t ended;   /* of them are known to have ended */
    void *waiter;   /* the library's own */
};

static inline struct completions completions_of(struct future **futures, size_t count) {
    return (struct completions){.futures = futures, .count = count};
}

/* 0 with the next one; -ENOENT: all were yielded; -ETIMEDOUT; -ENOMEM; -EDEADLK: see above. */
int completions_next(
    struct completions *completions, int64_t deadline_ns, struct future **ret_future) PCONC_CHECKED;

#endif
