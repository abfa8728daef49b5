/* SPDX-License-Identifier: MIT */
#ifndef CONF_CONF_PARTS_H
#define CONF_CONF_PARTS_H

#include "conf.h"

#include <cyaml/cyaml.h>

/*
 * Between the files that read a config; for nobody else. In this order:
 *
 *   conf_read     the file's bytes
 *   conf_walk     a pass over libyaml's events, along the schema: says in good words, with line and
 *                 column, what is wrong with the shape; keeps where each value stands; and copies
 *                 the document for libcyaml
 *   libcyaml      loads the copy into the structures below
 *   conf_fill     these structures and positions -> plan_spec
 *
 * libcyaml keeps no positions, has no "one value or a list of them" and no mapping with free keys.
 * So in the copy a single value that may be a list has been put in brackets, and the names of
 * parameters become part of the schema as the walk finds them.
 */

#define CONF_NAMES_MAX 128      /* different parameter names in one file */
#define CONF_NAME_LENGTH_MAX 64 /* of one, in bytes */
#define CONF_ENTRIES_MAX 10000  /* of a list: a plan has no more cases */

/* What libcyaml loads. Texts are NULL and counts 0 where the file gives nothing. */
struct texts {
    char **items;
    uint32_t count;
};

struct loaded_matrix {
    struct texts executor, workers, jobs;
    struct texts *params, *pool; /* by index into the names */
};

struct loaded_run {
    char *name, *workload, *prepare, *cleanup, *threshold;
    struct texts executor, workers, jobs;
    char **params, **pool; /* by index into the names */
    struct loaded_matrix *matrix;
};

struct loaded_check {
    char *texts[CHECK_KEYS];
};

struct loaded {
    char *rounds, *warmup, *seed, *timeout, *slow_task, *threshold;
    struct texts plugins;
    struct loaded_run *runs;
    uint32_t run_count;
    struct loaded_check *checks;
    uint32_t check_count;
};

/* Parameter names. */
struct names {
    const char *items[CONF_NAMES_MAX];
    size_t count;
};

/* The format of a config, with `names` as the keys of params and pool. NULL: any key may stand
 * there, for conf_walk alone. Lives in the arena. */
const cyaml_schema_value_t *conf_schema(struct arena *arena, const struct names *names);

/* Whether the mapping takes any key; the schema of its values is that of its only field then. */
bool conf_takes_any_key(const cyaml_schema_value_t *mapping);

/* Where values stand, by their path: "runs[0].matrix.params.low[1]". */
struct place_entry {
    const char *path;
    int key_line, key_column; /* from 1; of the key, or of the value itself in a list */
    int line, column;         /* of the value */
};

struct places {
    struct arena *arena;
    struct place_entry *entries;
    size_t count, room;
};

void places_add(struct places *places, const struct place_entry *entry); /* copies the path */
void places_sort(struct places *places);
const struct place_entry *places_find(const struct places *places, const char *path);

#define CONF_STDIN "<stdin>" /* what "-" is called in sentences */

int conf_too_large(const char *name, struct diag *diag) PCONC_CHECKED;

/* The bytes of a file, at most one more than CONF_FILE_MAX, to be freed by the caller. */
int conf_read(const char *path, char **ret_text, size_t *ret_size, struct diag *diag) PCONC_CHECKED;

/* What the walk leaves. */
struct walked {
    struct names names;
    struct places places; /* sorted */
    char *copy;           /* of the document, for libcyaml; freed by the caller, also on failure */
    size_t copy_size;
};

/* `arena` gets the names and paths. */
int conf_walk(const char *name, const char *text, size_t size, struct arena *arena,
    struct walked *walked, struct diag *diag) PCONC_CHECKED;

/* Adds what was loaded to an empty spec. `name` stands for the file in its origins. */
int conf_fill(const char *name, const struct loaded *loaded, const struct walked *walked,
    struct plan_spec *spec, struct diag *diag) PCONC_CHECKED;

#endif
