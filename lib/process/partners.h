/* SPDX-License-Identifier: MIT */
#ifndef PROCESS_PARTNERS_H
#define PROCESS_PARTNERS_H

#include <pconc/partner.h>

/* Partners that are started from now on run on the usable CPUs without these `count`: the CPUs of
 * workers, where a negative number means none. If that leaves no CPU, and if `cpus` is NULL, they
 * run on all usable CPUs. By the thread that starts partners. */
void partners_avoid(const int *cpus, int count);

#endif
