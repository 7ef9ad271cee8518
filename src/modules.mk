# The house in one table: each module, the wing it stands in, the modules
# whose doors it may include, and the libraries its own files need (names of
# pkg-config). The build links by it and `make doors` holds the sources to it.

WING_base   := lib
USES_base   :=
PKGS_base   := libre yajl expat libutf8proc

WING_proto  := lib
USES_proto  := base

WING_frame  := lib
USES_frame  := base

WING_picture := lib
USES_picture := base

WING_net    := lib
USES_net    := base
PKGS_net    := libcurl openssl

WING_media  := lib
USES_media  := base
PKGS_media  := libre librem opus speexdsp openssl

WING_ice    := lib
USES_ice    := base net media
PKGS_ice    := libre openssl

WING_sip    := lib
USES_sip    := base net media ice
PKGS_sip    := libre openssl

WING_uc     := client
USES_uc     := base proto

WING_phone  := client
USES_phone  := base net media ice sip
PKGS_phone  := speexdsp
# Each file in modules/ is a shared object of its own, with what it needs.
DLOPEN_phone := libpulse alsa

WING_wsi    := client
USES_wsi    := base proto net uc

WING_store  := client
USES_store  := base uc
PKGS_store  := libsodium sqlite3

WING_sync   := client
USES_sync   := base proto picture uc
PKGS_sync   := expat libsodium

WING_app    := client
USES_app    := base proto picture net uc wsi store sync

WING_tui    := client
USES_tui    := base picture uc app frame
PKGS_tui    := readline

WING_ctl    := client
USES_ctl    := base uc app frame

WING_term   := client
USES_term   := base frame
PKGS_term   := ncursesw panelw termkey

WING_db     := server
USES_db     := base proto
PKGS_db     := libsodium sqlite3

WING_switch := server
USES_switch := base proto media sip

WING_feature := server
USES_feature := base proto net media db switch

WING_front  := server
USES_front  := base proto picture media db switch feature
PKGS_front  := libmicrohttpd gnutls

WING_demo   := server
USES_demo   := base picture media sip db switch feature

MODULES := base proto frame picture net media ice sip \
	uc phone wsi store sync app tui ctl term \
	db switch feature front demo

# What each program is made of; closure() adds what these use.
PROGRAMS := offhook offhook-core offhookd offhook-picture
PARTS_offhook      := term
PARTS_offhook-core := tui ctl app wsi store sync uc $(if $(filter 0,$(VOIP)),,phone)
# Wiring beside main: the built-in phone as a carrier (VOIP=0 leaves it out).
WIRING_offhook-core := process $(if $(filter 0,$(VOIP)),,voip voip_sound voip_ice voip_tape)
SOUND_MODULES := $(if $(filter 0,$(VOIP)),,pulse alsa)
PARTS_offhookd     := front demo feature switch db
WIRING_offhookd    := offhookd-admin offhookd-man
# Decodes images, so that nobody else has to: none of our archives in it.
PARTS_offhook-picture  := picture
WIRING_offhook-picture := picture_image picture_turn picture_cells picture_draw picture_confine
PKGS_offhook-picture   := gdlib chafa
