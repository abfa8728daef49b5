/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <string.h>

#define ADDRESS_OF_WORKLOAD(name) &workload_##name,
const struct workload *const workloads[] = {EACH_WORKLOAD(ADDRESS_OF_WORKLOAD) NULL};

void outcome_total(
    const struct workload *workload, const struct outcome *outcome, void *ret_total) {
    memset(ret_total, 0, workload->result_size);
    if (outcome->merged)
        memcpy(ret_total, outcome->merged, workload->result_size);
    for (int64_t i = 0; !outcome->merged && i < outcome->jobs; i++)
        workload->merge(ret_total, outcome_slot(outcome, i));
}
