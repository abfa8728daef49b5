/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include "words.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

/* The key 'extends': a config takes what it does not say itself from another file. */

const char *conf_beside(struct arena *arena, const char *file, const char *path) {
    const char *slash = strrchr(file, '/');

    if (path[0] == '/')
        return path;
    if (strncmp(path, "./", 2) == 0)
        path += 2;
    /* "-" alone would be standard input */
    return slash ? arena_printf(arena, "%.*s/%s", (int)(slash - file), file, path)
                 : arena_printf(arena, "%s%s", strcmp(path, "-") == 0 ? "./" : "", path);
}

/* Whether two paths are of one file. */
static bool same_file(const char *a, const char *b) {
    struct stat one, other;

    return stat(a, &one) == 0 && stat(b, &other) == 0 && one.st_dev == other.st_dev
        && one.st_ino == other.st_ino;
}

/* Only one level, so that a reader finds every value in one of two files. */
static int refuse_more(const struct conf *conf, const struct node *again, const char *by) {
    const char *path =
        again->kind == NODE_VALUE ? conf_beside(conf->arena, conf->name, again->text) : "";

    if (same_file(path, by))
        return diag_at(conf->diag, again->key_origin, -EINVAL,
            "this file and '%s' extend each other; remove one 'extends'", shown(by).text);
    return diag_at(conf->diag, again->key_origin, -EINVAL,
        "'%s' extends this file, so it cannot extend another; put what both need into one file",
        shown(by).text);
}

static int read_tree(
    const struct conf *conf, const struct node *extends, const char *path, struct node **ret_root) {
    struct conf other = {.name = path, .arena = conf->arena, .diag = conf->diag};
    char *text = NULL;
    int code = conf_read(path, &text, &other.size, conf->diag);

    other.text = text;
    if (code == 0 && other.size > CONF_FILE_MAX)
        code = conf_too_large(path, conf->diag);
    if (code < 0) {
        diag_prefix(conf->diag, "%s: 'extends'", place(extends->origin).text);
        free(text);
        return code;
    }
    code = conf_tree(&other, ret_root);
    if (code == 0 && (*ret_root)->kind != NODE_MAPPING)
        code = node_wrong_kind(&other, *ret_root, "a mapping", "");
    if (code == 0 && node_child(*ret_root, "extends"))
        code = refuse_more(&other, node_child(*ret_root, "extends"), conf->name);
    free(text);
    return code;
}

/* Keys that only hold what anchors name. */
static void drop_notes(struct node *root) {
    for (struct node **at = &root->first; *at;) {
        if (strncmp((*at)->key, "x-", 2) == 0) {
            *at = (*at)->next;
            root->count--;
        } else {
            at = &(*at)->next;
        }
    }
}

int conf_extend(const struct conf *conf, struct node *root) {
    struct node *extends = NULL, *other = NULL;
    const char *path;
    int code;

    if (root->kind != NODE_MAPPING)
        return 0;
    extends = node_take(root, "extends");
    drop_notes(root);
    if (!extends)
        return 0;
    if (extends->kind != NODE_VALUE)
        return node_not_value(conf, extends);
    path = conf_beside(conf->arena, extends->origin.file, extends->text);
    if (same_file(path, conf->name))
        return diag_at(
            conf->diag, extends->origin, -EINVAL, "this file extends itself; name another file");
    code = read_tree(conf, extends, path, &other);
    if (code < 0)
        return code;
    drop_notes(other);
    return node_add_missing(conf, root, other);
}
