package care

import (
	"bufio"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"time"

	"rounds/catalog"
)

// Disk is the room on the disk of a folder.
type Disk struct {
	Path   string
	Free   float64 // share of bytes, 0 to 1
	Inodes float64 // share of inodes that is free; 1 where a file system has no end of them
	Bytes  float64 // that are free
}

// LookAtDisk asks the kernel.
func LookAtDisk(path string) (Disk, error) {
	var s syscall.Statfs_t
	if err := syscall.Statfs(path, &s); err != nil {
		return Disk{}, fmt.Errorf("%s: %w", path, err)
	}
	d := Disk{Path: path, Inodes: 1, Bytes: float64(s.Bavail) * float64(s.Bsize)}
	if s.Blocks > 0 {
		d.Free = float64(s.Bavail) / float64(s.Blocks)
	}
	if s.Files > 0 {
		d.Inodes = float64(s.Ffree) / float64(s.Files)
	}
	return d, nil
}

const gib = 1 << 30

// JudgeDisks judges: below 15 % free somebody should look, below 5 % or 1 GiB encodes and
// the database fail soon. The same for inodes.
func JudgeDisks(disks []Disk) Finding {
	const remedy = "Remove what is not needed there, or make the disk larger; the runbook says what can go."
	if len(disks) == 0 {
		return NotKnown("No folder is named here (`ROUNDS_WORK_DIR`, `ROUNDS_DOCTOR_PATHS`).")
	}
	light, parts := Green, []catalog.Sentence{}
	for _, d := range disks {
		used := graded(1-min(d.Free, d.Inodes), .85, .95)
		if d.Bytes < gib {
			used = Red
		}
		if used.Worse(light) {
			light = used
		}
		parts = append(parts, catalog.Say("%s: %s %% free (%s GiB), %s %% of inodes", d.Path, digits(d.Free*100, 0), digits(d.Bytes/gib, 1), digits(d.Inodes*100, 0)))
	}
	return with(light, remedy, "%s.", joined(parts))
}

// LookAtLoad reads the load of the last five minutes.
func LookAtLoad() (load float64, cores int, err error) {
	text, err := os.ReadFile("/proc/loadavg")
	if err != nil {
		return 0, 0, err
	}
	fields := strings.Fields(string(text))
	if len(fields) < 2 {
		return 0, 0, errors.New("/proc/loadavg is not as it should be")
	}
	load, err = strconv.ParseFloat(fields[1], 64)
	return load, runtime.NumCPU(), err
}

// JudgeLoad judges: encoders keep all cores busy, which is right; amber is twice, red
// six times as much as the machine can do.
func JudgeLoad(load float64, cores int) Finding {
	each := load / float64(max(1, cores))
	return with(graded(each, 2, 6), "See with `top` what runs; give workers machines of their own, or fewer encodes (`ROUNDS_ENCODES`).",
		"Load %s on %d cores over 5 minutes: %s each.", digits(load, 1), cores, digits(each, 1))
}

// LookAtMemory reads how much memory there is and how much is available, in bytes.
func LookAtMemory() (available, total float64, err error) {
	file, err := os.Open("/proc/meminfo")
	if err != nil {
		return 0, 0, err
	}
	defer file.Close() //nolint:errcheck // read only
	lines := bufio.NewScanner(file)
	for lines.Scan() {
		fields := strings.Fields(lines.Text())
		if len(fields) < 2 {
			continue
		}
		kilobytes, _ := strconv.ParseFloat(fields[1], 64) // proc(5): decimal
		switch fields[0] {
		case "MemTotal:":
			total = kilobytes * 1024
		case "MemAvailable:":
			available = kilobytes * 1024
		}
	}
	if total == 0 {
		return 0, 0, errors.Join(errors.New("/proc/meminfo tells nothing"), lines.Err())
	}
	return available, total, lines.Err()
}

// JudgeMemory judges: below 5 % the kernel begins to kill.
func JudgeMemory(available, total float64) Finding {
	return with(graded(1-available/total, .85, .95), "See with `ps aux --sort=-rss` what takes it; a worker wants 2 GiB a piece that is encoded at the same time.",
		"%s of %s GiB are available (%s %%).", digits(available/gib, 1), digits(total/gib, 1), digits(available/total*100, 0))
}

// Clock is how far this clock is before somebody else's.
type Clock struct {
	Beside string // whose clock
	Ahead  time.Duration
	Within time.Duration // what cannot be told: the round trip, the second that HTTP dates are given in
}

// JudgeClocks judges: signatures of cookies hold for minutes and those of S3 for a
// quarter of an hour, beats are bounded by the server's clock.
func JudgeClocks(clocks []Clock) Finding {
	if len(clocks) == 0 {
		return NotKnown("No other clock answers.")
	}
	light, parts := Green, []catalog.Sentence{}
	for _, c := range clocks {
		off := max(0, c.Ahead.Abs()-c.Within)
		if l := graded(off.Seconds(), 1, 10); l.Worse(light) {
			light = l
		}
		parts = append(parts, catalog.Say("%s s beside %s", fmt.Sprintf("%+.1f", c.Ahead.Seconds()), c.Beside))
	}
	return with(light, "Start the time service here (chrony or systemd-timesyncd) and see that it is in step: `timedatectl`.",
		"This clock: %s.", joined(parts))
}

// LogFile is one file of a log folder.
type LogFile struct {
	Path  string
	Bytes float64
}

// LookAtLogs finds the largest file below a folder.
func LookAtLogs(dir string) (largest LogFile, err error) {
	err = filepath.WalkDir(dir, func(path string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		info, err := entry.Info()
		if errors.Is(err, fs.ErrNotExist) {
			return nil // it was just rotated away
		}
		if err == nil && float64(info.Size()) > largest.Bytes {
			largest = LogFile{Path: path, Bytes: float64(info.Size())}
		}
		return err
	})
	return largest, err
}

// JudgeLogs judges: a log that is rotated daily never gets to a gigabyte.
func JudgeLogs(largest []LogFile) Finding {
	if len(largest) == 0 {
		return NotKnown("Logs go to standard error, which journald or the container's runtime rotates; a folder is named by `ROUNDS_LOG_DIRS`.")
	}
	worst := slices.MaxFunc(largest, func(a, b LogFile) int { return int(a.Bytes/1024) - int(b.Bytes/1024) })
	return with(graded(worst.Bytes, gib, 5*gib), "Let `logrotate` have the folder; `deploy/care/logrotate` is a sample.",
		"The largest log is %s with %s MB.", worst.Path, digits(worst.Bytes/1e6, 1))
}
