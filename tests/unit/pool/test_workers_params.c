/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>

#include "workers.h"

/* Workers take their parameters by name from the table of the executor, which has those that it
 * honours, in any order. */

static struct work work = {.options = {.workers = 2}};

static void expect(const struct param *params, int64_t first, int64_t second, bool may_spin,
    int64_t chunk, int64_t spin_ns) {
    const struct executor executor = {.name = "some", .params = params};
    struct pool pool = {.executor = &executor, .work = &work, .may_spin = may_spin};

    pool.params[0].number = first;
    pool.params[1].number = second;
    struct workers *workers = workers_new(&pool);
    cr_assert_not_null(workers);
    cr_expect_eq(workers->chunk, chunk);
    cr_expect_eq(workers->spin_ns, spin_ns);
    workers_free(workers);
}

Test(workers_params, are_those_of_the_executor) {
    static const struct param both[] = {WORKERS_PARAM_CHUNK, WORKERS_PARAM_SPIN, {0}};
    static const struct param spin_last[] = {{.name = "other"}, WORKERS_PARAM_SPIN, {0}};
    static const struct param none[] = {{.name = "other"}, {.name = "more"}, {0}};

    expect(both, 7, 9, true, 7, 9);
    expect(both, 7, 9, false, 7, 0);
    expect(spin_last, 7, 9, true, 0, 9);
    expect(none, 7, 9, true, 0, 0);
    expect(NULL, 7, 9, true, 0, 0);
}
