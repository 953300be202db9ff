package catalogdb

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"sync"
	"testing"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// bucket is a CaptionObjects in memory that can be told to fail.
type bucket struct {
	mu      sync.Mutex
	objects map[string]string
	fail    error
}

func (b *bucket) PutText(_ context.Context, key, text string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail == nil {
		b.objects[key] = text
	}
	return b.fail
}

func (b *bucket) Remove(_ context.Context, key string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.fail == nil {
		delete(b.objects, key)
	}
	return b.fail
}

// in are the objects of one attempt by name.
func (b *bucket) in(a catalog.Attempt) map[string]string {
	found := map[string]string{}
	for key, text := range b.objects {
		if _, token, name, ok := catalog.ParseMediaKey(key); ok && token == a.Token {
			found[name] = text
		}
	}
	return found
}

func (b *testBundle) caption(t *testing.T, lang catalog.Lang, text string) {
	t.Helper()
	must(b.SaveCaptions(t.Context(), catalog.CaptionTrack{RecordingID: b.recording, Lang: lang, WebVTT: text, Cues: 1, EndsMS: 1000}))(t)
}

// follows checks that the bucket holds exactly these captions in the end, and
// that another look changes nothing.
func (b *testBundle) follows(t *testing.T, to *bucket, a catalog.Attempt, want map[string]string) {
	t.Helper()
	must(b.FollowCaptions(t.Context(), to))(t)
	if got := to.in(a); !maps.Equal(got, want) || len(to.objects) != len(want) {
		t.Errorf("the bucket holds %v, want %v", to.objects, want)
	}
	if n := must(b.FollowCaptions(t.Context(), to))(t); n != 0 {
		t.Errorf("%d copies were behind after all followed", n)
	}
}

// TestCaptionsAreFollowed: the copies come to be as the rows are, whatever
// happened to captions and recording in which order.
func TestCaptionsAreFollowed(t *testing.T) {
	t.Parallel()
	b, to := setup(t), &bucket{objects: map[string]string{}}
	b.caption(t, "en", "before it was ready")
	b.caption(t, "fr", "given up before it was ready")
	b.follows(t, to, catalog.Attempt{}, nil)
	if err := b.DeleteCaptions(t.Context(), b.recording, "fr"); err != nil {
		t.Fatal(err)
	}
	older := b.begin(t)
	b.expireLease(t)
	a := b.begin(t)
	b.follows(t, to, a, nil)
	if err := b.Publish(t.Context(), a, publication); err != nil {
		t.Fatal(err)
	}
	b.follows(t, to, a, map[string]string{"captions/en.vtt": "before it was ready"})
	b.caption(t, "pt-BR", "after it was ready")
	b.caption(t, "en", "replaced")
	b.follows(t, to, a, map[string]string{"captions/en.vtt": "replaced", "captions/pt-BR.vtt": "after it was ready"})
	if err := b.DeleteCaptions(t.Context(), b.recording, "en"); err != nil {
		t.Fatal(err)
	}
	if tracks := must(b.Captions(t.Context(), b.recording))(t); len(tracks) != 1 || tracks[0].Lang != "pt-BR" || tracks[0].WebVTT != "" {
		t.Errorf("tracks are %+v", tracks)
	}
	if _, err := b.CaptionTrack(t.Context(), b.recording, "en"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("a deleted track: %v", err)
	}
	if err := b.DeleteCaptions(t.Context(), b.recording, "en"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("deleted twice: %v", err)
	}
	b.caption(t, "en", "back again")
	b.follows(t, to, a, map[string]string{"captions/en.vtt": "back again", "captions/pt-BR.vtt": "after it was ready"})
	if err := b.DeleteCaptions(t.Context(), b.recording, "en"); err != nil {
		t.Fatal(err)
	}
	b.follows(t, to, a, map[string]string{"captions/pt-BR.vtt": "after it was ready"})
	if got := to.in(older); len(got) != 0 {
		t.Errorf("an attempt that was given up got %v", got)
	}
}

// TestCaptionsThatCannotBeCopied stay behind until the storage is back.
func TestCaptionsThatCannotBeCopied(t *testing.T) {
	t.Parallel()
	b, to := setup(t), &bucket{objects: map[string]string{}, fail: errors.New("slow down")}
	a := b.begin(t)
	if err := b.Publish(t.Context(), a, publication); err != nil {
		t.Fatal(err)
	}
	b.caption(t, "en", "text")
	if _, err := b.FollowCaptions(t.Context(), to); !errors.Is(err, to.fail) {
		t.Errorf("a storage that fails: %v", err)
	}
	to.fail = nil
	b.follows(t, to, a, map[string]string{"captions/en.vtt": "text"})
}

// TestCaptionsFollowedAtOnce: several processes look at the same time.
func TestCaptionsFollowedAtOnce(t *testing.T) {
	t.Parallel()
	b, to := setup(t), &bucket{objects: map[string]string{}}
	a := b.begin(t)
	if err := b.Publish(t.Context(), a, publication); err != nil {
		t.Fatal(err)
	}
	var all sync.WaitGroup
	for i := range 4 {
		all.Go(func() {
			for j := range 5 {
				track := catalog.CaptionTrack{RecordingID: b.recording, Lang: "en", WebVTT: fmt.Sprintf("%d.%d", i, j), Cues: 1}
				if _, err := b.SaveCaptions(t.Context(), track); err != nil {
					t.Error(err)
				}
				if _, err := b.FollowCaptions(t.Context(), to); err != nil {
					t.Error(err)
				}
			}
		})
	}
	all.Wait()
	kept := must(b.CaptionTrack(t.Context(), b.recording, "en"))(t)
	b.follows(t, to, a, map[string]string{"captions/en.vtt": kept.WebVTT})
}

func TestTooManyLanguages(t *testing.T) {
	t.Parallel()
	b := setup(t)
	for i := range catalog.MaxCaptionTracks {
		b.caption(t, catalog.Lang(fmt.Sprintf("x%02d", i)), "text")
	}
	var field *catalog.FieldError
	if _, err := b.SaveCaptions(t.Context(), catalog.CaptionTrack{RecordingID: b.recording, Lang: "en"}); !errors.As(err, &field) {
		t.Errorf("one language more: %v", err)
	}
	b.caption(t, "x00", "replacing is no language more")
}

// TestWhoMayWatch: doctors what is played, presenters and administrators all.
func TestWhoMayWatch(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	for _, id := range []string{"acc_doctor", "acc_presenter", "acc_other"} {
		b.exec(t, `insert into accounts (id, email, name) values ($1, $1 || '@example.org', $1)`, id)
	}
	b.exec(t, `insert into enrolments (id, program_id, account_id, via) values ('enr_1', $1, 'acc_doctor', 'admin')`, b.program)
	b.exec(t, `insert into webinar_presenters (webinar_id, account_id) values ($1, 'acc_presenter')`, b.webinar)
	check := func(when string, doctor bool) {
		t.Helper()
		for who, allowed := range map[*identity.Principal]bool{
			{AccountID: "acc_doctor"}: doctor, {AccountID: "acc_presenter"}: true, {AccountID: "acc_other"}: false, {}: false,
			{TokenID: "tok_1", Roles: []identity.Role{identity.RoleAdmin}}: true,
		} {
			err := b.MayWatch(ctx, *who, b.recording)
			if allowed != (err == nil) || err != nil && !errors.Is(err, catalog.ErrNotFound) {
				t.Errorf("%s: %+v: %v", when, *who, err)
			}
		}
	}
	check("before it is ready", false)
	if err := b.Publish(ctx, b.begin(t), publication); err != nil {
		t.Fatal(err)
	}
	check("when it is played", true)
	must(b.Withdraw(ctx, b.recording, "no"))(t)
	check("when it is withdrawn", false)
	if err := b.MayWatch(ctx, identity.Principal{Roles: []identity.Role{identity.RoleAdmin}}, "rec_none"); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("no recording: %v", err)
	}
}

func TestExtras(t *testing.T) {
	t.Parallel()
	b, ctx := setup(t), t.Context()
	if err := b.SetChapters(ctx, b.recording, nil); !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("chapters of a recording that is not ready: %v", err)
	}
	if err := b.SetPoster(ctx, b.recording, 0); !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("poster of a recording that is not ready: %v", err)
	}
	published := publication
	published.Stills = catalog.Stills{SlidesMS: []int64{0, 30_000}, PostersMS: []int64{1000, 31_000}}
	a := b.begin(t)
	if err := b.Publish(ctx, a, published); err != nil {
		t.Fatal(err)
	}
	e := must(b.Extras(ctx, b.recording))(t)
	if e.Token != a.Token || e.DurationMS != 61_234 || len(e.SlidesMS) != 2 || len(e.PostersMS) != 2 || e.Poster != 0 || e.Decided {
		t.Errorf("extras are %+v", e)
	}
	var field *catalog.FieldError
	for _, candidate := range []int{-1, 3} {
		if err := b.SetPoster(ctx, b.recording, candidate); !errors.As(err, &field) {
			t.Errorf("poster %d: %v", candidate, err)
		}
	}
	if err := b.SetPoster(ctx, b.recording, 2); err != nil {
		t.Fatal(err)
	}
	if err := b.SetChapters(ctx, b.recording, []catalog.Chapter{{StartMS: 61_234, Title: "x"}}); !errors.As(err, &field) {
		t.Errorf("a chapter after the end: %v", err)
	}
	if err := b.SetChapters(ctx, b.recording, []catalog.Chapter{{StartMS: 5, Title: "x"}}); err != nil {
		t.Fatal(err)
	}
	if e = must(b.Extras(ctx, b.recording))(t); e.Poster != 2 || !e.Decided || len(e.Chapters) != 1 || e.Chapters[0].StartMS != 5 {
		t.Errorf("extras are %+v", e)
	}
	if err := b.SetChapters(ctx, b.recording, nil); err != nil {
		t.Fatal(err)
	}
	if e = must(b.Extras(ctx, b.recording))(t); !e.Decided || len(e.Chapters) != 0 {
		t.Errorf("no chapters is a decision: %+v", e)
	}
}
