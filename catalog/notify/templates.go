package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	htmltemplate "html/template"
	"slices"
	"strings"

	"github.com/jackc/pgx/v5"

	"rounds/catalog"
)

// compose opens a message, finds its text and fills it. A *Rejection says that
// there is no text that may be sent by its channel.
func (s *Sender) compose(ctx context.Context, m queued) (out Outgoing, err error) {
	if m.dead { // a number; an e-mail address is its message's fate
		return out, &Rejection{Reason: fateSentences[fateUndeliverable]}
	}
	plain, err := s.config.Sealer.Open(m.sealed, m.id)
	if err != nil {
		return out, fmt.Errorf("open content: %w", err)
	}
	var c content
	if err := json.Unmarshal(plain, &c); err != nil {
		return out, fmt.Errorf("read content: %w", err)
	}
	locale := m.reader.Locale
	if locale == "" {
		locale = c.Locale
	}
	text, err := s.text(ctx, m, locale)
	if err != nil {
		return out, err
	}
	b, err := s.brand(ctx, c.Program)
	if err != nil {
		return out, err
	}
	out, err = render(text, s.known(c, m.reader.TimeZone, text), s.framed(b, text.Locale))
	out.ID, out.From, out.To, out.Country, out.Expires = m.id, s.from(b), m.to, m.country, m.expires
	return out, err
}

// known are a message's values, its times as its reader's clock shows them, and
// what every template may use, in the language of the text.
func (s *Sender) known(c content, zone string, text catalog.MessageText) map[string]string {
	all := map[string]string{"base_url": s.config.BaseURL}
	for name, value := range c.Values {
		all[name] = s.value(name, value, text)
	}
	for name, at := range c.Times {
		all[name] = s.say(text.Locale, catalog.Say("%s", catalog.OnClock(at, zone)))
	}
	return all
}

// value is a value as a text has it. Notes about recordings are sentences of the
// program, a line each. What people wrote and things are called stays in one
// piece where the words around it run from right to left: between FIRST STRONG
// ISOLATE and POP DIRECTIONAL ISOLATE (UAX #9).
func (s *Sender) value(name, value string, text catalog.MessageText) string {
	switch {
	case name == valueNote && text.Kind != catalog.MessageErasureRefused:
		lines := strings.Split(value, "\n")
		for i, line := range lines {
			lines[i] = s.say(text.Locale, catalog.Say(line))
		}
		return strings.Join(lines, " ")
	case value != "" && rightToLeft(text.Locale) && slices.Contains(namesOfValues, name):
		return "\u2068" + value + "\u2069"
	default:
		return value
	}
}

// valueNote names the value that is sentences; namesOfValues those that are somebody's words.
const valueNote = "note"

var namesOfValues = []string{
	valueNote, "name", catalog.ValueProgram, "title", "filename", "event", "reason", "email", "old_email", "new_email", "added", "merged", "device", "ending",
}

func (s *Sender) say(locale string, said catalog.Sentence) string {
	if s.config.Say == nil {
		return said.String()
	}
	return s.config.Say(locale, said)
}

// text finds what a message says: for each language that would do, the best
// first, the newest approved version that is stored, else the one built in.
func (s *Sender) text(ctx context.Context, m queued, locale string) (catalog.MessageText, error) {
	locales := languages(locale)
	stored, err := s.stored(ctx, m, locales)
	if err != nil {
		return catalog.MessageText{}, err
	}
	registered := s.config.Rules.NeedsApproval(m.channel, m.country)
	for _, language := range locales {
		for _, t := range stored {
			if strings.EqualFold(t.Locale, language) && t.Approval == catalog.ApprovalApproved && (!registered || t.ExternalID != "") {
				return t, nil
			}
		}
		if t, ok := BuiltIn(m.channel, m.kind, language); ok && !registered {
			return t, nil
		}
	}
	return catalog.MessageText{}, &Rejection{Reason: whyNoText(m, stored, registered, locales)}
}

// whyNoText tells administrators what keeps a text from being sent.
func whyNoText(m queued, stored []catalog.MessageText, registered bool, locales []string) string {
	what := fmt.Sprintf("%s %s in %s", m.channel, m.kind, strings.Join(locales, " or "))
	switch {
	case len(stored) == 0 && registered:
		return fmt.Sprintf("There is no stored text for %s; only approved texts may be sent there.", what)
	case len(stored) == 0:
		return fmt.Sprintf("There is no text for %s.", what)
	case stored[0].Approval != catalog.ApprovalApproved:
		return fmt.Sprintf("The text for %s, version %d, is not approved: its state is %s.", what, stored[0].Version, stored[0].Approval)
	default:
		return fmt.Sprintf("The text for %s, version %d, has no external_id; only registered texts may be sent to %s.", what, stored[0].Version, m.country)
	}
}

func (s *Sender) stored(ctx context.Context, m queued, locales []string) ([]catalog.MessageText, error) {
	lower := make([]string, len(locales))
	for i, l := range locales {
		lower[i] = strings.ToLower(l)
	}
	rows, err := s.config.Pool.Query(ctx, `
		select id, channel, kind, locale, version, subject, body, external_id, category, approval from message_templates
		where channel = $1 and kind = $2 and lower(locale) = any($3) and retired_at is null
		order by array_position($3, lower(locale)), version desc`, m.channel, m.kind, lower)
	if err != nil {
		return nil, fmt.Errorf("read texts: %w", err)
	}
	return pgx.CollectRows(rows, func(row pgx.CollectableRow) (t catalog.MessageText, err error) {
		err = row.Scan(&t.ID, &t.Channel, &t.Kind, &t.Locale, &t.Version, &t.Subject, &t.Body, &t.ExternalID, &t.Category, &t.Approval)
		return t, err
	})
}

// languages are the tags whose texts a reader of locale would understand, best
// first: pt-BR, pt, en.
func languages(locale string) []string {
	var tags []string
	for tag := locale; tag != ""; {
		tags = append(tags, tag)
		cut := strings.LastIndexByte(tag, '-')
		tag = tag[:max(cut, 0)]
	}
	if !slices.Contains(tags, fallbackLocale) {
		tags = append(tags, fallbackLocale)
	}
	return tags
}

// Preview fills a text as it would be sent; times are values already.
func Preview(t catalog.MessageText, values map[string]string) (Outgoing, error) {
	return render(t, values, framed{})
}

// render fills a text. The HTML part of a mail is the same text in a plain
// frame, so that the two never tell different things.
func render(t catalog.MessageText, values map[string]string, in framed) (out Outgoing, err error) {
	subject, body, err := t.Fill(values)
	if err != nil {
		return out, err
	}
	out = Outgoing{Kind: t.Kind, Channel: t.Channel, Subject: subject, Text: body, Template: t, Code: values["code"]}
	if t.Channel != catalog.ChannelEmail {
		out.Text = strings.TrimSpace(body)
		for _, name := range t.Fields() {
			out.Parameters = append(out.Parameters, values[name])
		}
		return out, nil
	}
	out.HTML, err = renderHTML(t.Locale, subject, body, values["code"], in)
	for _, help := range in.Help {
		out.Text += "\n" + help.Words + "\n" + help.Shown + "\n"
	}
	return out, err
}

var frame = htmltemplate.Must(htmltemplate.ParseFS(templateFiles, "templates/frame.html"))

// paragraph is a piece of the text as the frame shows it.
type paragraph struct {
	Text string
	Code bool // to be shown large
	Link bool
}

func renderHTML(locale, subject, body, code string, in framed) (string, error) {
	var paragraphs []paragraph
	for _, text := range strings.Split(strings.TrimSpace(body), "\n\n") {
		text = strings.TrimSpace(text)
		paragraphs = append(paragraphs, paragraph{
			Text: text, Code: code != "" && text == code,
			Link: strings.HasPrefix(text, "https://") || strings.HasPrefix(text, "http://"),
		})
	}
	var html bytes.Buffer
	err := frame.Execute(&html, struct {
		Locale, Subject string
		RightToLeft     bool
		Paragraphs      []paragraph
		framed
	}{locale, subject, rightToLeft(locale), paragraphs, in})
	return html.String(), err
}

// rightToLeft tells how a language is written.
func rightToLeft(locale string) bool {
	language, _, _ := strings.Cut(strings.ToLower(locale), "-")
	return slices.Contains([]string{"ar", "fa", "he", "ur"}, language)
}
