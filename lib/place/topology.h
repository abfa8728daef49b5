/* SPDX-License-Identifier: MIT */
#ifndef PLACE_TOPOLOGY_H
#define PLACE_TOPOLOGY_H

#include "place.h"

/* What CPUs share, read with hwloc. */

/* Sets the parts of each CPU, from its number. Reads the topology of the machine once for the
 * process. A CPU that hwloc does not know shares nothing, as all do where libhwloc is missing or
 * fails. In any thread. */
void topology_look_up(struct place_cpu *cpus, size_t count);

/* Reads a topology: of this machine, or for tests one of hwloc's synthetic descriptions
 * ("pack:2 core:4 pu:2"). False: hwloc has none. The caller frees *ret_cpus. */
bool topology_read(const char *synthetic, struct place_cpu **ret_cpus, size_t *ret_count);

#endif
