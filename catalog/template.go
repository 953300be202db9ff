package catalog

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"text/template"
	"text/template/parse"
	"time"
)

// Approval is where a stored text is on its way into use.
type Approval string

// The states of approval. Only an approved text is sent.
const (
	ApprovalDraft     Approval = "draft"
	ApprovalSubmitted Approval = "submitted" // WhatsApp or the registry looks at it
	ApprovalApproved  Approval = "approved"
	ApprovalRejected  Approval = "rejected"
	ApprovalPaused    Approval = "paused" // was approved; may come back
)

// MessageText is one version of what a kind of message says on a channel in a
// language: a text that administrators stored, or one that is built in.
type MessageText struct {
	ID           string // "tpl_…"; empty: built in
	Channel      Channel
	Kind         MessageKind
	Locale       string // BCP 47
	Version      int    // of this channel, kind and locale
	Subject      string // of mail
	Body         string
	ExternalID   string // name at WhatsApp, number in the Indian DLT registry
	Category     string // authentication, utility, transactional …
	Approval     Approval
	ApprovalNote string
	Frozen       bool // was approved once: its words do not change any more
	Revision     int  // grows with each change; the ETag
	CreatedBy    string
	CreatedAt    time.Time
	UpdatedAt    time.Time
	RetiredAt    *time.Time
}

// The longest texts, in characters. WhatsApp takes 1024, a text message of ten
// parts 1530.
const (
	maxSubject   = 300
	maxMailBody  = 20_000
	maxTextsBody = 1024
)

// Check refuses a text that could not be sent: an unknown kind, a value that
// the kind does not have, anything but {{.value}}, {{if .value}} … {{else}} …
// {{end}}, or an approval without what it is given for. A *FieldError.
func (t MessageText) Check() error {
	info, ok := t.Kind.Info()
	if !ok {
		return &FieldError{Field: "kind", Code: "unknown_kind", Message: "There is no such kind of message; GET /v1/message_kinds lists them."}
	}
	if !slices.Contains(Channels, t.Channel) {
		return &FieldError{Field: "channel", Code: "unknown_channel", Message: "Please give email, sms or whatsapp."}
	}
	if t.Channel != ChannelEmail && info.Proves {
		return &FieldError{Field: "kind", Code: "mail_only", Message: "This kind proves an e-mail address, so it is sent by mail only."}
	}
	if t.Channel == ChannelEmail && info.Phone {
		return &FieldError{Field: "kind", Code: "phone_only", Message: "This kind proves a phone number, so it is never sent by mail."}
	}
	if err := t.checkLengths(); err != nil {
		return err
	}
	if err := checkText("subject", t.Subject, info); err != nil {
		return err
	}
	if err := checkText("body", t.Body, info); err != nil {
		return err
	}
	if info.Urgent && !slices.Contains(t.Fields(), "code") {
		return &FieldError{Field: "body", Code: "value_missing", Message: "This text must have {{.code}}, or nobody can sign in with it."}
	}
	return t.checkApproval()
}

func (t MessageText) checkLengths() error {
	longest := maxTextsBody
	if t.Channel == ChannelEmail {
		longest = maxMailBody
	}
	if _, err := CleanLine("subject", t.Subject, maxSubject, t.Channel == ChannelEmail); err != nil {
		return err
	}
	if strings.TrimSpace(t.Body) == "" {
		return &FieldError{Field: "body", Code: "required", Message: "Please fill this in."}
	}
	_, err := CleanText("body", t.Body, longest)
	return err
}

// checkApproval refuses an approved WhatsApp text that names no registration.
// An SMS may do without where the country asks for none.
func (t MessageText) checkApproval() error {
	if t.Approval == ApprovalApproved && t.Channel == ChannelWhatsApp && t.ExternalID == "" {
		return &FieldError{Field: "external_id", Code: "required", Message: "An approved WhatsApp text has a name there; please give it."}
	}
	return nil
}

// Fields are the values in the body, in the order of their first use: the
// positions of WhatsApp's parameters.
func (t MessageText) Fields() []string {
	tree, err := parse.Parse("body", t.Body, "", "")
	if err != nil {
		return nil
	}
	var fields []string
	walk(tree["body"].Root, func(name string) {
		if !slices.Contains(fields, name) {
			fields = append(fields, name)
		}
	})
	return fields
}

// Fill puts values into the text. Times are written by When in zone before.
func (t MessageText) Fill(values map[string]string) (subject, body string, err error) {
	if subject, err = fill(t.Subject, values); err == nil {
		body, err = fill(t.Body, values)
	}
	if err != nil {
		return "", "", fmt.Errorf("text %s/%s/%s version %d: %w", t.Channel, t.Kind, t.Locale, t.Version, err)
	}
	return strings.Join(strings.Fields(subject), " "), body, nil
}

// SampleValues are the example values of a kind, its times as a reader in zone
// sees them.
func (i MessageKindInfo) SampleValues(zone string) map[string]string {
	values := map[string]string{"base_url": "https://learn.example.org"}
	maps.Copy(values, i.Sample)
	for _, name := range i.Times {
		if at, err := time.Parse(time.RFC3339, values[name]); err == nil {
			values[name] = When(at, zone)
		}
	}
	return values
}

func fill(text string, values map[string]string) (string, error) {
	parsed, err := template.New("text").Option("missingkey=error").Parse(text)
	if err != nil {
		return "", err
	}
	var filled strings.Builder
	if err := parsed.Execute(&filled, values); err != nil {
		return "", err
	}
	return filled.String(), nil
}

// checkText refuses what is more than values and conditions: texts come from requests, and functions can take all memory.
func checkText(field, text string, info MessageKindInfo) error {
	trees, err := parse.Parse(field, text, "", "")
	if err != nil || len(trees) > 1 {
		return &FieldError{Field: field, Code: "invalid_template", Message: "This text cannot be read: only {{.value}} and {{if .value}} … {{else}} … {{end}} may stand in it."}
	}
	tree := trees[field]
	if tree == nil || tree.Root == nil {
		return nil
	}
	if odd := oddNode(tree.Root); odd != "" {
		return &FieldError{Field: field, Code: "invalid_template", Message: "Only {{.value}} and {{if .value}} … {{else}} … {{end}} may stand in a text, not %s.", Args: []any{odd}}
	}
	var unknown string
	walk(tree.Root, func(name string) {
		if _, ok := info.Sample[name]; !ok && name != "base_url" && unknown == "" {
			unknown = name
		}
	})
	if unknown != "" {
		return &FieldError{Field: field, Code: "unknown_value", Message: "This kind of message has no value %q; it has %s.", Args: []any{unknown, strings.Join(append(slices.Sorted(maps.Keys(info.Sample)), "base_url"), ", ")}}
	}
	return nil
}

// oddNode returns the first piece of a text that is not allowed.
func oddNode(node parse.Node) string {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return ""
		}
		for _, child := range n.Nodes {
			if odd := oddNode(child); odd != "" {
				return odd
			}
		}
		return ""
	case *parse.TextNode:
		return ""
	case *parse.ActionNode:
		return oddPipe(n.Pipe, n.String())
	case *parse.IfNode:
		if odd := oddPipe(n.Pipe, n.Pipe.String()); odd != "" {
			return odd
		}
		if odd := oddNode(n.List); odd != "" {
			return odd
		}
		return oddNode(n.ElseList)
	default:
		return node.String()
	}
}

// oddPipe allows a single value.
func oddPipe(p *parse.PipeNode, shown string) string {
	if len(p.Decl) > 0 || len(p.Cmds) != 1 || len(p.Cmds[0].Args) != 1 {
		return shown
	}
	if field, ok := p.Cmds[0].Args[0].(*parse.FieldNode); !ok || len(field.Ident) != 1 {
		return shown
	}
	return ""
}

// walk calls each with every value of a text that oddNode found fine.
func walk(node parse.Node, each func(name string)) {
	switch n := node.(type) {
	case *parse.ListNode:
		if n == nil {
			return
		}
		for _, child := range n.Nodes {
			walk(child, each)
		}
	case *parse.ActionNode:
		walkPipe(n.Pipe, each)
	case *parse.IfNode:
		walkPipe(n.Pipe, each)
		walk(n.List, each)
		walk(n.ElseList, each)
	}
}

func walkPipe(p *parse.PipeNode, each func(name string)) {
	for _, c := range p.Cmds {
		for _, arg := range c.Args {
			if field, ok := arg.(*parse.FieldNode); ok {
				each(field.Ident[0])
			}
		}
	}
}
