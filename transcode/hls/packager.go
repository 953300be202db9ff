package hls

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log/slog"
	"math"
	"os"
	"path/filepath"

	"rounds/catalog"
	"rounds/transcode"
)

// Packager implements transcode.Packager.
type Packager struct {
	log *slog.Logger
}

var _ transcode.Packager = (*Packager)(nil)

// New makes a Packager. Findings that do not forbid publishing go to log.
func New(log *slog.Logger) *Packager { return &Packager{log: log} }

// Package implements transcode.Packager. Its error wraps ErrFindings when the
// result breaks a MUST rule, ErrMalformed or ErrPlaylist when the encoder left
// something unusable. After an error the folder must be thrown away.
func (p *Packager) Package(ctx context.Context, job transcode.PackageJob) (transcode.Packaged, error) {
	if len(job.Renditions) == 0 {
		return transcode.Packaged{}, errors.New("package: no renditions")
	}
	work := &packing{job: job, sealed: map[string]transcode.File{}}
	result, err := work.pack(ctx)
	if err != nil {
		return transcode.Packaged{}, fmt.Errorf("package: %w", err)
	}
	if err := p.verify(ctx, job); err != nil {
		return transcode.Packaged{}, fmt.Errorf("package: %w", err)
	}
	result.Files, err = work.listFiles(ctx)
	return result, err
}

// pack reads all renditions and replaces them by their encrypted form.
func (p *packing) pack(ctx context.Context) (result transcode.Packaged, err error) {
	renditions := make([]unsealed, len(p.job.Renditions))
	for i, encoded := range p.job.Renditions {
		if renditions[i], err = readRendition(ctx, p.job.Dir, encoded); err != nil {
			return result, fmt.Errorf("%s: %w", encoded.Name, err)
		}
	}
	sound := soundRung(renditions)
	if p.job.Silent {
		sound = -1
	}
	p.setTarget(renditions, sound)
	iframes, err := p.packIFrames(ctx, renditions[iframeRung(renditions)])
	if err != nil {
		return result, fmt.Errorf("cut out I-frames: %w", err)
	}
	if err := p.packLadder(ctx, renditions, sound, &result); err != nil {
		return result, err
	}
	if err := p.packFallback(); err != nil {
		return result, err
	}
	if err := p.packThumbnails(result.DurationMS); err != nil {
		return result, err
	}
	text, err := writeMaster(result.Renditions, []catalog.Rendition{iframes})
	if err != nil {
		return result, err
	}
	return result, writeText(filepath.Join(p.job.Dir, catalog.MasterPlaylist), text)
}

// packLadder packs the renditions, and before it encrypts the one that the sound
// is cut from, the sound alone, which comes last. sound is -1 when there is none.
func (p *packing) packLadder(ctx context.Context, renditions []unsealed, sound int, result *transcode.Packaged) error {
	var alone []catalog.Rendition
	if sound >= 0 {
		r, err := p.packSound(ctx, renditions[sound])
		if err != nil {
			return fmt.Errorf("%s: %w", catalog.SoundRendition, err)
		}
		alone = append(alone, r.Rendition)
	}
	for i, c := range renditions {
		r, err := p.packRendition(ctx, c)
		if err != nil {
			return fmt.Errorf("%s: %w", c.encoded.Name, err)
		}
		result.Renditions = append(result.Renditions, r.Rendition)
		if i == 0 {
			result.DurationMS = int64(math.Round(float64(r.micros) / 1e3))
		}
	}
	result.Renditions = append(result.Renditions, alone...)
	return nil
}

// verify checks the finished folder.
func (p *Packager) verify(ctx context.Context, job transcode.PackageJob) error {
	findings, err := Verify(ctx, Dir(job.Dir), Options{Key: FixedKey(job.Key)})
	if err != nil {
		return err
	}
	for _, f := range findings {
		if f.Severity != Must {
			p.log.WarnContext(ctx, "stream could be better", "finding", f.String())
		}
	}
	if must := Binding(findings); len(must) > 0 {
		return &FindingsError{Findings: must}
	}
	return nil
}

// listFiles lists everything in the folder and hashes what was not hashed while
// it was encrypted. That nothing else lies there was verified before.
func (p *packing) listFiles(ctx context.Context) ([]transcode.File, error) {
	names, err := Dir(p.job.Dir).List(ctx)
	if err != nil {
		return nil, fmt.Errorf("list packaged files: %w", err)
	}
	files := make([]transcode.File, 0, len(names))
	for _, name := range names {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		file, hashed := p.sealed[name]
		if !hashed {
			if file, err = describe(p.job.Dir, name); err != nil {
				return nil, fmt.Errorf("describe %s: %w", name, err)
			}
		}
		files = append(files, file)
	}
	return files, nil
}

func newFile(dir, name string) transcode.File {
	return transcode.File{Name: name, Path: filepath.Join(dir, filepath.FromSlash(name)), ContentType: catalog.ContentType(name)}
}

func describe(dir, name string) (transcode.File, error) {
	file := newFile(dir, name)
	r, err := os.Open(file.Path)
	if err != nil {
		return file, err
	}
	defer func() { _ = r.Close() }()
	hash := sha256.New()
	if file.Size, err = io.Copy(hash, r); err != nil {
		return file, err
	}
	hash.Sum(file.SHA256[:0])
	return file, nil
}

func writeText(path, text string) error {
	return os.WriteFile(path, []byte(text), fs.FileMode(0o600))
}
