package player

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

// fakeFeeds is what the fake knows of calendar addresses.
type fakeFeeds struct {
	feedMade *time.Time
}

const feedToken = "7K3M0ZQXH2RD9WVB7K3M0ZQXH2" //nolint:gosec // G101: a sample

func (f *fake) FeedSince(context.Context) (*time.Time, error) { return f.feedMade, f.failure }

func (f *fake) MakeFeed(context.Context) (string, error) {
	at := time.Date(2026, 3, 2, 9, 0, 0, 0, time.UTC)
	f.feedMade = &at
	return "https://learn.example.org/calendars/" + feedToken + ".ics", f.failure
}

func (f *fake) EndFeed(context.Context) error {
	f.feedMade = nil
	return f.failure
}

func (f *fake) Feed(ctx context.Context, token string) (Feed, error) {
	if token != feedToken || f.feedMade == nil {
		return Feed{}, ErrNotFound
	}
	programs, err := f.Programs(ctx)
	return Feed{Language: "ar-EG", Zone: "Africa/Cairo", Programs: programs}, err
}

// TestCalendarsAreSubscribedTo: titles and times without signing in, nothing
// else, an answer of nothing while nothing changes, and an end.
func TestCalendarsAreSubscribedTo(t *testing.T) {
	t.Parallel()
	b := setup(t)
	const feed = "/calendars/" + feedToken + ".ics"
	wants(t, b.get(feed), http.StatusNotFound)
	wants(t, b.get("/account/calendar"), http.StatusOK, "Make an address")
	wants(t, b.post("/account/calendar", nil), http.StatusOK, "https://learn.example.org"+feed, `href="webcal://learn.example.org`+feed, "Make a new address")
	if strings.Contains(b.get("/account/calendar").Body.String(), feedToken) {
		t.Error("the address is shown twice")
	}
	b.viewer = nil
	w := b.get(feed)
	wants(t, w, http.StatusOK, "REFRESH-INTERVAL;VALUE=DURATION:PT6H\r\n", "X-WR-TIMEZONE:Africa/Cairo\r\n", "NAME:الندوات\r\n", "BEGIN:VEVENT\r\n", "SUMMARY:")
	if text := w.Body.String(); strings.Contains(text, "DESCRIPTION") || strings.Contains(text, "URL:") || strings.Contains(text, feedToken) {
		t.Errorf("more than titles and times:\n%s", text)
	}
	again := httptest.NewRequest(http.MethodGet, feed, nil)
	again.Header.Set("If-None-Match", w.Header().Get("ETag"))
	if got := b.send(again); got.Code != http.StatusNotModified || got.Body.Len() != 0 {
		t.Errorf("asked again: %d", got.Code)
	}
	wants(t, b.get("/calendars/"+feedToken), http.StatusNotFound)
	b.viewer = &everybody
	wantsRedirect(t, b.post("/account/calendar/end", nil), "/account/calendar?ended=1")
	wants(t, b.get(feed), http.StatusNotFound)
}

func TestFailuresOfFeedsAreLoggedWithoutTheirAddress(t *testing.T) {
	t.Parallel()
	if got := loggedPath(httptest.NewRequest(http.MethodGet, "/calendars/"+feedToken+".ics", nil)); strings.Contains(got, feedToken) {
		t.Error(got)
	}
}
