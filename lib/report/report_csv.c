/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "checks.h"
#include "json_case.h"
#include "numbers.h"
#include "report.h"

/* A row for each sample, as recorded, and one for each check. Quoting follows RFC 4180. Lines end
 * in a bare newline, which CSV readers accept and line-wise tools need. */

static const char *const case_columns[] = {
    "case", "workload", "params", "executor", "pool", "workers", "jobs", "passes"};
static const char *const pair_columns[] = {
    "row", "side", "verdict", "ratio", "ratio_low", "ratio_high"};
static const char *const check_columns[] = {
    "check", "check_state", "check_value", "check_low", "check_high", "check_limit"};

struct csv {
    FILE *out;
    struct arena *arena;
    const struct report *report;
    bool has_latencies; /* of any sample: then every row has the columns */
    bool in_line;       /* a field precedes */
};

/* The session that rows come from. Of a compared session: also its file and its side. */
struct source {
    const struct session *session;
    const char *name, *side;
    const struct pair_verdict **pairs; /* of its cases, by index; NULL: the case has none */
};

/* Begins the next field. */
static FILE *field(struct csv *csv) {
    if (csv->in_line)
        (void)fputc(',', csv->out);
    csv->in_line = true;
    return csv->out;
}

static void end_line(struct csv *csv) {
    (void)fputc('\n', csv->out);
    csv->in_line = false;
}

/* NULL is an empty field. */
static void put_text(struct csv *csv, const char *text) {
    FILE *out = field(csv);

    if (!text || !strpbrk(text, ",\"\r\n")) {
        (void)fputs(text ? text : "", out);
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

static void put_texts(struct csv *csv, const char *const *texts, size_t count) {
    for (size_t i = 0; i < count; i++)
        put_text(csv, texts[i]);
}

static void put_empty(struct csv *csv, size_t count) {
    for (size_t i = 0; i < count; i++)
        put_text(csv, NULL);
}

static void put_whole(struct csv *csv, int64_t number) {
    (void)fprintf(field(csv), "%" PRId64, number);
}

/* Unknown numbers are empty. */
static void put_real(struct csv *csv, double number) {
    FILE *out = field(csv);

    if (isfinite(number))
        (void)fprintf(out, "%.17g", number);
}

/* Sentences go last in a row, and newer members have no column. */
static bool has_column(const struct json_field *member) {
    return member->type != FIELD_SENTENCE && !(member->flags & FIELD_LATER);
}

/* Columns have the names of JSON, those of whole numbers after the prefix. */
static void put_names(struct csv *csv, const struct json_field *members, const char *prefix) {
    for (; members->name; members++)
        if (has_column(members))
            put_text(csv,
                arena_printf(
                    csv->arena, "%s%s", members->type == FIELD_REAL ? "" : prefix, members->name));
}

/* from NULL: all fields are empty. A failed sample has no times: they were not verified. */
static void put_members(
    struct csv *csv, const struct json_field *members, const void *from, bool failed) {
    for (; members->name; members++) {
        const void *at = from ? (const char *)from + members->offset : NULL;

        if (!has_column(members))
            continue;
        if (!at || (failed && members->flags & FIELD_TIMED))
            put_text(csv, NULL);
        else if (members->type == FIELD_REAL)
            put_real(csv, *(const double *)at);
        else if (members->type == FIELD_INT)
            put_whole(csv, *(const int *)at);
        else
            put_whole(csv, *(const int64_t *)at);
    }
}

/* "low=1 high=9", values as a user would write them. */
static void put_params(
    struct csv *csv, const struct param *params, const union param_value *values) {
    const char *text = "";

    for (size_t i = 0; i < params_count(params); i++)
        text = arena_printf(csv->arena, "%s%s%s", text, i > 0 ? " " : "",
            param_text(csv->arena, &params[i], values[i]));
    put_text(csv, text);
}

static void put_case(struct csv *csv, const struct bench_case *bench_case) {
    put_text(csv, bench_case->id);
    put_text(csv, bench_case->workload->name);
    put_params(csv, bench_case->workload->params, bench_case->params);
    put_text(csv, bench_case->executor->name);
    put_params(csv, bench_case->executor->params, bench_case->pool);
    put_whole(csv, bench_case->workers);
    put_whole(csv, bench_case->jobs);
}

/* Without a sample (NULL) the fields are empty, except the failure. */
static void put_sample(struct csv *csv, const struct case_result *result,
    const struct sample *sample, const char *failure) {
    if (sample)
        put_whole(csv, result->passes);
    else
        put_text(csv, NULL);
    put_members(csv, sample_fields, sample, sample && sample->failure);
    put_text(csv, failure);
    if (csv->has_latencies)
        put_members(csv, latency_fields,
            sample && sample->latency.jobs > 0 ? &sample->latency : NULL, false);
}

/* Where sessions are compared: the pair of each case of one session, by index; NULL: it has none.
 */
static const struct pair_verdict **pairs_of(
    struct arena *arena, const struct gate_verdict *gate, const struct plan *plan) {
    const struct pair_verdict **pairs =
        arena_array(arena, const struct pair_verdict *, plan->case_count);

    for (size_t i = 0; i < gate->pair_count; i++) {
        ptrdiff_t at = plan_find_case(plan, gate->pairs[i].id);

        if (at >= 0)
            pairs[at] = &gate->pairs[i];
    }
    return pairs;
}

static const struct pair_verdict *pair_of(
    const struct gate_verdict *gate, const struct source *source, size_t index, const char **side) {
    if (!gate->compared)
        return report_pair_of(gate, index, side);
    *side = source->side;
    return source->pairs[index];
}

/* The verdict on the pair that the case belongs to; source NULL: empty fields. */
static void put_pair(struct csv *csv, const struct source *source, size_t index) {
    const struct gate_verdict *gate = csv->report->summary->gate;
    const char *side = NULL;

    if (!gate)
        return;
    const struct pair_verdict *pair = source ? pair_of(gate, source, index, &side) : NULL;
    if (pair) {
        put_text(csv, pair->id);
        put_text(csv, side);
        put_text(csv, verdict_name(report_verdict(gate, pair)));
        put_real(csv, pair->ratio.value);
        put_real(csv, pair->ratio.interval.low);
        put_real(csv, pair->ratio.interval.high);
    } else {
        put_empty(csv, COUNT(pair_columns));
    }
    if (gate->compared)
        put_text(csv, source ? source->name : NULL);
}

static void put_sample_row(struct csv *csv, const struct source *source, size_t index,
    const struct sample *sample, const char *failure) {
    put_case(csv, &source->session->plan->cases[index]);
    put_sample(csv, &source->session->results[index], sample, failure);
    put_pair(csv, source, index);
    if (csv->report->summary->check_count > 0)
        put_empty(csv, COUNT(check_columns));
    end_line(csv);
}

static void put_session(struct csv *csv, const struct source *source) {
    for (size_t i = 0; i < source->session->plan->case_count; i++) {
        const struct case_result *result = &source->session->results[i];
        const char *impossible = source->session->plan->cases[i].impossible;

        if (impossible)
            put_sample_row(csv, source, i, NULL, arena_printf(csv->arena, "n/a: %s", impossible));
        for (size_t j = 0; j < result->sample_count; j++)
            put_sample_row(csv, source, i, &result->samples[j], result->samples[j].failure);
    }
}

/* The row of a check has its case, but no sample. */
static void put_check(struct csv *csv, size_t index) {
    const struct plan *plan = csv->report->session->plan;
    const struct check_result *result = &csv->report->summary->checks[index];

    put_case(csv, &plan->cases[plan->checks[index].index]);
    put_sample(csv, NULL, NULL, NULL);
    put_pair(csv, NULL, 0);
    put_text(csv, result->text);
    put_text(csv, check_state_name(result->state));
    put_real(csv, result->value);
    put_real(csv, result->interval.low);
    put_real(csv, result->interval.high);
    put_real(csv, plan->checks[index].limit);
    end_line(csv);
}

static void put_heading(struct csv *csv) {
    const struct gate_verdict *gate = csv->report->summary->gate;

    put_texts(csv, case_columns, COUNT(case_columns));
    put_names(csv, sample_fields, "");
    put_text(csv, "failure");
    if (csv->has_latencies)
        put_names(csv, latency_fields, "latency_");
    if (gate)
        put_texts(csv, pair_columns, COUNT(pair_columns));
    if (gate && gate->compared)
        put_text(csv, "session");
    if (csv->report->summary->check_count > 0)
        put_texts(csv, check_columns, COUNT(check_columns));
    end_line(csv);
}

static bool has_latencies(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++) {
        for (size_t j = 0; j < session->results[i].sample_count; j++) {
            if (session->results[i].samples[j].latency.jobs > 0)
                return true;
        }
    }
    return false;
}

static int csv_emit(
    FILE *out, const struct report *report, const struct report_style *style, struct diag *diag) {
    const struct gate_verdict *gate = report->summary->gate;
    const struct compared *compared = gate ? gate->compared : NULL;
    struct source own = {.session = report->session};
    struct csv csv = {.out = out,
        .arena = arena_new(),
        .report = report,
        .has_latencies = has_latencies(report->session)};

    (void)style;
    (void)diag;
    for (size_t i = 0; compared && i < compared->count; i++)
        csv.has_latencies = csv.has_latencies || has_latencies(compared->sessions[i]);
    put_heading(&csv);
    if (!compared)
        put_session(&csv, &own);
    for (size_t i = 0; compared && i < compared->count; i++)
        put_session(&csv,
            &(struct source){.session = compared->sessions[i],
                .name = compared->names[i],
                .side = i < compared->base_count ? "A" : "B",
                .pairs = pairs_of(csv.arena, report->summary->gate, compared->sessions[i]->plan)});
    for (size_t i = 0; i < report->summary->check_count; i++)
        put_check(&csv, i);
    arena_free(csv.arena);
    return 0;
}

const struct report_format csv_format = {.name = "csv", .ending = ".csv", .emit = csv_emit};
