/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_PROCEDURE_H
#define JUDGE_PROCEDURE_H

#include <pconc/diag.h>

#include "verdict.h"

/*
 * How ab decides: a state machine over numbers, without clocks or processes. The simulation of
 * tests/gate drives the same code as a session does.
 *
 * A round gives each pair one ratio: the logarithm of B's time over A's, from equally many samples
 * of both, in an order that cancels drift. In each round one pair, in turn, also measures a twin of
 * A. The ratios of twin and A are the control, which is judged like a pair and must not differ.
 *
 * There are at most LOOKS_MAX looks, after planned rounds. A look takes the centre of a pair's
 * ratios (rule.h) with two exact intervals and applies verdict_of. The interval for alarms has a
 * share of alpha / pairs, that for `equivalent` a share of equal_alpha; spending.h makes levels of
 * them:
 *
 * - improved, equivalent: the pair is settled.
 * - regressed: the pair is suspected, and its second stage begins.
 * - inconclusive: the pair goes on to the next look.
 *
 * A look with too few rounds for the first interval can settle a pair as equivalent, nothing else.
 *
 * A second stage has new rounds, in the mirrored order of the first ones, until the next look or,
 * after the last look, until the end. The pair has regressed if these rounds alone say so, at
 * CONFIRM_LEVEL, and all its rounds together still do, at the level of the pair. If not, it goes
 * on like the other pairs, while a look is left. So looks alone err in at most `alpha` of all
 * sessions, and no pair is called regressed because of one bad stretch of time. The last look is
 * after all rounds, where none are left for a second stage: it calls no pair regressed.
 *
 * `equivalent` is no alarm, so its level is not divided by the pairs. It is wrong if B is slower
 * than the threshold allows. A pair exactly at the threshold is called so with a chance of at most
 * equal_alpha / 2, a slower one less often, and other pairs of the session do not change that. The
 * control is one series for any number of pairs, so its looks share alpha alone.
 *
 * The signed-rank test needs ratios that are symmetric about their centre. A and B are exchangeable
 * within a round, because the order is drawn: without a difference the ratios are symmetric,
 * whatever the noise is. So they are if B differs by a factor. If B has noise of another shape, the
 * centre is not quite the median, and the level not quite exact; tests/gate shows how little.
 *
 * The time that is left may move a look. The ratios never do, because the interval of a look needs
 * a number of rounds that was fixed before.
 */

#define DEFAULT_RULE "signed-rank"

/*
 * The chance that a session calls any pair wrongly regressed or improved. A pair exactly at the
 * threshold is called regressed if one of its looks errs to that side (alpha / 2 for all looks) and
 * its second stage errs too (1 in 10): in 0.1% of sessions, and almost never if the code is
 * identical. A smaller alpha would only widen the intervals: more inconclusive sessions, and more
 * rounds.
 */
#define DEFAULT_ALPHA 0.02
#define DEFAULT_POWER 0.9
#define DEFAULT_GATE_ROUNDS 60
#define TIMED_GATE_ROUNDS 300 /* at most, if a time is given and no number of rounds */

struct procedure;

/* `thresholds`: one per pair, >= 0, copied. -EINVAL if the rule is unknown, if the rounds are too
 * few for an interval at the level, or if the change to detect does not exceed every threshold. */
int procedure_new(const struct gate_settings *settings, const double *thresholds, size_t pairs,
    struct procedure **ret_procedure, struct diag *diag) PCONC_CHECKED;
void procedure_free(struct procedure *procedure); /* NULL is fine */

/* Plans for this many rounds, because there is time for no more. Moves the later looks, so that the
 * second stage keeps its share. Each round may call it with another number, which is limited to the
 * fewest that procedure_new accepts and the rounds of the settings. */
void procedure_bound(struct procedure *procedure, int rounds);

/* About the next round. Is the pair measured? Which pair measures the control? Is the pair in its
 * second stage, and which round, from 0, does it mirror? */
bool procedure_wants(const struct procedure *procedure, size_t pair);
size_t procedure_control_pair(const struct procedure *procedure);
bool procedure_mirrors(const struct procedure *procedure, size_t pair, int *ret_mirrored);

/* What the round measured. A pair with a failed sample has no ratio. */
void procedure_feed(struct procedure *procedure, size_t pair, double log_ratio);
void procedure_feed_control(struct procedure *procedure, double log_ratio);

/* Ends the round; then ends second stages and looks, if that is due. */
void procedure_end_round(struct procedure *procedure);

/* There are no more rounds: ends second stages with what they have, and takes the next look now, if
 * one is left. */
void procedure_stop(struct procedure *procedure);

bool procedure_done(const struct procedure *procedure);        /* every pair is settled */
int procedure_rounds(const struct procedure *procedure);       /* ended so far */
int procedure_rounds_least(const struct procedure *procedure); /* in which there can be a verdict */
int procedure_rounds_planned(const struct procedure *procedure); /* in all, by the present plan */

/* The verdicts so far, for the simulation. *ret_suspected: by any look. */
bool procedure_control_failed(const struct procedure *procedure);
enum verdict procedure_pair(const struct procedure *procedure, size_t pair, bool *ret_suspected);
enum verdict procedure_session(const struct procedure *procedure);

/* Fills the numbers and verdicts of `verdict`, which has room for the pairs. Leaves its ids, cases
 * and sentences as they are. */
void procedure_judge(const struct procedure *procedure, struct gate_verdict *verdict);

#endif
