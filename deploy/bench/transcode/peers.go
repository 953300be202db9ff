package main

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"rounds/transcode"
)

// ffmpeg runs a peer's or a helper's command in the scratch folder.
func (b *bench) ffmpeg(ctx context.Context, args ...string) error {
	_, err := b.say(ctx, append([]string{"-v", "error"}, args...)...)
	return err
}

func (b *bench) say(ctx context.Context, args ...string) (string, error) {
	cmd := exec.CommandContext(ctx, b.tool.FFmpeg, append([]string{"-hide_banner", "-nostdin", "-y"}, args...)...) //nolint:gosec // arguments are ours
	cmd.Dir = b.dir
	var said bytes.Buffer
	cmd.Stderr = &said
	if err := cmd.Run(); err != nil {
		return "", fmt.Errorf("ffmpeg: %w: %s", err, said.String())
	}
	return said.String(), nil
}

// perRung is peer (a): one ffmpeg after the other, each decoding the source
// anew, with the encoder settings of the plan.
func (b *bench) perRung(ctx context.Context, source string, plan transcode.Plan) error {
	for _, r := range plan.Rungs {
		rate := []string{"-crf", strconv.Itoa(r.CRF), "-maxrate", strconv.Itoa(r.MaxRate), "-bufsize", strconv.Itoa(r.BufferBits)}
		if err := b.single(ctx, source, plan, r, "peer", rate); err != nil {
			return err
		}
	}
	return nil
}

// single encodes one rung as fMP4 HLS into NAME-LINES below the scratch folder.
func (b *bench) single(ctx context.Context, source string, plan transcode.Plan, r transcode.PlannedRung, name string, rate []string) error {
	dir := b.peerDir(name, r)
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return err
	}
	args := []string{
		"-i", source, "-vf", fmt.Sprintf("fps=%s,scale=%d:%d:flags=bicubic,setsar=1,format=yuv420p", plan.RateOf(r), r.Width, r.Height),
		"-c:v", "libx264", "-preset", plan.Preset, "-profile:v", "high", "-sc_threshold", "0", "-flags", "+cgop",
		"-g", strconv.Itoa(plan.GOPOf(r)), "-keyint_min", strconv.Itoa(plan.GOPOf(r)),
		"-c:a", "aac", "-b:a", strconv.Itoa(r.AudioBits), "-ar", "48000", "-ac", "2",
	}
	args = append(args, rate...)
	return b.ffmpeg(ctx, append(args, "-f", "hls", "-hls_time", "6", "-hls_playlist_type", "vod", "-hls_segment_type", "fmp4", filepath.Join(dir, "index.m3u8"))...)
}

func (b *bench) peerDir(name string, r transcode.PlannedRung) string {
	return filepath.Join(b.dir, name+"-"+strconv.Itoa(r.Lines))
}

// appleRates are the bit/s of Apple's table by lines; a picture between two
// rows takes the lower one.
var appleRates = []struct{ lines, rate int }{{1080, 6_000_000}, {720, 3_000_000}, {540, 2_000_000}, {432, 1_100_000}, {360, 365_000}, {0, 145_000}} //nolint:gochecknoglobals // a constant table

// fixedRate is peer (b), for one rung, without sound.
func (b *bench) fixedRate(ctx context.Context, source string, plan transcode.Plan, r transcode.PlannedRung) (string, error) {
	rate := 0
	for _, row := range appleRates {
		if r.Lines >= row.lines {
			rate = row.rate
			break
		}
	}
	bits := strconv.Itoa(rate)
	err := b.single(ctx, source, plan, r, "fixed", []string{"-an", "-b:v", bits, "-maxrate", strconv.Itoa(rate * 107 / 100), "-bufsize", strconv.Itoa(rate * 3 / 2)})
	return b.peerDir("fixed", r), err
}

// ssim compares a rendition's pictures with the source at the same size.
func (b *bench) ssim(ctx context.Context, dir, source string, plan transcode.Plan, r transcode.PlannedRung) (float64, error) {
	graph := fmt.Sprintf("[0:v]setpts=PTS-STARTPTS,settb=1/90000[a];[1:v]setpts=PTS-STARTPTS,fps=%s,scale=%d:%d:flags=bicubic,setsar=1,format=yuv420p,settb=1/90000[b];[a][b]ssim=shortest=1",
		plan.RateOf(r), r.Width, r.Height)
	said, err := b.say(ctx, "-v", "info", "-nostats", "-i", filepath.Join(dir, "index.m3u8"), "-i", source, "-an", "-filter_complex", graph, "-f", "null", "-")
	if err != nil {
		return 0, err
	}
	_, all, _ := strings.Cut(said, "All:")
	fields := strings.Fields(all)
	if len(fields) == 0 {
		return 0, fmt.Errorf("no SSIM in %q", said)
	}
	return strconv.ParseFloat(fields[0], 64)
}

// size is the sum of a folder's media files.
func size(dir string) (total float64, err error) {
	files, err := filepath.Glob(filepath.Join(dir, "*.m*4*"))
	for _, f := range files {
		info, statErr := os.Stat(f)
		if statErr != nil {
			return 0, statErr
		}
		total += float64(info.Size())
	}
	return total, err
}

// clock starts measuring wall seconds and the processor seconds of ended children.
func clock() func() (wall, cpu float64) {
	start, used := time.Now(), childrenCPU()
	return func() (float64, float64) { return time.Since(start).Seconds(), childrenCPU() - used }
}
