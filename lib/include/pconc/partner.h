/* SPDX-License-Identifier: MIT */
#ifndef PCONC_PARTNER_H
#define PCONC_PARTNER_H

#include <pconc/diag.h>

#include <stdint.h>
#include <sys/types.h>

/*
 * Partners: the processes that the jobs of a workload talk to, such as a server or a writer of
 * files. `setup` starts them, `teardown` stops them, and their CPU time is reported apart from that
 * of the jobs. All of this is for the thread that runs setup and teardown.
 */

struct partner;

/* The partner's own end of its start, handed to its main function. */
struct partner_link;

/* What a partner runs. It says partner_ready() once, and then serves until it is killed. Returning
 * before that is a failure of partner_start, with the sentence in `diag`; later it just ends it. */
typedef int partner_main(void *arg, struct partner_link *link, struct diag *diag);

/* Forks a process that runs main(arg, ...) with a copy of this one's memory, its standard streams
 * and no other descriptor, and waits until it is ready; *ret_value is what it then said (a port
 * number, say). It is killed with the thread that started it. `name` ("the server") is for
 * sentences. On failure nothing is left running. */
int partner_start(const char *name, partner_main *main, void *arg, struct partner **ret_partner,
    int64_t *ret_value, struct diag *diag) PCONC_CHECKED;

/* For the partner: it can be talked to from here on. */
int partner_ready(struct partner_link *link, int64_t value) PCONC_CHECKED;

pid_t partner_pid(const struct partner *partner);

/* Kills and reaps it, whatever it is doing, and frees the handle. NULL is fine. */
void partner_stop(struct partner *partner);

/* Raises this process's soft limit on open files to the hard one: for setups whose jobs each hold a
 * descriptor, and for their partners. Workers inherit it. Returns the limit that then holds. */
int64_t partner_raise_open_files(void);

#endif
