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

static int refuse_size(const char *path, struct diag *diag) {
    return diag_set(diag, -EFBIG,
        "%s: it is larger than %zu MiB, the limit; measure fewer cases or rounds in one session",
        path, STORE_BYTES_MAX >> 20);
}

static int refuse_read(const char *path, int error, struct diag *diag) {
    return diag_set(diag, -error, "%s: cannot be read: %s; check the path", path, strerror(error));
}

/* Reads to the end, or to one byte more than is allowed. The system provides memory only as it is
 * written to. The caller frees *ret_text, also on failure. */
static int read_all(int fd, char **ret_text, size_t *ret_size) {
    char *text = *ret_text = malloc(STORE_BYTES_MAX + 2);
    size_t size = 0;
    ssize_t got = 1;
    if (!text)
        return -ENOMEM;
    while (got != 0 && size <= STORE_BYTES_MAX) {
        got = read(fd, text + size, STORE_BYTES_MAX + 1 - size);
        if (got < 0 && errno != EINTR)
            return -errno;
        size += got > 0 ? (size_t)got : 0;
    }
    text[size] = '\0';
    *ret_size = size;
    return 0;
}

/* In the worst case a value takes a hundred times the memory of its text, so values are counted
 * before jansson makes them. A comma inside a text counts too, which is precise enough. */
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
            "%s: it has more than %zu million values, the limit; measure fewer cases or rounds",
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
        close(fd);
    return code;
}
