package hls

import (
	"context"
	"io"
	"path"
	"slices"
	"strings"
)

// Delivery is how an object came over HTTP.
type Delivery struct {
	ContentType string
	Gzip        bool // compressed on the way, as was asked
}

// Deliverer is a Source that knows how its objects are delivered, so that MIME
// types and compression can be checked. query is the one of the URI that names
// the object; the other obligations are those of Open.
type Deliverer interface {
	Deliver(ctx context.Context, name, query string) (io.ReadCloser, Delivery, error)
}

// open opens an object and checks its delivery where that is known.
func (v *verifier) open(ctx context.Context, name string) (io.ReadCloser, error) {
	src, ok := v.src.(Deliverer)
	if !ok {
		return v.src.Open(ctx, name)
	}
	r, delivery, err := src.Deliver(ctx, name, v.queries[name])
	if err == nil {
		v.checkDelivery(name, delivery)
	}
	return r, err
}

// mimeTypes are what objects may be delivered as (Apple HLS authoring
// specification 10.4; RFC 8216 section 10), by the end of their name. Ours are
// those of catalog.ContentType.
var mimeTypes = map[string][]string{
	".m3u8": {"application/vnd.apple.mpegurl", "audio/mpegurl"},
	".mp4":  {"video/mp4"},
	".m4s":  {"video/iso.segment", "video/mp4"},
	".vtt":  {"text/vtt"},
}

func (v *verifier) checkDelivery(name string, d Delivery) {
	kind, _, _ := strings.Cut(d.ContentType, ";")
	kind = strings.ToLower(strings.TrimSpace(kind))
	if allowed := mimeTypes[path.Ext(name)]; allowed != nil && !slices.Contains(allowed, kind) {
		v.report(ruleMIME, name, "is delivered as %q, not %s", d.ContentType, allowed[0])
	}
	if path.Ext(name) == ".m3u8" && !d.Gzip {
		v.report(ruleGzip, name, "is not delivered gzip-encoded")
	}
}
