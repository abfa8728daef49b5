/* SPDX-License-Identifier: MIT */
#ifndef PCONC_DIAG_H
#define PCONC_DIAG_H

/*
 * How a function reports a failure. It returns 0 or a negative errno value, and writes a sentence
 * for the user into the struct diag of the caller (NULL: not wanted). Nothing in the library
 * prints. Any thread may call these functions with its own struct diag.
 */

#define DIAG_TEXT_SIZE 1024

/* The compiler warns if a caller ignores the result. */
#define PCONC_CHECKED __attribute__((warn_unused_result))
#define PCONC_PRINTF(format_at, args_at) __attribute__((format(printf, format_at, args_at)))

struct diag {
    int code;                  /* the negative errno value that was returned; 0: no failure */
    char text[DIAG_TEXT_SIZE]; /* "what is wrong; what to do", no newline; cut with "..." if longer
                                */
};

/* Where a value was written, for errors about it. */
struct origin {
    const char *file; /* a path, or "--option" for the command line; NULL: unknown. Borrowed. */
    int line;         /* from 1; 0: only `file` is known */
    int column;       /* from 1, in characters */
};

/* Sets code and text and returns `code`, so that a failing function can end in one statement:
 * return diag_set(diag, -EINVAL, "..."). `code` is negative; `diag` may be NULL. */
int diag_set(struct diag *diag, int code, const char *format, ...) PCONC_PRINTF(3, 4);

/* The same with "FILE:LINE:COL: " before the sentence, as far as `origin` has them. */
int diag_at(struct diag *diag, struct origin origin, int code, const char *format, ...)
    PCONC_PRINTF(4, 5);

/* "out of memory for WHAT" (formatted), with the process's memory limit if it has one. `diag` may
 * be NULL. Returns -ENOMEM. */
int diag_no_memory(struct diag *diag, const char *format, ...) PCONC_PRINTF(2, 3);

/* Inserts "PREFIX: " (formatted) before the text. `diag` may be NULL. */
void diag_prefix(struct diag *diag, const char *format, ...) PCONC_PRINTF(2, 3);

#endif
