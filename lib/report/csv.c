/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "checks.h"
#include "emitters.h"
#include "verdict_rows.h"

/* One row per sample, as recorded, and one per check. Quoting is RFC 4180's; lines end in a bare
 * newline, which its readers take as well as what line-wise tools need. */

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

/* What stands behind the columns of a sample, the same in every row of a file. */
struct csv {
    FILE *out;
    struct arena *arena;
    bool latencies, checks;
    const struct gate_verdict *gate;
};

/* Where a row of the file comes from, in a comparison of sessions: one of them, and its side. */
struct source {
    const struct session *session;
    const char *name, *side;
};

static void put_heading(const struct csv *csv) {
    (void)fputs("case,workload,params,executor,pool,workers,jobs,passes,round,startup_ns,warmup_ns,"
                "run_ns,shutdown_ns,elapsed_ns,user_ns,system_ns,max_rss_bytes,voluntary_switches,"
                "involuntary_switches,minor_faults,major_faults,partner_cpu_ns,errors,failure",
        csv->out);
    if (csv->latencies)
        (void)fputs(",latency_jobs,latency_p50_ns,latency_p90_ns,latency_p99_ns,latency_p999_ns,"
                    "latency_max_ns,waiting_ns,running_ns,suspended_ns,recording_ns",
            csv->out);
    if (csv->gate)
        (void)fputs(",row,side,verdict,ratio,ratio_low,ratio_high", csv->out);
    if (csv->gate && csv->gate->compared)
        (void)fputs(",session", csv->out);
    if (csv->checks)
        (void)fputs(",check,check_state,check_value,check_low,check_high,check_limit", csv->out);
    (void)fputc('\n', csv->out);
}

static void put_number(FILE *out, double number) {
    (void)fputc(',', out);
    if (isfinite(number))
        (void)fprintf(out, "%.17g", number);
}

static const struct row_verdict *row_of(
    const struct gate_verdict *gate, const struct source *source, size_t index, const char **side) {
    if (!gate->compared)
        return verdict_row_of(gate, index, side);
    *side = source->side;
    for (size_t i = 0; i < gate->row_count; i++)
        if (strcmp(gate->rows[i].id, source->session->plan->cases[index].id) == 0)
            return &gate->rows[i];
    return NULL;
}

/* What the row of the comparison came to, beside each of its samples. */
static void put_verdict(const struct csv *csv, const struct source *source, size_t index) {
    const char *side = "";
    const struct row_verdict *row = row_of(csv->gate, source, index, &side);

    (void)fputc(',', csv->out);
    if (row) {
        put_text(csv->out, row->id);
        (void)fprintf(csv->out, ",%s,%s", side, verdict_name(verdict_counted(csv->gate, row)));
        put_number(csv->out, row->ratio.value);
        put_number(csv->out, row->ratio.interval.low);
        put_number(csv->out, row->ratio.interval.high);
    } else {
        (void)fputs(",,,,,", csv->out);
    }
    if (csv->gate->compared) {
        (void)fputc(',', csv->out);
        put_text(csv->out, source->name);
    }
}

/* A case that cannot be: no figures, and why. */
static void put_impossible(FILE *out, const struct bench_case *bench_case, struct arena *arena) {
    put_case(out, bench_case, arena);
    (void)fputs(",,,,,,,,,,,,,,,,,", out);
    put_text(out, arena_printf(arena, "n/a: %s", bench_case->impossible));
}

/* The columns that are there only where somebody asked for them; of a sample, or NULL. */
static void put_extras(
    const struct csv *csv, const struct sample *sample, const struct source *source, size_t index) {
    const struct latency none = {0};

    if (csv->latencies)
        put_latency(csv->out, sample ? &sample->latency : &none);
    if (csv->gate)
        put_verdict(csv, source, index);
    if (csv->checks)
        (void)fputs(",,,,,,", csv->out);
    (void)fputc('\n', csv->out);
}

static void put_session(const struct csv *csv, const struct source *source) {
    const struct session *session = source->session;

    for (size_t i = 0; i < session->plan->case_count; i++) {
        const struct case_result *result = &session->results[i];

        if (session->plan->cases[i].impossible) {
            put_impossible(csv->out, &session->plan->cases[i], csv->arena);
            put_extras(csv, NULL, source, i);
        }
        for (size_t j = 0; j < result->sample_count; j++) {
            put_case(csv->out, &session->plan->cases[i], csv->arena);
            (void)fprintf(csv->out, ",%" PRId64 ",%d", result->passes, result->samples[j].round);
            put_times(csv->out, &result->samples[j]);
            put_counters(csv->out, &result->samples[j]);
            put_extras(csv, &result->samples[j], source, i);
        }
    }
}

static void put_compared(const struct csv *csv, const struct compared *compared) {
    for (size_t i = 0; i < compared->count; i++)
        put_session(csv,
            &(struct source){
                compared->sessions[i], compared->names[i], i < compared->base_count ? "A" : "B"});
}

/* A row of its case, without a sample. */
static void put_check(const struct csv *csv, const struct plan *plan,
    const struct check_result *result, size_t index) {
    const struct check *check = &plan->checks[index];
    size_t empty =
        17 + (csv->latencies ? 10 : 0) + (csv->gate ? 6 : 0) + (csv->gate && csv->gate->compared);

    put_case(csv->out, &plan->cases[check->index], csv->arena);
    for (size_t i = 0; i < empty; i++)
        (void)fputc(',', csv->out);
    (void)fputc(',', csv->out);
    put_text(csv->out, result->text);
    (void)fprintf(csv->out, ",%s", check_state_name(result->state));
    put_number(csv->out, result->value);
    put_number(csv->out, result->interval.low);
    put_number(csv->out, result->interval.high);
    put_number(csv->out, check->limit);
    (void)fputc('\n', csv->out);
}

static bool any_latencies(const struct session *session, const struct gate_verdict *gate) {
    bool any = has_latencies(session);

    for (size_t i = 0; gate && gate->compared && i < gate->compared->count; i++)
        any = any || has_latencies(gate->compared->sessions[i]);
    return any;
}

int csv_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag) {
    struct csv csv = {
        .out = out,
        .arena = arena_new(),
        .latencies = any_latencies(session, summary->gate),
        .checks = summary->check_count > 0,
        .gate = summary->gate,
    };

    (void)style;
    (void)diag;
    put_heading(&csv);
    if (csv.gate && csv.gate->compared)
        put_compared(&csv, csv.gate->compared);
    else
        put_session(&csv, &(struct source){.session = session});
    for (size_t i = 0; i < summary->check_count; i++)
        put_check(&csv, session->plan, &summary->checks[i], i);
    arena_free(csv.arena);
    return 0;
}
