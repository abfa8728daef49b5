/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "summary.h"

/* What a comparison of two sides, A (base) and B (new), comes to: all that reports print. */

enum verdict { VERDICT_INCONCLUSIVE, VERDICT_EQUIVALENT, VERDICT_IMPROVED, VERDICT_REGRESSED };
const char *verdict_name(enum verdict verdict); /* "inconclusive", ... */

/* The rule, for ab and compare alike. `logs` is an interval of log(time of B / time of A), `edge`
 * is log(1 + threshold). Regressed: all of the interval lies above the edge. Improved: all of it
 * lies below -edge. Equivalent: all of it lies within. Inconclusive: none of these, or the interval
 * is unknown. */
enum verdict verdict_of(struct interval logs, double edge);

/* The verdict of two pairs together: the first that one of them has of regressed, inconclusive,
 * improved, equivalent. */
enum verdict verdict_worse(enum verdict a, enum verdict b);

/* "No number of rounds would settle it", as far as can be told. */
#define ROUNDS_NEVER (-1)

struct pair_verdict {
    const char *id; /* "gcd/threads/2" */
    enum verdict verdict;
    double threshold;      /* 0.02: changes up to 2% do not matter */
    struct estimate ratio; /* time of B / time of A; its interval is at `level` */
    double level;          /* 1 - confidence of the interval */
    int rounds;        /* that gave a pair; of sessions compared: sessions of the smaller side */
    int second_rounds; /* of them in the second stage, which confirms a regression; 0: none */
    bool unconfirmed;  /* the first stage said regressed, the second did not */
    double spread;     /* of the pairs: their log-ratios' robust standard deviation; NaN: unknown */
    double detectable; /* smallest slow-down (0.03: 3%) that is found with the asked power; NaN */
    int rounds_to_settle; /* an inconclusive pair: how many in all would; else 0; ROUNDS_NEVER */
    ptrdiff_t a, b, twin; /* cases of the session; -1: none */
    double a_ns, b_ns;    /* median times; NaN: unknown */
    const char *note;     /* a sentence that says why, or NULL: "3 sessions a side; ..." */
};

#define LOOKS_MAX 3

/* How the verdicts were reached: with it, the raw samples give them again. */
struct gate_settings {
    double alpha;  /* of the session: chance that any pair is wrongly called */
    int looks;     /* at the data, at most */
    int rounds;    /* both stages together, at most; in the end: what there was time for */
    double detect; /* the change that rounds were planned for, 0: none */
    double power;  /* with which, both stages together */
    int looked_at[LOOKS_MAX]; /* in the end: the rounds after which there was a planned look, 0:
                                 none. Where time is short, it has moved them */
    bool replay;              /* look there, and only there */
};

/* Sessions that were measured at different times, and how they are compared (compare.h). */
struct compared {
    const struct session *const *sessions; /* those of the base first; borrowed */
    const char *const *names;              /* of their files */
    size_t count, base_count;
    double threshold; /* of every pair; NaN: of each its own, as the first new session has it */
    double drift;     /* 0.1: 10% between sessions; widens every interval. 0: not given */
    bool with_tables; /* the first new session is reported too, not only what all come to */
};

struct gate_verdict {
    struct gate_settings settings;
    const struct compared *compared; /* of sessions, borrowed; NULL: of two sides in one */
    int rounds_planned;   /* from the spread, where there was a change to detect; else as allowed */
    enum verdict verdict; /* of the session: inconclusive if the control failed; else the first that
                             a pair has of regressed, inconclusive, improved, equivalent */
    struct pair_verdict *pairs;
    size_t pair_count;
    bool has_control;
    struct pair_verdict control; /* the twins of A against A; judged by the rule of the pairs */
    bool control_failed;         /* judged regressed or improved at a look or in the end */
    double noise_floor;          /* half the width of the control's interval, 0.01: 1%; NaN */
    double detectable;           /* the largest of the pairs'; NaN */
    const char *advice;          /* what to do next, a sentence; NULL: nothing */
};

/* Makes a session's summary that of a comparison (NULL: of none); the verdict is borrowed. Where
 * sessions are compared, the warnings and checks of the one that stands for them were told when it
 * was measured: they are left out unless its tables are printed too. */
void summary_judge(struct session_summary *summary, const struct gate_verdict *gate);

#endif
