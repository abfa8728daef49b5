/* SPDX-License-Identifier: MIT */
#include "plugin_parts.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "children.h"
#include "process.h"
#include "refusal.h"
#include "units.h"

/* The child that reads a plug-in's tables, and its parent. */

enum phase { LOADING, READING, DONE };

/* In memory that both share. */
struct answer {
    volatile int phase;
    int code;
    char failure[DIAG_TEXT_SIZE];
    struct plugin_identity identity;
    struct flat_tables tables;
};

/* What constructors print goes nowhere, beside the tool's output. */
static void redirect_streams(void) {
    int null = open("/dev/null", O_RDWR | O_CLOEXEC);
    for (int stream = STDIN_FILENO; null >= 0 && stream <= STDERR_FILENO; stream++)
        dup2(null, stream);
}

__attribute__((noreturn)) static void read_in_child(
    const char *file, struct answer *answer, pid_t parent) {
    const struct pconc_plugin *plugin = NULL;
    struct plugin_identity before;
    struct diag diag = {0};
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(1);
    redirect_streams();
    int code = plugin_identify(file, &before, &diag);
    if (code == 0)
        code = plugin_open(file, &plugin, &diag);
    answer->phase = READING;
    if (code == 0)
        code = tables_flatten(plugin->workloads, &answer->tables, &diag);
    answer->identity = before;
    answer->code = code;
    memcpy(answer->failure, diag.text, sizeof(answer->failure));
    answer->phase = DONE;
    _exit(0);
}

static int explain(const struct answer *answer, const struct process_result *result,
    int64_t timeout_ns, struct diag *diag) {
    const char *when = answer->phase == LOADING ? "while it was loaded; look at its constructors"
                                                : "while its tables were read; look at them";
    int status = result->status;
    char timeout[32];
    if (result->end == PROCESS_TIMED_OUT) {
        format_duration(timeout_ns, timeout, sizeof(timeout));
        return diag_set(diag, -ETIMEDOUT, "it did not end within %s %s", timeout, when);
    }
    if (WIFSIGNALED(status))
        return diag_set(diag, -ELIBBAD, "it crashed with signal %d (%s) %s", WTERMSIG(status),
            strsignal(WTERMSIG(status)), when);
    if (answer->phase != DONE)
        return diag_set(
            diag, -ELIBBAD, "it ended its process with status %d %s", WEXITSTATUS(status), when);
    return answer->code == 0
        ? 0
        : diag_set(diag, answer->code, "%.*s", DIAG_TEXT_SIZE - 1, answer->failure);
}

/* Forks, waits, and kills all processes that the plug-in has started. */
static int run_child(const char *file, int64_t timeout_ns, struct answer *answer,
    struct arena *arena, struct diag *diag) {
    struct bystanders bystanders = bystanders_find(arena);
    const struct process_wait wait = {.timeout_ns = timeout_ns, .signal_fd = -1};
    struct process_result result = {0};
    pid_t parent = getpid();

    prctl(PR_SET_CHILD_SUBREAPER, 1);
    pid_t pid = fork();
    if (pid == 0)
        read_in_child(file, answer, parent);
    int code = pid > 0 ? process_await(pid, &wait, &result, diag)
                       : refused_worker(diag, errno, "the process that reads a plug-in");
    (void)children_kill(&bystanders, -1);
    prctl(PR_SET_CHILD_SUBREAPER, 0);
    return code < 0 ? code : explain(answer, &result, timeout_ns, diag);
}

static int read_tables(const char *file, int64_t timeout_ns, struct arena *arena,
    struct plugin *plugin, struct diag *diag) {
    struct answer *answer =
        mmap(NULL, sizeof(*answer), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    if (answer == MAP_FAILED)
        return refused_memory(diag, errno, sizeof(*answer), "the tables of a plug-in");
    int code = run_child(file, timeout_ns, answer, arena, diag);
    if (code == 0)
        code = tables_restore(&answer->tables, arena, &plugin->workloads, diag);
    plugin->identity = answer->identity;
    munmap(answer, sizeof(*answer));
    return code;
}

int plugin_read(const char *path, int64_t timeout_ns, struct arena *arena,
    const struct plugin **ret_plugin, struct diag *diag) {
    struct plugin *plugin = arena_alloc(arena, sizeof(*plugin));
    int code = plugin_identify(path, &plugin->identity, diag);
    char *file = code == 0 ? realpath(path, NULL) : NULL;

    if (code == 0 && !file) {
        int error = errno;
        code = diag_set(diag, -error, "it cannot be read: %s", strerror(error));
    }
    if (code == 0) {
        plugin->path = arena_strdup(arena, path);
        plugin->file = arena_strdup(arena, file);
        code = read_tables(plugin->file, timeout_ns, arena, plugin, diag);
    }
    free(file);
    if (code < 0)
        diag_prefix(diag, "plug-in '%s'", path);
    else
        *ret_plugin = plugin;
    return code;
}
