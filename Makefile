# SPDX-License-Identifier: Apache-2.0
# Everything that people and CI do with this repository. `make help` lists it.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

BIN := .build/release/posthaste
STATE := .posthaste
# A target imports no other that Package.swift does not name for it: that is what holds the layers of the core apart.
IMPORT_CHECK := --explicit-target-dependency-import-check error
# More options for the build of the tests; continuous integration leaves out what only a debugger or an editor reads.
TEST_BUILD_OPTIONS ?=
# A posthaste.yaml of your own is used when there is one.
CONFIG := $(if $(wildcard posthaste.yaml),posthaste.yaml,$(STATE)/posthaste.yaml)
LISTEN := 127.0.0.1:8025
SOURCES := Sources Tests Package.swift

BUILD_PACKAGES := binutils libcurl4-openssl-dev libpq-dev libjansson-dev libsqlite3-dev zlib1g-dev pkg-config ca-certificates
TEST_PACKAGES := python3 python3-venv chromium openssl nghttp2-server postgresql pgbouncer faketime \
    swaks msmtp curl libio-socket-ssl-perl libnet-ssleay-perl
# The end-to-end tests that start gateways by twos and a PostgreSQL; apart from the others, for the same reason.
SHARED_STORE_TESTS := EndToEndTests\.(Clock|Fleet|LostAnswer|Pooler|Postgres|Promotion|SharedStore|StoreCopy|TwoGateways)
# Those of them that wait the longest, for time limits to pass, and that bear no neighbours.
OUTAGE_TESTS := EndToEndTests\.(FleetCrash|SharedStoreFullDisk|SharedStoreOutage)
# Holds the server to openapi.yaml; from the Python package index, into the build folder.
TEST_PYTHON := .build/test-python
SCHEMATHESIS := schemathesis==4.32.5
# Generates a client from openapi.yaml.
OPENAPI_CLIENT := openapi-python-client==0.29.1
# Reads rendered mail as browsers do.
HTML5LIB := html5lib==1.1
# Signs requests as the programs of AWS do, and sends as they do.
BOTO3 := boto3==1.44.8 botocore==1.44.8
# Verifies signed mail as receivers do.
DKIMPY := dkimpy[ed25519]==1.1.8
# The clients of the services whose APIs the gateway speaks.
CLIENTS := resend==2.52.0 sendgrid==6.12.5 postmarker==1.0 mailgun==1.10.0 django-anymail==15.2 standardwebhooks==1.1.0
# Few tests at a time: a hundred that start at once starve each other's servers of threads. Two where each starts several
# processes; the others wait for time limits and servers now and then, and four keep two cores busy. Older runners do not know
# the option.
WIDTH_OPTION := --experimental-maximum-parallelization-width
TEST = swift test --skip-build $(if $(findstring $(WIDTH_OPTION),$(shell swift test --help-hidden)),$(WIDTH_OPTION) $(WIDTH))
WIDTH := 2
unit: WIDTH := 4
# Finds what keeps people from using a page; the package has the script, and its other parts are not needed.
AXE := axe-playwright-python==0.1.8
PACKAGE_PACKAGES := python3
BENCH_PACKAGES := postfix wrk python3 postgresql

# $(call install,PACKAGES): installs the Debian packages of the list that are missing, and touches nothing else.
define install
missing=""; \
for package in $(1); do \
    dpkg-query -W -f '$${db:Status-Status}\n' "$$package" 2>/dev/null | grep -qx installed || missing+=" $$package"; \
done; \
if [ -n "$$missing" ]; then \
    echo "installing$$missing"; \
    if [ "$$(id -u)" = 0 ]; then as_root=""; \
    elif command -v sudo >/dev/null; then as_root="sudo"; \
    else echo "these Debian packages are missing:$$missing; install them as root" >&2; exit 1; fi; \
    $$as_root apt-get update -q; \
    $$as_root env DEBIAN_FRONTEND=noninteractive apt-get install -q -y --no-install-recommends $$missing; \
fi
endef

.PHONY: help run build unit test verify lint check format bench clean packages test-packages starter package

help: ## list the targets
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' $(MAKEFILE_LIST) | expand -t 10

packages:
	@$(call install,$(BUILD_PACKAGES))

test-packages: packages
	@$(call install,$(TEST_PACKAGES))
	@if ! $(TEST_PYTHON)/bin/python3 -c 'import schemathesis, html5lib, openapi_python_client, boto3, dkim, nacl, resend, sendgrid, postmarker, mailgun, anymail, standardwebhooks' \
	    2>/dev/null; then \
	    /usr/bin/python3 -m venv $(TEST_PYTHON); \
	    $(TEST_PYTHON)/bin/pip install -q --disable-pip-version-check '$(SCHEMATHESIS)' '$(HTML5LIB)' '$(OPENAPI_CLIENT)' \
	        $(BOTO3) '$(DKIMPY)' $(CLIENTS); \
	fi
	@if [ ! -e $(TEST_PYTHON)/axe.min.js ]; then \
	    $(TEST_PYTHON)/bin/pip install -q --disable-pip-version-check --no-deps '$(AXE)'; \
	    cp $(TEST_PYTHON)/lib/python3*/site-packages/axe_playwright_python/axe.min.js $(TEST_PYTHON)/axe.min.js; \
	fi

# The linked binary is kept with its symbols, as the build left it, so that the next build finds it unchanged; what is run is a
# copy without them, of the same time.
build: packages ## build the release binary, .build/release/posthaste
	@if [ -e $(BIN).debug ] && [ ! $(BIN) -nt $(BIN).debug ]; then mv $(BIN).debug $(BIN); fi
	swift build -c release $(IMPORT_CHECK) --static-swift-stdlib --product posthaste
	@mv $(BIN) $(BIN).debug
	@objcopy --strip-all --add-gnu-debuglink=$(BIN).debug $(BIN).debug $(BIN)
	@touch -r $(BIN).debug $(BIN)

package: build ## build a Debian package, .build/posthaste_VERSION_ARCHITECTURE.deb
	@$(call install,$(PACKAGE_PACKAGES))
	@ops/package $(BIN) .build

run: build ## serve on 127.0.0.1:8025, with a starter config and an API key
	@if [ ! -e $(CONFIG) ]; then \
	    mkdir -p $(STATE); \
	    ( umask 077; $(BIN) init --trial --config $(CONFIG) --templates "$$PWD/templates" --json \
	        | sed -n 's/.*"secret":"\([^"]*\)".*/\1/p' > $(STATE)/dev-key ); \
	fi; \
	if [ ! -s $(STATE)/dev-key ]; then \
	    mkdir -p $(STATE); \
	    ( umask 077; $(BIN) keys create --config $(CONFIG) --name dev --json \
	        | sed -n 's/.*"secret":"\([^"]*\)".*/\1/p' > $(STATE)/dev-key ); \
	fi; \
	echo; \
	echo "Open the console with this link, which works once and for five minutes:"; \
	echo; \
	echo "  $$($(BIN) console --config $(CONFIG))"; \
	echo; \
	echo "Send a branded mail, and look at it on http://$(LISTEN)/console/captured:"; \
	echo; \
	echo "  curl -sS http://$(LISTEN)/v1/messages -H \"Authorization: Bearer \$$(cat $$PWD/$(STATE)/dev-key)\" -H 'Content-Type: application/json' -H 'Prefer: wait=5' -d '{\"to\":\"ana@example.org\",\"template\":\"welcome\",\"data\":{\"name\":\"Ana\"}}'"; \
	echo; \
	echo "Try a password reset with ana@example.org on http://$(LISTEN)/forgot-password: its mails come there too."; \
	echo; \
	exec $(BIN) serve --config $(CONFIG)

# The end-to-end tests start many processes and wait for them; by themselves, so that they starve no other test. They run the
# binary that POSTHASTE_BINARY names, else that of the debug build.
define end-to-end
$(TEST) --filter EndToEndTests --skip '$(SHARED_STORE_TESTS)'
$(TEST) --filter '$(SHARED_STORE_TESTS)' --skip '$(OUTAGE_TESTS)'
$(TEST) --filter '$(OUTAGE_TESTS)'
endef

unit: test-packages ## build and run all tests but the end-to-end tests
	swift build $(IMPORT_CHECK) $(TEST_BUILD_OPTIONS) --build-tests
	$(TEST) --skip EndToEndTests

test: unit ## build and run every test
	$(end-to-end)

verify: export POSTHASTE_BINARY := $(CURDIR)/$(BIN)
verify: build test-packages ## run the end-to-end tests with the release binary
	swift build $(IMPORT_CHECK) $(TEST_BUILD_OPTIONS) --build-tests
	@# What the optimiser breaks, a debug build does not show.
	$(end-to-end)

lint: ## check the form of the code
	swift format lint -s -r $(SOURCES)
	.ci/lint

check: lint unit verify ## what CI does

format: ## bring the code into form
	swift format -i -r $(SOURCES)

bench: build ## measure against the peers
	@$(call install,$(BENCH_PACKAGES))
	@Benchmarks/run

starter: ## pack templates/ into the binary's starter kit, after a change there
	ops/starter-kit

clean: ## remove what was built; .posthaste/ stays
	rm -rf .build
