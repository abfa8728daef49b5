/* SPDX-License-Identifier: MIT */
#ifndef PCONC_PLUGIN_H
#define PCONC_PLUGIN_H

#include <pconc/diag.h>
#include <pconc/param.h>
#include <pconc/partner.h>
#include <pconc/task.h>
#include <pconc/workload.h>

#include <stddef.h>
#include <stdint.h>

/*
 * Plug-ins: workloads of your own in a shared library, for pconc bench --plugin=./libmine.so. A
 * plug-in is one file that includes this header alone, defines a struct workload and ends in
 *
 *     PCONC_PLUGIN(&my_workload);
 *
 * It is linked with no library, because pconc itself provides the functions of these headers:
 *
 *     cc -shared -fPIC -O2 -fstack-clash-protection -o libmine.so mine.c
 *
 * `pconc new workload mine` writes such a file to start from.
 */

/* Increases when a struct of these headers or the meaning of a function changes. Plug-ins must then
 * be built again. */
#define PCONC_PLUGIN_ABI 3

#define PCONC_PLUGIN_MAGIC UINT64_C(0x706C7567636E6F63)

/* The only symbol that a plug-in exports. The first three members never move: any version of pconc
 * reads them to report a different ABI. */
struct pconc_plugin {
    uint64_t magic;
    uint32_t abi;
    uint32_t size; /* of this struct; the following members depend on the ABI */

    /* Sizes of the structs as the plug-in's compiler saw them. */
    uint32_t workload_size, input_size, outcome_size, param_size, diag_size, rng_size;

    const struct workload *const *workloads; /* ended by NULL */
};

#define PCONC_PLUGIN(...)                                                                          \
    static const struct workload *const pconc_plugin_workloads[] = {__VA_ARGS__, NULL};            \
    extern const struct pconc_plugin pconc_plugin;                                                 \
    __attribute__((visibility("default"))) const struct pconc_plugin pconc_plugin = {              \
        .magic = PCONC_PLUGIN_MAGIC,                                                               \
        .abi = PCONC_PLUGIN_ABI,                                                                   \
        .size = sizeof(struct pconc_plugin),                                                       \
        .workload_size = sizeof(struct workload),                                                  \
        .input_size = sizeof(struct workload_input),                                               \
        .outcome_size = sizeof(struct outcome),                                                    \
        .param_size = sizeof(struct param),                                                        \
        .diag_size = sizeof(struct diag),                                                          \
        .rng_size = sizeof(struct rng),                                                            \
        .workloads = pconc_plugin_workloads,                                                       \
    }

#endif
