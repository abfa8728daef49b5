/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "call_queue.h"
#include "futex.h"

/*
 * Waiting for several futures at once. Those that wait are marked as watched; at the end of such a
 * call its pool rings one bell, which all threads that wait so listen to, and look through their
 * futures again. A call that ends in another process rings in the seats of its pool instead.
 */

_Atomic uint32_t futures_bell;

/* Where one thread waits both for threads and for processes, it listens to the bell through an
 * eventfd: in epoll, edge-triggered. Made once, by the first that needs it. */
static _Atomic int bell_fd = -1;

void futures_ring(void) {
    atomic_fetch_add_explicit(&futures_bell, 1, memory_order_seq_cst);
    futex_wake(&futures_bell, INT32_MAX, false);
    int fd = atomic_load_explicit(&bell_fd, memory_order_seq_cst);
    if (fd >= 0)
        eventfd_write(fd, 1);
}

static int open_bell(void) {
    int fd = atomic_load(&bell_fd);
    if (fd >= 0)
        return fd;
    fd = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    if (fd < 0)
        return -errno;
    int none = -1;
    if (atomic_compare_exchange_strong(&bell_fd, &none, fd))
        return fd;
    close(fd);
    return none;
}

struct set {
    struct future *const *futures;
    size_t count;
    bool (*over)(void *arg);
    void *arg;
};

static bool is_failure(struct future *future) {
    return call_has_ended(future)
        && (call_phase(atomic_load(&future->state)) == CALL_CANCELLED || future->code < 0);
}

static bool some_ended(void *arg) {
    const struct set *set = arg;
    for (size_t i = 0; i < set->count; i++)
        if (call_has_ended(set->futures[i]))
            return true;
    return false;
}

static bool some_failed(void *arg) {
    const struct set *set = arg;
    bool all = true;
    for (size_t i = 0; i < set->count; i++) {
        if (is_failure(set->futures[i]))
            return true;
        all &= call_has_ended(set->futures[i]);
    }
    return all;
}

/* What kinds of pools the set has. */
static void look_at_pools(const struct set *set, bool *ret_same, bool *ret_any_shared) {
    struct calls *first = call_calls(set->futures[0]);
    *ret_same = true;
    *ret_any_shared = false;
    for (size_t i = 0; i < set->count; i++) {
        struct calls *calls = call_calls(set->futures[i]);
        *ret_same &= calls == first;
        *ret_any_shared |= calls->shared;
    }
}

static int wait_for_bell(const struct set *set, int64_t deadline_ns) {
    for (;;) {
        uint32_t seen = atomic_load_explicit(&futures_bell, memory_order_seq_cst);
        if (set->over(set->arg))
            return 0;
        if (futex_wait(&futures_bell, seen, deadline_ns, false) < 0)
            return set->over(set->arg) ? 0 : -ETIMEDOUT;
    }
}

/* Seats in all pools of processes that the set has, and the bell, in one epoll instance. */
struct stand {
    int epoll_fd;
    struct seat *seats;
};

static int add(const struct stand *stand, int fd, uint32_t events) {
    struct epoll_event event = {.events = events};
    return epoll_ctl(stand->epoll_fd, EPOLL_CTL_ADD, fd, &event) == 0 ? 0 : -errno;
}

static bool has_seat(const struct stand *stand, const struct calls *calls) {
    for (const struct seat *seat = stand->seats; seat; seat = seat->next)
        if (seat->calls == calls)
            return true;
    return false;
}

static int take_seats(struct stand *stand, const struct set *set) {
    int bell = open_bell();
    int code = bell < 0 ? bell : add(stand, bell, EPOLLIN | EPOLLET);
    for (size_t i = 0; code == 0 && i < set->count; i++) {
        struct calls *calls = call_calls(set->futures[i]);
        struct seat *seat;
        if (!calls->shared || call_has_ended(set->futures[i]) || has_seat(stand, calls))
            continue;
        code = seat_take(calls, &seat);
        if (code < 0)
            return code;
        seat->next = stand->seats;
        stand->seats = seat;
        code = add(stand, seat->fd, EPOLLIN);
    }
    return code;
}

static int wait_in_stand(const struct stand *stand, const struct set *set, int64_t deadline_ns) {
    while (!set->over(set->arg)) {
        struct epoll_event event;
        int64_t left_ns = deadline_ns - clock_now_ns();
        if (left_ns <= 0)
            return -ETIMEDOUT;
        struct timespec timeout = clock_timespec(left_ns);
        epoll_pwait2(stand->epoll_fd, &event, 1, deadline_ns == INT64_MAX ? NULL : &timeout, NULL);
        for (struct seat *seat = stand->seats; seat; seat = seat->next)
            seat_look(seat);
    }
    return 0;
}

static int wait_mixed(const struct set *set, int64_t deadline_ns) {
    struct stand stand = {.epoll_fd = epoll_create1(EPOLL_CLOEXEC)};
    if (stand.epoll_fd < 0)
        return -errno;
    int code = take_seats(&stand, set);
    if (code == 0)
        code = wait_in_stand(&stand, set, deadline_ns);
    close(stand.epoll_fd);
    while (stand.seats) {
        struct seat *seat = stand.seats;
        stand.seats = seat->next;
        seat_leave(seat);
    }
    return code;
}

static int wait_for_set(const struct set *set, int64_t deadline_ns) {
    bool same, any_shared;
    if (set->over(set->arg))
        return 0;
    look_at_pools(set, &same, &any_shared);
    struct calls *calls = call_calls(set->futures[0]);
    if (calls->runs)
        return calls_run_until(calls, set->over, set->arg, deadline_ns);
    for (size_t i = 0; i < set->count; i++)
        (void)call_mark(set->futures[i], CALL_WATCHED);
    if (!any_shared)
        return look_a_little(set->over, set->arg) ? 0 : wait_for_bell(set, deadline_ns);
    if (same)
        return calls_wait_seated(calls, set->over, set->arg, deadline_ns);
    return wait_mixed(set, deadline_ns);
}

static int wait_for_all(struct future *const *futures, size_t count, int64_t deadline_ns) {
    int code = 0;
    for (size_t i = 0; code == 0 && i < count; i++)
        code = future_wait(futures[i], deadline_ns);
    return code;
}

int futures_wait(
    struct future *const *futures, size_t count, enum futures_until until, int64_t deadline_ns) {
    struct set set = {.futures = futures, .count = count};
    set.over = until == FUTURES_FIRST_FAILED ? some_failed : some_ended;
    set.arg = &set;
    if (count == 0)
        return 0;
    if (until == FUTURES_ALL)
        return wait_for_all(futures, count, deadline_ns);
    return wait_for_set(&set, deadline_ns);
}

/*
 * Completions. Each end of a watched call in this process rings the bell once: so many that one has
 * heard of are looked for, around where the last one was found, and no more: calls end about in the
 * order in which they were submitted. Where processes are among them, all are looked at.
 */

enum { WATCH_UNKNOWN, WATCH_BELL, WATCH_ALL };

static void move_to_front(struct completions *completions, size_t at) {
    struct future **futures = completions->futures, *ended = futures[at];
    futures[at] = futures[completions->ended];
    futures[completions->ended++] = ended;
}

/* Moves up to `most` that have ended to the front of what was not yielded, looking both ways from
 * the cursor. Fewer: it has looked at all. */
static void gather_ended(struct completions *completions, size_t most) {
    struct future *const *futures = completions->futures;
    size_t *ended = &completions->ended;
    size_t up = completions->cursor > *ended ? completions->cursor : *ended, down = up;
    /* What comes to the place of one that is moved was most often not looked at before. */
    while (most > 0 && (up < completions->count || down > *ended)) {
        if (up < completions->count && !call_has_ended(futures[up])) {
            up++;
        } else if (up < completions->count) {
            completions->cursor = up;
            move_to_front(completions, up);
            most--;
        }
        up = up > *ended ? up : *ended;
        if (most == 0 || down <= *ended)
            continue;
        if (!call_has_ended(futures[down - 1])) {
            down--;
        } else {
            completions->cursor = down - 1;
            move_to_front(completions, down - 1);
            most--;
        }
    }
}

static bool heard_of_more(void *arg) {
    struct completions *completions = arg;
    uint32_t bell = atomic_load_explicit(&futures_bell, memory_order_seq_cst);
    uint32_t rung = bell - completions->heard;
    if (rung > 0)
        gather_ended(completions, rung);
    completions->heard = bell;
    return completions->ended > completions->yielded;
}

/* The first time: marks all, and looks at all. */
static void begin_watching(struct completions *completions, const struct set *set) {
    bool same, any_shared;
    look_at_pools(set, &same, &any_shared);
    completions->watch = any_shared ? WATCH_ALL : WATCH_BELL;
    if (any_shared)
        return;
    completions->heard = atomic_load_explicit(&futures_bell, memory_order_seq_cst);
    for (size_t i = 0; i < set->count; i++)
        (void)call_mark(set->futures[i], CALL_WATCHED);
    gather_ended(completions, SIZE_MAX);
}

static int await_more(struct completions *completions, int64_t deadline_ns) {
    size_t next = completions->yielded;
    struct set set = {.futures = completions->futures + next,
        .count = completions->count - next,
        .over = heard_of_more,
        .arg = completions};
    if (completions->watch == WATCH_UNKNOWN)
        begin_watching(completions, &set);
    if (completions->watch == WATCH_ALL) {
        int code = futures_wait(set.futures, set.count, FUTURES_FIRST_ENDED, deadline_ns);
        if (code == 0)
            gather_ended(completions, SIZE_MAX);
        return code;
    }
    struct calls *calls = call_calls(*set.futures);
    if (completions->ended > next)
        return 0;
    if (calls->runs)
        return calls_run_until(calls, heard_of_more, completions, deadline_ns);
    return look_a_little(heard_of_more, completions) ? 0 : wait_for_bell(&set, deadline_ns);
}

int completions_next(
    struct completions *completions, int64_t deadline_ns, struct future **ret_future) {
    if (completions->yielded == completions->count)
        return -ENOENT;
    if (completions->yielded == completions->ended) {
        int code = await_more(completions, deadline_ns);
        if (code < 0)
            return code;
    }
    *ret_future = completions->futures[completions->yielded++];
    return 0;
}
