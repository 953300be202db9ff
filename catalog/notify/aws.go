package notify

import (
	"errors"
	"net"
	"net/http"
	"slices"

	"github.com/aws/smithy-go"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// Codes of AWS: what comes too often, and what will never be taken. What says
// that our own account, key or domain is not in order is neither: it is tried
// again, until that is mended.
var (
	awsThrottles  = []string{"TooManyRequestsException", "ThrottlingException", "Throttling", "LimitExceededException"}
	awsRejections = []string{"MessageRejected", "BadRequestException", "ValidationException", "ConflictException"}
)

// judgeAWS turns an error of the SDK into what follows for the message.
func judgeAWS(err error) error {
	var fromService smithy.APIError
	if errors.As(err, &fromService) {
		switch {
		case slices.Contains(awsThrottles, fromService.ErrorCode()):
			return &Throttle{Cause: err}
		case slices.Contains(awsRejections, fromService.ErrorCode()):
			return &Rejection{Reason: fromService.ErrorCode() + ": " + fromService.ErrorMessage()}
		}
		return err
	}
	var answer *smithyhttp.ResponseError
	if errors.As(err, &answer) && answer.HTTPStatusCode() >= http.StatusBadRequest { // of something in between
		if answer.HTTPStatusCode() == http.StatusTooManyRequests {
			return &Throttle{Cause: err}
		}
		return err
	}
	var unsent *smithyhttp.RequestSendError
	var unread *smithy.DeserializationError
	var cancelled *smithy.CanceledError
	if (errors.As(err, &unsent) || errors.As(err, &cancelled)) && !neverConnected(err) || errors.As(err, &unread) {
		return &Unsure{Cause: err}
	}
	return err
}

// neverConnected tells whether nothing was said to anybody.
func neverConnected(err error) bool {
	var lookup *net.DNSError
	var op *net.OpError
	return errors.As(err, &lookup) || errors.As(err, &op) && op.Op == "dial"
}
