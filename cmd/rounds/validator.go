package main

import (
	"regexp"
	"strings"

	"rounds/catalog"
)

// finding is what the validator of the API says of a field, and how we say it:
// in words that follow the name of the field, and in each language. What
// the validator fills in is filled in ours, too, when that has places.
type finding struct {
	theirs *regexp.Regexp
	ours   catalog.Sentence
}

func found(theirs string, ours catalog.Sentence) finding {
	return finding{regexp.MustCompile("^" + strings.ReplaceAll(regexp.QuoteMeta(theirs), "%s", "(.+)") + "$"), ours}
}

// findings are what the validator says; a test holds them to the texts of its version.
var findings = []finding{
	found("unexpected property", catalog.Say("is not known here")),
	found("expected required property %s to be present", catalog.Say("is missing")),
	found("required %s parameter is missing", catalog.Say("is missing")),
	found("expected property %s to be present when %s is present", catalog.Say("%s is needed beside %s")),
	found("expected string to be RFC 3339 date-time", catalog.Say("has to be a time such as 2026-03-02T14:04:00Z")),
	found("expected string to be RFC 3339 date", catalog.Say("has to be a day such as 2026-03-02")),
	found("invalid date/time for format %s", catalog.Say("has to be a time such as 2026-03-02T14:04:00Z")),
	found("expected string to be RFC 5322 email: %s", catalog.Say("has to be an e-mail address")),
	found("expected string to be RFC 3986 uri: %s", catalog.Say("has to be an address such as https://example.org/")),
	found("invalid url.URL value", catalog.Say("has to be an address such as https://example.org/")),
	found("expected string to be base64 encoded", catalog.Say("has to be written in base64")),
	found("expected string to match pattern %s", catalog.Say("has to have the form %s")),
	found("expected string to be %s", catalog.Say("has to have the form %s")),
	found("expected boolean", catalog.Say("has to be true or false")),
	found("invalid boolean", catalog.Say("has to be true or false")),
	found("expected number", catalog.Say("has to be a number")),
	found("invalid float", catalog.Say("has to be a number")),
	found("invalid floating value", catalog.Say("has to be a number")),
	found("expected integer", catalog.Say("has to be a whole number")),
	found("invalid integer", catalog.Say("has to be a whole number")),
	found("expected string", catalog.Say("has to be a text")),
	found("expected array", catalog.Say("has to be a list")),
	found("expected object", catalog.Say("has to be an object")),
	found("expected array items to be unique", catalog.Say("has something twice")),
	found(`expected value to be one of "%s"`, catalog.Say("has to be one of: %s")),
	found("expected number >= %s", catalog.Say("has to be %s or more")),
	found("expected number > %s", catalog.Say("has to be more than %s")),
	found("expected number <= %s", catalog.Say("has to be %s or less")),
	found("expected number < %s", catalog.Say("has to be less than %s")),
	found("expected number to be a multiple of %s", catalog.Say("has to be a multiple of %s")),
	found("expected length >= %s", catalog.Say("is too short (at least %s characters)")),
	found("expected length <= %s", catalog.Say("is too long (at most %s characters)")),
	found("expected array length >= %s", catalog.Say("has too few parts (at least %s)")),
	found("expected array length <= %s", catalog.Say("has too many parts (at most %s)")),
	found("expected object with at least %s properties", catalog.Say("has too few parts (at least %s)")),
	found("expected object with at most %s properties", catalog.Say("has too many parts (at most %s)")),
	found("expected value to match %s", catalog.Say("does not fit here")),
	found("expected value to not match schema", catalog.Say("does not fit here")),
	found("expected %s", catalog.Say("does not fit here")),
	found("invalid value: %s", catalog.Say("does not fit here")),
	found("json: cannot unmarshal %s", catalog.Say("does not fit here")),
}

// wholeBodies are what is said of a body as a whole.
var wholeBodies = []finding{
	found("request body is required", catalog.Say("This request needs a body.")),
	found("request body is too large limit=%s bytes", catalog.Say("This request is too large.")),
	found("request body read timeout", catalog.Say("The request took too long to arrive. Please send it again.")),
	found("validation failed", catalog.Say("Some of this cannot be used.")),
	found("unknown content type: %s", catalog.Say("This kind of content is not taken here: %s.")),
}

// readable finds our words for the validator's.
func readable(of []finding, message string) (said catalog.Sentence, ok bool) {
	for _, f := range of {
		filled := f.theirs.FindStringSubmatch(message)
		if filled == nil {
			continue
		}
		said.Text = f.ours.Text
		for _, value := range filled[1 : 1+strings.Count(said.Text, "%s")] {
			said.Args = append(said.Args, value)
		}
		return said, true
	}
	return said, false
}
