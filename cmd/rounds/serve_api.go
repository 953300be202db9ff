package main

import (
	"net/http"
	"strings"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"rounds/catalog"
	"rounds/catalog/catalogapi"
	"rounds/deploy/care/careapi"
	"rounds/deploy/care/caredb"
	"rounds/playback/edge"
	"rounds/playback/playbackapi"
)

type ginContext = gin.Context

// api is the JSON API: gin routes it, huma describes and validates it.
func (s *server) api() *gin.Engine {
	gin.SetMode(gin.ReleaseMode)
	engine := gin.New()
	engine.HandleMethodNotAllowed = true
	engine.UseRawPath = true
	engine.Use(s.noteRoute)
	engine.NoMethod(noMethod)
	for _, method := range []string{http.MethodGet, http.MethodHead} { // load balancers use either
		engine.Handle(method, "/healthz", gin.WrapF(healthz))
		engine.Handle(method, "/readyz", gin.WrapF(readyz(s.checks())))
	}
	api := humagin.New(engine, apiConfig())
	withScopes(api)
	withIDs(api)
	catalogDeps := catalogapi.Deps{
		Store: s.store, Uploads: s.uploads, Materials: s.uploads, Logins: s.logins, Passkeys: s.passkeys, Pepper: s.pepper, Sealer: s.sealer, BaseURL: s.base.String(),
		ReadCaptions: readCaptions, MediaURL: s.mediaURL, Played: s.plays, ImportsWait: s.importsWait, Say: say,
	}
	catalogDeps.Readiness, catalogDeps.Settings = s.readiness(), settings(s.config)
	catalogDeps.RehearsalLife = s.config.Rehearsal.life()
	s.messageDeps(&catalogDeps)
	catalogapi.Register(api, catalogDeps)
	playbackapi.Register(api, playbackapi.Deps{
		Store: s.plays, Signer: s.signer, Objects: edge.NewS3(s.s3, s.config.Storage.MediaBucket), BaseURL: s.base,
		Creating: catalogapi.Creating(api, catalogDeps), Events: s.quality,
		Devices: s.config.Watching.devices(), KeyLimit: s.config.Watching.keys(), BulkKeys: s.bulkKeys(), Say: say,
	})
	careapi.Register(api, careapi.Deps{Reports: caredb.New(s.db).Lasts, Past: caredb.New(s.db).Past, Say: say})
	s.document = api.OpenAPI()
	requireIDs(s.document)
	documentLimits(s.document)
	documentScopes(api.OpenAPI())
	engine.GET("/docs", gin.WrapF(docsPage(api)))
	engine.GET("/docs/style.css", gin.WrapF(docsStyle))
	return engine
}

// noMethod answers a method that a path does not have; gin has set Allow.
func noMethod(c *ginContext) {
	sendProblem(c.Writer, newProblem(http.StatusMethodNotAllowed, "method_not_allowed",
		"This cannot be done here. The Allow header names what can."))
}

// pagesBehind gives what is no route of the API to the pages; below /v1 there
// are none, and programs get a problem they can read.
func pagesBehind(pages http.Handler) gin.HandlerFunc {
	return func(c *ginContext) {
		if path := c.Request.URL.Path; path == "/v1" || strings.HasPrefix(path, "/v1/") {
			writeProblem(c.Writer, c.Request, catalog.ErrNotFound)
			return
		}
		c.Status(http.StatusOK) // gin presets 404; the pages decide
		pages.ServeHTTP(c.Writer, c.Request)
	}
}

// apiConfig describes the API. Nothing of it is loaded from another host.
func apiConfig() huma.Config {
	config := huma.DefaultConfig("Rounds", "1.0.0")
	config.Info.Description = "Video-on-demand for continuing medical education: catalog, uploads, playback and credit. " +
		"Errors are application/problem+json (RFC 9457) with a stable `code` and a `detail` for people, in English " +
		"or in the language that Accept-Language asks for, if the pages have it (Content-Language says which)."
	config.DocsPath = ""     // served by docsPage
	config.CreateHooks = nil // no $schema links in answers
	return config
}
