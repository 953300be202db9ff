package hls

import (
	"errors"
	"fmt"
	"strings"
)

// Severity is how binding a rule is (RFC 2119).
type Severity string

// The severities of a Finding.
const (
	Must   Severity = "MUST"   // nothing with such a finding is published
	Should Severity = "SHOULD" // playable, but not as good as it could be
)

// Finding is one broken rule.
type Finding struct {
	Rule     string   `json:"rule"` // e.g. "Apple 7.7" (HLS authoring specification), "RFC 8216 4.3.3.1"
	Severity Severity `json:"severity"`
	Object   string   `json:"object"` // name of the object it was found in
	Message  string   `json:"message"`
}

// String is the finding in one line.
func (f Finding) String() string {
	return fmt.Sprintf("%s %s: %s: %s", f.Rule, f.Severity, f.Object, f.Message)
}

// ErrFindings is wrapped by a FindingsError.
var ErrFindings = errors.New("stream breaks rules")

// FindingsError is what Package returns when its own result breaks a MUST rule.
type FindingsError struct{ Findings []Finding }

func (e *FindingsError) Error() string {
	lines := make([]string, 0, len(e.Findings))
	for _, f := range e.Findings {
		lines = append(lines, f.String())
	}
	return ErrFindings.Error() + ": " + strings.Join(lines, "; ")
}

// Unwrap makes errors.Is(err, ErrFindings) true.
func (e *FindingsError) Unwrap() error { return ErrFindings }

// Binding returns the findings that forbid publishing.
func Binding(findings []Finding) []Finding {
	var must []Finding
	for _, f := range findings {
		if f.Severity == Must {
			must = append(must, f)
		}
	}
	return must
}

// rule is a rule that Verify checks. The numbers are those of Apple's HLS
// authoring specification unless they name another document.
type rule struct {
	id       string
	severity Severity
}

// The rules, in the order of the documents.
var (
	ruleCodec        = rule{"Apple 1.1", Must}    // H.264 in fMP4
	ruleProfile      = rule{"Apple 1.3b", Must}   // at most High 5.2
	ruleSampleEntry  = rule{"Apple 1.10", Should} // avc1: parameter sets in the sample entry
	ruleMaxRate      = rule{"Apple 1.19", Must}   // at most 60 pictures a second
	ruleAverage      = rule{"Apple 1.26", Must}   // average within 10 % of AVERAGE-BANDWIDTH
	rulePeak         = rule{"Apple 1.27", Must}   // peak within 10 % of BANDWIDTH
	rulePeakRatio    = rule{"Apple 1.30", Should} // peak at most 200 % of the average
	ruleStart        = rule{"Apple 1.32", Should} // first variant near 2000 kb/s
	ruleAspect       = rule{"Apple 1.33", Must}   // one aspect ratio
	ruleStereo       = rule{"Apple 2.3", Must}    // stereo AAC
	ruleIFrames      = rule{"Apple 6.1", Must}    // I-frame playlists for fast forward and rewind
	ruleIFramesOnly  = rule{"Apple 6.8", Must}    // EXT-X-I-FRAMES-ONLY in them
	ruleContinuous   = rule{"Apple 7.3", Must}    // decode times continue
	ruleIDR          = rule{"Apple 7.4", Must}    // segments start with an IDR picture
	ruleSixSeconds   = rule{"Apple 7.5", Should}  // target duration of 6 s
	ruleSegmentLimit = rule{"Apple 7.7", Must}    // at most target duration + 0.5 s
	ruleExact        = rule{"Apple 8.1", Must}    // EXTINF true within a picture
	ruleSameTarget   = rule{"Apple 8.2", Must}    // same target duration everywhere
	ruleSameDuration = rule{"Apple 8.3", Must}    // same duration everywhere
	ruleVOD          = rule{"Apple 8.6", Must}    // EXT-X-PLAYLIST-TYPE:VOD
	ruleSameRange    = rule{"Apple 8.7", Must}    // same time range everywhere
	ruleNoRedirect   = rule{"Apple 8.18", Must}   // no redirects
	ruleMap          = rule{"Apple 8.20", Must}   // EXT-X-MAP
	ruleAligned      = rule{"Apple 8.22", Must}   // segments aligned over the variants
	ruleCodecs       = rule{"Apple 9.1", Must}    // CODECS present and true
	ruleResolution   = rule{"Apple 9.2", Must}    // RESOLUTION present and true
	ruleSeveral      = rule{"Apple 9.9", Should}  // several bit rates
	ruleIndependent  = rule{"Apple 9.12", Must}   // EXT-X-INDEPENDENT-SEGMENTS
	ruleBandwidth    = rule{"Apple 9.13", Must}   // BANDWIDTH present
	ruleAverageSet   = rule{"Apple 9.14", Must}   // AVERAGE-BANDWIDTH present
	ruleFrameRate    = rule{"Apple 9.15", Must}   // FRAME-RATE present and true
	ruleGzip         = rule{"Apple 10.1", Must}   // playlists delivered gzip-encoded
	ruleMIME         = rule{"Apple 10.4", Must}   // MIME types

	ruleSyntax    = rule{"RFC 8216 4", Must}       // playlists can be read
	ruleVersion   = rule{"RFC 8216 7", Must}       // EXT-X-VERSION covers what is used
	ruleKey       = rule{"RFC 8216 4.3.2.4", Must} // one AES-128 key, IV from the sequence number
	ruleClearInit = rule{"RFC 8216 4.3.2.5", Must} // initialisation section in clear
	ruleTarget    = rule{"RFC 8216 4.3.3.1", Must} // rounded EXTINF at most the target duration
	ruleOneIFrame = rule{"RFC 8216 4.3.3.6", Must} // each segment is one I-frame
	ruleEndList   = rule{"RFC 8216 4.3.3.4", Must} // EXT-X-ENDLIST
	ruleProgramID = rule{"RFC 8216 4.3.4.2", Must} // no PROGRAM-ID from version 6 on
	ruleDecrypt   = rule{"RFC 8216 5.2", Must}     // key and padding fit
	ruleMedia     = rule{"ISO 14496-12", Must}     // media files can be read

	ruleMissing    = rule{"Rounds files missing", Must} // everything named is there
	ruleSurplus    = rule{"Rounds files surplus", Must} // nothing else is
	ruleFallback   = rule{"Rounds fallback", Must}      // the progressive file is whole, encrypted, index first
	ruleThumbnails = rule{"Rounds thumbnails", Must}    // cover the recording, lie on sprites that are there
	ruleSwitch     = rule{"Rounds switch", Should}      // first picture as late after its decode time in all rungs
)
