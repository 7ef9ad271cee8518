# offhook: `make demo` to try it, `make check` to test it, `make help` for all.

VERSION  := 0.1.0
PREFIX   ?= /usr/local
DESTDIR  ?=
ifeq ($(origin CC),default)
CC       := gcc
endif
PYTHON   ?= /usr/bin/python3
PKG_CONFIG ?= pkg-config
SAN      ?=
FUZZ_S   ?= 60
comma    := ,
# `make V=1` shows the commands in full.
V        ?=
Q        := $(if $(V),,@)
B        ?= build$(if $(SAN),-$(subst $(comma),-,$(SAN)))

include src/modules.mk

# Targets that need no compiler flags must work before the libraries are there.
SETUP_GOALS := demo check check-long bench bench-voice lint fuzz setup help clean uninstall
ifneq ($(filter-out $(SETUP_GOALS),$(or $(MAKECMDGOALS),all)),)
ALL_PKGS := $(sort $(foreach m,$(MODULES) $(PROGRAMS),$(PKGS_$(m)) $(DLOPEN_$(m))))
# libre's headers are not clean under -Wpedantic, so they come as system ones.
PKG_CFLAGS := $(patsubst -I%,-isystem %,$(shell $(PKG_CONFIG) --cflags $(ALL_PKGS)))
endif

WARN     := -Wall -Wextra -Wpedantic -Wshadow -Wstrict-prototypes \
	-Wmissing-prototypes -Wwrite-strings -Wformat=2 -Wvla
OPT      ?= -O2 -g
HARDEN   := $(if $(SAN),-fno-omit-frame-pointer,-D_FORTIFY_SOURCE=2) \
	-fstack-protector-strong -fPIE
CFLAGS   ?= $(OPT)
# What libre's headers expect of whoever includes them, its build being gone.
RE_DEFS  := -DHAVE_INTTYPES_H -DHAVE_STDBOOL_H -DHAVE_INET6 -DHAVE_PTHREAD \
	-DUSE_TLS -DUSE_OPENSSL
# `make VOIP=0`: without the built-in phone, a client of desk phones only.
RE_DEFS  += $(if $(filter 0,$(VOIP)),,-DOFFHOOK_VOIP)
OUR_CFLAGS = -std=gnu11 -D_GNU_SOURCE $(RE_DEFS) $(WARN) $(WERROR) $(HARDEN) \
	$(if $(SAN),-fsanitize=$(SAN)) -Iinclude $(PKG_CFLAGS) \
	-DOFFHOOK_VERSION='"$(VERSION)"' -pthread
OUR_LDFLAGS = $(if $(SAN),-fsanitize=$(SAN)) -pie -Wl,-z,relro,-z,now \
	-Wl,--as-needed -pthread

closure = $(sort $(1) $(foreach d,$(USES_$(1)),$(call closure,$(d))))
closures = $(sort $(foreach m,$(1),$(call closure,$(m))))
archives = $(patsubst %,$(B)/%.a,$(call closures,$(1)))
pkglibs = $(if $(strip $(1)),$(shell $(PKG_CONFIG) --libs $(1)))
libs = $(call pkglibs,$(sort $(foreach m,$(call closures,$(1)),$(PKGS_$(m)))))
group = -Wl,--start-group $(call archives,$(1)) -Wl,--end-group \
	$(call libs,$(1))

.PHONY: all
all: $(PROGRAMS:%=$(B)/%) $(SOUND_MODULES:%=$(B)/offhook-%.so) mo prompts faces

# --- modules --------------------------------------------------------------
define module_rules
SRC_$(1) := $$(wildcard src/$$(WING_$(1))/$(1)/*.c)
OBJ_$(1) := $$(SRC_$(1):%.c=$(B)/obj/%.o)
$(B)/$(1).a: $$(OBJ_$(1)) $(B)/list-$(1)
	@rm -f $$@
	@$$(AR) rcs $$@ $$(OBJ_$(1))
# Written anew when a source comes or goes, so that the archive is made again.
$(B)/list-$(1): FORCE
	@mkdir -p $$(@D)
	@echo '$$(OBJ_$(1))' | cmp -s - $$@ || echo '$$(OBJ_$(1))' >$$@
endef
$(foreach m,$(MODULES),$(eval $(call module_rules,$(m))))

# Written anew when the compiler or its flags change, so that all is compiled
# again then and only then.
$(B)/flags: FORCE
	@mkdir -p $(@D)
	@printf '%s\n' '$(subst ','\'',$(CC) $(OUR_CFLAGS) $(CFLAGS))' >$@.$$$$ && \
	if cmp -s $@.$$$$ $@; then rm $@.$$$$; else mv $@.$$$$ $@; fi

$(B)/obj/%.o: %.c $(B)/flags
	@mkdir -p $(@D)
	$(if $(V),,@echo "  CC    $<")
	$(Q)$(CC) $(OUR_CFLAGS) $(CFLAGS) -MMD -MP -c -o $@ $<

.PHONY: FORCE
FORCE:

# --- programs -------------------------------------------------------------
define program_rules
$(B)/$(1): $(B)/obj/src/$(1).o $$(WIRING_$(1):%=$(B)/obj/src/%.o) \
		$$(call archives,$$(PARTS_$(1)))
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(OUR_LDFLAGS) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) \
	$$(call group,$$(PARTS_$(1))) $$(call pkglibs,$$(PKGS_$(1))) -ldl -lm
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$(p))))

# --- sound drivers: loaded when first wanted ---------------------------------
$(B)/offhook-%.so: src/client/phone/modules/%.c src/client/phone/sound_module.h \
		$(B)/flags
	$(if $(V),,@echo "  LINK  $@")
	$(Q)$(CC) $(OUR_CFLAGS) $(CFLAGS) -fPIC -fvisibility=hidden -shared -Wl,--as-needed \
	$(if $(SAN),-fsanitize=$(SAN)) -Wl,-z,relro,-z,now $(LDFLAGS) -o $@ $< \
	$(call pkglibs,$(DLOPEN_phone))

# --- unit tests: tests/unit/MODULE_topic.c, linked with what MODULE may use -
UNIT_SRC := $(wildcard tests/unit/*.c)
UNIT_BIN := $(UNIT_SRC:tests/unit/%.c=$(B)/unit/%)
test_module = $(firstword $(subst _, ,$(1)))
define unit_rules
$(B)/unit/$(1): $(B)/obj/tests/unit/$(1).o $$(call archives,$(call test_module,$(1)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(OUR_LDFLAGS) $$(LDFLAGS) -o $$@ $$< \
	$$(call group,$(call test_module,$(1))) -lcmocka -ldl -lm
endef
$(foreach t,$(UNIT_SRC:tests/unit/%.c=%),$(eval $(call unit_rules,$(t))))
.PHONY: unit unit-bin
unit-bin: $(UNIT_BIN)
unit: $(UNIT_BIN)
	@tests/run-unit $(B) $(UNIT_BIN)
# What a program looks for beside itself.
PICTURED := $(filter $(foreach m,picture front demo tui,$(B)/unit/$(m)_%),$(UNIT_BIN))
$(PICTURED): | $(B)/unit/offhook-picture
$(B)/unit/offhook-picture: | $(B)/offhook-picture
	@mkdir -p $(@D)
	@ln -sf ../offhook-picture $@
# `make unit-media` builds and runs the unit tests of one module.
unit-%:
	$(if $(call unit_of,$*),,$(error no tests/unit/$*_*.c))
	@$(MAKE) --no-print-directory $(call unit_of,$*)
	@tests/run-unit $(B) $(call unit_of,$*)
unit_of = $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/$(1)_*.c))

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# --- fuzz targets: tests/fuzz/MODULE_topic.c ------------------------------
# Built twice: with a small driver that runs every file of a corpus once (for
# `make check`, any compiler), and with libFuzzer (for `make fuzz`, clang).
FUZZ    := $(filter-out driver,$(patsubst tests/fuzz/%.c,%,$(wildcard tests/fuzz/*.c)))
define fuzz_rules
$(B)/corpus/$(1): $(B)/obj/tests/fuzz/$(1).o $(B)/obj/tests/fuzz/driver.o \
		$$(call archives,$(call test_module,$(1)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(OUR_LDFLAGS) $$(LDFLAGS) -o $$@ $$(filter %.o,$$^) \
	$$(call group,$(call test_module,$(1))) -ldl -lm
$(B)/fuzz/$(1): $(B)/obj/tests/fuzz/$(1).o \
		$$(call archives,$(call test_module,$(1)))
	@mkdir -p $$(@D)
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(OUR_LDFLAGS) -fsanitize=fuzzer $$(LDFLAGS) -o $$@ $$< \
	$$(call group,$(call test_module,$(1))) -ldl -lm
endef
$(foreach f,$(FUZZ),$(eval $(call fuzz_rules,$(f))))
.PHONY: corpora corpora-bin fuzz-bin fuzz
corpora-bin: $(FUZZ:%=$(B)/corpus/%)
fuzz-bin: $(FUZZ:%=$(B)/fuzz/%)
corpora: corpora-bin
	@tests/run-fuzz corpora $(B) $(FUZZ)
fuzz: ## fuzz every target for FUZZ_S seconds (60)
	@contrib/setup build long
	@$(MAKE) --no-print-directory CC=clang SAN=fuzzer-no-link,address \
	B=$(B)-fuzz fuzz-bin
	@tests/run-fuzz search $(B)-fuzz $(FUZZ_S) $(FUZZ)

# --- doors: the sources hold to src/modules.mk ----------------------------
quoted = '$(subst ','\'',$(1))'
# A door compiled alone calls none of its inline functions.
DOOR_CFLAGS = $(filter-out -D_FORTIFY_SOURCE=%,$(OUR_CFLAGS)) -Werror \
	-Wno-unused-function
OTHER_CC = $(filter-out $(notdir $(CC)),$(notdir $(shell command -v clang)))
.PHONY: doors
doors: ## the sources hold to the table src/modules.mk
	@tests/doors --self-test --build $(B)
	@tests/doors --build $(B) $(foreach c,$(CC) $(OTHER_CC),\
	--compile $(call quoted,$(c) $(DOOR_CFLAGS)))

# --- texts in other languages ---------------------------------------------
LANGS   := $(patsubst po/%.po,%,$(wildcard po/*.po))
MO      := $(LANGS:%=$(B)/locale/%/LC_MESSAGES/offhook.mo)
.PHONY: mo po check-po
mo: $(MO)
$(B)/locale/%/LC_MESSAGES/offhook.mo: po/%.po
	@mkdir -p $(@D)
	$(if $(V),,@echo "  MO    $@")
	$(Q)msgfmt --check -o $@ $<
po: ## renew po/offhook.pot and merge it into po/*.po
	@po/renew
check-po:
	@po/renew --check $(B)

# --- what answering boxes say -----------------------------------------------
# Spoken by espeak-ng, each language from its catalogue.
SAID    := src/server/feature/prompt_words.c
SPOKEN  := $(B)/prompts/en/made \
	$(patsubst po/prompts/%.po,$(B)/prompts/%/made,$(wildcard po/prompts/*.po))
.PHONY: prompts
prompts: $(SPOKEN)
$(B)/prompts/en/made: $(SAID) po/speak
	$(if $(V),,@echo "  SAY   $(@D)")
	$(Q)po/speak en $(@D)
$(B)/prompts/%/made: po/prompts/%.po $(SAID) po/speak
	$(if $(V),,@echo "  SAY   $(@D)")
	$(Q)po/speak $* $(@D)

# --- the faces of the demo company ------------------------------------------
# Drawn by our own program; three of its people have none.
FACES   := 200 201 202 203 205 206 207 209 210 211 212 213 215
.PHONY: faces
faces: $(B)/pictures/made
$(B)/pictures/made: $(B)/offhook-picture
	@mkdir -p $(@D)
	$(if $(V),,@echo "  DRAW  $(@D)")
	$(Q)set -e; for i in $(FACES); do \
	$(B)/offhook-picture draw $$i >$(@D)/$$i.jpg; done; touch $@

# --- generated pages ------------------------------------------------------
MAN     := $(wildcard man/*.[1-8])
.PHONY: man check-man
man: $(B)/offhook-core $(B)/offhookd ## make the manual pages anew from the tables
	@man/renew $(B)
check-man: $(B)/offhook-core $(B)/offhookd
	@man/renew --check $(B)

# --- the two commands, and more -------------------------------------------
.PHONY: setup demo check check-now check-long e2e interop bench bench-voice lint help
setup: ## install what is missing to build and test
	@contrib/setup build demo check
demo: ## build, start the demo company, open offhook logged in
	@contrib/setup build demo
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@contrib/demo $(B)
JOBS    := $(shell nproc 2>/dev/null || echo 2)
CHECKS  := build doors unit corpora check-man check-po e2e interop
check: ## set-up, build and all tests; ends with "N passed, M failed"
	@tests/check $(call quoted,$(MAKE)) $(B) $(CHECKS)
check-long: ## sanitizer builds, fuzzing, soak
	@contrib/setup build demo check long
	@tests/check-long $(call quoted,$(MAKE)) $(B) $(FUZZ_S)
# What `make check` asks for, after the set-up.
.PHONY: build
build: all unit-bin corpora-bin
e2e: all
	@tests/run-e2e $(B)
interop: all
	@E2E_SUITE=interop tests/run-e2e $(B)
bench: ## a table of figures, each beside a peer's
	@contrib/setup build demo check long
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(PYTHON) tests/bench/run $(B)
lint: ## clang-format, clang-tidy, cppcheck, shellcheck, gcc and clang
	@contrib/setup build check long
	@tests/lint $(call quoted,$(MAKE)) $(B)

bench-voice: ## words understood over bad lines, beside baresip (root, minutes)
	@contrib/setup build demo check long
	@$(MAKE) --no-print-directory -j$(JOBS) all
	@$(PYTHON) tests/bench/voice.py $(B)

.PHONY: print-flags
print-flags:
	@echo $(filter-out -D_FORTIFY_SOURCE=% -DOFFHOOK_VERSION=%,$(OUR_CFLAGS))

# --- install --------------------------------------------------------------
# FROM:TO, below PREFIX; what stands in folders of its own is named whole.
DEST    = $(DESTDIR)$(PREFIX)
OWN     := libexec/offhook share/offhook share/doc/offhook
INSTALL_BIN := $(B)/offhook:bin/offhook $(B)/offhookd:bin/offhookd \
	$(B)/offhook-core:libexec/offhook/offhook-core \
	$(B)/offhook-picture:libexec/offhook/offhook-picture \
	$(foreach m,$(SOUND_MODULES),$(B)/offhook-$(m).so:libexec/offhook/offhook-$(m).so)
INSTALL_DATA := \
	$(foreach m,$(MAN),$(m):share/man/man$(subst .,,$(suffix $(m)))/$(notdir $(m))) \
	$(foreach l,$(LANGS),$(B)/locale/$(l)/LC_MESSAGES/offhook.mo:share/locale/$(l)/LC_MESSAGES/offhook.mo) \
	$(foreach f,$(wildcard contrib/completion/offhook.bash),$(f):share/bash-completion/completions/offhook) \
	$(foreach f,$(wildcard contrib/completion/_offhook),$(f):share/zsh/site-functions/_offhook) \
	$(foreach f,doc/contacts.md $(wildcard contrib/examples/*),$(f):share/doc/offhook/$(notdir $(f))) \
	$(foreach f,$(wildcard contrib/*.desktop),$(f):share/applications/$(notdir $(f))) \
	$(foreach f,$(wildcard contrib/*.service),$(f):lib/systemd/system/$(notdir $(f)))
from = $(firstword $(subst :, ,$(1)))
to = $(DEST)/$(lastword $(subst :, ,$(1)))
.PHONY: install uninstall
install: all ## below PREFIX (/usr/local), DESTDIR put before it
	@set -e; $(foreach i,$(INSTALL_BIN),\
	install -D -m 755 $(call from,$(i)) $(call to,$(i));) \
	$(foreach i,$(INSTALL_DATA),\
	install -D -m 644 $(call from,$(i)) $(call to,$(i));) \
	for i in $(B)/prompts/*/*.wav $(B)/pictures/*.jpg; do [ ! -f "$$i" ] || install -D -m 644 \
	"$$i" "$(DEST)/share/offhook/$${i#$(B)/}"; done
	@echo "installed below $(DEST)"
uninstall: ## remove what install has put there
	@rm -f $(foreach i,$(INSTALL_BIN) $(INSTALL_DATA),$(call to,$(i)))
	@rm -rf $(OWN:%=$(DEST)/%)
	@echo "removed from $(DEST)"

.PHONY: clean
clean: ## remove what was built
	rm -rf build build-*

help: ## this list
	@echo "make            build into $(B)/"
	@sed -n 's/^\([a-z0-9-]*\):.*## \(.*\)/make \1|\2/p' Makefile | \
	awk -F'|' '{ printf "%-15s %s\n", $$1, $$2 }'
	@echo "Variables: PREFIX DESTDIR CC CFLAGS B V=1 FUZZ_S=60" \
	"SAN=address,undefined|thread"
