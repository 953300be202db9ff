package catalogapi_test

import (
	"errors"
	"strings"
	"testing"

	"rounds/catalog"
)

// TestCalendarFeeds: an address opens for its maker until it is renewed, ended or
// its maker is kept out; nobody finds its token in the database.
func TestCalendarFeeds(t *testing.T) {
	t.Parallel()
	b := setup(t)
	doctor := b.doctor(b.program().id, ana)
	const path = "/v1/me/calendar_feed"
	opens := func(address string) bool {
		t.Helper()
		token, _ := strings.CutPrefix(strings.TrimSuffix(address, ".ics"), "http://test/calendars/")
		hash, ok := catalog.HashCalendarToken(token)
		if !ok {
			t.Fatalf("no token in %q", address)
		}
		if n := b.count(`select count(*) from calendar_feeds where encode(token_hash, 'escape') like '%' || $1 || '%'`, token); n != 0 {
			t.Error("the token is kept")
		}
		who, err := b.store.CalendarReader(t.Context(), hash)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil && who.Email == ana
	}
	if got := doctor.want(200, "GET", path, nil); got.body["created_at"] != nil {
		t.Errorf("one is there: %v", got)
	}
	first := doctor.want(201, "POST", path, nil).str("url")
	second := doctor.want(201, "POST", path, nil).str("url")
	if opens(first) || !opens(second) || doctor.want(200, "GET", path, nil).body["created_at"] == nil {
		t.Error("the newest address opens, and it alone")
	}
	b.exec(`update accounts set disabled_at = now() where email = $1`, ana)
	if opens(second) {
		t.Error("it opens for somebody who is kept out")
	}
	b.exec(`update accounts set disabled_at = null where email = $1`, ana)
	doctor.want(204, "DELETE", path, nil)
	doctor.want(204, "DELETE", path, nil)
	if opens(second) {
		t.Error("it opens after its end")
	}
	b.admin.refused(403, "", "POST", path, nil)
	b.visitor().refused(401, "", "POST", path, nil)
}
