package main

import (
	"bytes"
	"errors"
	"strings"
	"time"

	"rounds/catalog"
	"rounds/transcode/captions"
)

// readCaptions joins the catalog's API to the transcoder's parser, which knows
// nothing of it: a line that cannot be used becomes a *catalog.FieldError.
func readCaptions(file []byte) (catalog.CaptionTrack, error) {
	track, err := captions.Parse(bytes.NewReader(file))
	var line *captions.LineError
	switch {
	case errors.As(err, &line):
		return catalog.CaptionTrack{}, captionsError(line)
	case err != nil:
		return catalog.CaptionTrack{}, err
	}
	var text strings.Builder
	if err := track.WriteWebVTT(&text); err != nil {
		return catalog.CaptionTrack{}, err
	}
	return catalog.CaptionTrack{WebVTT: text.String(), Cues: track.Cues(), EndsMS: track.End().Milliseconds()}, nil
}

// captionsError tells whoever has the file open in an editor what to do.
func captionsError(e *captions.LineError) error {
	field := &catalog.FieldError{
		Field: "body", Code: "invalid_captions",
		Message: "These captions cannot be used: %s. Please save them as SRT or WebVTT in UTF-8 and send them again.", Args: []any{e.Message},
	}
	if e.Line > 0 {
		field.Message, field.Args = "Line %d of these captions: %s. Please correct the line and send the file again.", []any{e.Line, e.Message}
	}
	return field
}

// pictureLife is how long a link to one picture of a recording can be used: as
// long as cookies are.
const pictureLife = 15 * time.Minute

// mediaURL signs one object of a recording. Pages show pictures before a
// playback session has set cookies, and the policy names that object only.
func (s *server) mediaURL(id catalog.RecordingID, token, name string) (string, error) {
	return s.signer.ObjectURL(catalog.MediaPrefix(id, token)+name, pictureLife)
}
