/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_VERDICT_H
#define JUDGE_VERDICT_H

#include <stdbool.h>
#include <stddef.h>

#include "metric.h"
#include "summary.h"

/* The rule for verdicts, and the result of comparing two sides, A (base) and B (new). */

/* The rule for checks: whether a value is `limit` at most. */
enum check_state {
    CHECK_HOLDS, /* the whole interval is at most `limit` */
    CHECK_FAILS, /* the whole interval is above it */
    CHECK_OPEN,  /* neither, or the interval is unknown */
};
enum check_state check_of(struct interval interval, double limit);

/* The same rule for two limits, for ab and compare alike. `edge` is log(1 + threshold); `alarm` and
 * `equal` are intervals of log(time of B / time of A), of which one contains the other. Regressed:
 * `alarm` lies above `edge`. Improved: it lies below -edge. Equivalent: `equal` lies between them.
 * Inconclusive: none of these. */
enum verdict {
    VERDICT_INCONCLUSIVE,
    VERDICT_EQUIVALENT,
    VERDICT_IMPROVED,
    VERDICT_REGRESSED,
    /* Without a ratio: */
    VERDICT_FAILED,  /* a sample of A or B failed, or its results were wrong */
    VERDICT_MISSING, /* only A has the case; fails the comparison unless that is allowed */
    VERDICT_NEW,     /* only B has it, so there is nothing to judge */
};
enum verdict verdict_of(struct interval alarm, struct interval equal, double edge);
const char *verdict_name(enum verdict verdict); /* "inconclusive", ... */
bool verdict_has_ratio(enum verdict verdict);   /* it follows from the ratio of B to A */

/* The verdict of two rows together: the first that one of them has of failed, regressed, missing,
 * inconclusive, improved; else equivalent. */
enum verdict verdict_worse(enum verdict a, enum verdict b);

/* No number of rounds is known to settle it. */
#define ROUNDS_NEVER (-1)

struct pair_verdict {
    const char *id;      /* "gcd/threads/2", or of another metric than time "gcd/threads/2 [run]" */
    const char *case_id; /* compare: of its cases in the sessions; else NULL */
    enum metric metric;
    enum verdict verdict;
    double threshold;        /* 0.02: changes up to 2% do not matter; NaN: of an unpaired case */
    struct estimate ratio;   /* of B / of A */
    double level;            /* 1 - confidence of its interval */
    int rounds;              /* that gave a ratio; compare: sessions on the smaller side */
    int second_rounds;       /* of them in the second stage, which confirms a regression; 0: none */
    bool unconfirmed;        /* the first stage said regressed, the second did not */
    double spread;           /* robust standard deviation of the log-ratios; NaN: unknown */
    double detectable;       /* smallest slow-down (0.03: 3%) that is detected with `power`; NaN */
    int rounds_to_settle;    /* inconclusive: the rounds in all that would decide; else 0 */
    ptrdiff_t a, b, twin;    /* cases of the session; -1: none */
    double a_ns, b_ns;       /* medians; NaN: unknown, or not a time */
    double a_bytes, b_bytes; /* likewise; NaN: unknown, or not a size */
    const char *note;        /* a sentence that says why; NULL: none */
};

/* Sets the medians in the unit of the metric, and the others to NaN. */
void pair_set_medians(struct pair_verdict *pair, double a, double b);

/* "gcd/threads/2", "gcd/threads/2 [run]". In `arena`. */
const char *row_id(const char *id, enum metric metric, struct arena *arena);

#define LOOKS_MAX 13
#define DEFAULT_EQUAL_ALPHA 0.05 /* for ab and compare */

/* A case that only one side has: a row without a pair. */
struct unpaired {
    const char *id;
    bool is_new;      /* only B has it; else only A */
    const char *note; /* a sentence: what to do, and which case it may be under another name */
};

/* How ab reached the verdicts. With these, the raw samples give the same verdicts again. */
struct gate_settings {
    const char *rule;   /* how intervals are made (rule.h); NULL: as in files that do not say it */
    double alpha;       /* the chance that a session calls any row regressed or improved wrongly */
    double equal_alpha; /* the same for one row and `equivalent`; NaN: alpha holds for that too */
    int looks;          /* at most */
    int rounds;    /* of both stages, at most; after the session: those that there was time for */
    double detect; /* the change that the rounds were planned for; 0: none */
    double power;  /* of detecting it, both stages together */
    int looked_at[LOOKS_MAX]; /* after the session: the rounds before each planned look; 0: none.
                                 Lack of time moves looks */
    bool replay;              /* look only there */
    int64_t side_samples;     /* of each side in a round: 0 is as many as usual; fewer if there was
                                 no time for enough rounds of those */
    struct metrics metrics;   /* each is a row of every pair */
    const struct unpaired *unpaired; /* borrowed */
    size_t unpaired_count;
    bool allow_missing; /* cases that only A has do not fail the comparison */
};

/* Sessions that were measured at different times, and how they are compared (compare.h). */
struct compared {
    const struct session *const *sessions; /* those of the base first; borrowed */
    const char *const *names;              /* of their files */
    size_t count, base_count;
    double threshold; /* of every pair; NaN: as each case of the first new session has it */
    double drift;     /* 0.1: 10% between sessions; widens every interval. 0: not given */
    bool with_tables; /* reports also have the tables of the first new session */
};

struct gate_verdict {
    struct gate_settings settings;
    const struct compared *compared; /* borrowed; NULL: two sides of one session */
    const char *sides[2];       /* what A and B are: executors, files, commands; NULL: unknown */
    const char *method;         /* how often they were measured: a phrase; NULL: unknown */
    int rounds_planned;         /* to detect the change, by the spread; else as allowed */
    enum verdict verdict;       /* the worst of the pairs; inconclusive if the control failed */
    struct pair_verdict *pairs; /* all metrics of the first pair, then of the next one; behind them
                                   a row for each unpaired case */
    size_t pair_count;
    bool has_control;
    struct pair_verdict control; /* the twins of A against A, judged like a pair */
    bool control_failed;         /* a look or the end said regressed or improved */
    double noise_floor;          /* half the width of the control's interval, 0.01: 1%; NaN */
    double detectable;           /* the largest of the pairs'; NaN */
    const char *advice;          /* a sentence: what to do next; NULL: nothing */
};

/* Makes a session's summary that of a comparison, which is borrowed; NULL: of none. If sessions are
 * compared without tables, the summary loses its warnings and checks: they were reported when the
 * session was measured. */
void summary_judge(struct session_summary *summary, const struct gate_verdict *gate);

#endif
