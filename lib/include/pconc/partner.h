/* SPDX-License-Identifier: MIT */
#ifndef PCONC_PARTNER_H
#define PCONC_PARTNER_H

#include <pconc/diag.h>

#include <stdint.h>
#include <sys/types.h>

/*
 * Partners: processes that the jobs of a workload communicate with, such as a server or a writer of
 * files. `setup` starts them and `teardown` stops them. Their CPU time is reported apart from that
 * of the jobs. Only the thread that runs setup and teardown calls these functions.
 */

struct partner;

/* The partner's end of the connection to partner_start. */
struct partner_link;

/* The main function of a partner. It calls partner_ready() once, and then serves until it is
 * killed. If it returns before partner_ready(), partner_start fails with the sentence in `diag`. If
 * it returns later, the partner ends. */
typedef int partner_main(void *arg, struct partner_link *link, struct diag *diag);

/* Forks a process that runs main(arg, ...) with a copy of this one's memory, its standard streams
 * and no other descriptor, and waits until it is ready. *ret_value is the value that it passed to
 * partner_ready, such as a port number. It is killed when the calling thread ends. `name` ("the
 * server") is used in messages. On failure nothing is left running. */
int partner_start(const char *name, partner_main *main, void *arg, struct partner **ret_partner,
    int64_t *ret_value, struct diag *diag) PCONC_CHECKED;

/* Called by the partner: jobs can communicate with it from now on. */
int partner_ready(struct partner_link *link, int64_t value) PCONC_CHECKED;

pid_t partner_pid(const struct partner *partner);

/* Kills and reaps it, whatever it is doing, and frees the handle. NULL is fine. */
void partner_stop(struct partner *partner);

/* Raises this process's soft limit on open files to the hard limit: for a setup whose jobs each
 * hold a descriptor, and for its partners. Workers inherit it. Returns the new limit. */
int64_t partner_raise_open_files(void);

#endif
