// SPDX-License-Identifier: MIT
package main

import (
	"bytes"
	"encoding/binary"
	"io"
	"net"
	"os"
	"os/exec"
	"sync"
	"syscall"
)

// Go: a goroutine for each connection, in the client and in the server, which is another process of
// this program. WORKERS connections, N round trips of 64 bytes each.

const size = 64

func serve() {
	listener, err := net.FileListener(os.NewFile(3, "listener"))
	if err != nil {
		fail("listen: %v", err)
	}
	for {
		connection, err := listener.Accept()
		if err != nil {
			fail("accept: %v", err)
		}
		go func() {
			defer connection.Close()
			data := make([]byte, 4096)
			for {
				got, err := connection.Read(data)
				if err != nil {
					return
				}
				if _, err := connection.Write(data[:got]); err != nil {
					return
				}
			}
		}()
	}
}

func fill(message []byte, worker int, trip int) {
	token := uint64(worker)*0x9e3779b97f4a7c15 ^ uint64(trip)
	for i := 0; i < size; i += 8 {
		binary.LittleEndian.PutUint64(message[i:], token+uint64(i))
	}
}

func talk(address string, worker int, trips int) {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		fail("connect: %v", err)
	}
	connection.(*net.TCPConn).SetLinger(0)
	sent, got := make([]byte, size), make([]byte, size)
	for trip := 0; trip < trips; trip++ {
		fill(sent, worker, trip)
		if _, err := connection.Write(sent); err != nil {
			fail("write: %v", err)
		}
		if _, err := io.ReadFull(connection, got); err != nil {
			fail("read: %v", err)
		}
		if !bytes.Equal(sent, got) {
			fail("another message came back")
		}
	}
	connection.Close()
}

func startServer() (*exec.Cmd, string) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		fail("listen: %v", err)
	}
	file, err := listener.(*net.TCPListener).File()
	if err != nil {
		fail("listen: %v", err)
	}
	server := exec.Command("/proc/self/exe", "serve", "0", "1")
	server.ExtraFiles = []*os.File{file}
	server.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	if err := server.Start(); err != nil {
		fail("server: %v", err)
	}
	defer file.Close()
	defer listener.Close()
	return server, listener.Addr().String()
}

func main() {
	args := parse()
	var files syscall.Rlimit
	syscall.Getrlimit(syscall.RLIMIT_NOFILE, &files)
	files.Cur = files.Max
	syscall.Setrlimit(syscall.RLIMIT_NOFILE, &files)
	if args.what == "serve" {
		serve()
	}
	server, address := startServer()
	run := func(args arguments) {
		var all sync.WaitGroup
		all.Add(args.workers)
		for w := 0; w < args.workers; w++ {
			go func(w int) {
				talk(address, w, args.n)
				all.Done()
			}(w)
		}
		all.Wait()
	}
	print(repeat(run, args), args.n*args.workers)
	server.Process.Kill()
	server.Wait()
}
