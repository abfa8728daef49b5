/* SPDX-License-Identifier: MIT */
#include "conf_walk.h"

#include <errno.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

static int no_memory(struct walk *walk) {
    return diag_set(walk->diag, -ENOMEM, "no memory left to read '%s'; free some", walk->name);
}

int walk_open(struct walk *walk) {
    if (!yaml_parser_initialize(&walk->parser))
        return no_memory(walk);
    if (!yaml_emitter_initialize(&walk->emitter)) {
        yaml_parser_delete(&walk->parser);
        return no_memory(walk);
    }
    walk->copy = open_memstream(&walk->walked->copy, &walk->walked->copy_size);
    if (!walk->copy) {
        yaml_parser_delete(&walk->parser);
        yaml_emitter_delete(&walk->emitter);
        return no_memory(walk);
    }
    yaml_parser_set_encoding(&walk->parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&walk->parser, (const unsigned char *)walk->text, walk->size);
    yaml_emitter_set_output_file(&walk->emitter, walk->copy);
    yaml_emitter_set_width(&walk->emitter, -1);
    return 0;
}

int walk_close(struct walk *walk, int r) {
    if (!walk->copy)
        return r;
    yaml_event_delete(&walk->event);
    yaml_parser_delete(&walk->parser);
    yaml_emitter_delete(&walk->emitter);
    if (fclose(walk->copy) != 0 && r == 0)
        r = no_memory(walk);
    walk->copy = NULL;
    return r;
}

int walk_next(struct walk *walk) {
    yaml_event_delete(&walk->event);
    if (!yaml_parser_parse(&walk->parser, &walk->event))
        return walk->parser.error == YAML_MEMORY_ERROR ? no_memory(walk) : walk_refuse_syntax(walk);
    return walk_refuse_event(walk);
}

struct origin walk_origin(const struct walk *walk) {
    return (struct origin){
        .file = walk->name,
        .line = (int)walk->event.start_mark.line + 1,
        .column = (int)walk->event.start_mark.column + 1,
    };
}

bool walk_is_nothing(const struct walk *walk) {
    return walk->event.type == YAML_SCALAR_EVENT && walk->event.data.scalar.length == 0
        && walk->event.data.scalar.style == YAML_PLAIN_SCALAR_STYLE;
}

void walk_enter(struct walk *walk, struct origin key, const char *format, ...) {
    struct origin value = walk_origin(walk);
    size_t room = sizeof(walk->path) - walk->path_length;
    va_list args;

    va_start(args, format);
    vsnprintf(walk->path + walk->path_length, room, format, args);
    va_end(args);
    walk->path_length += strlen(walk->path + walk->path_length);
    places_add(&walk->walked->places,
        &(struct place_entry){
            .path = walk->path,
            .key_line = key.line,
            .key_column = key.column,
            .line = value.line,
            .column = value.column,
        });
}

void walk_leave(struct walk *walk, size_t path_length) {
    walk->path_length = path_length;
    walk->path[path_length] = '\0';
}

/* The emitter takes what the event owns. Filling an event fails for want of memory alone. */
static int emit(struct walk *walk, int filled, yaml_event_t *event) {
    return filled && yaml_emitter_emit(&walk->emitter, event) ? 0 : no_memory(walk);
}

int walk_emit_begin(struct walk *walk) {
    yaml_event_t event;
    int r = emit(walk, yaml_stream_start_event_initialize(&event, YAML_UTF8_ENCODING), &event);

    return r == 0
        ? emit(walk, yaml_document_start_event_initialize(&event, NULL, NULL, NULL, 1), &event)
        : r;
}

int walk_emit_end(struct walk *walk) {
    yaml_event_t event;
    int r = emit(walk, yaml_document_end_event_initialize(&event, 1), &event);

    return r == 0 ? emit(walk, yaml_stream_end_event_initialize(&event), &event) : r;
}

int walk_emit_mapping_start(struct walk *walk) {
    yaml_event_t event;
    int filled =
        yaml_mapping_start_event_initialize(&event, NULL, NULL, 1, YAML_FLOW_MAPPING_STYLE);

    return emit(walk, filled, &event);
}

int walk_emit_mapping_end(struct walk *walk) {
    yaml_event_t event;

    return emit(walk, yaml_mapping_end_event_initialize(&event), &event);
}

int walk_emit_list_start(struct walk *walk) {
    yaml_event_t event;
    int filled =
        yaml_sequence_start_event_initialize(&event, NULL, NULL, 1, YAML_FLOW_SEQUENCE_STYLE);

    return emit(walk, filled, &event);
}

int walk_emit_list_end(struct walk *walk) {
    yaml_event_t event;

    return emit(walk, yaml_sequence_end_event_initialize(&event), &event);
}

int walk_emit_scalar(struct walk *walk) {
    yaml_event_t event;
    int filled = yaml_scalar_event_initialize(&event, NULL, NULL, walk->event.data.scalar.value,
        (int)walk->event.data.scalar.length, 1, 1, YAML_DOUBLE_QUOTED_SCALAR_STYLE);

    return emit(walk, filled, &event);
}
