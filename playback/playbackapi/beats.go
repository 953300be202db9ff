package playbackapi

import (
	"context"
	"fmt"
	"math"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/playback"
	"rounds/playback/qoe"
)

// maxBeatBytes bounds a beat: what sendBeacon sends at most.
const maxBeatBytes = 64 << 10

// registerBeats: players call it every few seconds while playing, at every
// pause, seek and end, once more by sendBeacon when the page goes away, and now
// and then while paused, to keep the right to the files.
func (s *server) registerBeats(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "send-beat", Method: http.MethodPost, Path: "/v1/playback/{session_id}/beats", Tags: []string{tag},
		Summary: "Report what was watched",
		Description: "Cumulative and idempotent: `watched` holds everything since the last acknowledged beat, each `seq` counts once, in any order. " +
			"The answer comes when the beat is on disk. At most the server's clock times the rate (2 at most) is accepted, and 15 s more for a new session. " +
			"Renews the cookies. A session that is over answers 409; what was watched before it ended is credited all the same. " +
			"Takes application/json, also sent as text/plain.",
		MaxBodyBytes: maxBeatBytes,
		Middlewares:  huma.Middlewares{anyTextIsJSON},
		Errors: []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict,
			http.StatusRequestEntityTooLarge, http.StatusUnprocessableEntity, http.StatusServiceUnavailable,
		},
	}, s.beat)
}

type beatInput struct {
	SessionID string `path:"session_id" maxLength:"100"`
	UserAgent string `header:"User-Agent"`
	Body      beatBody
}

type beatBody struct {
	_         struct{}     `additionalProperties:"true"`
	Seq       int64        `json:"seq" minimum:"1" maximum:"9007199254740991" doc:"From 1; a new number for every new content."`
	PositionS float64      `json:"position_s" minimum:"0" doc:"Where the picture stands."`
	Rate      float64      `json:"rate,omitempty" minimum:"0" default:"1" doc:"The fastest rate of play since the last acknowledged beat."`
	Watched   [][2]float64 `json:"watched,omitempty" maxItems:"1000" doc:"Everything watched since the last acknowledged beat: [[from_s, to_s], …]."`
	Events    []any        `json:"events,omitempty" doc:"What else the player noticed, each {n, at_s, kind, …}: n counts from 1 in a session, so one that is sent again counts once. Kinds: play {engine, network, link, save_data}, start {ms}, stall, stall_end {ms}, exit {ms}, failure {error}, report {error} (by the doctor, with one tap), rung {height}. What is not known is passed over; nothing here fails a beat."`
}

type beatOutput struct {
	SetCookie    []string `header:"Set-Cookie"`
	CacheControl string   `header:"Cache-Control"`
	Body         beatAnswer
}

type beatAnswer struct {
	ResumeAtS      float64 `json:"resume_at_s" doc:"Where play would start next time."`
	WatchedPercent float64 `json:"watched_percent" minimum:"0" maximum:"100"`
	Completed      bool    `json:"completed" doc:"All requirements of the webinar are met."`
	AcceptedS      float64 `json:"accepted_s" doc:"Of this beat's ranges; 0 when its seq was counted before."`
	RefusedS       float64 `json:"refused_s" doc:"Of this beat's ranges, beyond what the clock allows."`
	NextBeatS      float64 `json:"next_beat_s" doc:"When to send the next beat while playing."`
}

func (s *server) beat(ctx context.Context, in *beatInput) (*beatOutput, error) {
	who, err := requireAccount(ctx)
	if err != nil {
		return nil, err
	}
	beat, err := in.Body.read()
	if err != nil {
		return nil, err
	}
	result, err := s.Store.Beat(ctx, playback.BeatRequest{
		SessionID: catalog.PlaybackSessionID(in.SessionID), AccountID: who.AccountID, Beat: beat,
	})
	if err != nil {
		return nil, err
	}
	if s.Events != nil && len(in.Body.Events) > 0 {
		s.Events.Record(catalog.PlaybackSessionID(in.SessionID), qoe.Read(in.Body.Events, in.UserAgent))
	}
	cookies, _, err := s.Signer.Cookies(result.Media.RecordingID, result.Media.Token, s.GrantLife)
	if err != nil {
		return nil, err
	}
	return &beatOutput{SetCookie: setCookies(cookies), CacheControl: noStore, Body: beatAnswer{
		ResumeAtS: seconds(result.Resume.PositionMS), WatchedPercent: result.Percent, Completed: result.Completed,
		AcceptedS: seconds(result.AcceptedMS), RefusedS: seconds(result.RefusedMS), NextBeatS: s.BeatInterval.Seconds(),
	}}, nil
}

// read turns the body into a beat, or says which range cannot be meant.
func (b beatBody) read() (playback.Beat, error) {
	ranges := make([]playback.Range, 0, len(b.Watched))
	for i, r := range b.Watched {
		if r[0] < 0 || r[1] < r[0] {
			return playback.Beat{}, &catalog.FieldError{
				Field: fmt.Sprintf("watched[%d]", i), Code: "invalid_range",
				Message: "A range is [from_s, to_s] with 0 ≤ from_s ≤ to_s; this one is [%g, %g].", Args: []any{r[0], r[1]},
			}
		}
		ranges = append(ranges, playback.Range{From: milliseconds(r[0]), To: milliseconds(r[1])})
	}
	return playback.Beat{
		Seq: b.Seq, PositionMS: milliseconds(b.PositionS), Speed: int64(math.Round(min(b.Rate, 100) * playback.NormalSpeed)),
		Watched: playback.NewRanges(ranges...),
	}, nil
}

// textAsJSON is a request whose body is JSON under another name: sendBeacon
// with a string, which browsers send without asking the server first, says
// text/plain.
type textAsJSON struct{ humaContext }

type humaContext huma.Context

// Header implements huma.Context.
func (c textAsJSON) Header(name string) string {
	if strings.EqualFold(name, "Content-Type") {
		return "application/json"
	}
	return c.humaContext.Header(name)
}

// Unwrap lets adapters find their own context.
func (c textAsJSON) Unwrap() huma.Context { return c.humaContext }

func anyTextIsJSON(ctx huma.Context, next func(huma.Context)) {
	kind, _, _ := strings.Cut(ctx.Header("Content-Type"), ";")
	if kind = strings.TrimSpace(strings.ToLower(kind)); kind == "text/plain" || kind == "" {
		ctx = textAsJSON{ctx}
	}
	next(ctx)
}
