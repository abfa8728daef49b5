/* SPDX-License-Identifier: MIT */
#include "session.h"

#include <errno.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "bisection.h"
#include "calibration.h"
#include "clock.h"
#include "guard.h"
#include "refusal.h"
#include "sample.h"
#include "session_parts.h"

/* As the code of a sample: the time of the session was over before it ended. */
#define TIME_OVER (-ETIME)

/* A session under way. */
struct session_state {
    struct session *session;
    const struct session_options *options;
    int signal_fd;
    struct bystanders bystanders;
    struct sample_cgroup cgroup;
    size_t *order; /* cases of one section, in the order of the round */
    int64_t
        *wall_ns;  /* what the last sample of each case took, starting and clearing away included */
    int *failures; /* in a row, of each case */
    struct session_progress progress;
    int64_t start_ns, sample_start_ns;
};

/* Estimates from what each case took last; cases not yet seen count as the mean of the others. */
static int64_t estimate_left_ns(const struct session_state *state) {
    size_t cases = state->session->plan->case_count, seen = 0;
    int64_t sum_ns = 0;
    for (size_t i = 0; i < cases; i++) {
        sum_ns += state->wall_ns[i];
        seen += state->wall_ns[i] > 0;
    }
    if (seen == 0)
        return -1;
    double mean_ns = (double)sum_ns / (double)seen;
    double left_ns = mean_ns * (double)(state->progress.total - state->progress.done)
        - (double)(clock_now_ns() - state->sample_start_ns);
    return left_ns > 0 ? (int64_t)left_ns : 0;
}

static void show_progress(struct session_state *state, const char *current) {
    struct session_progress *progress = &state->progress;
    if (!state->options->progress)
        return;
    progress->current = current;
    progress->elapsed_ns = clock_now_ns() - state->start_ns;
    progress->left_ns = current ? estimate_left_ns(state) : 0;
    state->options->progress(state->options->context, progress);
}

static void tick(void *context) {
    struct session_state *state = context;
    show_progress(state, state->progress.current);
}

/* Measures one sample of case `index`. 0, the signal that ended it, or TIME_OVER. */
static int take_sample_at(struct session_state *state, size_t index, int64_t passes, double rate,
    struct sample *ret_sample, int64_t *ret_passes) {
    struct diag diag = {0};
    struct session *session = state->session;
    const struct bench_case *bench_case = &session->plan->cases[index];
    int64_t start_ns = clock_now_ns();
    state->sample_start_ns = start_ns;
    show_progress(state, bench_case->id);
    int code = sample_run(&(struct sample_order){.plan = session->plan,
                              .bench_case = bench_case,
                              .passes = passes,
                              .rate = rate,
                              .jobs = plan_jobs_at(session->plan, bench_case, rate),
                              .round = session->rounds_done,
                              .timer_slack_ns = session->environment.timer_slack_ns,
                              .signal_fd = state->signal_fd,
                              .bystanders = &state->bystanders,
                              .cgroup = &state->cgroup,
                              .deadline_ns = state->options->deadline_ns,
                              .tick = state->options->progress ? tick : NULL,
                              .context = state},
        session->arena, ret_sample, ret_passes, &diag);
    if (code < 0 && code != TIME_OVER) {
        /* The system refused. That fails this sample alone. */
        ret_sample->failure = arena_message(session->arena, "%s", diag.text);
        code = 0;
    }
    state->wall_ns[index] = clock_now_ns() - start_ns;
    state->progress.done++;
    if (code == 0 && ret_sample->failure)
        state->failures[index]++;
    else
        state->failures[index] = 0;
    return code;
}

static int take_sample(struct session_state *state, size_t index, int64_t passes,
    struct sample *ret_sample, int64_t *ret_passes) {
    return take_sample_at(state, index, passes, state->session->plan->rate, ret_sample, ret_passes);
}

/* One sample of a round. If the highest rate is sought, the sample at the highest rate that met the
 * limit. 0, or the signal that ended it. */
static int take_round_sample(
    struct session_state *state, size_t index, int64_t passes, struct sample *ret_sample) {
    const struct plan *plan = state->session->plan;
    struct bisection bisection = {.low = plan->rate_low, .high = plan->rate};
    size_t done = state->progress.done;
    int64_t start_ns = clock_now_ns(), same_passes;
    int failures = state->failures[index];
    struct sample sample = {0};
    double rate;
    if (plan->rate_low <= 0)
        return take_sample(state, index, passes, ret_sample, &same_passes);
    while ((rate = bisection_next(&bisection)) > 0) {
        int code = take_sample_at(state, index, passes, rate, &sample, &same_passes);
        state->progress.done = done;
        if (code != 0)
            return code;
        bool held = !sample.failure && session_meets_limit(plan, &sample.latency, rate);
        if (held || bisection.held <= 0)
            *ret_sample = sample;
        if (sample.failure)
            break;
        ret_sample->rate = held ? rate : ret_sample->rate;
        bisection_add(&bisection, held);
    }
    state->progress.done = done + 1;
    state->wall_ns[index] = clock_now_ns() - start_ns;
    if (sample.failure)
        *ret_sample = sample;
    else
        session_explain_search(state->session, &bisection, ret_sample);
    state->failures[index] = ret_sample->failure ? failures + 1 : 0;
    return 0;
}

/* Records a sample, and gives its case up if that has timed out or failed too often. */
static void record(struct session_state *state, size_t index, const struct sample *sample) {
    struct case_result *result = &state->session->results[index];
    session_record(state->session, state->options, index, sample);
    result->given_up = state->failures[index] >= FAILURES_MAX
        || (sample->timed_out && !state->options->keep_trying);
    if (result->given_up)
        state->progress.given_up = state->session->plan->cases[index].id;
}

/* Finds in pilot samples whether more passes pay, if they can. */
static int run_pilots(struct session_state *state, size_t index, const struct sample *calibrated) {
    struct case_result *result = &state->session->results[index];
    struct pilots pilots = {.passes = result->passes > 1 ? result->passes : 2};
    double overhead_ns = (double)(state->wall_ns[index] - sample_timed_ns(calibrated));
    if (state->session->plan->rounds < PILOT_ROUNDS_MIN
        || passes_most(calibrated->run_ns, overhead_ns) <= result->passes)
        return 0;
    state->progress.total += PILOTS;
    while (pilots.count < PILOTS) {
        struct sample sample;
        int64_t passes;
        int code = take_sample(state, index, pilots.passes, &sample, &passes);
        if (code != 0)
            return code;
        if (sample.failure) {
            sample.round = -1;
            record(state, index, &sample);
            state->progress.total -= (size_t)(PILOTS - 1 - pilots.count);
            return 0;
        }
        pilots_add(&pilots, sample_time_ns(&sample), sample.run_ns, sample.run_sd_ns,
            (double)(state->wall_ns[index] - sample_timed_ns(&sample)));
    }
    result->passes = pilots_passes(&pilots, result->passes);
    return 0;
}

/* Finds how many passes make an interval. After a failure, which is recorded, it tries again: else
 * one mishap would leave the case with an interval that is too short. */
static int calibrate(struct session_state *state, size_t index) {
    struct case_result *result = &state->session->results[index];
    if (state->session->plan->cases[index].impossible)
        return 0;
    if (state->options->passes && state->options->passes[index] > 0) {
        result->passes = state->options->passes[index];
        state->progress.total--;
        return 0;
    }
    result->passes = 1;
    while (!result->given_up) {
        struct sample sample;
        int code = take_sample(state, index, 0, &sample, &result->passes);
        if (code != 0)
            return code;
        if (!sample.failure)
            return run_pilots(state, index, &sample);
        sample.round = -1;
        record(state, index, &sample);
        state->progress.total += !result->given_up;
    }
    return 0;
}

/* Measures the first `count` cases of state->order. */
static int measure_cases(struct session_state *state, size_t count, int round) {
    struct session *session = state->session;
    for (size_t i = 0; i < count; i++) {
        size_t index = state->order[i];
        struct case_result *result = &session->results[index];
        struct sample sample;
        if (session->plan->cases[index].impossible)
            continue;
        if (result->given_up || session_has(state->options, result, round)) {
            state->progress.done++;
            continue;
        }
        int code = take_round_sample(state, index, result->passes, &sample);
        if (code != 0)
            return code;
        sample.round = round;
        record(state, index, &sample);
    }
    return 0;
}

/* Of all cases of a section, the most that one of them asks for. */
static void share_passes(struct session *session, const struct section *section) {
    int64_t most = 1;
    for (size_t i = section->first; i < section->first + section->count; i++)
        if (session->results[i].passes > most)
            most = session->results[i].passes;
    for (size_t i = section->first; i < section->first + section->count; i++)
        session->results[i].passes = most;
}

static int calibrate_all(struct session_state *state) {
    struct session *session = state->session;
    const struct plan *plan = session->plan;
    for (size_t i = 0; i < plan->case_count; i++) {
        ptrdiff_t original = plan->cases[i].twin_of; /* it stands before its twin */
        int code = original < 0 ? calibrate(state, i) : 0;
        if (code != 0)
            return code;
        if (original >= 0)
            session->results[i].passes = session->results[original].passes;
    }
    for (size_t i = 0; state->options->schedule && i < plan->section_count; i++)
        share_passes(session, &plan->sections[i]);
    return 0;
}

static int measure_plain(struct session_state *state) {
    struct session *session = state->session;
    for (int round = 0; round < session->plan->rounds; round++) {
        for (size_t section = 0; section < session->plan->section_count; section++) {
            session_draw_order(session->plan, section, round, state->order);
            int code = measure_cases(state, session->plan->sections[section].count, round);
            if (code != 0)
                return code;
        }
        session->rounds_done++;
    }
    return 0;
}

static int measure_schedule(struct session_state *state, const struct session_schedule *schedule) {
    struct session *session = state->session;
    while (session->rounds_done < session->plan->rounds) {
        size_t count = schedule->next_round(schedule->context, session, state->order);
        if (count == 0)
            return 0;
        int left = schedule->rounds(schedule->context) - session->rounds_done;
        state->progress.total = state->progress.done + count * (size_t)(left > 1 ? left : 1);
        int code = measure_cases(state, count, session->rounds_done);
        if (code != 0)
            return code;
        session->rounds_done++;
    }
    return 0;
}

/* 0, the signal that ended it, or TIME_OVER. */
static int measure_all(struct session_state *state) {
    const struct session_schedule *schedule = state->options->schedule;
    int code = calibrate_all(state);
    if (code != 0)
        return code;
    return schedule ? measure_schedule(state, schedule) : measure_plain(state);
}

static struct session *session_new(
    const struct plan *plan, const struct session_schedule *schedule) {
    size_t samples = (size_t)plan->rounds * (schedule ? schedule->case_samples : 1);
    struct arena *arena = arena_new();
    struct session *session = arena_array(arena, struct session, 1);
    session->arena = arena;
    session->plan = plan;
    session->results = arena_array(arena, struct case_result, plan->case_count);
    for (size_t i = 0; i < plan->case_count; i++)
        session->results[i].samples = arena_array(arena, struct sample, samples + FAILURES_MAX);
    return session;
}

void session_free(struct session *session) {
    if (session)
        arena_free(session->arena);
}

/* The samples of a session, calibration among them; a schedule may take fewer. */
static size_t count_samples(const struct plan *plan, const struct session_schedule *schedule) {
    size_t calibrated = 0, possible = 0;
    for (size_t i = 0; i < plan->case_count; i++) {
        possible += !plan->cases[i].impossible;
        calibrated += !plan->cases[i].impossible && plan->cases[i].twin_of < 0;
    }
    return calibrated + (schedule ? schedule->round_samples : possible) * (size_t)plan->rounds;
}

/* 0, the signal that ended it, or a negative errno where it could not begin. */
static int measure_session(struct session *session, const struct session_options *options,
    int signal_fd, struct diag *diag) {
    const struct plan *plan = session->plan;
    const struct session_schedule *schedule = options->schedule;
    size_t round_samples = schedule ? schedule->round_samples : plan->case_count;
    struct interference_watch watch;
    struct guard *guard = NULL;
    struct session_state state = {
        .session = session,
        .options = options,
        .signal_fd = signal_fd,
        .order = arena_array(session->arena, size_t, round_samples),
        .wall_ns = arena_array(session->arena, int64_t, plan->case_count),
        .failures = arena_array(session->arena, int, plan->case_count),
        .progress.total = count_samples(plan, schedule),
        .start_ns = clock_now_ns(),
    };
    session_restore(session, options, state.failures);
    environment_read(&session->environment);
    sample_cgroup_make(&state.cgroup);
    int code = guard_start(&state.cgroup, &guard, diag);
    if (code < 0) {
        sample_cgroup_remove(&state.cgroup);
        return code;
    }
    state.bystanders = bystanders_find(session->arena); /* the guard is one */
    interference_begin(&watch);
    session->wall_ns = state.wall_ns;
    code = measure_all(&state);
    session->time_over = code == TIME_OVER;
    if (session->time_over)
        code = 0;
    session->interference = interference_end(&watch);
    sample_cgroup_remove(&state.cgroup);
    guard_stop(guard);
    show_progress(&state, NULL);
    int late = signals_late(signal_fd);
    return code ? code : late;
}

int session_run(const struct plan *plan, const struct session_options *options,
    struct session **ret_session, struct diag *diag) {
    sigset_t old_mask;
    int signal_fd = signals_catch(&old_mask, diag);
    if (signal_fd < 0)
        return signal_fd;
    /* A process that ignores SIGCHLD learns neither how its children ended nor their CPU time.
     * Both the tool and its samples may have inherited that. */
    struct sigaction tell = {.sa_handler = SIG_DFL}, old_action;
    sigaction(SIGCHLD, &tell, &old_action);
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    struct session *session = session_new(plan, options->schedule);
    int ended = measure_session(session, options, signal_fd, diag);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    sigaction(SIGCHLD, &old_action, NULL);
    close(signal_fd);
    sigprocmask(SIG_SETMASK, &old_mask, NULL);
    if (ended < 0) {
        session_free(session);
        return ended;
    }
    session->interrupted_by = ended;
    *ret_session = session;
    return 0;
}
