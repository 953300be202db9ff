package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
	"time"
)

// orphanLimit is how long a child of an earlier run may take to stop.
const orphanLimit = 20 * time.Second

// stopOrphans ends the children that a supervisor left behind when it was
// killed. The lock on the data folder is held, so none of them has an owner.
func stopOrphans(f folders) error {
	files, err := filepath.Glob(filepath.Join(f.run, "*.pid"))
	if err != nil {
		return err
	}
	for _, file := range files {
		if err := stopOrphan(file); err != nil {
			return err
		}
		if err := os.Remove(file); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return err
		}
	}
	return nil
}

func stopOrphan(file string) error {
	content, err := os.ReadFile(file)
	if err != nil {
		return err
	}
	var pid int
	var started string
	var signal syscall.Signal
	if read, _ := fmt.Sscan(string(content), &pid, &started, &signal); read < 3 || !running(pid, started) {
		return nil // half-written or long gone
	}
	_ = syscall.Kill(pid, signal)
	deadline := time.Now().Add(orphanLimit)
	for running(pid, started) {
		if time.Now().After(deadline) {
			_ = syscall.Kill(-pid, syscall.SIGKILL)
			deadline = time.Now().Add(orphanLimit)
		}
		time.Sleep(20 * time.Millisecond) // not our child: nothing to wait on
	}
	_ = syscall.Kill(-pid, syscall.SIGKILL) // the rest of its group
	return nil
}

func running(pid int, started string) bool {
	now, err := startTime(pid)
	return err == nil && now == started
}
