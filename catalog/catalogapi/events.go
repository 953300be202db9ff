package catalogapi

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"

	"rounds/catalog"
)

func (s *server) registerEvents() {
	op := operation("watch-recording", http.MethodGet, "/v1/recordings/{id}/events", tagUpload,
		"How far a recording is, as server-sent events, until it is ready or failed", http.StatusOK, forReaders...)
	body := s.api.OpenAPI().Components.Schemas.Schema(typeOf[recordingBody](), true, "recording")
	op.Responses = map[string]*huma.Response{"200": {
		Description: "Events named recording. The data of each is the answer of GET /v1/recordings/{id}.",
		Content: map[string]*huma.MediaType{"text/event-stream": {Schema: &huma.Schema{
			Type: huma.TypeString, Description: "One JSON object an event.", Extensions: map[string]any{"x-event-data": body},
		}}},
	}}
	huma.Register(s.api, op, s.watch)
}

// watchLimit ends a stream; browsers reconnect by themselves, and are asked
// then whether they are still signed in.
const watchLimit = 15 * time.Minute

// quietLimit is how long a stream may be silent: proxies close what is longer.
const quietLimit = 15 * time.Second

func (s *server) watch(ctx context.Context, in *struct {
	RecordingPath
	Lang string `query:"lang" maxLength:"50" example:"ar" doc:"Language of what is said, as in Accept-Language: the EventSource of browsers cannot send that."`
},
) (*huma.StreamResponse, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	first, err := s.Store.Recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &huma.StreamResponse{Body: func(hctx huma.Context) { //nolint:contextcheck // huma hands the request over with hctx
		hctx.SetHeader("Content-Type", "text/event-stream")
		hctx.SetHeader("Cache-Control", noStore)
		hctx.SetHeader("X-Accel-Buffering", "no")
		stream := &eventStream{control: http.NewResponseController(humagin.Unwrap(hctx).Writer), out: hctx}
		ctx, cancel := context.WithTimeout(hctx.Context(), watchLimit)
		defer cancel()
		s.follow(ctx, stream, first)
	}}, nil
}

// follow sends a recording each time it differs from what was sent, until it
// is final, its reader leaves or it cannot be read any more.
func (s *server) follow(ctx context.Context, stream *eventStream, r catalog.Recording) {
	tick := time.NewTicker(s.EventInterval)
	defer tick.Stop()
	for {
		if err := stream.recording(s.recordingIn(ctx, r)); err != nil || r.State.Final() {
			return
		}
		select {
		case <-ctx.Done():
			return
		case <-tick.C:
		}
		next, err := s.Store.Recording(ctx, r.ID)
		if err != nil {
			return
		}
		r = next
	}
}

// eventStream writes server-sent events (HTML Standard, section 9.2).
type eventStream struct {
	control *http.ResponseController
	out     huma.Context
	last    []byte
	at      time.Time
}

// recording sends r if it is news, or a comment when nothing was said for long.
func (e *eventStream) recording(r recordingBody) error {
	data, err := json.Marshal(r)
	if err != nil {
		return err
	}
	switch {
	case !bytes.Equal(data, e.last):
		e.last = data
		return e.write(fmt.Appendf(nil, "event: recording\ndata: %s\n\n", data))
	case time.Since(e.at) > quietLimit:
		return e.write([]byte(": still here\n\n"))
	default:
		return nil
	}
}

func (e *eventStream) write(text []byte) error {
	e.at = time.Now()
	_ = e.control.SetReadDeadline(time.Time{}) // the server's limit is for requests, and would end the stream
	_ = e.control.SetWriteDeadline(e.at.Add(quietLimit))
	if _, err := e.out.BodyWriter().Write(text); err != nil {
		return err
	}
	return e.control.Flush()
}
