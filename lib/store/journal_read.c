/* SPDX-License-Identifier: MIT */
#include "journal_parts.h"

#include <errno.h>
#include <string.h>

#include "json.h"
#include "store_parts.h"

/* Failed calibrations precede the samples of a case. */
#define CALIBRATIONS_MAX 3

/* A journal that is read. */
struct reading {
    struct journal *journal;
    struct json_document document;
};

static void add_start(struct reading *reading, const struct json_node *line) {
    struct journal *journal = reading->journal;
    struct json_node start = node_member(line, "start");
    journal->starts = arena_grown(journal->arena, journal->starts, journal->start_count,
        &journal->start_room, sizeof(*journal->starts));
    journal->starts[journal->start_count++] = node_text(&start);
}

static void add_sample(struct reading *reading, const struct json_node *line) {
    struct journal *journal = reading->journal;
    struct json_node id = node_member(line, "case"), item = node_member(line, "sample");
    struct json_node passes = node_member(line, "passes");
    ptrdiff_t index = node_case(&id);
    int64_t count = node_integer(&passes, 1, INT64_MAX);
    struct sample sample = {0};
    node_object(&item, sample_fields, NULL);
    node_fields(&item, sample_fields, &sample);
    if (node_code(line) < 0)
        return;
    struct case_result *result = &journal->results[index];
    int before = result->sample_count > 0 ? result->samples[result->sample_count - 1].round : -1;
    if (journal->start_count == 0 || sample.round >= journal->plan->rounds || sample.round < before
        || (sample.round >= 0 && sample.round == before)
        || result->sample_count == (size_t)journal->plan->rounds + CALIBRATIONS_MAX)
        node_refuse(&item, "is not in the order of rounds");
    if (node_code(line) < 0)
        return;
    sample.session = (int64_t)journal->start_count - 1;
    result->samples[result->sample_count++] = sample;
    if (sample.round >= 0)
        journal->passes[index] = result->passes = count;
}

/* One line that is not the first. */
static int read_line(
    struct reading *reading, size_t number, const char *text, size_t size, struct diag *diag) {
    struct journal *journal = reading->journal;
    json_error_t error;
    json_t *value = json_loadb(text, size, JSON_REJECT_DUPLICATES, &error);
    if (!value)
        return diag_set(diag, -EINVAL, "%s:%zu: it is damaged: %s; name another file to begin anew",
            journal->path, number, error.text);
    reading->document = (struct json_document){
        .file = arena_printf(journal->arena, "%s:%zu", journal->path, number),
        .arena = journal->arena,
        .diag = diag,
        .plan = journal->plan};
    struct json_node line = {.document = &reading->document, .value = value};
    if (node_find(&line, "start").value)
        add_start(reading, &line);
    else
        add_sample(reading, &line);
    json_decref(value);
    return reading->document.code;
}

static int read_key(const struct journal *journal, struct plan *plan, const json_t *key,
    const char *text, size_t size, struct diag *diag) {
    json_t *found = json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL);
    int code = journal_check_key(journal->path, found, key, plan, diag);
    json_decref(found);
    return code;
}

static int read_lines(struct reading *reading, struct plan *plan, const json_t *key,
    const char *text, struct diag *diag) {
    struct journal *journal = reading->journal;
    const char *at = text, *end;
    int code = 0;
    for (size_t number = 1; code == 0 && (end = strchr(at, '\n')); number++, at = end + 1)
        code = number == 1 ? read_key(journal, plan, key, at, (size_t)(end - at), diag)
                           : read_line(reading, number, at, (size_t)(end - at), diag);
    journal->end = at - text;
    return code;
}

/* Both have the passes of the first. */
static void share_passes(struct journal *journal) {
    for (size_t i = 0; i < journal->plan->case_count; i++) {
        ptrdiff_t twin_of = journal->plan->cases[i].twin_of;
        if (twin_of >= 0 && journal->passes[twin_of] == 0)
            journal->passes[twin_of] = journal->passes[i];
    }
}

int journal_read(struct journal *journal, struct plan *plan, const json_t *key, size_t *ret_size,
    struct diag *diag) {
    struct reading reading = {.journal = journal};
    size_t count = plan->case_count, size;
    char *text;
    int code = file_text(journal->path, &text, &size, diag);
    if (code < 0)
        return code;
    journal->results = arena_array(journal->arena, struct case_result, count);
    journal->passes = arena_array(journal->arena, int64_t, count);
    for (size_t i = 0; i < count; i++)
        journal->results[i].samples =
            arena_array(journal->arena, struct sample, (size_t)plan->rounds + CALIBRATIONS_MAX);
    code = read_lines(&reading, plan, key, text, diag);
    *ret_size = size;
    share_passes(journal);
    free(text);
    return code;
}
