/* SPDX-License-Identifier: MIT */
#include "cmd.h"

#include "arena.h"
#include "words.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* workload.c.in, compiled in. */
extern const char workload_template[];
extern const size_t workload_template_size;

#define NAME_LETTERS "abcdefghijklmnopqrstuvwxyz0123456789_"
#define NAME_LENGTH_MAX 48

enum key { KEY_DIRECTORY = 0x100 };

static const struct argp_option table[] = {
    {"directory", KEY_DIRECTORY, "FOLDER", 0, "Where to write it (default: here)", 1},
    {0},
};

static const char doc[] =
    "Write NAME.c, a small complete workload to start from, and print the commands that build and "
    "measure it.\n"
    "\v"
    "An existing file is not overwritten; the exit code is then 2.";

struct request {
    struct arena *arena;
    const char *what, *name, *folder;
    size_t count; /* of arguments */
};

static error_t parse_option(int key, char *arg, struct argp_state *state) {
    struct request *request = state->input;

    switch (key) {
    case KEY_DIRECTORY:
        request->folder = arg;
        return 0;
    case ARGP_KEY_ARG:
        if (request->count++ == 0)
            request->what = arg;
        else
            request->name = arg;
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static int check_request(const struct request *request) {
    static const char *const names[] = {"workload"};
    struct diag diag = {0};
    const char *name = request->name;

    if (request->count > 0 && strcmp(request->what, names[0]) != 0) {
        unknown_word(
            &diag, (struct origin){0}, "'pconc new' cannot create a", request->what, names, 1);
        return complain(EXIT_USAGE, "%s", diag.text);
    }
    if (request->count != 2)
        return complain(EXIT_USAGE, "'pconc new' needs one name; write pconc new workload NAME");
    if (!*name || strlen(name) > NAME_LENGTH_MAX || name[strspn(name, NAME_LETTERS)] != '\0'
        || strcmp(name, "all") == 0)
        return complain(EXIT_USAGE,
            "'%s' is not a valid name; use 1 to %d of the characters a-z, 0-9 and '_', but not "
            "'all'",
            shown(name).text, NAME_LENGTH_MAX);
    return EXIT_FINE;
}

/* " -IFOLDER" of the headers; "" where the compiler looks by itself. They are where they were
 * installed, or this program has not been installed and they are in its source. */
static const char *include_option(struct arena *arena) {
    char self[4096];
    ssize_t length = readlink("/proc/self/exe", self, sizeof self - 1);
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
    size_t size = strlen(text);
    int fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    int error = fd < 0 ? errno : 0;

    if (error == EEXIST)
        return complain(
            EXIT_USAGE, "'%s' exists already; choose another name, or remove the file", path);
    errno = EIO;
    if (error == 0 && write(fd, text, size) != (ssize_t)size)
        error = errno;
    if (fd >= 0 && close(fd) != 0 && error == 0)
        error = errno;
    if (error == 0)
        return EXIT_FINE;
    if (fd >= 0)
        unlink(path);
    return complain(EXIT_USAGE, "cannot write '%s': %s", path, strerror(error));
}

static int write_workload(const struct request *request) {
    struct arena *arena = request->arena;
    const char *name = request->name, *between = request->folder ? "/" : "";
    const char *folder = request->folder ? request->folder : "";
    const char *include = include_option(arena);
    const char *path = arena_printf(arena, "%s%s%s.c", folder, between, name);
    const char *build = arena_printf(arena,
        "cc -shared -fPIC -O2 -fstack-clash-protection -o lib%s.so %s.c%s", name, name, include);
    int code = write_file(path, fill_template(arena, name, build));

    if (code != EXIT_FINE)
        return code;
    printf("Wrote %s. Build and measure it with\n\n", path);
    if (request->folder)
        printf("    cd '%s'\n", request->folder);
    printf("    %s\n    pconc bench --plugin=./lib%s.so\n", build, name);
    return EXIT_FINE;
}

int new_run(int argc, char **argv) {
    static const struct argp argp = {table, parse_option, "workload NAME", doc, NULL, NULL, NULL};
    struct request request = {.arena = arena_new()};
    int parsed = options_parse(&argp, "pconc new", false, argc, argv, &request);
    int code = parsed == OPTIONS_DONE ? check_request(&request) : options_exit(parsed);

    if (parsed == OPTIONS_DONE && code == EXIT_FINE)
        code = write_workload(&request);
    arena_free(request.arena);
    return code;
}
