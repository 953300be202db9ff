package notify

import (
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode"

	"rounds/catalog"
)

// TestEveryLanguageIsComplete: each kind has its texts, each language has what
// English has with the same values in it, and is not English.
func TestEveryLanguageIsComplete(t *testing.T) {
	t.Parallel()
	texts := BuiltIns()
	for _, info := range catalog.MessageKinds {
		needed := []catalog.Channel{catalog.ChannelEmail}
		if info.Phone {
			needed = []catalog.Channel{catalog.ChannelSMS, catalog.ChannelWhatsApp}
		}
		for _, channel := range needed {
			if _, ok := BuiltIn(channel, info.Kind, fallbackLocale); !ok {
				t.Errorf("%s has no text for %s", info.Kind, channel)
			}
		}
	}
	files, err := templateFiles.ReadDir("templates")
	if err != nil {
		t.Fatal(err)
	}
	letters := map[string]*unicode.RangeTable{"en": unicode.Latin, "ar": unicode.Arabic}
	for _, file := range files {
		locale, isText := strings.CutSuffix(file.Name(), ".txt")
		if !isText {
			continue
		}
		if letters[locale] == nil {
			t.Errorf("say in this test in which letters %s is written", locale)
		}
		for _, english := range texts {
			text, ok := BuiltIn(english.Channel, english.Kind, locale)
			if english.Locale != fallbackLocale {
				continue
			}
			got, want := slices.Sorted(slices.Values(text.Fields())), slices.Sorted(slices.Values(english.Fields()))
			got, want = slices.DeleteFunc(got, isBaseURL), slices.DeleteFunc(want, isBaseURL)
			if !ok || !slices.Equal(got, want) {
				t.Errorf("%s has %s %s: %t, with %v; English has %v", locale, english.Channel, english.Kind, ok, got, want)
			}
			if ok && !strings.ContainsFunc(text.Body, func(r rune) bool { return unicode.Is(letters[locale], r) }) {
				t.Errorf("%s %s %s is not in its language", locale, english.Channel, english.Kind)
			}
		}
	}
	if _, ok := BuiltIn(catalog.ChannelEmail, catalog.MessageSignInCode, "ar"); !ok {
		t.Error("there is no Arabic")
	}
}

// isBaseURL: where to sign in needs not be said in each language.
func isBaseURL(field string) bool { return field == "base_url" }

func TestTextFiles(t *testing.T) {
	t.Parallel()
	for file, fault := range map[string]string{
		"Hello\n=== a\nS\n\nB":                 "before the first",
		"=== a\nno body":                       "no empty line",
		"=== a\nS\n\nB\n\n=== a\nS\n\nB":       "twice",
		"=== a\nS\n\nB\n\n=== a sms\nB {{.x}}": "",
	} {
		texts, err := parseTexts("xx", file)
		if (err == nil) != (fault == "") || err != nil && !strings.Contains(err.Error(), fault) {
			t.Errorf("%q: %v, %v", file, texts, err)
		}
		if fault == "" && (len(texts) != 2 || texts[0].Subject != "S" || texts[0].Body != "B\n" || texts[1].Body != "B {{.x}}\n" || texts[1].Channel != catalog.ChannelSMS) {
			t.Errorf("%+v", texts)
		}
	}
}

// TestArabicMail: right to left in the HTML part, said at the element that mail
// programs keep too; codes and links run left to right.
func TestArabicMail(t *testing.T) {
	t.Parallel()
	text, _ := BuiltIn(catalog.ChannelEmail, catalog.MessageInvitation, "ar")
	info, _ := text.Kind.Info()
	out, err := Preview(text, info.SampleValues("Asia/Riyadh"))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`<html lang="ar" dir="rtl">`, `<div lang="ar" dir="rtl"`, `<p dir="ltr" style="font-size:32px`, `<a dir="ltr" href="https://learn.example.org/register?code=`} {
		if !strings.Contains(out.HTML, want) {
			t.Errorf("%s is not in\n%s", want, out.HTML)
		}
	}
	message, err := composeMail(Outgoing{ID: "msg_1", From: "Rounds <no-reply@example.org>", To: "ana@example.org", Subject: out.Subject, Text: out.Text, HTML: out.HTML, Template: text})
	if err != nil {
		t.Fatal(err)
	}
	var eml strings.Builder
	if _, err := message.WriteTo(&eml); err != nil || !strings.Contains(eml.String(), "Content-Language: ar\r\n") || !strings.Contains(eml.String(), "charset=UTF-8") {
		t.Errorf("%v\n%s", err, eml.String())
	}
}

// TestBuiltInTexts: each text in the program passes the check for stored ones
// and uses only the values that its kind has.
func TestBuiltInTexts(t *testing.T) {
	t.Parallel()
	for _, text := range BuiltIns() {
		info, _ := text.Kind.Info()
		if err := text.Check(); err != nil {
			t.Errorf("%s %s %s: %v", text.Locale, text.Channel, text.Kind, err)
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
	kind, _ := catalog.MessageRecordingReady.Info()
	values := maps.Clone(kind.Sample)
	values["base_url"], values["title"] = "https://learn.example.org", "A <b>talk</b>\r\nBcc: everybody@example.org"
	out, err := render(text, values, framed{})
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
