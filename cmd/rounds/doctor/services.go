package doctor

import (
	"cmp"
	"context"
	"crypto/ecdsa"
	"encoding/json"
	"io"
	"net/http"
	"net/url"
	"slices"
	"time"

	"rounds/catalog"
	"rounds/deploy/care"
	"rounds/playback/cloudfront"
)

// get asks an address; body is its beginning.
func (d *doctor) get(ctx context.Context, address string) (status int, body []byte, err error) {
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return 0, nil, err
	}
	response, err := d.http.Do(request)
	if err != nil {
		return 0, nil, err
	}
	defer response.Body.Close() //nolint:errcheck // read below
	body, err = io.ReadAll(io.LimitReader(response.Body, 64<<10))
	return response.StatusCode, body, err
}

func (d *doctor) api(ctx context.Context) care.Finding {
	base := cmp.Or(d.API, d.Base)
	if base == nil {
		return care.NotKnown("Neither %s nor %s is set here.", "ROUNDS_API_URL", "ROUNDS_BASE_URL")
	}
	const remedy = "See the log of `rounds serve`; start it again; behind a load balancer, look at its targets."
	if status, _, err := d.get(ctx, base.JoinPath("/healthz").String()); err != nil || status != http.StatusOK {
		return care.Not(care.Red, remedy, "%s does not answer as it should: %s.", base.String(), answered(status, err))
	}
	status, body, err := d.get(ctx, base.JoinPath("/readyz").String())
	if err == nil && status == http.StatusOK {
		return care.Fine("%s is alive and ready.", base.String())
	}
	parts := map[string]string{}
	_ = json.Unmarshal(body, &parts) // a proxy's page is none; then no part is named
	var away []string
	for part, state := range parts {
		if state != "ok" {
			away = append(away, part)
		}
	}
	slices.Sort(away)
	return care.Not(care.Red, remedy, "%s is alive and not ready: %s.", base.String(), catalog.List(answered(status, err), catalog.Names(away)))
}

func answered(status int, err error) catalog.Sentence {
	if err != nil {
		return care.Reason(err)
	}
	return catalog.Say("HTTP %d", status)
}

// edge goes the way that browsers go.
func (d *doctor) edge(ctx context.Context) care.Finding {
	if d.Base == nil {
		return care.NotKnown(notSet, "ROUNDS_BASE_URL")
	}
	if status, _, err := d.get(ctx, d.Base.JoinPath("/healthz").String()); err != nil || status != http.StatusOK {
		return care.Not(care.Red, "See `rounds edge`, or CloudFront and its origin; the names and the certificate before.", "%s does not answer as it should: %s.", d.Base.String(), answered(status, err))
	}
	stranger := catalog.MediaPrefix("rec_none", "none") + "master.m3u8"
	status, _, err := d.get(ctx, d.Base.JoinPath("/"+stranger).String())
	switch {
	case err != nil:
		return care.Not(care.Red, "See `rounds edge`, or CloudFront.", "%s gives no media: %s.", d.Base.String(), care.Reason(err))
	case status != http.StatusForbidden:
		return care.Not(care.Red, "Requests for `/media/` must go to `rounds edge`, or to CloudFront with its key group; see what stands there instead.",
			"%s answers a stranger who asks for media with %d instead of 403.", d.Base.String(), status)
	default:
		return care.Fine("%s answers, and gives strangers no media.", d.Base.String())
	}
}

func (d *doctor) workers(ctx context.Context) care.Finding {
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		seen, waiting, err := d.facts.Workers(ctx)
		return care.JudgeWorkers(seen, waiting), err
	})
}

func (d *doctor) release(context.Context) care.Finding { return care.JudgeRelease(d.Built, time.Now()) }

func (d *doctor) signingKey(context.Context) care.Finding {
	if d.SigningKey == nil {
		return care.NotKnown(notSet, "ROUNDS_SIGNING_KEY_FILE")
	}
	k := care.SigningKey{ID: d.SigningID, Age: d.SigningAge}
	public, ok := d.PublicKeys[d.SigningID]
	pair, isECDSA := public.(*ecdsa.PublicKey)
	k.Public = ok || len(d.PublicKeys) > 0
	k.Fits = isECDSA && d.SigningKey.PublicKey.Equal(pair)
	return care.JudgeSigningKey(k)
}

// mediaSignature asks the front door for a real recording, signed and not.
func (d *doctor) mediaSignature(ctx context.Context) care.Finding {
	if d.SigningKey == nil || d.Base == nil {
		return care.NotKnown("%s or %s is not set here.", "ROUNDS_SIGNING_KEY_FILE", "ROUNDS_BASE_URL")
	}
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		newest, err := d.facts.Newest(ctx, 1)
		if err != nil || len(newest) == 0 {
			return care.Fine("No recording is published yet."), err
		}
		key := catalog.MediaPrefix(catalog.RecordingID(newest[0].ID), newest[0].Token) + "master.m3u8"
		return d.trySignature(ctx, key), nil
	})
}

func (d *doctor) trySignature(ctx context.Context, key string) care.Finding {
	const remedy = "See that the front door has the public key of `ROUNDS_SIGNING_KEY_ID`: `ROUNDS_PUBLIC_KEYS` of the edge, or the key group of CloudFront."
	signer, err := cloudfront.NewSigner(cloudfront.SignerConfig{BaseURL: d.Base, Keys: []cloudfront.Key{{ID: d.SigningID, Key: d.SigningKey}}})
	if err != nil {
		return care.Not(care.Red, remedy, "Nothing can be signed: %s.", care.Reason(err))
	}
	signed, err := signer.ObjectURL(key, time.Minute)
	if err != nil {
		return care.Not(care.Red, remedy, "Nothing can be signed: %s.", care.Reason(err))
	}
	if status, _, err := d.get(ctx, signed); err != nil || status != http.StatusOK {
		return care.Not(care.Red, remedy, "The front door does not give %s with our signature: %s.", key, answered(status, err))
	}
	open, _ := url.Parse(signed) // it was just asked for
	open.RawQuery = ""
	if status, _, err := d.get(ctx, open.String()); err != nil || status != http.StatusForbidden {
		return care.Not(care.Red, "Close it now: whoever has an address can copy recordings.", "The front door answers without a signature: %s.", answered(status, err))
	}
	return care.Fine("The front door gives a recording with our signature, and not without.")
}

func (d *doctor) masterKey(ctx context.Context) care.Finding {
	if d.Sealer == nil {
		return care.NotKnown(notSet, "ROUNDS_MASTER_KEY_FILE")
	}
	return d.ask(ctx, func(ctx context.Context) (care.Finding, error) {
		sealed, token, err := d.facts.SealedKey(ctx)
		if err != nil || sealed == nil {
			return care.JudgeMasterKey(false, false), err
		}
		_, failed := d.Sealer.Open(sealed, token)
		return care.JudgeMasterKey(true, failed == nil), nil
	})
}
