/* SPDX-License-Identifier: MIT */
/*
 * simulate [SESSIONS [SEED [KIND]]]: the verdicts of a comparison in seeded random sessions, with
 * looks, stages and control. It calls lib/judge/procedure.h as a session does, and prints a table.
 * It exits with 1 if a row contradicts its promises by more than chance allows in so many sessions.
 * All CPUs share the sessions; the result depends only on the seed.
 *
 * The drift of a session is 5%. The change is that of the median ratio of a round, also where the
 * sides have different noise.
 */
#include <math.h>
#include <pconc/workload.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "distributions.h"
#include "noise.h"
#include "power.h"
#include "procedure.h"
#include "rounds.h"

#define DRIFT 0.05
#define PAIRS_MAX 12
#define CPUS_MAX 256
#define CENTRE_ROUNDS 100001 /* whose median ratio is that of sides with different noise */
#define CHANCE 0.999         /* level of the interval that a promise must not contradict */

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
    struct shape a, b;  /* of the sides; B's is A's unless `differ` */
    double drift;       /* factor on the drift; 0: 1 */
    double detect;
    double alpha;       /* 0: the default */
    double wrong_most;  /* promised share of sessions with a wrong verdict; 0: ALARMS_MAX */
    double limit;       /* of `also`; 0: nothing */
    double rounds_mean; /* promised at most; 0: nothing */
    size_t times;       /* factor on the number of sessions; 0: 1 */
    int rounds;         /* at most; 0: the default */
    enum event also;    /* promised besides, with a limit */
    bool at_least;      /* the limit is a minimum; otherwise a maximum */
    bool differ;        /* B has a shape of its own */
    bool hurried;       /* there is time for 30 rounds, then for 60 */
    bool broken;        /* must break a promise, which shows that the check works */
};

#define FOUND .also = REGRESSED, .at_least = true, .limit
#define UNDECIDED .also = INCONCLUSIVE, .limit
#define THRESHOLD_ITSELF .first_change = 0.02, .other_change = 0.02
#define BURSTS .a = {.share = 0.05, .longer = 0.3}

static const struct scenario scenarios[] = {
    {"identical code", .pairs = 1, UNDECIDED = 0.005, .rounds_mean = 17},
    {"identical code", .pairs = 12, UNDECIDED = 0.02, .rounds_mean = 29},
    {"identical code, --detect=5%", .pairs = 1, .detect = 0.05, UNDECIDED = 1 - DEFAULT_POWER},
    {"identical code, --rounds=300", .pairs = 1, .rounds = 300, UNDECIDED = 0.001},
    {"one row 5% slower", .pairs = 1, .first_change = 0.05, FOUND = 0.99, .rounds_mean = 26},
    {"one row 5% slower", .pairs = 12, .first_change = 0.05, FOUND = 0.99},
    {"one row 5% slower, noise x 1.5", .pairs = 1, .first_change = 0.05, .a = {.spread = 1.5},
        FOUND = 0.99},
    {"one row 5% slower, --detect=5%", .pairs = 1, .first_change = 0.05, .detect = 0.05,
        FOUND = DEFAULT_POWER},
    {"one row 5% slower, --detect=5%", .pairs = 12, .first_change = 0.05, .detect = 0.05,
        FOUND = DEFAULT_POWER},
    {"5% slower, and so is the twin", .pairs = 1, .first_change = 0.05, .twin_change = 0.05,
        .also = CONTROL, .limit = 0.95, .at_least = true},
    {"all 2% slower: at the threshold", .pairs = 1, THRESHOLD_ITSELF,
        .wrong_most = ALARMS_OF_STAGES},
    {"all 2% slower: at the threshold", .pairs = 12, THRESHOLD_ITSELF,
        .wrong_most = ALARMS_OF_STAGES},
    {"the same, now more time, now less", .pairs = 12, THRESHOLD_ITSELF, .hurried = true,
        .wrong_most = ALARMS_OF_STAGES},
    {"the same, level not divided by rows", .pairs = 12, THRESHOLD_ITSELF,
        .alpha = 12 * DEFAULT_ALPHA, .wrong_most = ALARMS_OF_STAGES, .broken = true, .times = 5},
    {"just above it, called equivalent", .pairs = 1, .first_change = 0.0201,
        .wrong_most = DEFAULT_EQUAL_ALPHA / 2},
    {"identical code, bursts", .pairs = 1, BURSTS},
    {"identical code, bursts", .pairs = 12, BURSTS},
    {"at the threshold, bursts", .pairs = 12, THRESHOLD_ITSELF, BURSTS},
    {"one row 5% slower, bursts", .pairs = 1, .first_change = 0.05, BURSTS, FOUND = 0.95},
    {"at the threshold, exponential tail", .pairs = 1, THRESHOLD_ITSELF, .a = {.has_tail = true},
        .wrong_most = ALARMS_OF_STAGES},
    {"the same, only B has it", .pairs = 1, THRESHOLD_ITSELF, .differ = true,
        .b = {.has_tail = true}},
    {"the same, only A has it", .pairs = 1, THRESHOLD_ITSELF, .differ = true,
        .a = {.has_tail = true}},
    {"at the threshold, 10% of samples +10%", .pairs = 1, THRESHOLD_ITSELF,
        .a = {.share = 0.1, .longer = 0.1}, .wrong_most = ALARMS_OF_STAGES},
    {"the same, only of B", .pairs = 1, THRESHOLD_ITSELF, .differ = true,
        .b = {.share = 0.1, .longer = 0.1}},
    {"at the threshold, half of samples +10%", .pairs = 1, THRESHOLD_ITSELF,
        .a = {.share = 0.5, .longer = 0.1}, .wrong_most = ALARMS_OF_STAGES},
    {"at the threshold, drift x 4", .pairs = 1, THRESHOLD_ITSELF, .drift = 4,
        .wrong_most = ALARMS_OF_STAGES},
    {"at the threshold, B's noise x 3", .pairs = 1, THRESHOLD_ITSELF, .differ = true,
        .b = {.spread = 3}},
    {"at the threshold, A's noise x 3", .pairs = 1, THRESHOLD_ITSELF, .differ = true,
        .a = {.spread = 3}},
};

struct counts {
    size_t events[EVENTS];
    double rounds, squares; /* of all sessions: sums of the rounds and of their squares */
};

static const struct shape *shape_of(const struct scenario *scenario, enum side side) {
    return side == SIDE_B && scenario->differ ? &scenario->b : &scenario->a;
}

/* How far the median ratio of a round is from 0 without a change, because the sides differ. */
static double find_centre(const struct scenario *scenario, uint64_t seed) {
    struct noise noise = noise_start(rng_make(seed, UINT64_MAX), 0, 1);
    double *ratios, times[SIDES][SIDE_SAMPLES], centre;

    if (!scenario->differ)
        return 0;
    ratios = calloc(2 * CENTRE_ROUNDS, sizeof(*ratios));
    for (size_t i = 0; ratios && i < CENTRE_ROUNDS; i++) {
        for (size_t side = 0; side <= SIDE_B; side++)
            for (size_t j = 0; j < SIDE_SAMPLES; j++)
                times[side][j] = noise_time(&noise, shape_of(scenario, (enum side)side), 0);
        ratios[i] = round_log_ratio(times[SIDE_B], times[SIDE_A], SIDE_SAMPLES);
    }
    centre = ratios ? median(ratios, CENTRE_ROUNDS, ratios + CENTRE_ROUNDS) : 0;
    free(ratios);
    return centre;
}

/* What is the same in all sessions. */
struct sessions {
    const struct scenario *scenario;
    uint64_t seed;
    size_t count;
    double centre;
};

static void measure_pair(const struct sessions *sessions, struct procedure *procedure,
    struct noise *noise, uint64_t session, size_t pair) {
    const struct scenario *scenario = sessions->scenario;
    const double changes[SIDES] = {0,
        log1p(pair == 0 ? scenario->first_change : scenario->other_change) - sessions->centre,
        log1p(scenario->twin_change)};
    bool twin = procedure_control_pair(procedure) == pair;
    int round = procedure_rounds(procedure);
    bool mirrored = procedure_mirrors(procedure, pair, &round);
    enum side layout[ROUND_SAMPLES_MAX];
    size_t count =
        round_layout(sessions->seed + session, pair, round, twin, mirrored, SIDE_SAMPLES, layout);
    size_t taken[SIDES] = {0};
    double times[SIDES][SIDE_SAMPLES];

    for (size_t i = 0; i < count; i++) {
        enum side side = layout[i];

        times[side][taken[side]++] = noise_time(noise, shape_of(scenario, side), changes[side]);
    }
    procedure_feed(procedure, pair, round_log_ratio(times[SIDE_B], times[SIDE_A], SIDE_SAMPLES));
    if (twin)
        procedure_feed_control(
            procedure, round_log_ratio(times[SIDE_TWIN], times[SIDE_A], SIDE_SAMPLES));
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
    counts->rounds += procedure_rounds(procedure);
    counts->squares += pow(procedure_rounds(procedure), 2);
}

static int run_session(const struct sessions *sessions, uint64_t session, struct counts *counts) {
    const struct scenario *scenario = sessions->scenario;
    const struct gate_settings settings = {
        .rule = DEFAULT_RULE,
        .alpha = scenario->alpha > 0 ? scenario->alpha : DEFAULT_ALPHA,
        .equal_alpha = DEFAULT_EQUAL_ALPHA,
        .looks = LOOKS_MAX,
        .rounds = scenario->rounds > 0 ? scenario->rounds : DEFAULT_GATE_ROUNDS,
        .detect = scenario->detect,
        .power = DEFAULT_POWER,
    };
    struct noise noise = noise_start(rng_make(sessions->seed, session),
        DRIFT * (scenario->drift > 0 ? scenario->drift : 1),
        scenario->pairs * 2 * SIDE_SAMPLES * DEFAULT_GATE_ROUNDS);
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
                measure_pair(sessions, procedure, &noise, session, pair);
        procedure_end_round(procedure);
    }
    count_session(procedure, scenario, counts);
    procedure_free(procedure);
    return 0;
}

static double wrong_most(const struct scenario *scenario) {
    return scenario->wrong_most > 0 ? scenario->wrong_most : ALARMS_MAX;
}

/* Whether the counts contradict a promise. */
static bool is_broken(const struct sessions *sessions, const struct counts *counts) {
    const struct scenario *scenario = sessions->scenario;
    double count = (double)sessions->count, mean = counts->rounds / count;
    double error = sqrt(fmax(0, counts->squares / count - mean * mean) / count);
    struct interval wrong = binomial_interval(counts->events[WRONG], sessions->count, CHANCE);
    struct interval also =
        binomial_interval(counts->events[scenario->also], sessions->count, CHANCE);

    return wrong.low > wrong_most(scenario)
        || (scenario->limit > 0
            && (scenario->at_least ? also.high < scenario->limit : also.low > scenario->limit))
        || (scenario->rounds_mean > 0
            && mean + normal_quantile((1 - CHANCE) / 2) * error > scenario->rounds_mean);
}

/* Every `share`-th session from `first` on; false after a complaint. */
static bool run_share(
    const struct sessions *sessions, size_t first, size_t share, struct counts *counts) {
    for (size_t i = first; i < sessions->count; i += share)
        if (run_session(sessions, i, counts) < 0)
            return false;
    return true;
}

/* One process for each CPU, which counts its share in shared memory. */
static bool run_sessions(const struct sessions *sessions, size_t cpus, struct counts *shares,
    struct counts *ret_counts) {
    bool fine = true;
    int status;

    *ret_counts = (struct counts){.rounds = 0};
    for (size_t cpu = 0; cpu < cpus; cpu++) {
        pid_t pid = fork();

        if (pid == 0) {
            shares[cpu] = (struct counts){.rounds = 0};
            _exit(!run_share(sessions, cpu, cpus, &shares[cpu]));
        }
        fine = fine && pid > 0;
    }
    while (wait(&status) > 0)
        fine = fine && WIFEXITED(status) && WEXITSTATUS(status) == 0;
    for (size_t cpu = 0; cpu < cpus; cpu++) {
        ret_counts->rounds += shares[cpu].rounds;
        ret_counts->squares += shares[cpu].squares;
        for (size_t i = 0; i < EVENTS; i++)
            ret_counts->events[i] += shares[cpu].events[i];
    }
    return fine;
}

static void print_promises(const struct scenario *scenario) {
    printf("  wrong <= %g%%", 100 * wrong_most(scenario));
    if (scenario->limit > 0)
        printf(", %s %s %g%%", event_names[scenario->also],
            scenario->at_least ? ">=" : "<=", 100 * scenario->limit);
    if (scenario->rounds_mean > 0)
        printf(", rounds <= %g", scenario->rounds_mean);
}

static bool run_scenario(const struct scenario *scenario, uint64_t seed, size_t count, size_t cpus,
    struct counts *shares) {
    const struct sessions sessions = {scenario, seed,
        count * (scenario->times > 0 ? scenario->times : 1), find_centre(scenario, seed)};
    struct counts counts;
    bool broken;

    if (!run_sessions(&sessions, cpus, shares, &counts)) {
        fprintf(stderr, "simulate: '%s' could not be run\n", scenario->title);
        return false;
    }
    broken = is_broken(&sessions, &counts);
    printf("%-38s %4zu", scenario->title, scenario->pairs);
    for (size_t i = 0; i < EVENTS; i++)
        printf(" %9.3f%%", 100 * (double)counts.events[i] / (double)sessions.count);
    printf(" %7.1f", counts.rounds / (double)sessions.count);
    print_promises(scenario);
    printf(
        ": %s%s\n", broken ? "broken" : "kept", scenario->broken ? ", as it must be broken" : "");
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
    printf("%-38s %4s", "session", "rows");
    for (size_t i = 0; i < EVENTS; i++)
        printf(" %10s", event_names[i]);
    printf(" %7s  %s\n", "rounds", "promises");
    for (size_t i = 0; i < sizeof(scenarios) / sizeof(scenarios[0]); i++)
        if (argc <= 3 || strstr(scenarios[i].title, argv[3]))
            fine = run_scenario(&scenarios[i], seed, sessions, cpus, shares) && fine;
    munmap(shares, CPUS_MAX * sizeof(*shares));
    return fine ? EXIT_SUCCESS : EXIT_FAILURE;
}
