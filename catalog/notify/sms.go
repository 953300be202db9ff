package notify

import (
	"context"
	"errors"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2"
	"github.com/aws/aws-sdk-go-v2/service/pinpointsmsvoicev2/types"
)

// SMSConfig is what an SMS transport is made of.
type SMSConfig struct {
	AWS              aws.Config
	Origin           string // the number, sender id, pool or their ARN that texts come from; empty: what the account has for the country
	ConfigurationSet string
	IndianEntity     string // id of our registration in the Indian DLT registry
}

// SMS is a Transport over AWS End User Messaging SMS.
type SMS struct {
	client *pinpointsmsvoicev2.Client
	config SMSConfig
}

// NewSMS makes the transport. The SDK's own retries are off: a text would
// arrive twice.
func NewSMS(c SMSConfig) *SMS {
	return &SMS{config: c, client: pinpointsmsvoicev2.NewFromConfig(c.AWS, func(o *pinpointsmsvoicev2.Options) { o.Retryer = aws.NopRetryer{} })}
}

// Repeatable implements Transport: a text has no name.
func (*SMS) Repeatable() bool { return false }

// longestSMSLife is the most that the service takes, in seconds: three days.
const longestSMSLife = 259_200

// Send implements Transport. An operator that cannot deliver in time forgets
// the text, so that a code never comes late.
func (s *SMS) Send(ctx context.Context, m Outgoing) (string, error) {
	request := &pinpointsmsvoicev2.SendTextMessageInput{
		DestinationPhoneNumber: aws.String(m.To), MessageBody: aws.String(m.Text), MessageType: types.MessageTypeTransactional,
		OriginationIdentity: given(s.config.Origin), ConfigurationSetName: given(s.config.ConfigurationSet),
		Context:    map[string]string{"message_id": m.ID},
		TimeToLive: aws.Int32(int32(min(max(time.Until(m.Expires).Seconds(), 5), longestSMSLife))),
	}
	if m.Country == "IN" {
		request.DestinationCountryParameters = map[string]string{
			string(types.DestinationCountryParameterKeyInTemplateId): m.Template.ExternalID,
			string(types.DestinationCountryParameterKeyInEntityId):   s.config.IndianEntity,
		}
	}
	answer, err := s.client.SendTextMessage(ctx, request)
	if err != nil {
		return "", judgeSMS(err)
	}
	return aws.ToString(answer.MessageId), nil
}

// given is nil for what is not set.
func given(s string) *string {
	if s == "" {
		return nil
	}
	return aws.String(s)
}

// judgeSMS also knows what speaks of the number: its owner has answered STOP,
// or there is none.
func judgeSMS(err error) error {
	judged := judgeAWS(err)
	rejection, ok := rejected(judged)
	if !ok {
		return judged
	}
	var conflict *types.ConflictException
	var invalid *types.ValidationException
	switch {
	case errors.As(err, &conflict):
		rejection.Address = conflict.Reason == types.ConflictExceptionReasonDestinationPhoneNumberOptedOut
		if !rejection.Address {
			return err // something of ours is not in order
		}
	case errors.As(err, &invalid):
		for _, f := range invalid.Fields {
			rejection.Address = rejection.Address || aws.ToString(f.Name) == "DestinationPhoneNumber"
		}
	}
	return rejection
}
