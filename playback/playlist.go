package playback

import (
	"bytes"
	"strings"
)

// URIKind tells what a URI in a playlist leads to.
type URIKind int

// The kinds of URI in a playlist.
const (
	// MediaURI leads to a segment, an initialisation section or other data.
	MediaURI URIKind = iota
	// PlaylistURI leads to another playlist.
	PlaylistURI
	// KeyURI leads to a content key.
	KeyURI
)

// RewritePlaylist returns an HLS playlist (RFC 8216) in which every URI is
// replaced by what rewrite makes of it: URI lines and every URI attribute of
// every tag, known or not (EXT-X-MAP, EXT-X-KEY, EXT-X-MEDIA, …). All other
// bytes stay as they are. A URI that carries its content itself ("data:") is
// not touched.
func RewritePlaylist(playlist []byte, rewrite func(kind URIKind, uri string) string) []byte {
	out := make([]byte, 0, len(playlist)*2)
	variant := false // the previous tag announced a variant
	for line := range bytes.Lines(playlist) {
		body, end := splitLine(string(line))
		switch text := strings.TrimPrefix(body, "\ufeff"); {
		case text == "":
			out = append(out, body...)
		case strings.HasPrefix(text, "#EXT"):
			variant = strings.HasPrefix(text, "#EXT-X-STREAM-INF")
			out = append(out, rewriteTag(body, rewrite)...)
		case text[0] == '#':
			out = append(out, body...)
		default:
			out = append(out, rewriteURI(body, lineKind(body, variant), rewrite)...)
			variant = false
		}
		out = append(out, end...)
	}
	return out
}

// splitLine takes white space and the line feed off the end of a line.
func splitLine(line string) (body, end string) {
	body = strings.TrimRight(line, " \t\r\n")
	return body, line[len(body):]
}

func lineKind(uri string, variant bool) URIKind {
	path, _, _ := strings.Cut(uri, "?")
	if variant || strings.HasSuffix(path, ".m3u8") {
		return PlaylistURI
	}
	return MediaURI
}

func rewriteURI(uri string, kind URIKind, rewrite func(URIKind, string) string) string {
	if uri == "" || strings.HasPrefix(strings.ToLower(uri), "data:") {
		return uri
	}
	return rewrite(kind, uri)
}

// rewriteTag replaces the URI attributes of a tag's attribute list
// (RFC 8216 section 4.2). Quoted strings are skipped as wholes, so that text
// which looks like an attribute inside one stays text.
func rewriteTag(tag string, rewrite func(URIKind, string) string) string {
	name, list, found := strings.Cut(tag, ":")
	if !found {
		return tag
	}
	var out strings.Builder
	out.WriteString(name + ":")
	for list != "" {
		attribute, rest := cutAttribute(list)
		out.WriteString(rewriteAttribute(name, attribute, rewrite))
		list = rest
	}
	return out.String()
}

// cutAttribute splits off one attribute with the comma behind it.
func cutAttribute(list string) (attribute, rest string) {
	quoted := false
	for i := range len(list) {
		switch list[i] {
		case '"':
			quoted = !quoted
		case ',':
			if !quoted {
				return list[:i+1], list[i+1:]
			}
		}
	}
	return list, ""
}

func rewriteAttribute(tag, attribute string, rewrite func(URIKind, string) string) string {
	key, value, found := strings.Cut(attribute, "=")
	if !found || !carriesURI(strings.TrimSpace(key)) || !strings.HasPrefix(value, `"`) {
		return attribute
	}
	uri, after, closed := strings.Cut(value[1:], `"`)
	if !closed {
		return attribute
	}
	return key + `="` + rewriteURI(uri, attributeKind(tag, uri), rewrite) + `"` + after
}

// carriesURI tells whether an attribute of this name holds a URI: URI itself,
// SERVER-URI, X-ASSET-URI and whatever else is named so.
func carriesURI(name string) bool { return name == "URI" || strings.HasSuffix(name, "-URI") }

func attributeKind(tag, uri string) URIKind {
	switch tag {
	case "#EXT-X-KEY", "#EXT-X-SESSION-KEY":
		return KeyURI
	case "#EXT-X-MEDIA", "#EXT-X-I-FRAME-STREAM-INF":
		return PlaylistURI
	default:
		return lineKind(uri, false)
	}
}

// AppendQuery returns uri with query behind the query it has, before a fragment.
func AppendQuery(uri, query string) string {
	if query == "" {
		return uri
	}
	base, fragment, found := strings.Cut(uri, "#")
	separator := "?"
	if strings.Contains(base, "?") {
		separator = "&"
	}
	if found {
		fragment = "#" + fragment
	}
	return base + separator + query + fragment
}
