/* SPDX-License-Identifier: MIT */
#ifndef FIXTURE_STORE_H
#define FIXTURE_STORE_H

#include <jansson.h>

#include "fixture_session.h"

/* Documents of saved results, to be spoiled. */

/* `at` is walked by members and indices parted by '/'; the value there is replaced by the JSON of
 * `value`, or removed if that is NULL. */
struct spoil {
    const char *at, *value;
    const char *said; /* what is then said of it */
};

/* What the session of the fixture is saved as. */
json_t *saved_document(const struct fixture *fixture);
void spoil(json_t *root, const char *where, const char *value);
/* Takes the document. */
void save_document(json_t *root, const char *path);

/* An empty file of its own; its name goes to `path`. */
#define STORE_PATH "/tmp/pconc-test-store.XXXXXX"
void store_path_make(char *path);

#endif
