/* SPDX-License-Identifier: MIT */
#ifndef PCONC_DIAG_H
#define PCONC_DIAG_H

/*
 * How a failure is told. Functions that can fail return 0, or a negative errno value, and put the
 * sentence for the user into the struct diag their caller passed (NULL: it is not wanted). Nothing
 * in the library prints. Any thread may call these functions, on a struct diag of its own.
 */

#define DIAG_TEXT_SIZE 1024

/* Callers check what they call; the compiler holds them to it. */
#define PCONC_CHECKED __attribute__((warn_unused_result))
#define PCONC_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))

struct diag {
    int code;                  /* the negative errno value that was returned, 0 while all is well */
    char text[DIAG_TEXT_SIZE]; /* "what is wrong; what to do", no newline; cut with "..." if longer
                                */
};

/* Where a value was written, so that an error about it can point there. */
struct origin {
    const char *file; /* a path, or "--option" for the command line; NULL: nowhere. Borrowed. */
    int line;         /* from 1; 0: `file` alone is the place */
    int column;       /* from 1, in characters */
};

/* Sets code and text and returns `code`, so that a failing function can end in one statement:
 * return diag_set(diag, -EINVAL, "..."). `code` is negative; `diag` may be NULL. */
int diag_set(struct diag *diag, int code, const char *format, ...) PCONC_PRINTF(3, 4);

/* The same with "FILE:LINE:COL: " before the sentence, as far as `origin` knows it. */
int diag_at(struct diag *diag, struct origin origin, int code, const char *format, ...)
    PCONC_PRINTF(4, 5);

/* "out of memory for WHAT" (formatted), with the process's own limit where it has one. `diag` may
 * be NULL. Returns -ENOMEM. */
int diag_no_memory(struct diag *diag, const char *format, ...) PCONC_PRINTF(2, 3);

/* Puts "PREFIX: " (formatted) before the text already there. `diag` may be NULL. */
void diag_prefix(struct diag *diag, const char *format, ...) PCONC_PRINTF(2, 3);

#endif
