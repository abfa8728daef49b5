/* SPDX-License-Identifier: MIT */
#include <jansson.h>

#include "json.h"
#include "report.h"

/* A saved result: all samples and figures (json/). */

static int json_emit(const struct printer *printer) {
    FILE *out = printer->out;
    json_t *root = json_session(printer->report->session, printer->report->summary);
    int code = root ? json_dumpf(root, out, JSON_INDENT(2)) : -1;
    if (root)
        fputc('\n', out);
    json_decref(root);
    return ferror(out) ? 0 : code; /* the caller finds a failed write; other failures are memory */
}

const struct report_format json_format = {.name = "json", .ending = ".json", .emit = json_emit};
