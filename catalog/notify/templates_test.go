package notify

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"rounds/catalog"
)

// TestBuiltInTexts: each kind has a mail, each text in the program passes the
// check for stored ones and uses only the values that its kind has.
func TestBuiltInTexts(t *testing.T) {
	t.Parallel()
	texts := BuiltIns()
	for _, info := range catalog.MessageKinds {
		if !slices.ContainsFunc(texts, func(t catalog.MessageText) bool { return t.Kind == info.Kind && t.Channel == catalog.ChannelEmail }) {
			t.Errorf("%s has no mail", info.Kind)
		}
	}
	for _, text := range texts {
		info, _ := text.Kind.Info()
		if err := text.Check(); err != nil {
			t.Errorf("%s %s: %v", text.Channel, text.Kind, err)
		}
		out, err := Preview(text, info.SampleValues("Europe/Berlin"))
		if err != nil || out.Text == "" {
			t.Errorf("%s %s: %v %+v", text.Channel, text.Kind, err, out)
		}
		if text.Kind == catalog.MessageWebhookDisabled && !strings.Contains(out.Text, "Mon 2 Mar 2026, 15:04 CET (Europe/Berlin)") {
			t.Errorf("%s: the time is not the reader's:\n%s", text.Kind, out.Text)
		}
		if text.Channel != catalog.ChannelEmail {
			continue
		}
		if out.Subject == "" || !strings.Contains(out.HTML, "<p") {
			t.Errorf("%s: %+v", text.Kind, out)
		}
		if info.Urgent && !regexp.MustCompile(`(?m)^123456$`).MatchString(out.Text) {
			t.Errorf("%s: the code does not stand alone on a line", text.Kind)
		}
	}
}

// TestRenderEscapes: what people typed is text in the HTML part too, and no
// value can break out of the subject's line.
func TestRenderEscapes(t *testing.T) {
	t.Parallel()
	text, _ := BuiltIn(catalog.ChannelEmail, catalog.MessageRecordingReady, "en")
	values := maps.Clone(catalog.MessageKinds[5].Sample)
	values["base_url"], values["title"] = "https://learn.example.org", "A <b>talk</b>\r\nBcc: everybody@example.org"
	out, err := render(text, values)
	if err != nil || strings.Contains(out.HTML, "<b>") || strings.ContainsAny(out.Subject, "\r\n") {
		t.Errorf("%v: %q\n%s", err, out.Subject, out.HTML)
	}
}

func TestLanguages(t *testing.T) {
	t.Parallel()
	for locale, want := range map[string][]string{"": {"en"}, "en-GB": {"en-GB", "en"}, "pt-BR": {"pt-BR", "pt", "en"}, "zh-Hant-TW": {"zh-Hant-TW", "zh-Hant", "zh", "en"}} {
		if got := languages(locale); !slices.Equal(got, want) {
			t.Errorf("%q: %v", locale, got)
		}
	}
}
