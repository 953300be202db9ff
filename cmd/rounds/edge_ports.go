package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"strings"
	"syscall"
	"time"
)

// portsPatience is how long an edge waits at its start for `rounds ports`, and
// how often it asks.
const (
	portsPatience = 30 * time.Second
	portsAgain    = 100 * time.Millisecond
)

// errPortsGone ends an edge whose ports nobody holds any more: whoever started
// it starts it again, and it gets the new ones.
var errPortsGone = errors.New("ROUNDS_PORTS_SOCKET: rounds ports has ended")

// borrowed are the ports that `rounds ports` holds for this process too.
type borrowed struct {
	sockets map[string]net.Listener
	line    *net.UnixConn
	ended   chan error // of the line
}

// borrowPorts gets the ports at path and calls gone when they are held no more;
// nil without a path. Close gives them back: they stay open elsewhere.
func borrowPorts(ctx context.Context, path string, gone func()) (*borrowed, error) {
	if path == "" {
		return nil, nil
	}
	line, err := dialPatiently(ctx, path)
	if err != nil {
		return nil, fmt.Errorf("ROUNDS_PORTS_SOCKET: %w", err)
	}
	sockets, err := receivePorts(line)
	if err != nil {
		return nil, errors.Join(fmt.Errorf("ROUNDS_PORTS_SOCKET: %w", err), line.Close())
	}
	b := &borrowed{sockets: sockets, line: line, ended: make(chan error, 1)}
	go func() {
		_, err := line.Read(make([]byte, 1)) // nothing is said on it
		if errors.Is(err, net.ErrClosed) {
			b.ended <- nil
			return
		}
		b.ended <- errPortsGone
		gone()
	}()
	return b, nil
}

// Close gives the ports back. It returns [errPortsGone] when they were held no more.
func (b *borrowed) Close() error {
	if b == nil {
		return nil
	}
	_ = b.line.Close()
	for _, socket := range b.sockets {
		_ = socket.Close() // most often it is already
	}
	return <-b.ended
}

// on is l on the port that was borrowed under a name, or not served when none was;
// l itself when the process opens its ports by itself.
func (l listener) on(b *borrowed, port string) listener {
	if b != nil {
		l.address, l.shared = "", b.sockets[port]
	}
	return l
}

// dialPatiently connects to a Unix socket that may not be there yet: both
// processes are started at the same time.
func dialPatiently(ctx context.Context, path string) (*net.UnixConn, error) {
	ctx, cancel := context.WithTimeout(ctx, portsPatience)
	defer cancel()
	again := time.NewTicker(portsAgain)
	defer again.Stop()
	for {
		line, err := new(net.Dialer).DialContext(ctx, "unix", path)
		if err == nil {
			return line.(*net.UnixConn), nil
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-again.C:
		}
	}
}

// receivePorts reads the message of [heldSockets.hand].
func receivePorts(line *net.UnixConn) (map[string]net.Listener, error) {
	text, rights := make([]byte, 1024), make([]byte, syscall.CmsgSpace(4*16)) // 16 descriptors
	n, m, flags, _, err := line.ReadMsgUnix(text, rights)
	if err != nil {
		return nil, err
	}
	descriptors, err := parseRights(rights[:m])
	if err != nil {
		return nil, err
	}
	sockets := map[string]net.Listener{}
	names := strings.Split(string(text[:n]), "\n")
	for i, fd := range descriptors {
		file := os.NewFile(uintptr(fd), "port")
		socket, failed := net.FileListener(file)
		err = errors.Join(err, failed, file.Close())
		if failed == nil && i < len(names) {
			sockets[names[i]] = socket
		}
	}
	if err != nil || flags&syscall.MSG_CTRUNC != 0 || len(names) != len(descriptors) || sockets[frontPort] == nil {
		return nil, errors.Join(err, fmt.Errorf("%d ports of the names %q were handed over", len(descriptors), names))
	}
	return sockets, nil
}

func parseRights(rights []byte) (descriptors []int, err error) {
	messages, err := syscall.ParseSocketControlMessage(rights)
	for _, message := range messages {
		got, failed := syscall.ParseUnixRights(&message)
		descriptors, err = append(descriptors, got...), errors.Join(err, failed)
	}
	return descriptors, err
}
