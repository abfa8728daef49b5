/* SPDX-License-Identifier: MIT */
#ifndef STORE_STORE_PARTS_H
#define STORE_STORE_PARTS_H

#include "json_node.h"
#include "result.h"

/* Between the files that load saved results; for nobody else. */

/* Who has a table of parameters, by name. */
struct table_set {
    struct {
        const char *name;
        const void *owner; /* a struct workload or executor */
    } * items;
    size_t count, room;
};

struct loader {
    struct json_document document;
    struct plan *plan;
    struct session *session;
    struct table_set workloads, executors;
    bool is_comparison; /* whose cases have several samples in a round */
    bool has_tables;    /* the document tells of them */
};

/* store_file.c: the whole of a file as text that ends in '\0'; free() it. */
int file_text(const char *path, char **ret_text, size_t *ret_size, struct diag *diag) PCONC_CHECKED;

struct gate_verdict;

/* store_params.c: the tables that the document tells of. Files of the first days tell of none. */
int load_tables(struct loader *loader, const struct json_node *root) PCONC_CHECKED;
/* Fills in workload, its plug-in (a path; NULL: built in), executor and the values of their
 * parameters. */
int load_case_params(struct loader *loader, const struct json_node *node, const char *plugin,
    struct bench_case *ret_case) PCONC_CHECKED;

/* store.c: a session, all but a comparison. It lives in the document's arena. */
int load_session(const struct json_document *document, const struct json_node *root,
    bool is_comparison, struct loader *ret_loader) PCONC_CHECKED;

/* store_checks.c; after the cases. */
int load_checks(struct loader *loader, const struct json_node *root) PCONC_CHECKED;

/* store_compared.c: sessions that were compared, of which that of the loader is one. */
int load_compared(struct loader *loader, const struct json_node *comparison,
    struct gate_verdict **ret_gate) PCONC_CHECKED;

/* store_cases.c */
int load_cases(struct loader *loader, const struct json_node *root) PCONC_CHECKED;
/* store_comparison.c; after the sections. *ret_gate is left alone if there is none. */
int load_comparison(struct loader *loader, const struct json_node *root,
    struct gate_verdict **ret_gate) PCONC_CHECKED;
/* store_sections.c; after the cases. */
int load_sections(struct loader *loader, const struct json_node *root) PCONC_CHECKED;

/* Members of that name. */
int load_number(const struct json_node *node, const char *key, double *ret_number) PCONC_CHECKED;
int load_bool(const struct json_node *node, const char *key, bool *ret_value) PCONC_CHECKED;
int load_text(const struct json_node *node, const char *key, const char **ret_text) PCONC_CHECKED;
/* A share from 0 to THRESHOLD_MAX. */
int node_threshold(const struct json_node *node, double *ret_threshold) PCONC_CHECKED;
/* The case that a text names, or -1 for null. */
int load_case_name(const struct loader *loader, const struct json_node *node, const char *key,
    ptrdiff_t *ret_index) PCONC_CHECKED;

#endif
