package objects

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"os"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/deploy/local/s3test"
	"rounds/transcode"
)

// files writes named contents to disk.
func files(t *testing.T, contents map[string]string) []transcode.File {
	t.Helper()
	var list []transcode.File
	for name, text := range contents {
		path := filepath.Join(t.TempDir(), "file")
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		list = append(list, transcode.File{Name: name, Path: path, ContentType: catalog.ContentType(name), Size: int64(len(text)), SHA256: sha256.Sum256([]byte(text))})
	}
	return list
}

func TestStore(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	store, id, ctx := NewStore(client, bucket), catalog.NewRecordingID(), t.Context()
	prefix := catalog.MediaPrefix(id, catalog.NewToken())
	list := files(t, map[string]string{"master.m3u8": "#EXTM3U", "v720/init.mp4": "init", "v720/seg_00000.m4s": "segment"})
	var done []int
	for range 2 { // the second time everything is there already
		if err := store.Put(ctx, prefix, list, func(n int) { done = append(done, n) }); err != nil {
			t.Fatal(err)
		}
	}
	if len(done) != 6 || done[2] != 3 {
		t.Errorf("progress %v", done)
	}
	head, err := client.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String(prefix + "v720/seg_00000.m4s")})
	if err != nil || aws.ToString(head.ContentType) != "video/iso.segment" || aws.ToString(head.CacheControl) != cacheControl {
		t.Errorf("%v: %+v", err, head)
	}
	if err := store.Check(ctx, prefix, list); err != nil {
		t.Error(err)
	}
	if err := store.Check(ctx, prefix, list[1:]); !errors.Is(err, ErrMismatch) {
		t.Errorf("surplus object: %v", err)
	}
	more := files(t, map[string]string{"poster.jpg": "x"})
	if err := store.Check(ctx, prefix, append(more, list...)); !errors.Is(err, ErrMismatch) {
		t.Errorf("missing object: %v", err)
	}
	other := files(t, map[string]string{"v720/init.mp4": "tini"})
	if err := store.Put(ctx, prefix, other, func(int) {}); !errors.Is(err, ErrExists) {
		t.Errorf("overwrite: %v", err)
	}
	put(t, client, bucket, "media/readme.txt")
	put(t, client, bucket, "media/"+string(id)+"/notes/readme.txt") // not an attempt's
	if found := folders(t, store); len(found) != 1 || found[0].Prefix() != prefix {
		t.Errorf("folders %v", found)
	}
	if newest, err := store.Newest(ctx, prefix); err != nil || time.Since(newest) > time.Minute || time.Until(newest) > time.Minute {
		t.Errorf("newest object of %v: %v", newest, err)
	}
	for range 2 {
		if err := store.Delete(ctx, prefix); err != nil {
			t.Error(err)
		}
	}
	if found := folders(t, store); len(found) != 0 {
		t.Errorf("left after delete: %v", found)
	}
	if newest, err := store.Newest(ctx, prefix); err != nil || !newest.IsZero() {
		t.Errorf("newest object of nothing %v: %v", newest, err)
	}
	if err := store.Delete(ctx, "media/"); err == nil {
		t.Error("deleted a prefix of all recordings")
	}
}

// folders are all that attempts have left.
func folders(t *testing.T, store *Store) (all []catalog.MediaFolder) {
	t.Helper()
	err := store.Folders(t.Context(), func(some []catalog.MediaFolder) error {
		all = append(all, some...)
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return all
}

// put stores a small object.
func put(t *testing.T, client *s3.Client, bucket, key string) {
	t.Helper()
	if _, err := client.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: &key, Body: bytes.NewReader([]byte("x"))}); err != nil {
		t.Fatal(err)
	}
}

func TestPutRefusesOtherContent(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	list := files(t, map[string]string{"v720/init.mp4": "init"})
	list[0].SHA256[0] ^= 1
	if err := NewStore(client, bucket).Put(t.Context(), "media/r/t/", list, func(int) {}); err == nil {
		t.Error("a wrong checksum was accepted")
	}
}

// faulty is a client whose GETs go through a proxy that spoils some answers.
func faulty(t *testing.T, client *s3.Client, spoil func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler)) *s3.Client {
	t.Helper()
	target, err := url.Parse(aws.ToString(client.Options().BaseEndpoint))
	if err != nil {
		t.Fatal(err)
	}
	proxy := &httputil.ReverseProxy{Rewrite: func(p *httputil.ProxyRequest) {
		p.SetURL(target)
		p.Out.Host = target.Host
	}}
	// The signature covers the host, so the server is used as an HTTP proxy.
	var gets atomic.Int64
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Method != http.MethodGet {
			proxy.ServeHTTP(w, r)
			return
		}
		spoil(gets.Add(1), w, r, proxy)
	}))
	t.Cleanup(server.Close)
	through, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	options := client.Options()
	options.HTTPClient = &http.Client{Transport: &http.Transport{Proxy: http.ProxyURL(through)}}
	return s3.New(options)
}

// cut passes on the head and a part of the body of an answer.
func cut(w http.ResponseWriter, r *http.Request, next http.Handler) {
	whole := httptest.NewRecorder()
	next.ServeHTTP(whole, r)
	for key, values := range whole.Header() {
		w.Header()[key] = values
	}
	w.WriteHeader(whole.Code)
	_, _ = w.Write(whole.Body.Bytes()[:whole.Body.Len()/2])
	panic(http.ErrAbortHandler)
}

func TestFetchThroughFaults(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	id := catalog.NewRecordingID()
	source := bytes.Repeat([]byte("0123456789abcde"), 2*rangeSize/15+1000)
	upload(t, client, bucket, id, source)
	var asked atomic.Int64
	sources := NewSources(faulty(t, client, func(n int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
		asked.Store(max(asked.Load(), n))
		switch n {
		case 1:
			w.WriteHeader(http.StatusServiceUnavailable)
		case 2, 4:
			cut(w, r, next)
		case 3:
			panic(http.ErrAbortHandler)
		case 5:
			<-r.Context().Done() // never answers: the deadline of the range ends it
		default:
			next.ServeHTTP(w, r)
		}
	}), bucket)
	sources.pause = func(context.Context, int) error { return nil }
	sources.patience = 2 * time.Second
	path := filepath.Join(t.TempDir(), "source")
	var most atomic.Int64
	if err := sources.Fetch(t.Context(), id, path, func(n int64) { most.Store(max(most.Load(), n)) }); err != nil {
		t.Fatal(err)
	}
	if asked.Load() < 6 {
		t.Errorf("only %d requests: not every fault was met", asked.Load())
	}
	got, err := os.ReadFile(path)
	if err != nil || !bytes.Equal(got, source) || most.Load() != int64(len(source)) {
		t.Errorf("%d of %d bytes, progress %d: %v", len(got), len(source), most.Load(), err)
	}
}

func TestFetchSeesChange(t *testing.T) {
	t.Parallel()
	client, bucket := s3test.Bucket(t)
	id := catalog.NewRecordingID()
	upload(t, client, bucket, id, []byte("before"))
	sources := NewSources(faulty(t, client, func(_ int64, w http.ResponseWriter, r *http.Request, next http.Handler) {
		upload(t, client, bucket, id, []byte("behind"))
		next.ServeHTTP(w, r)
	}), bucket)
	if err := sources.Fetch(t.Context(), id, filepath.Join(t.TempDir(), "source"), func(int64) {}); !errors.Is(err, ErrChanged) {
		t.Errorf("error %v", err)
	}
	if err := sources.Fetch(t.Context(), catalog.NewRecordingID(), filepath.Join(t.TempDir(), "s"), func(int64) {}); !errors.Is(err, catalog.ErrNotFound) {
		t.Errorf("no upload: %v", err)
	}
}

func upload(t *testing.T, client *s3.Client, bucket string, id catalog.RecordingID, b []byte) {
	t.Helper()
	_, err := client.PutObject(context.Background(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(catalog.UploadKey(id)), Body: bytes.NewReader(b)})
	if err != nil {
		t.Error(err)
	}
}
