/* SPDX-License-Identifier: MIT */
/*
 * simulate [SESSIONS [SEED]]: the verdicts of a comparison in seeded random sessions, with looks,
 * stages and control. It calls lib/judge/procedure.h as a session does, and prints a table. It
 * exits with 1 if a row contradicts its promise by more than chance allows in so many sessions. All
 * CPUs share the sessions; the result depends only on the seed.
 *
 * A sample's time is 1, times the change of its side, times the drift at that moment, times the
 * noise of its process, times the noise of its iteration; both noises are log-normal with 2%. The
 * drift of a session is 5%: its start, a steady ramp, and a random walk.
 */
#include <math.h>
#include <pconc/workload.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "distributions.h"
#include "power.h"
#include "procedure.h"
#include "rounds.h"

#define DRIFT 0.05
#define PROCESS_NOISE 0.02
#define ITERATION_NOISE 0.02
#define BURST 0.3 /* how much slower a sample is during a burst of other load */
#define PAIRS_MAX 12
#define CPUS_MAX 256
#define CHANCE 0.999 /* level of the interval that a promise must not contradict */

/* False alarms: the promise for a session, and the part of alpha that passes looks and stages. */
#define ALARMS_MAX 0.005
#define ALARMS_OF_STAGES (DEFAULT_ALPHA / 2 * CONFIRM_LEVEL / 2)

/* Counted in the sessions of a scenario. */
enum event { REGRESSED, SUSPECTED, WRONG, INCONCLUSIVE, CONTROL, EVENTS };
static const char *const event_names[EVENTS] = {
    "regressed", "suspected", "wrong", "inconcl.", "control"};

struct scenario {
    const char *title;
    size_t pairs;
    double first_change,
        other_change;   /* of B in the first pair, and in the others: 0.05 is slower */
    double twin_change; /* of A's twin; 0 is right */
    double noise;       /* factor on the noise of processes and iterations; 0: 1 */
    double bursts;      /* share of samples with a burst */
    double detect;
    double alpha; /* 0: the default */
    double limit;
    size_t times; /* factor on the number of sessions; 0: 1 */
    enum event promised;
    bool hurried;  /* there is time for 30 rounds, then for 60 */
    bool at_least; /* the limit is a minimum; otherwise a maximum */
    bool broken;   /* must break the promise, which shows that the check works */
};

static const struct scenario scenarios[] = {
    {"identical code", .pairs = 1, .promised = WRONG, .limit = ALARMS_MAX},
    {"identical code", .pairs = 12, .promised = WRONG, .limit = ALARMS_MAX},
    {"identical code, --detect=5%", .pairs = 1, .detect = 0.05, .promised = INCONCLUSIVE,
        .limit = 1 - DEFAULT_POWER},
    {"identical code, bursts", .pairs = 1, .bursts = 0.05, .promised = WRONG, .limit = ALARMS_MAX},
    {"identical code, bursts", .pairs = 12, .bursts = 0.05, .promised = WRONG, .limit = ALARMS_MAX},
    {"all 2% slower: at the threshold", .pairs = 1, .first_change = 0.02, .promised = WRONG,
        .limit = ALARMS_OF_STAGES},
    {"all 2% slower: at the threshold", .pairs = 12, .first_change = 0.02, .other_change = 0.02,
        .promised = WRONG, .limit = ALARMS_OF_STAGES},
    {"the same, bursts", .pairs = 12, .first_change = 0.02, .other_change = 0.02, .bursts = 0.05,
        .promised = WRONG, .limit = ALARMS_MAX},
    {"the same, now more time, now less", .pairs = 12, .first_change = 0.02, .other_change = 0.02,
        .hurried = true, .promised = WRONG, .limit = ALARMS_OF_STAGES},
    {"the same, level not divided by rows", .pairs = 12, .first_change = 0.02, .other_change = 0.02,
        .alpha = 12 * DEFAULT_ALPHA, .promised = WRONG, .limit = ALARMS_OF_STAGES, .broken = true,
        .times = 5},
    {"one row 5% slower", .pairs = 1, .first_change = 0.05, .promised = REGRESSED, .limit = 0.95,
        .at_least = true},
    {"one row 5% slower", .pairs = 12, .first_change = 0.05, .promised = REGRESSED, .limit = 0.95,
        .at_least = true},
    {"one row 5% slower, noise x 1.5", .pairs = 1, .first_change = 0.05, .noise = 1.5,
        .promised = REGRESSED, .limit = 0.90, .at_least = true},
    {"one row 5% slower, bursts", .pairs = 1, .first_change = 0.05, .bursts = 0.05,
        .promised = REGRESSED, .limit = 0.95, .at_least = true},
    {"one row 5% slower, --detect=5%", .pairs = 1, .first_change = 0.05, .detect = 0.05,
        .promised = REGRESSED, .limit = DEFAULT_POWER, .at_least = true},
    {"one row 5% slower, --detect=5%", .pairs = 12, .first_change = 0.05, .detect = 0.05,
        .promised = REGRESSED, .limit = DEFAULT_POWER, .at_least = true},
    {"5% slower, and so is the twin", .pairs = 1, .first_change = 0.05, .twin_change = 0.05,
        .promised = CONTROL, .limit = 0.95, .at_least = true},
};

struct noise {
    struct rng rng;
    double spare;             /* NaN: none */
    double drift, ramp, step; /* now; a sample adds the ramp, and a random step */
    double sample;            /* of process and iteration together */
    double bursts;
};

struct counts {
    size_t events[EVENTS];
    size_t rounds; /* of all sessions */
};

/* Uniform in (0, 1]. */
static double uniform(struct rng *rng) {
    return ((double)(rng_next(rng) >> 11) + 1) * 0x1p-53;
}

/* Box and Muller's pair of normal numbers. */
static double normal(struct noise *noise) {
    double radius, angle, spare = noise->spare;

    if (!isnan(spare)) {
        noise->spare = NAN;
        return spare;
    }
    radius = sqrt(-2 * log(uniform(&noise->rng)));
    angle = 2 * M_PI * uniform(&noise->rng);
    noise->spare = radius * sin(angle);
    return radius * cos(angle);
}

static double take_time(struct noise *noise, double change) {
    bool burst = noise->bursts > 0 && uniform(&noise->rng) <= noise->bursts;

    noise->drift += noise->ramp + noise->step * normal(noise);
    return (1 + change) * (burst ? 1 + BURST : 1)
        * exp(noise->drift + noise->sample * normal(noise));
}

static struct noise start_noise(const struct scenario *scenario, uint64_t seed, uint64_t session) {
    struct noise noise = {.rng = rng_make(seed, session), .spare = NAN};
    double samples = (double)scenario->pairs * 2 * SIDE_SAMPLES * DEFAULT_GATE_ROUNDS;

    noise.drift = DRIFT * normal(&noise);
    noise.ramp = DRIFT * normal(&noise) / samples;
    noise.step = DRIFT / sqrt(samples);
    /* The product of two log-normal factors is one. */
    noise.sample =
        (scenario->noise > 0 ? scenario->noise : 1) * hypot(PROCESS_NOISE, ITERATION_NOISE);
    noise.bursts = scenario->bursts;
    return noise;
}

static void measure_pair(struct procedure *procedure, const struct scenario *scenario,
    struct noise *noise, uint64_t seed, size_t pair) {
    const double changes[SIDES] = {
        0, pair == 0 ? scenario->first_change : scenario->other_change, scenario->twin_change};
    bool twin = procedure_control_pair(procedure) == pair;
    int round = procedure_rounds(procedure);
    bool mirrored = procedure_mirrors(procedure, pair, &round);
    enum side layout[ROUND_SAMPLES_MAX];
    size_t count = round_layout(seed, pair, round, twin, mirrored, layout), taken[SIDES] = {0};
    double times[SIDES][SIDE_SAMPLES];

    for (size_t i = 0; i < count; i++)
        times[layout[i]][taken[layout[i]]++] = take_time(noise, changes[layout[i]]);
    procedure_feed(procedure, pair, round_log_ratio(times[SIDE_B], times[SIDE_A]));
    if (twin)
        procedure_feed_control(procedure, round_log_ratio(times[SIDE_TWIN], times[SIDE_A]));
}

/* Whether a verdict is wrong for the change. A change equal to the threshold is no regression. */
static bool is_wrong(enum verdict verdict, double change) {
    return (verdict == VERDICT_REGRESSED && change <= DEFAULT_THRESHOLD)
        || (verdict == VERDICT_IMPROVED && change >= 0)
        || (verdict == VERDICT_EQUIVALENT && change > DEFAULT_THRESHOLD);
}

static void count_session(
    const struct procedure *procedure, const struct scenario *scenario, struct counts *counts) {
    enum verdict session = procedure_session(procedure);
    bool suspected = false, wrong = false, seen;

    for (size_t pair = 0; pair < scenario->pairs; pair++) {
        enum verdict verdict = procedure_pair(procedure, pair, &seen);

        suspected |= seen;
        wrong |= is_wrong(verdict, pair == 0 ? scenario->first_change : scenario->other_change);
    }
    counts->events[REGRESSED] += session == VERDICT_REGRESSED;
    counts->events[SUSPECTED] += suspected;
    counts->events[WRONG] += wrong;
    counts->events[INCONCLUSIVE] += session == VERDICT_INCONCLUSIVE;
    counts->events[CONTROL] += procedure_control_failed(procedure);
    counts->rounds += (size_t)procedure_rounds(procedure);
}

static int run_session(
    const struct scenario *scenario, uint64_t seed, uint64_t session, struct counts *counts) {
    const struct gate_settings settings = {
        .alpha = scenario->alpha > 0 ? scenario->alpha : DEFAULT_ALPHA,
        .looks = LOOKS_MAX,
        .rounds = DEFAULT_GATE_ROUNDS,
        .detect = scenario->detect,
        .power = DEFAULT_POWER,
    };
    struct noise noise = start_noise(scenario, seed, session);
    double thresholds[PAIRS_MAX];
    struct procedure *procedure;
    struct diag diag = {0};

    for (size_t i = 0; i < scenario->pairs; i++)
        thresholds[i] = DEFAULT_THRESHOLD;
    if (procedure_new(&settings, thresholds, scenario->pairs, &procedure, &diag) < 0) {
        fprintf(stderr, "simulate: %s\n", diag.text);
        return -1;
    }
    while (!procedure_done(procedure)) {
        if (scenario->hurried)
            procedure_bound(procedure, (int)rng_between(&noise.rng, 30, DEFAULT_GATE_ROUNDS));
        for (size_t pair = 0; pair < scenario->pairs; pair++)
            if (procedure_wants(procedure, pair))
                measure_pair(procedure, scenario, &noise, seed + session, pair);
        procedure_end_round(procedure);
    }
    count_session(procedure, scenario, counts);
    procedure_free(procedure);
    return 0;
}

/* Whether the counts contradict the promise. */
static bool is_broken(
    const struct scenario *scenario, const struct counts *counts, size_t sessions) {
    struct interval seen = binomial_interval(counts->events[scenario->promised], sessions, CHANCE);

    return scenario->at_least ? seen.high < scenario->limit : seen.low > scenario->limit;
}

/* Every `share`-th session from `first` on; false after a complaint. */
static bool run_share(const struct scenario *scenario, uint64_t seed, size_t sessions, size_t first,
    size_t share, struct counts *counts) {
    for (size_t i = first; i < sessions; i += share)
        if (run_session(scenario, seed, i, counts) < 0)
            return false;
    return true;
}

/* One process for each CPU, which counts its share in shared memory. */
static bool run_sessions(const struct scenario *scenario, uint64_t seed, size_t sessions,
    size_t cpus, struct counts *shares, struct counts *ret_counts) {
    bool fine = true;
    int status;

    *ret_counts = (struct counts){.rounds = 0};
    for (size_t cpu = 0; cpu < cpus; cpu++) {
        pid_t pid = fork();

        if (pid == 0) {
            shares[cpu] = (struct counts){.rounds = 0};
            _exit(!run_share(scenario, seed, sessions, cpu, cpus, &shares[cpu]));
        }
        fine = fine && pid > 0;
    }
    while (wait(&status) > 0)
        fine = fine && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    for (size_t cpu = 0; cpu < cpus; cpu++) {
        ret_counts->rounds += shares[cpu].rounds;
        for (size_t i = 0; i < EVENTS; i++)
            ret_counts->events[i] += shares[cpu].events[i];
    }
    return fine;
}

static bool run_scenario(const struct scenario *scenario, uint64_t seed, size_t sessions,
    size_t cpus, struct counts *shares) {
    struct counts counts;
    bool broken;

    sessions *= scenario->times > 0 ? scenario->times : 1;
    if (!run_sessions(scenario, seed, sessions, cpus, shares, &counts)) {
        fprintf(stderr, "simulate: '%s' could not be run\n", scenario->title);
        return false;
    }
    broken = is_broken(scenario, &counts, sessions);
    printf("%-36s %4zu", scenario->title, scenario->pairs);
    for (size_t i = 0; i < EVENTS; i++)
        printf(" %9.3f%%", 100 * (double)counts.events[i] / (double)sessions);
    printf(" %7.1f  %s %s %g%%: %s%s\n", (double)counts.rounds / (double)sessions,
        event_names[scenario->promised], scenario->at_least ? ">=" : "<=", 100 * scenario->limit,
        broken ? "broken" : "kept", scenario->broken ? ", as it must be broken" : "");
    return broken == scenario->broken;
}

static size_t cpu_count(void) {
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    return cpus < 1 ? 1 : cpus > CPUS_MAX ? CPUS_MAX : (size_t)cpus;
}

int main(int argc, char **argv) {
    size_t sessions = argc > 1 ? strtoul(argv[1], NULL, 10) : 1000;
    uint64_t seed = argc > 2 ? strtoull(argv[2], NULL, 10) : 1;
    struct counts *shares = mmap(NULL, CPUS_MAX * sizeof(*shares), PROT_READ | PROT_WRITE,
        MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    size_t cpus = cpu_count();
    bool fine = true;

    if (shares == MAP_FAILED) {
        perror("simulate");
        return EXIT_FAILURE;
    }
    setvbuf(stdout, NULL, _IOLBF, 0);
    printf("%zu sessions each, seed %llu, at most %d rounds, threshold %g%%, alpha %g%%\n",
        sessions, (unsigned long long)seed, DEFAULT_GATE_ROUNDS, 100 * DEFAULT_THRESHOLD,
        100 * DEFAULT_ALPHA);
    printf("%-36s %4s", "session", "rows");
    for (size_t i = 0; i < EVENTS; i++)
        printf(" %10s", event_names[i]);
    printf(" %7s  %s\n", "rounds", "promise");
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        fine = run_scenario(&scenarios[i], seed, sessions, cpus, shares) && fine;
    munmap(shares, CPUS_MAX * sizeof(*shares));
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
