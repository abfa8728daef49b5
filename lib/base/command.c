/* SPDX-License-Identifier: MIT */
#include <pconc/command.h>

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#define BLANKS " \t\n"

/* Braces, '=' and '!' mean something only to some shells, and in some places. */
#define FOR_A_SHELL "|&;<>()$`*?["
#define FOR_A_SHELL_IN_QUOTES "$`"
#define FOR_A_SHELL_AT_START "#~"

struct splitter {
    const char *at; /* what comes next of the text */
    char *put;      /* where the next byte of a word goes */
    struct diag *diag;
};

static int refuse_shell(const struct splitter *splitter) {
    return diag_set(splitter->diag, -EINVAL,
        "'%c' is for a shell, and the command runs without one; put it in single quotes, or write "
        "sh -c '...'",
        *splitter->at);
}

/* Copies what stands up to the closing quote, at which it begins. */
static int copy_quoted(struct splitter *splitter) {
    char quote = *splitter->at++;

    for (; *splitter->at != quote; *splitter->put++ = *splitter->at++) {
        if (*splitter->at == '\0')
            return diag_set(
                splitter->diag, -EINVAL, "a %c is not closed; write another one behind it", quote);
        if (quote == '\'')
            continue;
        if (strchr(FOR_A_SHELL_IN_QUOTES, *splitter->at))
            return refuse_shell(splitter);
        if (*splitter->at == '\\' && splitter->at[1] && strchr("\"\\$`", splitter->at[1]))
            splitter->at++;
    }
    splitter->at++;
    return 0;
}

static int copy_word(struct splitter *splitter) {
    int code = 0;

    if (strchr(FOR_A_SHELL_AT_START, *splitter->at))
        return refuse_shell(splitter);
    while (code == 0 && *splitter->at && !strchr(BLANKS, *splitter->at)) {
        if (*splitter->at == '\'' || *splitter->at == '"') {
            code = copy_quoted(splitter);
            continue;
        }
        if (strchr(FOR_A_SHELL, *splitter->at))
            return refuse_shell(splitter);
        if (*splitter->at == '\\' && splitter->at[1])
            splitter->at++;
        *splitter->put++ = *splitter->at++;
    }
    *splitter->put++ = '\0';
    return code;
}

int command_split(const char *text, char ***ret_words, struct diag *diag) {
    size_t length = strlen(text), most = length / 2 + 2, count = 0;
    /* The pointers, and behind them the words, each a byte longer than it is in the text at most.
     */
    char **words = calloc(1, most * sizeof(*words) + length + 2);
    if (!words)
        return diag_no_memory(diag, "the words of a command");

    struct splitter splitter = {.at = text, .put = (char *)(words + most), .diag = diag};
    int code = 0;
    while (code == 0 && *(splitter.at += strspn(splitter.at, BLANKS))) {
        words[count++] = splitter.put;
        code = copy_word(&splitter);
    }
    if (code == 0 && count == 0)
        code = diag_set(diag, -EINVAL, "it is empty; write a program's name and its arguments");
    if (code < 0)
        free(words);
    else
        *ret_words = words;
    return code;
}

/* 0, -ENOENT or -EACCES. */
static int look_at(const char *path) {
    struct stat status;
    if (stat(path, &status) != 0)
        return -ENOENT;
    return S_ISREG(status.st_mode) && access(path, X_OK) == 0 ? 0 : -EACCES;
}

/* As execvp searches: an empty entry is the current folder, and files that cannot be executed are
 * passed over. */
static int search(const char *name) {
    const char *at = getenv("PATH"), *end;
    int found = -ENOENT;
    for (at = at ? at : "/bin:/usr/bin"; found != 0; at = end + 1) {
        char path[PATH_MAX];
        end = strchrnul(at, ':');
        int length = (int)(end - at);
        int needed =
            snprintf(path, sizeof(path), "%.*s%s%s", length, at, length > 0 ? "/" : "./", name);
        int code = needed < (int)sizeof(path) ? look_at(path) : -ENOENT;
        if (code != -ENOENT)
            found = code;
        if (!*end)
            break;
    }
    return found;
}

int command_find(const char *program, struct diag *diag) {
    bool is_path = strchr(program, '/');
    int code = is_path ? look_at(program) : search(program);
    if (code == -EACCES)
        return diag_set(
            diag, code, "'%s' cannot be executed; make it executable (chmod +x)", program);
    if (code < 0 && is_path)
        return diag_set(
            diag, code, "there is no file '%s'; correct the path, or build it", program);
    if (code < 0)
        return diag_set(diag, code,
            "there is no program '%s' in the folders of PATH; install it, or write its path",
            program);
    return 0;
}
