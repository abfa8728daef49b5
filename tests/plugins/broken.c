/* SPDX-License-Identifier: MIT */
/* Plug-ins that pconc refuses, one for each BROKEN_*. */
#include <pconc/plugin.h>

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#if defined(BROKEN_CONSTRUCTOR_CRASH)
__attribute__((constructor)) static void construct(void) {
    struct rlimit none = {0};
    setrlimit(RLIMIT_CORE, &none);
    signal(SIGSEGV, SIG_DFL);
    raise(SIGSEGV);
}
#elif defined(BROKEN_CONSTRUCTOR_HANG)
__attribute__((constructor)) static void construct(void) {
    for (;;)
        pause();
}
#elif defined(BROKEN_CONSTRUCTOR_EXIT)
__attribute__((constructor)) static void construct(void) {
    _exit(5);
}
#elif defined(BROKEN_CONSTRUCTOR_LATER)
/* Loads in the tool, but crashes in a sample, which has a descriptor for its reply. */
__attribute__((constructor)) static void construct(void) {
    if (access("/proc/self/fd/4", F_OK) == 0 && getenv("PCONC_TEST_CRASH"))
        raise(SIGKILL);
    puts("a constructor says hello");
    fflush(stdout); /* the process may end with _exit */
}
#endif

#if defined(BROKEN_MISSING_FUNCTION)
int pconc_never_had_this(void);
#endif

static int job(void *state, int64_t i, struct task *task, void *result) {
    (void)state;
    (void)i;
    (void)task;
    (void)result;
#if defined(BROKEN_MISSING_FUNCTION)
    return pconc_never_had_this();
#else
    return 0;
#endif
}

#if defined(BROKEN_NAME)
#define NAME "My Workload"
#else
#define NAME "broken"
#endif

#if defined(BROKEN_CONSTRUCTOR_LATER)
#define SUMMARY "does \033[31mnothing\n"
#else
#define SUMMARY "does nothing"
#endif

#if defined(BROKEN_POINTER)
__attribute__((unused))
#endif
static const struct workload broken = {
    .name = NAME,
    .summary = SUMMARY,
    .default_jobs = 4,
    .job = job,
};

#if defined(BROKEN_ABI) || defined(BROKEN_SIZE) || defined(BROKEN_MAGIC) || defined(BROKEN_POINTER)
#if !defined(BROKEN_POINTER)
static const struct workload *const list[] = {&broken, NULL};
#endif
extern const struct pconc_plugin pconc_plugin;
const struct pconc_plugin pconc_plugin = {
#if defined(BROKEN_MAGIC)
    .magic = 1,
#else
    .magic = PCONC_PLUGIN_MAGIC,
#endif
#if defined(BROKEN_ABI)
    .abi = PCONC_PLUGIN_ABI + 6,
#else
    .abi = PCONC_PLUGIN_ABI,
#endif
    .size = sizeof(struct pconc_plugin),
#if defined(BROKEN_SIZE)
    .workload_size = sizeof(struct workload) - 8,
#else
    .workload_size = sizeof(struct workload),
#endif
    .input_size = sizeof(struct workload_input),
    .outcome_size = sizeof(struct outcome),
    .param_size = sizeof(struct param),
    .diag_size = sizeof(struct diag),
    .rng_size = sizeof(struct rng),
#if defined(BROKEN_POINTER)
    .workloads = (const struct workload *const *)0x10,
#else
    .workloads = list,
#endif
};
#elif defined(BROKEN_NO_SYMBOL)
extern const struct workload *unused;
const struct workload *unused = &broken;
#else
PCONC_PLUGIN(&broken);
#endif
