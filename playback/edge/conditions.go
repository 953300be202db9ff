package edge

import (
	"strconv"
	"strings"
)

// checkTags holds an object's tag against If-Match and If-None-Match (RFC 9110
// sections 13.1.1 and 13.1.2). Tags of stored objects are strong.
func checkTags(r Request, tag string) error {
	if r.IfMatch != "" && !listsTag(r.IfMatch, tag) {
		return ErrPrecondition
	}
	if r.IfNoneMatch != "" && listsTag(r.IfNoneMatch, tag) {
		return ErrNotModified
	}
	return nil
}

func listsTag(list, tag string) bool {
	for listed := range strings.SplitSeq(list, ",") {
		if listed = strings.TrimSpace(listed); listed == "*" || listed == tag {
			return true
		}
	}
	return false
}

// stretch is a part of an object.
type stretch struct{ from, length int64 }

// contentRange spells it as a Content-Range (RFC 9110 section 14.4).
func (s stretch) contentRange(size int64) string {
	return "bytes " + strconv.FormatInt(s.from, 10) + "-" + strconv.FormatInt(s.from+s.length-1, 10) + "/" + strconv.FormatInt(size, 10)
}

// readRange reads the value of Range for an object of that size (RFC 9110
// section 14.1.2). What cannot be read is ignored: partial is false and the
// stretch is the whole. ErrRange when the object does not reach to it.
func readRange(header string, size int64) (s stretch, partial bool, err error) {
	whole := stretch{0, size}
	spec, _ := strings.CutPrefix(header, "bytes=")
	first, last, found := strings.Cut(spec, "-")
	if header == "" || !found {
		return whole, false, nil
	}
	from, errFrom := strconv.ParseInt(first, 10, 64)
	to, errTo := strconv.ParseInt(last, 10, 64)
	switch {
	case first == "" && errTo == nil: // the last bytes
		from, to = max(0, size-to), size-1
	case errFrom != nil || last != "" && (errTo != nil || to < from):
		return whole, false, nil //nolint:nilerr // such a Range is ignored
	case last == "":
		to = size - 1
	}
	if to = min(to, size-1); from > to {
		return stretch{}, false, ErrRange
	}
	return stretch{from, to - from + 1}, true, nil
}
