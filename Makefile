# Every target installs what is missing first; see scripts/bootstrap.
SWIFT_FLAGS ?=
SOURCES := Package.swift Sources Tests Fuzz
TEST_TOOLS := zstd xz-utils skopeo cmark-gfm time chromium python3-prometheus-client mandoc

.PHONY: demo build release test test-all test-faults test-hostile sanitize bench check format lint docs fuzz \
  score host-score mend-score scaling restore-test memory bootstrap man docc dist deb test-deb \
  check-manifests example

demo: build
	scripts/demo .build/debug/ckptmend

build: bootstrap
	swift build $(SWIFT_FLAGS)

release: bootstrap
	swift build -c release $(SWIFT_FLAGS)

test:
	@scripts/bootstrap $(TEST_TOOLS)
	swift test $(SWIFT_FLAGS)

# The same, with every archive where `test` takes a choice of them.
test-all: export CKPTMEND_FIXTURES = all
test-all: test

# Every call that can fail in a repair or repack fails once, or a signal comes there; on the release
# build, which takes a tenth of the time.
test-faults: release
	scripts/test-faults .build/release/ckptmend

# Every hostile archive through every command, as root and not, under strace; prints what ran.
test-hostile: release
	scripts/test-hostile .build/release/ckptmend

# The whole suite with the address sanitizer, and again with that of threads.
sanitize:
	@scripts/bootstrap $(TEST_TOOLS)
	scripts/sanitize

# What a change must pass: lint, both builds without warnings, tests.
check: lint
	$(MAKE) build release test SWIFT_FLAGS="-Xswiftc -warnings-as-errors"

lint: bootstrap
	swift format lint --strict --recursive $(SOURCES)

format:
	swift format --in-place --recursive $(SOURCES)

# The pages that are generated from the rules.
docs: build
	.build/debug/ckptmend rules --markdown > docs/rules.md

# Holds the verdicts against what real restores did, where the labels are at hand.
score: release
	scripts/score .build/release/ckptmend

# The same for preflight and the labels that depend on a host.
host-score: release
	scripts/host-score .build/release/ckptmend

# Repairs every labelled mutant, where the labels are at hand.
mend-score: release
	scripts/mend-score .build/release/ckptmend

# Restores repaired archives for real: needs root, Podman, runc and CRIU 4.2.
restore-test: release
	scripts/restore-test .build/release/ckptmend

# Many of one thing take no longer than their number says.
scaling: release
	scripts/scaling .build/release/ckptmend

# The memory of every conversion with 1 GiB of bulk in the checkpoint.
memory: release
	scripts/memory .build/release/ckptmend

# The figures of Benchmarks/README.md, with the static binary: 12 GiB, a quarter of an hour, and a
# machine that does nothing else. BENCH="--scale 8 --rounds 1" is quicker.
bench: dist
	@scripts/bootstrap zstd gzip time libarchive-tools xfsprogs
	Benchmarks/run dist/ckptmend-*-linux-$$(uname -m) $(BENCH)

fuzz: bootstrap
	scripts/fuzz $(or $(FUZZ_SECONDS),60)

# The man pages, into .build/man.
man: build
	scripts/man-pages .build/debug/ckptmend .build/man

# The documentation of the library, into .build/docc.
docc: build
	scripts/docc .build/docc

# One static binary with its checksum, into dist/; deb packs it.
dist: bootstrap
	scripts/dist

deb: dist
	scripts/deb

# Installs the package in a clean Debian: needs root and a mirror.
test-deb: deb
	@scripts/bootstrap lintian debootstrap groff mandoc
	scripts/test-deb

# Holds the manifests against the schemas of Kubernetes: needs PyPI.
check-manifests:
	@scripts/bootstrap python3-venv
	scripts/check-manifests

# Another package that uses the library. In the same build folder it builds nothing but itself.
example: bootstrap
	swift run --package-path Examples/Embedding --scratch-path .build Embedding fixtures/archives/ghost.tar.gz

bootstrap:
	@scripts/bootstrap
