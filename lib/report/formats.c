/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "emitters.h"

const struct report_format report_formats[] = {
    {"table", table_emit},
    {"json", json_emit},
    {"csv", csv_emit},
    {"markdown", markdown_emit},
    {"junit", junit_emit},
    {NULL, NULL},
};

const struct report_format *report_format_find(const char *name) {
    for (const struct report_format *format = report_formats; format->name; format++) {
        if (strcmp(format->name, name) == 0)
            return format;
    }
    return NULL;
}
