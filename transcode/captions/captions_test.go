package captions_test

import (
	"bytes"
	"errors"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"rounds/transcode/captions"
)

// TestGolden compares what is written for each file in testdata with the file
// of the same name beside it that ends in .golden.vtt; that one must stay as it
// is when it is read again.
func TestGolden(t *testing.T) {
	t.Parallel()
	inputs, err := filepath.Glob("testdata/*.in.*")
	if err != nil || len(inputs) == 0 {
		t.Fatal("no input", err)
	}
	for _, input := range inputs {
		t.Run(filepath.Base(input), func(t *testing.T) {
			t.Parallel()
			content, err := os.ReadFile(input)
			if err != nil {
				t.Fatal(err)
			}
			name, _, _ := strings.Cut(input, ".in.")
			want, err := os.ReadFile(name + ".golden.vtt")
			if err != nil {
				t.Fatal(err)
			}
			for _, from := range [][]byte{content, want} {
				track, err := captions.Parse(bytes.NewReader(from))
				if err != nil {
					t.Fatal(err)
				}
				var out bytes.Buffer
				if err := track.WriteWebVTT(&out); err != nil || !bytes.Equal(out.Bytes(), want) {
					t.Errorf("got %v\n%s", err, out.Bytes())
				}
			}
		})
	}
}

func TestParseNamesTheLine(t *testing.T) {
	t.Parallel()
	const srt, vtt = "1\n00:00:01,000 --> 00:00:02,000\nHello\n\n", "WEBVTT\n\n00:01.000 --> 00:02.000\nHello\n\n"
	for name, test := range map[string]struct {
		file string
		line int
		want string
	}{
		"empty":            {"", 0, "no captions"},
		"prose":            {"Dear presenter,\n\nhello\n", 0, "no captions"},
		"latin 1":          {srt + "2\n00:00:03,000 --> 00:00:04,000\nna\xefve\n", 7, "UTF-8"},
		"utf-16":           {"\xff\xfe1\x00\n\x00", 1, "UTF-8"},
		"nul":              {srt + "\x00\n", 5, "not text"},
		"no end":           {srt + "2\n00:00:03,000 -->\nHi\n", 6, "form"},
		"letters":          {srt + "2\n00:00:0x,000 --> 00:00:04,000\nHi\n", 6, "form"},
		"61 seconds":       {"00:00:61,000 --> 00:01:02,000\nHi\n", 1, "59"},
		"ends first":       {srt + "2\n00:00:03,000 --> 00:00:02,500\nHi\n", 6, "00:00:02.500, not after its start at 00:00:03.000"},
		"goes back":        {srt + "2\n00:00:00,500 --> 00:00:02,500\nHi\n", 6, "before the caption above"},
		"script":           {vtt + "00:03.000 --> 00:04.000\n<script>alert(1)</script>\n", 7, "<script>"},
		"image":            {vtt + "00:03.000 --> 00:04.000\nhi < IMG src=x onerror=y>\n", 7, "<IMG>"},
		"tags":             {vtt + "00:03.000 --> 00:04.000\n" + strings.Repeat("<b>x", 101) + "\n", 7, "tag number 101"},
		"long line":        {srt + strings.Repeat("x", 3000) + "\n", 5, "longer"},
		"large":            {strings.Repeat("x\n", 5<<20), 0, "larger"},
		"many":             {strings.Repeat("00:00:01,000 --> 00:00:02,000\n\n", 50_001), 100_001, "more than"},
		"nothing said":     {"WEBVTT\n\n00:01.000 --> 00:02.000\n\n", 0, "none of the captions"},
		"mac line endings": {"1\r00:00:01,000 --> 00:00:00,000\rHi\r", 2, "not after"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, err := captions.Parse(strings.NewReader(test.file))
			var line *captions.LineError
			if !errors.As(err, &line) || !errors.Is(err, captions.ErrInvalid) || line.Line != test.line || !strings.Contains(err.Error(), test.want) {
				t.Errorf("error %v", err)
			}
		})
	}
	if _, err := captions.Parse(iotest.ErrReader(io.ErrClosedPipe)); !errors.Is(err, io.ErrClosedPipe) || errors.Is(err, captions.ErrInvalid) {
		t.Errorf("a read error: %v", err)
	}
}

// TestEnd: the caption that goes last need not be the last one of the file.
func TestEnd(t *testing.T) {
	t.Parallel()
	track, err := captions.Parse(strings.NewReader("00:00:01,000 --> 00:01:03,000\nBye\n\n00:00:02,000 --> 00:00:03,000\nHi\n"))
	if err != nil || track.Cues() != 2 || track.End() != 63*time.Second {
		t.Errorf("%v: %d cues until %v", err, track.Cues(), track.End())
	}
}

// FuzzParse: whatever is uploaded, what is written can be read again, is the
// same then, and holds no markup but emphasis and voices.
func FuzzParse(f *testing.F) {
	seeds, err := filepath.Glob("testdata/*.in.*")
	if err != nil {
		f.Fatal(err)
	}
	for _, seed := range seeds {
		content, err := os.ReadFile(seed)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(content)
	}
	f.Add([]byte("WEBVTT\n\n00:01.000 --> 00:02.000 line:0\n<v A--&gt;><b.x>b</i>&lt;script>--&gt;<00:01.500>x\n"))
	f.Fuzz(func(t *testing.T, b []byte) {
		track, err := captions.Parse(bytes.NewReader(b))
		if err != nil {
			if !errors.Is(err, captions.ErrInvalid) {
				t.Fatal(err)
			}
			return
		}
		var first, second bytes.Buffer
		if err := track.WriteWebVTT(&first); err != nil {
			t.Fatal(err)
		}
		again, err := captions.Parse(bytes.NewReader(first.Bytes()))
		if err != nil {
			t.Fatalf("%v in\n%s", err, first.Bytes())
		}
		if err := again.WriteWebVTT(&second); err != nil || track.Cues() != again.Cues() {
			t.Fatalf("%v: %d cues, then %d\n%s", err, track.Cues(), again.Cues(), first.Bytes())
		}
		for _, word := range []string{"<script", "<style", "<img"} {
			if bytes.Contains(bytes.ToLower(first.Bytes()), []byte(word)) {
				t.Errorf("%s in\n%s", word, first.Bytes())
			}
		}
	})
}
