/* SPDX-License-Identifier: MIT */
#include <pconc/command.h>

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

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
