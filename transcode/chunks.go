package transcode

import (
	"context"
	"time"

	"rounds/catalog"
)

// Layouts is what an attempt asks of the database about the pieces of its
// recording. Every method is guarded by the attempt's fencing token and returns
// catalog.ErrLeaseLost when a newer attempt exists or the recording is gone.
// Fail and Publish of Recordings forget a recording's pieces.
type Layouts interface {
	// LayOut divides the recording into pieces that any worker may claim. Those
	// that are there with the same fingerprint stay as they are.
	LayOut(ctx context.Context, a catalog.Attempt, l catalog.Layout) error
	// Chunks tells how far the pieces are, the sound first, without the parts
	// of those in have. It costs little: it is asked about once a second.
	Chunks(ctx context.Context, a catalog.Attempt, have []catalog.ChunkNumber) ([]catalog.ChunkStatus, error)
	// RedoChunk sends a piece back whose parts, made by the claim with that
	// token, cannot be used.
	RedoChunk(ctx context.Context, a catalog.Attempt, number catalog.ChunkNumber, token, why string) error
}

// Chunks is what an encoder asks of the database. A job in a queue is only a
// hint that there may be something to claim. Every method that takes a claim
// returns catalog.ErrLeaseLost, and changes nothing, when there is a newer one
// or the piece is no longer wanted.
type Chunks interface {
	// ClaimChunk takes the piece whose turn it is, over all machines, for the
	// worker of that name; catalog.ErrNotFound when there is none.
	ClaimChunk(ctx context.Context, worker string, lease time.Duration) (catalog.ChunkClaim, error)
	// ClaimSound is ClaimChunk for sounds only.
	ClaimSound(ctx context.Context, worker string, lease time.Duration) (catalog.ChunkClaim, error)
	// RenewChunk renews the lease and stores progress.
	RenewChunk(ctx context.Context, c catalog.ChunkClaim, lease time.Duration, p catalog.ChunkProgress) error
	// CompleteChunk hands over what was made. Repeating it is harmless.
	CompleteChunk(ctx context.Context, c catalog.ChunkClaim, r catalog.ChunkResult) error
	// ReleaseChunk hands the piece back after a graceful stop; the try does not count.
	ReleaseChunk(ctx context.Context, c catalog.ChunkClaim) error
	// FailChunk ends a try that went wrong. During pause only other workers get
	// the piece; after catalog.ChunkTries nobody does.
	FailChunk(ctx context.Context, c catalog.ChunkClaim, why string, pause time.Duration) error
}

// Parts keeps the files of encoded pieces on their way from the worker that
// made them to the one that joins them.
type Parts interface {
	// PutParts stores the files below prefix, a catalog.PartsPrefix.
	PutParts(ctx context.Context, prefix string, files []File) error
	// FetchPart writes a part to path. catalog.ErrNotFound when it is not there,
	// ErrSpoiltPart when it is not what was put.
	FetchPart(ctx context.Context, prefix string, part catalog.Part, path string) error
	// PutPreview stores a file as the recording's catalog.PreviewKey, in place of
	// an earlier one. It lies below PartsRoot and goes with it.
	PutPreview(ctx context.Context, id catalog.RecordingID, path string) error
	// Delete removes everything below prefix: a catalog.PartsPrefix or PartsRoot.
	// It is idempotent.
	Delete(ctx context.Context, prefix string) error
}
