/* SPDX-License-Identifier: MIT */
#include "nearest.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define WORD_MAX 63  /* nothing longer is a mistyped name */
#define PREFIX_MIN 2 /* letters before a beginning says which name is meant */

static int min(int a, int b) {
    return a < b ? a : b;
}

static int lower(const char *text, int at) {
    return tolower((unsigned char)text[at]);
}

/* Optimal string alignment: Damerau-Levenshtein where no part is edited twice. Row i holds the
 * distances of the first i letters of `a`; three rows are enough. */
static int distance(const char *a, int a_length, const char *b, int b_length) {
    int rows[3][WORD_MAX + 1];
    for (int j = 0; j <= b_length; j++)
        rows[0][j] = j;
    for (int i = 1; i <= a_length; i++) {
        int *row = rows[i % 3];
        const int *above = rows[(i + 2) % 3];
        const int *two_above = rows[(i + 1) % 3];
        row[0] = i;
        for (int j = 1; j <= b_length; j++) {
            int differs = lower(a, i - 1) != lower(b, j - 1);
            row[j] = min(min(above[j] + 1, row[j - 1] + 1), above[j - 1] + differs);
            if (i > 1 && j > 1 && lower(a, i - 1) == lower(b, j - 2)
                && lower(a, i - 2) == lower(b, j - 1))
                row[j] = min(row[j], two_above[j - 2] + 1);
        }
    }
    return rows[a_length % 3][b_length];
}

/* The shortest name that begins with `word`; NULL: none. */
static const char *completion(const char *word, const char *const *names, size_t count) {
    size_t length = strlen(word);
    const char *best = NULL;
    if (length < PREFIX_MIN)
        return NULL;
    for (size_t i = 0; i < count; i++)
        if (!strncasecmp(word, names[i], length) && (!best || strlen(names[i]) < strlen(best)))
            best = names[i];
    return best;
}

const char *nearest_name(const char *word, const char *const *names, size_t count) {
    size_t length = strnlen(word, WORD_MAX + 1);
    if (length > WORD_MAX)
        return NULL;
    /* At most a third of the word may be wrong, one letter always, but never all of it. */
    int limit = length < 2 ? 0 : length < 6 ? 1 : (int)length / 3;
    int best_distance = limit + 1;
    const char *best = NULL;
    for (size_t i = 0; i < count; i++) {
        size_t name_length = strnlen(names[i], WORD_MAX + 1);
        if (name_length > WORD_MAX)
            continue;
        int found = distance(word, (int)length, names[i], (int)name_length);
        if (found < best_distance) {
            best_distance = found;
            best = names[i];
        }
    }
    return best ? best : completion(word, names, count);
}
