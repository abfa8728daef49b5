/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <string.h>

#include "emitters.h"

/* One row per sample, as recorded. Quoting is RFC 4180's; lines end in a bare newline, which its
 * readers take as well as what line-wise tools need. */

static void put_text(FILE *out, const char *text) {
    if (!strpbrk(text, ",\"\r\n")) {
        (void)fputs(text, out);
        return;
    }
    (void)fputc('"', out);
    for (; *text; text++) {
        if (*text == '"')
            (void)fputc('"', out);
        (void)fputc(*text, out);
    }
    (void)fputc('"', out);
}

/* "low=1 high=9", values as a user would write them. */
static void put_params(
    FILE *out, const struct param *params, const union param_value *values, struct arena *arena) {
    const char *text = "";

    for (size_t i = 0; i < params_count(params); i++) {
        size_t size = param_format(&params[i], values[i], NULL, 0) + 1;
        char *value = arena_alloc(arena, size);

        (void)param_format(&params[i], values[i], value, size);
        text = arena_printf(arena, "%s%s%s=%s", text, i > 0 ? " " : "", params[i].name, value);
    }
    put_text(out, text);
}

static void put_case(FILE *out, const struct bench_case *bench_case, struct arena *arena) {
    put_text(out, bench_case->id);
    (void)fputc(',', out);
    put_text(out, bench_case->workload->name);
    (void)fputc(',', out);
    put_params(out, bench_case->workload->params, bench_case->params, arena);
    (void)fputc(',', out);
    put_text(out, bench_case->executor->name);
    (void)fputc(',', out);
    put_params(out, bench_case->executor->params, bench_case->pool, arena);
    (void)fprintf(out, ",%d,%" PRId64, bench_case->workers, bench_case->jobs);
}

/* A time that was not verified is no time: its fields stay empty. */
static void put_times(FILE *out, const struct sample *sample) {
    if (sample->failure)
        (void)fputs(",,,,,", out);
    else
        (void)fprintf(out, ",%" PRId64 ",%" PRId64 ",%.17g,%" PRId64 ",%" PRId64,
            sample->startup_ns, sample->warmup_ns, sample->run_ns, sample->shutdown_ns,
            sample->elapsed_ns);
}

static void put_counters(FILE *out, const struct sample *sample) {
    (void)fprintf(out,
        ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64
        ",%" PRId64 ",%" PRId64 ",",
        sample->user_ns, sample->system_ns, sample->max_rss_bytes, sample->voluntary_switches,
        sample->involuntary_switches, sample->minor_faults, sample->major_faults,
        sample->partner_cpu_ns, sample->errors);
    put_text(out, sample->failure ? sample->failure : "");
    (void)fputc('\n', out);
}

/* A case that cannot be: no figures, and why. */
static void put_impossible(FILE *out, const struct bench_case *bench_case, struct arena *arena) {
    put_case(out, bench_case, arena);
    (void)fputs(",,,,,,,,,,,,,,,,,", out);
    put_text(out, arena_printf(arena, "n/a: %s", bench_case->impossible));
    (void)fputc('\n', out);
}

int csv_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag) {
    struct arena *arena = arena_new();

    (void)summary;
    (void)style;
    (void)diag;
    (void)fputs("case,workload,params,executor,pool,workers,jobs,passes,round,startup_ns,warmup_ns,"
                "run_ns,shutdown_ns,elapsed_ns,user_ns,system_ns,max_rss_bytes,voluntary_switches,"
                "involuntary_switches,minor_faults,major_faults,partner_cpu_ns,errors,failure\n",
        out);
    for (size_t i = 0; i < session->plan->case_count; i++) {
        const struct case_result *result = &session->results[i];

        if (session->plan->cases[i].impossible)
            put_impossible(out, &session->plan->cases[i], arena);
        for (size_t j = 0; j < result->sample_count; j++) {
            put_case(out, &session->plan->cases[i], arena);
            (void)fprintf(out, ",%" PRId64 ",%d", result->passes, result->samples[j].round);
            put_times(out, &result->samples[j]);
            put_counters(out, &result->samples[j]);
        }
    }
    arena_free(arena);
    return 0;
}
