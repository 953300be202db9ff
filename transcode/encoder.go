package transcode

import (
	"context"
	"time"
)

// Media is what the pipeline asks of a media tool. It works on local files
// only and never on the network; transcode/ffmpeg implements it. Every method
// ends soon after its context does and leaves no process behind.
type Media interface {
	// Probe measures a file. It returns an *UnusableError when the file can
	// never be used, any other error when it may be tried again.
	Probe(ctx context.Context, path string) (Probe, error)
	// Poster writes a JPEG of a telling picture from an encoded rendition that
	// is still in clear.
	Poster(ctx context.Context, from EncodedRendition, path string) error
}

// EncodeProgress is how far an encode is. It is told about twice a second with
// growing values, and a last time after the end.
type EncodeProgress struct {
	Done  time.Duration // media time encoded
	Frame int
	Speed float64 // media seconds a second, 0 while unknown
	// Complaints is how often the decoder could not read what it was given. It
	// conceals the damage and goes on.
	Complaints int
	// Decoded is how many pictures of the source came out of the decoder, told
	// at the end; 0 while unknown.
	Decoded int
}
