/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <uv.h>

/* libuv. submit: N calls queued one by one to its pool of WORKERS threads. sleep: N timers of 1 s.
 */

struct call {
    uv_work_t work;
    int64_t i;
};

static int64_t done;

static void call_job(uv_work_t *work) {
    peer_job(NULL, ((struct call *)work)->i, NULL, NULL);
}

static void call_done(uv_work_t *work, int status) {
    (void)work;
    done += status == 0;
}

static void run_submit(struct peer_args *args) {
    static struct call *calls;
    uv_loop_t *loop = uv_default_loop();
    if (!calls && !(calls = calloc((size_t)args->n, sizeof(*calls))))
        peer_fail("calloc");
    done = 0;
    for (int64_t i = 0; i < args->n; i++) {
        calls[i].i = i;
        uv_queue_work(loop, &calls[i].work, call_job, call_done);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    peer_check(done, args->n);
}

struct sleeper {
    uv_timer_t timer;
    int64_t start_ns;
};

static void wake(uv_timer_t *timer) {
    done += peer_now_ns() - ((struct sleeper *)timer)->start_ns >= PEER_SLEEP_NS - 1000000;
}

/* Its clock has a resolution of 1 ms, so a timer may fire 1 ms early. */
static void run_sleep(struct peer_args *args) {
    uv_loop_t *loop = uv_default_loop();
    struct sleeper *sleepers = malloc((size_t)args->n * sizeof(*sleepers));
    done = 0;
    for (int64_t i = 0; i < args->n; i++) {
        sleepers[i].start_ns = peer_now_ns();
        uv_timer_init(loop, &sleepers[i].timer);
        uv_update_time(loop);
        uv_timer_start(&sleepers[i].timer, wake, PEER_SLEEP_NS / 1000000, 0);
    }
    uv_run(loop, UV_RUN_DEFAULT);
    for (int64_t i = 0; i < args->n; i++)
        uv_close((uv_handle_t *)&sleepers[i].timer, NULL);
    uv_run(loop, UV_RUN_DEFAULT);
    free(sleepers);
    peer_check(done, args->n);
}

int main(int argc, char **argv) {
    struct peer_args args = peer_parse(argc, argv);
    char workers[16];
    snprintf(workers, sizeof(workers), "%d", args.workers);
    setenv("UV_THREADPOOL_SIZE", workers, 1);
    void (*run)(struct peer_args *) = strcmp(args.what, "submit") == 0 ? run_submit
        : strcmp(args.what, "sleep") == 0                              ? run_sleep
                                                                       : NULL;
    if (!run)
        peer_unknown(&args);
    peer_print(peer_repeat(run, &args), (double)args.n);
    return 0;
}
