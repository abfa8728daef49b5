/* SPDX-License-Identifier: MIT */
#include <criterion/criterion.h>
#include <errno.h>
#include <pconc/executor.h>
#include <string.h>

#include "pool_task.h"
#include "work.h"

static int write_index(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)task;
    *(int64_t *)result = i + 100;
    return 0;
}

static int fail_above_ten(void *context, int64_t i, struct task *task, void *result) {
    (void)context;
    (void)result;
    if (i <= 10)
        return 0;
    return i == 15 ? -ENOENT : task_fail(task, -EIO, "job %d", (int)i);
}

static struct work *new_work(int64_t jobs, int workers, size_t result_size,
    int (*job)(void *, int64_t, struct task *, void *)) {
    struct work *work;
    struct diag diag = {0};
    cr_assert_eq(work_new(
                     &(struct work_options){
                         .jobs = jobs, .workers = workers, .result_size = result_size, .job = job},
                     &work, &diag),
        0, "%s", diag.text);
    return work;
}

/* Claims all jobs as one worker would, and checks their sum. Returns the number of claims. */
static int claim_all(struct work *work, int64_t chunk) {
    int64_t first, last, expected = 0;
    int claims = 0;
    while (work_claim(work, chunk, &first, &last)) {
        cr_assert_eq(first, expected);
        cr_assert_gt(last, first);
        cr_assert(chunk == 0 || last - first <= chunk);
        expected = last;
        claims++;
    }
    cr_assert_eq(expected, work->options.jobs);
    cr_assert_not(work_claim(work, chunk, &first, &last));
    return claims;
}

Test(work, claims_cover_every_job_once) {
    static const int64_t jobs[] = {0, 1, 2, 7, 1000};
    static const int64_t chunks[] = {0, 1, 3, 1000, 5000};
    for (size_t j = 0; j < 5; j++) {
        for (size_t c = 0; c < 5; c++) {
            struct work *work = new_work(jobs[j], 3, 0, write_index);
            claim_all(work, chunks[c]);
            work_free(work);
        }
    }
}

Test(work, a_guided_claim_leaves_the_others_their_part) {
    struct work *work = new_work(1000, 4, 0, write_index);
    int64_t first, last;
    cr_assert(work_claim(work, 0, &first, &last));
    cr_assert_leq(last - first, 1000 / 4);
    work_reset(work);
    cr_assert_lt(claim_all(work, 0), 100, "guided claims are fewer than jobs");
    work_free(work);
}

Test(work, slots_of_neighbours_share_no_cache_line) {
    struct work *work = new_work(10, 2, sizeof(int64_t), write_index);
    struct task task = {.ops = &pool_task_ops, .worker = &work->workers[0]};
    worker_run(&work->workers[0], &task, 0, 5);
    task.worker = &work->workers[1];
    worker_run(&work->workers[1], &task, 5, 10);
    struct tally tally = work_collect(work);
    struct outcome outcome = work_outcome(work, &tally);
    cr_assert_eq(tally.done, 10);
    cr_assert_eq(tally.index_sum, 45);
    cr_assert_eq(outcome.slot_stride % CACHE_LINE, 0);
    cr_assert_eq((uintptr_t)outcome.slots % CACHE_LINE, 0);
    for (int64_t i = 0; i < 10; i++)
        cr_assert_eq(*(const int64_t *)outcome_slot(&outcome, i), i + 100);
    work_free(work);
}

Test(work, the_lowest_failing_job_is_the_one_shown) {
    struct work *work = new_work(20, 2, 0, fail_above_ten);
    struct task task = {.ops = &pool_task_ops, .worker = &work->workers[0]};
    worker_run(&work->workers[0], &task, 14, 20);
    task.worker = &work->workers[1];
    worker_run(&work->workers[1], &task, 0, 14);
    struct tally tally = work_collect(work);
    cr_assert_eq(tally.done, 11);
    cr_assert_eq(tally.failed, 9);
    cr_assert_eq(tally.failed_job, 11);
    cr_assert_str_eq(tally.failed_text, "job 11");
    work_free(work);
}

Test(work, a_failure_without_a_sentence_does_not_borrow_one) {
    struct work *work = new_work(20, 1, 0, fail_above_ten);
    struct task task = {.ops = &pool_task_ops, .worker = &work->workers[0]};
    worker_run(&work->workers[0], &task, 15, 20);
    struct tally tally = work_collect(work);
    cr_assert_eq(tally.failed_job, 15);
    cr_assert_eq(tally.failed_code, -ENOENT);
    cr_assert_str_eq(tally.failed_text, "");
    work_reset(work);
    tally = work_collect(work);
    cr_assert_eq(tally.failed, 0, "a new run starts without the failures of the last");
    work_free(work);
}

/* Coroutines of one worker: a job that recorded its failure may wait while another job fails. */
Test(work, a_sentence_survives_later_failures_of_other_jobs) {
    struct work *work = new_work(20, 1, 0, fail_above_ten);
    struct worker *worker = &work->workers[0];
    struct task task = {.ops = &pool_task_ops, .worker = worker};
    worker_note_failure(worker, 15, "said before it was suspended");
    worker_run_one(worker, &task, 17);
    worker_run_one(worker, &task, 15);
    struct tally tally = work_collect(work);
    cr_assert_eq(tally.failed_job, 15);
    cr_assert_str_eq(tally.failed_text, "said before it was suspended");
    work_free(work);
}

/* Jobs write results of this many bytes, but job 3 writes one more. */
static int write_too_much(void *context, int64_t i, struct task *task, void *result) {
    const size_t *size = context;
    (void)task;
    memset(result, (int)i, i == 3 ? *size + 1 : *size);
    return 0;
}

static void keep_first(void *into, const void *from) {
    memcpy(into, from, 1);
}

/* Checks the guards after a worker has run jobs first..last-1, all of them one by one. */
static int check_guards(
    const struct work_options *options, int64_t first, int64_t last, struct diag *diag) {
    struct work *work;
    struct task task = {0};
    cr_assert_eq(work_new(options, &work, diag), 0, "%s", diag->text);
    for (int64_t i = first; i < last; i++)
        worker_run_one(&work->workers[0], &task, i);
    int code = work_check_guards(work, diag);
    work_free(work);
    return code;
}

Test(work, a_job_that_writes_beyond_its_result_is_found) {
    /* also if results fill their cache lines, and for the last job, which has no neighbour */
    static const size_t sizes[] = {1, 8, 56, 63, 64, 128};
    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
        size_t size = sizes[i];
        struct work_options options = {
            .jobs = 4, .workers = 1, .result_size = size, .job = write_too_much, .context = &size};
        struct diag diag = {0};
        cr_expect_eq(check_guards(&options, 0, 3, &diag), 0, "%zu: %s", size, diag.text);
        cr_expect_eq(check_guards(&options, 0, 4, &diag), -EFAULT, "%zu", size);
        cr_expect(strstr(diag.text, "job 3 wrote beyond its result"), "%s", diag.text);
    }
}

Test(work, a_job_that_writes_beyond_a_result_that_is_folded_is_found) {
    size_t size = 8;
    struct work_options options = {.jobs = 2000000,
        .workers = 1,
        .result_size = size,
        .job = write_too_much,
        .context = &size,
        .merge = keep_first};
    struct diag diag = {0};
    cr_expect_eq(check_guards(&options, 0, 3, &diag), 0, "%s", diag.text);
    cr_expect_eq(check_guards(&options, 0, 4, &diag), -EFAULT);
    cr_expect(strstr(diag.text, "job 3 wrote beyond its result"), "%s", diag.text);
}

Test(work, single_claims_cover_every_job_once) {
    static const int64_t jobs[] = {0, 1, 2, 7, 1000};
    for (size_t j = 0; j < sizeof(jobs) / sizeof(*jobs); j++)
        for (int workers = 1; workers <= 5; workers++)
            for (int busiest = 0; busiest < workers; busiest++) {
                struct work *work = new_work(jobs[j], workers, 0, write_index);
                bool claimed[1000] = {false};
                int64_t job, count = 0;
                /* One worker claims most jobs and steals from all; the others claim every 7th time.
                 */
                for (int turn = 0; (job = work_claim_single(work,
                                        &work->workers[turn % 7 ? busiest : turn / 7 % workers]))
                     >= 0;
                     turn++) {
                    cr_assert_not(claimed[job]);
                    claimed[job] = true;
                    count++;
                }
                cr_assert_eq(count, jobs[j]);
                work_free(work);
            }
}

Test(work, failing_jobs_are_subtracted_from_the_range) {
    struct work *work = new_work(20, 1, 0, fail_above_ten);
    struct task task = {.ops = &pool_task_ops, .worker = &work->workers[0]};
    worker_run(&work->workers[0], &task, 3, 20);
    struct tally tally = work_collect(work);
    cr_assert_eq(tally.done, 8);
    cr_assert_eq(tally.index_sum, 3 + 4 + 5 + 6 + 7 + 8 + 9 + 10);
    cr_assert_eq(tally.failed, 9);
    work_free(work);
}

Test(work, keeps_the_longest_of_the_slow_tasks) {
    struct loop_notes notes = {0};
    for (int64_t i = 0; i < 2 * SLOW_KEPT; i++)
        notes_add_slow(
            &notes, &(struct slow_task){.job = i, .held_ns = 100 + i * 7 % (2 * SLOW_KEPT)});
    notes_add_slow(&notes,
        &(struct slow_task){.job = 3, .held_ns = 50}); /* it held the loop for longer before */
    notes_add_slow(
        &notes, &(struct slow_task){.job = 3, .held_ns = 500}); /* replaces the entry of job 3 */
    notes_add_slow(&notes, &(struct slow_task){.job = -1, .held_ns = 400});
    notes_add_slow(
        &notes, &(struct slow_task){.job = -1, .held_ns = 300}); /* another task without a job */
    cr_assert_eq(notes.slow_count, 2 * SLOW_KEPT + 4);
    static const int64_t expected[3][2] = {{3, 500}, {-1, 400}, {-1, 300}};
    for (int i = 0; i < 3; i++) {
        cr_expect_eq(notes.slow[i].job, expected[i][0], "place %d", i);
        cr_expect_eq(notes.slow[i].held_ns, expected[i][1], "place %d", i);
    }
    for (int i = 3; i < SLOW_KEPT; i++) {
        int64_t held_ns = 100 + 2 * SLOW_KEPT - 1 - (i - 3);
        cr_expect_eq(notes.slow[i].held_ns, held_ns, "place %d", i);
        cr_expect_eq(100 + notes.slow[i].job * 7 % (2 * SLOW_KEPT), held_ns, "place %d", i);
    }
}
