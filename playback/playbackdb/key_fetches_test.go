package playbackdb_test

import (
	"sync"
	"testing"
	"time"

	"rounds/playback/playbackdb"
)

// TestKeysAreCountedTogether: by several processes at once, in windows.
func TestKeysAreCountedTogether(t *testing.T) {
	t.Parallel()
	b := setup(t)
	add := func(s *playbackdb.Store, keys int, ago time.Duration) (int, time.Duration) {
		total, age, err := s.AddKeys(t.Context(), b.doctor, keys, ago, 10*time.Minute)
		if err != nil {
			t.Error(err)
		}
		return total, age
	}
	if total, age := add(b.Store, 7, 2*time.Minute); total != 7 || age < 2*time.Minute || age > 3*time.Minute {
		t.Errorf("%d keys in %s", total, age)
	}
	other := playbackdb.New(b.db, b.sealer)
	var adding sync.WaitGroup
	for i := range 20 {
		process := b.Store
		if i%2 == 0 {
			process = other
		}
		adding.Go(func() { add(process, 1, 0) })
	}
	adding.Wait()
	if total, age := add(other, 1, 0); total != 28 || age < 2*time.Minute {
		t.Errorf("%d keys in %s", total, age)
	}
	b.exec(t, `update key_fetches set since = since - interval '9 minutes'`)
	if total, age := add(b.Store, 3, time.Minute); total != 3 || age < time.Minute || age > 2*time.Minute {
		t.Errorf("the next window: %d keys in %s", total, age)
	}
	for _, want := range []int64{0, 1} {
		if n, err := b.ForgetKeys(t.Context(), 10*time.Minute); n != want || err != nil {
			t.Errorf("forgot %d, %v", n, err)
		}
		b.exec(t, `update key_fetches set since = since - interval '1 hour'`)
	}
}
