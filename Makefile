# spate: `make` builds ./spate; `make demo` shows it; `make test` checks everything.
# Objects live in build/<variant>/; a variant is a compiler and its flags.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
VARIANT  ?= release
SHELL    := /bin/bash
# `make V=1` shows whole commands.
Q        := $(if $(V),,@)
say       = $(if $(V),,@echo "  $1 $(@:build/%=%)")

WARN     := -Wall -Wextra -Wshadow -Wconversion -Wstrict-prototypes -Wmissing-prototypes \
            -Wpointer-arith -Wwrite-strings -Wundef -Wvla -Wformat=2 -Wno-format-nonliteral
# Contraction is off so that doubles are rounded the same way on every machine (base/fmath.h).
BASE     := -std=gnu11 -D_GNU_SOURCE -Isrc -DSPATE_VERSION='"$(VERSION)"' -ffp-contract=off \
            -fno-strict-aliasing -pthread -g $(WARN) $(EXTRA)
OPT_release := -O3
OPT_asan    := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined -fno-sanitize-recover=all
OPT_fuzz    := -O1 -fno-omit-frame-pointer -fsanitize=address,undefined,fuzzer-no-link \
               -fno-sanitize-recover=all
OPT_clang   := -O3
OPT_gcc-O0  := -O0
OPT_clang-O0 := -O0
CC_clang    := clang
CC_clang-O0 := clang
CC_fuzz     := clang
COMPILER := $(or $(CC_$(VARIANT)),$(if $(filter default,$(origin CC)),gcc,$(CC)))
CFLAGS_ALL = $(BASE) $(OPT_$(VARIANT)) $(CFLAGS)
LIBS     := -levent_core -levent_pthreads -lpcap -linih -lz -lzstd -lcrypto -ljansson -lpcre2-8 -lm

B     := build/$(VARIANT)
SRC   := $(wildcard src/*/*.c)
OBJ   := $(SRC:src/%.c=$B/%.o)
UNIT  := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
FUZZ  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*.c))
TOOLS := $(patsubst tests/tools/%.c,%,$(wildcard tests/tools/*.c))

.PHONY: all deps demo test unit asan fuzz fuzzers bench tools corpus layers docs fmt install dist clean
.SECONDARY:
all: deps spate

# The program of the release variant is ./spate; other variants keep theirs in build/.
spate: build/$(VARIANT)/spate
	@$(if $(filter release,$(VARIANT)),ln -sf $< $@)

$B/spate: $B/main.o $B/libspate.a
	$(call say,link)
	$Q$(COMPILER) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBS)
$B/libspate.a: $(OBJ)
	@rm -f $@ && ar rcs $@ $^
$B/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(call say,cc)
	$Q$(COMPILER) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$B/test_%: tests/unit/test_%.c $B/libspate.a
	$(call say,test)
	$Q$(COMPILER) $(CFLAGS_ALL) -MMD -MP -o $@ $(filter %.c %.a,$^) $(LDFLAGS) -lcmocka $(LIBS)
$B/fuzz_%: tests/fuzz/fuzz_%.c $B/libspate.a
	$(call say,fuzz)
	$Q$(COMPILER) $(CFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LDFLAGS) $(LIBS)
$B/bench/%: tests/bench/%.c $B/libspate.a
	@mkdir -p $(@D)
	$(call say,link)
	$Q$(COMPILER) $(CFLAGS_ALL) -o $@ $^ $(LDFLAGS) $(LIBS)
$B/tools/%: tests/tools/%.c $(wildcard tests/tools/*.h) $B/libspate.a
	@mkdir -p $(@D)
	$(call say,link)
	$Q$(COMPILER) $(CFLAGS_ALL) -o $@ $^ $(LDFLAGS) $(LIBS)
-include $(OBJ:.o=.d) $B/main.d $(UNIT:%=$B/%.d)

unit: $(UNIT:%=$B/%)
	@for t in $^; do $$t || exit 1; done
# What is missing is installed with apt where there is one; elsewhere it is named.
deps:
	@tests/deps.sh build
demo: deps spate
	@tests/demo.sh
# Everything: layers, units in three builds, end-to-end runs. Ends with "N passed, N failed".
test:
	@tests/deps.sh test
	@tests/run.sh
asan:
	@$(MAKE) --no-print-directory VARIANT=asan build/asan/spate $(UNIT:%=build/asan/%)
fuzz:
	@tests/fuzz/run.sh $(FUZZ)
fuzzers: $(FUZZ:%=$B/%)
# BENCH_ROUNDS, BENCH_SECONDS; tests/bench/run.sh ROW... runs some rows only.
bench: deps spate $(BENCH:%=$B/bench/%)
	@tests/bench/run.sh
tools: $(TOOLS:%=$B/tools/%)
corpus: spate tools
	@tests/corpus.sh "$(CORPUS)"
layers:
	@tests/layers.sh
docs: spate
	./spate list --markdown > docs/reference.md
fmt:
	clang-format -i $$(git ls-files '*.[ch]')
install: all
	install -D -m 755 spate $(DESTDIR)$(PREFIX)/bin/spate
	install -D -m 644 docs/spate.1 $(DESTDIR)$(PREFIX)/share/man/man1/spate.1
	install -d $(DESTDIR)$(PREFIX)/share/spate/profiles
	install -m 644 profiles/* $(DESTDIR)$(PREFIX)/share/spate/profiles
dist:
	@mkdir -p dist
	git archive --format=tar.gz --prefix=spate-$(VERSION)/ -o dist/spate-$(VERSION).tar.gz HEAD
clean:
	rm -rf build spate dist
