/* SPDX-License-Identifier: MIT */
#include "schedstats.h"

#include <dirent.h>
#include <fcntl.h>
#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

bool parse_schedstat(const char *text, struct thread_stats *ret_stats) {
    int64_t cpu_ns, waited_ns, timeslices;
    if (sscanf(text, "%" SCNd64 " %" SCNd64 " %" SCNd64, &cpu_ns, &waited_ns, &timeslices) != 3
        || cpu_ns < 0 || waited_ns < 0 || timeslices < 0
        || (cpu_ns == 0 && waited_ns == 0 && timeslices == 0))
        return false;
    ret_stats->waited_ns = waited_ns;
    ret_stats->timeslices = timeslices;
    return true;
}

int64_t parse_migrations(const char *text) {
    static const char name[] = "se.nr_migrations";
    int64_t migrations;
    const char *at = strstr(text, name);
    return at && sscanf(at + sizeof(name) - 1, " : %" SCNd64, &migrations) == 1 && migrations >= 0
        ? migrations
        : -1;
}

/* Fields are counted from 1, and the third follows the name, which may contain any character. */
bool parse_stat(const char *text, struct stat_fields *ret_fields) {
    enum {
        AFTER_NAME = 3,
        PARENT = 4,
        FLAGS = 9,
        USER_TIME = 14,
        CHILDREN_SYSTEM_TIME = 17,
        PROCESSOR = 39
    };
    const char *at = strrchr(text, ')');
    struct stat_fields fields = {0};
    int field;
    if (!at)
        return false;
    at += strspn(at, ") ");
    for (field = AFTER_NAME; field < PROCESSOR && *at; field++) {
        if (field == PARENT)
            fields.parent = (pid_t)strtol(at, NULL, 10);
        else if (field == FLAGS)
            fields.flags = (unsigned)strtoul(at, NULL, 10);
        else if (field >= USER_TIME && field <= CHILDREN_SYSTEM_TIME)
            fields.cpu_ticks += strtoll(at, NULL, 10);
        at += strcspn(at, " ");
        at += strspn(at, " ");
    }
    if (*at < '0' || *at > '9')
        return false;
    fields.cpu = (int)strtol(at, NULL, 10);
    *ret_fields = fields;
    return true;
}

/* The beginning of a file, as a text. False: it cannot be read. */
static bool read_text(const char *path, char *text, size_t size) {
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    ssize_t length = read(fd, text, size - 1);
    close(fd);
    text[length > 0 ? length : 0] = '\0';
    return length > 0;
}

bool process_stat(pid_t pid, struct stat_fields *ret_fields) {
    char path[64], text[1024];
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    return read_text(path, text, sizeof(text)) && parse_stat(text, ret_fields);
}

#define EXITING 0x4u /* the kernel's PF_EXITING */

static bool thread_runs(const char *tid) {
    char path[64], text[1024];
    struct stat_fields fields;
    snprintf(path, sizeof(path), "/proc/self/task/%.20s/stat", tid);
    return read_text(path, text, sizeof(text)) && parse_stat(text, &fields)
        && !(fields.flags & EXITING);
}

int threads_running(void) {
    DIR *folder = opendir("/proc/self/task");
    int count = 0;
    if (!folder)
        return -1;
    for (const struct dirent *entry; (entry = readdir(folder));)
        count += entry->d_name[0] != '.' && thread_runs(entry->d_name);
    closedir(folder);
    return count;
}

/* Zeros are what a kernel without these counts shows, and also those of a thread that has not run
 * yet. The calling thread has. */
static bool kernel_counts(void) {
    struct thread_stats own;
    char text[128];
    return read_text("/proc/thread-self/schedstat", text, sizeof(text))
        && parse_schedstat(text, &own);
}

/* False: the thread has ended. */
static bool read_thread(pid_t pid, pid_t tid, struct thread_stats *ret_stats) {
    char path[96], text[1024];
    struct stat_fields fields;
    int length = snprintf(path, sizeof(path), "/proc/%d/task/%d/stat", (int)pid, (int)tid);
    if (!read_text(path, text, sizeof(text)) || !parse_stat(text, &fields))
        return false;
    *ret_stats = (struct thread_stats){
        .tid = tid, .waited_ns = -1, .timeslices = -1, .migrations = -1, .cpu = fields.cpu};
    length -= (int)strlen("stat");
    snprintf(path + length, sizeof(path) - (size_t)length, "schedstat");
    if (read_text(path, text, sizeof(text)) && !parse_schedstat(text, ret_stats) && kernel_counts())
        ret_stats->waited_ns = ret_stats->timeslices = 0;
    snprintf(path + length, sizeof(path) - (size_t)length, "sched");
    if (read_text(path, text, sizeof(text)))
        ret_stats->migrations = parse_migrations(text);
    return true;
}

static struct thread_stats *add_item(struct thread_list *list) {
    if (list->count == list->room) {
        size_t room = list->room > 0 ? 2 * list->room : 8;
        struct thread_stats *items = realloc(list->items, room * sizeof(*items));
        if (!items)
            return NULL;
        list->items = items;
        list->room = room;
    }
    return &list->items[list->count];
}

void thread_list_add(struct thread_list *list, pid_t pid, pid_t except) {
    char path[64];
    snprintf(path, sizeof(path), "/proc/%d/task", (int)pid);
    DIR *folder = opendir(path);
    list->incomplete = list->incomplete || !folder;
    for (const struct dirent *entry; folder && (entry = readdir(folder));) {
        pid_t tid = (pid_t)strtol(entry->d_name, NULL, 10);
        struct thread_stats *stats = tid > 0 && tid != except ? add_item(list) : NULL;
        if (stats)
            list->count += read_thread(pid, tid, stats);
        else if (tid > 0 && tid != except)
            list->incomplete = true;
    }
    if (folder)
        closedir(folder);
}

void thread_list_release(struct thread_list *list) {
    free(list->items);
    *list = (struct thread_list){0};
}

/* Threads are usually at the same place in both lists: the search begins at `hint`. */
static const struct thread_stats *find(const struct thread_list *list, pid_t tid, size_t hint) {
    for (size_t i = 0; i < list->count; i++) {
        const struct thread_stats *item = &list->items[(hint + i) % list->count];
        if (item->tid == tid)
            return item;
    }
    return NULL;
}

static void add(int64_t *sum, int64_t before, int64_t after) {
    *sum = *sum < 0 || before < 0 || after < before ? -1 : *sum + after - before;
}

struct thread_sums thread_list_since(
    const struct thread_list *before, const struct thread_list *after) {
    static const struct thread_stats new_thread = {0};
    struct thread_sums sums = {0};
    cpu_set_t used;
    CPU_ZERO(&used);
    for (size_t i = 0; i < after->count; i++) {
        const struct thread_stats *now = &after->items[i];
        const struct thread_stats *then = find(before, now->tid, i);
        then = then ? then : &new_thread;
        add(&sums.waited_ns, then->waited_ns, now->waited_ns);
        add(&sums.timeslices, then->timeslices, now->timeslices);
        add(&sums.migrations, then->migrations, now->migrations);
        if (now->timeslices > then->timeslices && now->cpu >= 0 && now->cpu < CPU_SETSIZE)
            CPU_SET((size_t)now->cpu, &used);
    }
    sums.cpus = sums.timeslices < 0 ? -1 : CPU_COUNT(&used);
    if (before->incomplete || after->incomplete)
        sums = (struct thread_sums){-1, -1, -1, -1};
    return sums;
}
