/* SPDX-License-Identifier: MIT */
#ifndef STORE_STORE_PARTS_H
#define STORE_STORE_PARTS_H

#include "json_node.h"
#include "result.h"

/* Between the files that load saved results. Errors are in the document (json_node.h). */

struct gate_verdict;

/* A workload or an executor of the document: a name and parameters. */
struct owner {
    const char *kind, *key; /* "workloads", "PATH:NAME" */
    struct workload workload;
    struct executor executor;
};

struct loader {
    struct arena *arena; /* the document's */
    struct plan *plan;
    struct session *session;
    struct owner **owners;
    size_t owner_count, owner_room;
    bool is_comparison; /* cases have several samples in a round */
    bool has_tables;    /* the document has parameter tables */
};

/* store_file.c: the whole of a file as text that ends in '\0'; free() it. */
int file_text(const char *path, char **ret_text, size_t *ret_size, struct diag *diag) PCONC_CHECKED;

/* store.c: a session without its comparison, in the document's arena. NULL: refused. */
struct session *load_session(const struct json_node *root, bool is_comparison);

/* The parts of a session, in this order. Nothing was refused before. */
void load_tables(struct loader *loader, const struct json_node *root);   /* store_params.c */
void load_cases(struct loader *loader, const struct json_node *root);    /* store_cases.c */
void load_sections(struct loader *loader, const struct json_node *root); /* store_sections.c */
void load_checks(struct loader *loader, const struct json_node *root);   /* store_checks.c */

/* store_params.c: workload, plug-in and executor of a case, and the values of their parameters. */
void load_case_params(
    struct loader *loader, const struct json_node *node, struct bench_case *ret_case);

/* store_comparison.c: judges the comparison of the document again; NULL: there is none. */
struct gate_verdict *load_comparison(struct session *session, const struct json_node *root);

#endif
