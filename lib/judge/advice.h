/* SPDX-License-Identifier: MIT */
#ifndef JUDGE_ADVICE_H
#define JUDGE_ADVICE_H

#include "verdict.h"

/* Fills the notes of the pairs that have none yet, and the advice of the session, from everything
 * else in `verdict`. Texts are constant or in `arena`. */
void advice_give(struct gate_verdict *verdict, struct arena *arena);

#endif
