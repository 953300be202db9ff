package notify

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"
)

// WhatsAppConfig is what a WhatsApp transport is made of.
type WhatsAppConfig struct {
	Client        *http.Client
	URL           string // of the Graph API with its version, without a slash at the end
	PhoneNumberID string // of the number that messages come from
	Token         string // of a system user
}

// WhatsApp is a Transport over the Cloud API:
// https://developers.facebook.com/docs/whatsapp/cloud-api/guides/send-message-templates.
type WhatsApp struct{ config WhatsAppConfig }

// NewWhatsApp makes the transport.
func NewWhatsApp(c WhatsAppConfig) *WhatsApp { return &WhatsApp{c} }

// Repeatable implements Transport: a message has no name that readers' programs know.
func (*WhatsApp) Repeatable() bool { return false }

// The pieces of a request that sends a template.
type (
	waRequest struct {
		MessagingProduct string     `json:"messaging_product"`
		RecipientType    string     `json:"recipient_type"`
		To               string     `json:"to"`
		Type             string     `json:"type"`
		Template         waTemplate `json:"template"`
		CallbackData     string     `json:"biz_opaque_callback_data"`
	}
	waTemplate struct {
		Name     string `json:"name"`
		Language struct {
			Code string `json:"code"`
		} `json:"language"`
		Components []waComponent `json:"components,omitempty"`
	}
	waComponent struct {
		Type       string        `json:"type"`
		SubType    string        `json:"sub_type,omitempty"`
		Index      string        `json:"index,omitempty"`
		Parameters []waParameter `json:"parameters"`
	}
	waParameter struct {
		Type string `json:"type"`
		Text string `json:"text"`
	}
)

// waRequestOf names the approved template and its values. An authentication
// template has a button that copies the code, which wants it once more.
func waRequestOf(m Outgoing) waRequest {
	r := waRequest{
		MessagingProduct: "whatsapp", RecipientType: "individual", To: strings.TrimPrefix(m.To, "+"), Type: "template",
		Template: waTemplate{Name: m.Template.ExternalID}, CallbackData: m.ID,
	}
	r.Template.Language.Code = strings.ReplaceAll(m.Template.Locale, "-", "_")
	body := waComponent{Type: "body"}
	for _, value := range m.Parameters {
		body.Parameters = append(body.Parameters, waText(value))
	}
	if strings.EqualFold(m.Template.Category, "authentication") {
		code := []waParameter{waText(m.Code)}
		r.Template.Components = []waComponent{{Type: "body", Parameters: code}, {Type: "button", SubType: "url", Index: "0", Parameters: code}}
	} else if len(body.Parameters) > 0 {
		r.Template.Components = []waComponent{body}
	}
	return r
}

// waText is a value as WhatsApp takes it: in one line, and not empty.
func waText(value string) waParameter {
	line := strings.Join(strings.Fields(value), " ")
	if line == "" {
		line = "–"
	}
	return waParameter{Type: "text", Text: line}
}

// Send implements Transport.
func (w *WhatsApp) Send(ctx context.Context, m Outgoing) (string, error) {
	body, err := json.Marshal(waRequestOf(m))
	if err != nil {
		return "", err
	}
	request, err := http.NewRequestWithContext(ctx, http.MethodPost, w.config.URL+"/"+url.PathEscape(w.config.PhoneNumberID)+"/messages", bytes.NewReader(body))
	if err != nil {
		return "", err
	}
	request.Header.Set("Authorization", "Bearer "+w.config.Token)
	request.Header.Set("Content-Type", "application/json")
	answer, err := w.config.Client.Do(request)
	if err != nil {
		if neverConnected(err) {
			return "", fmt.Errorf("ask WhatsApp: %w", err)
		}
		return "", &Unsure{Cause: err}
	}
	defer answer.Body.Close() //nolint:errcheck // read only
	return readWhatsApp(answer)
}

// waAnswer is what the Cloud API answers, well or not.
type waAnswer struct {
	Messages []struct {
		ID string `json:"id"`
	} `json:"messages"`
	Error *struct {
		Code      int    `json:"code"`
		Message   string `json:"message"`
		ErrorData struct {
			Details string `json:"details"`
		} `json:"error_data"`
	} `json:"error"`
}

// Codes of the Cloud API:
// https://developers.facebook.com/docs/whatsapp/cloud-api/support/error-codes.
var (
	waThrottles = []int{4, 80007, 130429, 131048, 131056, 133016}
	waRejects   = []int{100, 130472, 131008, 131009, 131021, 131030, 131047, 131049, 131051, 132000, 132001, 132005, 132007, 132012, 132015, 132016}
	waNoAddress = []int{131026, 131050} // is not on WhatsApp, or wants nothing of us
)

func readWhatsApp(answer *http.Response) (string, error) {
	text, err := io.ReadAll(io.LimitReader(answer.Body, 64<<10))
	if err != nil {
		return "", &Unsure{Cause: err}
	}
	var a waAnswer
	unread := json.Unmarshal(text, &a)
	switch {
	case answer.StatusCode == http.StatusOK && unread == nil && len(a.Messages) > 0:
		return a.Messages[0].ID, nil
	case answer.StatusCode == http.StatusOK:
		return "", &Unsure{Cause: errors.New("WhatsApp answered 200 without the message's id")}
	case unread != nil || a.Error == nil:
		return "", judgeStatus(answer, fmt.Errorf("WhatsApp answered %d", answer.StatusCode))
	}
	said := fmt.Sprintf("WhatsApp answered %d: %s %s", a.Error.Code, a.Error.Message, a.Error.ErrorData.Details)
	switch {
	case slices.Contains(waThrottles, a.Error.Code):
		return "", &Throttle{After: retryAfter(answer), Cause: errors.New(said)}
	case slices.Contains(waNoAddress, a.Error.Code):
		return "", &Rejection{Reason: said, Address: true}
	case slices.Contains(waRejects, a.Error.Code):
		return "", &Rejection{Reason: said}
	default: // our key, our account, their machines: until it is mended
		return "", judgeStatus(answer, errors.New(said))
	}
}

func judgeStatus(answer *http.Response, err error) error {
	if answer.StatusCode == http.StatusTooManyRequests {
		return &Throttle{After: retryAfter(answer), Cause: err}
	}
	return err
}

// retryAfter reads the seconds that a service asks for.
func retryAfter(answer *http.Response) time.Duration {
	seconds, err := strconv.Atoi(answer.Header.Get("Retry-After"))
	if err != nil || seconds < 0 {
		return 0
	}
	return time.Duration(min(seconds, 3600)) * time.Second
}
