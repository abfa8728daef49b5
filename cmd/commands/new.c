/* SPDX-License-Identifier: MIT */
#include "options.h"
#include "streams.h"
#include "words.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

/* workload.c.in, compiled in. */
extern const char workload_template[];
extern const size_t workload_template_size;

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define NAME_LENGTH_MAX 48

static int check_arguments(const struct spec_list *arguments) {
    static const char *const kinds[] = {"workload"};
    struct diag diag = {0};
    const char *name;

    if (arguments->count > 0 && strcmp(arguments->items[0].text, kinds[0]) != 0) {
        unknown_word(&diag, (struct origin){0}, "'pconc new' cannot create a",
            arguments->items[0].text, kinds, 1);
        return complain(EXIT_USAGE, "%s", diag.text);
    }
    if (arguments->count != 2)
        return complain(EXIT_USAGE, "'pconc new' needs one name; write pconc new workload NAME");
    name = arguments->items[1].text;
    if (!*name || strlen(name) > NAME_LENGTH_MAX || name[strspn(name, NAME_LETTERS)] != '\0'
        || strcmp(name, "all") == 0)
        return complain(EXIT_USAGE,
            "'%s' is not a valid name; use 1 to %d of the characters a-z, 0-9 and '_', but not "
            "'all'",
            shown(name).text, NAME_LENGTH_MAX);
    return EXIT_FINE;
}

/* " -IFOLDER" of the headers; "" if the compiler finds them without it. If they are not installed
 * beside this program, they are in its source. */
static const char *include_option(struct arena *arena) {
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof(self) - 1);
    const char *folder = NULL;

    self[length > 0 ? length : 0] = '\0';
    for (int up = 0; up < 2; up++) {
        char *slash = strrchr(self, '/');
        if (slash)
            *slash = '\0';
    }
    folder = arena_printf(arena, "%s/include", self);
    if (access(arena_printf(arena, "%s/pconc/plugin.h", folder), R_OK) != 0)
        folder = PCONC_SOURCE_INCLUDE;
    if (strcmp(folder, "/usr/include") == 0 || strcmp(folder, "/usr/local/include") == 0)
        return "";
    return arena_printf(arena, strchr(folder, ' ') ? " -I'%s'" : " -I%s", folder);
}

/* The template with each @KEY@ replaced. */
static const char *fill_template(struct arena *arena, const char *name, const char *build) {
    const char *text = workload_template, *filled = "", *at;

    while ((at = strchr(text, '@'))) {
        bool is_name = strncmp(at, "@NAME@", strlen("@NAME@")) == 0;
        filled =
            arena_printf(arena, "%s%.*s%s", filled, (int)(at - text), text, is_name ? name : build);
        text = at + (is_name ? strlen("@NAME@") : strlen("@BUILD@"));
    }
    return arena_printf(arena, "%s%s", filled, text);
}

static int write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "wxe");
    bool written = file && fputs(text, file) >= 0;

    if (!file && errno == EEXIST)
        return complain(
            EXIT_USAGE, "'%s' exists already; choose another name, or remove the file", path);
    if (file && fclose(file) != 0)
        written = false;
    if (written)
        return EXIT_FINE;
    complain(0, "cannot write '%s': %s", path, strerror(errno));
    if (file)
        unlink(path);
    return EXIT_USAGE;
}

static int run(struct options *options) {
    struct arena *arena = options->arena;
    const char *folder = options->directory.text, *name, *path, *build;
    int code = check_arguments(&options->arguments);

    if (code != EXIT_FINE)
        return code;
    name = options->arguments.items[1].text;
    path = arena_printf(arena, "%s%s%s.c", folder ? folder : "", folder ? "/" : "", name);
    build = arena_printf(arena, "cc -shared -fPIC -O2 -fstack-clash-protection -o lib%s.so %s.c%s",
        name, name, include_option(arena));
    code = write_file(path, fill_template(arena, name, build));
    if (code != EXIT_FINE)
        return code;
    printf("Wrote %s. Build and measure it with\n\n", path);
    if (folder)
        printf("    cd '%s'\n", folder);
    printf("    %s\n    pconc bench --plugin=./lib%s.so\n", build, name);
    return EXIT_FINE;
}

const struct command new_command = {
    .name = "new",
    .arguments = "workload NAME",
    .summary = "write the source of a new workload",
    .doc = "Write NAME.c, a small complete workload to start from, and print the commands that "
           "build and measure it.\n"
           "\v"
           "An existing file is not overwritten; the exit code is then 2.",
    .takes = FOR_NEW,
    .run = run,
};
