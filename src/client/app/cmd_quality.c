/**
 * @file cmd_quality.c  The command that says how calls sound
 */
#include <stdlib.h>
#include "call_int.h"
#include "cmd_int.h"

/** How sound goes: for programs, and for the eye. */
static const struct {
	const char *key, *word;
} ways[UC_WAY_COUNT] = {
	[UC_WAY_DIRECT] = {"direct", N_("direct way")},
	[UC_WAY_REFLEXIVE] = {"reflexive", N_("through address translation")},
	[UC_WAY_RELAYED] = {"relayed", N_("relayed")},
};

void app_quality_json(struct json_writer *w, const char *name,
		      const struct uc_quality *q)
{
	if (name)
		json_name(w, name);
	json_object(w);
	json_add_string(w, "codec", q->codec);
	json_add_string(w, "keys", uc_keys_key(q->keys));
	if (q->mos)
		json_add_hundredths(w, "mos", q->mos);
	json_add_hundredths(w, "lost", q->lost);
	json_add_hundredths(w, "lost_there", q->lost_there);
	json_add_int(w, "jitter_ms", q->jitter_ms);
	json_add_int(w, "buffer_ms", q->buffer_ms);
	if (q->round_trip_ms)
		json_add_int(w, "round_trip_ms", q->round_trip_ms);
	if (ways[q->way].key)
		json_add_string(w, "way", ways[q->way].key);
	json_add_bool(w, "poor", uc_quality_poor(q));
	json_end(w);
}

/** What matters most comes first: a line may be cut.
 *  @param who NULL: the call that is on */
static void print(const struct app_invocation *i, const char *who,
		  const struct uc_quality *q)
{
	struct text_buf b = {0};

	if (who)
		text_buf_printf(&b, "%s: ", who);
	if (q->mos)
		text_buf_printf(&b, "MOS %.1f, ", q->mos / 100.0);
	text_buf_printf(&b, _("lost %.1f %% here, %.1f %% there, "),
			q->lost / 100.0, q->lost_there / 100.0);
	text_buf_add(&b, q->codec);
	if (!text_empty(uc_keys_word(q->keys)))
		text_buf_printf(&b, ", %s", uc_keys_word(q->keys));
	if (q->round_trip_ms)
		text_buf_printf(&b, _(", round trip %u ms"), q->round_trip_ms);
	text_buf_printf(&b, _(", jitter %u ms, buffer %u ms"), q->jitter_ms,
			q->buffer_ms);
	if (ways[q->way].word)
		text_buf_printf(&b, ", %s", _(ways[q->way].word));
	app_sink_print(i->sink, "%s", b.buf ? b.buf : "");
	text_buf_reset(&b);
	if (i->sink->data)
		app_quality_json(i->sink->data, NULL, q);
}

/** The call that it is about, NULL: the last that is over. */
static struct uc_call *call_named(const struct app_invocation *i)
{
	struct uc_call *c;
	size_t k;

	if (!text_empty(app_argument_of(i, 1)))
		return app_call_argument(i, 1);
	c = uc_call_current(i->app->uc);
	if (c && c->voip && c->answered_ms)
		return c;
	for (k = 0; (c = uc_call_at(i->app->uc, k)); k++)
		if (c->voip && c->answered_ms)
			return c;
	return NULL;
}

static int run_quality(const struct app_invocation *i)
{
	const struct uc_quality_record *last = uc_quality_last(i->app->uc);
	const bool named = !text_empty(app_argument_of(i, 1));
	struct uc_call *c = call_named(i);

	if (!c && named)
		return app_sink_fail(i->sink, ENOENT,
				     _("There is no such call."));
	if (c)
		app_quality_look(app_call_of(i->app, c));
	if (c && !c->quality.codec[0])
		return app_sink_fail(i->sink, EAGAIN,
				     _("Nothing has been heard in this call "
				       "yet."));
	if (c) {
		print(i, NULL, &c->quality);
	} else {
		struct uc_contact *k =
			uc_contact_by_number(i->app->uc, last->number);

		print(i, k ? k->name : last->number, &last->quality);
	}
	return 0;
}

static const char *no_quality(const struct app *a)
{
	struct uc_call *c;
	size_t k;

	for (k = 0; (c = uc_call_at(a->uc, k)); k++)
		if (c->voip && c->answered_ms)
			return NULL;
	return uc_quality_last(a->uc)
		       ? NULL
		       : _("There has been no call of the built-in phone yet.");
}

static const struct app_argument arguments[] = {
	{.name = "call", .kind = APP_ARG_CALL, .optional = true},
	{.name = NULL},
};

const struct app_command app_commands_quality[] = {
	{.name = "quality",
	 .summary = N_("Print how a call of the built-in phone sounds."),
	 .help = N_(
		 "Codec, encryption, an estimate of how it sounds (MOS, from "
		 "1 to 4.4), what was lost or late, here and, as the other "
		 "side says, there. Without a call, of the last one. It is "
		 "kept with the call: `history` has it as data."),
	 .examples = EXAMPLES("quality", "quality 2"),
	 .arguments = arguments,
	 .origins = FROM_USER,
	 .contexts = APP_IN_CALL,
	 .keys = "v",
	 .unavailable = no_quality,
	 .run = run_quality},
	ROWS_END};
