package main

import (
	"context"
	"errors"
	"log/slog"
	"net/http"
	"time"

	"github.com/aws/aws-sdk-go-v2/feature/ec2/imds"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// spotWatch waits for the notice that EC2 gives two minutes before it takes a
// spot instance away.
type spotWatch struct {
	metadata *imds.Client
	every    time.Duration
	log      *slog.Logger
}

// newSpotWatch asks the metadata service (IMDSv2) at that address; an empty one
// means the instance's own.
func newSpotWatch(address string, log *slog.Logger) spotWatch {
	return spotWatch{metadata: imds.New(imds.Options{Endpoint: address}), every: 5 * time.Second, log: log}
}

// spotAction is where the notice appears; it is not found before (EC2 user
// guide, spot instance interruption notices).
const spotAction = "spot/instance-action"

// wait returns nil when the notice has come, or when ctx has ended. A metadata
// service that does not answer is asked again.
func (w spotWatch) wait(ctx context.Context) error {
	again := time.NewTicker(w.every)
	defer again.Stop()
	for {
		noticed, err := w.noticed(ctx)
		switch {
		case noticed:
			w.log.WarnContext(ctx, "this spot instance will be taken away: stopping")
			return nil
		case err != nil && ctx.Err() == nil:
			w.log.WarnContext(ctx, "no answer about spot interruptions, asking again", "error", err)
		}
		select {
		case <-ctx.Done():
			return nil
		case <-again.C:
		}
	}
}

func (w spotWatch) noticed(ctx context.Context) (bool, error) {
	ctx, cancel := context.WithTimeout(ctx, w.every)
	defer cancel()
	answer, err := w.metadata.GetMetadata(ctx, &imds.GetMetadataInput{Path: spotAction})
	var refused *smithyhttp.ResponseError
	if errors.As(err, &refused) && refused.HTTPStatusCode() == http.StatusNotFound {
		return false, nil
	}
	if err != nil {
		return false, err
	}
	return true, answer.Content.Close()
}
