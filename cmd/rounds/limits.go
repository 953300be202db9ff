package main

import (
	"cmp"
	"net/http"
	"net/netip"
	"sync"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/prometheus/client_golang/prometheus"
	"golang.org/x/time/rate"

	"rounds/catalog"
	"rounds/catalog/identity"
)

// limitConfig bounds what one client may ask for. What guards secrets – tries of
// codes, failures of a network – is counted in the database for all processes;
// these rates only keep one client from taking a process for itself.
type limitConfig struct {
	PersonRate      int            `default:"50" env:"ROUNDS_PERSON_RATE" help:"Requests a second that one signed-in person may send to this process; twenty times as many at once. More is answered 429. 0: any number."`
	TokenRate       int            `default:"500" env:"ROUNDS_TOKEN_RATE" help:"Requests a second that one API token may send to this process; ten times as many at once. More is answered 429. 0: any number."`
	TrustedNetworks []netip.Prefix `env:"ROUNDS_TRUSTED_NETWORKS" help:"Networks whose wrong codes are not counted together, such as a hospital's address behind which thousands sit: 203.0.113.0/24,…"`
}

// How many requests may come at once, in seconds of the rate.
const (
	personBurst = 20
	tokenBurst  = 10
)

// maxLimited bounds how many clients are remembered; beyond it all start afresh.
const maxLimited = 100_000

// rates limits requests by who sends them. Nobody is not limited: strangers
// share addresses, and what they can do costs little.
type rates struct {
	config  limitConfig
	now     func() time.Time
	refused *prometheus.CounterVec // by who: person, token

	mu      sync.Mutex
	clients map[string]*rate.Limiter
}

func newRates(config limitConfig, refused *prometheus.CounterVec) *rates {
	return &rates{config: config, now: time.Now, refused: refused, clients: map[string]*rate.Limiter{}}
}

// middleware refuses what is too much. It stands behind the one that knows who asks.
func (l *rates) middleware(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		who := identity.FromContext(r.Context())
		if wait := l.wait(who); wait > 0 {
			l.refused.WithLabelValues(kindOf(who)).Inc()
			writeProblem(w, r, &catalog.RateLimitError{
				Code: codeOfStatus(http.StatusTooManyRequests), RetryAfter: wait, Message: "Too many requests at once. Please slow down.",
			})
			return
		}
		next.ServeHTTP(w, r)
	})
}

// kindOf tells people from machines.
func kindOf(who identity.Principal) string {
	if who.AccountID == "" {
		return "token"
	}
	return "person"
}

// wait is how long somebody has to wait for her next request; 0: not at all.
func (l *rates) wait(who identity.Principal) time.Duration {
	perSecond, burst := l.config.PersonRate, personBurst
	if who.AccountID == "" {
		perSecond, burst = l.config.TokenRate, tokenBurst
	}
	if !who.SignedIn() || perSecond <= 0 {
		return 0
	}
	now := l.now()
	reserved := l.client(who.Actor(), perSecond, burst).ReserveN(now, 1)
	wait := reserved.DelayFrom(now)
	if wait > 0 {
		reserved.CancelAt(now)
	}
	return wait
}

func (l *rates) client(name string, perSecond, burst int) *rate.Limiter {
	l.mu.Lock()
	defer l.mu.Unlock()
	limiter, known := l.clients[name]
	if !known {
		if len(l.clients) >= maxLimited {
			clear(l.clients)
		}
		limiter = rate.NewLimiter(rate.Limit(perSecond), perSecond*burst)
		l.clients[name] = limiter
	}
	return limiter
}

// documentLimits adds to every operation the answer that middleware can give in
// its place, and what it says.
func documentLimits(document *huma.OpenAPI) {
	for _, item := range document.Paths {
		for _, operation := range operationsOf(item) {
			like := cmp.Or(operation.Responses["422"], operation.Responses["401"]) // every problem looks alike
			if like == nil {
				continue
			}
			if operation.Responses["429"] == nil {
				operation.Responses["429"] = &huma.Response{Description: http.StatusText(http.StatusTooManyRequests), Content: like.Content}
			}
			operation.Responses["429"].Headers = map[string]*huma.Param{
				"Retry-After": {Description: "Seconds to wait.", Schema: &huma.Schema{Type: huma.TypeInteger}},
			}
		}
	}
}
