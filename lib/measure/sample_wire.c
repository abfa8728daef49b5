/* SPDX-License-Identifier: MIT */
#include "sample_wire.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

/* Copies values, texts into request->texts from *used on. */
static int pack_values(struct wire_request *request, size_t *used, const struct param *params,
    const union param_value *values, union param_value *packed) {
    for (size_t i = 0; i < params_count(params); i++) {
        packed[i] = values[i];
        if (params[i].type != PARAM_TEXT)
            continue;
        size_t size = strlen(values[i].text) + 1;
        if (size > sizeof(request->texts) - *used)
            return -E2BIG;
        memcpy(request->texts + *used, values[i].text, size);
        packed[i].number = (int64_t)*used;
        *used += size;
    }
    return 0;
}

int wire_pack_case(
    struct wire_request *request, const struct bench_case *bench_case, struct diag *diag) {
    size_t used = 0;
    memset(request, 0, sizeof(*request));
    if (bench_case->plugin) {
        snprintf(request->plugin, sizeof(request->plugin), "%s", bench_case->plugin->file);
        request->identity = bench_case->plugin->identity;
    }
    snprintf(request->workload, sizeof(request->workload), "%s", bench_case->workload->name);
    snprintf(request->executor, sizeof(request->executor), "%s", bench_case->executor->name);
    request->workers = bench_case->workers;
    request->cpu_count = bench_case->cpus ? bench_case->cpu_count : 0;
    if (request->cpu_count > 0)
        memcpy(request->cpus, bench_case->cpus, (size_t)request->cpu_count * sizeof(int));
    request->jobs = bench_case->jobs;
    int code = pack_values(
        request, &used, bench_case->workload->params, bench_case->params, request->params);
    if (code == 0)
        code = pack_values(
            request, &used, bench_case->executor->params, bench_case->pool, request->pool);
    if (code < 0)
        return diag_set(diag, code,
            "the text parameters of a case are longer than %d bytes; shorten them", WIRE_TEXT_MAX);
    return 0;
}

static void unpack_values(
    struct wire_request *request, const struct param *params, union param_value *values) {
    for (size_t i = 0; i < params_count(params); i++)
        if (params[i].type == PARAM_TEXT)
            values[i].text = request->texts + values[i].number;
}

void wire_unpack_texts(
    struct wire_request *request, const struct param *params, const struct param *pool) {
    unpack_values(request, params, request->params);
    unpack_values(request, pool, request->pool);
}
