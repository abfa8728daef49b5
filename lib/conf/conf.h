/* SPDX-License-Identifier: MIT */
#ifndef CONF_CONF_H
#define CONF_CONF_H

#include "spec.h"

/*
 * YAML -> plan_spec. Checks the shape: keys, kinds of values, one document, UTF-8. Writes out
 * anchors, merge keys and the matrices that have exceptions, and reads the file that a config
 * extends. Names and numbers stay text with their origins; plan_build() checks them.
 */

#define CONF_FILE_MAX (1024 * 1024) /* bytes; a config larger than this is refused unread */

/* Reads the file at `path` ("-": standard input). -EINVAL and a sentence "FILE:LINE:COL: what; what
 * to do" for bad content, another negative errno where it cannot be read. */
int conf_load_file(const char *path, struct plan_spec **ret_spec, struct diag *diag) PCONC_CHECKED;

/* The same from memory; `name` stands for the file in messages. */
int conf_load_text(const char *name, const char *text, size_t size, struct plan_spec **ret_spec,
    struct diag *diag) PCONC_CHECKED;

#endif
