package ffmpeg_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"rounds/transcode/ffmpeg"
)

// shell runs a script in the sandbox.
func shell(ctx context.Context, t *testing.T, script string, limits ffmpeg.Limits) (string, error) {
	t.Helper()
	var out bytes.Buffer
	err := newTool(t).Runner.Run(ctx, ffmpeg.Command{
		Program: "/bin/sh", Args: []string{"-c", script}, Dir: t.TempDir(), Stdout: &out, Limits: limits,
	})
	return out.String(), err
}

func TestRunKeepsTheEnvironmentOut(t *testing.T) {
	t.Setenv("AWS_SECRET_ACCESS_KEY", "secret")
	out, err := shell(t.Context(), t, "env", ffmpeg.Limits{})
	if err != nil || strings.Contains(out, "secret") {
		t.Errorf("environment %q, %v", out, err)
	}
}

func TestRunLimits(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name, script string
		limits       ffmpeg.Limits
	}{
		{"file size", "dd if=/dev/zero of=big bs=1M count=4", ffmpeg.Limits{FileSize: 1 << 20}},
		{"memory", "x=$(head -c 400000000 /dev/zero | tr '\\0' a)", ffmpeg.Limits{Memory: 100 << 20}},
		{"processor time", "while :; do :; done", ffmpeg.Limits{CPU: time.Second}},
		{"time", "read x < /dev/zero; while :; do wait; done", ffmpeg.Limits{Wall: 100 * time.Millisecond}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			_, err := shell(t.Context(), t, test.script, test.limits)
			var exit *ffmpeg.ExitError
			if !errors.As(err, &exit) {
				t.Errorf("ended with %v", err)
			}
		})
	}
}

// TestRunKillsAll: what the program started is gone too, also when it ignores
// being asked and, where the kernel permits a namespace, when it left the group.
// Whoever lives holds the pipe open.
func TestRunKillsAll(t *testing.T) {
	t.Parallel()
	starts := map[string]string{"in the group": ""}
	if exec.Command("unshare", "-rnp", "--fork", "true").Run() == nil {
		starts["in a session of its own"] = "setsid "
	}
	for name, start := range starts {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			pipe := filepath.Join(t.TempDir(), "pipe")
			if err := syscall.Mkfifo(pipe, 0o600); err != nil {
				t.Fatal(err)
			}
			ctx, cancel := context.WithCancel(t.Context())
			ended := make(chan error, 1)
			go func() {
				_, err := shell(ctx, t, "trap '' TERM; "+start+"sh -c \"trap '' TERM; echo up; exec sleep 1000\" > "+pipe+" & wait; wait", ffmpeg.Limits{})
				ended <- err
			}()
			held, err := os.Open(pipe) // blocks until there is a writer
			if err != nil {
				t.Fatal(err)
			}
			defer held.Close()
			if _, err := io.ReadFull(held, make([]byte, len("up\n"))); err != nil {
				t.Fatal(err)
			}
			cancel()
			if err := <-ended; !errors.Is(err, context.Canceled) {
				t.Errorf("ended with %v", err)
			}
			if err := held.SetReadDeadline(time.Now().Add(10 * time.Second)); err != nil {
				t.Fatal(err)
			}
			if rest, err := io.ReadAll(held); err != nil || len(rest) > 0 {
				t.Errorf("a child lives: %q, %v", rest, err)
			}
		})
	}
}

// TestRunReachesNobody: a program that tries, and ffmpeg without its allow-list,
// never get through to a server of this machine.
func TestRunReachesNobody(t *testing.T) {
	t.Parallel()
	if exec.Command("unshare", "-rn", "true").Run() != nil {
		return // the allow-list alone is tested by TestAllowList
	}
	server := decoy(t)
	for _, script := range []string{
		"exec 3<>/dev/tcp/" + strings.Replace(server.address, ":", "/", 1),
		"ffmpeg -v error -i http://" + server.address + "/talk.mp4 -f null -",
	} {
		err := newTool(t).Runner.Run(t.Context(), ffmpeg.Command{
			Program: "/bin/bash", Args: []string{"-c", script}, Dir: t.TempDir(), Limits: ffmpeg.Limits{Wall: time.Minute},
		})
		if err == nil {
			t.Errorf("%s succeeded", script)
		}
	}
	server.checkUntouched(t)
}

// TestAllowList: what every input is opened with keeps ffprobe from hosts and
// other files without any help of the kernel's.
func TestAllowList(t *testing.T) {
	t.Parallel()
	server := decoy(t)
	secret := store(t, "secret.ts", read(t, file("a.ts", talking(), x264)(t)))
	for name, content := range map[string]string{
		"playlist of a host": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\nhttp://" + server.address + "/a.ts\n#EXT-X-ENDLIST\n",
		"playlist of a file": "#EXTM3U\n#EXT-X-TARGETDURATION:10\n#EXTINF:10,\n" + secret + "\n#EXT-X-ENDLIST\n",
		"concat script":      "ffconcat version 1.0\nfile secret.ts\n",
		"session":            "v=0\no=- 0 0 IN IP4 127.0.0.1\ns=a\nc=IN IP4 127.0.0.1\nt=0 0\nm=video 5004 RTP/AVP 96\na=rtpmap:96 H264/90000\n",
	} {
		path := filepath.Join(filepath.Dir(secret), "talk.mp4")
		if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "ffprobe", append(ffmpeg.InputArgs(), "-v", "error", "-show_streams", "-i", "file:"+path)...).CombinedOutput()
		if err == nil || !strings.Contains(string(out), "not on whitelist") {
			t.Errorf("%s was read: %v\n%s", name, err, out)
		}
	}
	server.checkUntouched(t)
}

// decoyServer is one that nobody should call.
type decoyServer struct {
	*net.TCPListener
	address string
}

func decoy(t *testing.T) decoyServer {
	t.Helper()
	l, err := net.ListenTCP("tcp4", &net.TCPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() })
	return decoyServer{l, l.Addr().String()}
}

func (l decoyServer) checkUntouched(t *testing.T) {
	t.Helper()
	if err := l.SetDeadline(time.Now()); err != nil {
		t.Fatal(err)
	}
	if caller, err := l.Accept(); err == nil {
		t.Errorf("%v has called", caller.RemoteAddr())
	}
}

// TestRunHasNoNetwork: where the kernel permits a namespace, not even the
// machine's own addresses are there.
func TestRunHasNoNetwork(t *testing.T) {
	t.Parallel()
	out, err := shell(t.Context(), t, "cat /proc/net/dev", ffmpeg.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if exec.Command("unshare", "-rn", "true").Run() == nil && strings.Count(out, ":") != 1 { // only lo
		t.Errorf("interfaces in the sandbox:\n%s", out)
	}
}
