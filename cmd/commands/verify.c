/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "store.h"
#include "streams.h"

static size_t count_samples(const struct session *session) {
    size_t count = 0;

    for (size_t i = 0; i < session->plan->case_count; i++)
        count += session->results[i].sample_count;
    return count;
}

static int print_check(
    const char *path, const struct stored *stored, const struct store_verification *check) {
    const char *how = check->exact ? "bit for bit" : "to 12 digits";
    size_t shown =
        check->differing < STORE_DIFFERENCES_MAX ? check->differing : STORE_DIFFERENCES_MAX;

    for (size_t i = 0; i < shown; i++)
        printf("%s: %s is %s, but the samples give %s\n", path, check->differences[i].path,
            check->differences[i].said, check->differences[i].found);
    if (check->differing > shown)
        printf("%s: and %zu more\n", path, check->differing - shown);
    if (check->other)
        printf("%s: written with %s; the last bits may differ\n", path, check->other);
    if (check->differing == 0) {
        printf("%s: %zu values follow from %zu samples, %s\n", path, check->compared,
            count_samples(stored->session), how);
        return EXIT_FINE;
    }
    return complain(EXIT_FAILED,
        "%s: %zu of %zu values do not follow from the samples; do not trust them; 'pconc show' "
        "prints the values that do",
        path, check->differing, check->compared);
}

static int verify_file(const char *path) {
    struct stored *stored;
    struct store_verification check;
    struct diag diag = {0};
    int code;

    if (store_load(path, &stored, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    if (store_verify(stored, &check, &diag) < 0)
        code = complain(EXIT_FAILED, "%s: %s", path, diag.text);
    else
        code = print_check(path, stored, &check);
    store_free(stored);
    return code;
}

static int run(struct options *options) {
    const struct spec_list *files = &options->arguments;
    int code = EXIT_FINE;

    if (files->count == 0)
        return complain(EXIT_USAGE, "verify needs a file of results; write pconc verify FILE");
    for (size_t i = 0; i < files->count; i++) {
        int one = verify_file(files->items[i].text);
        if (one != EXIT_FINE && code != EXIT_USAGE)
            code = one;
    }
    return code;
}

const struct command verify_command = {
    .name = "verify",
    .arguments = "FILE...",
    .summary = "recompute saved summaries from their samples",
    .doc = "Recompute every summary of saved results from their samples, and compare it with what "
           "the file says: bit for bit if this build wrote the file on this kind of machine, "
           "otherwise to 12 digits. The samples themselves are not checked.\n"
           "\v"
           "A FILE is JSON that 'pconc bench --save=FILE' wrote; '-' is standard input.\n\n"
           "Exit codes: 0 all figures follow from the samples, 2 a file cannot be read, 3 a figure "
           "does not follow.",
    .takes = FOR_VERIFY,
    .run = run,
};
