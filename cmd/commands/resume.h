/* SPDX-License-Identifier: MIT */
#ifndef CMD_RESUME_H
#define CMD_RESUME_H

#include "options.h"
#include "session.h"

/* --resume=FILE: a session that goes on where another one ended (lib/store/journal.h). */
struct resumed;

/* Opens FILE.journal. The plan may get its seed. EXIT_FINE, or EXIT_USAGE after a complaint. The
 * options and the plan must outlive it. */
int resume_open(const struct options *options, struct plan *plan, struct resumed **ret_resumed);

/* The functions below do nothing if `resumed` is NULL. Adds to `how` what was measured, and where
 * to note what will be. `passes` are those that are known without it; NULL: none. */
void resume_prepare(struct resumed *resumed, const int64_t *passes, struct session_options *how);

/* Says in the results when its sessions began. */
void resume_note(const struct resumed *resumed, struct session *session);

/* FILE holds the results. If all rounds are measured, the journal is not needed any more. */
void resume_end(struct resumed *resumed, const struct session *session);

void resume_close(struct resumed *resumed);

#endif
