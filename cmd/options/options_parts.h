/* SPDX-License-Identifier: MIT */
#ifndef CMD_OPTIONS_PARTS_H
#define CMD_OPTIONS_PARTS_H

#include "options.h"

struct option_row;

/* Puts the value of an option into its field. 0, or -EINVAL. */
typedef int option_take(
    struct options *options, const struct option_row *row, const char *text, struct diag *diag);

/* One option, and the commands that have it. */
struct option_row {
    const char *name;  /* "--executor"; NULL: a heading of the group, which is `help` */
    const char *value; /* "LIST"; of a choice all its words, "auto|always|never"; NULL: no value */
    option_take *take;
    size_t field;      /* offset in struct options */
    unsigned commands; /* enum takes */
    int group;         /* the order of groups in the help; -1: the last */
    const char *help;
    double low, high; /* of a percentage */
    char letter;      /* 'h' for "-h"; 0: none */
};

extern const struct option_row option_rows[]; /* ended by a row of zeroes */

/* By the type of the field: */
option_take take_flag;     /* bool */
option_take take_text;     /* struct spec_text */
option_take take_list;     /* struct spec_text: all values, joined by commas */
option_take take_item;     /* struct spec_list: all values */
option_take take_last;     /* struct spec_list: the last value alone */
option_take take_param;    /* struct spec_params */
option_take take_percent;  /* double */
option_take take_duration; /* int64_t: ns, above 0 */
option_take take_choice;   /* int: index of the word */
option_take take_format, take_output, take_save; /* struct output_options */

#endif
