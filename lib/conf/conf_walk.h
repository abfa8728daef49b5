/* SPDX-License-Identifier: MIT */
#ifndef CONF_CONF_WALK_H
#define CONF_CONF_WALK_H

#include "conf_parts.h"

#include <stdio.h>
#include <yaml.h>

/* One step of the walk at a time: libyaml's events in, the copy's events out, sentences. */

struct walk {
    const char *name; /* stands for the file in sentences */
    const char *text;
    size_t size;
    struct diag *diag;
    struct arena *arena;
    struct walked *walked;
    yaml_parser_t parser;
    yaml_event_t event; /* the one that the walk stands on; its texts live until the next */
    yaml_emitter_t emitter;
    FILE *copy;
    char path[192]; /* "runs[0].params.low": schema, name length and entry limits bound it */
    size_t path_length;
};

int walk_open(struct walk *walk) PCONC_CHECKED;
/* Returns `r`, or the negative errno of finishing the copy. */
int walk_close(struct walk *walk, int r) PCONC_CHECKED;

/* The next event. Refuses what is no YAML, and anchors, aliases, tags and NUL bytes anywhere. */
int walk_next(struct walk *walk) PCONC_CHECKED;

/* Where the event begins. */
struct origin walk_origin(const struct walk *walk);

/* Whether the event is a value that was left out, as after "key:". */
bool walk_is_nothing(const struct walk *walk);

/* Adds a part to the path, and remembers that its value stands here and its key at `key`. */
void walk_enter(struct walk *walk, struct origin key, const char *format, ...) PCONC_PRINTF(3, 4);
void walk_leave(struct walk *walk, size_t path_length);

int walk_emit_begin(struct walk *walk) PCONC_CHECKED;
int walk_emit_end(struct walk *walk) PCONC_CHECKED;
int walk_emit_mapping_start(struct walk *walk) PCONC_CHECKED;
int walk_emit_mapping_end(struct walk *walk) PCONC_CHECKED;
int walk_emit_list_start(struct walk *walk) PCONC_CHECKED;
int walk_emit_list_end(struct walk *walk) PCONC_CHECKED;
int walk_emit_scalar(struct walk *walk) PCONC_CHECKED; /* the event's */

/* Sentences, in conf_refuse.c. */
int walk_refuse_syntax(struct walk *walk) PCONC_CHECKED; /* what the parser stopped at */
int walk_refuse_event(struct walk *walk) PCONC_CHECKED;  /* 0 if there is nothing to refuse */
int walk_refuse_nothing(struct walk *walk, const char *key) PCONC_CHECKED;
/* The event is not what `wanted` stands for. `key` NULL: the whole config. */
int walk_refuse_kind(
    struct walk *walk, const cyaml_schema_value_t *wanted, const char *key) PCONC_CHECKED;

#endif
