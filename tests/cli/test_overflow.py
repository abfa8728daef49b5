# SPDX-License-Identifier: MIT
"""A stack overflow is reported with the job's number, and other crashes are not."""

import unittest

import pconc

WORKLOAD = """
#include <pconc/plugin.h>
#include <string.h>

enum { HOW };

static const struct param params[] = {
    [HOW] = {.name = "how", .type = PARAM_TEXT, .default_text = "", .help = "deep or wild"},
    {0},
};

static int setup(const struct workload_input *in, void **ret_state, struct diag *diag) {
    (void)diag;
    *ret_state = (void *)in->params[HOW].text;
    return 0;
}

__attribute__((noinline)) static int deepen(struct task *task, volatile char *above) {
    volatile char frame[FRAME];
    memset((char *)frame, *above, sizeof frame);
    return deepen(task, frame) + frame[1];
}

static int job(void *state, int64_t i, struct task *task, void *result) {
    (void)result;
    volatile char zero = 0;
    int code = task_yield(task);
    if (code == 0 && i == 17 && strcmp(state, "deep") == 0)
        code = deepen(task, &zero);
    if (code == 0 && i == 17 && strcmp(state, "wild") == 0)
        *(volatile char *)16 = 1;
    return code;
}

static const struct workload deep = {
    .name = "deep", .summary = "job 17 goes too deep", .params = params, .default_jobs = 30,
    .setup = setup, .job = job};
PCONC_PLUGIN(&deep);
"""


class Overflow(pconc.Case):
    def build(self, frame, *flags):
        self.write("deep.c", WORKLOAD)
        pconc.compile_plugin(self.folder, "deep", f"-DFRAME={frame}", *flags)

    def measure(self, how, executor, *options):
        return pconc.run("bench", "--plugin=./libdeep.so", f"--param=how={how}",
                         f"--executor={executor}", "--workers=2", "--rounds=1", "--quiet", *options,
                         cwd=self.folder)

    def test_names_the_job_and_the_size(self):
        if pconc.BUILD != "release":
            return  # sanitizers report an overflow themselves
        for frame in (512, 8 << 10, 32 << 10):
            self.build(frame)
            for executor in ("coroutines", "loops", "offload"):
                for shared in ("false", "true"):
                    with self.subTest(executor, shared=shared, frame=frame):
                        self.expect_overflow(executor, shared)

    def expect_overflow(self, executor, shared):
        result = self.measure("deep", executor, "--pool=stack=32KiB",
                              f"--pool=shared_stacks={shared}")
        self.assertCode(3, result)
        self.assertIn("job 17 overflowed its stack of 32KiB; use a larger one "
                      "(--pool=stack=SIZE)", result.err)

    def test_a_frame_of_any_size_where_the_compiler_probes(self):
        if pconc.BUILD != "release":
            return
        self.build(4 << 20, "-fstack-clash-protection")
        self.expect_overflow("coroutines", "false")

    def test_another_crash_is_no_overflow(self):
        if pconc.BUILD != "release":
            return
        self.build(512)
        result = self.measure("wild", "coroutines")
        self.assertCode(3, result)
        self.assertIn("killed by signal 11", result.err)
        self.assertNotIn("overflowed", result.err)


if __name__ == "__main__":
    unittest.main()
