/* SPDX-License-Identifier: MIT */
#include "units.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

#define PLACES_MAX 18 /* digits kept behind the point: 10^18 is the largest that fits 64 bits */

struct unit {
    const char *name;
    int64_t factor;
};

/* Tables go from the largest unit to the smallest and end in name NULL. */
static const struct unit duration_units[] = {
    {"h", INT64_C(3600000000000)},
    {"m", INT64_C(60000000000)},
    {"s", 1000000000},
    {"ms", 1000000},
    {"us", 1000},
    {"\u00B5s", 1000}, /* micro sign */
    {"\u03BCs", 1000}, /* the Greek letter, which looks the same */
    {"ns", 1},
    {NULL, 0},
};

static const struct unit size_units[] = {
    {"TiB", INT64_C(1) << 40},
    {"TB", INT64_C(1000000000000)},
    {"GiB", INT64_C(1) << 30},
    {"GB", 1000000000},
    {"MiB", INT64_C(1) << 20},
    {"MB", 1000000},
    {"KiB", INT64_C(1) << 10},
    {"kB", 1000},
    {"", 1},
    {"B", 1},
    {NULL, 0},
};

static const struct unit count_units[] = {
    {"G", 1000000000},
    {"M", 1000000},
    {"k", 1000},
    {"K", 1000},
    {"", 1},
    {NULL, 0},
};

/* What is written in one kind of unit, and the phrases for what is not. */
struct quantity {
    const struct unit *units;
    int (*compare)(const char *a, const char *b); /* of unit names */
    bool has_exponents;                           /* "1e6" */
    const char *wrong, *unitless, *negative, *uneven, *too_large;
};

static const struct quantity duration = {
    .units = duration_units,
    .compare = strcmp,
    .wrong = "is not a duration; write a number and one of ns, us, ms, s, m, h",
    .unitless = "has no unit; write one of ns, us, ms, s, m, h behind the number",
    .negative = "is negative; a duration is 0 or more",
    .uneven = "is not a whole number of nanoseconds; write fewer digits",
    .too_large = "is too large; the longest duration is 2562047h",
};

static const struct quantity byte_size = {
    .units = size_units,
    .compare = strcasecmp,
    .wrong = "is not a size; write a number and one of B, kB, MB, GB, TB, KiB, MiB, GiB, TiB",
    .negative = "is negative; a size is 0 or more",
    .uneven = "is not a whole number of bytes; write fewer digits or a smaller unit",
    .too_large = "is too large; the largest size is 8388607TiB",
};

static const struct quantity whole_count = {
    .units = count_units,
    .compare = strcmp,
    .has_exponents = true,
    .wrong = "is not a count; write a whole number, such as 1000, 10k or 1e6",
    .negative = "is negative; a count is 0 or more",
    .uneven = "is not a whole number; write a number such as 1000, 10k or 1e6",
    .too_large = "is too large; the largest count is 9223372036854775807",
};

/* whole + fraction / 10^places, exactly as written. */
struct decimal {
    uint64_t whole, fraction;
    int places;     /* behind the point, zeros at the end not counted */
    bool too_large; /* `whole` does not fit */
    bool too_fine;  /* more than PLACES_MAX places */
};

static bool is_digit(char c) {
    return c >= '0' && c <= '9';
}

static uint64_t power_of_ten(int exponent) {
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

static const char *read_whole(const char *text, struct decimal *number) {
    for (; is_digit(*text); text++)
        if (__builtin_mul_overflow(number->whole, 10, &number->whole)
            || __builtin_add_overflow(number->whole, (uint64_t)(*text - '0'), &number->whole))
            number->too_large = true;
    return text;
}

static const char *read_fraction(const char *text, struct decimal *number) {
    const char *end = text;
    while (is_digit(*end))
        end++;
    const char *last = end;
    while (last > text && last[-1] == '0')
        last--;
    if (last - text > PLACES_MAX) {
        number->too_fine = true;
        return end;
    }
    for (; text < last; text++, number->places++)
        number->fraction = number->fraction * 10 + (uint64_t)(*text - '0');
    return end;
}

/* Reads "12", "1.5" or ".5"; returns what follows, or NULL if no number is there. */
static const char *read_decimal(const char *text, struct decimal *ret_number) {
    *ret_number = (struct decimal){0};
    const char *rest = read_whole(text, ret_number);
    if (*rest == '.' && is_digit(rest[1]))
        return read_fraction(rest + 1, ret_number);
    return rest == text ? NULL : rest;
}

/* number * factor: 0, -ERANGE if it is too large, -EDOM if it is not whole. */
static int scale(const struct decimal *number, int64_t factor, int64_t *ret) {
    if (number->too_large)
        return -ERANGE;
    uint64_t divisor = power_of_ten(number->places);
    unsigned __int128 part = (unsigned __int128)number->fraction * (uint64_t)factor;
    if (number->too_fine || part % divisor != 0)
        return -EDOM;
    unsigned __int128 total = (unsigned __int128)number->whole * (uint64_t)factor + part / divisor;
    if (total > INT64_MAX)
        return -ERANGE;
    *ret = (int64_t)total;
    return 0;
}

/* The factor that `text` stands for, 0 if it is none. */
static int64_t find_factor(const struct quantity *kind, const char *text) {
    for (const struct unit *unit = kind->units; unit->name; unit++)
        if (!kind->compare(unit->name, text))
            return unit->factor;
    struct decimal exponent;
    if (kind->has_exponents && (*text == 'e' || *text == 'E') && is_digit(text[1])) {
        const char *rest = read_decimal(text + 1, &exponent);
        if (!*rest && !exponent.too_large && !exponent.fraction && exponent.whole <= PLACES_MAX)
            return (int64_t)power_of_ten((int)exponent.whole);
    }
    return 0;
}

static const char *parse(const struct quantity *kind, const char *text, int64_t *ret) {
    struct decimal number;
    if (*text == '-' && is_digit(text[1]))
        return kind->negative;
    const char *unit = read_decimal(text, &number);
    if (!unit)
        return kind->wrong;
    const char *name = unit + strspn(unit, " \t");
    bool has_blanks = name > unit;
    bool is_bare_zero = !*unit && !number.whole && !number.fraction && !number.too_fine;
    int64_t factor = is_bare_zero                                ? 1
        : has_blanks && (!*name || *name == 'e' || *name == 'E') ? 0
                                                                 : find_factor(kind, name);
    if (factor == 0)
        return *unit ? kind->wrong : kind->unitless;
    int code = scale(&number, factor, ret);
    return code == -ERANGE ? kind->too_large : code == -EDOM ? kind->uneven : NULL;
}

const char *parse_count(const char *text, int64_t *ret) {
    return parse(&whole_count, text, ret);
}

const char *parse_duration(const char *text, int64_t *ret) {
    return parse(&duration, text, ret);
}

const char *parse_size(const char *text, int64_t *ret) {
    return parse(&byte_size, text, ret);
}

const char *parse_percent(const char *text, double *ret) {
    struct decimal number;
    if (*text == '-' && is_digit(text[1]))
        return "is negative; a percentage is 0% or more";
    const char *rest = read_decimal(text, &number);
    if (rest && *rest && rest[strspn(rest, " \t")] == '%')
        rest += strspn(rest, " \t");
    if (!rest || (*rest && strcmp(rest, "%") != 0))
        return "is not a percentage; write a number and %, such as 5%";
    if (!*rest && (number.whole || number.fraction || number.too_fine))
        return "has no unit; write a percentage, such as 5%";
    /* Numerator and denominator are exact as doubles, so their quotient is the nearest double. */
    int64_t numerator;
    if (number.places > 15 || scale(&number, (int64_t)power_of_ten(number.places), &numerator)
        || numerator >= INT64_C(1) << 53)
        return "has too many digits; write at most 15";
    *ret = (double)numerator / (double)power_of_ten(number.places + 2);
    return NULL;
}

const char *parse_rate(const char *text, double *ret) {
    char number[32];
    int64_t count = 0;
    const char *slash = strchr(text, '/');
    int64_t period_ns = slash ? find_factor(&duration, slash + 1) : 0;
    size_t length = slash ? (size_t)(slash - text) : 0;

    if (period_ns == 0 || length >= sizeof(number))
        return "is not a rate; write a number of jobs and a time, such as 500/s or 30/m";
    memcpy(number, text, length);
    number[length] = '\0';
    const char *wrong = parse_count(number, &count);
    if (wrong)
        return "is not a rate; write a whole number of jobs, such as 500/s or 10k/s, or 30/m";
    if (count == 0)
        return "starts no job; write a number above 0, such as 500/s";
    *ret = (double)count * 1e9 / (double)period_ns;
    return NULL;
}

const char *parse_bool(const char *text, int64_t *ret) {
    static const char *const words[][2] = {{"false", "true"}, {"no", "yes"}, {"off", "on"}};
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        for (int value = 0; value <= 1; value++)
            if (!strcasecmp(text, words[i][value])) {
                *ret = value;
                return NULL;
            }
    return "is neither true nor false; write true or false";
}

/* value / factor as a decimal, whole part at least 1; false if it has no end. */
static bool write_exact(int64_t value, const struct unit *unit, char *buf, size_t size) {
    char fraction[PLACES_MAX + 1] = "";
    int64_t rest = value % unit->factor;
    for (char *place = fraction; rest > 0 && place < fraction + PLACES_MAX; place++) {
        rest *= 10;
        *place = (char)('0' + rest / unit->factor);
        rest %= unit->factor;
    }
    (void)snprintf(buf, size, "%" PRId64 "%s%s%s", value / unit->factor, *fraction ? "." : "",
        fraction, unit->name);
    return rest == 0;
}

/* The shortest of all units; of equally short ones the first without a fraction. */
static size_t format(const struct unit *units, int64_t value, char *buf, size_t size) {
    char best[64] = "";
    char text[64];
    for (const struct unit *unit = units; unit->name; unit++) {
        if (value < unit->factor || !write_exact(value, unit, text, sizeof(text)))
            continue;
        size_t length = strlen(text);
        if (!*best || length < strlen(best)
            || (length == strlen(best) && strchr(best, '.') && !strchr(text, '.')))
            memcpy(best, text, length + 1);
    }
    return (size_t)snprintf(buf, size, "%s", best);
}

size_t format_duration(int64_t ns, char *buf, size_t size) {
    if (ns <= 0)
        return (size_t)snprintf(buf, size, "%" PRId64 "%s", ns, ns < 0 ? "ns" : "");
    return format(duration_units, ns, buf, size);
}

size_t format_size(int64_t bytes, char *buf, size_t size) {
    if (bytes <= 0)
        return (size_t)snprintf(buf, size, "%" PRId64, bytes);
    return format(size_units, bytes, buf, size);
}
