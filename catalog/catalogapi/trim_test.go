package catalogapi_test

import (
	"testing"

	"rounds/catalog"
)

// ready uploads and processes a recording of that length.
func (b *testBundle) ready(c *client, webinar string, durationMS int64) string {
	b.t.Helper()
	id := b.uploaded(c, webinar)
	b.processed(id)
	if _, err := b.db.Exec(b.t.Context(), `update recordings set duration_ms = $2 where id = $1`, id, durationMS); err != nil {
		b.t.Fatal(err)
	}
	return id
}

func TestTrim(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter := b.signIn(p.presenterEmail)
	id := b.ready(presenter, p.webinar, 100_000)
	path := "/v1/recordings/" + id
	trimmed := presenter.want(202, "POST", path+"/trim", object{"from_s": 10, "to_s": 60})
	next := trimmed.str("recording_id")
	if next == id || trimmed.str("state") != "uploaded" || trimmed.str("source_id") != id || trimmed.body["cut_from_s"] != 10.0 || trimmed.body["cut_to_s"] != 60.0 {
		t.Fatalf("trimmed %s", trimmed.raw)
	}
	if again := presenter.want(202, "POST", path+"/trim", object{"from_s": 10, "to_s": 60}); again.str("recording_id") != next {
		t.Errorf("pressed twice: %s", again.raw)
	}
	timing := presenter.want(200, "GET", "/v1/recordings/"+next+"/time_map", nil)
	if piece := timing.body["pieces"].([]any)[0].(object); timing.str("replaces") != id || piece["from_s"] != 10.0 || piece["at_s"] != 0.0 || piece["length_s"] != 50.0 {
		t.Errorf("time map %s", timing.raw)
	}

	// What the transcoder is told.
	attempt, got, err := b.store.Begin(t.Context(), catalog.RecordingID(next), 0)
	if err != nil || got.Source() != catalog.RecordingID(id) || got.Cut != (catalog.Cut{FromMS: 10_000, ToMS: 60_000}) || got.SizeBytes != talkSize {
		t.Fatalf("begun %+v, %v", got, err)
	}
	if err := b.store.Publish(t.Context(), attempt, catalog.Publication{DurationMS: 50_000, SealedKey: []byte("x")}); err != nil {
		t.Fatal(err)
	}
	if w := b.admin.want(200, "GET", "/v1/webinars/"+p.webinar, nil); w.str("current_recording_id") != next {
		t.Errorf("doctors see %s", w.raw)
	}
	// The file of the first one is what is watched, and trimmed further.
	presenter.want(200, "GET", "/v1/recordings/"+next+"/source", nil)
	more := presenter.want(202, "POST", "/v1/recordings/"+next+"/trim", object{"from_s": 5, "to_s": 50})
	if more.str("source_id") != id || more.body["cut_from_s"] != 15.0 || more.body["cut_to_s"] != 60.0 {
		t.Errorf("trimmed further %s", more.raw)
	}
	// The first one with all of it again: seconds come from what was shown last.
	back := presenter.want(202, "POST", path+"/trim", object{"from_s": 0, "to_s": 100})
	timing = presenter.want(200, "GET", "/v1/recordings/"+back.str("recording_id")+"/time_map", nil)
	if piece := timing.body["pieces"].([]any)[0].(object); timing.str("replaces") != next || piece["from_s"] != 0.0 || piece["at_s"] != 10.0 || piece["length_s"] != 50.0 {
		t.Errorf("time map back %s", timing.raw)
	}
}

func TestTrimRefused(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	presenter := b.signIn(p.presenterEmail)
	id := b.uploaded(presenter, p.webinar)
	path := "/v1/recordings/" + id + "/trim"
	presenter.refused(409, "not_ready", "POST", path, object{"from_s": 1, "to_s": 2})
	b.processed(id)
	presenter.refused(422, "nothing_cut", "POST", path, object{"from_s": 0, "to_s": 1.5})
	presenter.refused(422, "", "POST", path, object{"from_s": 1, "to_s": 1.4})
	presenter.refused(422, "", "POST", path, object{"from_s": -1, "to_s": 1.4})
	presenter.refused(422, "", "POST", path, object{"from_s": 0})
	b.doctor(p.id, ana).refused(404, "", "POST", path, object{"from_s": 0, "to_s": 1.2})
	b.removeSource(id)
	presenter.refused(409, "source_gone", "POST", path, object{"from_s": 0, "to_s": 1.2})
}
