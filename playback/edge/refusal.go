package edge

import (
	"encoding/xml"
	"errors"
	"net/http"
)

// refusal is the body CloudFront and S3 answer with instead of an object.
type refusal struct {
	XMLName xml.Name `xml:"Error"`
	Code    string
	Message string
}

// refuse answers with an error. Nothing of it may be kept by a cache: a minute
// later the same request can carry a fresh cookie.
func refuse(w http.ResponseWriter, status int, code, message string) {
	w.Header().Set("Content-Type", "application/xml")
	w.Header().Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	_, _ = w.Write([]byte(xml.Header))                                  // the client may be gone
	_ = xml.NewEncoder(w).Encode(refusal{Code: code, Message: message}) // likewise
}

// codeOf is CloudFront's word for a verification error.
func codeOf(err error) string {
	var coded interface{ Code() string }
	if errors.As(err, &coded) {
		return coded.Code()
	}
	return "AccessDenied"
}
