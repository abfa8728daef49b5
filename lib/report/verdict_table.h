/* SPDX-License-Identifier: MIT */
#ifndef REPORT_VERDICT_TABLE_H
#define REPORT_VERDICT_TABLE_H

#include "report.h"
#include "verdict.h"

/* The rows of a comparison and what they come to, for people. -ENOMEM alone. */
int verdict_table_print(
    FILE *out, const struct gate_verdict *gate, const struct report_style *style) PCONC_CHECKED;

#endif
