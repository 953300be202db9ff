package main

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"net/url"
	"time"

	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/danielgtaylor/huma/v2"
	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgxpool"
	"golang.org/x/sync/errgroup"

	"rounds/catalog"
	"rounds/catalog/catalogdb"
	"rounds/catalog/identity"
	"rounds/catalog/identity/logins"
	"rounds/catalog/identity/passkeys"
	"rounds/catalog/ingest"
	"rounds/catalog/notify"
	"rounds/deploy/care/caredb"
	"rounds/playback"
	"rounds/playback/cloudfront"
	"rounds/playback/playbackdb"
	"rounds/player"
	"rounds/transcode/jobs"
)

// serveCommand is `rounds serve`.
type serveCommand struct {
	Site           siteConfig      `embed:""`
	Database       databaseConfig  `embed:""`
	Storage        storageConfig   `embed:""`
	Seal           sealConfig      `embed:""`
	Sign           signConfig      `embed:""`
	Mail           mailConfig      `embed:""`
	Phone          phoneConfig     `embed:""`
	Webhooks       webhookConfig   `embed:""`
	Evidence       evidenceConfig  `embed:""`
	Quality        qualityConfig   `embed:""`
	Retention      retentionConfig `embed:""`
	Rehearsal      rehearsalConfig `embed:""`
	Listen         string          `default:"127.0.0.1:8081" env:"ROUNDS_LISTEN" help:"Address to serve on, behind the edge or CloudFront."`
	AdminListen    string          `env:"ROUNDS_ADMIN_LISTEN" help:"Address for /metrics; empty serves none. Never open it to the public."`
	Checks         checkConfig     `embed:""`
	TrustedProxies []netip.Prefix  `default:"127.0.0.0/8,::1/128" env:"ROUNDS_TRUSTED_PROXIES" help:"Networks whose X-Forwarded-For is believed."`
	Watching       watchConfig     `embed:""`
	Limits         limitConfig     `embed:""`
	SSO            ssoConfig       `embed:""`
	Trace          traceConfig     `embed:""`
	Leave          drainConfig     `embed:""`
}

// watchConfig limits what one account may do with its right to watch.
type watchConfig struct {
	Devices      int           `default:"2" env:"ROUNDS_DEVICES" help:"Devices on which a doctor may have playback open (one of them plays); 0: any number."`
	DeviceWindow time.Duration `default:"4h" env:"ROUNDS_DEVICE_WINDOW" help:"A device on which no playback was opened for so long does not count."`
	KeyLimit     int           `default:"60" env:"ROUNDS_KEY_LIMIT" help:"Content keys an account may fetch within ten minutes; more is answered 429 and raises an alarm; 0: any number."`
}

// keyWindow is what KeyLimit counts in.
const keyWindow = 10 * time.Minute

func (c watchConfig) devices() playback.Devices {
	return playback.Devices{Most: c.Devices, Window: c.DeviceWindow}
}

func (c watchConfig) keys() playback.KeyLimit {
	return playback.KeyLimit{Most: c.KeyLimit, Window: keyWindow}
}

// server is everything `rounds serve` is made of.
type server struct {
	config *serveCommand
	log    *slog.Logger
	base   *url.URL
	db     *pgxpool.Pool
	s3     *s3.Client
	*sight
	metrics  *httpMetrics
	hints    *jobs.Inserter
	store    *catalogdb.Store
	plays    *playbackdb.Store
	logins   *logins.Manager
	uploads  *ingest.Uploads
	signer   *cloudfront.Signer
	sender   *notify.Sender
	sealer   *catalog.Sealer
	pepper   []byte // of one-time codes
	quality  *qualitySink
	passkeys *passkeys.Keys
	imports  chan struct{} // a list of people was received
	document *huma.OpenAPI // of the API, once it is made
	tell     func(context.Context, pgx.Tx, catalog.Message) error
}

// Run serves until ctx ends, and for the drain after it.
func (c *serveCommand) Run(ctx context.Context, log *slog.Logger) error {
	leaving := ctx.Done()
	ctx, stop := c.Leave.after(ctx)
	defer stop()
	sight, err := c.Trace.sight(ctx, "serve", log)
	if err != nil {
		return err
	}
	defer sight.close(ctx, log)
	db, err := c.Database.open(ctx, sight.database)
	if err != nil {
		return err
	}
	defer db.Close()
	s, err := c.build(ctx, log, db, sight)
	if err != nil {
		return err
	}
	handler, err := s.handler(ctx)
	if err != nil {
		return err
	}
	adminPort, err := s.adminPort(ctx)
	if err != nil {
		return err
	}
	heads, err := c.Evidence.vault(s.s3)
	if err != nil {
		return err
	}
	group, ctx := errgroup.WithContext(ctx)
	group.Go(func() error { return patiently(ctx, log, "messages", s.sender.Run) })
	group.Go(func() error {
		s.webhookSender().Run(ctx)
		return nil
	})
	group.Go(func() error {
		s.upkeep(ctx, heads)
		return nil
	})
	group.Go(func() error {
		s.careFor(ctx)
		return nil
	})
	group.Go(func() error { return s.keepSigning(ctx) })
	group.Go(func() error {
		s.quality.run(ctx)
		return nil
	})
	group.Go(func() error {
		s.runImports(ctx)
		return nil
	})
	group.Go(func() error {
		return listen(ctx, log,
			listener{name: "api", address: c.Listen, handler: handler, leaving: leaving},
			listener{name: "api admin", address: c.AdminListen, handler: adminPort})
	})
	return group.Wait()
}

// analyticsAge is how old the figures of an audience may be.
const analyticsAge = time.Minute

// build joins the adapters.
func (c *serveCommand) build(ctx context.Context, log *slog.Logger, db *pgxpool.Pool, sight *sight) (*server, error) {
	s := &server{config: c, log: log, db: db, sight: sight, metrics: newHTTPMetrics(sight.registry), imports: make(chan struct{}, 1)}
	master, err := c.Seal.read()
	if err != nil {
		return nil, err
	}
	if s.sealer, err = catalog.NewSealer(master); err != nil {
		return nil, err
	}
	if s.base, err = c.Site.parse(); err != nil {
		return nil, err
	}
	if s.s3, err = c.Storage.client(ctx, s.storage()); err != nil {
		return nil, err
	}
	if s.pepper, err = identity.Pepper(master); err != nil {
		return nil, err
	}
	if s.signer, err = c.Sign.signer(ctx, s.base); err != nil {
		return nil, err
	}
	s.passkeys = passkeys.New(s.base, s.sealer)
	s.plays = playbackdb.New(db, s.sealer).MarkingKeys(catalogdb.UseKey).Remembering(analyticsAge)
	s.quality = newQualitySink(db, s.registry, log)
	if err := s.buildCatalog(ctx); err != nil {
		return nil, err
	}
	s.count()
	return s, nil
}

// buildCatalog joins what writes the catalog: its transactions also hint at the
// transcoder's queue and fill the outbox.
func (s *server) buildCatalog(ctx context.Context) error {
	carrying := jobs.Carrying(s.trace, nil)
	outbox, err := notify.NewOutbox(s.db, s.sealer, s.log, carrying)
	if err != nil {
		return err
	}
	s.tell = outbox.Put
	s.plays.Telling(outbox.Put)
	s.hints, err = jobs.NewInserter(s.db, s.log, carrying)
	if err != nil {
		return err
	}
	s.sender, err = s.sending(ctx)
	if err != nil {
		return err
	}
	s.store = catalogdb.New(s.db, catalogdb.Hooks{
		Enqueue: s.hints.Enqueue, Send: outbox.Put, RuleChanged: s.plays.SettleProgram, TimeMapSet: s.plays.TimeMapSet,
		MergeWatched: s.plays.MergeWatched, EraseWatched: s.plays.EraseWatched,
	})
	s.uploads = ingest.New(ingest.Config{Client: s.s3, Bucket: s.config.Storage.UploadBucket, Store: s.store, Observe: countUploads(s.registry)})
	s.logins = logins.New(logins.Config{
		DB: s.db, People: s.store, Secure: s.base.Scheme == "https", OnError: writeProblem,
		Trusted: s.config.Limits.TrustedNetworks,
	})
	return nil
}

// count adds the figures of this process, and of what waits in the database:
// workers, which also know it, may be none.
func (s *server) count() {
	countBeats(s.registry, s.plays)
	s.registry.MustRegister(poolCollector{s.db}, chunkQueueOf(s.store.ChunkQueue), backlogOfRecordings(s.store.RecordingBacklog),
		backlogOfJobs(s.hints.Backlog), upkeepDone(s.store.UpkeepDone), checkResults(caredb.New(s.db).Lasts))
}

// handler is the API with the pages behind it, and what stands before both.
func (s *server) handler(ctx context.Context) (http.Handler, error) {
	sameOrigin, err := sameOriginOnly(s.base.String())
	if err != nil {
		return nil, err
	}
	storage, err := s.uploads.Origin(ctx)
	if err != nil {
		return nil, fmt.Errorf("address of the upload bucket: %w", err)
	}
	api := s.api() //nolint:contextcheck // a request's own context goes on with what its scopes grant
	pages := player.New(player.Config{
		Backend:      &pages{api: api, store: s.store, progress: s.plays, picture: s.mediaURL},
		BaseURL:      s.base.String(),
		UploadOrigin: storage,
		When:         catalog.WhenIn,
		SingleSignOn: s.config.SSO.OIDCIssuer != "",
		Log:          s.log,
	})
	if err := s.registerSSO(api); err != nil {
		return nil, err
	}
	api.NoRoute(pagesBehind(pages))
	return chain(api,
		accessLog(s.log, s.metrics, s.trace, s.config.TrustedProxies...),
		securityHeaders(s.base.Scheme == "https"),
		recoverPanics(s.log, s.metrics.panics),
		realAddress(s.config.TrustedProxies),
		canonicalHost(s.base.String(), s.base.Host),
		sameOrigin,
		limitBody,
		s.logins.Middleware,
		newRates(s.config.Limits, s.metrics.limited).middleware,
		withRemoteAddress,
		withLanguage,
		headLikeGet,
	), nil
}

// checks are what /readyz asks.
func (s *server) checks() []check {
	return []check{
		{"database", s.db.Ping},
		{"storage", s.askBucket},
		{"queue", func(ctx context.Context) error {
			_, err := s.db.Exec(ctx, "select 1 from river_job limit 1")
			return err
		}},
	}
}

func (s *server) askBucket(ctx context.Context) error {
	_, err := s.s3.HeadBucket(ctx, &s3.HeadBucketInput{Bucket: &s.config.Storage.MediaBucket})
	return err
}
