package edge

import (
	"context"
	"errors"
	"io"
	"net/http"
)

// Errors of an Origin. Whatever else goes wrong is the origin being unavailable.
var (
	// ErrNoObject: there is no object of that key, or it may not be read. The
	// two look the same, as in S3 without the right to list.
	ErrNoObject = errors.New("no such object")
	// ErrNotModified: the viewer's copy is still right (RFC 9110 section 13.1.2).
	ErrNotModified = errors.New("not modified")
	// ErrPrecondition: If-Match or If-Unmodified-Since does not hold.
	ErrPrecondition = errors.New("precondition failed")
	// ErrRange: the object does not reach to the range that was asked for.
	ErrRange = errors.New("range not satisfiable")
)

// Request is what a viewer wants of an object. Range and the conditions are
// the values of the HTTP header fields of the same name, empty when absent.
// Conditions on dates are the edge's own business: gateways differ in how they
// round them.
type Request struct {
	Key         string
	HeadOnly    bool
	Range       string // one range of bytes
	IfMatch     string
	IfNoneMatch string
}

// Object is an object, or the part of it that was asked for.
type Object struct {
	Body    io.ReadCloser // nil for HeadOnly; the caller closes it
	Partial bool          // Body is the range, not the whole
	Header  http.Header   // Content-*, Cache-Control, ETag, Last-Modified
}

// Origin is where media objects are read from.
type Origin interface {
	// Open returns the object, streaming, or one of the errors above. Closing
	// the body, or the end of ctx, frees everything.
	Open(ctx context.Context, r Request) (*Object, error)
}
