package hls

import (
	"fmt"
	"math"
	"regexp"
	"strings"

	"github.com/grafov/m3u8"
)

// version is the protocol version of our playlists: 6 is needed for EXT-X-MAP
// without I-frames-only, 7 is what players know best (RFC 8216 section 7).
const version = 7

// mediaEntry is one segment to list.
type mediaEntry struct {
	uri      string
	duration int64 // microseconds
}

// mediaList is a media playlist to write: VOD, one initialisation section in
// clear, all segments under one key. The sequence starts at 0, so that the
// number in a segment's name is its IV.
type mediaList struct {
	entries     []mediaEntry
	initURI     string
	keyURI      string
	iframesOnly bool  // EXT-X-I-FRAMES-ONLY: each segment is one I-frame
	target      int64 // seconds; 0: the smallest allowed
}

// write spells the playlist.
func (l mediaList) write() (string, error) {
	list, err := m3u8.NewMediaPlaylist(0, uint(len(l.entries)))
	if err != nil {
		return "", fmt.Errorf("media playlist: %w", err)
	}
	list.MediaType = m3u8.VOD
	list.Map = &m3u8.Map{URI: l.initURI}
	list.Iframe = l.iframesOnly
	durations := make([]int64, len(l.entries))
	for i, e := range l.entries {
		segment := &m3u8.MediaSegment{URI: e.uri, Duration: float64(e.duration) / 1e6}
		if i == 0 {
			// On the segment, not on the list: only so the key comes after the
			// map, which leaves the initialisation section in clear.
			segment.Key = &m3u8.Key{Method: "AES-128", URI: l.keyURI}
		}
		if err := list.AppendSegment(segment); err != nil {
			return "", fmt.Errorf("media playlist: %w", err)
		}
		durations[i] = e.duration
	}
	list.TargetDuration = float64(max(l.target, targetDuration(durations)))
	list.Close()
	return correctMedia(list.String(), durations), nil
}

// targetDuration is the smallest allowed: no EXTINF, rounded to the nearest
// integer, may exceed it (RFC 8216 section 4.3.3.1).
func targetDuration(micros []int64) int64 {
	target := int64(1)
	for _, d := range micros {
		target = max(target, int64(math.Round(float64(d)/1e6)))
	}
	return target
}

var (
	versionLine = regexp.MustCompile(`(?m)^#EXT-X-VERSION:\d+$`)
	extinfLine  = regexp.MustCompile(`(?m)^#EXTINF:[^,]*,`)
)

// correctMedia puts right what the library gets wrong: the version, the
// missing EXT-X-INDEPENDENT-SEGMENTS, and durations cut to milliseconds.
func correctMedia(text string, durations []int64) string {
	text = versionLine.ReplaceAllString(text, fmt.Sprintf("#EXT-X-VERSION:%d\n#EXT-X-INDEPENDENT-SEGMENTS", version))
	i := -1
	return extinfLine.ReplaceAllStringFunc(text, func(string) string {
		i++
		return "#EXTINF:" + seconds(durations[i]) + ","
	})
}

// seconds spells microseconds as seconds with six decimals.
func seconds(micros int64) string {
	return fmt.Sprintf("%d.%06d", micros/1e6, micros%1e6)
}

// correctMaster removes the PROGRAM-ID attribute that the library always
// writes, for I-frames too, and that protocol version 6 removed.
func correctMaster(text string) string {
	return strings.ReplaceAll(text, ":PROGRAM-ID=0,", ":")
}
