/* SPDX-License-Identifier: MIT */
#ifndef LOOP_USER_LOOP_H
#define LOOP_USER_LOOP_H

#include <pconc/loop.h>

#include <pthread.h>

#include "loop.h"

/* The loop that a program makes with loop_new. */
struct user_loop {
    struct loop loop; /* first: its address is the handle */
    pthread_t thread; /* made it; no other thread may run it */
    bool runs;
    bool broken;
    bool ends; /* in loop_free: submitted calls do not run any more */
};

#endif
