package catalogapi

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"time"

	"github.com/danielgtaylor/huma/v2"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// TextStore keeps what messages say.
type TextStore interface {
	CreateText(ctx context.Context, t catalog.MessageText) (catalog.MessageText, error)
	Text(ctx context.Context, id string) (catalog.MessageText, error)
	Texts(ctx context.Context, channel catalog.Channel, kind catalog.MessageKind, p catalog.PageRequest) (catalog.Page[catalog.MessageText], error)
	UpdateText(ctx context.Context, id string, revision *int, change func(*catalog.MessageText) error) (catalog.MessageText, error)
	RetireText(ctx context.Context, id string, revision *int) error
}

// TextPreview shows what a message would say; catalog/notify has the one that sends.
type TextPreview struct{ Subject, Text, HTML string }

func (s *server) registerTemplates() {
	const all, one = "/v1/message_templates", "/v1/message_templates/{id}"
	kinds := operation("list-message-kinds", http.MethodGet, "/v1/message_kinds", tagMessages,
		"List the kinds of messages, the values each has, and the built-in texts", http.StatusOK, forAdmins...)
	huma.Register(s.api, kinds, s.listKinds)
	create := operation("create-message-template", http.MethodPost, all, tagMessages,
		"Store a text for a kind of message, a channel and a language: its next version", http.StatusCreated, forMakers...)
	create.Description = "A text holds `{{.value}}` and `{{if .value}} … {{else}} … {{end}}`, with the values of its kind. It is sent once its `approval` is `approved`; " +
		"until then, and in languages without one, the earlier version or the built-in text is. By WhatsApp, and by SMS to countries such as India, only an approved text " +
		"with the `external_id` of its registration is ever sent: without one the message goes by mail."
	huma.Register(s.api, s.creating(create), s.createTemplate)
	huma.Register(s.api, operation("list-message-templates", http.MethodGet, all, tagMessages, "List stored texts", http.StatusOK, forAdmins...), s.listTemplates)
	huma.Register(s.api, operation("get-message-template", http.MethodGet, one, tagMessages,
		"Read a stored text", http.StatusOK, append(forAdmins, http.StatusNotFound)...), s.getTemplate)
	change := operation("update-message-template", http.MethodPatch, one, tagMessages, "Change a stored text, or where it is on its way to approval", http.StatusOK, forChanges...)
	change.Description = "The words of a text that was approved once cannot be changed (409 `text_frozen`): whoever approved it approved these."
	huma.Register(s.api, change, s.updateTemplate)
	huma.Register(s.api, operation("delete-message-template", http.MethodDelete, one, tagMessages,
		"Take a stored text out of use", http.StatusNoContent, forChanges...), s.deleteTemplate)
	preview := operation("preview-message-template", http.MethodPost, all+"/preview", tagMessages,
		"Show what a text would say, with sample values; nothing is stored or sent", http.StatusOK, forAdmins...)
	huma.Register(s.api, preview, s.previewTemplate)
}

type kindBody struct {
	Kind   catalog.MessageKind `json:"kind" example:"invitation"`
	Urgent bool                `json:"urgent" doc:"Somebody waits for it in front of a screen; it overtakes the rest."`
	ByMail bool                `json:"mail_only" doc:"It concerns the e-mail address itself, so it goes nowhere else."`
	Values map[string]string   `json:"values" doc:"The values it has, with samples. Times are shown on the reader's clock, with the zone's name."`
	Texts  []textPiece         `json:"built_in" nullable:"false" doc:"The texts in the program, in each of its languages."`
}

type textPiece struct {
	Channel catalog.Channel `json:"channel" enum:"email,sms,whatsapp"`
	Locale  string          `json:"locale" example:"en"`
	Subject string          `json:"subject"`
	Body    string          `json:"body"`
}

type kindsAnswer struct {
	Body struct {
		Items []kindBody `json:"items" nullable:"false"`
	}
}

func (s *server) listKinds(ctx context.Context, _ *struct{}) (*kindsAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	answer := &kindsAnswer{}
	for _, info := range catalog.MessageKinds {
		kind := kindBody{Kind: info.Kind, Urgent: info.Urgent, ByMail: info.Proves, Values: info.SampleValues("Europe/Lisbon"), Texts: []textPiece{}}
		for _, t := range s.BuiltInTexts {
			if t.Kind == info.Kind {
				kind.Texts = append(kind.Texts, textPiece{t.Channel, t.Locale, t.Subject, t.Body})
			}
		}
		answer.Body.Items = append(answer.Body.Items, kind)
	}
	return answer, nil
}

// TextBody is what a text is made of.
type TextBody struct {
	Channel      catalog.Channel     `json:"channel" enum:"email,sms,whatsapp"`
	Kind         catalog.MessageKind `json:"kind" maxLength:"50" example:"sign_in_code"`
	Locale       string              `json:"locale" maxLength:"40" example:"pt-BR" doc:"BCP 47."`
	Subject      string              `json:"subject,omitempty" maxLength:"1000" example:"O seu código" doc:"Of mail."`
	Body         string              `json:"body" maxLength:"80000" example:"O seu código é {{.code}}. Vale por {{.minutes}} minutos."`
	ExternalID   string              `json:"external_id,omitempty" maxLength:"512" example:"rounds_sign_in_1" doc:"Its name at WhatsApp, or its number in the Indian DLT registry."`
	Category     string              `json:"category,omitempty" maxLength:"100" example:"authentication" doc:"At WhatsApp: authentication, utility or marketing."`
	Approval     catalog.Approval    `json:"approval,omitempty" enum:"draft,submitted,approved,rejected,paused" default:"draft"`
	ApprovalNote string              `json:"approval_note,omitempty" maxLength:"2000"`
}

func textOf(b TextBody) (catalog.MessageText, error) {
	locale, err := identity.Locale(b.Locale)
	if err != nil {
		return catalog.MessageText{}, err
	}
	t := catalog.MessageText{
		Channel: b.Channel, Kind: b.Kind, Locale: locale, Subject: b.Subject, Body: b.Body, Category: b.Category,
		ExternalID: b.ExternalID, Approval: b.Approval, ApprovalNote: b.ApprovalNote,
	}
	return cleanText(t)
}

// cleanText checks a text as a request gives it.
func cleanText(t catalog.MessageText) (_ catalog.MessageText, err error) {
	for _, line := range []struct {
		field string
		value *string
		most  int
	}{{"external_id", &t.ExternalID, 512}, {"category", &t.Category, 100}, {"approval_note", &t.ApprovalNote, 2000}} {
		if *line.value, err = catalog.CleanLine(line.field, *line.value, line.most, false); err != nil {
			return t, err
		}
	}
	return t, t.Check()
}

type templateBody struct {
	ID string `json:"id" example:"tpl_01k2yq7w8r9s0t1v2w3x4y5z6a"`
	TextBody
	Version    int       `json:"version" example:"2" doc:"Of this channel, kind and language."`
	Frozen     bool      `json:"frozen" doc:"It was approved once: its words stay."`
	Parameters []string  `json:"parameters" nullable:"false" example:"[\"code\",\"minutes\"]" doc:"The values in its body, in the order of WhatsApp's {{1}}, {{2}} …"`
	CreatedBy  string    `json:"created_by"`
	CreatedAt  time.Time `json:"created_at"`
	UpdatedAt  time.Time `json:"updated_at"`
}

func templateOf(t catalog.MessageText) templateBody {
	return templateBody{
		ID: t.ID, Version: t.Version, Frozen: t.Frozen, Parameters: append([]string{}, t.Fields()...),
		CreatedBy: t.CreatedBy, CreatedAt: t.CreatedAt.UTC(), UpdatedAt: t.UpdatedAt.UTC(),
		TextBody: TextBody{
			Channel: t.Channel, Kind: t.Kind, Locale: t.Locale, Subject: t.Subject, Body: t.Body, ExternalID: t.ExternalID, Category: t.Category,
			Approval: t.Approval, ApprovalNote: t.ApprovalNote,
		},
	}
}

type templateAnswer = etagged[templateBody]

func templateAnswered(t catalog.MessageText, err error) (*templateAnswer, error) {
	if err != nil {
		return nil, err
	}
	return &templateAnswer{ETag: etag(t.Revision), Body: templateOf(t)}, nil
}

func (s *server) createTemplate(ctx context.Context, in *struct{ Body TextBody }) (*templateAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	text, err := textOf(in.Body)
	if err != nil {
		return nil, err
	}
	return templateAnswered(s.Store.CreateText(ctx, text))
}

func (s *server) listTemplates(ctx context.Context, in *struct {
	Paging
	Channel string `query:"channel" enum:"email,sms,whatsapp" doc:"Only those of this channel."`
	Kind    string `query:"kind" maxLength:"50" example:"sign_in_code" doc:"Only those of this kind."`
},
) (*listed[templateBody], error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	kind, err := catalog.CleanLine("query.kind", in.Kind, 50, false)
	if err != nil {
		return nil, err
	}
	page, err := s.Store.Texts(ctx, catalog.Channel(in.Channel), catalog.MessageKind(kind), in.request())
	return listOf(page, templateOf, err)
}

// TemplatePath names a stored text.
type TemplatePath struct {
	ID string `path:"id" maxLength:"100" example:"tpl_01k2yq7w8r9s0t1v2w3x4y5z6a"`
}

func (s *server) getTemplate(ctx context.Context, in *TemplatePath) (*templateAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	return templateAnswered(s.Store.Text(ctx, in.ID))
}

func (s *server) updateTemplate(ctx context.Context, in *struct {
	TemplatePath
	Precondition
	Body struct {
		Subject      *string           `json:"subject,omitempty" maxLength:"1000"`
		Body         *string           `json:"body,omitempty" maxLength:"80000"`
		ExternalID   *string           `json:"external_id,omitempty" maxLength:"512"`
		Category     *string           `json:"category,omitempty" maxLength:"100"`
		Approval     *catalog.Approval `json:"approval,omitempty" enum:"draft,submitted,approved,rejected,paused"`
		ApprovalNote *string           `json:"approval_note,omitempty" maxLength:"2000"`
	}
},
) (*templateAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	revision, err := in.version()
	if err != nil {
		return nil, err
	}
	return templateAnswered(s.Store.UpdateText(ctx, in.ID, revision, func(t *catalog.MessageText) (err error) {
		for _, change := range []struct{ to, of *string }{
			{in.Body.Subject, &t.Subject}, {in.Body.Body, &t.Body}, {in.Body.ExternalID, &t.ExternalID}, {in.Body.Category, &t.Category}, {in.Body.ApprovalNote, &t.ApprovalNote},
		} {
			if change.to != nil {
				*change.of = *change.to
			}
		}
		if in.Body.Approval != nil {
			t.Approval = *in.Body.Approval
		}
		*t, err = cleanText(*t)
		return err
	}))
}

func (s *server) deleteTemplate(ctx context.Context, in *struct {
	TemplatePath
	Precondition
},
) (*struct{}, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	revision, err := in.version()
	if err != nil {
		return nil, err
	}
	return nil, s.Store.RetireText(ctx, in.ID, revision)
}

type previewAnswer struct {
	Body struct {
		Subject string            `json:"subject"`
		Text    string            `json:"text"`
		HTML    string            `json:"html" doc:"Of mail."`
		Values  map[string]string `json:"values" doc:"What it was filled with."`
	}
}

func (s *server) previewTemplate(ctx context.Context, in *struct {
	Body struct {
		TextBody
		TimeZone string            `json:"time_zone,omitempty" maxLength:"64" example:"Asia/Kolkata" doc:"Of the reader; left out: UTC."`
		Values   map[string]string `json:"values,omitempty" doc:"In place of the samples."`
	}
},
) (*previewAnswer, error) {
	if _, err := identity.RequireAdmin(ctx); err != nil {
		return nil, err
	}
	text, err := textOf(in.Body.TextBody)
	if err != nil {
		return nil, err
	}
	zone := "UTC"
	if in.Body.TimeZone != "" {
		if zone, err = identity.TimeZone(in.Body.TimeZone); err != nil {
			return nil, err
		}
	}
	info, _ := text.Kind.Info()
	values := info.SampleValues(zone)
	for _, name := range slices.Sorted(maps.Keys(in.Body.Values)) {
		if _, known := values[name]; !known {
			return nil, &catalog.FieldError{Field: "values", Code: "unknown_value", Message: "This kind of message has no value of that name."}
		}
		if values[name], err = catalog.CleanText("values", in.Body.Values[name], 2000); err != nil {
			return nil, err
		}
	}
	shown, err := s.PreviewText(text, values)
	if err != nil {
		return nil, err
	}
	answer := &previewAnswer{}
	answer.Body.Subject, answer.Body.Text, answer.Body.HTML, answer.Body.Values = shown.Subject, shown.Text, shown.HTML, values
	return answer, nil
}
