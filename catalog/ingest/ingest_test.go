package ingest

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"

	"rounds/catalog"
	"rounds/deploy/local/s3test"
)

// rows is a Store in memory that counts what is enqueued.
type rows struct {
	held      sync.Mutex // by FinishUpload and DropUpload, as the row's lock is
	mu        sync.Mutex
	uploads   map[catalog.RecordingID]catalog.Upload
	enqueued  int
	finishErr error // returned once by FinishUpload
}

func (s *rows) Upload(_ context.Context, id catalog.RecordingID) (catalog.Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	u, ok := s.uploads[id]
	if !ok {
		return u, catalog.ErrNotFound
	}
	return u, nil
}

func (s *rows) Unfinished(_ context.Context, webinar catalog.WebinarID, by catalog.AccountID, fingerprint string) (catalog.Upload, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, u := range s.uploads {
		r := u.Recording
		if r.WebinarID == webinar && r.CreatedBy == by && r.Fingerprint == fingerprint && r.State == catalog.StateUploading {
			return u, nil
		}
	}
	return catalog.Upload{}, catalog.ErrNotFound
}

// StaleUploads has no clock: every unfinished upload is old.
func (s *rows) StaleUploads(context.Context, time.Duration) (ids []catalog.RecordingID, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for id, u := range s.uploads {
		if u.Recording.State == catalog.StateUploading {
			ids = append(ids, id)
		}
	}
	return ids, nil
}

func (s *rows) InsertUpload(ctx context.Context, u catalog.Upload) error {
	if _, err := s.Unfinished(ctx, u.Recording.WebinarID, u.Recording.CreatedBy, u.Recording.Fingerprint); err == nil && u.Recording.Fingerprint != "" {
		return catalog.ErrConflict
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.uploads[u.Recording.ID] = u
	return nil
}

func (s *rows) RestartUpload(_ context.Context, id catalog.RecordingID, oldID, newID string) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	u := s.uploads[id]
	if u.S3UploadID != oldID {
		return catalog.ErrConflict
	}
	u.S3UploadID = newID
	s.uploads[id] = u
	return nil
}

func (s *rows) FinishUpload(ctx context.Context, id catalog.RecordingID, join func(catalog.Upload) error) error {
	s.held.Lock()
	defer s.held.Unlock()
	u, err := s.Upload(ctx, id)
	if err != nil || u.Recording.State != catalog.StateUploading {
		return err
	}
	if err := join(u); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if err := s.finishErr; err != nil {
		s.finishErr = nil
		return err
	}
	u.Recording.State = catalog.StateUploaded
	s.enqueued++
	s.uploads[id] = u
	return nil
}

func (s *rows) DropUpload(ctx context.Context, id catalog.RecordingID, stop func(catalog.Upload) error) error {
	s.held.Lock()
	defer s.held.Unlock()
	u, err := s.Upload(ctx, id)
	if err != nil {
		return err
	}
	if u.Recording.State != catalog.StateUploading {
		return catalog.ErrUploadFinished
	}
	if err := stop(u); err != nil {
		return err
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.uploads, id)
	return nil
}

type testBundle struct {
	*Uploads
	rows *rows
}

func setup(t *testing.T) *testBundle {
	t.Helper()
	client, bucket := s3test.Bucket(t)
	store := &rows{uploads: map[catalog.RecordingID]catalog.Upload{}}
	return &testBundle{rows: store, Uploads: New(Config{Client: client, Bucket: bucket, Store: store})}
}

// file is two parts: one full, one of five bytes.
var file = append(bytes.Repeat([]byte("0123456789abcdef"), 8<<20/16), "rest!"...)

func recording(checksum string) catalog.Recording {
	return catalog.Recording{WebinarID: "web_1", CreatedBy: "acc_1", Filename: "talk.mp4", SizeBytes: int64(len(file)), Fingerprint: "f1", Checksum: checksum}
}

func (b *testBundle) create(t *testing.T, checksum string) catalog.Upload {
	t.Helper()
	upload, err := b.Create(t.Context(), recording(checksum))
	if err != nil {
		t.Fatal(err)
	}
	return upload
}

// content is the bytes of a part of file.
func content(upload catalog.Upload, number int) []byte {
	start := int64(number-1) * upload.PartSizeBytes
	return file[start : start+upload.PartSize(number)]
}

// put signs a part, sends body as it and returns S3's status.
func (b *testBundle) put(t *testing.T, upload catalog.Upload, number int, body []byte) int {
	t.Helper()
	request := catalog.PartRequest{Number: number}
	if upload.Recording.Checksum != "" {
		sum := sha256.Sum256(content(upload, number))
		request.SHA256 = base64.StdEncoding.EncodeToString(sum[:])
	}
	signed, err := b.SignParts(t.Context(), upload.Recording.ID, []catalog.PartRequest{request})
	if err != nil {
		t.Fatal(err)
	}
	r, err := http.NewRequestWithContext(t.Context(), http.MethodPut, signed[0].URL, bytes.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range signed[0].Headers {
		r.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	_, _ = io.Copy(io.Discard, answer.Body)
	return answer.StatusCode
}

func (b *testBundle) putAll(t *testing.T, upload catalog.Upload) {
	t.Helper()
	for n := 1; n <= upload.Parts(); n++ {
		if status := b.put(t, upload, n, content(upload, n)); status != http.StatusOK {
			t.Fatalf("PUT of part %d: %d", n, status)
		}
	}
}

func (b *testBundle) stored(t *testing.T, id catalog.RecordingID) []byte {
	t.Helper()
	object, err := b.Client.GetObject(t.Context(), &s3.GetObjectInput{Bucket: &b.Bucket, Key: aws.String(catalog.UploadKey(id))})
	if err != nil {
		t.Fatal(err)
	}
	defer object.Body.Close()
	all, err := io.ReadAll(object.Body)
	if err != nil {
		t.Fatal(err)
	}
	return all
}

func TestUploadFromBeginningToEnd(t *testing.T) {
	t.Parallel()
	for _, checksum := range []string{"", "sha256"} {
		t.Run("checksum="+checksum, func(t *testing.T) {
			t.Parallel()
			b := setup(t)
			upload := b.create(t, checksum)
			b.putAll(t, upload)
			state, parts, err := b.Parts(t.Context(), upload.Recording.ID)
			if err != nil || state != catalog.StateUploading || len(parts) != 2 || parts[1].Number != 2 || parts[1].SizeBytes != 5 || parts[0].ETag == "" {
				t.Errorf("parts are %v %+v, %v", state, parts, err)
			}
			for range 2 { // completing again does no harm
				if err := b.Complete(t.Context(), upload.Recording.ID); err != nil {
					t.Fatal(err)
				}
			}
			if !bytes.Equal(b.stored(t, upload.Recording.ID), file) || b.rows.enqueued != 1 {
				t.Errorf("stored file differs, or enqueued %d times", b.rows.enqueued)
			}
			if _, err := b.SignParts(t.Context(), upload.Recording.ID, []catalog.PartRequest{{Number: 1}}); !errors.Is(err, catalog.ErrUploadFinished) {
				t.Errorf("SignParts after the end: %v", err)
			}
			if err := b.Abort(t.Context(), upload.Recording.ID); !errors.Is(err, catalog.ErrUploadFinished) {
				t.Errorf("Abort after the end: %v", err)
			}
		})
	}
}

func TestStorageRefusesOtherBytesThanSigned(t *testing.T) {
	t.Parallel()
	b := setup(t)
	upload := b.create(t, "sha256")
	wrong := bytes.Clone(content(upload, 1))
	wrong[0] ^= 1
	if status := b.put(t, upload, 1, wrong); status < 400 || status >= 500 {
		t.Errorf("PUT of a flipped bit: %d", status)
	}
	if _, parts, err := b.Parts(t.Context(), upload.Recording.ID); err != nil || len(parts) != 0 {
		t.Errorf("parts are %+v, %v", parts, err)
	}
}

func TestCompleteNamesMissingParts(t *testing.T) {
	t.Parallel()
	b := setup(t)
	upload := b.create(t, "")
	b.put(t, upload, 2, content(upload, 2))
	err := b.Complete(t.Context(), upload.Recording.ID)
	var incomplete *catalog.UploadIncompleteError
	if !errors.As(err, &incomplete) || !slices.Equal(incomplete.Missing, []int{1}) || !errors.Is(err, catalog.ErrUploadIncomplete) {
		t.Errorf("got %v", err)
	}
	if b.rows.enqueued != 0 {
		t.Error("an incomplete upload was enqueued")
	}
}

func TestCompleteAfterACrashBetweenStorageAndDatabase(t *testing.T) {
	t.Parallel()
	b := setup(t)
	upload := b.create(t, "")
	b.putAll(t, upload)
	b.rows.finishErr = errors.New("killed")
	if err := b.Complete(t.Context(), upload.Recording.ID); err == nil {
		t.Fatal("the crash did not happen")
	}
	if again := b.create(t, ""); again.Recording.ID != upload.Recording.ID || again.S3UploadID != upload.S3UploadID {
		t.Errorf("continuing gives another upload: %+v", again)
	}
	state, parts, err := b.Parts(t.Context(), upload.Recording.ID) // else a client would send them again, to nowhere
	if err != nil || state != catalog.StateUploading || len(parts) != upload.Parts() || parts[len(parts)-1].SizeBytes != upload.PartSize(len(parts)) {
		t.Errorf("parts of a joined upload: %s, %+v, %v", state, parts, err)
	}
	left, leave := context.WithCancel(t.Context())
	leave() // the page was closed
	if err := b.Complete(left, upload.Recording.ID); err != nil || b.rows.enqueued != 1 {
		t.Errorf("completing again: %v, enqueued %d times", err, b.rows.enqueued)
	}
}

func TestCompleteRacesWithItself(t *testing.T) {
	t.Parallel()
	b := setup(t)
	upload := b.create(t, "")
	b.putAll(t, upload)
	var wg sync.WaitGroup
	errs := make([]error, 4)
	for i := range errs {
		wg.Go(func() { errs[i] = b.Complete(t.Context(), upload.Recording.ID) })
	}
	wg.Wait()
	if err := errors.Join(errs...); err != nil || b.rows.enqueued != 1 || len(b.stored(t, upload.Recording.ID)) != len(file) {
		t.Errorf("%v, enqueued %d times", err, b.rows.enqueued)
	}
}

func TestSameFileContinues(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first, again := b.create(t, ""), b.create(t, "")
	if first.Recording.ID != again.Recording.ID || first.PartSizeBytes != again.PartSizeBytes {
		t.Errorf("got %s, then %s", first.Recording.ID, again.Recording.ID)
	}
	other := recording("")
	other.CreatedBy = "acc_2"
	if upload, err := b.Create(t.Context(), other); err != nil || upload.Recording.ID == first.Recording.ID {
		t.Errorf("another sender continues it: %v, %v", upload.Recording.ID, err)
	}
	shorter := recording("")
	shorter.SizeBytes--
	if _, err := b.Create(t.Context(), shorter); !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("same fingerprint, other size: %v", err)
	}
}

func TestUploadSweptByStorageBeginsAgain(t *testing.T) {
	t.Parallel()
	b := setup(t)
	first := b.create(t, "")
	if err := b.stop(t.Context(), first.Recording.ID, first.S3UploadID); err != nil {
		t.Fatal(err)
	}
	if err := b.Complete(t.Context(), first.Recording.ID); !errors.Is(err, catalog.ErrConflict) {
		t.Errorf("Complete of a swept upload: %v, want ErrConflict", err)
	}
	again := b.create(t, "")
	if again.Recording.ID != first.Recording.ID || again.S3UploadID == first.S3UploadID {
		t.Errorf("got %+v", again)
	}
	b.putAll(t, again)
	if err := b.Complete(t.Context(), again.Recording.ID); err != nil {
		t.Error(err)
	}
}

func TestAbortLeavesNothing(t *testing.T) {
	t.Parallel()
	b := setup(t)
	upload := b.create(t, "")
	b.put(t, upload, 2, content(upload, 2))
	if err := b.Abort(t.Context(), upload.Recording.ID); err != nil {
		t.Fatal(err)
	}
	if _, err := b.Client.ListParts(t.Context(), &s3.ListPartsInput{
		Bucket: &b.Bucket,
		Key:    aws.String(catalog.UploadKey(upload.Recording.ID)), UploadId: &upload.S3UploadID,
	}); !gone(err) {
		t.Errorf("parts are still there: %v", err)
	}
	if err := b.Abort(t.Context(), upload.Recording.ID); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("second Abort: %v", err)
	}
}

func TestCreateRefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	tests := []struct {
		field, code string
		change      func(*catalog.Recording)
	}{
		{"size_bytes", "empty", func(r *catalog.Recording) { r.SizeBytes = 0 }},
		{"size_bytes", "empty", func(r *catalog.Recording) { r.SizeBytes = -5 }},
		{"size_bytes", "too_large", func(r *catalog.Recording) { r.SizeBytes = DefaultMaxBytes + 1 }},
		{"filename", "required", func(r *catalog.Recording) { r.Filename = " " }},
		{"filename", "invalid_text", func(r *catalog.Recording) { r.Filename = "a\x00.mp4" }},
		{"fingerprint", "too_long", func(r *catalog.Recording) { r.Fingerprint = strings.Repeat("x", 201) }},
		{"checksum", "", func(r *catalog.Recording) { r.Checksum = "md5" }},
	}
	for _, tt := range tests {
		r := recording("")
		tt.change(&r)
		_, err := b.Create(t.Context(), r)
		var field *catalog.FieldError
		if !errors.As(err, &field) || field.Field != tt.field || field.Code != tt.code {
			t.Errorf("%+v: %v; want %s on %s", r, err, tt.code, tt.field)
		}
	}
	r := recording("")
	r.Filename = `C:\talks\..\heart.mp4`
	if upload, err := b.Create(t.Context(), r); err != nil || upload.Recording.Filename != "heart.mp4" {
		t.Errorf("got %q, %v", upload.Recording.Filename, err)
	}
}

func TestSignPartsRefusesWhatCannotBeUsed(t *testing.T) {
	t.Parallel()
	b := setup(t)
	plain := b.create(t, "").Recording.ID
	summed := recording("sha256")
	summed.Fingerprint = "f2"
	with, err := b.Create(t.Context(), summed)
	if err != nil {
		t.Fatal(err)
	}
	sum := base64.StdEncoding.EncodeToString(make([]byte, 32))
	tests := []struct {
		id    catalog.RecordingID
		parts []catalog.PartRequest
	}{
		{plain, nil},
		{plain, make([]catalog.PartRequest, 1001)},
		{plain, []catalog.PartRequest{{Number: 0}}},
		{plain, []catalog.PartRequest{{Number: 3}}},
		{plain, []catalog.PartRequest{{Number: 1, SHA256: sum}}},
		{with.Recording.ID, []catalog.PartRequest{{Number: 1}}},
		{with.Recording.ID, []catalog.PartRequest{{Number: 1, SHA256: "xyz"}}},
	}
	for _, tt := range tests {
		var field *catalog.FieldError
		if _, err := b.SignParts(t.Context(), tt.id, tt.parts); !errors.As(err, &field) {
			t.Errorf("%.2v: %v, want a FieldError", tt.parts, err)
		}
	}
	if _, err := b.SignParts(t.Context(), "rec_none", nil); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("no such recording: %v", err)
	}
}

func TestEnsureBuckets(t *testing.T) {
	t.Parallel()
	client := s3test.Client(t)
	upload, media := "test-up-"+catalog.NewToken(), "test-media-"+catalog.NewToken()
	t.Cleanup(func() {
		for _, bucket := range []string{upload, media} {
			if _, err := client.DeleteBucket(context.Background(), &s3.DeleteBucketInput{Bucket: &bucket}); err != nil {
				t.Error(err)
			}
		}
	})
	for range 2 {
		if err := EnsureBuckets(t.Context(), client, upload, media, []string{"http://localhost:8080"}); err != nil {
			t.Fatal(err)
		}
	}
	cors, err := client.GetBucketCors(t.Context(), &s3.GetBucketCorsInput{Bucket: &upload})
	if err != nil || len(cors.CORSRules) != 1 || cors.CORSRules[0].AllowedOrigins[0] != "http://localhost:8080" {
		t.Errorf("CORS is %+v, %v", cors, err)
	}
	endpoint := aws.ToString(client.Options().BaseEndpoint)
	answer, err := http.Get(endpoint + "/" + upload) //nolint:noctx // a test
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	if answer.StatusCode != http.StatusForbidden {
		t.Errorf("anybody may list the bucket: %d", answer.StatusCode)
	}
}

func TestUnlessUnsupported(t *testing.T) {
	t.Parallel()
	if err := unlessUnsupported(&smithy.GenericAPIError{Code: "NotImplemented"}); err != nil {
		t.Error(err)
	}
	if err := unlessUnsupported(&smithy.GenericAPIError{Code: "AccessDenied"}); err == nil {
		t.Error("AccessDenied was passed over")
	}
}
