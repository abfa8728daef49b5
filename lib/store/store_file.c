/* SPDX-License-Identifier: MIT */
#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "store.h"
#include "store_parts.h"

#define FIRST_ROOM ((size_t)64 << 10)

static int refuse_size(const char *path, struct diag *diag) {
    return diag_set(diag, -EFBIG,
        "%s: it is larger than %zu MiB, more than is read; measure with fewer cases or rounds in "
        "one session",
        path, STORE_BYTES_MAX >> 20);
}

static int refuse_read(const char *path, int error, struct diag *diag) {
    return diag_set(diag, -error, "%s: cannot be read: %s; check the path", path, strerror(error));
}

/* Doubles the room, never beyond what is read at most and one byte that proves there is more. */
static int grow(char **text, size_t *room) {
    size_t wanted = *room ? *room * 2 : FIRST_ROOM;

    if (wanted > STORE_BYTES_MAX + 2)
        wanted = STORE_BYTES_MAX + 2;
    char *grown = realloc(*text, wanted);
    if (!grown)
        return -ENOMEM;
    *text = grown;
    *room = wanted;
    return 0;
}

/* Reads to the end, or to one byte more than is allowed. *ret_text is the caller's to free, also on
 * failure. */
static int read_all(int fd, char **ret_text, size_t *ret_size) {
    size_t room = 0, size = 0;

    *ret_text = NULL;
    while (size <= STORE_BYTES_MAX) {
        if (size + 1 >= room && grow(ret_text, &room) < 0)
            return -ENOMEM;
        size_t want = room - 1 - size;
        ssize_t got = read(fd, *ret_text + size, want);
        if (got < 0 && errno == EINTR)
            continue;
        if (got < 0)
            return -errno;
        if (got == 0)
            break;
        size += (size_t)got;
    }
    (*ret_text)[size] = '\0';
    *ret_size = size;
    return 0;
}

/* Each value is a hundred times its text in memory where it comes to the worst: they are counted
 * before any is made. Inside texts a comma counts too: good enough for a bound. */
static bool too_many_values(const char *text, size_t size) {
    size_t values = 0;

    for (size_t i = 0; i < size; i++)
        values += text[i] == ',' || text[i] == '{' || text[i] == '[';
    return values > STORE_VALUES_MAX;
}

static int read_checked(
    const char *path, int fd, char **ret_text, size_t *ret_size, struct diag *diag) {
    struct stat status;

    *ret_text = NULL;
    if (fstat(fd, &status) == 0 && S_ISREG(status.st_mode)
        && (uint64_t)status.st_size > STORE_BYTES_MAX)
        return refuse_size(path, diag);
    int code = read_all(fd, ret_text, ret_size);
    if (code < 0)
        return refuse_read(path, -code, diag);
    if (*ret_size > STORE_BYTES_MAX)
        return refuse_size(path, diag);
    if (too_many_values(*ret_text, *ret_size))
        return diag_set(diag, -EFBIG,
            "%s: it holds more than %zu million values, more than is read; measure with fewer "
            "cases or rounds in one session",
            path, STORE_VALUES_MAX >> 20);
    return 0;
}

int file_text(const char *path, char **ret_text, size_t *ret_size, struct diag *diag) {
    bool is_stdin = strcmp(path, "-") == 0;
    int fd = is_stdin ? STDIN_FILENO : open(path, O_RDONLY | O_CLOEXEC);
    char *text;

    if (fd < 0)
        return refuse_read(path, errno, diag);
    int code = read_checked(path, fd, &text, ret_size, diag);
    if (code < 0)
        free(text);
    else
        *ret_text = text;
    if (!is_stdin)
        (void)close(fd);
    return code;
}
