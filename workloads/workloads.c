/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#define ADDRESS_OF_WORKLOAD(name) &workload_##name,
const struct workload *const workloads[] = {EACH_WORKLOAD(ADDRESS_OF_WORKLOAD) NULL};
