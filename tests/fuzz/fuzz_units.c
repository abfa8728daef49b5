/* SPDX-License-Identifier: MIT */
/* Numbers with units: the first byte chooses the kind, the others are the text. What is written and
 * read again stays equal. */
#include "fuzz.h"

#include "units.h"

#include <string.h>

#define TEXT_MAX 200

static void check_duration(const char *text) {
    int64_t ns, again;
    char written[64];

    if (parse_duration(text, &ns))
        return;
    FUZZ_HOLDS(ns >= 0);
    FUZZ_HOLDS(format_duration(ns, written, sizeof(written)) < sizeof(written));
    FUZZ_HOLDS(parse_duration(written, &again) == NULL && again == ns);
}

static void check_size(const char *text) {
    int64_t bytes, again;
    char written[64];

    if (parse_size(text, &bytes))
        return;
    FUZZ_HOLDS(bytes >= 0);
    FUZZ_HOLDS(format_size(bytes, written, sizeof(written)) < sizeof(written));
    FUZZ_HOLDS(parse_size(written, &again) == NULL && again == bytes);
}

static void check_others(const char *text) {
    int64_t number;
    double share;
    char shown[64];

    FUZZ_HOLDS(parse_count(text, &number) || number >= 0);
    if (parse_percent(text, &share))
        return;
    FUZZ_HOLDS(share >= 0);
    FUZZ_HOLDS(show_duration(share, shown, sizeof(shown)) < sizeof(shown));
    FUZZ_HOLDS(show_size(share, shown, sizeof(shown)) < sizeof(shown));
    FUZZ_HOLDS(show_count(share, shown, sizeof(shown)) < sizeof(shown));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static void (*const checks[])(const char *text) = {check_duration, check_size, check_others};
    char text[TEXT_MAX + 1] = "";

    if (size == 0 || size > TEXT_MAX)
        return 0;
    memcpy(text, data + 1, size - 1);
    checks[data[0] % (sizeof(checks) / sizeof(checks[0]))](text);
    return 0;
}
