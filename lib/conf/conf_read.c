/* SPDX-License-Identifier: MIT */
#include "conf_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

int conf_too_large(const char *name, struct diag *diag) {
    return diag_at(diag, (struct origin){.file = name}, -EFBIG,
        "is larger than %d KiB, too large for a config; name another file", CONF_FILE_MAX / 1024);
}

static int unreadable(const char *name, int error, struct diag *diag) {
    return diag_at(diag, (struct origin){.file = name}, -error,
        "cannot be read: %s; check the path", strerror(error));
}

/* Reads to the end, or one byte more than is allowed. Waits where a pipe has a writer but no bytes
 * yet. The caller frees *ret_text, also on failure. */
static int read_to_end(
    const char *name, int fd, char **ret_text, size_t *ret_size, struct diag *diag) {
    size_t room = CONF_FILE_MAX + 1, size = 0;
    char *text = *ret_text = malloc(room);
    ssize_t got = text ? 1 : 0;

    if (!text)
        return unreadable(name, ENOMEM, diag);
    while (got != 0 && size < room) {
        got = read(fd, text + size, room - size);
        if (got > 0)
            size += (size_t)got;
        else if (got < 0 && errno == EAGAIN)
            (void)poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
        else if (got < 0 && errno != EINTR)
            return unreadable(name, errno, diag);
    }
    *ret_size = size;
    return 0;
}

static int read_path(
    const char *path, int fd, char **ret_text, size_t *ret_size, struct diag *diag) {
    struct origin origin = {.file = path};
    struct stat status;
    int code;

    if (fstat(fd, &status) < 0)
        return unreadable(path, errno, diag);
    if (S_ISDIR(status.st_mode))
        return diag_at(
            diag, origin, -EISDIR, "is a directory; name a config file, such as quick.yaml");
    if (!S_ISREG(status.st_mode) && !S_ISFIFO(status.st_mode))
        return diag_at(
            diag, origin, -EINVAL, "is not a regular file; name one, or '-' for standard input");
    if (status.st_size > CONF_FILE_MAX)
        return conf_too_large(path, diag);
    code = read_to_end(path, fd, ret_text, ret_size, diag);
    if (code == 0 && *ret_size == 0 && S_ISFIFO(status.st_mode))
        return diag_at(diag, origin, -EINVAL,
            "is a FIFO without a writer; name a regular file, or '-' for standard input");
    return code;
}

int conf_read(const char *path, char **ret_text, size_t *ret_size, struct diag *diag) {
    int fd, code;

    *ret_text = NULL;
    if (strcmp(path, "-") == 0)
        return read_to_end(CONF_STDIN, STDIN_FILENO, ret_text, ret_size, diag);
    /* without waiting, as a FIFO without a writer would wait for ever */
    fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return unreadable(path, errno, diag);
    code = read_path(path, fd, ret_text, ret_size, diag);
    (void)close(fd);
    return code;
}
