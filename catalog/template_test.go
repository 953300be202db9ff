package catalog_test

import (
	"errors"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"rounds/catalog"
)

// TestTextCheck: a text that could not be sent, or that would do more than show
// values, is refused with its field and code.
func TestTextCheck(t *testing.T) {
	t.Parallel()
	good := catalog.MessageText{
		Channel: catalog.ChannelEmail, Kind: catalog.MessageSignInCode, Locale: "pt", Subject: "O seu código",
		Body: "{{.code}}{{if .minutes}} ({{.minutes}} min){{else}}.{{end}} {{.base_url}}", Approval: catalog.ApprovalApproved,
	}
	if err := good.Check(); err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		change func(*catalog.MessageText)
		want   string
	}{
		"kind":            {func(m *catalog.MessageText) { m.Kind = "greeting" }, "kind unknown_kind"},
		"channel":         {func(m *catalog.MessageText) { m.Channel = "fax" }, "channel unknown_channel"},
		"mail only":       {func(m *catalog.MessageText) { m.Channel, m.Kind = catalog.ChannelSMS, catalog.MessageRegisterCode }, "kind mail_only"},
		"no subject":      {func(m *catalog.MessageText) { m.Subject = "" }, "subject required"},
		"no body":         {func(m *catalog.MessageText) { m.Body = " \n" }, "body required"},
		"no code":         {func(m *catalog.MessageText) { m.Body = "Hello" }, "body value_missing"},
		"other value":     {func(m *catalog.MessageText) { m.Body = "{{.code}} {{.name}}" }, "body unknown_value"},
		"value of value":  {func(m *catalog.MessageText) { m.Body = "{{.code.x}}" }, "body invalid_template"},
		"everything":      {func(m *catalog.MessageText) { m.Body = "{{.code}} {{.}}" }, "body invalid_template"},
		"function":        {func(m *catalog.MessageText) { m.Body = `{{.code}} {{printf "%1000000000d" 1}}` }, "body invalid_template"},
		"hidden function": {func(m *catalog.MessageText) { m.Body = `{{.code}} {{if (len .code)}}x{{end}}` }, "body invalid_template"},
		"loop":            {func(m *catalog.MessageText) { m.Body = `{{.code}} {{range .code}}x{{end}}` }, "body invalid_template"},
		"definition": {func(m *catalog.MessageText) {
			m.Body = `{{.code}} {{define "x"}}{{template "x"}}{{end}}{{template "x"}}`
		}, "body invalid_template"},
		"variable":       {func(m *catalog.MessageText) { m.Body = `{{.code}} {{$x := .code}}` }, "body invalid_template"},
		"pipeline":       {func(m *catalog.MessageText) { m.Body = `{{.code | html}}` }, "body invalid_template"},
		"not closed":     {func(m *catalog.MessageText) { m.Body = `{{.code}} {{if .code}}` }, "body invalid_template"},
		"in the subject": {func(m *catalog.MessageText) { m.Subject = `{{call .code}}` }, "subject invalid_template"},
		"lines":          {func(m *catalog.MessageText) { m.Subject = "a\nb" }, "subject invalid_text"},
		"too long for a text": {func(m *catalog.MessageText) {
			m.Channel, m.Body = catalog.ChannelSMS, "{{.code}}"+strings.Repeat("x", 1100)
		}, "body too_long"},
		"approved without a name": {func(m *catalog.MessageText) { m.Channel = catalog.ChannelWhatsApp }, "external_id required"},
	} {
		text := good
		c.change(&text)
		var field *catalog.FieldError
		if err := text.Check(); !errors.As(err, &field) || field.Field+" "+field.Code != c.want {
			t.Errorf("%s: %v, want %s", name, err, c.want)
		}
	}
}

// TestTextFields: WhatsApp's parameters are the values in the order of their first use.
func TestTextFields(t *testing.T) {
	t.Parallel()
	text := catalog.MessageText{Body: "{{.title}} {{if .published}}{{.name}}{{end}} {{.title}} {{.note}}"}
	if got := text.Fields(); !slices.Equal(got, []string{"title", "published", "name", "note"}) {
		t.Errorf("fields %v", got)
	}
}

// TestCheckedTextsFill: whatever passes the check can be filled with the values
// of its kind, and what values say is never read as a template.
func TestCheckedTextsFill(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		info := rapid.SampledFrom(catalog.MessageKinds).Draw(t, "kind")
		names := slices.Sorted(maps.Keys(info.Sample))
		pieces := []string{"{{if .", "{{.", "}}", "{{end}}", "{{else}}", " ", "x", "{{printf .", "{{/* c */}}", "{{-", "{{with ."}
		body := strings.Join(rapid.SliceOfN(rapid.SampledFrom(append(pieces, names...)), 0, 14).Draw(t, "body"), "")
		text := catalog.MessageText{Channel: catalog.ChannelEmail, Kind: info.Kind, Locale: "en", Subject: "x", Body: body}
		if text.Check() != nil {
			return
		}
		values := info.SampleValues("UTC")
		for name := range values {
			values[name] = "{{.evil}}"
		}
		if _, _, err := text.Fill(values); err != nil {
			t.Fatalf("%q passed the check: %v", body, err)
		}
	})
}
