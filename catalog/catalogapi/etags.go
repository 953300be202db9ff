package catalogapi

import (
	"strconv"
	"strings"

	"rounds/catalog"
)

// etagged is an answer that is one object with a version.
type etagged[T any] struct {
	ETag string `header:"ETag" doc:"Version of the object, for If-Match."`
	Body T
}

// etag writes a version as a strong entity tag (RFC 9110 section 8.8.3).
func etag(version int) string { return `"` + strconv.Itoa(version) + `"` }

// Precondition is the precondition of changes.
type Precondition struct {
	IfMatch string `header:"If-Match" maxLength:"100" doc:"ETag of the object as it was read. The change is refused with 412 when somebody else changed it since."`
}

// version reads the precondition: nil when there is none. A tag that this
// service never gave out matches nothing.
func (m Precondition) version() (*int, error) {
	tag := strings.TrimSpace(m.IfMatch)
	if tag == "" || tag == "*" {
		return nil, nil
	}
	unquoted, err := strconv.Unquote(tag)
	if err != nil {
		return nil, catalog.ErrVersionMismatch
	}
	version, err := strconv.Atoi(unquoted)
	if err != nil {
		return nil, catalog.ErrVersionMismatch
	}
	return &version, nil
}
