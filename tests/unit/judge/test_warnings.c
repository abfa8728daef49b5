/* SPDX-License-Identifier: MIT */
#include "warnings.h"

#include <criterion/criterion.h>
#include <math.h>
#include <string.h>

#include "fixture_session.h"

#define MS 1e6

/* A session without warnings. */
static struct fixture *quiet_session(int rounds) {
    struct fixture *fixture = fixture_new(rounds);

    fixture->results[SLEEP_PROCESSES].given_up = false;
    fixture_set_times(fixture, NOOP_THREADS, 5 * MS, 0.01);
    return fixture;
}

/* Expects exactly one warning, which contains `part`; NULL: none. */
static void expect_warning(struct fixture *fixture, const char *part) {
    struct session_summary *summary = summarize(&fixture->session);

    cr_expect_eq(summary->warning_count, part ? 1 : 0, "%zu warnings for '%s': %s",
        summary->warning_count, part, summary->warning_count ? summary->warnings[0] : "");
    if (part && summary->warning_count > 0)
        cr_expect_not_null(
            strstr(summary->warnings[0], part), "'%s' is not in: %s", part, summary->warnings[0]);
    session_summary_free(summary);
    fixture_free(fixture);
}

Test(warnings, are_absent_without_a_reason) {
    expect_warning(quiet_session(10), NULL);
}

Test(warnings, report_stolen_time) {
    struct fixture *fixture = quiet_session(10);
    fixture->session.interference.steal_share = 0.034;
    expect_warning(fixture, "gave 3.4% of the CPU time to other machines; measure again");
}

Test(warnings, report_throttling) {
    struct fixture *fixture = quiet_session(10);
    fixture->session.interference.throttled_periods = 1;
    expect_warning(fixture, "ran out in 1 period; raise the quota");
}

/* Each sample lasts 10 ms; the figures are of all ten together, in ms. */
static void set_timed(
    struct fixture *fixture, size_t index, int64_t no_cpu, int64_t others, int64_t idle) {
    struct case_result *result = &fixture->results[index];
    const int64_t per_sample = (int64_t)(MS / 10);

    for (size_t i = 0; i < result->sample_count; i++)
        result->samples[i].timed = (struct timed){
            .elapsed_ns = 10 * (int64_t)MS,
            .no_cpu_ns = no_cpu * per_sample,
            .timeslices = 1,
            .cpu_ns = 100 * per_sample,
            .busy_ns = (100 + others) * per_sample,
            .idle_ns = idle * per_sample,
        };
}

Test(warnings, name_the_samples_that_steal_fell_on) {
    struct fixture *fixture = quiet_session(10);
    fixture->session.interference.steal_share = 0.034;
    for (size_t i = 0; i < 9; i++) {
        fixture->results[GCD_THREADS].samples[i].timed.steal_ns = 10000000;
        fixture->results[GCD_CHUNK].samples[i].timed.steal_ns = 20000000;
        fixture->results[GCD_SERIAL].samples[i].timed.steal_ns = i == 0 ? 10000000 : -1;
    }
    expect_warning(fixture,
        "to other machines, most of it during gcd/threads/2/chunk=16, gcd/threads/2; measure");
}

Test(warnings, name_no_samples_where_a_disturbance_fell_on_all) {
    struct fixture *fixture = quiet_session(10);
    fixture->session.interference.throttled_periods = 8;
    for (size_t i = 0; i <= GCD_CONTROL; i++)
        fixture->results[i].samples[4].timed.throttled_periods = 1;
    expect_warning(fixture, "ran out in 8 periods; raise the quota");
}

Test(warnings, name_the_samples_that_a_quota_fell_on) {
    struct fixture *fixture = quiet_session(10);
    fixture->session.interference.throttled_periods = 2;
    fixture->results[GCD_THREADS].samples[0].timed.throttled_periods = 2;
    expect_warning(fixture, "in 2 periods, most of them during gcd/threads/2; raise the quota");
}

/* The load average is that of the last minute, in which pconc itself may have run. */
Test(warnings, report_other_programs_only_where_they_took_cpu_time) {
    static const struct {
        double share;
        int cpus;
        const char *expected;
    } rows[] = {
        {NAN, 2, NULL},
        {-0.01, 2, NULL},
        {0.05, 2, NULL},
        {0.31, 2, "other programs took 31% of the time of the 2 usable CPUs; stop them"},
        {0.31, 1, "other programs took 31% of the time of the 1 usable CPU; stop them"},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture *fixture = quiet_session(10);
        fixture->session.environment.load_before = 7;
        fixture->session.environment.usable_cpus = rows[i].cpus;
        fixture->session.interference.others_share = rows[i].share;
        expect_warning(fixture, rows[i].expected);
    }
}

Test(warnings, name_the_cases_that_waited_beside_an_idle_cpu) {
    struct fixture *fixture = quiet_session(10);
    set_timed(fixture, GCD_CHUNK, 50, 0, 80);
    set_timed(fixture, GCD_THREADS, 76, 0, 80);
    set_timed(fixture, GCD_CONTROL, 80, 0, 80);
    expect_warning(fixture,
        "gcd/threads/2: its workers waited for a CPU 38% of the time while another CPU was idle "
        "(also gcd/threads/2/chunk=16 25%); use --pool=pin=spread");
    fixture = quiet_session(10);
    set_timed(fixture, GCD_THREADS, 9, 0, 80);
    expect_warning(fixture, NULL);
}

/* One warning, not also one for the session. */
Test(warnings, name_the_cases_that_waited_for_other_programs) {
    struct fixture *fixture = quiet_session(10);
    fixture->session.interference.others_share = 0.4;
    set_timed(fixture, GCD_THREADS, 48, 90, 0);
    expect_warning(fixture,
        "gcd/threads/2: its workers waited for a CPU 24% of the time while other programs kept 0.9 "
        "of 2 CPUs busy; stop them, or use fewer workers");
    fixture = quiet_session(10);
    set_timed(fixture, GCD_COROUTINES, 48, 90, 0);
    expect_warning(fixture,
        "gcd/coroutines/1: its workers waited for a CPU 48% of the time while other "
        "programs kept 0.9 of 2 CPUs busy; stop them, or choose free CPUs (--pool=pin=LIST)");
    fixture = quiet_session(10);
    set_timed(fixture, GCD_COROUTINES, 48, 110, 0);
    expect_warning(fixture, "other programs kept 1.1 of 2 CPUs busy; stop them");
}

/* More workers than CPUs have to wait. */
Test(warnings, are_not_given_for_what_is_expected) {
    struct fixture *fixture = quiet_session(10);
    set_timed(fixture, SLEEP_THREADS, 200, 0, 0);
    expect_warning(fixture, NULL);
}

Test(warnings, report_a_governor_that_follows_load) {
    struct fixture *fixture = quiet_session(10);
    strcpy(fixture->session.environment.governor, "powersave");
    expect_warning(fixture, "governor is 'powersave'");
    fixture = quiet_session(10);
    strcpy(fixture->session.environment.governor, "performance");
    expect_warning(fixture, NULL);
}

Test(warnings, ask_for_enough_rounds) {
    expect_warning(quiet_session(5), "intervals need at least 6 rounds; use --rounds=10");
    expect_warning(quiet_session(6), NULL);
}

Test(warnings, do_not_ask_for_rounds_after_an_interruption) {
    struct fixture *fixture = quiet_session(5);
    fixture->session.interrupted_by = 2;
    expect_warning(fixture, NULL);
}

/* Without their extremes the ten rounds lie within -0.7 and 0.8: the interval is about 1 +- 0.75 *
 * spread. */
Test(warnings, name_the_cases_that_spread_too_widely) {
    struct fixture *fixture = quiet_session(10);
    fixture_set_times(fixture, NOOP_THREADS, 5 * MS, 0.2);
    fixture_set_times(fixture, NOOP_COROUTINES, 5 * MS, 0.3);
    expect_warning(fixture,
        "for 10 rounds, and no cause was seen: noop/coroutines/1/concurrency=100000/stack=128KiB "
        "(+-22%), "
        "noop/threads/128/chunk=65536 (+-15%); use more rounds (--rounds=50)");
}

/* More rounds do not help against a cause that another warning names. */
Test(warnings, do_not_ask_for_rounds_where_the_cause_is_known) {
    struct fixture *fixture = quiet_session(10);
    fixture_set_times(fixture, GCD_THREADS, 100 * MS, 0.9);
    set_timed(fixture, GCD_THREADS, 76, 0, 80);
    expect_warning(fixture, "while another CPU was idle; use --pool=pin=spread");
}

/* They may also have come from what disturbed the whole session. */
Test(warnings, refer_to_what_disturbed_the_session) {
    struct fixture *fixture = quiet_session(10);
    fixture_set_times(fixture, GCD_THREADS, 100 * MS, 0.3);
    fixture->session.interference.others_share = 0.2;
    struct session_summary *summary = summarize(&fixture->session);

    cr_assert_eq(summary->warning_count, 2);
    cr_expect_not_null(
        strstr(summary->warnings[1],
            "for 10 rounds: gcd/threads/2 (+-22%); follow the other warnings, or use "
            "more rounds (--rounds=50)"),
        "%s", summary->warnings[1]);
    session_summary_free(summary);
    fixture_free(fixture);
}

Test(warnings, count_the_cases_that_are_too_many_to_name) {
    struct fixture *fixture = quiet_session(10);
    for (size_t i = GCD_SERIAL; i <= GCD_COROUTINES; i++)
        fixture_set_times(fixture, i, 100 * MS, 0.9);
    fixture_set_times(fixture, GCD_CONTROL, 100 * MS, 0.9);
    expect_warning(fixture, " and 3 more; use more rounds (--rounds=100)");
}

/* A comparison may make fewer rounds than it planned. */
Test(warnings, speak_of_the_rounds_that_were_made) {
    struct fixture *fixture = quiet_session(10);
    fixture_set_times(fixture, GCD_THREADS, 100 * MS, 0.3);
    fixture->plan.rounds = 60;
    expect_warning(fixture,
        "for 10 rounds, and no cause was seen: gcd/threads/2 (+-22%); allow the time for 50 "
        "rounds");

    fixture = quiet_session(40);
    fixture->session.rounds_done = 1;
    expect_warning(fixture,
        "intervals need at least 6 rounds, and there was time for 1; allow more time, or give "
        "each sample fewer jobs");

    fixture = quiet_session(2);
    expect_warning(fixture, "intervals need at least 6 rounds; use --rounds=10");
}

Test(warnings, report_a_control_that_differs_from_its_twin) {
    struct fixture *fixture = quiet_session(10);
    fixture_set_times(fixture, GCD_THREADS, 100 * MS, 0.01);
    fixture_set_times(fixture, GCD_CONTROL, 104 * MS, 0.01);
    expect_warning(fixture,
        "gcd/threads/2 and its twin are the same code but seem to differ "
        "(1.040..1.040)");
}

Test(warnings, report_cases_that_were_given_up) {
    struct fixture *fixture = quiet_session(10);
    fixture->results[SLEEP_PROCESSES].given_up = true;
    fixture->results[GCD_CHUNK].given_up = true;
    expect_warning(fixture, "in a row: gcd/threads/2/chunk=16, slow-io/processes/4; fix");
}

Test(warnings, name_the_jobs_that_held_their_loop) {
    struct fixture *fixture = quiet_session(10);
    fixture->results[SLEEP_COROUTINES].samples[3].slow_tasks =
        "job 17 held its loop for 0.101 s and 2 times more";
    fixture->results[SLEEP_COROUTINES].samples[5].slow_tasks = "job 1 held its loop for 0.100 s";
    expect_warning(fixture,
        "coroutines/1: job 17 held its loop for 0.101 s and 2 times more (in 2 of 10 samples");
}

/* In most of its samples: more than half. */
Test(warnings, name_the_cases_that_did_not_become_steady) {
    struct fixture *fixture = quiet_session(10);
    for (size_t i = 0; i < 6; i++) {
        fixture->results[GCD_THREADS].samples[i].unsteady = true;
        fixture->results[GCD_THREADS].samples[i].warmup_runs = 20 + (int64_t)i;
    }
    for (size_t i = 0; i < 5; i++) {
        fixture->results[GCD_SERIAL].samples[i].unsteady = true;
        fixture->results[GCD_SERIAL].samples[i].warmup_runs = 1000;
    }
    expect_warning(fixture,
        "runs were still becoming faster after 50 ms of warm-up: gcd/threads/2; measure these "
        "cases alone with more untimed runs, such as --warmup=50");
}

/* A loop that neither waits for tasks nor computes is blocked by one of them. */
Test(warnings, report_loops_that_jobs_blocked) {
    static const struct {
        int64_t busy_ns, cpu_ns, voluntary, involuntary;
        const char *expected;
    } rows[] = {
        {900, 10, 16, 2, "held up all others of their event loop: slow-io/coroutines/1; find"},
        {400, 10, 16, 2, NULL},  /* it mostly waited */
        {900, 800, 16, 2, NULL}, /* it computed */
        {900, 10, 2, 16, NULL},  /* other programs had the CPU */
        {0, 10, 16, 2, NULL},    /* no loop, or saved by an older pconc */
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct fixture *fixture = quiet_session(10);
        struct case_result *result = &fixture->results[SLEEP_COROUTINES];
        for (size_t j = 0; j < result->sample_count; j++) {
            struct sample *sample = &result->samples[j];
            sample->elapsed_ns = 1000;
            sample->loop_busy_ns = rows[i].busy_ns;
            sample->user_ns = rows[i].cpu_ns;
            sample->system_ns = 0;
            sample->voluntary_switches = rows[i].voluntary;
            sample->involuntary_switches = rows[i].involuntary;
        }
        expect_warning(fixture, rows[i].expected);
    }
}
