package ffmpeg

import (
	"context"
	"os"
	"syscall"
	"time"
)

// isolation is how a child is kept from the network.
type isolation string

const (
	isolationNone isolation = "none"
	isolationRoot isolation = "network namespace"
	isolationUser isolation = "network namespace in a user namespace"
)

// detectIsolation runs a trivial program in each kind until one works.
func (r *Runner) detectIsolation(ctx context.Context) isolation {
	candidates := []isolation{isolationUser}
	if os.Geteuid() == 0 {
		candidates = []isolation{isolationRoot, isolationUser}
	}
	for _, candidate := range candidates {
		r.isolation = candidate
		err := r.Run(ctx, Command{Program: r.setpriv, Args: []string{"--version"}, Dir: "/", Limits: Limits{Wall: 5 * time.Second}})
		if err == nil {
			return candidate
		}
	}
	return isolationNone
}

// apply sets the namespaces of a child.
func (i isolation) apply(attr *syscall.SysProcAttr) {
	switch i {
	case isolationRoot:
		attr.Cloneflags = syscall.CLONE_NEWNET
	case isolationUser:
		attr.Cloneflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
	case isolationNone:
	}
}
