package transcode

import (
	"fmt"

	"rounds/catalog"
)

// UnusableError says that a source can never be transcoded. It is not retried:
// the same file gives the same answer.
type UnusableError struct{ Failure catalog.Failure }

// Error gives the code and the presenter's sentence.
func (e *UnusableError) Error() string {
	return fmt.Sprintf("unusable source (%s): %s", e.Failure.Code, e.Failure.Message)
}

// Unusable makes an UnusableError with the standard sentence for code.
func Unusable(code catalog.FailureCode) error {
	return &UnusableError{Failure: catalog.Failure{Code: code, Message: sentences[code]}}
}

// sentences tell a presenter what happened and what to do about it.
var sentences = map[catalog.FailureCode]string{
	catalog.FailEmpty:           "The file is empty. Please check that the recording was saved and upload it again.",
	catalog.FailNotMedia:        "This file is not a video recording. Please upload the recording itself, for example an MP4, MOV, MKV or WebM file.",
	catalog.FailNoVideo:         "This file has sound but no picture. Please upload the recording with its video, or export the talk as a video with its slides.",
	catalog.FailNothing:         "This file holds neither picture nor sound that can be played. Please export the recording again as MP4 and upload that.",
	catalog.FailUnsupported:     "The picture in this file is stored in a format that cannot be read here. Please export the recording as MP4 with H.264 video and upload that.",
	catalog.FailTooLong:         "This recording is longer than 12 hours. Please cut it into parts and upload each as its own webinar.",
	catalog.FailTooLarge:        "The picture is larger than 4096 × 2160. Please export the recording in 1080p and upload that.",
	catalog.FailTooShort:        "This recording is shorter than half a second. Please check that the right file was chosen and upload it again.",
	catalog.FailTruncated:       "The file is incomplete: its end is missing. Please check that it plays to the end on your computer, then upload it again, or export it again if it does not.",
	catalog.FailDamaged:         "The picture in this file is damaged: hardly any of it can be read. Please check that it plays on your computer, then copy or export it again and upload that.",
	catalog.FailTooManyStreams:  "This file holds more than 32 tracks. Please export the recording with its picture and its sound only, and upload that.",
	catalog.FailEncrypted:       "This recording is protected by encryption (DRM) and cannot be read. Please upload an unprotected copy.",
	catalog.FailUnsafeReference: "This file is not a recording itself; it refers to other files or addresses. Please upload the recording itself, for example an MP4 file.",
	catalog.FailInternal:        "Something went wrong on our side while preparing this recording. Nothing is wrong with your file: please choose “try again” in a while, and tell support if it happens twice.",
}
