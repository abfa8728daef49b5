/* SPDX-License-Identifier: MIT */
#ifndef LOOP_SANITIZERS_H
#define LOOP_SANITIZERS_H

/* The sanitizers of this build that follow stacks. gcc defines macros, clang has features. */

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#ifdef __SANITIZE_ADDRESS__
#define WITH_ASAN 1
#endif
#ifdef __SANITIZE_THREAD__
#define WITH_TSAN 1
#endif

#endif
