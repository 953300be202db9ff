package main

import (
	"context"
	"crypto/sha256"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"time"

	"rounds/catalog"
	"rounds/player"
)

// PresentedMaterials implements player.Preparing.
func (p *pages) PresentedMaterials(ctx context.Context, webinar string) ([]player.PresentedMaterial, error) {
	found, err := p.store.Materials(ctx, catalog.WebinarID(webinar), false)
	if err != nil {
		return nil, pageErrorOf(ctx, err)
	}
	shown := make([]player.PresentedMaterial, len(found))
	for i, m := range found {
		shown[i] = player.PresentedMaterial{ID: string(m.ID), Material: materialView(m)}
	}
	return shown, nil
}

// AddMaterial implements player.Preparing: it announces the file, sends it on to
// the storage as any client does, and completes it.
func (p *pages) AddMaterial(ctx context.Context, webinar, title, filename string, file io.ReadSeeker, size int64) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, file); err != nil {
		return fmt.Errorf("read material: %w", err)
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("read material again: %w", err)
	}
	var made struct {
		Material struct{ ID string }
		Upload   struct {
			Method, URL string
			Headers     map[string]string
		}
	}
	body := map[string]any{"filename": filename, "title": title, "size_bytes": size, "sha256": base64.StdEncoding.EncodeToString(sum.Sum(nil))}
	if err := p.post(ctx, webinarPath(webinar)+"/materials", body, &made); err != nil {
		return err
	}
	if err := putFile(ctx, made.Upload.Method, made.Upload.URL, made.Upload.Headers, file, size); err != nil {
		return err
	}
	return p.post(ctx, "/v1/materials/"+url.PathEscape(made.Material.ID)+"/complete", nil, nil)
}

// materialTime bounds how long the storage may take for one material.
const materialTime = 5 * time.Minute

// putFile sends a file to a signed address. The address is a secret: it is in no error.
func putFile(ctx context.Context, method, address string, headers map[string]string, file io.Reader, size int64) error {
	ctx, cancel := context.WithTimeout(ctx, materialTime)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, method, address, io.NopCloser(file))
	if err != nil {
		return fmt.Errorf("send material: %w", withoutAddress(err))
	}
	request.ContentLength = size
	for name, value := range headers {
		request.Header.Set(name, value)
	}
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		return fmt.Errorf("send material: %w", withoutAddress(err))
	}
	defer answer.Body.Close() //nolint:errcheck // read only
	if answer.StatusCode >= http.StatusMultipleChoices {
		return fmt.Errorf("send material: the storage answered %s", answer.Status)
	}
	return nil
}

func withoutAddress(err error) error {
	if wrapped := (*url.Error)(nil); errors.As(err, &wrapped) {
		return wrapped.Err
	}
	return err
}

// RemoveMaterial implements player.Preparing.
func (p *pages) RemoveMaterial(ctx context.Context, id string) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/materials/"+url.PathEscape(id), nil, "")
	return err
}

// uploadLinkView is what the pages read of an upload link.
type uploadLinkView struct {
	ID, URL   string
	ExpiresAt time.Time  `json:"expires_at"`
	RevokedAt *time.Time `json:"revoked_at"`
	Used      bool
}

func (v uploadLinkView) shown() player.UploadLink {
	return player.UploadLink{ID: v.ID, URL: v.URL, ExpiresAt: v.ExpiresAt, Used: v.Used, Over: v.RevokedAt != nil || v.ExpiresAt.Before(time.Now())}
}

// UploadLinks implements player.Preparing.
func (p *pages) UploadLinks(ctx context.Context, webinar string) ([]player.UploadLink, error) {
	var listed struct{ Items []uploadLinkView }
	if err := p.get(ctx, webinarPath(webinar)+"/upload_links", &listed); err != nil {
		return nil, err
	}
	links := make([]player.UploadLink, len(listed.Items))
	for i, l := range listed.Items {
		links[i] = l.shown()
	}
	return links, nil
}

// MakeUploadLink implements player.Preparing.
func (p *pages) MakeUploadLink(ctx context.Context, webinar string) (player.UploadLink, error) {
	var made uploadLinkView
	err := p.post(ctx, webinarPath(webinar)+"/upload_links", map[string]any{}, &made)
	return made.shown(), err
}

// EndUploadLink implements player.Preparing.
func (p *pages) EndUploadLink(ctx context.Context, id string) error {
	_, err := p.do(ctx, http.MethodDelete, "/v1/upload_links/"+url.PathEscape(id), nil, "")
	return err
}
