/* SPDX-License-Identifier: MIT */
#ifndef WORKLOADS_ENVIRONMENT_H
#define WORKLOADS_ENVIRONMENT_H

#include <pconc/diag.h>

/* Splits "NAME=VALUE ...", quoted as in a shell. The caller frees it with one free(). -ENOMEM,
 * -EINVAL. */
int environment_split(const char *text, char ***ret_given, struct diag *diag) PCONC_CHECKED;

/* The environment of a program: the given variables, and those of this process that have other
 * names. It points into *ret_given; the caller frees both. Errors as above. */
int environment_make(
    const char *text, char ***ret_given, char ***ret_environment, struct diag *diag) PCONC_CHECKED;

#endif
