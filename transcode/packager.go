package transcode

import (
	"context"

	"rounds/catalog"
)

// EncodedRendition is one rung of the ladder as the encoder left it on local
// disk, in clear: Dir holds init.mp4, seg_%05d.m4s and ffmpeg's index.m3u8
// (fMP4 HLS, 6 s segments, audio muxed).
type EncodedRendition struct {
	Name      string  // "v720"; also the name of the folder below the media prefix
	Dir       string  // absolute path
	Height    int     // lines, even
	Width     int     // pixels, even, square
	FrameRate float64 // frames a second, constant
	Frames    int     // it must have; 0: not said, not checked
}

// ContentKey is the AES-128 key of one recording.
type ContentKey [16]byte

// Packager turns encoded renditions into the files to be stored. It encrypts
// the segments in place (AES-128-CBC with PKCS#7 padding, IV = media sequence
// number, initialisation section in clear: RFC 8216 section 5.2), writes the
// media playlists and master.m3u8 beside them, adds the sound alone as a
// rendition of its own, and verifies its own result.
// It is not idempotent: a job is packaged once, in a folder of its own.
type Packager interface {
	Package(ctx context.Context, job PackageJob) (Packaged, error)
}

// PackageJob is what a Packager is given.
type PackageJob struct {
	Dir        string             // root of the attempt's output; file names are relative to it
	Renditions []EncodedRendition // highest first, each with a Dir below Dir
	Key        ContentKey
	KeyURI     string      // as players resolve it, e.g. "/v1/recordings/{id}/key"
	Storyboard *Storyboard // whose sprites lie in Dir already; nil: there are none
	// Silent says that the sound is silence of our making. Then no variant of
	// the sound alone is offered: it would give a bad line nothing.
	Silent bool
	// Progressive is the absolute path of an MP4 in clear, outside of Dir, with
	// its index first. It is stored encrypted, as catalog.Fallback. Empty: none.
	Progressive string
}

// Packaged is what a Packager made.
type Packaged struct {
	DurationMS int64               // Σ EXTINF of the top rendition
	Renditions []catalog.Rendition // as in the job, then the sound alone
	Files      []File              // everything to be stored, and nothing else
}

// File is one object to store.
type File struct {
	Name        string // below the media prefix, e.g. "v720/seg_00000.m4s"
	Path        string // on local disk
	ContentType string
	Size        int64
	SHA256      [32]byte
}

// Store puts an attempt's files under its media prefix and checks them there.
type Store interface {
	// Put uploads the files below prefix (which ends in a slash), several at a
	// time, playlists last, with checksums and immutable cache headers. It
	// never overwrites. progress is told how many files are done.
	Put(ctx context.Context, prefix string, files []File, progress func(done int)) error
	// Check lists the prefix and returns an error unless every file is there
	// with its size, and nothing else is.
	Check(ctx context.Context, prefix string, files []File) error
	// Delete removes everything below prefix. It is idempotent.
	Delete(ctx context.Context, prefix string) error
}

// Sources gives access to what presenters uploaded.
type Sources interface {
	// Fetch writes the recording's source file to path and compares its size
	// with what the storage says. progress is told the bytes received so far.
	Fetch(ctx context.Context, id catalog.RecordingID, path string, progress func(bytes int64)) error
}
