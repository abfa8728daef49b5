/* SPDX-License-Identifier: MIT */
#include "peer.h"

#include <mpi.h>

/* Open MPI: process 0 sends N jobs one by one to the others in turn and receives the results; at
 * most WINDOW are pending. WORKERS is one less than mpirun -n. It polls. */

#define WINDOW 256

enum { CALL, END };

struct message {
    int64_t i;
    int64_t result;
};

static void work(void) {
    struct message message;
    MPI_Status status;
    for (;;) {
        MPI_Recv(&message, sizeof(message), MPI_BYTE, 0, MPI_ANY_TAG, MPI_COMM_WORLD, &status);
        if (status.MPI_TAG == END)
            return;
        message.result = peer_job(NULL, message.i, NULL, NULL);
        MPI_Send(&message, sizeof(message), MPI_BYTE, 0, CALL, MPI_COMM_WORLD);
    }
}

static void take_result(int64_t *sum) {
    struct message message;
    MPI_Recv(&message, sizeof(message), MPI_BYTE, MPI_ANY_SOURCE, CALL, MPI_COMM_WORLD,
        MPI_STATUS_IGNORE);
    *sum += message.i;
}

static void run(struct peer_args *args) {
    int64_t sum = 0, taken = 0;
    for (int64_t i = 0; i < args->n; i++) {
        struct message message = {.i = i};
        if (i - taken == WINDOW) {
            take_result(&sum);
            taken++;
        }
        MPI_Send(&message, sizeof(message), MPI_BYTE, 1 + (int)(i % args->workers), CALL,
            MPI_COMM_WORLD);
    }
    for (; taken < args->n; taken++)
        take_result(&sum);
    peer_check(sum, args->n * (args->n - 1) / 2);
}

int main(int argc, char **argv) {
    int rank, size;
    MPI_Init(&argc, &argv);
    MPI_Comm_rank(MPI_COMM_WORLD, &rank);
    MPI_Comm_size(MPI_COMM_WORLD, &size);
    struct peer_args args = peer_parse(argc, argv);
    peer_check(args.workers, size - 1);
    if (rank == 0) {
        peer_print(peer_repeat(run, &args), (double)args.n);
        for (int worker = 1; worker < size; worker++)
            MPI_Send(NULL, 0, MPI_BYTE, worker, END, MPI_COMM_WORLD);
    } else {
        work();
    }
    MPI_Finalize();
    return 0;
}
