package hls

import (
	"fmt"
	"io"
	"strconv"
	"strings"
)

// MediaPlaylist is a media playlist as it was read.
type MediaPlaylist struct {
	Version             int    // EXT-X-VERSION
	TargetDuration      int64  // EXT-X-TARGETDURATION, seconds
	Sequence            uint64 // EXT-X-MEDIA-SEQUENCE
	Type                string // EXT-X-PLAYLIST-TYPE
	IndependentSegments bool   // EXT-X-INDEPENDENT-SEGMENTS
	IFramesOnly         bool   // EXT-X-I-FRAMES-ONLY
	EndList             bool   // EXT-X-ENDLIST
	Map                 string // URI of EXT-X-MAP
	MapEncrypted        bool   // the EXT-X-MAP came after an EXT-X-KEY
	Segments            []MediaSegment
}

// MediaSegment is one entry of a media playlist.
type MediaSegment struct {
	URI      string
	Duration int64  // EXTINF, microseconds
	Sequence uint64 // media sequence number
	Method   string // of the EXT-X-KEY in force; "" or "NONE" when in clear
	KeyURI   string
	IV       string // IV attribute; "" means the sequence number
}

// Duration is Σ EXTINF in microseconds.
func (p MediaPlaylist) Duration() int64 {
	var sum int64
	for _, s := range p.Segments {
		sum += s.Duration
	}
	return sum
}

// ReadMediaPlaylist reads a media playlist. It returns ErrPlaylist when it
// cannot be understood.
func ReadMediaPlaylist(r io.Reader) (MediaPlaylist, error) {
	lines, err := readLines(r)
	if err != nil {
		return MediaPlaylist{}, err
	}
	m := &mediaReader{duration: -1}
	for _, l := range lines {
		if err := m.line(l); err != nil {
			return MediaPlaylist{}, err
		}
	}
	for i := range m.list.Segments {
		m.list.Segments[i].Sequence = m.list.Sequence + uint64(i)
	}
	return m.list, nil
}

type mediaReader struct {
	list     MediaPlaylist
	key      attributes
	duration int64 // of the EXTINF before the next URI; -1: none
}

func (m *mediaReader) line(l line) (err error) {
	switch l.tag {
	case "":
		return m.uri(l.value)
	case "EXTINF":
		seconds, _, _ := strings.Cut(l.value, ",")
		m.duration, err = micros(seconds)
	case "EXT-X-VERSION":
		m.list.Version, err = strconv.Atoi(l.value)
	case "EXT-X-TARGETDURATION":
		m.list.TargetDuration, err = strconv.ParseInt(l.value, 10, 32)
	case "EXT-X-MEDIA-SEQUENCE":
		m.list.Sequence, err = strconv.ParseUint(l.value, 10, 63)
	case "EXT-X-PLAYLIST-TYPE":
		m.list.Type = l.value
	case "EXT-X-INDEPENDENT-SEGMENTS":
		m.list.IndependentSegments = true
	case "EXT-X-I-FRAMES-ONLY":
		m.list.IFramesOnly = true
	case "EXT-X-ENDLIST":
		m.list.EndList = true
	case "EXT-X-KEY":
		m.key, err = readAttributes(l.value)
	case "EXT-X-MAP":
		return m.initMap(l.value)
	}
	if err != nil {
		return fmt.Errorf("%w: %s: %w", ErrPlaylist, l.tag, err)
	}
	return nil
}

func (m *mediaReader) initMap(value string) error {
	list, err := readAttributes(value)
	if err != nil {
		return err
	}
	m.list.Map = list["URI"]
	m.list.MapEncrypted = m.key != nil && m.key["METHOD"] != "NONE"
	return nil
}

func (m *mediaReader) uri(uri string) error {
	if m.duration < 0 {
		return fmt.Errorf("%w: %q has no EXTINF", ErrPlaylist, uri)
	}
	m.list.Segments = append(m.list.Segments, MediaSegment{
		URI: uri, Duration: m.duration,
		Method: m.key["METHOD"], KeyURI: m.key["URI"], IV: m.key["IV"],
	})
	m.duration = -1
	return nil
}
