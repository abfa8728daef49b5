/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include "words.h"

#include <errno.h>
#include <string.h>

/* Anchors, aliases and merge keys: what is written once and used several times. The copies share
 * their children, so they cost no memory here, but libcyaml reads them written out. */

#define ANCHORS_MAX 1000
#define NODES_MAX 100000 /* that aliases add */

struct anchor {
    const char *name;
    const struct node *node;
    bool is_open; /* its value is being read */
};

/* The last one of that name, as YAML wants it. */
static struct anchor *find(const struct anchors *anchors, const char *name) {
    for (size_t i = anchors->count; i-- > 0;)
        if (strcmp(anchors->items[i].name, name) == 0)
            return &anchors->items[i];
    return NULL;
}

int anchor_open(
    const struct conf *conf, struct anchors *anchors, const char *name, const struct node *node) {
    if (anchors->count == ANCHORS_MAX)
        return diag_at(conf->diag, node->origin, -EINVAL,
            "'&%s' is one anchor too many; a config can have %d", shown(name).text, ANCHORS_MAX);
    anchors->items = arena_grown(
        conf->arena, anchors->items, anchors->count, &anchors->room, sizeof(*anchors->items));
    anchors->items[anchors->count++] =
        (struct anchor){arena_strdup(conf->arena, name), node, .is_open = true};
    return 0;
}

void anchor_close(struct anchors *anchors, const struct node *node) {
    for (size_t i = anchors->count; i-- > 0;)
        if (anchors->items[i].node == node) {
            anchors->items[i].is_open = false;
            return;
        }
}

static int count_written_out(
    const struct conf *conf, struct anchors *anchors, const char *name, const struct node *node) {
    anchors->nodes += node->nodes;
    anchors->bytes += node->bytes;
    if (anchors->nodes <= NODES_MAX && anchors->bytes <= CONF_FILE_MAX)
        return 0;
    return diag_at(conf->diag, node->origin, -EINVAL,
        "with '*%s' the aliases of this config stand for more than %d values or %d KiB; use fewer",
        shown(name).text, NODES_MAX, CONF_FILE_MAX / 1024);
}

int alias_write_out(const struct conf *conf, struct anchors *anchors, const char *name, int depth,
    struct node *node) {
    const struct anchor *anchor = find(anchors, name);
    const struct node *named = anchor ? anchor->node : NULL;

    if (!anchor)
        return diag_at(conf->diag, node->origin, -EINVAL,
            "'*%s' names no anchor above; write '&%s' before the value that it stands for",
            shown(name).text, shown(name).text);
    if (anchor->is_open)
        return diag_at(conf->diag, node->origin, -EINVAL,
            "'*%s' stands for a value that contains it; name another anchor", shown(name).text);
    if (depth + named->height > DEPTH_MAX)
        return diag_at(conf->diag, node->origin, -EINVAL,
            "lists and mappings are nested too deep with '*%s'; write the value out",
            shown(name).text);
    node->kind = named->kind;
    node->text = named->text;
    node->first = named->first;
    node->count = named->count;
    node->nodes = named->nodes;
    node->bytes = named->bytes;
    node->height = named->height;
    if (count_written_out(conf, anchors, name, node) < 0)
        return -EINVAL;
    if (node->kind == NODE_VALUE)
        node->origin = named->origin; /* where the text is that may be wrong */
    return 0;
}

struct node *node_take(struct node *mapping, const char *key) {
    for (struct node **at = &mapping->first; *at; at = &(*at)->next) {
        struct node *taken = *at;
        if (strcmp(taken->key, key) != 0)
            continue;
        *at = taken->next;
        mapping->count--;
        return taken;
    }
    return NULL;
}

int node_add_missing(const struct conf *conf, struct node *mapping, const struct node *from) {
    struct node **last = &mapping->first;

    while (*last)
        last = &(*last)->next;
    for (const struct node *child = from->first; child; child = child->next) {
        if (node_child(mapping, child->key))
            continue;
        if (mapping->count == KEYS_MAX)
            return diag_at(conf->diag, child->key_origin, -EINVAL,
                "'%s' is one key too many; a mapping can have %d keys", shown(child->key).text,
                KEYS_MAX);
        *last = arena_alloc(conf->arena, sizeof(**last));
        **last = *child;
        (*last)->next = NULL;
        last = &(*last)->next;
        mapping->count++;
    }
    return 0;
}

int merge_write_out(const struct conf *conf, struct node *mapping) {
    const struct node *merge = node_child(mapping, "<<"), *source;
    int code = 0;

    if (!merge || !merge->merges)
        return 0;
    merge = node_take(mapping, "<<");
    source = merge->kind == NODE_LIST ? merge->first : merge;
    for (; source && code == 0; source = source == merge ? NULL : source->next) {
        if (source->kind != NODE_MAPPING)
            return node_wrong_kind(
                conf, source, "a mapping or a list of mappings", "write '<<: *NAME'");
        code = node_add_missing(conf, mapping, source);
    }
    return code;
}
