package playbackapi

import (
	"context"
	"errors"
	"math"
	"net/http"
	"net/url"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
	"rounds/playback"
	"rounds/playback/qoe"
)

// Store keeps playback sessions and what was watched.
type Store interface {
	SessionStore
	KeyStore
	ProgressStore
	AttendanceStore
	RuleStore
	WaiverStore
	CertificateStore
	ExplanationStore
	AttendingStore
	MappingStore
	EvidenceStore
	ReportStore
	FailureStore
	QualityStore
	AnalyticsStore
	QuestionStore
}

// Signer grants access to media.
type Signer interface {
	// Cookies grants everything below a recording's live prefix for life at
	// most, and tells when the grant ends.
	Cookies(id catalog.RecordingID, token string, life time.Duration) ([]*http.Cookie, time.Time, error)
	// Expire takes those cookies away.
	Expire(id catalog.RecordingID, token string) []*http.Cookie
	// ObjectURL grants the one object with this media key.
	ObjectURL(key string, life time.Duration) (string, error)
	// Query grants everything below the prefix, as a query for every URI.
	Query(id catalog.RecordingID, token string, expires time.Time) (string, error)
}

// Objects reads stored playlists and progressive files.
type Objects interface {
	// ReadObject returns the whole object with this media key, of at most limit bytes.
	ReadObject(ctx context.Context, key string, limit int64) ([]byte, error)
	// ObjectSize tells how long an object is. catalog.ErrNotFound.
	ObjectSize(ctx context.Context, key string) (int64, error)
	// ReadObjectAt fills p from the byte at off on; with less than that it
	// returns an error.
	ReadObjectAt(ctx context.Context, key string, p []byte, off int64) (int, error)
}

// EventSink takes what players notice.
type EventSink interface {
	// Record takes events of a session. It returns at once and may drop them.
	Record(session catalog.PlaybackSessionID, events []qoe.Event)
}

// Deps is what the endpoints need.
type Deps struct {
	Store        Store
	Signer       Signer
	Objects      Objects
	BaseURL      *url.URL      // what browsers use, without a path
	GrantLife    time.Duration // of cookies; 0 means 15 minutes. An ended session's cookies open media this long
	BeatInterval time.Duration // how often a playing player reports; 0 means 10 s
	Events       EventSink     // gets what players notice; nil: nobody does
	AskAgain     time.Duration // how often the right to a progressive file is asked for while it is served; 0 means 1 min

	// Creating lets a POST that creates something carry an Idempotency-Key; nil: none can.
	Creating func(huma.Operation) huma.Operation

	// Say puts a sentence in the language of whoever asks; nil: in English.
	Say func(ctx context.Context, s catalog.Sentence) string

	Devices  playback.Devices  // the zero value limits nothing
	KeyLimit playback.KeyLimit // of all processes together; the zero value limits nothing
	// BulkKeys is told, once a window, that an account asks for more keys than
	// KeyLimit allows, and for which recording. It may be nil.
	BulkKeys func(ctx context.Context, account catalog.AccountID, recording catalog.RecordingID)
}

// server carries the dependencies to the handlers.
type server struct {
	Deps
	keys      *playback.KeyWatch
	fallbacks chan struct{} // one for each progressive file that is being served
}

// Register adds all endpoints to api.
func Register(api huma.API, d Deps) {
	if d.GrantLife == 0 {
		d.GrantLife = 15 * time.Minute
	}
	if d.BeatInterval == 0 {
		d.BeatInterval = 10 * time.Second
	}
	if d.AskAgain == 0 {
		d.AskAgain = time.Minute
	}
	s := &server{Deps: d, keys: playback.NewKeyWatch(d.KeyLimit, d.Store, nil), fallbacks: make(chan struct{}, maxFallbacks)}
	s.registerStart(api)
	s.registerReportPlay(api)
	s.registerBeats(api)
	s.registerKey(api)
	s.registerFallback(api)
	s.registerPlaylists(api)
	s.registerProgress(api)
	s.registerAttendance(api)
	s.registerPreview(api)
	s.registerExcluded(api)
	s.registerWaivers(api)
	s.registerCertificates(api)
	s.registerExplain(api)
	s.registerAttending(api)
	s.registerMappings(api)
	s.registerEvidence(api)
	s.registerPlayReports(api)
	s.registerQuality(api)
	s.registerAnalytics(api)
	s.registerQuestions(api)
}

// creating lets a POST carry an Idempotency-Key.
func (s *server) creating(op huma.Operation) huma.Operation {
	if s.Creating == nil {
		return op
	}
	return s.Creating(op)
}

// noStore keeps answers out of every cache: they are one person's and of this moment.
const noStore = "no-store"

const tag = "Play"

// requireAccount returns who plays. A machine's token has no seconds of its own.
func requireAccount(ctx context.Context) (identity.Principal, error) {
	who, err := identity.Require(ctx)
	if err == nil && who.AccountID == "" {
		err = catalog.ErrForbidden
	}
	return who, err
}

// seconds turns milliseconds into the API's unit.
func seconds(ms int64) float64 { return float64(ms) / 1000 }

// milliseconds reads seconds of a request; what lies beyond any recording is
// cut, so that it fits.
func milliseconds(s float64) int64 { return int64(math.Round(min(max(s, 0), 1e9) * 1000)) }

// pairs spells ranges as [[from_s, to_s], …]; never null.
func pairs(ranges playback.Ranges) [][2]float64 {
	out := make([][2]float64, 0, len(ranges))
	for _, r := range ranges {
		out = append(out, [2]float64{seconds(r.From), seconds(r.To)})
	}
	return out
}

// setCookies spells cookies for the Set-Cookie header fields.
func setCookies(cookies []*http.Cookie) []string {
	out := make([]string, 0, len(cookies))
	for _, c := range cookies {
		out = append(out, c.String())
	}
	return out
}

// errAccess is the one answer to every access token that does not work.
var errAccess = errors.Join(catalog.ErrForbidden, errors.New("access token"))
