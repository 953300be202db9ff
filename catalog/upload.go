package catalog

import "time"

// Upload is a recording together with what the server alone knows about the
// sending of its file.
type Upload struct {
	Recording     Recording
	S3UploadID    string // of the multipart upload; never leaves the server
	PartSizeBytes int64  // of every part but the last
}

// Parts is how many parts the file is sent in.
func (u Upload) Parts() int {
	return int((u.Recording.SizeBytes + u.PartSizeBytes - 1) / u.PartSizeBytes)
}

// PartSize is the exact size of the part with that number, counted from 1.
func (u Upload) PartSize(number int) int64 {
	if rest := u.Recording.SizeBytes - int64(number-1)*u.PartSizeBytes; rest < u.PartSizeBytes {
		return rest
	}
	return u.PartSizeBytes
}

// S3's rules for multipart uploads leave room between these two: at most
// 10,000 parts, each of 5 MiB to 5 GiB.
const (
	mebibyte    = 1 << 20
	minPartSize = 8 * mebibyte
	maxParts    = 9000
)

// PartSizeFor chooses the part size of a file: 8 MiB, or for files beyond 70 GiB so
// many whole MiB that at most 9,000 parts are needed.
func PartSizeFor(sizeBytes int64) int64 {
	perPart := (sizeBytes + maxParts - 1) / maxParts
	return max(minPartSize, (perPart+mebibyte-1)/mebibyte*mebibyte)
}

// PartRequest asks for the right to send one part.
type PartRequest struct {
	Number int    // from 1
	SHA256 string // base64; needed exactly when the upload was begun with checksum "sha256"
}

// SignedPart is where and how to send one part: a single PUT of its bytes to
// URL with these Headers before ExpiresAt.
type SignedPart struct {
	Number    int
	URL       string
	Headers   map[string]string
	ExpiresAt time.Time
}

// UploadedPart is a part that has arrived.
type UploadedPart struct {
	Number    int
	SizeBytes int64
	ETag      string
	SHA256    string // base64; empty when it was sent without
}

// SourceLink is the right to read an uploaded file until ExpiresAt. The URL is
// the right itself: it goes to whoever asked and into no log.
type SourceLink struct {
	URL       string
	ExpiresAt time.Time
}
