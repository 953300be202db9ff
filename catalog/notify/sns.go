package notify

import (
	"context"
	"crypto"
	"crypto/rsa"
	"crypto/sha1" //nolint:gosec // G505: version 1 of Amazon's signatures is made with it
	"crypto/sha256"
	"crypto/x509"
	"encoding/base64"
	"encoding/json"
	"encoding/pem"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"regexp"
	"strings"
	"sync"
	"time"

	"rounds/catalog"
)

// SNS reads what Amazon SNS posts to us of one topic:
// https://docs.aws.amazon.com/sns/latest/dg/sns-verify-signature-of-message.html.
// Anybody can have SNS sign a message on a topic of his own, so the topic is
// checked as well as the signature.
type SNS struct {
	Topic string       // ARN
	HTTP  *http.Client // fetches certificates and confirms subscriptions; redirects are not followed

	mu    sync.Mutex
	certs map[string]*rsa.PublicKey // by address; Amazon has few
}

// snsMessage is what SNS posts.
type snsMessage struct {
	Type, MessageID, TopicArn, Subject, Message, Timestamp string
	Token, SubscribeURL                                    string
	SignatureVersion, Signature, SigningCertURL            string
}

// snsHost is where certificates and confirmations are, and nothing else is.
var snsHost = regexp.MustCompile(`^sns\.[a-z0-9-]{1,30}\.amazonaws\.com(\.cn)?$`)

// snsTimeout bounds a request to Amazon.
const snsTimeout = 10 * time.Second

// errForged is the answer to what SNS did not send on our topic.
var errForged error = &catalog.FieldError{Field: "body", Code: "not_genuine", Message: "This is no message of Amazon SNS on the topic of this service."}

// Bounces verifies a notification of Amazon SES and returns the addresses it
// tells of, with the id that SES gave the mail. A *catalog.FieldError says that
// it is not genuine.
func (b *SNS) Bounces(ctx context.Context, body []byte) (providerID string, notes []catalog.Undeliverable, err error) {
	message, err := b.open(ctx, body)
	if err != nil || message == nil {
		return "", nil, err
	}
	return readSES(message)
}

// Receipts verifies an event of AWS End User Messaging and returns what it says.
// A *catalog.FieldError says that it is not genuine.
func (b *SNS) Receipts(ctx context.Context, body []byte) ([]catalog.Receipt, error) {
	message, err := b.open(ctx, body)
	if err != nil || message == nil {
		return nil, err
	}
	return readSMSEvent(message), nil
}

// open verifies what was posted and returns the message in it; nil when SNS
// speaks for itself. A subscription is confirmed.
func (b *SNS) open(ctx context.Context, body []byte) (message []byte, err error) {
	var m snsMessage
	if err := json.Unmarshal(body, &m); err != nil || m.TopicArn != b.Topic || b.Topic == "" {
		return nil, errForged
	}
	if err := b.verify(ctx, m); err != nil {
		return nil, err
	}
	switch m.Type {
	case "SubscriptionConfirmation":
		return nil, b.confirm(ctx, m.SubscribeURL)
	case "Notification":
		return []byte(m.Message), nil
	default: // UnsubscribeConfirmation
		return nil, nil
	}
}

// verify checks the signature over the fields that SNS signs, in its order.
func (b *SNS) verify(ctx context.Context, m snsMessage) error {
	signature, err := base64.StdEncoding.DecodeString(m.Signature)
	if err != nil {
		return errForged
	}
	key, err := b.key(ctx, m.SigningCertURL)
	if err != nil {
		return err
	}
	signed := []byte(m.signed())
	switch m.SignatureVersion {
	case "1":
		sum := sha1.Sum(signed) //nolint:gosec // G401: as Amazon has it
		err = rsa.VerifyPKCS1v15(key, crypto.SHA1, sum[:], signature)
	case "2":
		sum := sha256.Sum256(signed)
		err = rsa.VerifyPKCS1v15(key, crypto.SHA256, sum[:], signature)
	default:
		err = errForged
	}
	if err != nil {
		return errForged
	}
	return nil
}

// signed is what the signature is of: each field's name and value on lines of
// their own, those that are there.
func (m snsMessage) signed() string {
	fields := [][2]string{{"Message", m.Message}, {"MessageId", m.MessageID}, {"Subject", m.Subject}, {"Timestamp", m.Timestamp}, {"TopicArn", m.TopicArn}, {"Type", m.Type}}
	if m.Type != "Notification" {
		fields = [][2]string{
			{"Message", m.Message},
			{"MessageId", m.MessageID},
			{"SubscribeURL", m.SubscribeURL},
			{"Timestamp", m.Timestamp},
			{"Token", m.Token},
			{"TopicArn", m.TopicArn},
			{"Type", m.Type},
		}
	}
	var text strings.Builder
	for _, f := range fields {
		if f[0] == "Subject" && f[1] == "" {
			continue
		}
		text.WriteString(f[0] + "\n" + f[1] + "\n")
	}
	return text.String()
}

// key returns the public key of a certificate of Amazon.
func (b *SNS) key(ctx context.Context, address string) (*rsa.PublicKey, error) {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || !snsHost.MatchString(u.Host) || !strings.HasSuffix(u.Path, ".pem") || u.RawQuery != "" || u.User != nil {
		return nil, errForged
	}
	b.mu.Lock()
	known := b.certs[address]
	b.mu.Unlock()
	if known != nil {
		return known, nil
	}
	text, err := b.get(ctx, address)
	if err != nil {
		return nil, errors.Join(catalog.ErrUnavailable, fmt.Errorf("certificate of SNS: %w", err))
	}
	key, err := readKey(text)
	if err != nil {
		return nil, errForged
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.certs == nil || len(b.certs) > 20 {
		b.certs = map[string]*rsa.PublicKey{}
	}
	b.certs[address] = key
	return key, nil
}

func readKey(text []byte) (*rsa.PublicKey, error) {
	block, _ := pem.Decode(text)
	if block == nil {
		return nil, errors.New("no PEM")
	}
	cert, err := x509.ParseCertificate(block.Bytes)
	if err != nil {
		return nil, err
	}
	key, ok := cert.PublicKey.(*rsa.PublicKey)
	if !ok || time.Now().After(cert.NotAfter) {
		return nil, errors.New("not a certificate in force with an RSA key")
	}
	return key, nil
}

// confirm answers SNS that we want the topic.
func (b *SNS) confirm(ctx context.Context, address string) error {
	u, err := url.Parse(address)
	if err != nil || u.Scheme != "https" || !snsHost.MatchString(u.Host) {
		return errForged
	}
	if _, err := b.get(ctx, address); err != nil {
		return errors.Join(catalog.ErrUnavailable, fmt.Errorf("confirm the subscription: %w", err))
	}
	return nil
}

func (b *SNS) get(ctx context.Context, address string) ([]byte, error) {
	ctx, cancel := context.WithTimeout(ctx, snsTimeout)
	defer cancel()
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return nil, err
	}
	answer, err := b.HTTP.Do(request)
	if err != nil {
		return nil, err
	}
	defer answer.Body.Close() //nolint:errcheck // read only
	if answer.StatusCode != http.StatusOK {
		return nil, fmt.Errorf("answered %d", answer.StatusCode)
	}
	return io.ReadAll(io.LimitReader(answer.Body, 64<<10))
}

// sesNotification is what SES says of a mail, as a feedback notification or as
// an event of a configuration set.
type sesNotification struct {
	NotificationType string `json:"notificationType"`
	EventType        string `json:"eventType"`
	Mail             struct {
		MessageID string `json:"messageId"`
	} `json:"mail"`
	Bounce struct {
		BounceType        string `json:"bounceType"` // Permanent, Transient, Undetermined
		BouncedRecipients []struct {
			EmailAddress   string `json:"emailAddress"`
			DiagnosticCode string `json:"diagnosticCode"`
		} `json:"bouncedRecipients"`
	} `json:"bounce"`
	Complaint struct {
		ComplainedRecipients []struct {
			EmailAddress string `json:"emailAddress"`
		} `json:"complainedRecipients"`
		ComplaintFeedbackType string `json:"complaintFeedbackType"`
	} `json:"complaint"`
}

// readSES finds what is for good: a full mailbox is not.
func readSES(body []byte) (string, []catalog.Undeliverable, error) {
	var n sesNotification
	if err := json.Unmarshal(body, &n); err != nil {
		return "", nil, nil //nolint:nilerr // SNS also tells that the topic was connected, in words
	}
	var notes []catalog.Undeliverable
	switch kind := n.NotificationType + n.EventType; {
	case kind == "Bounce" && n.Bounce.BounceType == "Permanent":
		for _, r := range n.Bounce.BouncedRecipients {
			notes = append(notes, undeliverable(r.EmailAddress, "bounce", r.DiagnosticCode))
		}
	case kind == "Complaint":
		for _, r := range n.Complaint.ComplainedRecipients {
			notes = append(notes, undeliverable(r.EmailAddress, "complaint", n.Complaint.ComplaintFeedbackType))
		}
	}
	return n.Mail.MessageID, notes, nil
}

func undeliverable(address, reason, detail string) catalog.Undeliverable {
	return catalog.Undeliverable{
		Channel: catalog.ChannelEmail, Address: strings.ToLower(strings.TrimSpace(address)), Reason: reason, Detail: strings.ToValidUTF8(detail, "?"),
	}
}
