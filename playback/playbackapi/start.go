package playbackapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/playback"
)

// SessionStore opens playback sessions and counts their beats.
type SessionStore interface {
	// Start opens a session and ends the account's previous one. catalog.ErrNotFound, catalog.ErrNotReady, playback.ErrWithdrawn,
	// playback.ErrDeviceLimit.
	Start(ctx context.Context, r playback.StartRequest) (playback.Started, error)
	// Beat counts a beat, durably. catalog.ErrNotFound, playback.ErrTakenOver,
	// playback.ErrWithdrawn, playback.ErrAccessEnded.
	Beat(ctx context.Context, r playback.BeatRequest) (playback.BeatResult, error)
}

// registerStart: the player page calls it when the doctor opens a webinar and
// when play continues after another device took over.
func (s *server) registerStart(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "start-playback", Method: http.MethodPost, Path: "/v1/webinars/{id}/playback", Tags: []string{tag},
		Summary: "Open a playback session",
		Description: "For a doctor who is enrolled in the webinar's program. Opening a session ends the doctor's previous one, on any device. " +
			"Outside of the time in which the webinar is open (409 webinar_not_open, webinar_closed) and while courses have to be completed first " +
			"(409 prerequisites_missing) it is refused. On a device that several others have followed since, it is refused (409 device_limit) until the doctor signs in there again. " +
			"Sets three CloudFront cookies for the recording's files; with delivery=query every URI carries its signature instead.",
		DefaultStatus: http.StatusCreated,
		Errors:        []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusServiceUnavailable},
	}, s.start)
}

type startInput struct {
	ID        string `path:"id" maxLength:"100" doc:"Of the webinar."`
	Delivery  string `query:"delivery" enum:"cookies,query" default:"cookies" doc:"How the player proves its right to the files."`
	UserAgent string `header:"User-Agent"`
}

type startOutput struct {
	SetCookie    []string `header:"Set-Cookie"`
	CacheControl string   `header:"Cache-Control"`
	Body         startBody
}

type startBody struct {
	SessionID      string       `json:"session_id" example:"pbs_01jd2v9k3m4n5p6q7r8s9t0v1w"`
	ManifestURL    string       `json:"manifest_url" doc:"The multivariant playlist, as a signed URL."`
	FallbackURL    string       `json:"fallback_url" doc:"The recording as one MP4 of at most 480 lines, for browsers that play no HLS."`
	ResumeAtS      float64      `json:"resume_at_s" doc:"Exactly where play starts."`
	WatchAgain     bool         `json:"watch_again" doc:"The doctor had reached the end: play starts over."`
	ResumeFrom     *resumeFrom  `json:"resume_from" doc:"Who left off at resume_at_s, when it was another device or the live session; else null."`
	DurationS      float64      `json:"duration_s"`
	WatchedPercent float64      `json:"watched_percent" minimum:"0" maximum:"100" doc:"Cut to hundredths, never rounded up."`
	Watched        [][2]float64 `json:"watched" nullable:"false" doc:"Ranges watched so far: [[from_s, to_s], …]."`
	BeatIntervalS  float64      `json:"beat_interval_s" doc:"How often to send a beat while playing."`
	ExpiresAt      time.Time    `json:"expires_at" doc:"When the right to the files ends unless a beat renews it."`
	ViewerCode     string       `json:"viewer_code" example:"K7P-2WX-04M" doc:"Of this session, for the mark over the picture."`
}

// resumeFrom lets a page say from where play goes on.
type resumeFrom struct {
	Source     string     `json:"source" enum:"device,live" doc:"live: the doctor left the live session there."`
	Device     string     `json:"device" enum:"phone,tablet,computer," example:"phone" doc:"The class of the other device; empty when it is not known."`
	DeviceName string     `json:"device_name" example:"Safari on iPhone" doc:"The same in words; empty for the live session."`
	At         *time.Time `json:"at" doc:"When it was last played there, or when the doctor left the live session."`
}

func resumeFromOf(from *playback.ResumeFrom) *resumeFrom {
	switch {
	case from == nil:
		return nil
	case from.Live:
		return &resumeFrom{Source: "live", At: inUTC(from.At)}
	default:
		return &resumeFrom{Source: "device", Device: deviceClass(from.Device), DeviceName: from.Device, At: inUTC(from.At)}
	}
}

func (s *server) start(ctx context.Context, in *startInput) (*startOutput, error) {
	who, err := requireAccount(ctx)
	if err != nil {
		return nil, err
	}
	request := playback.StartRequest{
		AccountID: who.AccountID, WebinarID: catalog.WebinarID(in.ID), LoginID: who.LoginID, Device: device(in.UserAgent),
		Devices: s.Devices,
	}
	if in.Delivery == "query" {
		request.Access = catalog.NewToken()
	}
	started, err := s.Store.Start(ctx, request)
	if err != nil {
		return nil, err
	}
	out := &startOutput{CacheControl: noStore, Body: s.startBody(started)}
	out.Body.FallbackURL = s.fallbackURL(started, request.Access)
	if request.Access != "" {
		return out, s.grantQuery(out, started, request.Access)
	}
	return out, s.grantCookies(out, started)
}

func (s *server) startBody(started playback.Started) startBody {
	return startBody{
		SessionID: string(started.SessionID), ResumeAtS: seconds(started.Resume.PositionMS), WatchAgain: started.Resume.WatchAgain, ResumeFrom: resumeFromOf(started.From),
		DurationS: seconds(started.Media.DurationMS), WatchedPercent: playback.Percent(started.Watched.Total(), started.Media.DurationMS),
		Watched: pairs(started.Watched), BeatIntervalS: s.BeatInterval.Seconds(),
		ViewerCode: started.Code.String(),
	}
}

func (s *server) fallbackURL(started playback.Started, access string) string {
	address := s.BaseURL.Scheme + "://" + s.BaseURL.Host + "/v1/recordings/" + string(started.Media.RecordingID) + "/" + catalog.Fallback
	if access != "" {
		address += "?t=" + joinAccess(started.SessionID, access)
	}
	return address
}

func (s *server) grantCookies(out *startOutput, started playback.Started) error {
	m := started.Media
	cookies, expires, err := s.Signer.Cookies(m.RecordingID, m.Token, s.GrantLife)
	if err != nil {
		return err
	}
	if p := started.Previous; p != nil {
		cookies = append(s.Signer.Expire(p.RecordingID, p.Token), cookies...)
	}
	out.SetCookie, out.Body.ExpiresAt = setCookies(cookies), expires.UTC()
	out.Body.ManifestURL, err = s.Signer.ObjectURL(catalog.MediaPrefix(m.RecordingID, m.Token)+catalog.MasterPlaylist, s.GrantLife)
	return err
}

func (s *server) grantQuery(out *startOutput, started playback.Started, access string) error {
	delivery := playback.Delivery{SessionID: started.SessionID, Media: started.Media, ExpiresAt: time.Now().Add(playback.DeliveryLife(started.Media.DurationMS))}
	grant, err := s.queryGrant(delivery, access)
	if err != nil {
		return err
	}
	out.Body.ExpiresAt = delivery.ExpiresAt.UTC().Truncate(time.Second)
	out.Body.ManifestURL = s.BaseURL.Scheme + "://" + s.BaseURL.Host + grant.playlistURI(catalog.MasterPlaylist)
	return nil
}
