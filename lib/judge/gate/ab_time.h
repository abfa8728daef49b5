/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_AB_TIME_H
#define JUDGE_AB_TIME_H

#include "procedure.h"
#include "result.h"

/* How the limit on the time of a session of ab divides it into rounds. */

struct ab_time {
    int64_t start_ns, deadline_ns;        /* of the last round; 0: none */
    int64_t end_ns;                       /* of a sample that runs then; 0: none */
    int timed;                            /* rounds whose time is known */
    int64_t round_start_ns;               /* of the round under way */
    int64_t last_round_ns, mean_round_ns; /* late rounds weigh more in the mean */
};

/* Begins now; `max_time_ns` 0: no limit. */
struct ab_time ab_time_start(int64_t max_time_ns);

/* Whether there is time for another round after `rounds`, and for the first one always. Tells the
 * procedure how many rounds there can be. */
bool ab_time_allows(struct ab_time *time, int rounds, struct procedure *procedure);

/* How many samples of each side a round gets, from 1 to SIDE_SAMPLES: as many as leave time for
 * `rounds` rounds, by what the samples of the calibration took. */
size_t ab_time_samples(
    const struct ab_time *time, const struct session *session, int rounds, int64_t now_ns);

/* A sentence if the time that is left is too short for so many rounds of so many samples of each
 * side. It says what would fit. In `arena`; NULL: there is time. */
const char *ab_time_too_short(const struct ab_time *time, const struct session *session,
    size_t side_samples, int rounds, int64_t now_ns, struct arena *arena);

#endif
