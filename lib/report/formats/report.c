/* SPDX-License-Identifier: MIT */
#include "report.h"

#include <string.h>

#define DECLARE(identifier, name) extern const struct report_format identifier##_format;
#define ADDRESS(identifier, name) &identifier##_format,

EACH_FORMAT(DECLARE, DECLARE)
const struct report_format *const report_formats[] = {EACH_FORMAT(ADDRESS, ADDRESS) NULL};

const struct report_format *report_format_find(const char *name) {
    for (size_t i = 0; report_formats[i]; i++)
        if (strcmp(report_formats[i]->name, name) == 0)
            return report_formats[i];
    return NULL;
}

int report_print(FILE *out, const struct report_format *format, const struct session *session,
    const struct session_summary *summary, const struct report_style *style, struct diag *diag) {
    struct report *report = report_new(session, summary);
    int code = format->emit(&(struct printer){out, report, style});
    report_free(report);
    if (code < 0)
        return diag_no_memory(diag, "the %s (--format=csv takes less)", format->name);
    return 0;
}
