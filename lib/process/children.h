/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_CHILDREN_H
#define PROCESS_CHILDREN_H

#include <stddef.h>
#include <sys/types.h>

#include "arena.h"

/* Children that this process had before it started any: those of the shell that became it by
 * "exec", as the readers in "exec pconc bench > >(tee FILE)". They are none of our business. */
struct bystanders {
    pid_t *pids;
    size_t count, room;
};

/* All children there are. Into `arena`. */
struct bystanders bystanders_find(struct arena *arena);

/* Kills and reaps all children of this process but the bystanders. It is to be a subreaper: the
 * children of each one that dies become ours then, and go the same way. */
void children_kill(const struct bystanders *bystanders);

#endif
