/* SPDX-License-Identifier: MIT */
#include "outfile.h"

#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "arena.h"

struct outfile {
    FILE *stream;
    struct arena *arena;   /* owns the paths and this */
    const char *path;      /* as the user gave it */
    const char *target;    /* the file that is replaced: the path with its links followed; NULL: the
                              path is written in place */
    const char *temporary; /* the file's name until then, in the same folder; NULL: none */
};

static int fail(struct diag *diag, int error, const char *path) {
    const char *advice = "check the path";
    if (error == ENOSPC || error == EDQUOT)
        advice = "free some space or write elsewhere";
    else if (error == EACCES || error == EPERM || error == EROFS)
        advice = "write where you are allowed to";
    else if (error == ENOENT)
        advice = "create its folder first";
    else if (error == EISDIR)
        advice = "add a file name";
    return diag_set(diag, -error, "cannot write '%s': %s; %s", path, strerror(error), advice);
}

/* Whether the path is written in place. /dev/stdout may be a regular file that another program has
 * open: what it wrote must stay. */
static bool in_place(const char *path, const struct stat *status) {
    static const char *const open_files[] = {"/dev/std", "/dev/fd/", "/proc/"};
    for (size_t i = 0; i < sizeof(open_files) / sizeof(open_files[0]); i++)
        if (strncmp(path, open_files[i], strlen(open_files[i])) == 0)
            return true;
    return !S_ISREG(status->st_mode);
}

/* Cuts a long name, so that the temporary one does not exceed NAME_MAX. */
static const char *temporary_path(struct arena *arena, const char *target) {
    static const char letters[] = "abcdefghijklmnopqrstuvwxyz012345";
    const char *slash = strrchr(target, '/');
    int folder = slash ? (int)(slash + 1 - target) : 0;
    unsigned char noise[6];
    char suffix[sizeof(noise) + 1] = "";
    if (getrandom(noise, sizeof(noise), 0) != sizeof(noise))
        return NULL;
    for (size_t i = 0; i < sizeof(noise); i++)
        suffix[i] = letters[noise[i] % (sizeof(letters) - 1)];
    return arena_printf(arena, "%.*s.%.200s.%s", folder, target, target + folder, suffix);
}

/* Opens a file without a name, so that a killed program leaves no file behind. -1: the file system
 * has no such files, or /proc, through which it gets its name, is missing. */
static int open_nameless(struct outfile *file) {
    const char *folder = dirname(arena_strdup(file->arena, file->target));
    int fd = open(folder, O_TMPFILE | O_WRONLY | O_CLOEXEC, 0666);
    if (fd >= 0 && access(arena_printf(file->arena, "/proc/self/fd/%d", fd), F_OK) < 0) {
        close(fd);
        fd = -1;
    }
    return fd;
}

/* Gives the open file *fd a temporary name; if *fd is -1, opens a file with such a name. mkstemp
 * would ignore the umask. */
static int name_temporary(struct outfile *file, int *fd) {
    const char *nameless = arena_printf(file->arena, "/proc/self/fd/%d", *fd);
    int error = EEXIST;
    for (int tries = 0; error == EEXIST && tries < 100; tries++) {
        const char *name = temporary_path(file->arena, file->target);
        int made;
        if (!name)
            return -errno;
        if (*fd >= 0)
            made = linkat(AT_FDCWD, nameless, AT_FDCWD, name, AT_SYMLINK_FOLLOW);
        else
            made = *fd = open(name, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
        error = made < 0 ? errno : 0;
        if (error == 0)
            file->temporary = name;
    }
    return -error;
}

/* Opens the file that will replace `target`. Refuses to replace a write-protected one. */
static int open_beside(struct outfile *file, const struct stat *old, int *ret_fd) {
    if (old && faccessat(AT_FDCWD, file->target, W_OK, AT_EACCESS) < 0)
        return -errno;
    int code = 0;
    *ret_fd = open_nameless(file);
    if (*ret_fd < 0)
        code = name_temporary(file, ret_fd);
    if (code == 0 && old && fchmod(*ret_fd, old->st_mode & 0777) < 0) {
        code = -errno;
        close(*ret_fd);
    }
    return code;
}

static const char *follow_links(struct arena *arena, const char *path) {
    char *real = realpath(path, NULL);
    const char *target = arena_strdup(arena, real ? real : path);
    free(real);
    return target;
}

static int open_stream(struct outfile *file) {
    struct stat status;
    bool exists = stat(file->path, &status) == 0;
    int fd = -1, code = 0;
    if (!exists && (errno != ENOENT || file->path[0] == '\0'))
        return -errno;
    if (exists && S_ISDIR(status.st_mode))
        return -EISDIR;
    if (exists && in_place(file->path, &status)) {
        fd = open(file->path, O_WRONLY | O_APPEND | O_CLOEXEC);
        code = fd < 0 ? -errno : 0;
    } else {
        file->target = follow_links(file->arena, file->path);
        code = open_beside(file, exists ? &status : NULL, &fd);
    }
    if (code < 0)
        return code;
    file->stream = fdopen(fd, "w");
    if (!file->stream) {
        code = -errno;
        close(fd);
    }
    return code;
}

int outfile_open(const char *path, struct outfile **ret_file, struct diag *diag) {
    struct arena *arena = arena_new();
    struct outfile *file = arena_alloc(arena, sizeof(*file));
    file->arena = arena;
    file->path = arena_strdup(arena, path);
    int code = open_stream(file);
    if (code < 0) {
        code = fail(diag, -code, path);
        outfile_abandon(file);
        return code;
    }
    *ret_file = file;
    return 0;
}

FILE *outfile_stream(struct outfile *file) {
    return file->stream;
}

/* Writes everything to the disk and closes the stream. -EIO: a write failed before. */
static int finish_stream(struct outfile *file) {
    bool failed = ferror(file->stream);
    int fd = fileno(file->stream), code = 0;
    if (fflush(file->stream) != 0 || (file->target && !failed && fsync(fd) < 0))
        code = -errno;
    else if (failed)
        code = -EIO;
    if (code == 0 && file->target && !file->temporary)
        code = name_temporary(file, &fd);
    if (fclose(file->stream) != 0 && code == 0)
        code = -errno;
    file->stream = NULL;
    return code;
}

/* Writes the new name to the disk. Some file systems cannot sync a folder: no error. */
static void sync_folder(struct arena *arena, const char *target) {
    int fd = open(dirname(arena_strdup(arena, target)), O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return;
    fsync(fd);
    close(fd);
}

int outfile_commit(struct outfile *file, struct diag *diag) {
    int code = finish_stream(file);
    if (code == 0 && file->target) {
        if (rename(file->temporary, file->target) < 0) {
            code = -errno;
        } else {
            file->temporary = NULL;
            sync_folder(file->arena, file->target);
        }
    }
    if (code < 0)
        code = fail(diag, -code, file->path);
    outfile_abandon(file);
    return code;
}

void outfile_abandon(struct outfile *file) {
    if (!file)
        return;
    if (file->stream)
        fclose(file->stream);
    if (file->temporary)
        unlink(file->temporary);
    arena_free(file->arena);
}
