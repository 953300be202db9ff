package hls

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
)

func FuzzReadMediaPlaylist(f *testing.F) {
	f.Add([]byte(goldenMedia))
	f.Add([]byte("#EXTM3U\n#EXTINF:1e9,\nx\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		if list, err := ReadMediaPlaylist(bytes.NewReader(b)); err == nil && list.Sequence > 1<<63 {
			t.Error("sequence number out of range")
		}
	})
}

func FuzzReadMasterPlaylist(f *testing.F) {
	f.Add([]byte(goldenMaster))
	f.Fuzz(func(t *testing.T, b []byte) {
		list, err := ReadMasterPlaylist(bytes.NewReader(b))
		for _, v := range list.Variants {
			if err == nil && (v.URI == "" || v.Bandwidth < 0) {
				t.Errorf("variant %+v", v)
			}
		}
	})
}

func FuzzReadThumbnails(f *testing.F) {
	f.Add([]byte(goldenThumbnails))
	f.Fuzz(func(t *testing.T, b []byte) {
		tiles, err := readThumbnails(bytes.NewReader(b))
		for _, tile := range tiles {
			if err == nil && (tile.start < 0 || tile.end < 0 || tile.x < 0 || tile.y < 0) {
				t.Errorf("tile %+v", tile)
			}
		}
	})
}

// seedMedia gives a real initialisation section and the head of a segment.
func seedMedia(f *testing.F) (initSection, segment []byte) {
	f.Helper()
	dir, err := clearStream()
	if err != nil {
		f.Fatal(err)
	}
	initSection, err = os.ReadFile(filepath.Join(dir, "v144", "init.mp4"))
	if err != nil {
		f.Fatal(err)
	}
	segment, err = os.ReadFile(filepath.Join(dir, "v144", "seg_00002.m4s"))
	if err != nil {
		f.Fatal(err)
	}
	return initSection, segment[:min(len(segment), 4096)]
}

func FuzzReadInit(f *testing.F) {
	initSection, _ := seedMedia(f)
	f.Add(initSection)
	f.Fuzz(func(t *testing.T, b []byte) {
		init, err := ReadInit(bytes.NewReader(b))
		if video, ok := init.Video(); err == nil && ok && (video.Timescale == 0 || video.Codec == "") {
			t.Errorf("track %+v", video)
		}
	})
}

func FuzzReadSegment(f *testing.F) {
	initSection, segment := seedMedia(f)
	init, err := ReadInit(bytes.NewReader(initSection))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(segment)
	f.Fuzz(func(t *testing.T, b []byte) {
		s, err := ReadSegment(bytes.NewReader(b), init)
		if err == nil && s.Size != int64(len(b)) {
			t.Errorf("read %d of %d bytes", s.Size, len(b))
		}
		if video, _ := init.Video(); err == nil && len(s.Syncs) > s.Runs[video.ID].Samples {
			t.Errorf("%d of %d pictures stand alone", len(s.Syncs), s.Runs[video.ID].Samples)
		}
	})
}
