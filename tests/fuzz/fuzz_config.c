/* SPDX-License-Identifier: MIT */
/* Text of a config -> spec -> plan. */
#include "fuzz.h"

#include "conf.h"
#include "plan.h"
#include "workloads.h"

#include <string.h>

/* A message has a text, one line and no control characters; a success has none of it. */
static void check_refusal(int code, const struct diag *diag) {
    FUZZ_HOLDS(code == 0 || diag->text[0] != '\0');
    FUZZ_HOLDS(strpbrk(diag->text, "\n\r\t\033") == NULL);
}

static void build(const struct plan_spec *spec) {
    const struct plan_options options = {.workloads = workloads, .usable_cpus = 2, .control = true};
    struct diag diag = {.code = 0};
    struct plan *plan = NULL;
    int code = plan_build(spec, &options, &plan, &diag);

    check_refusal(code, &diag);
    for (size_t i = 0; code == 0 && i < plan->case_count; i++)
        FUZZ_HOLDS(plan_find_case(plan, plan->cases[i].id) == (ptrdiff_t)i);
    plan_free(plan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    struct plan_spec *spec = NULL;
    struct diag diag = {.code = 0};
    int code = conf_load_text("config.yaml", (const char *)data, size, &spec, &diag);

    check_refusal(code, &diag);
    if (code == 0)
        build(spec);
    plan_spec_free(spec);
    return 0;
}
