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
        "is larger than %d KiB, so it is no config; name another file", CONF_FILE_MAX / 1024);
}

static int unreadable(struct diag *diag, struct origin origin, int error) {
    return diag_at(diag, origin, -error, "cannot be read: %s; check the path", strerror(error));
}

/* Reads to the end, or one byte more than is allowed. Where nothing has come yet but somebody holds
 * the other end of a pipe, it waits. */
static int read_to_end(
    int fd, struct origin origin, char **ret_text, size_t *ret_size, struct diag *diag) {
    size_t room = CONF_FILE_MAX + 1, size = 0;
    char *text = malloc(room);
    int r = 0;

    if (!text)
        return unreadable(diag, origin, ENOMEM);
    while (size < room) {
        ssize_t got = read(fd, text + size, room - size);
        if (got == 0)
            break;
        if (got > 0)
            size += (size_t)got;
        else if (errno == EAGAIN)
            (void)poll(&(struct pollfd){.fd = fd, .events = POLLIN}, 1, -1);
        else if (errno != EINTR) {
            r = unreadable(diag, origin, errno);
            goto out;
        }
    }
    *ret_text = text;
    *ret_size = size;
    text = NULL;
out:
    free(text);
    return r;
}

static int check_kind(int fd, struct origin origin, bool *ret_fifo, struct diag *diag) {
    struct stat st;

    if (fstat(fd, &st) < 0)
        return unreadable(diag, origin, errno);
    if (S_ISDIR(st.st_mode))
        return diag_at(
            diag, origin, -EISDIR, "is a directory; name a config file, such as quick.yaml");
    *ret_fifo = S_ISFIFO(st.st_mode);
    if (!S_ISREG(st.st_mode) && !S_ISFIFO(st.st_mode))
        return diag_at(
            diag, origin, -EINVAL, "is not a regular file; name one, or '-' for standard input");
    if (st.st_size > CONF_FILE_MAX)
        return conf_too_large(origin.file, diag);
    return 0;
}

/* Opened without waiting, since a FIFO that nobody writes to would wait for ever; it ends at once
 * then. A FIFO with a writer, as `<(command)` is, gets read. */
static int read_path(const char *path, char **ret_text, size_t *ret_size, struct diag *diag) {
    struct origin origin = {.file = path};
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    bool fifo = false;
    char *text = NULL;
    size_t size = 0;
    int r;

    if (fd < 0)
        return unreadable(diag, origin, errno);
    r = check_kind(fd, origin, &fifo, diag);
    if (r == 0)
        r = read_to_end(fd, origin, &text, &size, diag);
    if (r == 0 && fifo && size == 0)
        r = diag_at(diag, origin, -EINVAL,
            "is a FIFO that nobody writes to; name a regular file, or '-' for standard input");
    close(fd);
    if (r < 0) {
        free(text);
        return r;
    }
    *ret_text = text;
    *ret_size = size;
    return 0;
}

int conf_read(const char *path, char **ret_text, size_t *ret_size, struct diag *diag) {
    if (strcmp(path, "-") == 0)
        return read_to_end(
            STDIN_FILENO, (struct origin){.file = CONF_STDIN}, ret_text, ret_size, diag);
    return read_path(path, ret_text, ret_size, diag);
}
