package hls

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"math/big"
	"strconv"
	"strings"
)

// ErrPlaylist marks a playlist that cannot be read at all. Playlists that can
// be read but break a rule are reported by Verify.
var ErrPlaylist = errors.New("malformed playlist")

const (
	maxPlaylist = 16 << 20 // bytes read of one playlist
	maxLine     = 64 << 10
)

// line is one tag or URI of a playlist.
type line struct {
	tag   string // "EXTINF"; "" for a URI
	value string // after the colon, or the URI
}

// readLines reads a playlist line by line (RFC 8216 section 4.1), leaving out
// comments and blank lines.
func readLines(r io.Reader) ([]line, error) {
	scan := bufio.NewScanner(io.LimitReader(r, maxPlaylist))
	scan.Buffer(nil, maxLine)
	if !scan.Scan() || strings.TrimRight(scan.Text(), "\r") != "#EXTM3U" {
		if err := scan.Err(); err != nil {
			return nil, fmt.Errorf("read playlist: %w", err)
		}
		return nil, fmt.Errorf("%w: does not start with #EXTM3U", ErrPlaylist)
	}
	var lines []line
	for scan.Scan() {
		text := strings.TrimRight(scan.Text(), "\r")
		switch {
		case strings.HasPrefix(text, "#EXT"):
			tag, value, _ := strings.Cut(text[1:], ":")
			lines = append(lines, line{tag: tag, value: value})
		case text != "" && !strings.HasPrefix(text, "#"):
			lines = append(lines, line{value: text})
		}
	}
	if err := scan.Err(); err != nil {
		return nil, fmt.Errorf("read playlist: %w", err)
	}
	return lines, nil
}

// attributes is an attribute list (RFC 8216 section 4.2); quotes are removed.
type attributes map[string]string

// readAttributes reads an attribute list.
func readAttributes(s string) (attributes, error) {
	list := attributes{}
	for s != "" {
		name, rest, ok := strings.Cut(s, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("%w: attribute list %q", ErrPlaylist, s)
		}
		var value string
		if quoted, isQuoted := strings.CutPrefix(rest, `"`); isQuoted {
			if value, rest, ok = strings.Cut(quoted, `"`); !ok {
				return nil, fmt.Errorf("%w: open quote after %s", ErrPlaylist, name)
			}
			if rest != "" && rest[0] != ',' {
				return nil, fmt.Errorf("%w: stray text after %s", ErrPlaylist, name)
			}
			rest = strings.TrimPrefix(rest, ",")
		} else {
			value, rest, _ = strings.Cut(rest, ",")
		}
		if _, twice := list[name]; twice {
			return nil, fmt.Errorf("%w: attribute %s twice", ErrPlaylist, name)
		}
		list[name], s = value, rest
	}
	return list, nil
}

// number reads a decimal-integer attribute; 0 when it is absent or no number.
func (a attributes) number(name string) int64 {
	n, err := strconv.ParseInt(a[name], 10, 64)
	if err != nil || n < 0 {
		return 0
	}
	return n
}

// micros reads a decimal-floating-point number of seconds exactly, in
// microseconds; digits beyond the sixth are rounded.
func micros(s string) (int64, error) {
	if s == "" || strings.Trim(s, "0123456789.") != "" || len(s) > 32 {
		return 0, fmt.Errorf("%w: duration %q", ErrPlaylist, s)
	}
	r, ok := new(big.Rat).SetString(s)
	if !ok {
		return 0, fmt.Errorf("%w: duration %q", ErrPlaylist, s)
	}
	n, err := strconv.ParseInt(r.Mul(r, big.NewRat(1_000_000, 1)).FloatString(0), 10, 64)
	if err != nil {
		return 0, fmt.Errorf("%w: duration %q", ErrPlaylist, s)
	}
	return n, nil
}
