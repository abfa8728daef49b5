/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_SAMPLE_CGROUP_H
#define PROCESS_SAMPLE_CGROUP_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

/*
 * A control group for the samples, below the tool's own where it may make one (version 2, as root
 * or delegated): killed as a whole, no process in it has time to start another. Without one, all
 * descendants are searched for (children.h).
 *
 * Memory is not read from it: memory.peak counts the workload's partners and set-up as well.
 */
#define SAMPLE_CGROUP_PATH_SIZE 1024

struct sample_cgroup {
    char path[SAMPLE_CGROUP_PATH_SIZE]; /* "": there is none */
    bool starts_inside;                 /* sample_cgroup_fork works */
};

/* By the tool: makes it, once per session; removes it when no process is left in it. */
void sample_cgroup_make(struct sample_cgroup *cgroup);
void sample_cgroup_remove(struct sample_cgroup *cgroup);

/*
 * By the tool: fork() with the child inside it. The caller waits until the child has called exec or
 * _exit. Returns -1 if `starts_inside` is false or the kernel refuses.
 *
 * A process that goes into a group later, with sample_cgroup_join(), waits for 20 ms (Linux 6.18):
 * the kernel lets every CPU pass through a quiet state first.
 */
pid_t sample_cgroup_fork(const struct sample_cgroup *cgroup);

/* By the sample: goes into it, or stays where it is if that is refused. */
void sample_cgroup_join(const char *path);

/* Kills every process in it; they are still to be reaped. Nothing where there is none, or the
 * kernel is older than 5.14. Afterwards nothing starts inside it any more: Linux 6.18 kills each
 * process that is started in a group in which more was killed than in the group of its parent. */
void sample_cgroup_kill(struct sample_cgroup *cgroup);

#endif
