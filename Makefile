# spate: `make` builds ./spate; `make demo` shows it; `make test` checks everything.
# Objects live in build/<variant>/; a variant is a compiler and its flags.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
VARIANT  ?= release
SHELL    := /bin/bash

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
LIBS     := -levent_core -levent_pthreads -lpcap -linih -lz -lzstd -lcrypto -ljansson -lm

B     := build/$(VARIANT)
SRC   := $(wildcard src/*/*.c)
OBJ   := $(SRC:src/%.c=$B/%.o)
UNIT  := $(patsubst tests/unit/%.c,%,$(wildcard tests/unit/test_*.c))
FUZZ  := $(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(patsubst tests/bench/%.c,%,$(wildcard tests/bench/*.c))
TOOLS := $(patsubst tests/tools/%.c,%,$(wildcard tests/tools/*.c))

.PHONY: all demo test unit asan fuzz bench layers fmt corpus install dist clean deps docs tools
.SECONDARY:
all: deps spate

# The program of the release variant is ./spate; other variants keep theirs in build/.
spate: build/$(VARIANT)/spate
	@$(if $(filter release,$(VARIANT)),ln -sf $< $@)

$B/spate: $B/main.o $B/libspate.a
	$(COMPILER) $(CFLAGS_ALL) $(LDFLAGS) -o $@ $^ $(LIBS)
$B/libspate.a: $(OBJ)
	@rm -f $@ && ar rcs $@ $^
$B/%.o: src/%.c Makefile
	@mkdir -p $(@D)
	$(COMPILER) $(CFLAGS_ALL) -MMD -MP -c -o $@ $<
$B/test_%: tests/unit/test_%.c $B/libspate.a
	$(COMPILER) $(CFLAGS_ALL) -MMD -MP -o $@ $(filter %.c %.a,$^) $(LDFLAGS) -lcmocka $(LIBS)
$B/fuzz_%: tests/fuzz/fuzz_%.c $B/libspate.a
	$(COMPILER) $(CFLAGS_ALL) -fsanitize=fuzzer -o $@ $^ $(LDFLAGS) $(LIBS)
$B/bench/%: tests/bench/%.c $B/libspate.a
	@mkdir -p $(@D)
	$(COMPILER) $(CFLAGS_ALL) -o $@ $^ $(LDFLAGS) $(LIBS)
$B/tools/%: tests/tools/%.c $B/libspate.a
	@mkdir -p $(@D)
	$(COMPILER) $(CFLAGS_ALL) -o $@ $^ $(LDFLAGS) $(LIBS)
-include $(OBJ:.o=.d) $B/main.d $(UNIT:%=$B/%.d)

unit: $(UNIT:%=$B/%)
	@for t in $^; do $$t || exit 1; done
# BENCH_ROUNDS, BENCH_SECONDS; tests/bench/run.sh ROW... runs some rows only.
bench: all $(BENCH:%=$B/bench/%)
	@tests/bench/run.sh
layers:
	@tests/layers.sh
fmt:
	clang-format -i $$(git ls-files '*.[ch]')
clean:
	rm -rf build spate dist
