/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "checks.h"
#include "format_parts.h"
#include "json.h"
#include "numbers.h"

/* A line for each sample, as recorded, and one for each check. Quoting follows RFC 4180. Lines end
 * in "\n", which CSV readers accept and line-wise tools need. */

struct csv {
    FILE *out;
    const struct report *report;
    bool has_latencies; /* of any sample: then every line has the columns */
    bool in_line;       /* a field precedes */
};

/* What a line says. The fields of what is NULL are empty. */
struct line {
    const struct bench_case *bench_case;
    const struct case_result *result;
    const struct sample *sample;
    const char *failure;
    const struct pair_verdict *pair;
    const char *side, *session; /* of a comparison; the file of the session */
    const struct check_result *check;
};

/* Begins the next field. */
static FILE *field(struct csv *csv) {
    if (csv->in_line)
        fputc(',', csv->out);
    csv->in_line = true;
    return csv->out;
}

static void end_line(struct csv *csv) {
    fputc('\n', csv->out);
    csv->in_line = false;
}

/* Also with the first character in its full width: some spreadsheets take it for the narrow one. */
static bool is_formula(const char *text) {
    unsigned code = 0;
    if (*text == '\0' || utf8_char(text, &code) == 0)
        return false;
    if (code > 0xFF00 && code <= 0xFF5E)
        code -= 0xFEE0;
    return code < 0x80 && strchr("=+-@\t\r\n", (int)code);
}

/* NULL is an empty field. Spreadsheets would compute a text that begins like a formula; a quote
 * before it makes it a text. */
static void put_text(struct csv *csv, const char *text) {
    FILE *out = field(csv);
    bool quoted = text && strpbrk(text, ",\"\r\n");
    if (quoted)
        fputc('"', out);
    if (text && is_formula(text))
        fputc('\'', out);
    for (; text && *text; text++) {
        if (*text == '"')
            fputc('"', out);
        fputc(*text, out);
    }
    if (quoted)
        fputc('"', out);
}

static void put_whole(struct csv *csv, int64_t number) {
    fprintf(field(csv), "%" PRId64, number);
}

/* An unknown number is an empty field. */
static void put_known(struct csv *csv, const struct json_field *member, int64_t number) {
    if (member->flags & FIELD_MAYBE && number < member->min)
        put_text(csv, NULL);
    else
        put_whole(csv, number);
}

/* NaN is an empty field. */
static void put_real(struct csv *csv, double number) {
    FILE *out = field(csv);
    if (isfinite(number))
        fprintf(out, "%.17g", number);
}

static void put_ratio(struct csv *csv, double value, struct interval interval) {
    put_real(csv, value);
    put_real(csv, interval.low);
    put_real(csv, interval.high);
}

/* Sentences go last in a line, and newer members have no column. */
static bool has_column(const struct json_field *member) {
    return member->type != FIELD_SENTENCE && !(member->flags & FIELD_LATER);
}

/* Columns have the names of JSON, those of whole numbers after the prefix. */
static void put_names(struct csv *csv, const struct json_field *members, const char *prefix) {
    for (; members->name; members++)
        if (has_column(members))
            put_text(csv,
                arena_printf(csv->report->arena, "%s%s", members->type == FIELD_REAL ? "" : prefix,
                    members->name));
}

/* `from` NULL: all fields are empty. A failed sample has no times: they were not verified. */
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
            put_known(csv, members, *(const int64_t *)at);
    }
}

/* "low=1 high=9" */
static void put_params(
    struct csv *csv, const struct param *params, const union param_value *values) {
    struct arena *arena = csv->report->arena;
    const char *text = "";
    for (size_t i = 0; i < params_count(params); i++)
        text = list_text(arena, text, " ", param_text(arena, &params[i], values[i]));
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

static void put_sample(struct csv *csv, const struct line *line) {
    const struct sample *sample = line->sample;
    if (sample)
        put_whole(csv, line->result->passes);
    else
        put_text(csv, NULL);
    put_members(csv, sample_fields, sample, sample && sample->failure);
    put_text(csv, line->failure);
    put_members(
        csv, timed_fields, sample && sample->timed.elapsed_ns > 0 ? &sample->timed : NULL, false);
    if (csv->has_latencies)
        put_members(csv, latency_fields,
            sample && sample->latency.jobs > 0 ? &sample->latency : NULL, false);
}

static void put_line(struct csv *csv, const struct line *line) {
    const struct estimate unknown = {NAN, {NAN, NAN}};
    const struct session_summary *summary = csv->report->summary;
    const struct gate_verdict *gate = summary->gate;
    const struct check_result *check = line->check;
    put_case(csv, line->bench_case);
    put_sample(csv, line);
    if (gate) {
        struct estimate ratio = line->pair ? line->pair->ratio : unknown;
        put_text(csv, line->pair ? line->pair->id : NULL);
        put_text(csv, line->pair ? line->side : NULL);
        put_text(csv, line->pair ? verdict_name(report_verdict(gate, line->pair)) : NULL);
        put_ratio(csv, ratio.value, ratio.interval);
    }
    if (gate && gate->compared)
        put_text(csv, line->session);
    if (summary->check_count > 0) {
        put_text(csv, check ? check->text : NULL);
        put_text(csv, check ? check_state_name(check->state) : NULL);
        put_ratio(csv, check ? check->value : NAN, check ? check->interval : unknown.interval);
        put_real(
            csv, check ? csv->report->session->plan->checks[check - summary->checks].limit : NAN);
    }
    end_line(csv);
}

/* The pairs of the cases of a session, by index. The cases of a compared session have other indices
 * than those of the report, and so are found by their ids. Of several metrics the first one counts.
 * NULL: no pair. */
static const struct pair_verdict **pairs_of(
    struct arena *arena, const struct gate_verdict *gate, const struct plan *plan) {
    const struct pair_verdict **pairs =
        arena_array(arena, const struct pair_verdict *, plan->case_count);
    for (size_t i = 0; gate && gate->compared && i < gate->pair_count; i++) {
        ptrdiff_t at = plan_find_case(plan, gate->pairs[i].case_id);
        if (at >= 0 && !pairs[at])
            pairs[at] = &gate->pairs[i];
    }
    return pairs;
}

/* `side` and `name` are those of a session that is compared; else NULL. */
static void put_session(
    struct csv *csv, const struct session *session, const char *side, const char *name) {
    struct arena *arena = csv->report->arena;
    const struct gate_verdict *gate = csv->report->summary->gate;
    const struct pair_verdict **pairs = pairs_of(arena, gate, session->plan);
    for (size_t i = 0; i < session->plan->case_count; i++) {
        const struct case_result *result = &session->results[i];
        struct line line = {.bench_case = &session->plan->cases[i],
            .result = result,
            .pair = pairs[i],
            .side = side,
            .session = name};
        if (gate && !gate->compared)
            line.pair = report_pair_of(gate, i, &line.side);
        if (line.bench_case->impossible) {
            line.failure = arena_printf(arena, "n/a: %s", line.bench_case->impossible);
            put_line(csv, &line);
        }
        for (size_t j = 0; j < result->sample_count; j++) {
            line.sample = &result->samples[j];
            line.failure = line.sample->failure;
            put_line(csv, &line);
        }
    }
}

static void put_heading(struct csv *csv) {
    const struct gate_verdict *gate = csv->report->summary->gate;
    fputs("case,workload,params,executor,pool,workers,jobs,passes", field(csv));
    put_names(csv, sample_fields, "");
    put_text(csv, "failure");
    put_names(csv, timed_fields, "timed_");
    if (csv->has_latencies)
        put_names(csv, latency_fields, "latency_");
    if (gate)
        fputs("row,side,verdict,ratio,ratio_low,ratio_high", field(csv));
    if (gate && gate->compared)
        put_text(csv, "session");
    if (csv->report->summary->check_count > 0)
        fputs("check,check_state,check_value,check_low,check_high,check_limit", field(csv));
    end_line(csv);
}

static bool has_latencies(const struct session *session) {
    for (size_t i = 0; i < session->plan->case_count; i++)
        for (size_t j = 0; j < session->results[i].sample_count; j++)
            if (session->results[i].samples[j].latency.jobs > 0)
                return true;
    return false;
}

static int csv_emit(const struct printer *printer) {
    const struct report *report = printer->report;
    const struct session_summary *summary = report->summary;
    const struct compared *compared = summary->gate ? summary->gate->compared : NULL;
    struct csv csv = {printer->out, report, has_latencies(report->session), false};
    for (size_t i = 0; compared && i < compared->count; i++)
        csv.has_latencies = csv.has_latencies || has_latencies(compared->sessions[i]);
    put_heading(&csv);
    if (!compared)
        put_session(&csv, report->session, NULL, NULL);
    for (size_t i = 0; compared && i < compared->count; i++)
        put_session(
            &csv, compared->sessions[i], i < compared->base_count ? "A" : "B", compared->names[i]);
    for (size_t i = 0; i < summary->check_count; i++) {
        const struct plan *plan = report->session->plan;
        put_line(&csv,
            &(struct line){
                .bench_case = &plan->cases[plan->checks[i].index], .check = &summary->checks[i]});
    }
    return 0;
}

const struct report_format csv_format = {.name = "csv",
    .summary = "for spreadsheets and R: a line for each sample",
    .ending = ".csv",
    .emit = csv_emit};
