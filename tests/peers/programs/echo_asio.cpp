// SPDX-License-Identifier: MIT
#include <utility> // missing in Boost.Asio 1.74 with C++20

#include "echo.h"

#include <boost/asio.hpp>
#include <memory>
#include <vector>

// Boost.Asio: one io_context in the client, one in the server.

namespace asio = boost::asio;
using boost::system::error_code;
using tcp = asio::ip::tcp;

static void require(const error_code &error, const char *what) {
    if (!error)
        return;
    fprintf(stderr, "%s: %s\n", what, error.message().c_str());
    exit(1);
}

struct session : std::enable_shared_from_this<session> {
    tcp::socket socket;
    char data[4096];
    explicit session(tcp::socket accepted) : socket(std::move(accepted)) {
    }
    void read() {
        socket.async_read_some(
            asio::buffer(data), [self = shared_from_this()](error_code error, size_t size) {
                if (!error)
                    self->write(size);
            });
    }
    void write(size_t size) {
        asio::async_write(socket, asio::buffer(data, size),
            [self = shared_from_this()](error_code error, size_t) {
                if (!error)
                    self->read();
            });
    }
};

static void accept_next(tcp::acceptor &acceptor) {
    acceptor.async_accept([&acceptor](error_code error, tcp::socket socket) {
        require(error, "accept");
        echo_socket(socket.native_handle(), false);
        std::make_shared<session>(std::move(socket))->read();
        accept_next(acceptor);
    });
}

static void serve(int listen_fd) {
    asio::io_context io(1);
    tcp::acceptor acceptor(io, tcp::v4(), listen_fd);
    accept_next(acceptor);
    io.run();
}

struct client {
    tcp::socket socket;
    struct echo echo = {};
    int64_t trips;
    client(asio::io_context &io, int64_t job, int64_t n) : socket(io), trips(n) {
        echo.job = job;
    }
    void dial() {
        tcp::endpoint server(asio::ip::address_v4::loopback(), ntohs(echo_address.sin_port));
        socket.async_connect(server, [this](error_code error) {
            require(error, "connect");
            echo_socket(socket.native_handle(), true);
            echo_fill(&echo);
            trip();
        });
    }
    void trip() {
        asio::async_write(socket, asio::buffer(echo.sent), [this](error_code error, size_t) {
            require(error, "write");
            asio::async_read(socket, asio::buffer(echo.got), [this](error_code failed, size_t) {
                require(failed, "read");
                if (echo_next(&echo, trips))
                    trip();
                else
                    socket.close();
            });
        });
    }
};

static void run(struct peer_args *args) {
    asio::io_context io(1);
    std::vector<std::unique_ptr<client>> clients;
    for (int i = 0; i < args->workers; i++) {
        clients.push_back(std::make_unique<client>(io, i, args->n));
        clients.back()->dial();
    }
    io.run();
}

int main(int argc, char **argv) {
    echo_main(argc, argv, serve, run);
}
