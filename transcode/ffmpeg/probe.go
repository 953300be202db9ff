package ffmpeg

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"rounds/catalog"
	"rounds/transcode"
)

// inputOptions go before every input: they keep ffmpeg to local files, to the
// demuxers of real recordings, and to sane sizes.
var inputOptions = map[string]string{
	"protocol_whitelist": "file",
	"format_whitelist":   "mov,matroska,mpegts,avi,asf,flv",
	"max_streams":        "32",
}

// maxPixels lets transcode.Judge see, and refuse in words, what is too large,
// while a decoder never allocates for a picture beyond 64 megapixels.
const maxPixels = "67108864"

// Probe implements transcode.Media.
func (t *Tool) Probe(ctx context.Context, path string) (transcode.Probe, error) {
	probe, err := t.inspect(ctx, path)
	if err != nil {
		return transcode.Probe{}, err
	}
	if _, failure := transcode.Judge(probe); failure != nil {
		return probe, nil // nothing of it is decoded
	}
	probe.Sample, err = t.sample(ctx, path, probe)
	return probe, err
}

// inspect reads headers and packets; nothing is decoded.
func (t *Tool) inspect(ctx context.Context, path string) (transcode.Probe, error) {
	if err := sniff(path); err != nil {
		return transcode.Probe{}, err
	}
	info, err := os.Stat(path)
	if err != nil {
		return transcode.Probe{}, err
	}
	report, err := t.headers(ctx, path)
	if err != nil {
		return transcode.Probe{}, err
	}
	probe := report.probe()
	probe.SizeBytes = info.Size()
	if probe.Encrypted || (probe.Video == nil && probe.Audio == nil) {
		return probe, nil
	}
	if err := t.measure(ctx, path, &probe); err != nil {
		return transcode.Probe{}, err
	}
	return probe, nil
}

// headers asks ffprobe for the container and its streams.
func (t *Tool) headers(ctx context.Context, path string) (report, error) {
	out, size := &bounded{limit: 4 << 20}, &sizeComplaint{}
	err := t.ffprobeAndHear(ctx, path, out, &lines{each: size.line}, "-max_pixels", maxPixels, "-print_format", "json", "-show_format", "-show_streams")
	if err != nil {
		return report{}, err
	}
	var r report
	if err := json.Unmarshal(out.Bytes(), &r); err != nil {
		return report{}, fmt.Errorf("ffprobe wrote no JSON: %w", err)
	}
	if v := r.pick("video"); v != nil && size.seen && (v.Width == 0 || v.PixelFormat == "") {
		return report{}, transcode.Unusable(catalog.FailTooLarge)
	}
	return r, nil
}

// sizeComplaint notices that pictures were refused for their size; ffprobe
// reports them as 0×0 then and is content.
type sizeComplaint struct{ seen bool }

func (c *sizeComplaint) line(line string) error {
	_, rest, found := strings.Cut(line, "Picture size ")
	c.seen = c.seen || found && !strings.HasPrefix(rest, "0x0")
	return nil
}

// ffprobe runs ffprobe on path with args. A status other than 0 means that
// the file cannot be read; being stopped means nothing about the file.
func (t *Tool) ffprobe(ctx context.Context, path string, out io.Writer, args ...string) error {
	return t.ffprobeAndHear(ctx, path, out, nil, args...)
}

// ffprobeAndHear is ffprobe with what it says beside its output.
func (t *Tool) ffprobeAndHear(ctx context.Context, path string, out, said io.Writer, args ...string) error {
	all := append([]string{"-hide_banner", "-v", "error"}, allowList()...) // a later -v counts
	all = append(append(all, args...), "-i", "file:"+filepath.Base(path))
	err := t.Runner.Run(ctx, Command{
		Program: t.FFprobe, Args: all, Dir: filepath.Dir(path), Stdout: out, Stderr: said,
		Limits: Limits{Memory: probeMemory, CPU: 10 * time.Minute, Wall: 20 * time.Minute, FileSize: 1 << 20},
	})
	var exit *exec.ExitError
	var ended *ExitError
	if errors.As(err, &exit) && exit.Exited() && errors.As(err, &ended) {
		return unreadable(ended)
	}
	return err
}

// allowList is inputOptions on a command line.
func allowList() []string {
	var args []string
	for _, name := range slices.Sorted(maps.Keys(inputOptions)) {
		args = append(args, "-"+name, inputOptions[name])
	}
	return args
}

// complaints are ffprobe's words for what is wrong, the telling ones first.
var complaints = []struct {
	words string
	code  catalog.FailureCode
}{
	{"exceeds max_streams", catalog.FailTooManyStreams},
	{"not on whitelist", catalog.FailUnsafeReference},
	{"moov atom not found", catalog.FailTruncated},
	{"File ended prematurely", catalog.FailTruncated},
	{"EBML header parsing failed", catalog.FailTruncated},
	{"Cannot allocate memory", catalog.FailTooLarge},
}

// unreadable turns the last words of a failed probe into an error: the
// sandbox's own are our fault, ffprobe's are the file's.
func unreadable(ended *ExitError) error {
	if strings.HasPrefix(ended.Stderr, "prlimit:") || strings.HasPrefix(ended.Stderr, "setpriv:") {
		return ended
	}
	for _, c := range complaints {
		if strings.Contains(ended.Stderr, c.words) {
			return transcode.Unusable(c.code)
		}
	}
	return transcode.Unusable(catalog.FailNotMedia)
}

// report is what ffprobe prints. Every field may be missing or absurd.
type report struct {
	Format struct {
		Name      string `json:"format_name"`
		StartTime string `json:"start_time"`
		Duration  string `json:"duration"`
	} `json:"format"`
	Streams []streamReport `json:"streams"`
}

type streamReport struct {
	Index       int    `json:"index"`
	Kind        string `json:"codec_type"`
	Codec       string `json:"codec_name"`
	Tag         string `json:"codec_tag_string"`
	Profile     string `json:"profile"`
	Width       int    `json:"width"`
	Height      int    `json:"height"`
	SampleShape string `json:"sample_aspect_ratio"`
	PixelFormat string `json:"pix_fmt"`
	Transfer    string `json:"color_transfer"`
	Matrix      string `json:"color_space"`
	FieldOrder  string `json:"field_order"`
	RealRate    string `json:"r_frame_rate"`
	AverageRate string `json:"avg_frame_rate"`
	StartTime   string `json:"start_time"`
	Duration    string `json:"duration"`
	SampleRate  string `json:"sample_rate"`
	Channels    int    `json:"channels"`
	Layout      string `json:"channel_layout"`
	Disposition struct {
		Default  int `json:"default"`
		Attached int `json:"attached_pic"`
	} `json:"disposition"`
	SideData []struct {
		Rotation float64 `json:"rotation"`
	} `json:"side_data_list"`
}

// probe turns the report into values, without what only packets can tell.
func (r report) probe() transcode.Probe {
	name, _, _ := strings.Cut(r.Format.Name, ",")
	p := transcode.Probe{
		Container: name, Streams: len(r.Streams),
		StartS: seconds(r.Format.StartTime), DurationS: seconds(r.Format.Duration),
	}
	for _, s := range r.Streams {
		p.Encrypted = p.Encrypted || slices.Contains(protectedTags, s.Tag)
	}
	if s := r.pick("video"); s != nil {
		p.Video = s.video()
	}
	if s := r.pick("audio"); s != nil {
		rate, _ := strconv.Atoi(s.SampleRate)
		p.Audio = &transcode.AudioStream{Index: s.Index, Codec: s.Codec, SampleRate: rate, Channels: s.Channels, Layout: s.Layout}
	}
	return p
}

// protectedTags are sample entries of protected tracks (ISO/IEC 23001-7, FairPlay).
var protectedTags = []string{"encv", "enca", "drmi", "drms", "p264"}

// pick chooses the stream of a kind that players would: the default one, else
// the first. Cover pictures are no video.
func (r report) pick(kind string) *streamReport {
	var first *streamReport
	for i := range r.Streams {
		s := &r.Streams[i]
		if s.Kind != kind || s.Disposition.Attached != 0 {
			continue
		}
		if s.Disposition.Default != 0 {
			return s
		}
		if first == nil {
			first = s
		}
	}
	return first
}

func (s streamReport) video() *transcode.VideoStream {
	v := &transcode.VideoStream{
		Index: s.Index, Codec: s.Codec, Profile: s.Profile, Width: s.Width, Height: s.Height,
		SampleShape: sampleShape(s.SampleShape), RealRate: ratio(s.RealRate, "/"), AverageRate: ratio(s.AverageRate, "/"),
		PixelFormat: s.PixelFormat, Transfer: s.Transfer, Matrix: s.Matrix,
	}
	switch s.FieldOrder {
	case "tt", "bb", "tb", "bt":
		v.Interlaced = true
	default:
		v.Interlaced = s.Codec == "dvvideo" // says so in each frame only
	}
	for _, d := range s.SideData {
		if d.Rotation != 0 {
			v.Rotation = quarterTurns(-d.Rotation)
		}
	}
	if d := seconds(s.Duration); d > 0 {
		v.DeclaredS = seconds(s.StartTime) + d
	}
	return v
}

// quarterTurns rounds an angle to 0, 90, 180 or 270. Any other is shown in the
// frame of the unturned picture.
func quarterTurns(degrees float64) int {
	turns := math.Round(degrees / 90)
	if math.Abs(degrees-90*turns) > 1 {
		return 0
	}
	return (int(turns)%4 + 4) % 4 * 90
}

// sampleShape refuses shapes that no camera makes, such as 0:1 or 1:5000.
func sampleShape(s string) transcode.Ratio {
	r := ratio(s, ":")
	if f := r.Float(); f < 0.1 || f > 10 {
		return transcode.Ratio{}
	}
	return r
}

// ratio reads "30000/1001"; a missing or absurd value gives the zero Ratio.
func ratio(s, separator string) transcode.Ratio {
	a, b, _ := strings.Cut(s, separator)
	num, err1 := strconv.Atoi(a)
	den, err2 := strconv.Atoi(b)
	if err1 != nil || err2 != nil || num <= 0 || den <= 0 || num > 1e9 || den > 1e9 {
		return transcode.Ratio{}
	}
	return transcode.Ratio{Num: num, Den: den}
}

// seconds reads a time; a missing one is 0.
func seconds(s string) float64 {
	f, err := strconv.ParseFloat(s, 64)
	if err != nil || f != f || f > 1e9 || f < -1e9 {
		return 0
	}
	return f
}
