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

/* The document as a tree. -EINVAL for errors of syntax, anchors, repeated keys, keys without a
 * value, lists that are empty or too long, deep nesting, and a second document. */
int conf_tree(const struct conf *conf, struct node **ret_root) PCONC_CHECKED;

/* The sentence for what libyaml cannot parse. */
int conf_syntax_error(const struct conf *conf, const yaml_parser_t *parser) PCONC_CHECKED;

/* The child under `key`; NULL: there is none. `mapping` may be NULL. */
const struct node *node_child(const struct node *mapping, const char *key);

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

#endif
