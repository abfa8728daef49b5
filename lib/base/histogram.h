/* SPDX-License-Identifier: MIT */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdint.h>

/*
 * A histogram of fixed size for durations: exact below 128 ns, above that 128 buckets to each
 * doubling, so that a bucket is at most 1/128 of its values wide. Adding takes neither memory nor a
 * lock; a histogram belongs to one thread until it is merged. All zeroes is an empty one.
 */

#define HISTOGRAM_BITS 7 /* of a value that choose its bucket within a doubling */
#define HISTOGRAM_SUBS ((int64_t)1 << HISTOGRAM_BITS)
#define HISTOGRAM_TOP 48 /* from 2^48 ns on, three days, all share the last bucket */
#define HISTOGRAM_BUCKETS ((HISTOGRAM_TOP - HISTOGRAM_BITS + 1) * HISTOGRAM_SUBS)

struct histogram {
    int64_t counts[HISTOGRAM_BUCKETS];
    int64_t count, max; /* of values; the largest, exact */
};

/* The bucket of a value; below 0 counts as 0. */
static inline int64_t histogram_bucket(int64_t value) {
    if (value < HISTOGRAM_SUBS)
        return value < 0 ? 0 : value;
    int shift = 63 - __builtin_clzll((unsigned long long)value) - HISTOGRAM_BITS;
    if (shift >= HISTOGRAM_TOP - HISTOGRAM_BITS)
        return HISTOGRAM_BUCKETS - 1;
    return (int64_t)shift * HISTOGRAM_SUBS + (value >> shift);
}

static inline void histogram_add(struct histogram *histogram, int64_t value) {
    histogram->counts[histogram_bucket(value)]++;
    histogram->count++;
    if (value > histogram->max)
        histogram->max = value;
}

void histogram_merge(struct histogram *into, const struct histogram *from);

/* The value that a share of 0..1 of all values does not exceed: the middle of its bucket, never
 * more than the largest. 0 if it is empty. */
int64_t histogram_percentile(const struct histogram *histogram, double share);

#endif
