/* SPDX-License-Identifier: MIT */
#ifndef TESTS_FIXTURE_EPOLLS_H
#define TESTS_FIXTURE_EPOLLS_H

#include <stdbool.h>

/* Which descriptors are epoll instances: the test framework has some of its own. */
struct epolls {
    bool is[256];
};

struct epolls find_epolls(void);

#endif
