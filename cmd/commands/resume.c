/* SPDX-License-Identifier: MIT */
#include "resume.h"

#include <sys/stat.h>

#include "journal.h"
#include "streams.h"
#include "words.h"

struct resumed {
    struct arena *arena;
    struct journal *journal;
    bool quiet, broken, ended;
};

/* A result without a journal is complete. */
static int check_files(const char *path, const char *journal) {
    struct stat status;

    if (stat(path, &status) != 0 || stat(journal, &status) == 0)
        return EXIT_FINE;
    return complain(EXIT_USAGE,
        "--resume: '%s' is there and '%s' is not, so its session is complete; name another file",
        shown(path).text, shown(journal).text);
}

int resume_open(const struct options *options, struct plan *plan, struct resumed **ret_resumed) {
    struct arena *arena = arena_new();
    struct resumed *resumed = arena_array(arena, struct resumed, 1);
    const char *path = arena_printf(arena, "%s.journal", options->resume.text);
    struct diag diag = {0};
    int code = check_files(options->resume.text, path);

    *resumed = (struct resumed){.arena = arena, .quiet = options->output.quiet};
    *ret_resumed = resumed;
    if (code == EXIT_FINE && journal_open(path, plan, &resumed->journal, &diag) < 0)
        code = complain(EXIT_USAGE, "--resume: %s", diag.text);
    if (code == EXIT_FINE && !resumed->quiet && journal_has_samples(resumed->journal))
        complain(0, "the session that began at %s goes on", resumed->journal->starts[0]);
    return code;
}

/* The session goes on: what it measures is printed in the end. */
static void note_sample(void *context, size_t index, int64_t passes, const struct sample *sample) {
    struct resumed *resumed = context;
    struct diag diag = {0};

    if (resumed->broken || journal_add(resumed->journal, index, passes, sample, &diag) == 0)
        return;
    resumed->broken = true;
    complain(0,
        "warning: %s. The session goes on, but only its samples before this one could be resumed",
        diag.text);
}

void resume_prepare(struct resumed *resumed, const int64_t *passes, struct session_options *how) {
    if (!resumed)
        return;
    struct journal *journal = resumed->journal;

    for (size_t i = 0; passes && i < journal->plan->case_count; i++)
        if (journal->passes[i] == 0)
            journal->passes[i] = passes[i];
    how->passes = journal->passes;
    how->restored = journal->results;
    how->number = (int64_t)journal->start_count - 1;
    how->recorded = note_sample;
    how->journal = resumed;
}

void resume_note(const struct resumed *resumed, struct session *session) {
    if (!resumed || !journal_has_samples(resumed->journal))
        return;
    session->starts = resumed->journal->starts;
    session->start_count = resumed->journal->start_count;
}

void resume_end(struct resumed *resumed, const struct session *session) {
    if (resumed)
        resumed->ended = session->rounds_done == session->plan->rounds;
}

void resume_close(struct resumed *resumed) {
    if (!resumed)
        return;
    journal_close(resumed->journal, resumed->ended);
    arena_free(resumed->arena);
}
