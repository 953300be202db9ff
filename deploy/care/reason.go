package care

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"net"
	"os"
	"syscall"

	"rounds/catalog"
)

// Reason is the last cause of an error, in words when it is a usual one, else in
// its own: it has no address that was asked at, and no credentials.
func Reason(err error) catalog.Sentence {
	for _, usual := range []struct {
		cause error
		said  catalog.Sentence
	}{
		{context.DeadlineExceeded, catalog.Say("no answer in time")},
		{os.ErrDeadlineExceeded, catalog.Say("no answer in time")},
		{syscall.ETIMEDOUT, catalog.Say("no answer in time")},
		{syscall.ECONNREFUSED, catalog.Say("nothing listens there")},
		{syscall.ECONNRESET, catalog.Say("the connection was cut")},
		{io.EOF, catalog.Say("the connection was cut")},
		{syscall.EHOSTUNREACH, catalog.Say("no way leads there")},
		{syscall.ENETUNREACH, catalog.Say("no way leads there")},
		{fs.ErrNotExist, catalog.Say("it is not there")},
		{fs.ErrPermission, catalog.Say("access is denied")},
	} {
		if errors.Is(err, usual.cause) {
			return usual.said
		}
	}
	if named, ok := errors.AsType[*net.DNSError](err); ok {
		return catalog.Say("the name %s does not resolve", named.Name)
	}
	if refused, ok := errors.AsType[*net.OpError](err); ok {
		return catalog.Say("%s", refused.Err.Error())
	}
	if coded, ok := errors.AsType[interface { // of S3
		error
		ErrorCode() string
	}](err); ok {
		return catalog.Say("%s", coded.ErrorCode())
	}
	for inner := errors.Unwrap(err); inner != nil; inner = errors.Unwrap(err) {
		err = inner
	}
	return catalog.Say("%s", err.Error())
}
