package player

import (
	"embed"
	"io/fs"
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"time"
)

//go:embed all:dist
var dist embed.FS

//go:embed templates
var templateFiles embed.FS

//go:embed locales
var localeFiles embed.FS

// Config is what the pages need to know. Backend and BaseURL are required.
type Config struct {
	Backend Backend
	// BaseURL is the address browsers use, without a trailing slash. Cookies of
	// the pages are Secure exactly when it is https.
	BaseURL string
	// UploadOrigin is scheme://host[:port] of the S3 endpoint that scripts
	// upload to; empty when it is the pages' own origin.
	UploadOrigin string
	// When writes a time on the clock of a reader's zone, as mails have it. pattern
	// takes weekday, day, month, year and the rest; names are the language's
	// weekdays from Sunday and its months.
	When When
	// SingleSignOn tells whether /sign-in/sso leads staff to their institution.
	SingleSignOn bool
	// Log receives faults; nil means slog.Default.
	Log *slog.Logger
}

// When writes a time on the clock of a zone; see Config.
type When func(t time.Time, zone, pattern string, names []string) string

// site is the pages with everything they need.
type site struct {
	Config
	log       *slog.Logger
	assets    *assets
	patterns  []string            // of the pages
	templates map[string]*pageSet // by language
}

// New returns the handler of all pages and assets. It answers every path: what
// it does not know gets the "nothing here" page, so it can stand behind the API's routes.
func New(config Config) http.Handler {
	built, err := fs.Sub(dist, "dist")
	if err != nil {
		panic(err) // the folder is embedded above
	}
	return newSite(config, built)
}

// Routes lists the patterns of all pages, as net/http.ServeMux reads them, so
// that tests can hold each of them to who may open it.
func Routes() []string {
	s := &site{assets: loadAssets(dist)}
	s.routes()
	return s.patterns
}

func newSite(config Config, built fs.FS) http.Handler {
	s := newSiteIn(loadLocales(), config, built)
	return s.secure(s.routes())
}

// newSiteIn is the pages in some languages, without their routes.
func newSiteIn(locales map[string]*locale, config Config, built fs.FS) *site {
	log := config.Log
	if log == nil {
		log = slog.Default()
	}
	s := &site{Config: config, log: log, assets: loadAssets(built)}
	s.templates = loadTemplates(locales, s.assets, config.When)
	return s
}

// adder adds a page to the routes.
type adder func(pattern string, h func(http.ResponseWriter, *http.Request) error)

// routes lists every page, by who reads it.
func (s *site) routes() http.Handler {
	mux := http.NewServeMux()
	page := adder(func(pattern string, h func(http.ResponseWriter, *http.Request) error) {
		s.patterns = append(s.patterns, pattern)
		mux.Handle(pattern, s.page(h))
	})
	// Scripts and styles, for everyone, forever.
	mux.Handle("GET /assets/", s.assets)
	mux.Handle("GET /favicon.ico", http.RedirectHandler("/assets/"+s.assets.file("icon.svg"), http.StatusFound))
	for _, add := range []func(adder){s.forAnybody, s.forDoctors, s.forPresenters, s.forGuide, s.forAnswering, s.forModerators, s.forAdministrators, s.forSupporters, s.forSponsors, s.forOwners, s.forHelp, s.forDevices, s.forCalendars, s.forReaders} {
		add(page)
	}
	page("/", func(http.ResponseWriter, *http.Request) error { return ErrNotFound })
	return mux
}

// forAnybody: coming in and going out.
func (s *site) forAnybody(page adder) {
	page("GET /{$}", s.home)
	page("GET /sign-in", s.signIn)
	page("POST /sign-in", s.sendCode)
	page("GET /sign-in/code", s.enterCode)
	page("POST /sign-in/code", s.checkCode)
	page("GET "+handoverPath, s.handoverPage)
	page("POST "+handoverPath, s.beginHandover)
	page("GET /phone/{id}", s.phonePage)
	page("POST /phone/{id}", s.decideOnPhone)
	page("POST /sign-out", s.signOut)
	page("GET /register", s.register)
	page("POST /register", s.submitRegistration)
	page("POST /language", s.chooseLanguage)
	page("GET /account", s.account)
	page("POST /account/devices/end_others", s.endOtherDevices)
	page("POST /account/devices/{id}/end", s.endDevice)
	page("POST /account/passkeys/{id}/remove", s.removePasskey)
	page("GET /register/waiting", s.waiting)
	page("POST /join", s.submitJoin)
	page("GET /send", s.send)
}

func (s *site) forDoctors(page adder) {
	page("GET /courses", s.courses)
	page("GET /webinars/{id}", s.webinar)
	page("GET /courses/{id}", s.course)
	page("GET /courses/{id}/calendar.ics", s.courseCalendar)
	page("GET /webinars/{id}/calendar.ics", s.webinarCalendar)
	page("POST /webinars/{id}/watch", s.watch)
	page("POST /webinars/{id}/questions", s.askQuestion)
	page("POST /webinars/{id}/questions/{question}/withdraw", s.withdrawQuestion)
	page("GET /programs/{id}/missing", s.missing)
	page("GET /webinars/{id}/claim", s.claim)
	page("POST /webinars/{id}/claim", s.submitClaim)
}

// forPresenters is also for administrators.
func (s *site) forPresenters(page adder) {
	page("GET /presenter", s.presenter)
	page("POST /presenter/rehearsal", s.rehearse)
	page("POST /presenter/rehearsal/end", s.endRehearsal)
	page("GET /presenter/webinars/{id}", s.presented)
	page("GET /presenter/webinars/{id}/analytics", s.analytics)
	page("GET /presenter/webinars/{id}/analytics.csv", s.analyticsCSV)
	page("POST /presenter/webinars/{id}/materials", s.addMaterial)
	page("POST /presenter/webinars/{id}/materials/{material}/remove", s.removeMaterial)
	page("POST /presenter/webinars/{id}/upload-links", s.makeUploadLink)
	page("POST /presenter/webinars/{id}/upload-links/{link}/end", s.endUploadLink)
	page("GET /upload/{id}", s.upload)
	page("POST /recordings/{id}/publish", s.publishRecording)
	page("POST /recordings/{id}/withdraw", s.withdrawRecording)
	page("POST /recordings/{id}/retry", s.retryRecording)
	page("GET /recordings/{id}", s.recordingPage)
	page("POST /recordings/{id}/captions", s.saveCaptions)
	page("POST /recordings/{id}/captions/remove", s.removeCaptions)
	page("POST /recordings/{id}/chapters", s.saveChapters)
	page("POST /recordings/{id}/poster", s.choosePoster)
	page("POST /recordings/{id}/time-map", s.saveTimeMap)
	page("POST /recordings/{id}/trim", s.trimRecording)
	page("POST /recordings/{id}/live-map", s.saveLiveMap)
}

// forModerators is also for administrators.
func (s *site) forModerators(page adder) {
	page("GET /events", s.events)
	page("GET /events/{id}", s.event)
	page("POST /events/{id}/requests/{request}/approve", s.admitDoctor)
	page("POST /events/{id}/requests/{request}/refuse", s.refuseDoctor)
}

func (s *site) forAdministrators(page adder) {
	page("GET /admin", s.admin)
	page("GET /admin/doctors", s.doctor)
	page("GET /admin/programs/{id}/quality", s.quality)
	page("POST /webinars/{id}/waive", s.waive)
	page("POST /waivers/{id}/revoke", s.revokeWaiver)
	page("GET /admin/webinars/{id}/attendance", s.attendancePage)
	page("POST /admin/webinars/{id}/attendance", s.importAttendance)
	page("POST /admin/webinars/{id}/attendance/imports/{import}/undo", s.undoImport)
	page("POST /admin/webinars/{id}/attendance/claims/{claim}", s.decideClaim)
	page("POST /admin/webinars/{id}/attendance/match", s.matchAttendance)
	page("GET /admin/attendance-mappings", s.mappings)
	page("POST /admin/attendance-mappings", s.saveMapping)
	page("POST /admin/attendance-mappings/remove", s.removeMapping)
	s.forAdministration(page)
	s.forBrands(page)
	for _, f := range slices.Concat(adminForms(), curatingForms(), machineForms()) {
		page("GET "+f.path, s.showAdminForm(f))
		page("POST "+f.path, s.submitAdminForm(f))
	}
}

// page adapts a handler that returns its error.
func (s *site) page(h func(http.ResponseWriter, *http.Request) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		r = s.withLanguage(r)
		if err := h(w, r); err != nil {
			s.fail(w, r, err)
		}
	})
}

// https tells whether browsers reach this site over TLS.
func (s *site) https() bool { return strings.HasPrefix(s.BaseURL, "https://") }
