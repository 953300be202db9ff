# Rounds. `make help` lists what there is.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# What `make run` reads: the port browsers use, the folder of everything that
# is kept, and whether a demo program is seeded.
export PORT ?= 8080
export DATA ?= data
export DEMO ?= 1

BIN := .bin
# install.sh puts a newer Node.js there when the system's is too old.
export PATH := $(CURDIR)/$(BIN)/nodejs/node_modules/node/bin:$(PATH)
VERSITYGW := v1.8.0
GOLANGCI := v2.15.0
K6 := v1.8.1
ACTIONLINT := v1.7.7
TFLINT := v0.55.1
CYCLONEDX := v1.9.0
GOVULNCHECK := v1.1.4
PROMTOOL := v0.316.0
PACKAGES ?= ./...
# Several test binaries share few cores with ffmpeg and a browser.
TEST_FLAGS ?= -race -timeout 25m

go_sources := $(shell find catalog cmd deploy playback player transcode -name '*.go' -o -name '*.sql' -o -path '*/templates/*' -o -path '*/locales/*') go.mod go.sum
player_sources := $(shell find player -path player/node_modules -prune -o -path player/dist -prune -o -type f -print)

.PHONY: help
help: ## list the commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo "  make bench-NAME     run one benchmark"
	@echo "Settings: PORT=$(PORT) DATA=$(DATA) DEMO=$(DEMO)"

.PHONY: run
run: install build tools ## start everything on this machine, with a demo; Ctrl-C stops it
	@exec $(BIN)/local run

.PHONY: build
build: $(BIN)/rounds $(BIN)/local ## build the pages' assets and the programs

.PHONY: test
test: install-test assets tools-test $(BIN)/local ## run every test: Go with the race detector, TypeScript, browser
	@start=$$SECONDS; cd player && npm run --silent typecheck && npm test --silent; echo "player: $$((SECONDS - start)) s"
	@start=$$SECONDS; $(BIN)/local services -- go test $(TEST_FLAGS) $(PACKAGES); echo "Go: $$((SECONDS - start)) s"

.PHONY: restore-test
restore-test: install-test assets tools-test $(BIN)/local ## destroy a service that doctors watch, and bring it back from its backups
	@command -v pgbackrest >/dev/null || deploy/local/install.sh restore
	@$(BIN)/local services -- go test -race -tags restore -timeout 10m -count=1 -v -run 'TestServiceComesBackAsItWas' ./cmd/rounds

.PHONY: screenshots
screenshots: install-test assets ## photograph every page at phone and desktop width, in English and Arabic, into $(DATA)/screenshots
	@mkdir -p $(DATA)/screenshots
	@ROUNDS_SCREENSHOTS=$(abspath $(DATA))/screenshots go test -count=1 -timeout 40m -run '^TestPagesInBrowser$$' ./player
	@ls $(DATA)/screenshots | wc -l | sed 's|$$| pictures in $(DATA)/screenshots|'

.PHONY: guide-pictures
guide-pictures: install-test assets ## photograph the pages of the presenters' guide into player/docs/images
	@ROUNDS_GUIDE_PICTURES=$(CURDIR)/player/docs/images ROUNDS_PAGES='^(presenter|upload|recording|analytics)$$' go test -count=1 -run 'TestPagesInBrowser' ./player

.PHONY: test-services
test-services: install-test tools-test $(BIN)/local ## keep PostgreSQL and S3 for `go test` up until Ctrl-C and print their settings
	@exec $(BIN)/local services

.PHONY: bench
bench: $(patsubst deploy/bench/%/,bench-%,$(wildcard deploy/bench/*/)) ## run all benchmarks, each beside its peer
	@[ -n "$(wildcard deploy/bench/*/)" ] || echo "there is no benchmark yet"

bench-player: install-test # a browser too

bench-%: install build tools
	@[ -d deploy/bench/$* ] || { echo "there is no benchmark $*; there are: $(notdir $(patsubst %/,%,$(wildcard deploy/bench/*/)))" >&2; exit 1; }
	@mkdir -p data/bench && go run ./deploy/bench/$* --out data/bench/$*.json

# What `make load` reads; see deploy/load/playback.js.
export RATE ?= 1
export DURATION ?= 10m
export SCENARIO ?= arrivals

.PHONY: load
load: $(BIN)/k6.$(K6) ## send load to a running `make run`: RATE=1 or 4, DURATION, SCENARIO=arrivals, signin, evening, spot, watching or herd
	@go run ./deploy/load --local "$(DATA)/local.json" --k6 $(BIN)/k6

STEPS ?= 1,2,3,4
.PHONY: load-report
load-report: install build tools $(BIN)/k6.$(K6) ## measure 1 to 4 times the crowd on this machine into $(DATA)/load/report.html: STEPS, DURATION
	@go run ./deploy/load/report --data "$(DATA)/load" --steps "$(STEPS)" $(if $(filter-out 10m,$(DURATION)),--duration "$(DURATION)")

ONLY ?=
.PHONY: drill
drill: install build tools ## break a whole service on this machine, one thing at a time, and print what was expected and seen
	@mkdir -p $(DATA)
	@$(BIN)/local services -- go run ./deploy/load/drills --rounds $(BIN)/rounds --only "$(ONLY)" --out "$(DATA)/drill.json"

.PHONY: lint
lint: $(BIN)/golangci-lint.$(GOLANGCI) ## check the Go sources
	@$(BIN)/golangci-lint run

.PHONY: deploy-check
deploy-check: workflow-lint $(BIN)/deploy-check/.installed $(BIN)/tflint.$(TFLINT) ## check what deploys to AWS, without an account: linters, assertions, an emulator
	@deploy/check/run.sh $(BIN)/deploy-check/bin $(BIN)/tflint

# What `make deploy` reads: the environment of deploy/aws/ENV.yaml, and the tag of the images.
export ENV ?=
export VERSION ?=

.PHONY: deploy
deploy: ## bring Rounds up on AWS: ENV=development, staging or production, VERSION=tag, ARGS=--plan or --yes
	@go run ./deploy/aws up "$(ENV)" $(if $(VERSION),--version "$(VERSION)") $(ARGS)

SECRET ?=
.PHONY: rotate
rotate: ## replace a secret on AWS while everything runs: ENV=…, SECRET=database or origin, ARGS=--yes
	@go run ./deploy/aws rotate "$(ENV)" "$(SECRET)" $(ARGS)

.PHONY: destroy
destroy: ## take an environment down again, never production: ENV=…
	@go run ./deploy/aws down "$(ENV)"

.PHONY: observability-check
observability-check: $(BIN)/promtool.$(PROMTOOL) ## check what Prometheus is given: rules, and what alerts make of histories
	@$(BIN)/promtool check config deploy/observability/prometheus.yaml
	@$(BIN)/promtool test rules deploy/observability/rules/tests/*.yaml

.PHONY: upgrade-test
upgrade-test: install-test assets tools-test $(BIN)/local ## upgrade from the release before under traffic: no request may fail; PREVIOUS=commit for another one
	@ROUNDS_PREVIOUS=$(PREVIOUS) $(BIN)/local services -- go test -tags upgrade -count=1 -v -timeout 30m -run '^TestUpgradeWithoutDowntime$$' ./cmd/rounds

# What `make image` builds, and as which release.
TARGET ?= api
RELEASE ?= unreleased

.PHONY: image
image: ## build a container image: TARGET=api, edge or worker, RELEASE=v1.4.2
	docker build --file deploy/docker/Dockerfile --target "$(TARGET)" --build-arg RELEASE="$(RELEASE)" \
		--build-arg REVISION="$$(git rev-parse HEAD)" --build-arg COMMITTED="$$(git log -1 --format=%cI)" --tag "rounds-$(TARGET):$(RELEASE)" .

.PHONY: sbom
sbom: $(BIN)/cyclonedx-gomod.$(CYCLONEDX) player/node_modules/.installed ## list all that is in a release as CycloneDX JSON, in $(DATA)/sbom
	@mkdir -p $(DATA)/sbom
	@$(BIN)/cyclonedx-gomod app -json -licenses -main cmd/rounds -output $(DATA)/sbom/go.cdx.json .
	@cd player && npm sbom --sbom-format cyclonedx --omit dev > $(abspath $(DATA))/sbom/pages.cdx.json
	@deploy/docker/debian-sbom.sh "rounds-worker:$(RELEASE)" $(DATA)/sbom/worker-debian.cdx.json

# Go's database of vulnerabilities, or a copy of it: file:///srv/vulndb
VULN_DB ?= https://vuln.go.dev

.PHONY: vuln
vuln: $(BIN)/govulncheck.$(GOVULNCHECK) ## look for known vulnerabilities in what the program really calls, by VULN_DB
	@$(BIN)/govulncheck -db $(VULN_DB) ./cmd/rounds

.PHONY: workflow-lint
workflow-lint: $(BIN)/actionlint.$(ACTIONLINT) ## check the workflows
	@$(BIN)/actionlint .github/workflows/*.yml

.PHONY: roll-out
roll-out: ## deploy RELEASE to ENV on AWS, watch READY (an address) for WATCH, go back when it is not well
	@deploy/release/roll-out.sh "$(ENV)" "$(RELEASE)" "$(WATCH)" "$(READY)"

.PHONY: fmt
fmt: $(BIN)/golangci-lint.$(GOLANGCI) ## format the Go sources
	@$(BIN)/golangci-lint fmt

.PHONY: generate
generate: ## write the generated files again
	@go generate ./...

.PHONY: clean
clean: ## remove what was built; data and its database stay
	rm -rf $(BIN) player/node_modules
	find player/dist -mindepth 1 ! -name .keep -delete

# --- what the commands above need ---

.PHONY: install install-test tools tools-test assets
install:
	@deploy/local/install.sh run
install-test:
	@deploy/local/install.sh test
tools: $(BIN)/versitygw.$(VERSITYGW)
tools-test: tools
assets: player/dist/.built

$(BIN)/rounds: $(go_sources) player/dist/.built
	@echo "building rounds"; go build -o $@ ./cmd/rounds

$(BIN)/local: $(wildcard deploy/local/*.go) go.mod go.sum
	@echo "building local"; go build -o $@ ./deploy/local

player/node_modules/.installed: player/package.json player/package-lock.json
	@echo "fetching the front end's packages"; cd player && npm ci --silent --no-audit --no-fund && touch node_modules/.installed

player/dist/.built: player/node_modules/.installed $(player_sources)
	@echo "building the front end"; cd player && npm run --silent build && touch dist/.built

# Python tools, apart from the rest: each at one version, with all they need.
$(BIN)/deploy-check/.installed: deploy/check/requirements.txt
	@echo "installing the tools of deploy/check (once)"; python3 -m venv $(BIN)/deploy-check
	@$(BIN)/deploy-check/bin/pip install --quiet --disable-pip-version-check -r $< && touch $@

# Programs of other projects, at the version in the name of their stamp. They
# are no part of this module.
$(BIN)/versitygw.$(VERSITYGW):
	@echo "building versitygw $(VERSITYGW) (once)"; mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/versity/versitygw/cmd/versitygw@$(VERSITYGW) && touch $@

$(BIN)/k6.$(K6):
	@echo "building k6 $(K6) (once)"; mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install go.k6.io/k6@$(K6) && touch $@

$(BIN)/promtool.$(PROMTOOL):
	@echo "building promtool $(PROMTOOL) (once)"; mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/prometheus/prometheus/cmd/promtool@$(PROMTOOL) && touch $@

$(BIN)/actionlint.$(ACTIONLINT):
	@echo "building actionlint $(ACTIONLINT) (once)"; mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/rhysd/actionlint/cmd/actionlint@$(ACTIONLINT) && touch $@

$(BIN)/cyclonedx-gomod.$(CYCLONEDX):
	@echo "building cyclonedx-gomod $(CYCLONEDX) (once)"; mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/CycloneDX/cyclonedx-gomod/cmd/cyclonedx-gomod@$(CYCLONEDX) && touch $@

$(BIN)/govulncheck.$(GOVULNCHECK):
	@echo "building govulncheck $(GOVULNCHECK) (once)"; mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install golang.org/x/vuln/cmd/govulncheck@$(GOVULNCHECK) && touch $@

$(BIN)/golangci-lint.$(GOLANGCI):
	@echo "building golangci-lint $(GOLANGCI) (once)"; mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(GOLANGCI) && touch $@

$(BIN)/tflint.$(TFLINT):
	@echo "building tflint $(TFLINT) (once)"; mkdir -p $(BIN)
	@GOBIN=$(CURDIR)/$(BIN) go install github.com/terraform-linters/tflint@$(TFLINT) && touch $@
