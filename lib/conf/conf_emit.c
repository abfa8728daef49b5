/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include <stdio.h>
#include <stdlib.h>

/* The code of a character of UTF-8 that libyaml has checked, and its bytes. */
static unsigned long code_of(const unsigned char *text, int *ret_bytes) {
    static const unsigned char masks[] = {0, 0x7F, 0x1F, 0x0F, 0x07};
    int bytes = text[0] < 0x80 ? 1 : text[0] < 0xE0 ? 2 : text[0] < 0xF0 ? 3 : 4;
    unsigned long code = text[0] & masks[bytes];

    for (int i = 1; i < bytes; i++)
        code = code << 6 | (text[i] & 0x3F);
    *ret_bytes = bytes;
    return code;
}

/* In quotes, with everything but plain ASCII as its code, so that nothing is folded or stripped. */
static void emit_text(FILE *out, const char *text) {
    const unsigned char *at = (const unsigned char *)text;
    int bytes;

    putc('"', out);
    for (; *at; at += bytes) {
        unsigned long code = code_of(at, &bytes);
        if (code >= 0x20 && code < 0x7F && code != '"' && code != '\\')
            putc((int)code, out);
        else
            fprintf(out, "\\U%08lX", code);
    }
    putc('"', out);
}

/* conf_tree() bounds how deep this goes. The '?' allows keys of any length. */
static void emit(FILE *out, const struct node *node) {
    if (node->kind == NODE_VALUE) {
        emit_text(out, node->text);
        return;
    }
    putc(node->kind == NODE_LIST ? '[' : '{', out);
    for (const struct node *child = node->first; child; child = child->next) {
        if (node->kind == NODE_MAPPING) {
            fputs("? ", out);
            emit_text(out, child->key);
            fputs(" : ", out);
        }
        emit(out, child);
        fputs(child->next ? ",\n" : "", out);
    }
    putc(node->kind == NODE_LIST ? ']' : '}', out);
}

char *conf_emit(const struct node *root, size_t *ret_size) {
    char *text = NULL;
    FILE *out = open_memstream(&text, ret_size);
    bool failed;

    if (!out)
        return NULL;
    emit(out, root);
    failed = ferror(out);
    if (fclose(out) != 0 || failed) {
        free(text);
        return NULL;
    }
    return text;
}
