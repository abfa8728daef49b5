/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "emitters.h"
#include "verdict_rows.h"

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
}

/* Columns of latencies are there if any sample has them. */
static bool has_latencies(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++) {
        for (size_t j = 0; j < session->results[i].sample_count; j++) {
            if (session->results[i].samples[j].latency.jobs > 0)
                return true;
        }
    }
    return false;
}

static void put_latency(FILE *out, const struct latency *latency) {
    if (latency->jobs == 0) {
        (void)fputs(",,,,,,,,,,", out);
        return;
    }
    (void)fprintf(out,
        ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64 ",%" PRId64
        ",%.17g,%.17g,%.17g,%.17g",
        latency->jobs, latency->p50_ns, latency->p90_ns, latency->p99_ns, latency->p999_ns,
        latency->max_ns, latency->waiting_ns, latency->running_ns, latency->suspended_ns,
        latency->recording_ns);
}

static void put_heading(FILE *out, bool latencies, bool verdicts) {
    (void)fputs("case,workload,params,executor,pool,workers,jobs,passes,round,startup_ns,warmup_ns,"
                "run_ns,shutdown_ns,elapsed_ns,user_ns,system_ns,max_rss_bytes,voluntary_switches,"
                "involuntary_switches,minor_faults,major_faults,partner_cpu_ns,errors,failure",
        out);
    if (latencies)
        (void)fputs(",latency_jobs,latency_p50_ns,latency_p90_ns,latency_p99_ns,latency_p999_ns,"
                    "latency_max_ns,waiting_ns,running_ns,suspended_ns,recording_ns",
            out);
    (void)fputs(verdicts ? ",row,side,verdict,ratio,ratio_low,ratio_high\n" : "\n", out);
}

static void put_number(FILE *out, double number) {
    (void)fputc(',', out);
    if (isfinite(number))
        (void)fprintf(out, "%.17g", number);
}

/* What the row of the comparison came to, beside each of its samples. */
static void put_verdict(FILE *out, const struct gate_verdict *gate, size_t index) {
    const char *side = "";
    const struct row_verdict *row = verdict_row_of(gate, index, &side);

    if (!row) {
        (void)fputs(",,,,,,", out);
        return;
    }
    (void)fputc(',', out);
    put_text(out, row->id);
    (void)fprintf(out, ",%s,%s", side, verdict_name(verdict_counted(gate, row)));
    put_number(out, row->ratio.value);
    put_number(out, row->ratio.interval.low);
    put_number(out, row->ratio.interval.high);
}

/* A case that cannot be: no figures, and why. */
static void put_impossible(FILE *out, const struct bench_case *bench_case, struct arena *arena) {
    put_case(out, bench_case, arena);
    (void)fputs(",,,,,,,,,,,,,,,,,", out);
    put_text(out, arena_printf(arena, "n/a: %s", bench_case->impossible));
}

/* The columns that are there only where somebody asked for them. */
static void put_extras(
    FILE *out, const struct latency *latency, const struct session_summary *summary, size_t index) {
    if (latency)
        put_latency(out, latency);
    if (summary->gate)
        put_verdict(out, summary->gate, index);
    (void)fputc('\n', out);
}

int csv_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag) {
    struct arena *arena = arena_new();
    bool latencies = has_latencies(session);
    const struct latency none = {0};

    (void)style;
    (void)diag;
    put_heading(out, latencies, summary->gate != NULL);
    for (size_t i = 0; i < session->plan->case_count; i++) {
        const struct case_result *result = &session->results[i];

        if (session->plan->cases[i].impossible) {
            put_impossible(out, &session->plan->cases[i], arena);
            put_extras(out, latencies ? &none : NULL, summary, i);
        }
        for (size_t j = 0; j < result->sample_count; j++) {
            put_case(out, &session->plan->cases[i], arena);
            (void)fprintf(out, ",%" PRId64 ",%d", result->passes, result->samples[j].round);
            put_times(out, &result->samples[j]);
            put_counters(out, &result->samples[j]);
            put_extras(out, latencies ? &result->samples[j].latency : NULL, summary, i);
        }
    }
    arena_free(arena);
    return 0;
}
