package playbackapi

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"rounds/catalog"
	"rounds/playback"
)

// maxFallbacks bounds the progressive files that one process serves at once:
// each holds half a megabyte, and a paused player keeps its request.
const maxFallbacks = 200

const (
	// slowestTake is how long a viewer may take for one window. A player that
	// rests longer asks again, by range.
	slowestTake = 10 * time.Minute
	// indexBytes is a part of the file without which the rest is hard to use:
	// whoever reads it fetches the file.
	indexBytes = 64 << 10
)

// registerFallback: browsers that play no HLS have this as the source of their
// video element; they ask for it by ranges, again at every seek.
func (s *server) registerFallback(api huma.API) {
	video := map[string]*huma.MediaType{"video/mp4": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}}
	operation := func(id, method, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: method, Path: "/v1/recordings/{id}/fallback.mp4", Tags: []string{tag}, Summary: summary,
			Description: "For browsers that play no HLS: one rendition of at most 480 lines, its index first, served by byte ranges. " +
				"The conditions are those of the content key: an account that plays the recording right now, or the holder of a playback session's access token. " +
				"They are asked for again every minute while an answer lasts. A recording that was processed before there were such files has none (404).",
			Errors: []int{
				http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusRequestedRangeNotSatisfiable,
				http.StatusTooManyRequests, http.StatusServiceUnavailable,
			},
			Responses: map[string]*huma.Response{
				"200": {Description: "The whole file.", Content: video},
				"206": {Description: "The ranges asked for (RFC 9110 section 14.2).", Content: video},
			},
		}
	}
	stream := func(ctx context.Context, in *fallbackInput) (*huma.StreamResponse, error) {
		return s.fallback(ctx, api, in)
	}
	huma.Register(api, operation("get-fallback", http.MethodGet, "Play a recording without HLS"), stream)
	huma.Register(api, operation("head-fallback", http.MethodHead, "Look at the file for players without HLS"), stream)
}

type fallbackInput struct {
	ID      string `path:"id" maxLength:"100" doc:"Of the recording."`
	Access  string `query:"t" maxLength:"200" doc:"Access token of a playback session; without it the login counts."`
	Range   string `header:"Range" maxLength:"1000" example:"bytes=0-1048575" doc:"RFC 9110 section 14.2."`
	IfRange string `header:"If-Range" maxLength:"200" doc:"The ETag of an earlier part: when it is another file now, all of it comes."`
}

// fallback opens the file and hands over how it is streamed.
func (s *server) fallback(ctx context.Context, api huma.API, in *fallbackInput) (*huma.StreamResponse, error) {
	source := &fallbackSource{server: s, ctx: ctx, in: in}
	file, err := source.open()
	if err != nil {
		return nil, err
	}
	select {
	case s.fallbacks <- struct{}{}:
	default:
		return nil, fmt.Errorf("%w: %d progressive files are being served", catalog.ErrUnavailable, maxFallbacks)
	}
	return &huma.StreamResponse{Body: func(h huma.Context) {
		defer func() { <-s.fallbacks }()
		source.serve(api, h, file)
	}}, nil
}

// fallbackSource is the stored file of one request.
type fallbackSource struct {
	*server
	ctx   context.Context //nolint:containedctx // of the request that this is for
	in    *fallbackInput
	media playback.Media
	asked time.Time // for the right
	w     *http.ResponseController
}

func (f *fallbackSource) name() string {
	return catalog.MediaPrefix(f.media.RecordingID, f.media.Token) + catalog.Fallback
}

// open asks for the right, finds the file and has its first bytes at hand, so
// that what is wrong is told before an answer begins.
func (f *fallbackSource) open() (*playback.Fallback, error) {
	key, err := f.right()
	if err != nil {
		return nil, err
	}
	size, err := f.Objects.ObjectSize(f.ctx, f.name())
	if err != nil {
		return nil, err
	}
	file := playback.NewFallback(f, size, key)
	if from := firstByte(f.in.Range); from < size {
		return file, file.Load(from)
	}
	return file, nil
}

// right returns the content key and remembers where the file lies. Reading the
// start of a file counts as fetching a key.
func (f *fallbackSource) right() (key []byte, err error) {
	ask := f.rightOfLogin
	if f.in.Access != "" {
		ask = f.rightOfAccess
	}
	account, key, err := ask(catalog.RecordingID(f.in.ID))
	if err == nil && f.asked.IsZero() && firstByte(f.in.Range) < indexBytes {
		err = f.countKey(f.ctx, account, catalog.RecordingID(f.in.ID))
	}
	f.asked = time.Now()
	return key, err
}

func (f *fallbackSource) rightOfLogin(recording catalog.RecordingID) (account catalog.AccountID, key []byte, err error) {
	who, err := requireAccount(f.ctx)
	if err != nil {
		return "", nil, err
	}
	f.media, key, err = f.Store.ContentMedia(f.ctx, who.AccountID, recording)
	return who.AccountID, key, err
}

func (f *fallbackSource) rightOfAccess(recording catalog.RecordingID) (account catalog.AccountID, key []byte, err error) {
	session, access, err := splitAccess(f.in.Access)
	if err != nil {
		return "", nil, err
	}
	delivery, err := f.Store.Delivery(f.ctx, session, access)
	if err != nil {
		return "", nil, err
	}
	f.media = delivery.Media
	return f.Store.DeliveryKey(f.ctx, session, access, recording)
}

// ReadAt implements io.ReaderAt on the stored file. One request can last as long
// as the recording, so the right to it is asked for again.
func (f *fallbackSource) ReadAt(p []byte, off int64) (int, error) {
	if time.Since(f.asked) > f.AskAgain {
		if _, err := f.right(); err != nil {
			return 0, err
		}
	}
	if f.w != nil {
		_ = f.w.SetWriteDeadline(time.Now().Add(slowestTake)) // not every writer has one
	}
	return f.Objects.ReadObjectAt(f.ctx, f.name(), p, off)
}

// serve answers with what of the file was asked for: ranges, conditions and
// HEAD are http.ServeContent's. The answer breaks off when the right ends.
func (f *fallbackSource) serve(api huma.API, h huma.Context, file *playback.Fallback) {
	c := humagin.Unwrap(h)
	f.w = http.NewResponseController(c.Writer)
	header := c.Writer.Header()
	header.Set("Content-Type", catalog.ContentType(catalog.Fallback))
	header.Set("Cache-Control", "private, no-store")
	header.Set("X-Content-Type-Options", "nosniff")
	header.Set("ETag", f.etag())
	w := &rangeWriter{ResponseWriter: c.Writer}
	http.ServeContent(w, c.Request, "", time.Time{}, io.NewSectionReader(file, 0, file.Size()))
	if w.refused {
		_ = huma.WriteErr(api, h, http.StatusRequestedRangeNotSatisfiable, "the file has "+strconv.FormatInt(file.Size(), 10)+" bytes")
	}
}

// etag names the file: its prefix is written once.
func (f *fallbackSource) etag() string {
	sum := sha256.Sum256([]byte(f.name()))
	return fmt.Sprintf(`"%x"`, sum[:12])
}

// rangeWriter keeps back the refusal of a range, which is to leave as a problem.
type rangeWriter struct {
	http.ResponseWriter
	refused bool
}

// WriteHeader implements http.ResponseWriter.
func (w *rangeWriter) WriteHeader(status int) {
	if w.refused = status == http.StatusRequestedRangeNotSatisfiable; !w.refused {
		w.ResponseWriter.WriteHeader(status)
	}
}

// Write implements io.Writer.
func (w *rangeWriter) Write(p []byte) (int, error) {
	if w.refused {
		return len(p), nil
	}
	return w.ResponseWriter.Write(p)
}

// firstByte is where the answer to a Range begins; 0 for what is not one range
// from a byte on: whatever that is, it may hold the start.
func firstByte(header string) int64 {
	from, _, _ := strings.Cut(strings.TrimPrefix(header, "bytes="), "-")
	at, err := strconv.ParseInt(strings.TrimSpace(from), 10, 64)
	if err != nil || at < 0 || strings.Contains(header, ",") {
		return 0
	}
	return at
}
