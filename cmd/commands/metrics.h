/* SPDX-License-Identifier: MIT */
#ifndef CMD_METRICS_H
#define CMD_METRICS_H

#include "metric.h"
#include "options.h"

/* Reads --metric, and from --threshold the items of single metrics: "5%,run=2%,memory=10%" leaves
 * "5%", or nothing, in options->run.threshold. -EINVAL for an unknown metric, one that is given
 * twice, or a threshold of a metric that is not judged. */
int metrics_take(
    struct options *options, struct metrics *ret_metrics, struct diag *diag) PCONC_CHECKED;

#endif
