/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "store.h"
#include "streams.h"

static int show_file(struct outputs *outputs, const char *path, bool first, bool titled) {
    struct stored *stored;
    struct diag diag = {0};
    int code;

    if (store_load(path, &stored, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    if (!first && outputs->stdout_format)
        putchar('\n');
    if (titled && outputs->stdout_format)
        printf("%s\n\n", path);
    code = outputs_write(outputs, stored->session, stored->summary);
    store_free(stored);
    return code;
}

/* A file that cannot be read is reported; the others are shown. */
static int show_files(const struct options *options, struct outputs *outputs) {
    const struct spec_list *files = &options->arguments;
    int code = EXIT_FINE;

    for (size_t i = 0; i < files->count; i++) {
        int one = show_file(outputs, files->items[i].text, i == 0, files->count > 1);
        if (one == EXIT_USAGE || code == EXIT_FINE)
            code = one;
    }
    return code;
}

static int run(struct options *options) {
    const struct output_options *output = &options->output;
    size_t count = options->arguments.count;
    struct outputs outputs;
    struct diag diag = {0};
    int code;

    if (count == 0)
        return complain(EXIT_USAGE, "show needs a file of results; write pconc show FILE");
    if (count > 1 && output->file_count > 0)
        return complain(EXIT_USAGE,
            "--output: one output holds the results of one FILE; show one FILE at a time");
    if (count > 1 && output->format && !output->format->for_people)
        return complain(EXIT_USAGE,
            "--format: %s holds the results of one FILE; show one FILE at a time",
            output->format->name);
    options->output.quiet = true; /* no table beside --output */
    if (outputs_open(output, &outputs, &diag) < 0)
        return complain(EXIT_USAGE, "%s", diag.text);
    code = outputs.stdout_format ? stdout_check() : EXIT_FINE;
    if (code == EXIT_FINE)
        code = show_files(options, &outputs);
    outputs_close(&outputs);
    return code;
}

const struct command show_command = {
    .name = "show",
    .arguments = "FILE...",
    .summary = "print saved results again, in any format",
    .doc = "Print saved results again, in any format, as they were printed when they were "
           "measured.\n"
           "\v"
           "A FILE is JSON that 'pconc bench --save=FILE' wrote; '-' is standard input. Several "
           "FILEs can be printed one after another, as tables or Markdown only.\n\n"
           "Exit codes: 0 success, 2 bad usage or a file that cannot be read, 3 the output could "
           "not be written.",
    .takes = FOR_SHOW,
    .run = run,
};
