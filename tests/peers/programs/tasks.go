// SPDX-License-Identifier: MIT
package main

import (
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Go. switch: WORKERS goroutines on one thread give way N times in all. spawn: N goroutines on one
// thread, a hundred at a time. sleep: N that sleep 1 s. counter: WORKERS claim N jobs from one
// counter. submit: N jobs through a channel to WORKERS. ranges: N jobs divided among WORKERS.

const batch = 100

func runSwitch(args arguments) {
	var all sync.WaitGroup
	all.Add(args.workers)
	for w := 0; w < args.workers; w++ {
		go func() {
			for i := 0; i < args.n/args.workers; i++ {
				runtime.Gosched()
			}
			all.Done()
		}()
	}
	all.Wait()
}

func runSpawn(args arguments) {
	for first := 0; first < args.n; first += batch {
		var started sync.WaitGroup
		for i := first; i < first+batch && i < args.n; i++ {
			started.Add(1)
			go func(i int) {
				job(i)
				started.Done()
			}(i)
		}
		started.Wait()
	}
}

func runSleep(args arguments) {
	var all sync.WaitGroup
	all.Add(args.n)
	for i := 0; i < args.n; i++ {
		go func() {
			start := time.Now()
			time.Sleep(sleepTime)
			if time.Since(start) < sleepTime {
				fail("woke early")
			}
			all.Done()
		}()
	}
	all.Wait()
}

func inWorkers(args arguments, work func(worker int)) {
	var all sync.WaitGroup
	all.Add(args.workers)
	for w := 0; w < args.workers; w++ {
		go func(w int) {
			work(w)
			all.Done()
		}(w)
	}
	all.Wait()
}

func runCounter(args arguments) {
	var next int64
	inWorkers(args, func(int) {
		for {
			i := int(atomic.AddInt64(&next, 1)) - 1
			if i >= args.n {
				return
			}
			job(i)
		}
	})
}

func runRanges(args arguments) {
	inWorkers(args, func(w int) {
		for i := args.n * w / args.workers; i < args.n*(w+1)/args.workers; i++ {
			job(i)
		}
	})
}

func runSubmit(args arguments) {
	type call struct {
		job func(int) int
		i   int
	}
	calls := make(chan call, 4096)
	go func() {
		for i := 0; i < args.n; i++ {
			calls <- call{job, i}
		}
		close(calls)
	}()
	inWorkers(args, func(int) {
		for call := range calls {
			call.job(call.i)
		}
	})
}

func main() {
	args := parse()
	runs := map[string]func(arguments){"switch": runSwitch, "spawn": runSpawn, "sleep": runSleep,
		"counter": runCounter, "ranges": runRanges, "submit": runSubmit}
	run, known := runs[args.what]
	if !known {
		fail("'%s' is unknown here", args.what)
	}
	if args.what == "switch" || args.what == "spawn" {
		runtime.GOMAXPROCS(1)
	}
	print(repeat(run, args), args.n)
}
