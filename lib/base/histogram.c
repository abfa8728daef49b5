/* SPDX-License-Identifier: MIT */
#include "histogram.h"

#include <math.h>

void histogram_merge(struct histogram *into, const struct histogram *from) {
    for (int64_t i = 0; i < HISTOGRAM_BUCKETS; i++)
        into->counts[i] += from->counts[i];
    into->count += from->count;
    if (from->max > into->max)
        into->max = from->max;
}

/* The reverse of histogram_bucket. */
static int64_t bucket_middle(int64_t bucket) {
    if (bucket < 2 * HISTOGRAM_SUBS)
        return bucket;
    int shift = (int)(bucket / HISTOGRAM_SUBS) - 1;
    int64_t low = (bucket - (int64_t)shift * HISTOGRAM_SUBS) << shift;
    return low + ((int64_t)1 << shift) / 2;
}

int64_t histogram_percentile(const struct histogram *histogram, double share) {
    int64_t rank = (int64_t)ceil(share * (double)histogram->count), seen = 0;

    if (histogram->count == 0)
        return 0;
    for (int64_t i = 0; i < HISTOGRAM_BUCKETS - 1; i++) {
        seen += histogram->counts[i];
        if (seen > 0 && seen >= rank) {
            int64_t middle = bucket_middle(i);
            return middle < histogram->max ? middle : histogram->max;
        }
    }
    return histogram->max;
}
