package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"
)

const (
	uploadLanes  = 3               // parts sent at the same time
	uploadBatch  = 6               // parts signed with one request
	uploadTries  = 8               // of one part, with growing pauses
	uploadRounds = 3               // times the storage may turn out to lack parts
	partTimeout  = 5 * time.Minute // of one part, sent once
)

// uploader sends one file in parts.
type uploader struct {
	api  *uploadAPI
	file *uploadFile
	bar  *progressBar

	id       string
	partSize int64

	mu   sync.Mutex
	sent int64
}

// run begins the upload or finds the unfinished one of the same file, sends
// what is missing and completes it. It returns the recording's id.
func (u *uploader) run(ctx context.Context, webinar string) (string, error) {
	fingerprint, err := u.file.fingerprint()
	if err != nil {
		return "", err
	}
	begun, err := u.api.begin(ctx, webinar, u.file, fingerprint)
	if err != nil {
		return "", err
	}
	u.id, u.partSize = begun.RecordingID, begun.PartSize
	if u.partSize <= 0 {
		return "", fmt.Errorf("the service announced parts of %d bytes", u.partSize)
	}
	for range uploadRounds {
		if err := u.sendMissing(ctx); err != nil {
			return "", err
		}
		err = u.api.complete(ctx, u.id)
		if problem := (*apiProblem)(nil); !errors.As(err, &problem) || problem.Code != "upload_incomplete" {
			break
		}
	}
	return u.id, err
}

// sendMissing asks which parts are there, believes only that answer, and sends
// the others.
func (u *uploader) sendMissing(ctx context.Context) error {
	status, err := u.api.uploadStatus(ctx, u.id)
	if err != nil || status.State != "uploading" {
		return err
	}
	missing := u.missing(status.Parts)
	u.report(0)
	group, ctx := errgroup.WithContext(ctx)
	batches := make(chan []int)
	group.Go(func() error {
		defer close(batches)
		for len(missing) > 0 {
			batch := missing[:min(uploadBatch/uploadLanes, len(missing))]
			missing = missing[len(batch):]
			select {
			case batches <- batch:
			case <-ctx.Done():
				return ctx.Err()
			}
		}
		return nil
	})
	for range uploadLanes {
		group.Go(func() error {
			for batch := range batches {
				if err := u.sendBatch(ctx, batch); err != nil {
					return err
				}
			}
			return nil
		})
	}
	return group.Wait()
}

// missing returns the numbers of the parts that are not stored whole, and
// counts the others as sent.
func (u *uploader) missing(stored []storedPart) (numbers []int) {
	sizes := map[int]int64{}
	for _, part := range stored {
		sizes[part.Number] = part.Size
	}
	u.sent = 0
	for number := 1; int64(number-1)*u.partSize < u.file.size; number++ {
		if size := u.part(number).Size(); sizes[number] == size {
			u.sent += size
		} else {
			numbers = append(numbers, number)
		}
	}
	return numbers
}

// part is the piece of the file with that number, counted from 1.
func (u *uploader) part(number int) *io.SectionReader {
	from := int64(number-1) * u.partSize
	return io.NewSectionReader(u.file, from, min(u.partSize, u.file.size-from))
}

// sendBatch signs some parts with one request and sends each until it arrives;
// a part that fails is signed anew.
func (u *uploader) sendBatch(ctx context.Context, numbers []int) error {
	sums := make([]partSum, 0, len(numbers))
	for _, number := range numbers {
		hash := sha256.New()
		if _, err := io.Copy(hash, u.part(number)); err != nil {
			return fmt.Errorf("read %s: %w", u.file.name, err)
		}
		sums = append(sums, partSum{Number: number, SHA256: base64.StdEncoding.EncodeToString(hash.Sum(nil))})
	}
	return retry(ctx, uploadTries, func() error {
		signed, err := u.api.signParts(ctx, u.id, sums)
		if err != nil {
			return err
		}
		for _, part := range signed {
			if err := u.put(ctx, part); err != nil {
				return err
			}
			sums = sums[1:]
			u.report(u.part(part.Number).Size())
		}
		return nil
	})
}

// put sends one part once.
func (u *uploader) put(ctx context.Context, part signedPart) error {
	ctx, cancel := context.WithTimeout(ctx, partTimeout)
	defer cancel()
	body := u.part(part.Number)
	request, err := http.NewRequestWithContext(ctx, http.MethodPut, part.URL, body)
	if err != nil {
		return final{err}
	}
	request.ContentLength = body.Size()
	for name, value := range part.Headers {
		request.Header.Set(name, value)
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("send part %d: %w", part.Number, withoutURL(err))
	}
	defer response.Body.Close() //nolint:errcheck // nothing of it is used
	if _, err := io.Copy(io.Discard, io.LimitReader(response.Body, 64<<10)); err != nil {
		return fmt.Errorf("send part %d: %w", part.Number, err)
	}
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("send part %d: the storage answers %s", part.Number, response.Status)
	}
	return nil
}

func (u *uploader) report(more int64) {
	u.mu.Lock()
	defer u.mu.Unlock()
	u.sent += more
	u.bar.show("uploading", float64(u.sent)/float64(max(1, u.file.size)),
		fmt.Sprintf("%d of %d MB", u.sent/1e6, u.file.size/1e6))
}
