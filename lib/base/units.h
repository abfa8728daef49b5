/* SPDX-License-Identifier: MIT */
#ifndef BASE_UNITS_H
#define BASE_UNITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/*
 * Numbers as people write them. Parsers take the whole string, no surrounding blanks, but perhaps
 * blanks between number and unit ("10 ms"), and return NULL, or a short phrase that says what is
 * wrong ("is not a duration; write a number and one of ns, us, ms, s, m, h"), to be put after the
 * offending text; *ret is untouched then. Values are exact: what would have to be rounded is
 * refused.
 */

const char *parse_count(const char *text, int64_t *ret);    /* "1000"; also "1e6", "10k", "2M" */
const char *parse_duration(const char *text, int64_t *ret); /* ns; "250ms", "1.5s", "0" */
const char *parse_size(const char *text, int64_t *ret); /* bytes; "64KiB", "10MB", "512", "512B" */
const char *parse_percent(const char *text, double *ret); /* 0.05 for "5%" */
const char *parse_rate(const char *text, double *ret);    /* per second; "500/s", "10k/s", "30/m" */
const char *parse_bool(const char *text, int64_t *ret);   /* true false yes no on off */

/* Shortest text with a whole part that parses back to exactly this value ("1.5s", "100ms", "64KiB",
 * "1001"). These return what snprintf would. */
size_t format_duration(int64_t ns, char *buf, size_t size);
size_t format_size(int64_t bytes, char *buf, size_t size);

/* For tables: three or four significant digits with a unit ("1.002 s", "27.9 ms", "812 ns"; sizes
 * one less, "4.2 MiB"); ranges of many orders stay readable. Not meant to be parsed back. NaN gives
 * "-". */
size_t show_duration(double ns, char *buf, size_t size);
size_t show_size(double bytes, char *buf, size_t size);
size_t show_count(double count, char *buf, size_t size); /* "1234", "12.3k", "4.56M" */

#endif
