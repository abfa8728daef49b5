/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include "words.h"

#include <ctype.h>
#include <errno.h>
#include <string.h>

static int check_name(const struct conf *conf, const struct node *node) {
    const char *at = node->key;

    if (*at && !isdigit((unsigned char)*at))
        while (isalnum((unsigned char)*at) || *at == '_')
            at++;
    if (*at || at == node->key)
        return diag_at(conf->diag, node->key_origin, -EINVAL,
            "'%s' cannot be the name of a variable; names are made of letters, digits and '_', and "
            "do not begin with a digit",
            shown(node->key).text);
    if (node->kind != NODE_VALUE)
        return diag_at(conf->diag, node->origin, -EINVAL,
            "the variable '%s' needs a single value; write %s: VALUE", node->key, node->key);
    return 0;
}

/* In single quotes, as command_split reads it. */
static const char *quoted(struct arena *arena, const char *value) {
    const char *text = "'";

    for (const char *end; (end = strchr(value, '\'')); value = end + 1)
        text = arena_printf(arena, "%s%.*s'\\''", text, (int)(end - value), value);
    return arena_printf(arena, "%s%s'", text, value);
}

int conf_env(const struct conf *conf, const struct node *env, struct spec_text *ret_text) {
    const char *text = "";

    if (env->kind != NODE_MAPPING)
        return diag_at(
            conf->diag, env->origin, -EINVAL, "env needs a mapping; write 'env: {NAME: VALUE}'");
    for (const struct node *node = env->first; node; node = node->next) {
        int code = check_name(conf, node);
        if (code < 0)
            return code;
        text = arena_printf(conf->arena, "%s%s%s=%s", text, *text ? " " : "", node->key,
            quoted(conf->arena, node->text));
    }
    *ret_text = (struct spec_text){.text = text, .origin = env->origin};
    return 0;
}
