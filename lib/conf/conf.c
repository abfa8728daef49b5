/* SPDX-License-Identifier: MIT */
#include "conf.h"

#include "conf_parts.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Keeps the first thing that libcyaml complains of. */
struct complaint {
    char text[256];
};

__attribute__((format(printf, 3, 0))) static void keep_complaint(
    cyaml_log_t level, void *context, const char *format, va_list args) {
    struct complaint *complaint = context;

    if (level != CYAML_LOG_ERROR || complaint->text[0] != '\0')
        return;
    vsnprintf(complaint->text, sizeof(complaint->text), format, args);
    complaint->text[strcspn(complaint->text, "\n")] = '\0';
}

/* The walk has refused all that libcyaml would, in better words and with the place; what is left
 * for libcyaml to complain of is a want of memory, or a mistake in our schema. */
static int refuse(
    const char *name, cyaml_err_t error, const struct complaint *complaint, struct diag *diag) {
    struct origin origin = {.file = name};

    if (error == CYAML_ERR_OOM)
        return diag_at(diag, origin, -ENOMEM, "no memory left to load it; free some");
    return diag_at(diag, origin, -EINVAL, "libcyaml does not load it: %s (%s); please report this",
        complaint->text[0] ? complaint->text : "no reason given", cyaml_strerror(error));
}

static int load_walked(
    const char *name, const struct walked *walked, struct plan_spec *spec, struct diag *diag) {
    struct complaint complaint = {""};
    const cyaml_config_t config = {
        .log_fn = keep_complaint,
        .log_ctx = &complaint,
        .mem_fn = cyaml_mem,
        .log_level = CYAML_LOG_ERROR,
        .flags = CYAML_CFG_NO_ALIAS,
    };
    const cyaml_schema_value_t *schema = conf_schema(spec->arena, &walked->names);
    struct loaded *loaded = NULL;
    cyaml_err_t error;
    int r;

    error = cyaml_load_data((const uint8_t *)walked->copy, walked->copy_size, &config, schema,
        (cyaml_data_t **)&loaded, NULL);
    if (error != CYAML_OK)
        return refuse(name, error, &complaint, diag);
    r = conf_fill(name, loaded, walked, spec, diag);
    cyaml_free(&config, schema, loaded, 0);
    return r;
}

int conf_load_text(const char *name, const char *text, size_t size, struct plan_spec **ret_spec,
    struct diag *diag) {
    struct arena *scratch = arena_new();
    struct plan_spec *spec = plan_spec_new();
    struct walked walked = {0};
    int r;

    if (size > CONF_FILE_MAX)
        r = conf_too_large(name, diag);
    else
        r = conf_walk(name, text, size, scratch, &walked, diag);
    if (r == 0)
        r = load_walked(name, &walked, spec, diag);
    if (r == 0) {
        *ret_spec = spec;
        spec = NULL;
    }
    free(walked.copy);
    plan_spec_free(spec);
    arena_free(scratch);
    return r;
}

int conf_load_file(const char *path, struct plan_spec **ret_spec, struct diag *diag) {
    char *text = NULL;
    size_t size = 0;
    int r = conf_read(path, &text, &size, diag);

    if (r < 0)
        return r;
    r = conf_load_text(strcmp(path, "-") == 0 ? CONF_STDIN : path, text, size, ret_spec, diag);
    free(text);
    return r;
}
