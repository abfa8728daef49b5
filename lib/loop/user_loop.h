/* SPDX-License-Identifier: MIT */
#ifndef LOOP_USER_LOOP_H
#define LOOP_USER_LOOP_H

#include <pconc/loop.h>

#include <pthread.h>

#include "loop.h"

/* What stands behind the struct loop of pconc/loop.h. */
struct user_loop {
    struct loop loop; /* first: its address is the handle */
    pthread_t thread; /* that made it, and alone may run it */
    bool runs;
    bool broken; /* a run ended while tasks were suspended */
    bool ends;   /* in loop_free: what is still submitted will not run */
};

#endif
