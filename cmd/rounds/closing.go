package main

import (
	"errors"
	"net"
	"syscall"
	"time"

	"golang.org/x/net/bpf"
	"golang.org/x/sys/unix"
)

const (
	// handshakeTime is how long a connection may take that had begun when its port
	// was to be closed: a round trip between machines that are near each other.
	handshakeTime = 100 * time.Millisecond
	closingAgain  = 10 * time.Millisecond
)

// onlyBegun lets the packets of connections pass that have begun, and drops
// those that begin one: SYN without ACK, bits of the 14th byte of a header of TCP
// (RFC 9293, section 3.1).
var onlyBegun = []bpf.Instruction{
	bpf.LoadAbsolute{Off: 13, Size: 1},
	bpf.ALUOpConstant{Op: bpf.ALUOpAnd, Val: 0x12},
	bpf.JumpIf{Cond: bpf.JumpEqual, Val: 0x02, SkipTrue: 1},
	bpf.RetConstant{Val: 1 << 18},
	bpf.RetConstant{Val: 0},
}

// letIn makes a port that is going to be closed deaf to whoever begins to
// connect, and returns when all that had connected were accepted, or after the
// limit: what the kernel has accepted and the process has not when a port is
// closed is reset, and a client that has sent its request cannot know whether it
// was done. Who connects too late is told so while connecting and goes elsewhere
// (RFC 9293, section 3.8.1: it tries again after a second, and finds the port closed).
func letIn(socket *net.TCPListener, limit time.Duration) error {
	raw, err := socket.SyscallConn()
	if err != nil {
		return err
	}
	if err := onSocket(raw, func(fd int) error { return attach(fd, onlyBegun) }); err != nil {
		return err
	}
	again := time.NewTicker(closingAgain)
	defer again.Stop()
	for began := time.Now(); time.Since(began) < limit; <-again.C {
		waiting := 0
		if err := onSocket(raw, func(fd int) (err error) { waiting, err = backlog(fd); return err }); err != nil {
			return err
		}
		if waiting == 0 && time.Since(began) > handshakeTime {
			return nil
		}
	}
	return nil
}

// onSocket calls do with a socket's descriptor, which stays the socket's.
func onSocket(raw syscall.RawConn, do func(fd int) error) error {
	var done error
	err := raw.Control(func(fd uintptr) { done = do(int(fd)) })
	return errors.Join(err, done)
}

// attach gives a socket a filter for what arrives at it (socket(7), SO_ATTACH_FILTER).
func attach(fd int, filter []bpf.Instruction) error {
	assembled, err := bpf.Assemble(filter)
	if err != nil {
		return err
	}
	program := make([]unix.SockFilter, 0, len(assembled))
	for _, i := range assembled {
		program = append(program, unix.SockFilter{Code: i.Op, Jt: i.Jt, Jf: i.Jf, K: i.K})
	}
	return unix.SetsockoptSockFprog(fd, unix.SOL_SOCKET, unix.SO_ATTACH_FILTER,
		&unix.SockFprog{Len: uint16(len(program)), Filter: &program[0]}) //nolint:gosec // five instructions
}

// backlog counts the connections of a listening socket that nobody has accepted
// yet: for such a socket that is what tcpi_unacked means.
func backlog(fd int) (int, error) {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return 0, err
	}
	return int(info.Unacked), nil
}
