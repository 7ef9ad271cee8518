/**
 * @file glyph.c  Signs, and what stands for them on a terminal with ASCII only
 */
#include "tui_int.h"

static const struct {
	const char *utf8, *ascii;
} glyphs[GLYPH_COUNT] = {
	[GLYPH_LAMP + UC_LAMP_UNKNOWN] = {"·", "."},
	[GLYPH_LAMP + UC_LAMP_IDLE] = {"○", "o"},
	[GLYPH_LAMP + UC_LAMP_UNREACHABLE] = {"╳", "x"},
	[GLYPH_LAMP + UC_LAMP_RINGS_INSIDE] = {"◇", "?"},
	[GLYPH_LAMP + UC_LAMP_RINGS_OUTSIDE] = {"◆", "!"},
	[GLYPH_LAMP + UC_LAMP_DIALLING] = {"▷", ">"},
	[GLYPH_LAMP + UC_LAMP_TALKS_INSIDE] = {"◐", "="},
	[GLYPH_LAMP + UC_LAMP_TALKS_OUTSIDE] = {"●", "#"},
	[GLYPH_MARK] = {"▌", ">"},
	[GLYPH_FOLDED] = {"▸", "+"},
	[GLYPH_UNFOLDED] = {"▾", "-"},
	[GLYPH_RULE] = {"─", "-"},
	[GLYPH_BAR] = {"│", "|"},
	[GLYPH_TEE_DOWN] = {"┬", "+"},
	[GLYPH_TEE_UP] = {"┴", "+"},
	[GLYPH_TOP_LEFT] = {"┌", "+"},
	[GLYPH_TOP_RIGHT] = {"┐", "+"},
	[GLYPH_BOTTOM_LEFT] = {"└", "+"},
	[GLYPH_BOTTOM_RIGHT] = {"┘", "+"},
	[GLYPH_ARROW] = {"→", ">"},
	[GLYPH_ELLIPSIS] = {"…", "~"},
	[GLYPH_DASH] = {"–", "-"},
	[GLYPH_CALL] = {"☎", "*"},
	[GLYPH_HELD] = {"‖", "\""},
	[GLYPH_ENCRYPTED] = {"⚿", "enc"},
	[GLYPH_PICTURE] = {"▓", "#"},
	[GLYPH_MASK] = {"•", "*"},
	[GLYPH_METER] = {"▮", "#"},
	[GLYPH_METER_REST] = {"▯", "-"},
	[GLYPH_HIT] = {"»", ">"},
	[GLYPH_TICK] = {"✓", "x"},
};

const char *glyph_text(bool ascii, enum glyph g)
{
	if (g >= GLYPH_COUNT)
		return "";
	return ascii ? glyphs[g].ascii : glyphs[g].utf8;
}

const char *glyph(const struct tui_screen *s, enum glyph g)
{
	return glyph_text(s->ascii, g);
}
