/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include <errno.h>
#include <string.h>

/* Sentences for what libyaml cannot parse. */

/* The place of a byte; columns count characters. */
static struct origin origin_of(const struct conf *conf, size_t offset) {
    struct origin origin = {.file = conf->name, .line = 1, .column = 1};

    for (size_t i = 0; i < offset && i < conf->size; i++) {
        if (conf->text[i] == '\n') {
            origin.line++;
            origin.column = 1;
        } else if (((unsigned char)conf->text[i] & 0xC0) != 0x80) {
            origin.column++;
        }
    }
    return origin;
}

static int refuse_bytes(const struct conf *conf, const yaml_parser_t *parser) {
    struct origin origin = origin_of(conf, parser->problem_offset);

    if (strcmp(parser->problem, "control characters are not allowed") != 0)
        return diag_at(conf->diag, origin, -EINVAL,
            "this is not UTF-8: %s; save the file as UTF-8 text", parser->problem);
    if (parser->problem_value == 0)
        return diag_at(
            conf->diag, origin, -EINVAL, "there is a NUL byte here; a config is plain text");
    return diag_at(conf->diag, origin, -EINVAL,
        "there is a control character (0x%02x) here; remove it", (unsigned)parser->problem_value);
}

static const char *advice_for(const char *problem) {
    if (strstr(problem, "tab character"))
        return "a tab cannot indent, use spaces";
    if (strstr(problem, "cannot start any token"))
        return "put the value into quotes, and indent with spaces";
    return "check indentation, colons, brackets and quotes here and above";
}

int conf_syntax_error(const struct conf *conf, const yaml_parser_t *parser) {
    const char *advice;
    struct origin origin = {
        .file = conf->name,
        .line = (int)parser->problem_mark.line + 1,
        .column = (int)parser->problem_mark.column + 1,
    };

    if (parser->error == YAML_MEMORY_ERROR)
        return diag_no_memory(conf->diag, "reading '%s'", conf->name);
    if (parser->error == YAML_READER_ERROR)
        return refuse_bytes(conf, parser);
    advice = advice_for(parser->problem);
    if (!parser->context || parser->context_mark.line == parser->problem_mark.line)
        return diag_at(
            conf->diag, origin, -EINVAL, "this is not YAML: %s; %s", parser->problem, advice);
    return diag_at(conf->diag, origin, -EINVAL,
        "this is not YAML: %s %s that begins in line %zu; %s", parser->problem, parser->context,
        parser->context_mark.line + 1, advice);
}
