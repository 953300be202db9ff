package catalogapi_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"io"
	"mime"
	"net/http"
	"testing"
	"time"

	"rounds/catalog"
	"rounds/catalog/ingest"
	"rounds/deploy/local/s3test"
)

// announce begins a material of that content and returns its id and the upload.
func (c *client) announce(p program, filename string, content []byte) (id string, upload object) {
	c.b.t.Helper()
	sum := sha256.Sum256(content)
	made := c.want(201, "POST", "/v1/webinars/"+p.webinar+"/materials", object{
		"filename": filename, "title": "Slides", "size_bytes": len(content), "sha256": base64.StdEncoding.EncodeToString(sum[:]),
	})
	return made.body["material"].(object)["id"].(string), made.body["upload"].(object)
}

// put sends content as the upload says.
func put(t *testing.T, upload object, content []byte) int {
	t.Helper()
	r, err := http.NewRequestWithContext(t.Context(), upload["method"].(string), upload["url"].(string), bytes.NewReader(content))
	if err != nil {
		t.Fatal(err)
	}
	for name, value := range upload["headers"].(object) {
		r.Header.Set(name, value.(string))
	}
	response, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

func TestMaterialIsUploadedListedAndSaved(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	doctor, stranger, presenter := b.doctor(p.id, ana), b.doctor(b.program().id, "other@example.org"), b.signIn(p.presenterEmail)
	content := []byte("%PDF-1.7 heart failure")
	id, upload := presenter.announce(p, "Insuficiência.pdf", content)
	list, file := "/v1/webinars/"+p.webinar+"/materials", "/v1/materials/"+id+"/file"
	presenter.refused(409, "", "POST", "/v1/materials/"+id+"/complete", nil) // nothing has arrived
	if n := len(doctor.want(200, "GET", list, nil).items()); n != 0 {
		t.Errorf("doctors see %d unfinished ones", n)
	}
	doctor.refused(404, "", "GET", file, nil)
	if status := put(t, upload, []byte("%PDF-1.7 something else")); status < 400 {
		t.Errorf("other bytes than announced: %d", status)
	}
	if status := put(t, upload, content); status != 200 {
		t.Fatalf("upload: %d", status)
	}
	for range 2 {
		presenter.want(200, "POST", "/v1/materials/"+id+"/complete", nil)
	}
	if items := doctor.want(200, "GET", list, nil).items(); len(items) != 1 || items[0].(object)["title"] != "Slides" {
		t.Errorf("listed %v", items)
	}
	response, err := doctor.follow(file)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	got, _ := io.ReadAll(response.Body)
	kind, name, err := mime.ParseMediaType(response.Header.Get("Content-Disposition"))
	if !bytes.Equal(got, content) || err != nil || kind != "attachment" || name["filename"] != "Insuficiência.pdf" || response.Header.Get("Content-Type") != "application/pdf" {
		t.Errorf("%d %q %v", response.StatusCode, got, response.Header)
	}
	stranger.refused(404, "", "GET", file, nil)
	doctor.refused(404, "", "DELETE", "/v1/materials/"+id, nil)
	presenter.want(204, "DELETE", "/v1/materials/"+id, nil)
	doctor.refused(404, "", "GET", file, nil)
	if n := b.count(`select count(*) from audit_log where object_id = $1`, id); n != 3 {
		t.Errorf("%d entries in the audit log", n)
	}
}

// follow gets what a path leads to.
func (c *client) follow(path string) (*http.Response, error) {
	r, err := http.NewRequestWithContext(c.b.t.Context(), http.MethodGet, c.b.server.URL+path, nil)
	if err != nil {
		return nil, err
	}
	if c.cookie != nil {
		r.AddCookie(c.cookie)
	}
	return http.DefaultClient.Do(r)
}

func TestMaterialIsWhatItsNameSays(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	content := []byte("<script>alert(1)</script>")
	id, upload := b.admin.announce(p, "slides.pdf", content)
	if status := put(t, upload, content); status != 200 {
		t.Fatalf("upload: %d", status)
	}
	b.admin.refused(422, "wrong_content", "POST", "/v1/materials/"+id+"/complete", nil)
	b.admin.refused(422, "unsupported_type", "POST", "/v1/webinars/"+p.webinar+"/materials",
		object{"filename": "page.html", "size_bytes": 1, "sha256": "x"})
	b.admin.refused(404, "", "POST", "/v1/materials/mat_none/complete", nil)
}

// TestUnwantedMaterialsAreSwept: what was deleted or never came leaves neither
// object nor row.
func TestUnwantedMaterialsAreSwept(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	storage, bucket := s3test.Bucket(t)
	uploads := ingest.New(ingest.Config{Client: storage, Bucket: bucket, Store: b.store})
	kept, upload := b.admin.announce(p, "a.txt", []byte("a"))
	put(t, upload, []byte("a"))
	b.admin.want(200, "POST", "/v1/materials/"+kept+"/complete", nil)
	b.admin.announce(p, "fresh.txt", []byte("b"))
	late, _ := b.admin.announce(p, "late.txt", []byte("c"))
	b.exec(`update materials set created_at = now() - interval '2 days' where id = $1`, late)
	gone, _ := b.admin.announce(p, "gone.txt", []byte("d"))
	b.admin.want(204, "DELETE", "/v1/materials/"+gone, nil)
	for _, want := range []int{2, 0} {
		if swept, err := uploads.SweepMaterials(t.Context(), b.store, 24*time.Hour); err != nil || swept != want {
			t.Errorf("swept %d, %v", swept, err)
		}
	}
	if left, err := b.store.Materials(t.Context(), catalog.WebinarID(p.webinar), true); err != nil || len(left) != 2 {
		t.Errorf("left %v, %v", left, err)
	}
}
