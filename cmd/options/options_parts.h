/* SPDX-License-Identifier: MIT */
#ifndef CMD_OPTIONS_PARTS_H
#define CMD_OPTIONS_PARTS_H

#include "options.h"

/* What an option's value does, and the type of the field that it sets. */
enum option_type {
    OPTION_FLAG,     /* bool; no value */
    OPTION_TEXT,     /* struct spec_text */
    OPTION_JOINED,   /* struct spec_text: all values, joined by commas */
    OPTION_ALL,      /* struct spec_list: all values */
    OPTION_LAST,     /* struct spec_list: the last value alone */
    OPTION_PARAM,    /* struct spec_params */
    OPTION_NAMED,    /* struct spec_params: the parameter of the option's name */
    OPTION_PERCENT,  /* double, in the row's range */
    OPTION_DURATION, /* int64_t: ns, above 0 */
    OPTION_CHOICE,   /* int: index of the word */
    OPTION_FORMAT,   /* these: struct output_options */
    OPTION_OUTPUT,
    OPTION_SAVE,
    OPTION_RESUME, /* this one struct spec_text, and the file is saved */
    OPTION_HELP,   /* no field */
};

/* One option, and the commands that have it. */
struct option_row {
    const char *name;  /* "--executor"; NULL: a heading of the group, which is `help` */
    const char *value; /* "LIST"; of a choice all its words, "auto|always|never"; NULL: no value */
    size_t field;      /* offset in struct options */
    enum option_type type;
    unsigned commands; /* enum takes */
    int group;         /* the order of groups in the help; -1: the last */
    char letter;       /* 'h' for "-h"; 0: none */
    const char *help;
    double low, high; /* of a percentage */
};

extern const struct option_row option_rows[]; /* ended by a row of zeroes */

/* Puts the value into the field. 0, or -EINVAL. */
int option_take(struct options *options, const struct option_row *row, const char *text,
    struct diag *diag) PCONC_CHECKED;

#endif
