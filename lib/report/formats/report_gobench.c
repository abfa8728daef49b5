/* SPDX-License-Identifier: MIT */
#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "format_parts.h"

/*
 * The benchmark format of Go (golang.org/design/14313-benchmark-format), for benchstat: a line for
 * each valid sample,
 *
 *     Benchmarkgcd/executor=threads/workers=2-2 1 80400000 ns/op 1.98 cpu-s/op 2838528 peak-bytes
 *
 * An op is all jobs once, with the start and the end of the pool. The iterations are the passes
 * that were timed together. The last "-2" is the number of usable CPUs: Go writes GOMAXPROCS there,
 * and readers take the digits off, also those of a name that ends in some.
 */

/* Units that Go does not know. Without `assume=nothing` a reader could take them for exact. */
static const char units[] = "Unit cpu-s/op better=lower assume=nothing\n"
                            "Unit peak-bytes better=lower assume=nothing\n";

/* A part of a name: blanks would end it, '/' would begin the next part. */
static void put_part(FILE *out, const char *text) {
    for (text = *text ? text : "?"; *text;) {
        unsigned code = 0;
        size_t bytes = utf8_char(text, &code);
        if (bytes == 0)
            fputc('?', out);
        else if (utf8_is_blank(code) || code == '/')
            fputc('_', out);
        else
            fwrite(text, 1, bytes, out);
        text += bytes ? bytes : 1;
    }
}

/* What follows NAME/EXECUTOR/WORKERS in an id: "/chunk=16/stack=64KiB", or "". */
static const char *varied_of(struct arena *arena, const struct bench_case *bench_case) {
    const char *head = arena_printf(
        arena, "%s/%s/%d", bench_case->name, bench_case->executor->name, bench_case->workers);
    const char *found = strstr(bench_case->id, head);
    return found ? found + strlen(head) : "";
}

/* Each varied parameter is a part, "/chunk=16". What has no '=' belongs to the value before it, but
 * for the word that marks a control. */
static void put_varied(FILE *out, struct arena *arena, const struct bench_case *bench_case) {
    char *rest = arena_strdup(arena, varied_of(arena, bench_case)), *state;
    for (char *part = strtok_r(rest, "/", &state); part; part = strtok_r(NULL, "/", &state)) {
        if (bench_case->twin_of >= 0 && strcmp(part, "control") == 0)
            continue;
        fputc(strchr(part, '=') ? '/' : '_', out);
        put_part(out, part);
    }
}

static void put_sample(FILE *out, const struct sample *sample, int64_t passes) {
    double time_ns = sample_time_ns(sample);
    fprintf(out, " %" PRId64 " %.6f ns/op", passes > 0 ? passes : 1, time_ns);
    if (sample->elapsed_ns > 0)
        fprintf(out, " %.9f cpu-s/op",
            time_ns / 1e9 * (double)(sample->user_ns + sample->system_ns)
                / (double)sample->elapsed_ns);
    if (sample->max_rss_bytes > 0)
        fprintf(out, " %" PRId64 " peak-bytes", sample->max_rss_bytes);
    fputc('\n', out);
}

/* `side` is "A", "B" or "control" in a comparison, else NULL. */
static void put_case(
    FILE *out, struct arena *arena, const struct session *session, size_t index, const char *side) {
    const struct bench_case *bench_case = &session->plan->cases[index];
    const struct case_result *result = &session->results[index];
    int cpus = session->environment.usable_cpus;
    for (size_t i = 0; i < result->sample_count; i++) {
        if (result->samples[i].failure)
            continue;
        fputs("Benchmark", out);
        put_part(out, bench_case->name);
        fprintf(out, "/executor=%s/workers=%d", bench_case->executor->name, bench_case->workers);
        put_varied(out, arena, bench_case);
        if (side)
            fprintf(out, "/side=%s", side);
        else if (bench_case->twin_of >= 0)
            fputs("/control=true", out);
        fprintf(out, "-%d", cpus > 0 ? cpus : 1);
        put_sample(out, &result->samples[i], result->passes);
    }
}

/* A line of configuration, which holds until the next one of its key. Without a value it would only
 * end that of an earlier session. */
static void put_key(FILE *out, struct arena *arena, const char *key, const char *value) {
    if (*value)
        fprintf(out, "%s: %s\n", key, utf8_line(arena, value));
    else
        fprintf(out, "%s:\n", key);
}

static void put_environment(FILE *out, struct arena *arena, const struct session *session) {
    const struct environment *env = &session->environment;
    put_key(out, arena, "pconc", env->version);
    put_key(out, arena, "commit", env->commit);
    put_key(out, arena, "cpu", env->cpu_model);
    put_key(out, arena, "cpus", arena_printf(arena, "%d", env->usable_cpus));
    put_key(out, arena, "kernel", env->kernel);
    put_key(out, arena, "machine", env->machine);
    put_key(out, arena, "governor", env->governor);
    put_key(out, arena, "compiler", env->compiler);
    put_key(out, arena, "flags", env->flags);
    put_key(out, arena, "started", env->started);
    put_key(out, arena, "seed", arena_printf(arena, "%" PRIu64, session->plan->seed));
}

static void put_session(
    FILE *out, const struct report *report, const struct session *session, const char *side) {
    const struct gate_verdict *gate = report->summary->gate;
    put_environment(out, report->arena, session);
    for (size_t i = 0; i < session->plan->case_count; i++) {
        const char *own = side;
        if (gate && !gate->compared)
            (void)report_pair_of(gate, i, &own);
        put_case(out, report->arena, session, i, own);
    }
}

static int gobench_emit(const struct printer *printer) {
    const struct report *report = printer->report;
    const struct gate_verdict *gate = report->summary->gate;
    const struct compared *compared = gate ? gate->compared : NULL;
    fputs(units, printer->out);
    if (!compared)
        put_session(printer->out, report, report->session, NULL);
    for (size_t i = 0; compared && i < compared->count; i++) {
        put_key(printer->out, report->arena, "session", compared->names[i]);
        put_session(
            printer->out, report, compared->sessions[i], i < compared->base_count ? "A" : "B");
    }
    return 0;
}

const struct report_format gobench_format = {.name = "gobench",
    .summary = "for benchstat, in Go's benchmark format: every sample",
    .emit = gobench_emit};
