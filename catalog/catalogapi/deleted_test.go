package catalogapi_test

import (
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/catalog/ingest"
	"rounds/deploy/local/s3test"
)

func TestDeletionIsUndone(t *testing.T) {
	t.Parallel()
	b := setup(t)
	p := b.program()
	doctor := b.doctor(p.id, ana)
	program, course, webinar := "/v1/programs/"+p.id, "/v1/courses/"+p.course, "/v1/webinars/"+p.webinar
	for _, path := range []string{webinar, course, program} {
		b.admin.want(204, "DELETE", path, nil)
		doctor.refused(404, "", "GET", path, nil)
	}
	if items := b.admin.want(200, "GET", "/v1/deleted", nil).items(); len(items) != 3 {
		t.Errorf("deleted are %v", items)
	}
	b.admin.refused(409, "parent_deleted", "POST", webinar+"/restore", nil)
	b.admin.refused(409, "parent_deleted", "POST", course+"/restore", nil)
	for _, path := range []string{program, course, webinar} {
		doctor.refused(403, "", "POST", path+"/restore", nil)
		for range 2 {
			b.admin.want(200, "POST", path+"/restore", nil)
		}
		doctor.want(200, "GET", path, nil)
	}
	if items := b.admin.want(200, "GET", "/v1/deleted", nil).items(); len(items) != 0 {
		t.Errorf("still deleted are %v", items)
	}
	if n := b.count(`select count(*) from audit_log where action like '%.restore'`); n != 3 {
		t.Errorf("%d entries in the audit log", n)
	}
	b.admin.refused(404, "", "POST", "/v1/programs/prg_none/restore", nil)
}

// TestPurgeLeavesNoFiles: what was deleted long ago with its program loses its
// files; what was deleted lately, or not at all, keeps them.
func TestPurgeLeavesNoFiles(t *testing.T) {
	t.Parallel()
	b := setup(t)
	storage, bucket := s3test.Bucket(t)
	uploads := ingest.New(ingest.Config{Client: storage, Bucket: bucket, Store: b.store})
	old, fresh, kept := b.program(), b.program(), b.program()
	var recordings []catalog.RecordingID
	for _, p := range []program{old, fresh, kept} {
		b.speak(p.webinar, "de", talk)
		id := catalog.RecordingID(b.admin.want(200, "GET", "/v1/webinars/"+p.webinar, nil).str("current_recording_id"))
		recordings = append(recordings, id)
		if _, err := storage.PutObject(t.Context(), &s3.PutObjectInput{Bucket: &bucket, Key: aws.String(catalog.UploadKey(id))}); err != nil {
			t.Fatal(err)
		}
	}
	b.admin.want(204, "DELETE", "/v1/programs/"+old.id, nil)
	b.exec(`update programs set deleted_at = now() - interval '31 days' where id = $1`, old.id)
	b.admin.want(204, "DELETE", "/v1/programs/"+fresh.id, nil)
	for _, want := range []int64{3, 0} {
		if purged, err := uploads.Purge(t.Context(), b.store, time.Now().Add(-catalog.DeletedLife)); err != nil || purged != want {
			t.Errorf("purged %d, %v, want %d", purged, err, want)
		}
	}
	for i, id := range recordings {
		_, err := storage.HeadObject(t.Context(), &s3.HeadObjectInput{Bucket: &bucket, Key: aws.String(catalog.UploadKey(id))})
		if gone := err != nil; gone != (i == 0) {
			t.Errorf("file %d: %v", i, err)
		}
		if n := b.count(`select count(*) from captions where recording_id = $1`, id); (n == 0) != (i == 0) {
			t.Errorf("captions %d: %d", i, n)
		}
	}
	b.admin.refused(409, "purged", "POST", "/v1/programs/"+old.id+"/restore", nil)
	b.admin.refused(409, "purged", "POST", "/v1/webinars/"+old.webinar+"/restore", nil)
	b.admin.want(200, "POST", "/v1/programs/"+fresh.id+"/restore", nil)
}
