package notify

import (
	"embed"
	"fmt"
	"io/fs"
	"slices"
	"strings"

	"rounds/catalog"
)

//go:embed templates
var templateFiles embed.FS

// fallbackLocale is the language every text exists in.
const fallbackLocale = "en"

// builtIn are the texts in the program, a file a language: templates/ar.txt has
// every text that templates/en.txt has. A text begins with a line
//
//	=== KIND           its mail: the subject, an empty line, the body
//	=== KIND sms       its text message
//	=== KIND whatsapp  a proposal to hand in: WhatsApp sends approved texts only
//
// and ends before the empty line above the next.
var builtIn = readTexts(templateFiles)

// readTexts reads all languages. A file that is not as it should be is a fault
// of the program: it does not start.
func readTexts(files fs.FS) (texts []catalog.MessageText) {
	names, err := fs.Glob(files, "templates/*.txt")
	if err != nil {
		panic(err)
	}
	for _, name := range names {
		file, err := fs.ReadFile(files, name)
		if err != nil {
			panic(err)
		}
		locale := strings.TrimSuffix(strings.TrimPrefix(name, "templates/"), ".txt")
		read, err := parseTexts(locale, string(file))
		if err != nil {
			panic(fmt.Sprintf("%s: %v", name, err))
		}
		texts = append(texts, read...)
	}
	return texts
}

const textMark = "=== "

// parseTexts reads the file of one language.
func parseTexts(locale, file string) (texts []catalog.MessageText, err error) {
	for i, piece := range strings.Split("\n"+file, "\n"+textMark) {
		if i == 0 {
			if strings.TrimSpace(piece) != "" {
				return nil, fmt.Errorf("something stands before the first %q", textMark)
			}
			continue
		}
		head, body, _ := strings.Cut(piece, "\n")
		kind, channel, phone := strings.Cut(head, " ")
		t := catalog.MessageText{
			Channel: catalog.ChannelEmail, Kind: catalog.MessageKind(kind), Locale: locale, Body: strings.TrimRight(body, "\n") + "\n",
			Approval: catalog.ApprovalApproved, Frozen: true,
		}
		if phone {
			t.Channel = catalog.Channel(channel)
			if t.Channel == catalog.ChannelWhatsApp {
				t.Approval = catalog.ApprovalDraft
			}
		} else if t.Subject, t.Body, _ = strings.Cut(t.Body, "\n\n"); t.Body == "" {
			return nil, fmt.Errorf("the mail %s has no empty line between subject and body", kind)
		}
		if _, double := find(texts, t.Channel, t.Kind, locale); double {
			return nil, fmt.Errorf("%q stands twice", head)
		}
		texts = append(texts, t)
	}
	return texts, nil
}

func find(texts []catalog.MessageText, channel catalog.Channel, kind catalog.MessageKind, locale string) (catalog.MessageText, bool) {
	i := slices.IndexFunc(texts, func(t catalog.MessageText) bool {
		return t.Channel == channel && t.Kind == kind && strings.EqualFold(t.Locale, locale)
	})
	if i < 0 {
		return catalog.MessageText{}, false
	}
	return texts[i], true
}

// BuiltIn returns the text that is in the program, if there is one.
func BuiltIn(channel catalog.Channel, kind catalog.MessageKind, locale string) (t catalog.MessageText, ok bool) {
	return find(builtIn, channel, kind, locale)
}

// BuiltIns returns all texts that are in the program, for an administrator to
// begin with.
func BuiltIns() []catalog.MessageText { return slices.Clone(builtIn) }
