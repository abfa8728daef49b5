/* SPDX-License-Identifier: MIT */
#include "streams.h"

#include "controls.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

int complain(int exit_code, const char *format, ...) {
    char *text = NULL;
    va_list args;

    va_start(args, format);
    if (vasprintf(&text, format, args) >= 0) {
        controls_mask(text);
        fprintf(stderr, "pconc: %s\n", text);
        free(text);
    }
    va_end(args);
    return exit_code;
}

/* Most output fits in. It is then written at once, and fclose reports why that failed. */
static char stdout_buffer[1 << 16];

void standard_streams_prepare(void) {
    for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++) {
        if (fcntl(fd, F_GETFD) >= 0 || errno != EBADF)
            continue;
        /* The wrong direction on purpose: using the stream fails, as if it were closed. The
         * lowest free number is `fd`. */
        if (open("/dev/null", fd == STDIN_FILENO ? O_WRONLY : O_RDONLY) < 0)
            break;
    }
    if (!isatty(STDOUT_FILENO))
        (void)setvbuf(stdout, stdout_buffer, _IOFBF, sizeof(stdout_buffer));
}

int stdout_check(void) {
    int flags = fcntl(STDOUT_FILENO, F_GETFL);

    if (flags >= 0 && (flags & O_ACCMODE) != O_RDONLY)
        return 0;
    return complain(EXIT_FAILED, "standard output is closed; open it, or redirect it to /dev/null");
}

int stdout_finish(void) {
    static int result = -1;
    bool failed;

    if (result >= 0)
        return result;
    failed = ferror(stdout) != 0;
    result = 0;
    errno = 0;
    if (fclose(stdout) != 0)
        result = complain(EXIT_FAILED,
            "cannot write to standard output: %s; the output is not complete", strerror(errno));
    else if (failed)
        result =
            complain(EXIT_FAILED, "cannot write to standard output; the output is not complete");
    return result;
}
