package catalog

import (
	"fmt"
	"strings"
)

// Object keys. The worker writes under them, the signer grants access to them,
// the edge serves them: this file is the only place that spells them out.
//
//	upload bucket   uploads/{recording}/source
//	                uploads/{recording}/parts/{token}/… (encoded pieces on their way from worker to worker)
//	                uploads/{recording}/parts/preview.mp4 (the beginning, while the rest is encoded)
//	                materials/{material} (files that go with a webinar)
//	media bucket    media/{recording}/{token}/master.m3u8
//	                media/{recording}/{token}/v{height}/init.mp4, seg_%05d.m4s, index.m3u8
//	                media/{recording}/{token}/v{height}/iframe_%05d.m4s, iframes.m3u8 (of one rung)
//	                media/{recording}/{token}/audio/init.mp4, seg_%05d.m4s, index.m3u8 (the sound alone)
//	                media/{recording}/{token}/thumbs/thumbs.vtt, sprite_%03d.jpg, chapter_%03d.jpg
//	                media/{recording}/{token}/captions/{lang}.vtt, poster.jpg, poster_%02d.jpg (candidates), fallback.mp4

// UploadKey is where the presenter's file lies in the upload bucket. That
// bucket is never the origin of a delivery.
func UploadKey(id RecordingID) string { return UploadRoot + string(id) + "/source" }

// MaterialKey is where a material lies in the upload bucket: it is read by
// signed links only, like what presenters send.
func MaterialKey(id MaterialID) string { return "materials/" + string(id) }

// PartsRoot is the folder, with its trailing slash, of all encoded pieces of a
// recording that is being processed. It lies in the upload bucket, because
// nothing in there is ever delivered to anybody.
func PartsRoot(id RecordingID) string { return UploadRoot + string(id) + "/" + PartsFolderName }

// PartsFolderName is the last element of PartsRoot, with its trailing slash.
const PartsFolderName = "parts/"

// PartsPrefix is the folder, with its trailing slash, under which one claim of
// one piece writes what it encodes. token comes from NewToken and belongs to
// that claim alone.
func PartsPrefix(id RecordingID, token string) string { return PartsRoot(id) + token + "/" }

// PreviewKey is where the beginning of a recording lies that is encoded already
// while the rest is not, for its presenter. It goes with the parts.
func PreviewKey(id RecordingID) string { return PartsRoot(id) + "preview.mp4" }

// PartsFolder names what one claim has written: everything below its PartsPrefix.
type PartsFolder struct {
	RecordingID RecordingID
	Token       string
}

// Prefix is the folder's PartsPrefix.
func (f PartsFolder) Prefix() string { return PartsPrefix(f.RecordingID, f.Token) }

// ParsePartsPrefix reads a PartsPrefix; ok is false when it is none.
func ParsePartsPrefix(prefix string) (f PartsFolder, ok bool) {
	parts := strings.Split(prefix, "/")
	if len(parts) != 5 || parts[1] == "" || !ValidToken(parts[3]) {
		return PartsFolder{}, false
	}
	f = PartsFolder{RecordingID: RecordingID(parts[1]), Token: parts[3]}
	return f, f.Prefix() == prefix
}

// UploadRoot holds all recordings in the upload bucket, with its trailing slash.
const UploadRoot = "uploads/"

// MediaPrefix is the folder, with its trailing slash, under which one
// processing attempt writes everything it makes. token comes from NewToken and
// belongs to that attempt alone.
func MediaPrefix(id RecordingID, token string) string {
	return MediaRoot + string(id) + "/" + token + "/"
}

// RecordingPrefix holds all attempts of a recording, with its trailing slash.
func RecordingPrefix(id RecordingID) string { return MediaRoot + string(id) + "/" }

// MediaFolder names what one attempt has written: everything below its MediaPrefix.
type MediaFolder struct {
	RecordingID RecordingID
	Token       string
}

// Prefix is the folder's MediaPrefix.
func (f MediaFolder) Prefix() string { return MediaPrefix(f.RecordingID, f.Token) }

// MediaRoot holds all recordings in the media bucket, with its trailing slash.
const MediaRoot = "media/"

// Names of objects below MediaPrefix.
const (
	MasterPlaylist = "master.m3u8"
	MediaPlaylist  = "index.m3u8"
	InitSection    = "init.mp4"
	IFramePlaylist = "iframes.m3u8" // in a rendition's folder
	Poster         = "poster.jpg"
	Fallback       = "fallback.mp4"      // one file for players without HLS; encrypted, see FallbackStream
	Thumbnails     = "thumbs/thumbs.vtt" // WebVTT that says which part of which sprite to show when
)

// RenditionDir is the folder of the rung with that many lines, relative to MediaPrefix.
func RenditionDir(height int) string { return fmt.Sprintf("v%d/", height) }

// SoundRendition is the name and folder of the rendition that has no picture.
const SoundRendition = "audio"

// SegmentName is the name of the n-th segment (counted from 0) in its rendition's folder.
func SegmentName(n int) string { return fmt.Sprintf("seg_%05d.m4s", n) }

// IFrameName is the name of the n-th I-frame (counted from 0) in its rendition's folder.
func IFrameName(n int) string { return fmt.Sprintf("iframe_%05d.m4s", n) }

// SpriteName is the name of the n-th sheet of thumbnails (counted from 0), in the folder of Thumbnails.
func SpriteName(n int) string { return fmt.Sprintf("sprite_%03d.jpg", n) }

// ChapterThumbnail is the name below MediaPrefix of the picture of the n-th suggested chapter (counted from 0).
func ChapterThumbnail(n int) string { return fmt.Sprintf("thumbs/chapter_%03d.jpg", n) }

// PosterName is the name below MediaPrefix of the n-th poster candidate, counted from 1; of the poster made by itself for 0.
func PosterName(n int) string {
	if n == 0 {
		return Poster
	}
	return fmt.Sprintf("poster_%02d.jpg", n)
}

// CaptionsName is the name below MediaPrefix of the captions in a language.
func CaptionsName(lang Lang) string { return "captions/" + string(lang) + ".vtt" }

// ParseMediaKey splits a media key into its recording, token and the name
// below MediaPrefix. ok is false when key is not of that form.
func ParseMediaKey(key string) (id RecordingID, token, name string, ok bool) {
	parts := strings.SplitN(key, "/", 4)
	if len(parts) != 4 || parts[0] != "media" || parts[1] == "" || !ValidToken(parts[2]) || parts[3] == "" {
		return "", "", "", false
	}
	return RecordingID(parts[1]), parts[2], parts[3], true
}

// ContentType gives the MIME type an object of this name is stored with
// (Apple HLS authoring specification 10.4; RFC 8216 section 10).
func ContentType(name string) string {
	switch {
	case strings.HasSuffix(name, ".m3u8"):
		return "application/vnd.apple.mpegurl"
	case strings.HasSuffix(name, ".m4s"):
		return "video/iso.segment"
	case strings.HasSuffix(name, ".mp4"):
		return "video/mp4"
	case strings.HasSuffix(name, ".vtt"):
		return "text/vtt; charset=utf-8"
	case strings.HasSuffix(name, ".jpg"):
		return "image/jpeg"
	default:
		return "application/octet-stream"
	}
}
