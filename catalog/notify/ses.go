package notify

import (
	"bytes"
	"context"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/sesv2"
	"github.com/aws/aws-sdk-go-v2/service/sesv2/types"
)

// SES is a Transport over Amazon SES.
type SES struct {
	client           *sesv2.Client
	configurationSet string
}

// NewSES makes a transport of an AWS configuration. The configuration set, if
// it is not empty, is what publishes bounces to the topic of Bounces. The SDK's
// own retries are off: SES would send a mail twice.
func NewSES(config aws.Config, configurationSet string) *SES {
	return &SES{configurationSet: configurationSet, client: sesv2.NewFromConfig(config, func(o *sesv2.Options) { o.Retryer = aws.NopRetryer{} })}
}

// Repeatable implements Transport: SES gives each mail a Message-ID of its own.
func (*SES) Repeatable() bool { return false }

// Send implements Transport.
func (s *SES) Send(ctx context.Context, m Outgoing) (string, error) {
	message, err := composeMail(m)
	if err != nil {
		return "", err
	}
	var raw bytes.Buffer
	if _, err := message.WriteTo(&raw); err != nil {
		return "", err
	}
	request := &sesv2.SendEmailInput{
		FromEmailAddress: aws.String(m.From), Destination: &types.Destination{ToAddresses: []string{m.To}},
		Content:   &types.EmailContent{Raw: &types.RawMessage{Data: raw.Bytes()}},
		EmailTags: []types.MessageTag{{Name: aws.String("message_id"), Value: aws.String(m.ID)}},
	}
	if s.configurationSet != "" {
		request.ConfigurationSetName = aws.String(s.configurationSet)
	}
	answer, err := s.client.SendEmail(ctx, request)
	if err != nil {
		return "", judgeAWS(err)
	}
	return aws.ToString(answer.MessageId), nil
}
