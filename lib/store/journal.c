/* SPDX-License-Identifier: MIT */
#include "journal_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "json.h"

static int refuse_write(const struct journal *journal, int error, struct diag *diag) {
    return diag_set(diag, -error,
        "%s: cannot be written: %s; free some space or choose another "
        "file",
        journal->path, strerror(error));
}

/* A part of a line that a full disk took is removed again. */
static int append(struct journal *journal, const char *text, size_t size, struct diag *diag) {
    ssize_t put = pwrite(journal->fd, text, size, journal->end);
    int error = put < 0 ? errno : (size_t)put < size ? ENOSPC : 0;
    if (error == 0 && fdatasync(journal->fd) != 0)
        error = errno;
    if (error != 0) {
        (void)!ftruncate(journal->fd, journal->end);
        return refuse_write(journal, error, diag);
    }
    journal->end += (int64_t)size;
    return 0;
}

/* Takes `line`; NULL: there was no memory for it. */
static int add_line(struct journal *journal, json_t *line, struct diag *diag) {
    char *text = line ? json_dumps(line, JSON_COMPACT) : NULL;
    json_decref(line);
    if (!text)
        return diag_no_memory(diag, "a line of a journal");
    size_t size = strlen(text);
    text[size] = '\n'; /* in the place of the '\0' */
    int code = append(journal, text, size + 1, diag);
    free(text);
    return code;
}

int journal_add(struct journal *journal, size_t index, int64_t passes, const struct sample *sample,
    struct diag *diag) {
    return add_line(journal,
        json_pack("{s:o, s:I, s:o}", "case", json_case_id(journal->plan, (ptrdiff_t)index),
            "passes", (json_int_t)passes, "sample", fields_value(sample_fields, NULL, sample)),
        diag);
}

static int begin_session(struct journal *journal, struct diag *diag) {
    struct environment environment;
    environment_read(&environment);
    journal->starts = arena_grown(journal->arena, journal->starts, journal->start_count,
        &journal->start_room, sizeof(*journal->starts));
    journal->starts[journal->start_count++] = arena_strdup(journal->arena, environment.started);
    return add_line(journal, json_pack("{s:s}", "start", environment.started), diag);
}

/* The name of a new file must survive a crash as well. */
static void sync_folder(const struct journal *journal) {
    const char *slash = strrchr(journal->path, '/');
    const char *folder = slash
        ? arena_strndup(journal->arena, journal->path, (size_t)(slash - journal->path) + 1)
        : ".";
    int fd = open(folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd >= 0) {
        (void)fsync(fd);
        close(fd);
    }
}

static int open_file(struct journal *journal, struct diag *diag) {
    struct stat status;
    journal->fd = open(journal->path, O_RDWR | O_CREAT | O_CLOEXEC | O_NONBLOCK, 0666);
    if (journal->fd < 0)
        return diag_set(diag, -errno, "%s: cannot be opened: %s; choose another file",
            journal->path, strerror(errno));
    if (fstat(journal->fd, &status) != 0 || !S_ISREG(status.st_mode))
        return diag_set(
            diag, -EINVAL, "%s: it is no regular file; choose another file", journal->path);
    return 0;
}

/* After it was read, because reading closes the file, which would release the lock. A forked child
 * does not have it. */
static int lock_file(struct journal *journal, size_t size, struct diag *diag) {
    struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    struct stat status;
    if (fcntl(journal->fd, F_SETLK, &lock) == 0 && fstat(journal->fd, &status) == 0
        && (size_t)status.st_size == size)
        return 0;
    return diag_set(
        diag, -EBUSY, "%s: another pconc writes to it; wait until that has ended", journal->path);
}

static int open_journal(struct journal *journal, struct plan *plan, struct diag *diag) {
    size_t size = 0;
    json_t *key = journal_key(plan, diag);
    int code = key ? open_file(journal, diag) : -EIO;
    if (code == 0)
        code = journal_read(journal, plan, key, &size, diag);
    if (code == 0)
        code = lock_file(journal, size, diag);
    if (code == 0 && ftruncate(journal->fd, journal->end) != 0)
        code = refuse_write(journal, errno, diag);
    if (code == 0 && journal->end == 0) {
        sync_folder(journal);
        code = add_line(journal, json_incref(key), diag);
    }
    json_decref(key);
    return code < 0 ? code : begin_session(journal, diag);
}

int journal_open(
    const char *path, struct plan *plan, struct journal **ret_journal, struct diag *diag) {
    struct arena *arena = arena_new();
    struct journal *journal = arena_array(arena, struct journal, 1);
    *journal =
        (struct journal){.plan = plan, .arena = arena, .path = arena_strdup(arena, path), .fd = -1};
    int code = open_journal(journal, plan, diag);
    if (code < 0)
        journal_close(journal, false);
    else
        *ret_journal = journal;
    return code;
}

bool journal_has_samples(const struct journal *journal) {
    for (size_t i = 0; i < journal->plan->case_count; i++)
        if (journal->results[i].sample_count > 0)
            return true;
    return false;
}

void journal_close(struct journal *journal, bool remove) {
    if (!journal)
        return;
    if (remove)
        unlink(journal->path);
    if (journal->fd >= 0)
        close(journal->fd);
    arena_free(journal->arena);
}
