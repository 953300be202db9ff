package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// ticksPerSecond of /proc: what the kernel shows everywhere (USER_HZ).
const ticksPerSecond = 100

// cpuOf is the processor seconds that some processes and their children, as
// far as they live, have used so far.
func cpuOf(pids ...int) (seconds float64) {
	stats, _ := filepath.Glob("/proc/[0-9]*/stat") // the pattern is right
	for _, path := range stats {
		text, err := os.ReadFile(path)
		if err != nil {
			continue // it has ended
		}
		_, rest, _ := strings.Cut(string(text), ") ")
		fields := strings.Fields(rest) // proc(5), from the third field on
		pid, _ := strconv.Atoi(filepath.Base(filepath.Dir(path)))
		if len(fields) < 13 {
			continue
		}
		parent, _ := strconv.Atoi(fields[1])
		for _, wanted := range pids {
			if pid == wanted || parent == wanted {
				user, _ := strconv.ParseFloat(fields[11], 64)
				system, _ := strconv.ParseFloat(fields[12], 64)
				seconds += (user + system) / ticksPerSecond
			}
		}
	}
	return seconds
}

// cpuOfSelf is the processor seconds of this process: the generator.
func cpuOfSelf() float64 {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		return 0
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano()).Seconds()
}

// costed measures a load and prints what each request cost whom, which tells
// more than its rate when the machine has other things to do.
func (b *bench) costed(name string, p *process, measure func() (load, error)) (load, error) {
	api, database := p.cmd.Process.Pid, b.cluster.PID()
	before := [3]float64{cpuOf(api), cpuOf(database), cpuOfSelf()}
	result, err := measure()
	after := [3]float64{cpuOf(api), cpuOf(database), cpuOfSelf()}
	used := func(i int) float64 { return (after[i] - before[i]) * 1e6 / max(1, result.all) }
	fmt.Printf("  %-14s %8.0f/s  p99 %4d ms   µs each: program %4.0f, PostgreSQL %4.0f, generator %4.0f\n",
		name, result.perSecond, result.p99.Milliseconds(), used(0), used(1), used(2))
	return result, err
}
