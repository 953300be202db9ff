package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"syscall"
)

// folders is the layout of a data folder.
type folders struct {
	root string // everything
	run  string // pid files and the lock
	logs string // NAME.log of each part
	keys string // master key, signing key pair
	mail string // one .eml file a mail
	s3   string // the gateway's buckets and their metadata
	work string // scratch space of the worker
	demo string // the generated webinar
	pg   string // the PostgreSQL cluster, or a link to it
}

// makeFolders creates the layout below root. Others may pass through root,
// since PostgreSQL runs as another user when this program is root; nothing
// below it is readable by others.
func makeFolders(root string) (folders, error) {
	root, err := filepath.Abs(root)
	if err != nil {
		return folders{}, err
	}
	if err := os.MkdirAll(root, 0o711); err != nil { //nolint:gosec // see above
		return folders{}, err
	}
	below := func(name string) string { return filepath.Join(root, name) }
	f := folders{
		root: root, run: below("run"), logs: below("logs"), keys: below("keys"), mail: below("mail"),
		s3: below("s3"), work: below("work"), demo: below("demo"), pg: below("postgres"),
	}
	for _, dir := range []string{
		f.run, f.logs, f.keys, f.mail, f.s3, f.work, f.demo,
		filepath.Join(f.s3, "buckets"), filepath.Join(f.s3, "metadata"), filepath.Join(f.s3, "versions"),
	} {
		if err := os.MkdirAll(dir, 0o700); err != nil {
			return folders{}, err
		}
	}
	return f, nil
}

// lock makes this program the only owner of the data folder until it ends. The
// kernel releases the lock, whatever the end.
func (f folders) lock() (*os.File, error) {
	file, err := os.OpenFile(filepath.Join(f.run, "lock"), os.O_CREATE|os.O_RDWR, 0o600)
	if err != nil {
		return nil, err
	}
	err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
	if errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, errors.Join(fmt.Errorf("%s is in use by another `make run`: stop that one, or choose another folder and port with DATA=… PORT=…", f.root), file.Close())
	}
	return file, err
}
