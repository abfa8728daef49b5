/* SPDX-License-Identifier: MIT */
#include "progress.h"

#include "clock.h"
#include "terminal.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>
#include <wchar.h>

#define BETWEEN_WRITES_NS (100 * NS_PER_MS)
#define BAR_COLUMNS 20
#define LINE_SIZE 512

/* Errors are ignored: measuring goes on without the line. */
static void write_line(const char *text, size_t size) {
    ssize_t ignored = write(STDERR_FILENO, text, size);

    (void)ignored;
}

/* Bytes of `text` that fit into `columns`. Stops at a character without a width. */
static size_t bytes_within(const char *text, int columns) {
    mbstate_t state = {0};
    size_t used = 0;

    while (text[used]) {
        wchar_t wide;
        size_t length = mbrtowc(&wide, text + used, strlen(text + used), &state);
        int width = length > (size_t)-3 || length == 0 ? -1 : wcwidth(wide);
        if (width < 0 || width > columns)
            break;
        columns -= width;
        used += length;
    }
    return used;
}

static void put_left(int64_t left_ns, char *buf, size_t size) {
    int64_t seconds = (left_ns + NS_PER_S - 1) / NS_PER_S;

    if (left_ns < 0)
        snprintf(buf, size, "-:--");
    else if (seconds < 3600)
        snprintf(buf, size, "%d:%02d", (int)(seconds / 60), (int)(seconds % 60));
    else
        snprintf(buf, size, "%d:%02d:%02d", (int)(seconds / 3600), (int)(seconds / 60 % 60),
            (int)(seconds % 60));
}

static void put_line(const struct session_progress *progress, char *buf, size_t size) {
    size_t total = progress->total > 0 ? progress->total : 1;
    size_t done = progress->done < total ? progress->done : total;
    int filled = (int)(BAR_COLUMNS * done / total);
    char bar[BAR_COLUMNS + 1], left[32];

    memset(bar, '.', BAR_COLUMNS);
    memset(bar, '=', (size_t)filled);
    bar[BAR_COLUMNS] = '\0';
    put_left(progress->left_ns, left, sizeof(left));
    snprintf(buf, size, "[%s] %zu/%zu, %s left, %s%s%s", bar, done, total, left, progress->current,
        progress->given_up ? "; given up: " : "", progress->given_up ? progress->given_up : "");
}

void progress_show(void *line, const struct session_progress *progress) {
    struct progress_line *at = line;
    int64_t now_ns = clock_now_ns();
    int columns = terminal_width(STDERR_FILENO);
    char text[LINE_SIZE], out[LINE_SIZE + 16];
    int size;

    if (!progress->current) {
        progress_erase(at);
        return;
    }
    if (now_ns < at->next_ns)
        return;
    put_line(progress, text, sizeof(text));
    /* The last column stays free: some terminals wrap when it is written. */
    size = snprintf(out, sizeof(out), "\r%.*s\033[K", (int)bytes_within(text, columns - 1), text);
    write_line(out, (size_t)size);
    at->shown = true;
    at->next_ns = now_ns + BETWEEN_WRITES_NS;
}

void progress_erase(struct progress_line *line) {
    static const char erase[] = "\r\033[K";

    if (line->shown)
        write_line(erase, sizeof(erase) - 1);
    line->shown = false;
}
