/* SPDX-License-Identifier: MIT */
#include "tcp.h"
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The number-guessing game of Effective Python (Slatkin). Each job is a client. It sends "PARAMS
 * job low high", and the server chooses a secret number in that range. The server answers each
 * "NUMBER guess" with Correct, Warmer, Colder or Unsure (the first guess, or as far off as the one
 * before).
 */

#define SECRET_STREAM (UINT64_C(1) << 32) /* of the session's seed; plus the job's number */
#define GUESS_STREAM (UINT64_C(2) << 32)
#define LINE_SIZE 96

enum { LOW, HIGH };

static const struct param guess_params[] = {
    [LOW] = {.name = "low",
        .type = PARAM_COUNT,
        .default_text = "1",
        .min = 0,
        .max = UINT32_MAX,
        .not_above = "high",
        .help = "the smallest number that the server can choose"},
    [HIGH] = {.name = "high",
        .type = PARAM_COUNT,
        .default_text = "1000",
        .test_text = "20",
        .min = 0,
        .max = UINT32_MAX,
        .help = "the largest number that the server can choose"},
    {.name = NULL},
};

struct guess_state {
    int64_t low, high, port;
    uint64_t seed;
    struct partner *server;
};

/* The secret that one job found, or the sum of several secrets. */
struct guess_result {
    uint64_t secrets; /* modulo 2^64 */
    int64_t jobs;
};

static int64_t secret_of(uint64_t seed, int64_t job, int64_t low, int64_t high) {
    struct rng rng = rng_make(seed, SECRET_STREAM + (uint64_t)job);
    return rng_between(&rng, low, high);
}

/* The server's side. */

struct game {
    bool begun, guessed;
    int64_t secret, last;
};

static int64_t distance(int64_t a, int64_t b) {
    return a < b ? b - a : a - b;
}

static const char *hint(struct game *game, int64_t guess) {
    int64_t now = distance(guess, game->secret);
    int64_t before = distance(game->last, game->secret);
    bool first = !game->guessed;
    game->guessed = true;
    game->last = guess;
    if (now == 0)
        return "Correct";
    if (first || now == before)
        return "Unsure";
    return now < before ? "Warmer" : "Colder";
}

/* The answer to one line; NULL: the line is no request. */
static const char *reply(const struct guess_state *state, struct game *game, char *line) {
    int64_t number, low, high;
    if (sscanf(line, "PARAMS %" SCNd64 " %" SCNd64 " %" SCNd64, &number, &low, &high) == 3
        && low <= high) {
        *game = (struct game){.begun = true, .secret = secret_of(state->seed, number, low, high)};
        return "Ready";
    }
    if (game->begun && sscanf(line, "NUMBER %" SCNd64, &number) == 1)
        return hint(game, number);
    return NULL;
}

static ssize_t guess_answer(const struct tcp_service *service, void *client, const char *in,
    size_t size, char *out, size_t room, size_t *ret_written) {
    char line[LINE_SIZE];
    ssize_t taken = room < LINE_SIZE ? 0 : tcp_take_line(in, size, line, sizeof(line));
    if (taken <= 0)
        return taken;
    const char *text = reply(service->context, client, line);
    if (!text)
        return -1;
    *ret_written += (size_t)snprintf(out, room, "%s\n", text);
    return taken;
}

static int guess_setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    int64_t low = in->params[LOW].number;
    int64_t high = in->params[HIGH].number;
    struct guess_state *state = malloc(sizeof(*state));
    if (!state)
        return diag_no_memory(diag, "a workload");
    *state = (struct guess_state){.low = low, .high = high, .seed = in->seed};
    struct tcp_service service = {.client_size = sizeof(struct game),
        .input_size = LINE_SIZE,
        .output_size = LINE_SIZE,
        .answer = guess_answer,
        .context = state};
    int code = tcp_server_start(&service, &state->server, &state->port, diag);
    if (code < 0) {
        free(state);
        return code;
    }
    *ret_state = state;
    return 0;
}

/* The client's side: the range that the answers so far allow, and the latest guess. */
struct player {
    int64_t low, high; /* low > high: the answers contradict each other */
    int64_t last;      /* INT64_MIN: no guess yet */
    struct rng rng;
};

static void keep_above(struct player *player, int64_t floor) {
    if (player->low <= floor)
        player->low = floor + 1;
}

static void keep_below(struct player *player, int64_t ceiling) {
    if (player->high >= ceiling)
        player->high = ceiling - 1;
}

/* Narrows the range by the answer to `guess`. Warmer and Colder say on which side of the middle
 * between the last two guesses the secret lies, Unsure that it is the middle. False: no answer, or
 * one that contradicts those before. */
static bool learn(struct player *player, int64_t guess, const char *answer) {
    int64_t sum = player->last + guess;
    bool first = player->last == INT64_MIN;
    bool warmer = strcmp(answer, "Warmer") == 0;
    if (strcmp(answer, "Unsure") == 0) {
        if (!first && sum % 2 != 0)
            return false;
        if (!first) {
            keep_above(player, sum / 2 - 1);
            keep_below(player, sum / 2 + 1);
        }
    } else if (first || (!warmer && strcmp(answer, "Colder") != 0)) {
        return false;
    } else if (warmer == (guess > player->last)) {
        keep_above(player, sum / 2); /* 2 * secret > sum */
    } else {
        keep_below(player, (sum + 1) / 2);
    }
    /* The secret is not the guess itself. */
    if (guess == player->low)
        player->low++;
    if (guess == player->high)
        player->high--;
    player->last = guess;
    return player->low <= player->high;
}

/* A number in the range, but not the last guess. */
static int64_t next_guess(struct player *player) {
    if (player->last < player->low || player->last > player->high)
        return rng_between(&player->rng, player->low, player->high);
    int64_t guess = rng_between(&player->rng, player->low, player->high - 1);
    return guess < player->last ? guess : guess + 1;
}

static int ask(struct task *task, int fd, char *line, int length) {
    int code = tcp_send(task, fd, line, (size_t)length);
    return code < 0 ? code : tcp_receive_line(task, fd, line, LINE_SIZE);
}

static int play(
    const struct guess_state *state, int64_t i, struct task *task, int fd, int64_t *ret_secret) {
    struct player player = {.low = state->low,
        .high = state->high,
        .last = INT64_MIN,
        .rng = rng_make(state->seed, GUESS_STREAM + (uint64_t)i)};
    char line[LINE_SIZE];
    int code = ask(task, fd, line,
        snprintf(line, sizeof(line), "PARAMS %" PRId64 " %" PRId64 " %" PRId64 "\n", i, state->low,
            state->high));
    if (code == 0 && strcmp(line, "Ready") != 0)
        code = task_fail(task, -EBADMSG, "the server answered '%s' instead of 'Ready'", line);
    while (code == 0) {
        int64_t guess = player.last == INT64_MIN ? rng_between(&player.rng, player.low, player.high)
                                                 : next_guess(&player);
        code = ask(task, fd, line, snprintf(line, sizeof(line), "NUMBER %" PRId64 "\n", guess));
        if (code == 0 && strcmp(line, "Correct") == 0) {
            *ret_secret = guess;
            return 0;
        }
        if (code == 0 && !learn(&player, guess, line))
            code = task_fail(task, -EBADMSG,
                "the server answered '%s' to %" PRId64 ", which contradicts its answers before",
                line, guess);
    }
    return code;
}

static int guess_job(void *context, int64_t i, struct task *task, void *result) {
    const struct guess_state *state = context;
    int fd = tcp_dial(task, state->port);
    if (fd < 0)
        return fd;
    int64_t secret = 0;
    int code = play(state, i, task, fd, &secret);
    task_close(task, fd);
    if (code == 0)
        *(struct guess_result *)result =
            (struct guess_result){.secrets = (uint64_t)secret, .jobs = 1};
    return code;
}

static void guess_merge(void *into, const void *from) {
    struct guess_result *total = into;
    const struct guess_result *other = from;
    total->secrets += other->secrets;
    total->jobs += other->jobs;
}

/* The secrets follow from the seed. */
static int guess_verify(const void *context, const struct outcome *outcome, struct diag *diag) {
    const struct guess_state *state = context;
    struct guess_result right = {0}, total;
    for (int64_t i = 0; i < outcome->jobs; i++) {
        struct guess_result one = {
            .secrets = (uint64_t)secret_of(state->seed, i, state->low, state->high), .jobs = 1};
        const struct guess_result *found = outcome->merged ? &one : outcome_slot(outcome, i);
        guess_merge(&right, &one);
        if (memcmp(found, &one, sizeof(one)) != 0)
            return diag_set(diag, -EBADMSG,
                "job %" PRId64 ": the secret was %" PRIu64 ", not %" PRIu64
                "; the executor lost or mixed results",
                i, one.secrets, found->secrets);
    }
    outcome_total(&workload_guess, outcome, &total);
    if (memcmp(&total, &right, sizeof(right)) == 0)
        return 0;
    return diag_set(diag, -EBADMSG,
        "%" PRId64 " secrets add up to %" PRIu64 "; right are %" PRId64 " that add up to %" PRIu64
        "; the executor lost, repeated or mixed results",
        total.jobs, total.secrets, right.jobs, right.secrets);
}

static void guess_teardown(void *context) {
    struct guess_state *state = context;
    partner_stop(state->server);
    free(state);
}

const struct workload workload_guess = {
    .name = "guess",
    .summary = "each job plays a number-guessing game against a TCP server",
    .params = guess_params,
    .default_jobs = 100,
    .result_size = sizeof(struct guess_result),
    .blocks = "",
    .setup = guess_setup,
    .job = guess_job,
    .merge = guess_merge,
    .verify = guess_verify,
    .teardown = guess_teardown,
};
