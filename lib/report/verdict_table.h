/* SPDX-License-Identifier: MIT */
#ifndef REPORT_VERDICT_TABLE_H
#define REPORT_VERDICT_TABLE_H

#include "report.h"
#include "verdict.h"

/* The rows of a comparison and what they come to, for people. */
int verdict_table_print(FILE *out, const struct gate_verdict *gate,
    const struct report_style *style, struct diag *diag) PCONC_CHECKED;

#endif
