package playbackapi

import (
	"context"
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/playback"
)

// KeyStore opens content keys and query delivery.
type KeyStore interface {
	// ContentKey is for an account that plays the recording now. catalog.ErrNotFound, catalog.ErrForbidden.
	ContentKey(ctx context.Context, account catalog.AccountID, recording catalog.RecordingID) ([]byte, error)
	// ContentMedia is ContentKey with where the recording lies.
	ContentMedia(ctx context.Context, account catalog.AccountID, recording catalog.RecordingID) (playback.Media, []byte, error)
	// DeliveryKey is for the holder of a session's access token, and tells whose it is. catalog.ErrForbidden.
	DeliveryKey(ctx context.Context, id catalog.PlaybackSessionID, access string, recording catalog.RecordingID) (catalog.AccountID, []byte, error)
	playback.KeyTally
	// Delivery is what a session's access token opens. catalog.ErrForbidden.
	Delivery(ctx context.Context, id catalog.PlaybackSessionID, access string) (playback.Delivery, error)
}

// registerKey: players call it once a session, by the URI in the playlists.
func (s *server) registerKey(api huma.API) {
	huma.Register(api, huma.Operation{
		OperationID: "get-content-key", Method: http.MethodGet, Path: "/v1/recordings/{id}/key", Tags: []string{tag},
		Summary: "Read the AES-128 key of a recording",
		Description: "For an account that plays the recording right now, or the holder of a playback session's access token. " +
			"Refused at once when the recording is withdrawn, access is ended or another device took over. " +
			"An account that fetches keys in bulk is told when to come back (429), and the operator hears of it.",
		Errors: []int{
			http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusTooManyRequests, http.StatusServiceUnavailable,
		},
		Responses: map[string]*huma.Response{"200": {
			Description: "The 16 bytes of the key (RFC 8216 section 5).",
			Content:     map[string]*huma.MediaType{"application/octet-stream": {Schema: &huma.Schema{Type: huma.TypeString, Format: "binary"}}},
		}},
	}, s.key)
}

type keyInput struct {
	ID     string `path:"id" maxLength:"100" doc:"Of the recording."`
	Access string `query:"t" maxLength:"200" doc:"Access token of a playback session; without it the login counts."`
}

type keyOutput struct {
	ContentType  string `header:"Content-Type"`
	CacheControl string `header:"Cache-Control"`
	Body         []byte
}

func (s *server) key(ctx context.Context, in *keyInput) (*keyOutput, error) {
	key, err := s.readKey(ctx, in)
	if err != nil {
		return nil, err
	}
	return &keyOutput{ContentType: "application/octet-stream", CacheControl: noStore, Body: key}, nil
}

func (s *server) readKey(ctx context.Context, in *keyInput) ([]byte, error) {
	recording := catalog.RecordingID(in.ID)
	if in.Access != "" {
		session, access, err := splitAccess(in.Access)
		if err != nil {
			return nil, err
		}
		account, key, err := s.Store.DeliveryKey(ctx, session, access, recording)
		if err != nil {
			return nil, err
		}
		return key, s.countKey(ctx, account, recording)
	}
	who, err := requireAccount(ctx)
	if err != nil {
		return nil, err
	}
	if err := s.countKey(ctx, who.AccountID, recording); err != nil {
		return nil, err
	}
	return s.Store.ContentKey(ctx, who.AccountID, recording)
}

// countKey holds the account against the limit of keys, and raises the alarm.
func (s *server) countKey(ctx context.Context, account catalog.AccountID, recording catalog.RecordingID) error {
	alarm, err := s.keys.Fetch(ctx, account)
	if alarm && s.BulkKeys != nil {
		s.BulkKeys(ctx, account, recording)
	}
	return err
}

// joinAccess spells an access token: the session it belongs to and its secret.
func joinAccess(session catalog.PlaybackSessionID, access string) string {
	return string(session) + "." + access
}

func splitAccess(token string) (catalog.PlaybackSessionID, string, error) {
	session, access, found := strings.Cut(token, ".")
	if !found || session == "" || access == "" {
		return "", "", errAccess
	}
	return catalog.PlaybackSessionID(session), access, nil
}
