package identity

import (
	"net/mail"
	"strings"
	"unicode"

	"rounds/catalog"
)

// NormalEmail checks an e-mail address and brings it into the form in which
// addresses are compared and stored: trimmed, lower case. Only a bare address
// of the common form is taken – no display name, no comments, no quoted local
// part, a domain with a dot – of at most 254 characters (RFC 5321 section
// 4.5.3.1). The error is a *catalog.FieldError on "email".
func NormalEmail(address string) (string, error) {
	address = strings.ToLower(strings.TrimSpace(address))
	parsed, err := mail.ParseAddress(address)
	if err != nil || parsed.Address != address || parsed.Name != "" || !plausible(address) {
		return "", &catalog.FieldError{Field: "email", Code: "invalid_email", Message: "Please give an e-mail address such as name@hospital.org."}
	}
	return address, nil
}

func plausible(address string) bool {
	local, domain, ok := strings.Cut(address, "@")
	if !ok || len(address) > 254 || len(local) > 64 || strings.ContainsAny(local, `"\`) {
		return false
	}
	if strings.ContainsFunc(address, func(r rune) bool { return unicode.IsControl(r) || unicode.IsSpace(r) || r == unicode.ReplacementChar }) {
		return false
	}
	for label := range strings.SplitSeq(domain, ".") {
		if label == "" || len(label) > 63 || strings.HasPrefix(label, "-") || strings.HasSuffix(label, "-") {
			return false
		}
	}
	return strings.Contains(domain, ".") && !strings.ContainsAny(domain, "[]_")
}
