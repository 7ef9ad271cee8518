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
SETUP_GOALS := demo check check-long bench lint setup help clean
ifneq ($(filter-out $(SETUP_GOALS),$(or $(MAKECMDGOALS),all)),)
ALL_PKGS := $(sort $(foreach m,$(MODULES),$(PKGS_$(m)) $(DLOPEN_$(m))))
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
all: $(PROGRAMS:%=$(B)/%) mo

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
$(B)/$(1): $(B)/obj/src/$(1).o $$(call archives,$$(PARTS_$(1)))
	$$(if $$(V),,@echo "  LINK  $$@")
	$$(Q)$$(CC) $$(OUR_LDFLAGS) $$(LDFLAGS) -o $$@ $$< \
	$$(call group,$$(PARTS_$(1))) -ldl -lm
endef
$(foreach p,$(PROGRAMS),$(eval $(call program_rules,$(p))))

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
# `make unit-media` builds and runs the unit tests of one module.
unit-%:
	$(if $(call unit_of,$*),,$(error no tests/unit/$*_*.c))
	@$(MAKE) --no-print-directory $(call unit_of,$*)
	@tests/run-unit $(B) $(call unit_of,$*)
unit_of = $(patsubst tests/unit/%.c,$(B)/unit/%,$(wildcard tests/unit/$(1)_*.c))

-include $(shell find $(B)/obj -name '*.d' 2>/dev/null)

# --- doors: the sources hold to src/modules.mk ----------------------------
HAVE_CLANG := $(shell command -v clang 2>/dev/null)
DOOR_CFLAGS = $(filter-out -D_FORTIFY_SOURCE=%,$(OUR_CFLAGS)) -Werror
.PHONY: doors
doors:
	@tests/doors --self-test --build $(B)
	@tests/doors --build $(B) --compile '$(CC) $(subst ','"'"',$(DOOR_CFLAGS))' \
	$(if $(filter-out $(CC),$(notdir $(HAVE_CLANG))),--compile \
	'clang $(subst ','"'"',$(DOOR_CFLAGS))')

# --- texts in other languages ---------------------------------------------
LANGS   := $(patsubst po/%.po,%,$(wildcard po/*.po))
MO      := $(LANGS:%=$(B)/locale/%/LC_MESSAGES/offhook.mo)
.PHONY: mo po
mo: $(MO)
$(B)/locale/%/LC_MESSAGES/offhook.mo: po/%.po
	@mkdir -p $(@D)
	msgfmt --check -o $@ $<

.PHONY: clean
clean:
	rm -rf $(B)
