/* SPDX-License-Identifier: MIT */
#include "tail.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/*
 * The writer is a TCP server. On "FOLLOW job" it makes a new file for that job, and answers with
 * the number of its descriptor and the number of earlier requests for this job. The file grows
 * while the connection lasts, by pieces of random length, one line on average, which end anywhere
 * in a line.
 */

#define LETTERS_STREAM UINT64_C(1) /* of the session's seed, mixed with job, round and line */
#define PIECES_STREAM UINT64_C(2)
#define REQUEST_SIZE 64

struct writer {
    const struct tail_state *state;
    int64_t *rounds; /* by job */
};

struct growing_file {
    bool open;
    int fd;
    int64_t job, round;
    int64_t written, size; /* bytes: so far, at the end */
    struct rng pieces;
};

void tail_line(
    const struct tail_state *state, int64_t job, int64_t round, int64_t line, char *ret_line) {
    char text[TAIL_LINE + 1];
    struct rng rng = rng_make(state->seed,
        LETTERS_STREAM + ((uint64_t)job << 34) + ((uint64_t)round << 17) + (uint64_t)line * 4);
    int length = snprintf(
        text, sizeof(text), "%10" PRId64 " %10" PRId64 " %10" PRId64 " ", job, round, line);
    uint64_t letters = rng_next(&rng);
    for (int at = length; at < TAIL_LINE - 1; at++, letters /= 26)
        text[at] = (char)('a' + letters % 26);
    text[TAIL_LINE - 1] = '\n';
    memcpy(ret_line, text, TAIL_LINE);
}

int tail_open_unnamed(void) {
    const char *folder = getenv("TMPDIR");
    char path[4096];
    if (!folder || !*folder)
        folder = "/tmp";
    int fd = open(folder, O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
    if (fd >= 0 || (errno != EOPNOTSUPP && errno != EISDIR && errno != EINVAL))
        return fd;
    /* The file system has no O_TMPFILE. */
    if (snprintf(path, sizeof(path), "%s/pconc-XXXXXX", folder) >= (int)sizeof(path)) {
        errno = ENAMETOOLONG;
        return -1;
    }
    fd = mkostemp(path, O_APPEND | O_CLOEXEC);
    if (fd >= 0)
        unlink(path);
    return fd;
}

static ssize_t writer_answer(const struct tcp_service *service, void *client, const char *in,
    size_t size, char *out, size_t room, size_t *ret_written) {
    struct writer *writer = service->context;
    struct growing_file *file = client;
    char request[REQUEST_SIZE];
    int64_t job;
    ssize_t taken = tcp_take_line(in, size, request, sizeof(request));
    if (taken <= 0)
        return taken;
    if (file->open || sscanf(request, "FOLLOW %" SCNd64, &job) != 1 || job < 0
        || job >= writer->state->jobs)
        return -1;
    int fd = tail_open_unnamed();
    if (fd < 0)
        return -1;
    *file = (struct growing_file){.open = true,
        .fd = fd,
        .job = job,
        .round = writer->rounds[job]++,
        .size = writer->state->lines * TAIL_LINE,
        .pieces = rng_make(writer->state->seed, PIECES_STREAM + ((uint64_t)job << 2))};
    *ret_written += (size_t)snprintf(out, room, "%d %" PRId64 "\n", fd, file->round);
    return taken;
}

/* If it fails (no space, say), the writer ends, and the jobs see their connections close. */
static void writer_tick(const struct tcp_service *service, void *client) {
    const struct writer *writer = service->context;
    struct growing_file *file = client;
    char text[3 * TAIL_LINE];
    int64_t first = file->written / TAIL_LINE;
    int64_t length = rng_between(&file->pieces, 1, 2 * TAIL_LINE - 1);
    if (!file->open || file->written >= file->size)
        return;
    if (length > file->size - file->written)
        length = file->size - file->written;
    for (int64_t i = 0; (first + i) * TAIL_LINE < file->written + length; i++)
        tail_line(writer->state, file->job, file->round, first + i, text + i * TAIL_LINE);
    ssize_t put = write(file->fd, text + file->written % TAIL_LINE, (size_t)length);
    if (put < 0)
        _exit(1);
    file->written += put;
}

static void writer_end(void *client) {
    struct growing_file *file = client;
    if (file->open)
        close(file->fd);
}

int tail_writer_start(struct tail_state *state, struct diag *diag) {
    struct writer writer = {.state = state,
        .rounds = calloc(state->jobs > 0 ? (size_t)state->jobs : 1, sizeof(int64_t))};
    if (!writer.rounds)
        return diag_no_memory(diag, "the writer of %" PRId64 " files", state->jobs);
    struct tcp_service service = {.client_size = sizeof(struct growing_file),
        .input_size = REQUEST_SIZE,
        .output_size = REQUEST_SIZE,
        .answer = writer_answer,
        .tick = writer_tick,
        .tick_ns = state->interval_ns,
        .end = writer_end,
        .context = &writer};
    int code = tcp_server_start(&service, &state->writer, &state->port, diag);
    free(writer.rounds); /* the writer has a copy */
    return code;
}
