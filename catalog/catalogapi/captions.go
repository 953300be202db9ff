package catalogapi

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// CaptionStore keeps captions.
type CaptionStore interface {
	// MayWatch tells whether who may have what belongs to a recording's play; catalog.ErrNotFound to all others.
	MayWatch(ctx context.Context, who identity.Principal, id catalog.RecordingID) error
	SaveCaptions(ctx context.Context, t catalog.CaptionTrack) (catalog.CaptionTrack, error)
	Captions(ctx context.Context, id catalog.RecordingID) ([]catalog.CaptionTrack, error)
	CaptionTrack(ctx context.Context, id catalog.RecordingID, lang catalog.Lang) (catalog.CaptionTrack, error)
	DeleteCaptions(ctx context.Context, id catalog.RecordingID, lang catalog.Lang) error
}

// registerCaptions: a presenter uploads captions, the player shows them. They
// are served from here, not from the media bucket, whose copies follow within a
// minute: what was replaced or removed is so at once, for everybody.
func (s *server) registerCaptions() {
	const all, one = "/v1/recordings/{id}/captions", "/v1/recordings/{id}/captions/{lang}"
	huma.Register(s.api, operation("list-captions", http.MethodGet, all, tagUpload,
		"In which languages a recording has captions", http.StatusOK, forReaders...), s.listCaptions)
	get := operation("get-captions", http.MethodGet, one, tagUpload, "Captions as WebVTT, for a <track>", http.StatusOK, forReaders...)
	get.Description = "For whoever may watch the recording. The language may end in .vtt."
	get.Responses = map[string]*huma.Response{
		"200": {Description: "The captions.", Content: map[string]*huma.MediaType{"text/vtt": {Schema: &huma.Schema{Type: huma.TypeString}}}},
		"304": {Description: "They are those of the If-None-Match."},
	}
	huma.Register(s.api, get, s.getCaptions)
	put := operation("put-captions", http.MethodPut, one, tagUpload, "Upload captions in a language", http.StatusOK, append(forReaders, http.StatusRequestEntityTooLarge)...)
	put.Description = "A SubRip (SRT) or WebVTT file in UTF-8, at most 4 MiB, in place of earlier captions in that language; allowed as soon as the recording exists. " +
		"Text, who speaks, bold, italics and underline are kept, other markup is refused. A file that cannot be used is refused with its line."
	file := &huma.MediaType{Schema: &huma.Schema{Type: huma.TypeString}, Example: "WEBVTT\n\n00:00:01.000 --> 00:00:04.000\nGood morning.\n"}
	put.RequestBody = &huma.RequestBody{Required: true, Content: map[string]*huma.MediaType{
		"text/vtt": file, "application/x-subrip": {Schema: file.Schema}, "application/octet-stream": {Schema: file.Schema},
	}}
	put.SkipValidateBody = true
	huma.Register(s.api, put, s.putCaptions)
	huma.Register(s.api, operation("delete-captions", http.MethodDelete, one, tagUpload,
		"Remove the captions in a language", http.StatusNoContent, forReaders...), s.deleteCaptions)
}

// CaptionPath names the captions of a recording in one language.
type CaptionPath struct {
	ID   catalog.RecordingID `path:"id" maxLength:"100"`
	Lang string              `path:"lang" maxLength:"50" example:"pt-BR" doc:"BCP 47 tag."`
}

type captionBody struct {
	Lang      catalog.Lang      `json:"lang" example:"pt-BR" doc:"BCP 47 tag."`
	URL       string            `json:"url" doc:"Path of the WebVTT file."`
	Cues      int               `json:"cues" doc:"How many captions there are."`
	EndsS     float64           `json:"ends_s" doc:"When the last one goes."`
	Warnings  []catalog.Warning `json:"warnings" nullable:"false" doc:"What is strange about them; they are shown anyway."`
	UpdatedAt time.Time         `json:"updated_at"`
}

func (s *server) captionOf(ctx context.Context, t catalog.CaptionTrack, durationMS int64) captionBody {
	return captionBody{
		Lang: t.Lang, URL: "/v1/recordings/" + string(t.RecordingID) + "/captions/" + string(t.Lang), Cues: t.Cues,
		EndsS: seconds(t.EndsMS), Warnings: s.warningsIn(ctx, t.Warnings(durationMS)), UpdatedAt: t.UpdatedAt.UTC(),
	}
}

// watched is an error unless the caller may watch the recording.
func (s *server) watched(ctx context.Context, id catalog.RecordingID) error {
	who, err := identity.Require(ctx)
	if err != nil {
		return err
	}
	return s.Store.MayWatch(ctx, who, id)
}

func (s *server) listCaptions(ctx context.Context, in *RecordingPath) (*listed[captionBody], error) {
	if err := s.watched(ctx, in.ID); err != nil {
		return nil, err
	}
	recording, err := s.Store.Recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	tracks, err := s.Store.Captions(ctx, in.ID)
	of := func(t catalog.CaptionTrack) captionBody { return s.captionOf(ctx, t, recording.DurationMS) }
	return listOf(catalog.Page[catalog.CaptionTrack]{Items: tracks}, of, err)
}

type captionFile struct {
	Status       int
	ContentType  string `header:"Content-Type"`
	ETag         string `header:"ETag"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (s *server) getCaptions(ctx context.Context, in *struct {
	CaptionPath
	IfNoneMatch string `header:"If-None-Match" maxLength:"1000"`
},
) (*captionFile, error) {
	if err := s.watched(ctx, in.ID); err != nil {
		return nil, err
	}
	lang, err := catalog.ParseLang("path.lang", strings.TrimSuffix(in.Lang, ".vtt"))
	if err != nil {
		return nil, catalog.ErrNotFound
	}
	track, err := s.Store.CaptionTrack(ctx, in.ID, lang)
	if err != nil {
		return nil, err
	}
	sum := sha256.Sum256([]byte(track.WebVTT))
	file := &captionFile{
		Status: http.StatusOK, ContentType: "text/vtt; charset=utf-8",
		ETag: `"` + hex.EncodeToString(sum[:8]) + `"`, CacheControl: "private, no-cache", Body: []byte(track.WebVTT),
	}
	if strings.Contains(in.IfNoneMatch, file.ETag) { // lists and weak forms included, RFC 9110 section 13.1.2
		file.Status, file.Body = http.StatusNotModified, nil
	}
	return file, nil
}

type captionAnswer struct{ Body captionBody }

func (s *server) putCaptions(ctx context.Context, in *struct {
	CaptionPath
	RawBody []byte `contentType:"text/vtt"`
},
) (*captionAnswer, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	lang, err := catalog.ParseLang("path.lang", in.Lang)
	if err != nil {
		return nil, err
	}
	track, err := s.ReadCaptions(in.RawBody)
	if err != nil {
		return nil, err
	}
	track.RecordingID, track.Lang = in.ID, lang
	if track, err = s.Store.SaveCaptions(ctx, track); err != nil {
		return nil, err
	}
	recording, err := s.Store.Recording(ctx, in.ID)
	if err != nil {
		return nil, err
	}
	return &captionAnswer{Body: s.captionOf(ctx, track, recording.DurationMS)}, nil
}

func (s *server) deleteCaptions(ctx context.Context, in *CaptionPath) (*struct{}, error) {
	if err := s.managed(ctx, in.ID); err != nil {
		return nil, err
	}
	lang, err := catalog.ParseLang("path.lang", in.Lang)
	if err != nil {
		return nil, catalog.ErrNotFound
	}
	return nil, s.Store.DeleteCaptions(ctx, in.ID, lang)
}
