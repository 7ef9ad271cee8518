/**
 * @file meter.c  How loud microphone and loudspeaker are, as bars
 *
 * Asked for by a key; measured and drawn only while it is seen, and gone with
 * the sound that it shows.
 */
#include <stdlib.h>

#include "tui_int.h"

enum {
	BARS = 10,
	DB_BAR = 6, /**< so the lowest bar is -60 dBFS */
	EVERY_MS = 150,
	NARROW_COLUMNS = 60
};

static void tick(void *arg)
{
	struct tui_screen *s = arg;
	int input, output;

	screen_dirty(s, WIN_BIT(WIN_HINTS));
	if (app_sound_levels(screen_app(s), &input, &output))
		tmr_start(&s->meter_tmr, EVERY_MS, tick, s);
	else
		s->meter = false;
}

int meter_toggle(struct tui_screen *s, struct app_sink *sink)
{
	struct app_sink own = {.front = s};
	int input, output, err = 0;

	if (s->meter) {
		s->meter = false;
		tmr_cancel(&s->meter_tmr);
		screen_dirty(s, WIN_BIT(WIN_HINTS));
		return 0;
	}
	/* Without a call there is something to be heard in a sound test. */
	if (!app_sound_levels(screen_app(s), &input, &output))
		err = app_run_line(screen_app(s), "soundtest loop",
				   APP_FROM_LINE, &own);
	text_buf_add(&sink->text, own.text.buf ? own.text.buf : "");
	text_buf_add(&sink->error, own.error.buf ? own.error.buf : "");
	app_sink_reset(&own);
	if (!err) {
		s->meter = true;
		tick(s);
	}
	return err;
}

static int bars_of(int level)
{
	int n = (level + BARS * DB_BAR + DB_BAR - 1) / DB_BAR;

	return n < 0 ? 0 : n > BARS ? BARS : n;
}

/** From the right end on. @return where it begins */
static unsigned draw_one(const struct tui_screen *s, struct frame_grid *g,
			 unsigned end, const char *name, int level)
{
	struct text_buf on = {0}, off = {0};
	unsigned words = (unsigned)text_width(name) + 1;
	unsigned at = end - BARS - words;
	int i, n = bars_of(level);

	for (i = 0; i < BARS; i++)
		text_buf_add(i < n ? &on : &off,
			     glyph(s, i < n ? GLYPH_METER : GLYPH_METER_REST));
	draw_text(s, g, 0, at, words, STYLE_DIM, name);
	/* What is near full scale may be too loud. */
	draw_text(s, g, 0, at + words, BARS,
		  n >= BARS ? STYLE_WARNING : STYLE_GOOD, on.buf ? on.buf : "");
	draw_text(s, g, 0, at + words + (unsigned)n, BARS, STYLE_FAINT,
		  off.buf ? off.buf : "");
	text_buf_reset(&on);
	text_buf_reset(&off);
	return at;
}

unsigned meter_draw(const struct tui_screen *s, struct frame_grid *g,
		    unsigned columns)
{
	int input, output;
	unsigned at;

	if (!s->meter || columns < NARROW_COLUMNS ||
	    !app_sound_levels(screen_app(s), &input, &output))
		return columns;
	at = draw_one(s, g, columns + 1, _("heard"), output);
	at = draw_one(s, g, at - 2, _("said"), input);
	return at - 3;
}
