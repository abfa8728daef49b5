/* SPDX-License-Identifier: MIT */
#include "workloads.h"

#include <errno.h>
#include <inttypes.h>
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

void numbers_merge(void *into, const void *from) {
    struct numbers *total = into;
    const struct numbers *other = from;
    total->sum += other->sum;
    total->jobs += other->jobs;
}

int numbers_verify(const struct outcome *outcome, const void *state,
    uint64_t (*right)(const void *state, int64_t i), struct diag *diag) {
    struct numbers expected = {.jobs = (uint64_t)outcome->jobs};
    for (int64_t i = 0; i < outcome->jobs; i++) {
        uint64_t number = right(state, i);
        expected.sum += number;
        const struct numbers *found = outcome->merged ? NULL : outcome_slot(outcome, i);
        if (found && (found->sum != number || found->jobs != 1))
            return diag_set(diag, -EBADMSG,
                "job %" PRId64 ": the result is %" PRIu64 " instead of %" PRIu64
                "; the executor lost or mixed results, or a job wrote to what all jobs share",
                i, found->sum, number);
    }
    const struct numbers *total = outcome->merged ? outcome->merged : &expected;
    if (total->sum == expected.sum && total->jobs == expected.jobs)
        return 0;
    return diag_set(diag, -EBADMSG,
        "%" PRIu64 " results add up to %" PRIu64 "; right are %" PRIu64 " that add up to %" PRIu64
        "; the executor lost, repeated or mixed results",
        total->jobs, total->sum, expected.jobs, expected.sum);
}
