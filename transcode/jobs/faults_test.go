package jobs_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/jackc/pgx/v5/pgxpool"

	"rounds/catalog"
	"rounds/transcode"
	"rounds/transcode/objects"
)

func usual(*machine) {}

// wantState fails the test unless a recording has ended so.
func wantState(t *testing.T, r catalog.Recording, want catalog.RecordingState) {
	t.Helper()
	if r.State != want {
		t.Errorf("state %s, failure %+v, want %s", r.State, r.Failure, want)
	}
	if want == catalog.StateFailed && (r.Failure == nil || r.Failure.Code != catalog.FailInternal || len(r.Failure.Message) < 40) {
		t.Errorf("failure %+v", r.Failure)
	}
}

// TestMachinesShare: two machines encode one recording, and what they tell
// while they do is true.
func TestMachinesShare(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	var mu sync.Mutex
	shares, both := map[string]int{}, make(chan struct{})
	f.before = func(ctx context.Context, machine string, _ catalog.ChunkNumber) error {
		mu.Lock()
		shares[machine]++
		if len(shares) == 2 && shares[machine] == 1 {
			close(both)
		}
		mu.Unlock()
		select {
		case <-both:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f.machine("a", usual)
	id := f.uploadPieces(9)
	f.until("pieces run on one machine", func() bool {
		stages := f.recording(id).Stages
		return len(stages) > 2 && stages[2].State == "running" && stages[2].Chunks != nil && stages[2].Chunks.Total == 10 && stages[2].Chunks.Done == 0 &&
			stages[2].Progress > 0 && f.recording(id).ETASeconds != nil
	})
	f.machine("b", usual)
	r := f.ended(id)
	wantState(t, r, catalog.StateReady)
	if shares["a"]+shares["b"] != 10 || shares["a"] == 0 || shares["b"] == 0 {
		t.Errorf("shares %v", shares)
	}
	if len(r.Warnings) != 1 || r.Warnings[0].Code != "quiet_audio" {
		t.Errorf("what the sound's encoder heard is not told: %+v", r.Warnings)
	}
	if c := r.Stages[2].Chunks; c == nil || *c != (catalog.StageChunks{Done: 10, Total: 10}) {
		t.Errorf("pieces at the end: %+v", c)
	}
}

// TestVerdictsDoNotWait: however many recordings wait for their encodes, the
// next one is judged at once; and a short one is encoded before long ones.
func TestVerdictsDoNotWait(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	resumed := make(chan struct{})
	f.before = func(ctx context.Context, _ string, _ catalog.ChunkNumber) error {
		select {
		case <-resumed:
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	f.machine("a", usual)
	var long []catalog.RecordingID
	for range 12 {
		long = append(long, f.uploadPieces(360))
	}
	for _, id := range long {
		f.until("a long one waits for its pieces", func() bool {
			stages := f.recording(id).Stages
			return len(stages) > 2 && stages[1].State == "done"
		})
	}
	letter := f.upload(strings.NewReader("Dear all"), 8)
	if r := f.ended(letter); r.Failure == nil || r.Failure.Code != catalog.FailNotMedia {
		t.Errorf("the letter: %+v", r)
	}
	short := f.uploadPieces(2)
	f.until("the short one is laid out", func() bool {
		stages := f.recording(short).Stages
		return len(stages) > 2 && stages[2].Chunks != nil
	})
	close(resumed)
	wantState(t, f.ended(short), catalog.StateReady)
	for _, id := range long {
		if s := f.recording(id).State; s.Final() {
			t.Errorf("a long one was %s before the short one", s)
		}
	}
}

// TestKilledEncoder: a worker that was killed leaves a lease that runs out and
// half of its parts.
func TestKilledEncoder(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	f.machine("coordinator", func(m *machine) { m.idle = true })
	id := f.uploadPieces(2)
	killed := f.claimLike(t, "killed", 300*time.Millisecond)
	f.put(t, catalog.PartsPrefix(id, killed.Token)+"sound.mp4")
	f.machine("b", usual)
	wantState(t, f.ended(id), catalog.StateReady)
	if n := f.times(killed.Number); n != 1 {
		t.Errorf("the killed worker's piece was encoded %d times by others", n)
	}
}

// claimLike takes a sound as a worker does that is killed right afterwards.
func (f *farm) claimLike(t *testing.T, worker string, lease time.Duration) (c catalog.ChunkClaim) {
	t.Helper()
	f.until("there is a sound to claim", func() bool {
		var err error
		c, err = f.store.ClaimSound(context.Background(), worker, lease)
		if err != nil && !errors.Is(err, catalog.ErrNotFound) {
			t.Fatal(err)
		}
		return err == nil
	})
	return c
}

func (f *farm) put(t *testing.T, key string) {
	t.Helper()
	if _, err := f.s3.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &f.bucket, Key: &key, Body: strings.NewReader("half of it")}); err != nil {
		t.Fatal(err)
	}
}

// TestPieceThatKills: a piece whose workers die is given to no more of them
// than it has tries, and the recording fails with words.
func TestPieceThatKills(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	f.machine("coordinator", func(m *machine) { m.idle = true })
	id := f.uploadPieces(1)
	for range catalog.ChunkTries {
		f.claimLike(t, "killed", time.Minute)
		f.exec(`update chunks set lease_expires_at = now() - interval '1 second' where recording_id = $1 and state = 'running'`, id)
	}
	r := f.ended(id)
	wantState(t, r, catalog.StateFailed)
	if !strings.Contains(r.Failure.Message, "The sound of this recording") {
		t.Errorf("words: %q", r.Failure.Message)
	}
}

// TestPoisonedPiece: a piece that nobody can encode fails its recording, with
// its place in it, and does not keep others from being encoded.
func TestPoisonedPiece(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	f.before = func(_ context.Context, _ string, number catalog.ChunkNumber) error {
		if number == 2 {
			return errors.New("decoder crashed")
		}
		return nil
	}
	f.machine("a", usual)
	f.machine("b", usual)
	bad := f.uploadPieces(4)
	good := f.uploadPieces(1)
	r := f.ended(bad)
	wantState(t, r, catalog.StateFailed)
	if !strings.Contains(r.Failure.Message, "from 2:00 to 3:00") || f.times(2) != catalog.ChunkTries {
		t.Errorf("after %d tries: %q", f.times(2), r.Failure.Message)
	}
	wantState(t, f.ended(good), catalog.StateReady)
}

// TestDamagedPictures: what the decoders of all pieces could not read is judged
// as a whole.
func TestDamagedPictures(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	f.decoded = 10
	f.machine("a", usual)
	if r := f.ended(f.uploadPieces(2)); r.State != catalog.StateFailed || r.Failure.Code != catalog.FailDamaged {
		t.Errorf("state %s, failure %+v", r.State, r.Failure)
	}
}

// TestDiskFull: what one full machine cannot do others do; when all are full
// the recording fails with words.
func TestDiskFull(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	refused := make(chan struct{})
	refuse := sync.OnceFunc(func() { close(refused) })
	f.before = func(ctx context.Context, machine string, _ catalog.ChunkNumber) error {
		if machine != "b" {
			refuse()
			return syscall.ENOSPC
		}
		select {
		case <-refused: // the full one had its turn
			return nil
		case <-ctx.Done():
			return ctx.Err()
		}
	}
	// However long the others take: it rests, and does not use up the tries of all pieces.
	a, b := f.machine("a", func(m *machine) { m.encoder.Pause = time.Hour }), f.machine("b", usual)
	wantState(t, f.ended(f.uploadPieces(6)), catalog.StateReady)
	a.stop()
	b.stop()
	f.machine("c", usual)
	wantState(t, f.ended(f.uploadPieces(2)), catalog.StateFailed)
}

// TestSlowStorage: a lease is kept however long storage takes.
func TestSlowStorage(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	beats := make(chan struct{})
	f.machine("a", func(m *machine) {
		m.wire(f.faultyS3(func(r *http.Request) (*http.Response, error) {
			if r.Method == http.MethodPut && strings.Contains(r.URL.Path, "/parts/") {
				for range 20 { // renewals are two leases
					<-beats
				}
			}
			return nil, r.Context().Err()
		}))
		m.encoder.Chunks = beating{m.store, beats}
		m.encoder.Lease, m.encoder.Renew = time.Second, 100*time.Millisecond
	})
	id := f.uploadPieces(1)
	wantState(t, f.ended(id), catalog.StateReady)
	if f.times(0) != 1 || f.times(catalog.SoundChunk) != 1 {
		t.Error("a piece was encoded twice")
	}
}

// beating tells of each renewal of a lease, if anybody listens.
type beating struct {
	transcode.Chunks
	beats chan struct{}
}

func (b beating) RenewChunk(ctx context.Context, c catalog.ChunkClaim, lease time.Duration, p catalog.ChunkProgress) error {
	select {
	case b.beats <- struct{}{}:
	default:
	}
	return b.Chunks.RenewChunk(ctx, c, lease, p)
}

// TestStorageUnavailable: each kind of request is refused once.
func TestStorageUnavailable(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	var mu sync.Mutex
	refused := map[string]int{}
	f.machine("a", func(m *machine) {
		m.wire(f.faultyS3(func(r *http.Request) (*http.Response, error) {
			kind := r.Method
			if r.URL.Query().Has("list-type") {
				kind = "LIST"
			}
			mu.Lock()
			defer mu.Unlock()
			refused[kind]++
			if refused[kind] > 1 {
				return nil, nil //nolint:nilnil // goes on to the storage
			}
			return refusal(r, http.StatusServiceUnavailable, "SlowDown"), nil
		}))
	})
	wantState(t, f.ended(f.uploadPieces(2)), catalog.StateReady)
	for _, kind := range []string{"GET", "PUT", "LIST", "POST", "HEAD"} {
		if refused[kind] < 2 {
			t.Errorf("%s was asked for %d times", kind, refused[kind])
		}
	}
}

// TestStorageClosed: while storage takes nothing, a recording does not hang: it
// fails, in words, and can be done when storage is open again.
func TestStorageClosed(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	var closed atomic.Bool
	closed.Store(true)
	f.machine("a", func(m *machine) {
		m.wire(f.faultyS3(func(r *http.Request) (*http.Response, error) {
			if closed.Load() && r.Method == http.MethodPut {
				return refusal(r, http.StatusForbidden, "AccessDenied"), nil // what asking again does not change
			}
			return nil, nil //nolint:nilnil // goes on to the storage
		}))
		m.encoder.Pause = time.Millisecond
	})
	id := f.uploadPieces(2)
	failed := f.ended(id)
	wantState(t, failed, catalog.StateFailed)
	if failed.Failure == nil || failed.Failure.Code != catalog.FailInternal || !strings.Contains(failed.Failure.Message, "try again") {
		t.Errorf("failed with %+v", failed.Failure)
	}
	closed.Store(false)
	if _, err := f.store.Retry(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	wantState(t, f.ended(id), catalog.StateReady)
}

// refusal is how S3 says no.
func refusal(r *http.Request, status int, code string) *http.Response {
	body := "<Error><Code>" + code + "</Code></Error>"
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{}, Request: r,
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

// TestTruncatedReads: answers that break off are asked for again; a part that
// is not what was put is encoded again.
func TestTruncatedReads(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	var cuts atomic.Int32
	f.machine("a", func(m *machine) {
		m.wire(f.faultyS3(func(r *http.Request) (*http.Response, error) {
			if r.Method != http.MethodGet || r.URL.Query().Has("list-type") || cuts.Add(1)%2 == 0 {
				return nil, nil //nolint:nilnil // goes on to the storage
			}
			answer, err := http.DefaultTransport.RoundTrip(r)
			if err == nil {
				whole := answer.Body
				answer.Body = struct {
					io.Reader
					io.Closer
				}{io.MultiReader(io.LimitReader(whole, 5), broken5{}), whole}
			}
			return answer, err
		}))
		m.encoder.Parts = &spoiling{Parts: m.encoder.Parts, f: f}
	})
	id := f.uploadPieces(2)
	wantState(t, f.ended(id), catalog.StateReady)
	if f.times(1) != 2 || f.times(0) != 2 || cuts.Load() < 4 {
		t.Errorf("pieces 0 and 1 were encoded %d and %d times, %d reads", f.times(0), f.times(1), cuts.Load())
	}
}

// broken5 ends a body as a broken connection does.
type broken5 struct{}

func (broken5) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// spoiling loses the first parts of piece 0 and alters those of piece 1 after
// they were put.
type spoiling struct {
	transcode.Parts
	f             *farm
	lost, altered atomic.Bool
}

func (s *spoiling) PutParts(ctx context.Context, prefix string, files []transcode.File) error {
	if err := s.Parts.PutParts(ctx, prefix, files); err != nil {
		return err
	}
	content, key := []byte{}, prefix+files[0].Name
	answer, err := s.f.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &s.f.bucket, Key: &key})
	if err == nil {
		content, err = io.ReadAll(answer.Body)
	}
	switch {
	case err != nil:
		return err
	case bytes.Contains(content, []byte("frames 0 to")) && !s.lost.Swap(true):
		return s.Delete(ctx, prefix)
	case bytes.Contains(content, []byte("frames 1500 to")) && !s.altered.Swap(true):
		content[3]++
		_, err = s.f.s3.PutObject(ctx, &s3.PutObjectInput{Bucket: &s.f.bucket, Key: &key, Body: bytes.NewReader(content)})
	}
	return err
}

// TestDuplicateCompletion: a worker that was taken for dead finishes after the
// one that took over; its parts go.
func TestDuplicateCompletion(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	overtaken, put := make(chan struct{}), make(chan struct{}, 1)
	f.before = func(_ context.Context, machine string, number catalog.ChunkNumber) error {
		if machine == "slow" && number == 0 {
			<-overtaken // no context stops it: the machine hangs
		}
		return nil
	}
	slow := f.machine("slow", func(m *machine) {
		m.encoder.Chunks = deaf{m.store}
		m.encoder.Parts = telling{m.encoder.Parts, overtaken, put}
		m.encoder.Lease = time.Minute // it believes
	})
	id := f.uploadPieces(2)
	f.until("the slow one has piece 0", func() bool { return f.times(0) == 1 })
	f.exec(`update chunks set lease_expires_at = now() - interval '1 second', not_before = now() + interval '1 hour'
		where recording_id = $1 and number = 0`, id) // for others than the slow one
	f.machine("quick", usual)
	r := f.ended(id)
	wantState(t, r, catalog.StateReady)
	close(overtaken)
	<-put
	slow.stop()
	if left := f.below(catalog.PartsRoot(id)); len(left) != 0 {
		t.Errorf("parts left by the slow one: %v", left)
	}
	if f.times(0) != 2 {
		t.Errorf("piece 0 was encoded %d times", f.times(0))
	}
}

// telling says that parts were put after the call for them was closed.
type telling struct {
	transcode.Parts
	since <-chan struct{}
	put   chan<- struct{}
}

func (p telling) PutParts(ctx context.Context, prefix string, files []transcode.File) error {
	err := p.Parts.PutParts(ctx, prefix, files)
	select {
	case <-p.since:
		p.put <- struct{}{}
	default:
	}
	return err
}

// deaf does not hear that a lease was lost.
type deaf struct{ transcode.Chunks }

func (deaf) RenewChunk(context.Context, catalog.ChunkClaim, time.Duration, catalog.ChunkProgress) error {
	return nil
}

// TestStopHandsBack: a machine that stops hands its pieces back at once, and
// that does not count as a try.
func TestStopHandsBack(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	entered := make(chan struct{}, 10)
	f.before = func(ctx context.Context, machine string, _ catalog.ChunkNumber) error {
		if machine == "stopping" {
			entered <- struct{}{}
			<-ctx.Done()
			return ctx.Err()
		}
		return nil
	}
	long := func(m *machine) { m.encoder.Lease, m.pipeline.Lease = time.Hour, time.Hour }
	f.machine("coordinator", func(m *machine) { m.idle = true })
	id := f.uploadPieces(3)
	for range catalog.ChunkTries + 1 { // more often than there are tries
		m := f.machine("stopping", long)
		for range 3 { // two pieces with pictures and the sound
			<-entered
		}
		m.stop()
		if q, err := f.store.ChunkQueue(t.Context()); err != nil || q.Running != 0 || q.Waiting != 4 {
			t.Fatalf("after a stop: %+v, %v", q, err)
		}
	}
	f.machine("b", usual)
	wantState(t, f.ended(id), catalog.StateReady)
}

// TestKilledCoordinator: whoever takes over uses the pieces that are done.
func TestKilledCoordinator(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	resumed := make(chan struct{})
	f.before = func(ctx context.Context, _ string, number catalog.ChunkNumber) error {
		if number == 2 {
			select {
			case <-resumed:
			case <-ctx.Done():
			}
		}
		return ctx.Err()
	}
	first := f.machine("a", func(m *machine) {
		m.idle = true
		m.pipeline.Recordings = &mortal{Recordings: m.store}
	})
	f.machine("encoder", func(m *machine) { m.pipeline.Recordings = &mortal{Recordings: m.store, dead: true} })
	id := f.uploadPieces(3)
	f.until("some pieces are done", func() bool { return f.times(2) == 1 })
	first.pipeline.Recordings.(*mortal).die()
	first.stop()
	f.exec(`update recordings set lease_expires_at = now() - interval '1 second' where id = $1`, id)
	second := f.machine("b", func(m *machine) { m.idle = true })
	f.until("another one has taken over", func() bool {
		var attempts int
		f.ok(f.pool.QueryRow(t.Context(), `select attempts from recordings where id = $1 and state = 'processing'`, id).Scan(&attempts))
		return attempts == 2
	})
	close(resumed)
	wantState(t, f.ended(id), catalog.StateReady)
	second.stop()
	for _, number := range []catalog.ChunkNumber{catalog.SoundChunk, 0, 1, 2} {
		if n := f.times(number); n != 1 {
			t.Errorf("piece %d was encoded %d times", number, n)
		}
	}
}

// mortal is a database connection of a process that is killed: from then on
// nothing that the process does reaches the database.
type mortal struct {
	transcode.Recordings
	mu   sync.Mutex
	dead bool
}

var errDead = errors.New("connection lost")

func (m *mortal) die() {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.dead = true
}

func (m *mortal) alive() error {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.dead {
		return errDead
	}
	return nil
}

func (m *mortal) Begin(ctx context.Context, id catalog.RecordingID, lease time.Duration) (catalog.Attempt, catalog.Recording, error) {
	if err := m.alive(); err != nil {
		return catalog.Attempt{}, catalog.Recording{}, err
	}
	return m.Recordings.Begin(ctx, id, lease)
}

func (m *mortal) Heartbeat(ctx context.Context, a catalog.Attempt, lease time.Duration, p catalog.Progress) error {
	if err := m.alive(); err != nil {
		return err
	}
	return m.Recordings.Heartbeat(ctx, a, lease, p)
}

func (m *mortal) Release(ctx context.Context, a catalog.Attempt) error {
	if err := m.alive(); err != nil {
		return err
	}
	return m.Recordings.Release(ctx, a)
}

// TestDatabaseLost: connections break while pieces are encoded, while one is
// handed over and while the recording is published; the machine goes on when the database is back.
func TestDatabaseLost(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	line := newTelephone(t, f.pool.Config().ConnString())
	pool, err := pgxpool.New(t.Context(), line.url)
	f.ok(err)
	t.Cleanup(pool.Close)
	var once sync.Once
	f.before = func(context.Context, string, catalog.ChunkNumber) error {
		once.Do(line.cut)
		return nil
	}
	f.machine("a", func(m *machine) {
		m.pool = pool
		m.wire(f.s3)
		m.pipeline.Lease, m.pipeline.Renew = 2*time.Second, 200*time.Millisecond // an unknown outcome is known when the lease has run out
		m.pipeline.Recordings = &cutting{Recordings: m.store, line: line}
		m.encoder.Chunks = &cuttingChunks{Chunks: m.store, line: line}
	})
	id := f.uploadPieces(2)
	f.until("the recording is ready", func() bool { return f.recording(id).State.Final() })
	f.sweep(t)
	wantState(t, f.ended(id), catalog.StateReady)
	for _, number := range []catalog.ChunkNumber{catalog.SoundChunk, 0, 1} {
		if n := f.times(number); n != 1 {
			t.Errorf("piece %d was encoded %d times", number, n)
		}
	}
}

// sweep removes orphans without regard to their age: an attempt that does not
// know whether it has published must not remove anything.
func (f *farm) sweep(t *testing.T) {
	t.Helper()
	if _, err := transcode.SweepOrphans(t.Context(), objects.NewStore(f.s3, f.bucket), f.store.UnusedMedia, -time.Hour); err != nil {
		t.Fatal(err)
	}
	if _, err := transcode.SweepOrphans(t.Context(), objects.NewParts(f.s3, f.bucket), f.store.UnusedParts, -time.Hour); err != nil {
		t.Fatal(err)
	}
}

// TestAnswerLost: the publishing transaction commits and its answer is lost;
// what was published stays.
func TestAnswerLost(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	f.machine("a", func(m *machine) { m.pipeline.Recordings = lossy{m.store} })
	id := f.uploadPieces(1)
	f.until("the recording is ready", func() bool { return f.recording(id).State.Final() })
	f.sweep(t)
	wantState(t, f.ended(id), catalog.StateReady)
}

// lossy loses the answer to a publication.
type lossy struct{ transcode.Recordings }

func (l lossy) Publish(ctx context.Context, a catalog.Attempt, p catalog.Publication) error {
	return errors.Join(l.Recordings.Publish(ctx, a, p), errDead)
}

// cutting has no line to the database when it first publishes.
type cutting struct {
	transcode.Recordings
	line *telephone
	once sync.Once
}

func (c *cutting) Publish(ctx context.Context, a catalog.Attempt, p catalog.Publication) error {
	c.once.Do(c.line.down)
	defer c.line.up()
	return c.Recordings.Publish(ctx, a, p)
}

// cuttingChunks has no line when it first hands a piece over.
type cuttingChunks struct {
	transcode.Chunks
	line *telephone
	once sync.Once
}

func (c *cuttingChunks) CompleteChunk(ctx context.Context, claim catalog.ChunkClaim, r catalog.ChunkResult) error {
	c.once.Do(c.line.down)
	defer c.line.up()
	return c.Chunks.CompleteChunk(ctx, claim, r)
}

// telephone is a line to the database that can be cut.
type telephone struct {
	url   string
	mu    sync.Mutex
	dead  bool
	calls []net.Conn
}

// newTelephone listens on a port of its own and passes everything on to the
// database at address.
func newTelephone(t *testing.T, address string) *telephone {
	t.Helper()
	target, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	socket, err := new(net.ListenConfig).Listen(t.Context(), "tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = socket.Close() })
	line, host := &telephone{}, target.Host
	target.Host = socket.Addr().String()
	line.url = target.String()
	go func() {
		for {
			call, err := socket.Accept()
			if err != nil {
				return
			}
			go line.connect(call, host)
		}
	}()
	return line
}

func (l *telephone) connect(call net.Conn, host string) {
	other, err := new(net.Dialer).DialContext(context.Background(), "tcp", host)
	if err != nil {
		_ = call.Close()
		return
	}
	l.mu.Lock()
	l.calls = append(l.calls, call, other)
	if l.dead {
		l.hangUp()
	}
	l.mu.Unlock()
	go func() { _, _ = io.Copy(other, call); _ = other.Close() }()
	_, _ = io.Copy(call, other)
	_ = call.Close()
}

// cut ends all calls. New ones can be made at once.
func (l *telephone) cut() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.hangUp()
}

// down ends all calls, and those that are tried until the line is up again.
func (l *telephone) down() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = true
	l.hangUp()
}

func (l *telephone) up() {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.dead = false
}

func (l *telephone) hangUp() {
	for _, call := range l.calls {
		_ = call.Close()
	}
	l.calls = nil
}
