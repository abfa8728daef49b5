/* SPDX-License-Identifier: MIT */
#include "conf.h"

#include "conf_parts.h"

#include <errno.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

/* What libcyaml allocates lives in the arena, with its size before it. */
struct block {
    size_t size;
    _Alignas(max_align_t) char bytes[];
};

/* A list grows entry by entry, so the room is doubled. */
static void *arena_for_cyaml(void *arena, void *bytes, size_t size) {
    struct block *old =
        bytes ? (struct block *)((char *)bytes - offsetof(struct block, bytes)) : NULL;
    struct block *block;

    if (size == 0 || (old && size <= old->size))
        return size == 0 ? NULL : bytes;
    if (old)
        size *= 2;
    block = arena_alloc(arena, sizeof(*block) + size);
    block->size = size;
    if (old)
        memcpy(block->bytes, old->bytes, old->size);
    return block->bytes;
}

/* What libcyaml says has no place and no advice. */
static int refuse(const struct conf *conf, const struct node *root, cyaml_err_t error) {
    int code = conf_explain(conf, &conf_schema, root);

    if (error == CYAML_ERR_OOM)
        return diag_no_memory(conf->diag, "reading '%s'", conf->name);
    if (code == 0)
        return diag_at(conf->diag, (struct origin){.file = conf->name}, -EINVAL,
            "libcyaml does not load it: %s; please report this", cyaml_strerror(error));
    return code;
}

static int load(const struct conf *conf, struct plan_spec *spec) {
    const cyaml_config_t config = {
        .mem_fn = arena_for_cyaml,
        .mem_ctx = conf->arena,
        .flags = CYAML_CFG_NO_ALIAS,
    };
    struct loaded *loaded = NULL;
    struct node *root;
    cyaml_err_t error;
    size_t size;
    char *text;
    int code = conf_tree(conf, &root);

    if (code == 0)
        code = conf_extend(conf, root);
    if (code < 0)
        return code;
    text = conf_emit(root, &size);
    if (!text)
        return diag_no_memory(conf->diag, "reading '%s'", conf->name);
    error = cyaml_load_data(
        (const uint8_t *)text, size, &config, &conf_schema, (cyaml_data_t **)&loaded, NULL);
    free(text);
    if (error != CYAML_OK)
        return refuse(conf, root, error);
    code = conf_fill(conf, root, loaded);
    if (code < 0)
        return code;
    *spec = loaded->spec;
    spec->arena = conf->arena;
    return 0;
}

int conf_load_text(const char *name, const char *text, size_t size, struct plan_spec **ret_spec,
    struct diag *diag) {
    struct plan_spec *spec;
    struct conf conf = {.text = text, .size = size, .diag = diag};
    int code;

    if (size > CONF_FILE_MAX)
        return conf_too_large(name, diag);
    spec = plan_spec_new();
    conf.arena = spec->arena;
    conf.name = arena_strdup(spec->arena, name);
    code = load(&conf, spec);
    if (code < 0) {
        plan_spec_free(spec);
        return code;
    }
    *ret_spec = spec;
    return 0;
}

int conf_load_file(const char *path, struct plan_spec **ret_spec, struct diag *diag) {
    char *text = NULL;
    size_t size = 0;
    int code = conf_read(path, &text, &size, diag);

    if (code == 0)
        code =
            conf_load_text(strcmp(path, "-") == 0 ? CONF_STDIN : path, text, size, ret_spec, diag);
    free(text);
    return code;
}
