package playbackapi

import (
	"bytes"
	"compress/gzip"
	"context"
	"fmt"
	"net/http"
	"path"
	"strings"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/playback"
)

// maxPlaylistBytes bounds a stored playlist: a day of 6-second segments is
// under a megabyte.
const maxPlaylistBytes = 4 << 20

// registerPlaylists: players that keep no cookies read every playlist here.
func (s *server) registerPlaylists(api huma.API) {
	operation := func(id, path, summary string) huma.Operation {
		return huma.Operation{
			OperationID: id, Method: http.MethodGet, Path: path, Tags: []string{tag}, Summary: summary,
			Description: "Of a session opened with delivery=query. Every URI carries a signature, the key's URI the session's access token; " +
				"all else is as stored.",
			Errors: []int{http.StatusForbidden, http.StatusServiceUnavailable},
			Responses: map[string]*huma.Response{"200": {
				Description: "The playlist.",
				Content:     map[string]*huma.MediaType{"application/vnd.apple.mpegurl": {Schema: &huma.Schema{Type: huma.TypeString}}},
			}},
		}
	}
	huma.Register(api, operation("get-multivariant-playlist", "/v1/playback/{session_id}/master.m3u8", "Read the multivariant playlist"), s.masterPlaylist)
	huma.Register(api, operation("get-media-playlist", "/v1/playback/{session_id}/{rendition}/{playlist}", "Read a media playlist"), s.mediaPlaylist)
}

type playlistInput struct {
	SessionID string `path:"session_id" maxLength:"100"`
	Access    string `query:"t" maxLength:"200" required:"true" doc:"The session's access token."`
	Encoding  string `header:"Accept-Encoding"`
}

// huma reads no parameters of an unexported embedded struct, so they stand here again.
type mediaPlaylistInput struct {
	SessionID string `path:"session_id" maxLength:"100"`
	Access    string `query:"t" maxLength:"200" required:"true" doc:"The session's access token."`
	Encoding  string `header:"Accept-Encoding"`
	Rendition string `path:"rendition" pattern:"^[a-z0-9_-]{1,20}$" example:"v720"`
	Playlist  string `path:"playlist" pattern:"^[a-z0-9_-]{1,20}\\.m3u8$" example:"index.m3u8"`
}

type playlistOutput struct {
	ContentType     string `header:"Content-Type"`
	ContentEncoding string `header:"Content-Encoding"`
	CacheControl    string `header:"Cache-Control"`
	Vary            string `header:"Vary"`
	Body            []byte
}

func (s *server) masterPlaylist(ctx context.Context, in *playlistInput) (*playlistOutput, error) {
	return s.playlist(ctx, *in, catalog.MasterPlaylist)
}

func (s *server) mediaPlaylist(ctx context.Context, in *mediaPlaylistInput) (*playlistOutput, error) {
	master := playlistInput{SessionID: in.SessionID, Access: in.Access, Encoding: in.Encoding}
	return s.playlist(ctx, master, in.Rendition+"/"+in.Playlist)
}

// playlist reads the playlist of that name below the recording's prefix and rewrites it.
func (s *server) playlist(ctx context.Context, in playlistInput, name string) (*playlistOutput, error) {
	session, access, err := splitAccess(in.Access)
	if err != nil || string(session) != in.SessionID {
		return nil, errAccess
	}
	delivery, err := s.Store.Delivery(ctx, session, access)
	if err != nil {
		return nil, err
	}
	grant, err := s.queryGrant(delivery, access)
	if err != nil {
		return nil, err
	}
	stored, err := s.Objects.ReadObject(ctx, catalog.MediaPrefix(delivery.Media.RecordingID, delivery.Media.Token)+name, maxPlaylistBytes)
	if err != nil {
		return nil, fmt.Errorf("playlist %s of session %s: %w", name, session, err)
	}
	body := playback.RewritePlaylist(stored, grant.rewriter(name))
	return compressed(in.Encoding, &playlistOutput{
		ContentType: catalog.ContentType(name), CacheControl: "private, no-store", Vary: "Accept-Encoding", Body: body,
	})
}

// queryGrant is what a session of query delivery puts on URIs.
type queryGrant struct {
	delivery playback.Delivery
	query    string // the CloudFront signature
	access   string // the access token, as a query
}

func (s *server) queryGrant(d playback.Delivery, access string) (queryGrant, error) {
	query, err := s.Signer.Query(d.Media.RecordingID, d.Media.Token, d.ExpiresAt)
	return queryGrant{delivery: d, query: query, access: "t=" + joinAccess(d.SessionID, access)}, err
}

// playlistURI is where the playlist of that name below the prefix is read, rewritten.
func (g queryGrant) playlistURI(name string) string {
	return "/v1/playback/" + string(g.delivery.SessionID) + "/" + name + "?" + g.query + "&" + g.access
}

// rewriter gives the URIs of the playlist of that name: relative ones lead to
// the media prefix, or here when they name a playlist; all are signed.
func (g queryGrant) rewriter(name string) func(playback.URIKind, string) string {
	folder := path.Dir(name)
	return func(kind playback.URIKind, uri string) string {
		relative := !strings.HasPrefix(uri, "/") && !strings.Contains(uri, ":")
		switch {
		case kind == playback.KeyURI:
			return playback.AppendQuery(uri, g.access)
		case kind == playback.PlaylistURI && relative:
			return g.playlistURI(path.Join(folder, uri))
		case relative:
			uri = "/" + catalog.MediaPrefix(g.delivery.Media.RecordingID, g.delivery.Media.Token) + path.Join(folder, uri)
		}
		return playback.AppendQuery(uri, g.query)
	}
}

// compressed gzips the body when the client asks (Apple HLS authoring specification 10.1).
func compressed(accepts string, out *playlistOutput) (*playlistOutput, error) {
	if !strings.Contains(accepts, "gzip") || strings.Contains(strings.ReplaceAll(accepts, " ", ""), "gzip;q=0") {
		return out, nil
	}
	var packed bytes.Buffer
	z := gzip.NewWriter(&packed)
	if _, err := z.Write(out.Body); err != nil {
		return nil, err
	}
	if err := z.Close(); err != nil {
		return nil, err
	}
	out.ContentEncoding, out.Body = "gzip", packed.Bytes()
	return out, nil
}
