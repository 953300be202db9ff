package main

import (
	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humagin"
	"github.com/gin-gonic/gin"

	"rounds/catalog/catalogapi"
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
	engine.GET("/healthz", gin.WrapF(healthz))
	engine.GET("/readyz", gin.WrapF(readyz(s.checks())))
	api := humagin.New(engine, apiConfig())
	catalogapi.Register(api, catalogapi.Deps{
		Store: s.store, Uploads: s.uploads, Logins: s.logins, Pepper: s.pepper, Sealer: s.sealer, BaseURL: s.base.String(),
	})
	playbackapi.Register(api, playbackapi.Deps{
		Store: s.plays, Signer: s.signer, Objects: edge.NewS3(s.s3, s.config.Storage.MediaBucket), BaseURL: s.base,
	})
	engine.GET("/docs", gin.WrapF(docsPage(api)))
	engine.GET("/docs/style.css", gin.WrapF(docsStyle))
	return engine
}

// apiConfig describes the API. Nothing of it is loaded from another host.
func apiConfig() huma.Config {
	config := huma.DefaultConfig("Rounds", "1.0.0")
	config.Info.Description = "Video-on-demand for continuing medical education: catalog, uploads, playback and credit. " +
		"Errors are application/problem+json (RFC 9457) with a stable `code` and a `detail` for people."
	config.DocsPath = ""     // served by docsPage
	config.CreateHooks = nil // no $schema links in answers
	return config
}
