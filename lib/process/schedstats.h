/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_SCHEDSTATS_H
#define PROCESS_SCHEDSTATS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* What the kernel says of processes and threads in /proc/PID/stat and /proc/PID/task/TID, the
 * counts of its scheduler among it (proc(5), and Documentation/scheduler/sched-stats.rst of the
 * kernel). No privilege is needed. */

/* Since the thread started. -1: unknown. */
struct thread_stats {
    pid_t tid;
    int64_t waited_ns;  /* runnable, without a CPU; a wait that still lasts is not counted */
    int64_t timeslices; /* how often it got a CPU */
    int64_t migrations; /* from one CPU to another */
    int cpu;            /* where it ran last */
};

/* "CPU_NS WAITED_NS TIMESLICES" of the file schedstat. False, and nothing is set: it is something
 * else, or all are 0, as in kernels that do not count. */
bool parse_schedstat(const char *text, struct thread_stats *ret_stats);

/* "se.nr_migrations : N" of the file sched; -1: it is not there. */
int64_t parse_migrations(const char *text);

/* Of the file stat. */
struct stat_fields {
    pid_t parent;
    unsigned flags;    /* the kernel's PF_... */
    int cpu;           /* where it ran last */
    int64_t cpu_ticks; /* CPU time of the process and the children that it has waited for, in ticks
                          of sysconf(_SC_CLK_TCK) */
};

/* False, and nothing is set: it is something else, or shorter. */
bool parse_stat(const char *text, struct stat_fields *ret_fields);

/* The fields of a process. False: they cannot be read. */
bool process_stat(pid_t pid, struct stat_fields *ret_fields);

/* The threads of this process, without those that run no more code of the program: a joined thread
 * is listed until the kernel has removed it. -1: unknown. */
int threads_running(void);

/* Threads of one process or several. */
struct thread_list {
    struct thread_stats *items; /* on the heap */
    size_t count, room;
    bool incomplete; /* threads are missing: there was no memory, or /proc cannot be read */
};

/* Adds the threads of a process, except thread `except` (0: all). A thread that ends meanwhile is
 * left out. */
void thread_list_add(struct thread_list *list, pid_t pid, pid_t except);
void thread_list_release(struct thread_list *list);

/* Sums over the threads of a list. -1: unknown, for all of them or for one. */
struct thread_sums {
    int64_t waited_ns, timeslices, migrations;
    int cpus; /* how many different ones the threads that got a CPU ran on last */
};

/* What was counted between two lists of the same processes. A thread that is only in `after` has
 * started meanwhile; the counts of one that has ended are lost. */
struct thread_sums thread_list_since(
    const struct thread_list *before, const struct thread_list *after);

#endif
