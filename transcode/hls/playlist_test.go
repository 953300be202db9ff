package hls

import (
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rounds/catalog"
)

const goldenMedia = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-TARGETDURATION:6
#EXT-X-KEY:METHOD=AES-128,URI="/v1/recordings/rec_1/key"
#EXTINF:6.006000,
seg_00000.m4s
#EXTINF:1.001001,
seg_00001.m4s
#EXT-X-ENDLIST
`

func TestWriteMediaGolden(t *testing.T) {
	t.Parallel()
	got, err := mediaList{
		entries: []mediaEntry{{"seg_00000.m4s", 6_006_000}, {"seg_00001.m4s", 1_001_001}}, initURI: "init.mp4", keyURI: "/v1/recordings/rec_1/key",
	}.write()
	if err != nil || got != goldenMedia {
		t.Errorf("got %v\n%s", err, got)
	}
}

const goldenIFrames = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-MAP:URI="init.mp4"
#EXT-X-PLAYLIST-TYPE:VOD
#EXT-X-MEDIA-SEQUENCE:0
#EXT-X-TARGETDURATION:2
#EXT-X-I-FRAMES-ONLY
#EXT-X-KEY:METHOD=AES-128,URI="/v1/recordings/rec_1/key"
#EXTINF:2.002000,
iframe_00000.m4s
#EXT-X-ENDLIST
`

func TestWriteIFramesGolden(t *testing.T) {
	t.Parallel()
	list := mediaList{entries: []mediaEntry{{"iframe_00000.m4s", 2_002_000}}, initURI: "init.mp4", keyURI: "/v1/recordings/rec_1/key", iframesOnly: true}
	if got, err := list.write(); err != nil || got != goldenIFrames {
		t.Errorf("got %v\n%s", err, got)
	}
}

const goldenMaster = `#EXTM3U
#EXT-X-VERSION:7
#EXT-X-INDEPENDENT-SEGMENTS
#EXT-X-STREAM-INF:BANDWIDTH=2500000,AVERAGE-BANDWIDTH=2100000,CODECS="avc1.64001F,mp4a.40.2",RESOLUTION=1280x720,FRAME-RATE=29.970
v720/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=5000000,AVERAGE-BANDWIDTH=4000000,CODECS="avc1.640028,mp4a.40.2",RESOLUTION=1920x1080,FRAME-RATE=29.970
v1080/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=900000,AVERAGE-BANDWIDTH=700000,CODECS="avc1.64001E,mp4a.40.2",RESOLUTION=640x360,FRAME-RATE=29.970
v360/index.m3u8
#EXT-X-STREAM-INF:BANDWIDTH=46000,AVERAGE-BANDWIDTH=44000,CODECS="mp4a.40.2"
audio/index.m3u8
#EXT-X-I-FRAME-STREAM-INF:BANDWIDTH=90000,AVERAGE-BANDWIDTH=70000,CODECS="avc1.64001E",RESOLUTION=640x360,URI="v360/iframes.m3u8"
`

func TestWriteMasterGolden(t *testing.T) {
	t.Parallel()
	got, err := writeMaster([]catalog.Rendition{
		{Name: "v360", Width: 640, Height: 360, FrameRate: 29.97, Bandwidth: 900_000, AverageBandwidth: 700_000, Codecs: "avc1.64001E,mp4a.40.2"},
		{Name: "v1080", Width: 1920, Height: 1080, FrameRate: 29.97, Bandwidth: 5_000_000, AverageBandwidth: 4_000_000, Codecs: "avc1.640028,mp4a.40.2"},
		{Name: "v720", Width: 1280, Height: 720, FrameRate: 29.97, Bandwidth: 2_500_000, AverageBandwidth: 2_100_000, Codecs: "avc1.64001F,mp4a.40.2"},
		{Name: "audio", Bandwidth: 46_000, AverageBandwidth: 44_000, Codecs: "mp4a.40.2"},
	}, []catalog.Rendition{{Name: "v360", Width: 640, Height: 360, Bandwidth: 90_000, AverageBandwidth: 70_000, Codecs: "avc1.64001E"}})
	if err != nil || got != goldenMaster {
		t.Errorf("got %v\n%s", err, got)
	}
}

// TestSoundIsNeverFirst: however close its bit rate is to the one to start with.
func TestSoundIsNeverFirst(t *testing.T) {
	t.Parallel()
	order := variantOrder([]catalog.Rendition{{Name: "audio", Bandwidth: 2_000_000, AverageBandwidth: 2_000_000}, {Name: "v144", Height: 144, Bandwidth: 9, AverageBandwidth: 9}})
	if order[0].Name != "v144" || order[1].Name != "audio" {
		t.Errorf("%+v", order)
	}
}

// TestMediaRoundTrip: what is written is read back exactly, whatever the
// timescale, and Σ EXTINF is the duration rounded once.
func TestMediaRoundTrip(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		timescale := rapid.SampledFrom([]uint32{12800, 15360, 24000, 30000, 90000, 48000}).Draw(t, "timescale")
		ticks := rapid.SliceOfN(rapid.Int64Range(1, 10*int64(timescale)), 1, 50).Draw(t, "ticks")
		var entries []mediaEntry
		var total int64
		for i, d := range extinfs(ticks, timescale) {
			entries = append(entries, mediaEntry{uri: catalog.SegmentName(i), duration: d})
			total += ticks[i]
		}
		text, err := mediaList{entries: entries, initURI: "init.mp4", keyURI: "/key"}.write()
		if err != nil {
			t.Fatal(err)
		}
		list, err := ReadMediaPlaylist(strings.NewReader(text))
		if err != nil || len(list.Segments) != len(entries) || list.Duration() != toMicros(total, timescale) {
			t.Fatalf("read back %d segments, %d µs: %v", len(list.Segments), list.Duration(), err)
		}
		for i, s := range list.Segments {
			if s.Duration != entries[i].duration || s.URI != entries[i].uri || s.Method != "AES-128" || (s.Duration+500_000)/1e6 > list.TargetDuration {
				t.Fatalf("segment %d: %+v", i, s)
			}
		}
	})
}

func TestPeakBitrate(t *testing.T) {
	t.Parallel()
	for name, test := range map[string]struct {
		segments []measured
		want     int64
	}{
		"steady":               {[]measured{{750, 6e6}, {750, 6e6}}, 1000},
		"one heavy":            {[]measured{{750, 6e6}, {1500, 6e6}}, 2000},
		"short tail is joined": {[]measured{{750, 6e6}, {1000, 1e6}}, 2000},
		"only a short one":     {[]measured{{100, 1e5}}, 8000},
		"nothing":              {nil, 0},
	} {
		if got := peakBitrate(test.segments, 6); got != test.want {
			t.Errorf("%s: %d, want %d", name, got, test.want)
		}
	}
}
