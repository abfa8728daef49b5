/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_PROCEDURE_H
#define JUDGE_PROCEDURE_H

#include <pconc/diag.h>

#include "verdict.h"

/*
 * How a comparison is decided: a state machine of numbers alone, without clocks or processes, so
 * that the simulation proves the very code that a session runs.
 *
 * A round gives each pair one ratio: the log-ratio of B's time over A's, from as many samples of A
 * as of B, laid out so that drift cancels. Every round one pair also measures a twin of A, the
 * pairs in turn: the control, which is judged like a pair and must not differ.
 *
 * There are at most three looks at the data, at planned rounds. A look takes the median of a pair's
 * log-ratios with its exact order-statistic interval at level alpha / (pairs x looks) and, with
 * threshold t, calls the pair improved if all of it lies below 1 / (1 + t), equivalent if it lies
 * within 1 / (1 + t) .. 1 + t, suspects a regression if it lies above 1 + t, and else goes on. A
 * suspect pair gets a second stage of new rounds, in the mirrored order of the first, until the
 * next look or, after the last, until the end; it has regressed only if these by themselves say so
 * (at CONFIRM_LEVEL) and the interval of both stages together, at the level of the pair, still lies
 * above 1 + t. If not, it is looked at again like any other, as long as a look is left. So a look
 * alone errs in no more than `alpha` of all sessions, and no session is called on one stretch of
 * time.
 *
 * When there is a look may depend on how much time is left, but never on the ratios: each look's
 * interval is that of a number of rounds fixed beforehand.
 */

/*
 * The chance that some pair is called wrongly, either way. A pair at the very threshold is called
 * regressed only if one of its looks errs to that side, alpha / 2 over all of them, and then the
 * second stage does too, one time in ten: 0.1% of sessions, and next to none where the code is
 * identical. A smaller alpha would buy nothing but wider intervals: more sessions of identical code
 * without a verdict, and more rounds for the others.
 */
#define DEFAULT_ALPHA 0.02
#define DEFAULT_POWER 0.9
#define DEFAULT_GATE_ROUNDS 60
#define TIMED_GATE_ROUNDS 300 /* where a time is set and no rounds: as many as fit, up to these */

struct procedure;

/* `thresholds`: one per pair, >= 0, copied. -EINVAL where the rounds cannot give an interval at the
 * level, or where the change to detect does not exceed every threshold. */
int procedure_new(const struct gate_settings *settings, const double *thresholds, size_t pairs,
    struct procedure **ret_procedure, struct diag *diag) PCONC_CHECKED;
void procedure_free(struct procedure *procedure); /* NULL is fine */

/* The fewest rounds that so many pairs can do with. */
int procedure_rounds_min(double alpha, size_t pairs, int looks);

/* So many rounds in all is what there is time for, as it now looks: the looks to come move, so that
 * the second stage keeps its part of them. It may grow and shrink from round to round, but is never
 * more than the settings have, nor fewer than procedure_rounds_min. */
void procedure_bound(struct procedure *procedure, int rounds);

/* Of the round to come: is the pair to be measured; which pair has the control along; and whether
 * the pair is in its second stage, in which case *ret_mirrored is the number of the round (from 0)
 * whose order is to be mirrored. */
bool procedure_wants(const struct procedure *procedure, size_t pair);
size_t procedure_control_pair(const struct procedure *procedure);
bool procedure_mirrors(const struct procedure *procedure, size_t pair, int *ret_mirrored);

/* What the round gave; a pair whose samples failed gives nothing. */
void procedure_feed(struct procedure *procedure, size_t pair, double log_ratio);
void procedure_feed_control(struct procedure *procedure, double log_ratio);

/* Ends the round, with the confirmations and the look that are due. */
void procedure_end_round(struct procedure *procedure);

/* No rounds are to come: a pair in its second stage is held against what there is of that, and the
 * next look is taken now, if one is left. */
void procedure_stop(struct procedure *procedure);

bool procedure_done(const struct procedure *procedure);          /* every pair is settled */
int procedure_rounds(const struct procedure *procedure);         /* ended so far */
int procedure_rounds_planned(const struct procedure *procedure); /* in all, as it now looks */

/* Cheap looks at what is decided, for the simulation; suspected: at any look. */
bool procedure_control_failed(const struct procedure *procedure);
enum verdict procedure_pair(const struct procedure *procedure, size_t pair, bool *ret_suspected);
enum verdict procedure_session(const struct procedure *procedure);

/* Everything that a report says about the numbers; ids, cases and texts stay as they are. `verdict`
 * has room for the pairs. */
void procedure_judge(const struct procedure *procedure, struct gate_verdict *verdict);

#endif
