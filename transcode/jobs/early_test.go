package jobs_test

import (
	"context"
	"fmt"
	"io"
	"os"
	"testing"

	"github.com/aws/aws-sdk-go-v2/service/s3"

	"rounds/catalog"
	"rounds/transcode"
)

// Preview implements transcode.Previewer.
func (p *pretence) Preview(_ context.Context, job transcode.JoinJob, chunks int, path string) error {
	return os.WriteFile(path, fmt.Appendf(nil, "%d chunks of %s", chunks, job.Plan.Rungs[0].Name()), 0o600)
}

// previewed is what the preview of the recording shows; empty when there is none.
func (f *farm) previewed(id catalog.RecordingID) string {
	f.t.Helper()
	key := catalog.PreviewKey(id)
	answer, err := f.s3.GetObject(context.Background(), &s3.GetObjectInput{Bucket: &f.bucket, Key: &key})
	if err != nil {
		return ""
	}
	defer answer.Body.Close()
	content, err := io.ReadAll(answer.Body)
	f.ok(err)
	return string(content)
}

// TestFirstPartsAreShownEarly: while the rest is not encoded yet, the beginning
// can be watched, more of it whenever twice as much is there; when the
// recording is ready the preview is gone.
func TestFirstPartsAreShownEarly(t *testing.T) {
	t.Parallel()
	f := newFarm(t)
	var id catalog.RecordingID
	uploaded := make(chan struct{})
	f.before = func(_ context.Context, _ string, number catalog.ChunkNumber) error {
		<-uploaded
		if number == 1 || number == 2 {
			f.until(fmt.Sprintf("%d pieces can be watched", number), func() bool {
				return f.previewed(id) == fmt.Sprintf("%d chunks of v360", number)
			})
		}
		return nil
	}
	f.machine("a", usual)
	id = f.uploadPieces(4)
	close(uploaded)
	wantState(t, f.ended(id), catalog.StateReady)
	if left := f.previewed(id); left != "" {
		t.Errorf("left: %q", left)
	}
}
