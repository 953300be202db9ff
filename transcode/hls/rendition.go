package hls

import (
	"context"
	"fmt"
	"math"
	"os"
	"path/filepath"

	"rounds/catalog"
	"rounds/transcode"
)

// packed is a rendition after packaging.
type packed struct {
	catalog.Rendition
	micros int64 // Σ EXTINF
}

// packRendition encrypts the segments of one rendition in place and replaces
// its playlist by ours. What it says about the rendition is read from the
// media, not believed from the encoder.
func packRendition(ctx context.Context, job transcode.PackageJob, encoded transcode.EncodedRendition) (packed, error) {
	if rel, err := filepath.Rel(job.Dir, encoded.Dir); err != nil || rel != encoded.Name {
		return packed{}, fmt.Errorf("folder %q is not named after the rendition", encoded.Dir)
	}
	list, line, err := readEncoded(ctx, encoded.Dir)
	if err != nil {
		return packed{}, err
	}
	ticks, video, err := line.videoTicks()
	if err != nil {
		return packed{}, err
	}
	durations := extinfs(ticks, video.Timescale)
	sizes, err := encryptSegments(ctx, encoded.Dir, list.Segments, durations, job.Key)
	if err != nil {
		return packed{}, err
	}
	initSize, err := fileSize(filepath.Join(encoded.Dir, list.Map))
	if err != nil {
		return packed{}, err
	}
	if err := writeRenditionPlaylist(encoded.Dir, list, durations, job.KeyURI); err != nil {
		return packed{}, err
	}
	r := packed{Rendition: catalog.Rendition{
		Name: encoded.Name, Width: video.Width, Height: video.Height,
		FrameRate:        math.Round(line.frameRate()*1000) / 1000,
		Codecs:           line.init.codecs(),
		Bandwidth:        peakBitrate(sizes, targetDuration(durations)),
		AverageBandwidth: averageBitrate(sizes),
		SizeBytes:        initSize,
	}}
	for _, s := range sizes {
		r.micros, r.SizeBytes = r.micros+s.micros, r.SizeBytes+s.bytes
	}
	return r, nil
}

// readEncoded reads the encoder's playlist and all the media it names.
func readEncoded(ctx context.Context, dir string) (MediaPlaylist, timeline, error) {
	var list MediaPlaylist
	var line timeline
	err := withFile(filepath.Join(dir, catalog.MediaPlaylist), func(f *os.File) (err error) {
		list, err = ReadMediaPlaylist(f)
		return err
	})
	if err == nil && (list.Map != catalog.InitSection || len(list.Segments) == 0 || list.Sequence != 0) {
		err = fmt.Errorf("%w: the encoder's playlist names no segments or no %s", ErrPlaylist, catalog.InitSection)
	}
	if err != nil {
		return list, line, err
	}
	err = withFile(filepath.Join(dir, list.Map), func(f *os.File) (err error) {
		line.init, err = ReadInit(f)
		return err
	})
	for i, s := range list.Segments {
		if err != nil {
			return list, line, err
		}
		if s.URI != catalog.SegmentName(i) {
			return list, line, fmt.Errorf("%w: segment %d is called %q", ErrPlaylist, i, s.URI)
		}
		err = readClear(ctx, filepath.Join(dir, s.URI), &line)
	}
	return list, line, err
}

func readClear(ctx context.Context, path string, line *timeline) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	return withFile(path, func(f *os.File) error {
		segment, err := ReadSegment(f, line.init)
		if err != nil {
			return fmt.Errorf("%s: %w", filepath.Base(path), err)
		}
		line.segments = append(line.segments, segment)
		return nil
	})
}

func encryptSegments(ctx context.Context, dir string, segments []MediaSegment, durations []int64, key transcode.ContentKey) ([]measured, error) {
	sizes := make([]measured, len(segments))
	for i, s := range segments {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		size, err := encryptFile(filepath.Join(dir, s.URI), key, s.Sequence)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", s.URI, err)
		}
		sizes[i] = measured{bytes: size, micros: durations[i]}
	}
	return sizes, nil
}

// encryptFile replaces a file by its encrypted form and returns the new size.
func encryptFile(path string, key transcode.ContentKey, sequence uint64) (size int64, err error) {
	temporary := path + ".part"
	out, err := os.OpenFile(temporary, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600)
	if err != nil {
		return 0, err
	}
	err = withFile(path, func(in *os.File) error { return Encrypt(out, in, key, sequence) })
	if closeErr := out.Close(); err == nil {
		err = closeErr
	}
	if err != nil {
		return 0, err
	}
	if err := os.Rename(temporary, path); err != nil {
		return 0, err
	}
	return fileSize(path)
}

func writeRenditionPlaylist(dir string, list MediaPlaylist, durations []int64, keyURI string) error {
	entries := make([]mediaEntry, len(list.Segments))
	for i, s := range list.Segments {
		entries[i] = mediaEntry{uri: s.URI, duration: durations[i]}
	}
	text, err := writeMedia(entries, list.Map, keyURI)
	if err != nil {
		return err
	}
	return writeText(filepath.Join(dir, catalog.MediaPlaylist), text)
}

func withFile(path string, use func(*os.File) error) error {
	f, err := os.Open(path)
	if err != nil {
		return err
	}
	defer func() { _ = f.Close() }()
	return use(f)
}

func fileSize(path string) (int64, error) {
	info, err := os.Stat(path)
	if err != nil {
		return 0, err
	}
	return info.Size(), nil
}
