/* SPDX-License-Identifier: MIT */
#include <pconc/loop.h>

#include <errno.h>
#include <stddef.h>

#include "call_server.h"
#include "loop.h"

/* In the loop. */
static void begin_call(struct loop_post *post) {
    struct call_task *self = (struct call_task *)((char *)post - offsetof(struct call_task, post));
    struct future *future = self->future;
    if (!future_start(future))
        return; /* cancelled meanwhile */
    if (self->loop->ends) {
        future_note_failure(future, "its event loop was freed before it ran");
        future_end(future, -ESHUTDOWN);
        return;
    }
    call_task_start(self->loop, NULL, future);
}

static const struct queue_host loop_host = {.cancel = call_task_cancel};

int loop_submit(struct loop *loop, call_function *fn, const void *argument, size_t argument_size,
    size_t result_size, struct future **ret_future, struct diag *diag) {
    const struct queue_options options = {
        .calls = {.argument_size = argument_size, .result_size = result_size},
        .extra_size = sizeof(struct call_task),
        .host = &loop_host,
        .context = loop};
    struct future *future;
    int code = future_alone(fn, argument, &options, &future, diag);
    if (code < 0)
        return code;
    struct call_task *self = future_extra(future);
    self->loop = loop;
    self->future = future;
    self->post.run = begin_call;
    /* Before the call can run and end. */
    if (ret_future)
        *ret_future = future;
    loop_post(loop, &self->post);
    if (!ret_future)
        future_free(future);
    return 0;
}
