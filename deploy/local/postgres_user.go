package main

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"strconv"
	"syscall"
)

// account is the user PostgreSQL runs as when this program is root, which
// PostgreSQL refuses to be. A nil account means the user of this program.
type account struct{ uid, gid uint32 }

// postgresAccount returns the account, nil for a normal user.
func postgresAccount() (*account, error) {
	if os.Geteuid() != 0 {
		return nil, nil //nolint:nilnil // nil is a valid account, see account
	}
	found, err := user.Lookup("postgres")
	if err != nil {
		return nil, fmt.Errorf("root cannot run PostgreSQL, and the user of its package is missing: %w", err)
	}
	uid, errUID := strconv.ParseUint(found.Uid, 10, 32)
	gid, errGID := strconv.ParseUint(found.Gid, 10, 32)
	return &account{uid: uint32(uid), gid: uint32(gid)}, errors.Join(errUID, errGID)
}

func (a *account) credential() *syscall.Credential {
	if a == nil {
		return nil
	}
	return &syscall.Credential{Uid: a.uid, Gid: a.gid}
}

// own hands a file or folder to the account.
func (a *account) own(path string) error {
	if a == nil {
		return nil
	}
	return os.Chown(path, int(a.uid), int(a.gid))
}

// reaches tells whether the account may enter a folder; parents that are closed
// to others, like a 0700 home, are what usually forbids it.
func (a *account) reaches(ctx context.Context, dir string) bool {
	if a == nil {
		return true
	}
	test := exec.CommandContext(ctx, "/usr/bin/test", "-x", dir)
	test.Dir = "/"
	test.SysProcAttr = &syscall.SysProcAttr{Credential: a.credential()}
	return test.Run() == nil
}

// elsewhere is the parent of the clusters that cannot be below their data
// folder because their user cannot reach it.
const elsewhere = "/var/lib/rounds-local"

// clusterHome prepares the folder that holds the cluster and returns it: f.pg,
// or a folder outside with f.pg as a link to it when the account cannot reach
// f.pg. Data goes away with the data folder: a folder outside that no link
// leads to is started afresh.
func clusterHome(ctx context.Context, f folders, a *account) (string, error) {
	if target, err := os.Readlink(f.pg); err == nil {
		return target, nil
	}
	if err := os.MkdirAll(f.pg, 0o700); err != nil {
		return "", err
	}
	if err := a.own(f.pg); err != nil {
		return "", err
	}
	if a.reaches(ctx, f.pg) {
		return f.pg, nil
	}
	sum := sha256.Sum256([]byte(f.pg))
	outside := filepath.Join(elsewhere, fmt.Sprintf("%x", sum[:8]))
	if err := errors.Join(os.RemoveAll(outside), os.MkdirAll(outside, 0o711), os.Remove(f.pg)); err != nil { //nolint:gosec // others pass through the parent
		return "", err
	}
	if err := errors.Join(a.own(outside), os.Chmod(outside, 0o700)); err != nil { //nolint:gosec // a folder needs its x
		return "", err
	}
	return outside, os.Symlink(outside, f.pg)
}
