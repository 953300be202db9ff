package catalogapi

import (
	"bytes"
	"context"
	"crypto/sha256"
	"io"
	"net/http"
	"regexp"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// IdempotencyStore keeps the answers to requests with an Idempotency-Key.
type IdempotencyStore interface {
	// Reserve takes a key; it returns the kept answer when the same request had one.
	Reserve(ctx context.Context, actor, key, route string, hash []byte) (*catalog.Answer, error)
	Keep(ctx context.Context, actor, key string, a catalog.Answer) error
	Free(ctx context.Context, actor, key string) error
}

const idempotencyHeader = "Idempotency-Key"

var keyForm = regexp.MustCompile(`^[\x21-\x7e]{1,255}$`)

// creating lets a POST that creates something carry an Idempotency-Key:
// repeated with the same key it gives the same answer and creates nothing more.
func (s *server) creating(op huma.Operation) huma.Operation {
	op.Parameters = append(op.Parameters, &huma.Param{
		Name: idempotencyHeader, In: "header", Schema: &huma.Schema{Type: huma.TypeString},
		Description: "Chosen by the client, unique for each thing to create. The same key with the same request gives the same answer for a day; with another request it is refused (idempotency_key_reused). Should a crash have lost the answer, 409 idempotency_answer_lost says that it was carried out.",
	})
	limit := max(op.MaxBodyBytes, maxBodyBytes)
	op.Middlewares = append(op.Middlewares, func(ctx huma.Context, next func(huma.Context)) { s.idempotent(ctx, next, limit) })
	return op
}

// Creating lets the POSTs of other packages on the same API carry an
// Idempotency-Key; d is what Register got.
func Creating(api huma.API, d Deps) func(huma.Operation) huma.Operation {
	return (&server{Deps: d, api: api}).creating
}

func (s *server) idempotent(ctx huma.Context, next func(huma.Context), limit int64) {
	key, who := ctx.Header(idempotencyHeader), identity.FromContext(ctx.Context())
	if key == "" || !who.SignedIn() { // the handler will refuse nobody
		next(ctx)
		return
	}
	if !keyForm.MatchString(key) {
		s.fail(ctx, &catalog.FieldError{Field: "header." + idempotencyHeader, Message: "Please use 1 to 255 visible ASCII characters."})
		return
	}
	request := humagin.Unwrap(ctx).Request
	body, err := io.ReadAll(http.MaxBytesReader(nil, request.Body, limit+1))
	if err != nil {
		s.fail(ctx, &catalog.FieldError{Field: "body", Code: "too_large", Message: "This request is too large."})
		return
	}
	request.Body = io.NopCloser(bytes.NewReader(body))
	reserved, err := s.Store.Reserve(ctx.Context(), who.Actor(), key, request.Method+" "+request.URL.Path, hashOf(request, body))
	switch {
	case err != nil:
		s.fail(ctx, err)
	case reserved != nil:
		s.repeat(ctx, who.Actor(), key, *reserved)
	default:
		s.answerOnce(ctx, next, who.Actor(), key)
	}
}

func hashOf(request *http.Request, body []byte) []byte {
	sum := sha256.New()
	_, _ = io.WriteString(sum, request.URL.RawQuery+"\x00"+request.Header.Get("Content-Type")+"\x00") // a hash takes everything
	_, _ = sum.Write(body)
	return sum.Sum(nil)
}

// answerOnce does the work and keeps its answer if it succeeded. What failed
// can be tried again with the same key.
func (s *server) answerOnce(ctx huma.Context, next func(huma.Context), actor, key string) {
	c := humagin.Unwrap(ctx)
	recorder := &answerRecorder{ResponseWriter: c.Writer}
	c.Writer = recorder
	done := false
	// The answer is kept also when the client has gone meanwhile.
	background := context.WithoutCancel(ctx.Context())
	defer func() {
		c.Writer = recorder.ResponseWriter
		if !done {
			_ = s.Store.Free(background, actor, key) // a panic passes; the key is free after a minute anyway
		}
	}()
	next(huma.WithContext(ctx, identity.WithRequestKey(ctx.Context(), identity.RequestKey{Actor: actor, Key: key})))
	if recorder.Status() >= http.StatusOK && recorder.Status() < http.StatusMultipleChoices {
		err := s.Store.Keep(background, actor, key, catalog.Answer{
			Status: recorder.Status(), Header: keptHeader(recorder.Header()),
			Body: s.Sealer.Seal(recorder.body.Bytes(), answerContext(actor, key)),
		})
		done = err == nil
	}
}

func answerContext(actor, key string) string { return "answer\x00" + actor + "\x00" + key }

// keptHeader are the fields that belong to the object that was created.
func keptHeader(h http.Header) http.Header {
	kept := http.Header{}
	for _, name := range []string{"Content-Type", "Etag", "Location"} {
		if v := h.Values(name); len(v) > 0 {
			kept[name] = v
		}
	}
	return kept
}

// repeat gives a kept answer.
func (s *server) repeat(ctx huma.Context, actor, key string, a catalog.Answer) {
	body, err := s.Sealer.Open(a.Body, answerContext(actor, key))
	if err != nil {
		s.fail(ctx, err)
		return
	}
	for name, values := range a.Header {
		for _, v := range values {
			ctx.SetHeader(name, v)
		}
	}
	ctx.SetHeader("Idempotency-Replayed", "true")
	ctx.SetStatus(a.Status)
	_, _ = ctx.BodyWriter().Write(body) // the client may be gone
}

// answerRecorder keeps a copy of what is answered.
type answerRecorder struct {
	gin.ResponseWriter
	body bytes.Buffer
}

func (r *answerRecorder) Write(p []byte) (int, error) {
	r.body.Write(p)
	return r.ResponseWriter.Write(p)
}

func (r *answerRecorder) WriteString(text string) (int, error) {
	r.body.WriteString(text)
	return r.ResponseWriter.WriteString(text)
}
