/* SPDX-License-Identifier: MIT */
#ifndef CONF_CONF_PARTS_H
#define CONF_CONF_PARTS_H

#include "conf.h"

#include <cyaml/cyaml.h>
#include <yaml.h>

/* For the conf_*.c files only. README.md says what each does. */

enum node_kind { NODE_VALUE, NODE_LIST, NODE_MAPPING };

/* A value of the document, and its place. */
struct node {
    enum node_kind kind;
    const char *text;         /* of a single value */
    struct node *first;       /* of a list or mapping; NULL: it is empty */
    size_t count;             /* of its children */
    const char *key;          /* the key of the value, or of the list it is in; NULL: of the root */
    bool is_entry;            /* of a list */
    bool merges;              /* its key is '<<', without quotes */
    size_t nodes, bytes;      /* with all that is below it, and aliases written out */
    int height;               /* lists and mappings in each other, itself among them */
    struct origin key_origin; /* of an entry: unset */
    struct origin origin;
    struct node *next; /* in the same list or mapping */
};

/* One config while it is read. */
struct conf {
    const char *name; /* stands for the file in sentences */
    const char *text;
    size_t size;
    struct arena *arena; /* the spec's; the nodes live in it as well */
    struct diag *diag;
};

/* What libcyaml loads. */
struct loaded {
    struct plan_spec spec;      /* without what may be a value or a list, and without parameters */
    struct spec_text threshold; /* of runs that have none */
};

/* The format of a config. CYAML_IGNORE stands for what libcyaml cannot load. A text's field is a
 * struct spec_text, of which libcyaml fills the text. */
extern const cyaml_schema_value_t conf_schema;
extern const cyaml_schema_field_t conf_run_fields[], conf_check_fields[];

/* The field for `key`, or the one that ends the fields. */
const cyaml_schema_field_t *conf_field(const cyaml_schema_field_t *fields, const char *key);

#define CONF_STDIN "<stdin>" /* what "-" is called in sentences */

int conf_too_large(const char *name, struct diag *diag) PCONC_CHECKED;

/* At most one byte more than CONF_FILE_MAX. The caller frees *ret_text, also on failure. */
int conf_read(const char *path, char **ret_text, size_t *ret_size, struct diag *diag) PCONC_CHECKED;

/* The document as a tree, in which aliases and merge keys are written out. -EINVAL for errors of
 * syntax, repeated keys, keys without a value, lists that are empty or too long, deep nesting, too
 * much that is written out, and a second document. */
int conf_tree(const struct conf *conf, struct node **ret_root) PCONC_CHECKED;

/* {NAME: VALUE, ...} as the text of a parameter: NAME='VALUE' ... */
int conf_env(
    const struct conf *conf, const struct node *env, struct spec_text *ret_text) PCONC_CHECKED;

#define KEYS_MAX 128 /* of a mapping */
#define DEPTH_MAX 8  /* lists and mappings in each other; the schema has 7 */

/* The anchors of a document while it is read, and what aliases have added to it. */
struct anchors {
    struct anchor *items;
    size_t count, room;
    size_t nodes, bytes;
};

/* Names the value `node`, which is read now. Aliases may name it after anchor_close(). */
int anchor_open(const struct conf *conf, struct anchors *anchors, const char *name,
    const struct node *node) PCONC_CHECKED;
void anchor_close(struct anchors *anchors, const struct node *node);

/* Makes `node`, which stands `depth` deep, a copy of the value that `name` names. */
int alias_write_out(const struct conf *conf, struct anchors *anchors, const char *name, int depth,
    struct node *node) PCONC_CHECKED;

/* Replaces the key '<<' of a mapping, if it has one, by the keys of the mappings that it names and
 * that the mapping does not have itself. */
int merge_write_out(const struct conf *conf, struct node *mapping) PCONC_CHECKED;

/* Takes the keys at the top off that begin with 'x-', and adds those of the file that the key
 * 'extends' names and the tree does not have itself. */
int conf_extend(const struct conf *conf, struct node *root) PCONC_CHECKED;

/* The path that `file` means by `path`: relative ones count from its folder. */
const char *conf_beside(struct arena *arena, const char *file, const char *path);

/* The tree as YAML that libcyaml reads. The caller frees it. NULL: no memory. */
char *conf_emit(const struct node *root, size_t *ret_size);

/* The sentence for what libyaml cannot parse. */
int conf_syntax_error(const struct conf *conf, const yaml_parser_t *parser) PCONC_CHECKED;

/* The child under `key`; NULL: there is none. `mapping` may be NULL. */
const struct node *node_child(const struct node *mapping, const char *key);

/* Takes the child under `key` out of the mapping; NULL: there is none. */
struct node *node_take(struct node *mapping, const char *key);

/* Adds copies of the children of `from` that `mapping` has no key of. */
int node_add_missing(
    const struct conf *conf, struct node *mapping, const struct node *from) PCONC_CHECKED;

/* "'KEY' must be a list, not a mapping; ADVICE". Returns -EINVAL. */
int node_wrong_kind(const struct conf *conf, const struct node *node, const char *wanted,
    const char *advice) PCONC_CHECKED;
int node_not_value(const struct conf *conf, const struct node *node) PCONC_CHECKED;

/* The sentence for what libcyaml has refused: for the first place in `node` that does not follow
 * the schema. 0: there is none. */
int conf_explain(const struct conf *conf, const cyaml_schema_value_t *schema,
    const struct node *node) PCONC_CHECKED;

/* Puts into the loaded spec the places of its texts, and what libcyaml cannot load. */
int conf_fill(
    const struct conf *conf, const struct node *root, struct loaded *loaded) PCONC_CHECKED;

/* A value, or a list of them. */
int fill_list(
    const struct conf *conf, const struct node *node, struct spec_list *ret_list) PCONC_CHECKED;

/* Whether `node` may be the name of a parameter. */
int check_param_name(const struct conf *conf, const struct node *node) PCONC_CHECKED;

/* "'KEY' is in the matrix and also in line LINE". Returns -EINVAL. */
int refuse_both(const struct conf *conf, const struct node *plain, const struct node *varied);

struct run_list {
    struct run_spec *items;
    size_t count, room;
};

/* Adds `run`, which was filled from `node`; if its matrix has include or exclude, a run for each
 * combination of its values. */
int matrix_add_runs(const struct conf *conf, const struct node *node, const struct run_spec *run,
    struct run_list *runs) PCONC_CHECKED;

#endif
