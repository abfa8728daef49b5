/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_CHILDREN_H
#define PROCESS_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

#include "arena.h"

/* Children that this process had before it started any, and that are left alone: those of the shell
 * that became it by "exec", as the readers in "exec pconc bench > >(tee FILE)". Children that
 * cannot be killed join them. */
struct bystanders {
    pid_t *pids;
    size_t count, room;
    struct arena *arena; /* of `pids` */
};

/* All children there are. Into `arena`. */
struct bystanders bystanders_find(struct arena *arena);

/* Kills and reaps all children of this process but the bystanders. This process must be a
 * subreaper: the children of each one that dies become its own, and are killed in turn. A child
 * that has not ended when PROCESS_GRACE_NS have passed, or `signal_fd` has a signal to read (-1: no
 * such descriptor), becomes a bystander. Returns the pid of one such child, or 0. */
pid_t children_kill(struct bystanders *bystanders, int signal_fd);

#endif
