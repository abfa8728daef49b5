/* SPDX-License-Identifier: MIT */
#include "environment.h"

#include <pconc/command.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SHOWN 60 /* bytes of a variable that a message shows */

int environment_split(const char *text, char ***ret_given, struct diag *diag) {
    char **given = NULL;
    int code = command_split(text, &given, diag);
    for (size_t i = 0; code == 0 && given[i]; i++)
        if (!strchr(given[i], '=') || given[i][0] == '=')
            code =
                diag_set(diag, -EINVAL, "'%.*s' is no variable; write NAME=VALUE", SHOWN, given[i]);
    if (code < 0)
        free(given);
    else
        *ret_given = given;
    return code;
}

static bool is_given(char *const *given, const char *variable) {
    size_t length = strcspn(variable, "=") + 1;
    for (; *given; given++)
        if (strncmp(*given, variable, length) == 0)
            return true;
    return false;
}

int environment_make(
    const char *text, char ***ret_given, char ***ret_environment, struct diag *diag) {
    size_t count = 0, used = 0;
    char **given = NULL, **environment;
    int code = environment_split(text, &given, diag);
    if (code < 0)
        return code;
    while (environ[count])
        count++;
    for (size_t i = 0; given[i]; i++)
        count++;
    environment = calloc(count + 1, sizeof(*environment));
    if (!environment) {
        free(given);
        return diag_no_memory(diag, "the environment of commands");
    }
    for (size_t i = 0; given[i]; i++)
        environment[used++] = given[i];
    for (size_t i = 0; environ[i]; i++)
        if (!is_given(given, environ[i]))
            environment[used++] = environ[i];
    *ret_given = given;
    *ret_environment = environment;
    return 0;
}
