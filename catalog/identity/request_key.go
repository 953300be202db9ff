package identity

import "context"

// RequestKey names a request that may be sent again: an Idempotency-Key and
// whose it is. The zero value is none.
type RequestKey struct{ Actor, Key string }

type requestKey struct{}

// WithRequestKey returns ctx carrying k, for whoever does the work in a
// transaction: that it is done must be known exactly when it is.
func WithRequestKey(ctx context.Context, k RequestKey) context.Context {
	return context.WithValue(ctx, requestKey{}, k)
}

// RequestKeyOf returns what WithRequestKey put there.
func RequestKeyOf(ctx context.Context) RequestKey {
	k, _ := ctx.Value(requestKey{}).(RequestKey)
	return k
}
