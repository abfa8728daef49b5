/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "json_session.h"
#include "report.h"

/* A saved result: all samples and figures (json/). */

static int json_emit(
    FILE *out, const struct report *report, const struct report_style *style, struct diag *diag) {
    json_t *root = json_session(report->session, report->summary);
    int code = root ? json_dumpf(root, out, JSON_INDENT(2)) : -1;

    (void)style;
    if (root)
        (void)fputc('\n', out);
    json_decref(root);
    /* A failed write is the caller's to find; everything else that can fail is memory. */
    if (code < 0 && !ferror(out))
        return diag_no_memory(diag, "the JSON (--format=csv takes less)");
    return 0;
}

const struct report_format json_format = {.name = "json", .ending = ".json", .emit = json_emit};
