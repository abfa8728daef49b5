/* SPDX-License-Identifier: MIT */
#include "format_parts.h"
#include "json.h"

/* A saved result: all samples and figures (json/). */

static int json_emit(const struct printer *printer) {
    return json_print(
        printer->out, json_session(printer->report->session, printer->report->summary));
}

const struct report_format json_format = {.name = "json",
    .summary = "for other commands of pconc and for programs: every sample",
    .ending = ".json",
    .emit = json_emit};
