package catalogapi

import (
	"context"
	"net/http"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// Store is the catalog's database: the union of what the endpoint groups ask for.
type Store interface {
	AuthStore
	SessionStore
	PasskeyStore
	SpotStore
	ProgramStore
	BrandStore
	RuleStore
	CourseStore
	WebinarStore
	InvitationStore
	EnrolmentStore
	AccountStore
	TokenStore
	RecordingStore
	QueueStore
	LiveMapStore
	TimeMapStore
	CaptionStore
	ExtrasStore
	UploadLinkStore
	MaterialStore
	SearchStore
	DeletedStore
	ImportStore
	ExportStore
	IdempotencyStore
	MessageStore
	TextStore
	ChannelStore
	OwnChannelStore
	OwnLanguageStore
	CalendarFeedStore
	WebhookStore
	SupportStore
	SponsorStore
	ConsentStore
	HandoverStore
	PrivacyStore
	RehearsalStore
	// AuditLog lists what was done, newest first.
	AuditLog(ctx context.Context, f identity.AuditFilter, p catalog.PageRequest) (catalog.Page[identity.AuditEntry], error)
}

// Logins starts and ends login sessions.
type Logins interface {
	// Start makes a session and returns the cookie to set.
	Start(ctx context.Context, login identity.Login) (*http.Cookie, error)
	// End removes the session with that cookie value and returns the cookie that clears it.
	End(ctx context.Context, token string) (*http.Cookie, error)
}

// Deps is what the endpoints need. All fields are required but those that say what nil means.
type Deps struct {
	Store     Store
	Uploads   Uploader
	Materials MaterialFiles
	Logins    Logins
	// Passkeys lets staff sign in without a code.
	Passkeys Passkeys
	Pepper   []byte          // of one-time codes, see identity.Pepper
	Sealer   *catalog.Sealer // seals answers kept for Idempotency-Key: they can hold secrets
	BaseURL  string          // without a slash at the end; links in mails begin with it

	// ReadCaptions makes a track, without recording and language, of an uploaded
	// file; a *catalog.FieldError names the line that cannot be used.
	ReadCaptions func(file []byte) (catalog.CaptionTrack, error)
	// MediaURL gives a URL to read one object below a recording's media prefix.
	MediaURL func(id catalog.RecordingID, token, name string) (string, error)

	// ReadBounces reads what the mail service tells of addresses; nil: nobody does.
	ReadBounces BounceReader
	// ReadSMSReceipts and WhatsApp read what services tell of texts; nil: nobody does.
	ReadSMSReceipts ReceiptReader
	WhatsApp        *WhatsAppHook
	// BuiltInTexts are the texts in the program; PreviewText fills one as it would be sent.
	BuiltInTexts []catalog.MessageText
	PreviewText  func(t catalog.MessageText, values map[string]string) (TextPreview, error)
	// Channels say how messages go; the zero value: all by mail.
	Channels catalog.ChannelRules
	Webhooks WebhookDeps
	// Readiness is the light before an event.
	Readiness ReadinessDeps
	Settings  []Setting
	// RehearsalLife is how long presenters' rehearsals stay.
	RehearsalLife time.Duration

	// Say puts a sentence in the language of whoever asks; nil: in English.
	Say func(ctx context.Context, s catalog.Sentence) string

	// Played keeps what an account did in webinars; nil: nobody does.
	Played PlayedStore

	ImportsWait   func()        // called when a list of people was received; nil: whoever takes them in looks by himself
	AnswerTime    time.Duration // how long register and otp take at least; 0: 150 ms
	EventInterval time.Duration // how often events looks for news; 0: 1 s
}

// server carries the dependencies to the handlers.
type server struct {
	Deps
	api huma.API
}

// say puts a sentence in the language of whoever asks.
func (s *server) say(ctx context.Context, said catalog.Sentence) string {
	if s.Say == nil {
		return said.String()
	}
	return s.Say(ctx, said)
}

// Register adds all endpoints to api.
func Register(api huma.API, d Deps) {
	if d.AnswerTime == 0 {
		d.AnswerTime = 150 * time.Millisecond
	}
	if d.EventInterval == 0 {
		d.EventInterval = time.Second
	}
	s := &server{Deps: d, api: api}
	for _, group := range []func(){
		s.registerOwnLanguage, s.registerCalendarFeed, s.registerBrands,
		s.registerAuth, s.registerSessions, s.registerPasskeys, s.registerSpot, s.registerPrograms, s.registerRules, s.registerCourses, s.registerWebinars, s.registerInvitations, s.registerEnrolments,
		s.registerAccounts, s.registerTokens, s.registerAudit, s.registerUploads, s.registerRecordings, s.registerQueue, s.registerReadiness, s.registerSettings, s.registerEvents, s.registerLiveMaps, s.registerTimeMaps,
		s.registerCaptions, s.registerChapters, s.registerPoster, s.registerSource, s.registerTrim, s.registerUploadLinks, s.registerMaterials, s.registerSearch, s.registerDeleted, s.registerImports, s.registerExports,
		s.registerMessages, s.registerTemplates, s.registerChannels, s.registerOwnChannel, s.registerWebhooks,
		s.registerSupport, s.registerSponsors, s.registerConsents, s.registerHandovers, s.registerPrivacy, s.registerRehearsals,
	} {
		group()
	}
}

// Tags of the groups in the API document.
const (
	tagSignIn  = "Sign-in"
	tagCatalog = "Catalog"
	tagPeople  = "People"
	tagUpload  = "Upload"
)

// operation describes an endpoint. errors are the statuses it can fail with
// beside 422, 429 and 503, which huma and the middleware add to many.
func operation(id, method, path, tag, summary string, status int, failures ...int) huma.Operation {
	return huma.Operation{
		OperationID: id, Method: method, Path: path, Tags: []string{tag}, Summary: summary,
		DefaultStatus: status, Errors: append(failures, http.StatusUnprocessableEntity, http.StatusServiceUnavailable),
		MaxBodyBytes: maxBodyBytes, BodyReadTimeout: bodyReadTimeout,
	}
}

const (
	maxBodyBytes    = 4 << 20          // room for twenty thousand addresses
	bodyReadTimeout = 30 * time.Second // also over a slow line
)

// Statuses that most endpoints of their kind can fail with.
var (
	forAdmins  = []int{http.StatusUnauthorized, http.StatusForbidden}
	forReaders = []int{http.StatusUnauthorized, http.StatusNotFound}
	forOpening = []int{http.StatusUnauthorized, http.StatusNotFound, http.StatusConflict} // prerequisites_missing
	forChanges = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict, http.StatusPreconditionFailed}
	forMakers  = []int{http.StatusUnauthorized, http.StatusForbidden, http.StatusNotFound, http.StatusConflict}
)
