package player

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"net/http"
	"strings"
	"time"
)

// Feeding gives calendar programs, which cannot sign in, a private address.
type Feeding interface {
	// FeedSince tells when the reader's address was made; nil: there is none.
	FeedSince(ctx context.Context) (*time.Time, error)
	// MakeFeed makes an address, in place of an earlier one, and returns it once.
	MakeFeed(ctx context.Context) (address string, err error)
	// EndFeed ends it.
	EndFeed(ctx context.Context) error
	// Feed is what the address with that token shows. ErrNotFound.
	Feed(ctx context.Context, token string) (Feed, error)
}

// Feed is what a calendar program is shown: titles and times, since addresses
// are kept and passed on by programs that know of no secrets.
type Feed struct {
	Language, Zone string // of whose calendar it is
	Programs       []Program
}

// feedPath begins the addresses; their last part is never logged.
const feedPath = "/calendars/"

// feedView is the content of the page about one's own address.
type feedView struct {
	Since   *time.Time
	Zone    string
	Address string // just made
	Webcal  string // the same for programs that open such links
	Ended   bool
}

// forCalendars is called by calendar programs and by readers of their account.
func (s *site) forCalendars(page adder) {
	page("GET "+feedPath+"{file}", s.feed)
	page("GET /account/calendar", s.feedPage)
	page("POST /account/calendar", s.makeFeed)
	page("POST /account/calendar/end", s.endFeed)
}

func (s *site) feedPage(w http.ResponseWriter, r *http.Request) error {
	return s.showFeed(w, r, feedView{Ended: r.URL.Query().Has("ended")})
}

func (s *site) showFeed(w http.ResponseWriter, r *http.Request, view feedView) (err error) {
	v, err := s.viewer(r)
	if err != nil {
		return err
	}
	view.Zone = v.TimeZone
	if view.Since, err = s.Backend.FeedSince(r.Context()); err != nil {
		return err
	}
	return s.show(w, r, page{Name: "feed", Title: "feed.title", Section: "account", Content: view})
}

// makeFeed shows the address in its answer: it can be read now and never again.
func (s *site) makeFeed(w http.ResponseWriter, r *http.Request) error {
	address, err := s.Backend.MakeFeed(r.Context())
	if err != nil {
		return err
	}
	_, rest, _ := strings.Cut(address, "://")
	return s.showFeed(w, r, feedView{Address: address, Webcal: "webcal://" + rest})
}

func (s *site) endFeed(w http.ResponseWriter, r *http.Request) error {
	if err := s.Backend.EndFeed(r.Context()); err != nil {
		return err
	}
	http.Redirect(w, r, "/account/calendar?ended=1", http.StatusSeeOther)
	return nil
}

// feed is the calendar itself (RFC 5545, with the properties of RFC 7986). Its
// ETag changes with what is in it.
func (s *site) feed(w http.ResponseWriter, r *http.Request) error {
	token, ok := strings.CutSuffix(r.PathValue("file"), ".ics")
	if !ok {
		return ErrNotFound
	}
	found, err := s.Backend.Feed(r.Context(), token)
	if err != nil {
		return err
	}
	l, ok := s.language(found.Language)
	if !ok {
		l = s.templates[defaultLanguage].locale
	}
	sum := sha256.Sum256([]byte(s.feedOf(found, l, time.Time{})))
	w.Header().Set("ETag", `"`+hex.EncodeToString(sum[:16])+`"`)
	w.Header().Set("Cache-Control", "private, no-cache")
	w.Header().Set("X-Robots-Tag", "noindex")
	w.Header().Set("Content-Type", "text/calendar; charset=utf-8; method=PUBLISH")
	http.ServeContent(w, r, "", time.Time{}, strings.NewReader(s.feedOf(found, l, time.Now())))
	return nil
}

// feedOf is the file; now stands in each event as the time it was written.
func (s *site) feedOf(f Feed, l *locale, now time.Time) string {
	var events []string
	for _, p := range f.Programs {
		for _, c := range p.Courses {
			for _, x := range c.Webinars {
				if x.StartsAt != nil {
					events = append(events, s.calendarEvent(x, "", now))
				}
			}
		}
	}
	return icalendar(l.Lang, events,
		contentLine("NAME", calendarText(l.T("feed.name"))), contentLine("X-WR-CALNAME", calendarText(l.T("feed.name"))),
		contentLine("X-WR-TIMEZONE", f.Zone), contentLine("REFRESH-INTERVAL;VALUE=DURATION", refreshEvery), contentLine("X-PUBLISHED-TTL", refreshEvery))
}

// refreshEvery is how often calendar programs are asked to look (RFC 7986, 5.7).
const refreshEvery = "PT6H"

// loggedPath is a path without the secret in it.
func loggedPath(r *http.Request) string {
	if strings.HasPrefix(r.URL.Path, feedPath) {
		return fmt.Sprintf("%s…", feedPath)
	}
	return r.URL.Path
}
