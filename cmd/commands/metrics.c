/* SPDX-License-Identifier: MIT */
#include "metrics.h"

#include "plan.h"
#include "words.h"

#include <errno.h>
#include <string.h>

static int find(
    struct spec_text item, const char *name, enum metric *ret_metric, struct diag *diag) {
    int metric = metric_find(name);

    if (metric < 0)
        return unknown_word(diag, item.origin, "unknown metric", name, metric_names, METRICS);
    *ret_metric = (enum metric)metric;
    return 0;
}

static int take_names(const struct options *options, struct metrics *metrics, struct diag *diag) {
    struct spec_list list = {0};
    int code = 0;

    if (options->metrics.text)
        list = spec_list_split(options->arena, options->metrics);
    for (size_t i = 0; code == 0 && i < list.count; i++) {
        enum metric metric = METRIC_TIME;

        code = find(list.items[i], list.items[i].text, &metric, diag);
        if (code == 0 && metrics->chosen >> metric & 1)
            return diag_at(diag, list.items[i].origin, -EINVAL, "'%s' is given twice; keep one",
                metric_names[metric]);
        metrics->chosen |= 1U << metric;
    }
    if (metrics->chosen == 1U << METRIC_TIME)
        metrics->chosen = 0; /* what is judged anyway */
    return code;
}

/* "run=2%" */
static int take_threshold(const struct options *options, struct spec_text item, size_t length,
    struct metrics *metrics, struct diag *diag) {
    const char *name = arena_strndup(options->arena, item.text, length);
    struct spec_text percent = {.text = item.text + length + 1, .origin = item.origin};
    enum metric metric = METRIC_TIME;
    int code = find(item, name, &metric, diag);

    if (code < 0)
        return code;
    if (!metrics_have(metrics, metric))
        return diag_at(diag, item.origin, -EINVAL,
            "%s has a threshold but is not judged; add it to --metric", name);
    if (metrics->with_threshold >> metric & 1)
        return diag_at(diag, item.origin, -EINVAL, "'%s' is given twice; keep one", name);
    metrics->with_threshold |= 1U << metric;
    return threshold_parse(diag, percent, &metrics->thresholds[metric]);
}

int metrics_take(struct options *options, struct metrics *ret_metrics, struct diag *diag) {
    struct spec_text whole = options->run.threshold, plain = {0};
    struct spec_list list = {0};
    int code;

    *ret_metrics = (struct metrics){0};
    code = take_names(options, ret_metrics, diag);
    if (whole.text && !strpbrk(whole.text, ",="))
        return code;
    if (whole.text)
        list = spec_list_split(options->arena, whole);
    for (size_t i = 0; code == 0 && i < list.count; i++) {
        size_t length = strcspn(list.items[i].text, "=");

        if (list.items[i].text[length])
            code = take_threshold(options, list.items[i], length, ret_metrics, diag);
        else if (plain.text)
            code = diag_at(diag, whole.origin, -EINVAL,
                "'%s' is a second threshold for all metrics; write METRIC=PERCENT",
                shown(list.items[i].text).text);
        else
            plain = list.items[i];
    }
    options->run.threshold = plain;
    return code;
}
