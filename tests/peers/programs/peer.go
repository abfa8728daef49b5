// SPDX-License-Identifier: MIT
package main

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"time"
)

// Like peer.h for C: PROGRAM WHAT N WORKERS prints one line of JSON.

const sleepTime = time.Second

type arguments struct {
	what    string
	n       int
	workers int
}

func parse() arguments {
	if len(os.Args) != 4 {
		fail("usage: %s WHAT N WORKERS", os.Args[0])
	}
	n, badN := strconv.Atoi(os.Args[2])
	workers, badWorkers := strconv.Atoi(os.Args[3])
	if badN != nil || badWorkers != nil {
		fail("usage: %s WHAT N WORKERS", os.Args[0])
	}
	return arguments{os.Args[1], n, workers}
}

func fail(format string, args ...interface{}) {
	fmt.Fprintf(os.Stderr, format+"\n", args...)
	os.Exit(1)
}

//go:noinline
func emptyJob(i int) int { return 0 }

var job = emptyJob // a variable: called through its pointer

func repeat(run func(arguments), args arguments) float64 {
	start := time.Now()
	run(args)
	passes := int(10*time.Millisecond/(time.Since(start)+1)) + 1
	start = time.Now()
	for i := 0; i < passes; i++ {
		run(args)
	}
	return float64(time.Since(start).Nanoseconds()) / float64(passes)
}

func peakBytes() int {
	file, err := os.Open("/proc/self/status")
	if err != nil {
		return 0
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if fields := strings.Fields(lines.Text()); fields[0] == "VmHWM:" {
			kib, _ := strconv.Atoi(fields[1])
			return kib * 1024
		}
	}
	return 0
}

func print(ns float64, items int) {
	if items == 0 {
		items = 1
	}
	fmt.Printf("{\"ns\": %.4f, \"s\": %.6f, \"peak\": %d}\n", ns/float64(items), ns/1e9, peakBytes())
}
