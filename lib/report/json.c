/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "emitters.h"
#include "json_session.h"

int json_emit(FILE *out, const struct session *session, const struct session_summary *summary,
    const struct report_style *style, struct diag *diag) {
    json_t *root = json_session(session, summary);
    int code = root ? json_dumpf(root, out, JSON_INDENT(2)) : -1;

    (void)style;
    if (root)
        (void)fputc('\n', out);
    json_decref(root);
    /* What the stream refused its owner finds there; anything else is told of nowhere else. */
    if (code < 0 && !ferror(out))
        return diag_no_memory(diag, "the JSON (--format=csv takes less)");
    return 0;
}
