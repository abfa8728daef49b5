/* SPDX-License-Identifier: MIT */
#ifndef MEASURE_RESULT_H
#define MEASURE_RESULT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "commands.h"
#include "environment.h"
#include "plan.h"

/* Raw results: what measuring gives to reporting. Never changed once recorded. */

/* A job of an open loop starts late if it starts more than this after it was due. Waking up takes
 * less, also on virtual machines. */
#define LATE_NS INT64_C(1000000)

/* A pool is too slow for a rate if it starts the last tenth of the jobs so late that it reached
 * less than this share of the rate. Then latencies say only how long it ran. The queue of a pool
 * that is fast enough does not grow with time: at 95% of the capacity, with random arrivals and
 * jobs of equal length, it delays fewer than 1 in 200 samples of 1000 jobs by this much. (The tail
 * of the M/D/1 queue: exp(-2 (1 - load) / load * delay in jobs).) */
#define REACHED_MIN 0.95

/* How many jobs per second a pool started, if the last tenth of `jobs` started `late_ns` late. */
static inline double rate_reached(double rate, double jobs, double late_ns) {
    double arriving_ns = jobs * 1e9 / rate;
    return rate * arriving_ns / (arriving_ns + late_ns);
}

static inline bool rate_is_too_high(double rate, double jobs, double late_ns) {
    return late_ns > (double)LATE_NS && rate_reached(rate, jobs, late_ns) < REACHED_MIN * rate;
}

/* How long the jobs of a sample took each, from submission, the start of their run, to completion;
 * over all timed runs. In an open loop they are submitted when they are due. If it was not asked
 * for, `jobs` is 0. */
struct latency {
    int64_t jobs; /* that were recorded */
    int64_t p50_ns, p90_ns, p99_ns, p999_ns, max_ns;
    double waiting_ns; /* until the job began; means per job, as are the next two */
    double running_ns;
    double suspended_ns; /* in calls that block, until they came back */
    double recording_ns; /* what recording a job costs by itself */
    int64_t lost;        /* jobs that were not recorded: too many threads ran them */
    /* Only in an open loop (plan.rate); else 0. */
    int64_t late;        /* jobs that started more than LATE_NS after they were due */
    int64_t backlog;     /* the most jobs that were due and not started, when a late job started */
    double last_late_ns; /* what the last tenth of the jobs started late, in the mean */
};

/* What happened while the timed runs of a sample ran. Of the counters, -1: unknown. Workers are the
 * threads that run jobs, in this process or in worker processes. */
struct timed {
    int64_t elapsed_ns; /* of the timed runs together; 0: none of this was recorded */
    int64_t no_cpu_ns;  /* that workers were runnable and had no CPU, summed over workers */
    int64_t timeslices; /* how often a worker got a CPU */
    int64_t migrations; /* of workers, to another CPU */
    int64_t cpus_used;  /* different CPUs on which the workers that ran were at the end */
    int64_t cpu_ns;     /* CPU time of the sample; unknown if its workload has partners, too. This
                           and the next three are counted in ticks (10 ms): sum them over samples */
    int64_t busy_ns;    /* CPU time of all programs on the CPUs of the affinity mask */
    int64_t idle_ns;    /* of these CPUs */
    int64_t steal_ns;   /* of these CPUs, which the hypervisor gave to others */
    int64_t throttled_periods; /* in which the cgroup's quota ran out; 0: also without one */
};

/* One timed execution of all jobs of one case, in a process of its own. */
struct sample {
    int round;           /* from 0; -1: a calibration, which is recorded only if it failed */
    double rate;         /* the highest that met the limit of latency (plan.rate_low); else 0 */
    int64_t session;     /* that measured it: 0 is the first; others have resumed it */
    const char *failure; /* why there is no valid time: a sentence; NULL: measured and verified */
    bool timed_out;      /* that is why; false in a saved result */
    int64_t startup_ns;  /* opening the pool, until every worker was ready */
    int64_t warmup_ns;   /* the untimed runs */
    int64_t warmup_runs; /* how many they were; 0: none, or a file that does not say it */
    bool unsteady;       /* they were still becoming faster when their time was over */
    double run_ns;       /* all jobs once: the mean over `passes` back-to-back runs */
    double run_sd_ns;    /* standard deviation of one run within the interval; 0: unknown */
    int64_t shutdown_ns; /* closing the pool */
    int64_t
        elapsed_ns; /* from before open to after close, the time that the counters below cover */
    int64_t user_ns, system_ns; /* CPU time of all workers */
    int64_t max_rss_bytes;      /* peak resident memory, summed over processes: an upper bound where
                                   they share pages. Where jobs start programs: that of the largest
                                   program, not of pconc */
    int64_t voluntary_switches, involuntary_switches;
    int64_t minor_faults, major_faults;
    int64_t partner_cpu_ns; /* of the processes that set-up started, from there until they were
                               stopped; in none of the counters above */
    int64_t errors;         /* jobs that failed */
    int64_t loop_busy_ns;   /* of all event loops and runs together, without the time in which they
                               waited because no task was ready; 0: there are none, or not known */
    const char *slow_tasks; /* which tasks held an event loop for longer than plan.slow_ns, and how
                               long; NULL: none, or not asked for */
    struct latency latency;
    struct command_usage commands; /* the programs that jobs started; all 0: none */
    struct timed timed; /* all 0 where it was not recorded: older files, failed samples */
};

/* startup + run + shutdown, what `with Executor() as pool: list(pool.map(...))` would take. */
static inline double sample_time_ns(const struct sample *sample) {
    return (double)sample->startup_ns + sample->run_ns + (double)sample->shutdown_ns;
}

/* All runs that were timed together; of a calibration, those of earlier intervals as well. */
static inline int64_t sample_timed_ns(const struct sample *sample) {
    return sample->elapsed_ns - sample->startup_ns - sample->warmup_ns - sample->shutdown_ns;
}

struct case_result {
    int64_t passes;         /* runs in one timed interval, fixed for the session */
    struct sample *samples; /* in the order of their rounds; failed ones among them */
    size_t sample_count;
    bool given_up; /* not measured any more after a timeout or too many failures in a row */
};

struct session {
    const struct plan *plan; /* borrowed */
    struct environment environment;
    struct interference interference;
    struct case_result *results; /* one per case of the plan */
    int rounds_done;             /* whole rounds */
    const int64_t *wall_ns;      /* what the last sample of each case took in all, 0: none yet.
                                    NULL: a saved result */
    bool time_over;              /* the deadline ended it; false in a saved result */
    int interrupted_by;          /* the signal that ended it early, or 0 */
    const char *const *starts;   /* when each session began, if it was resumed (like
                                    environment.started); NULL: it was not */
    size_t start_count;
    struct arena *arena; /* owns samples and failure texts */
};

#endif
