package ffmpeg

import (
	"context"
	"os"
	"syscall"
	"time"
)

// isolation is how a child is kept from the network and from outliving its run:
// when the first process of a process namespace ends, all others are killed,
// also those that left the process group.
type isolation string

const (
	isolationNone        isolation = "none"
	isolationRoot        isolation = "namespaces of network and processes"
	isolationRootNetwork isolation = "network namespace"
	isolationUser        isolation = "namespaces of network and processes in a user namespace"
	isolationUserNetwork isolation = "network namespace in a user namespace"
)

// detectIsolation runs a trivial program in each kind until one works.
func (r *Runner) detectIsolation(ctx context.Context) isolation {
	candidates := []isolation{isolationUser, isolationUserNetwork}
	if os.Geteuid() == 0 {
		candidates = []isolation{isolationRoot, isolationUser, isolationRootNetwork, isolationUserNetwork}
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
	case isolationNone:
		return
	case isolationRoot, isolationUser:
		attr.Cloneflags = syscall.CLONE_NEWNET | syscall.CLONE_NEWPID
	case isolationRootNetwork, isolationUserNetwork:
		attr.Cloneflags = syscall.CLONE_NEWNET
	}
	if i == isolationUser || i == isolationUserNetwork {
		attr.Cloneflags |= syscall.CLONE_NEWUSER
		attr.UidMappings = []syscall.SysProcIDMap{{ContainerID: os.Geteuid(), HostID: os.Geteuid(), Size: 1}}
		attr.GidMappings = []syscall.SysProcIDMap{{ContainerID: os.Getegid(), HostID: os.Getegid(), Size: 1}}
	}
}
