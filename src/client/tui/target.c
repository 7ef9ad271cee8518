/**
 * @file target.c  What is selected: as arguments, and as a sentence
 */
#include <stdlib.h>
#include "tui_int.h"

/* "Hedy Lamarr's phone rings, call from outside, +44 20 7946 0018"
 * @param mine  The call is the user's own */
static void words_phone(struct text_buf *b, const struct uc_contact *c,
			enum uc_lamp lamp, bool mine)
{
	static const char *const sentences[UC_LAMP_COUNT] = {
		[UC_LAMP_UNREACHABLE] = N_("%s's phone cannot be reached"),
		[UC_LAMP_RINGS_INSIDE] =
			N_("%s's phone rings, call from inside"),
		[UC_LAMP_RINGS_OUTSIDE] =
			N_("%s's phone rings, call from outside"),
		[UC_LAMP_DIALLING] = N_("%s is dialling"),
		[UC_LAMP_TALKS_INSIDE] = N_("%s talks with a colleague"),
		[UC_LAMP_TALKS_OUTSIDE] = N_("%s talks with someone outside"),
	};
	static const char *const with_me[UC_LAMP_COUNT] = {
		[UC_LAMP_RINGS_INSIDE] =
			N_("%s's phone rings: you are calling"),
		[UC_LAMP_DIALLING] = N_("%s is calling you"),
		[UC_LAMP_TALKS_INSIDE] = N_("%s talks with you"),
	};
	const char *before, *sentence, *hole;

	sentence = lamp >= UC_LAMP_COUNT   ? NULL
		   : mine && with_me[lamp] ? with_me[lamp]
					   : sentences[lamp];
	if (!sentence) {
		text_buf_add(b, c->name);
		return;
	}
	/* A translation may put the name elsewhere, but has it once. */
	sentence = _(sentence);
	hole = strstr(sentence, "%s");
	before = sentence;
	if (!hole) {
		text_buf_add(b, sentence);
		return;
	}
	text_buf_add_n(b, before, (size_t)(hole - before));
	text_buf_add(b, c->name);
	text_buf_add(b, hole + 2);
}

void words_contact(const struct tui_screen *s, struct text_buf *b,
		   const struct uc_contact *c)
{
	enum uc_lamp lamp = UC_LAMP_UNKNOWN;

	if (!c)
		return;
	if (!text_empty(c->device))
		lamp = contact_lamp(s, c);
	if (lamp >= UC_LAMP_RINGS_INSIDE) {
		bool mine = uc_contact_is_with_me(screen_uc(s), c);

		words_phone(b, c, lamp, mine);
		if (!mine && !text_empty(c->lamp_number))
			text_buf_printf(b, ", %s", c->lamp_number);
	} else if (!text_empty(c->presence.note)) {
		/* Whose it is says the selected row: each step draws this. */
		text_buf_printf(b, "\"%s\"", c->presence.note);
	} else if (lamp == UC_LAMP_UNREACHABLE) {
		words_phone(b, c, lamp, false);
	} else {
		text_buf_add(b, c->name);
		if (!text_empty(c->department))
			text_buf_printf(b, ", %s", c->department);
		else if (!text_empty(c->company))
			text_buf_printf(b, ", %s", c->company);
	}
}

static bool give(struct text_buf *b, const char *text)
{
	if (text_empty(text))
		return false;
	text_buf_add(b, text);
	return true;
}

bool contact_target(const struct uc_contact *c, enum app_argument_kind kind,
		    struct text_buf *b)
{
	if (!c)
		return false;
	if (kind == APP_ARG_CONTACT ||
	    (kind == APP_ARG_FAVOURITE && uc_contact_is_favourite(c)) ||
	    (kind == APP_ARG_PERSONAL && c->directory == UC_PERSONAL))
		return give(b, c->id);
	if (kind == APP_ARG_COLLEAGUE)
		return !text_empty(c->device) && give(b, c->id);
	if (kind == APP_ARG_RINGING)
		return !c->lamp_old &&
		       (c->lamp == UC_LAMP_RINGS_INSIDE ||
			c->lamp == UC_LAMP_RINGS_OUTSIDE) &&
		       give(b, c->id);
	return kind == APP_ARG_DIAL && give(b, uc_contact_number(c));
}

bool voice_target(const struct uc_entry *e, struct text_buf *b)
{
	return e->kind == UC_VOICE_MESSAGE && give(b, e->id);
}

/* The oldest message that is new, else the newest. */
static bool newest_voice(const struct uc_conversation *v, struct text_buf *b)
{
	const struct uc_entry *best = NULL;
	size_t i;

	for (i = 0; i < v->entry_count; i++) {
		const struct uc_entry *e = &v->entries[i];

		if (e->kind != UC_VOICE_MESSAGE || (best && best->unread))
			continue;
		best = e;
	}
	return best && give(b, best->id);
}

bool conversation_target(const struct uc *uc, const struct uc_conversation *v,
			 enum app_argument_kind kind, struct text_buf *b)
{
	const struct uc_call *call;

	if (!v)
		return false;
	if (kind == APP_ARG_CONVERSATION)
		return give(b, v->id);
	if (kind == APP_ARG_VOICE)
		return newest_voice(v, b);
	if (kind == APP_ARG_CALL) {
		call = conversation_call(uc, v);
		if (call)
			text_buf_printf(b, "%u", call->id);
		return call != NULL;
	}
	if (v->contact)
		return contact_target(v->contact, kind, b);
	return kind == APP_ARG_DIAL && give(b, v->number);
}

/** Is one of the user's calls with that number? */
static bool in_call_with(const struct uc *uc, const char *number)
{
	const struct uc_contact *who = uc_contact_by_number(uc, number);
	const struct uc_call *c;

	for (size_t i = 0; (c = uc_call_at(uc, i)); i++)
		if (text_equal(c->number, number) || (who && c->contact == who))
			return true;
	return false;
}

bool screen_target(const struct tui_screen *s, enum app_argument_kind kind,
		   struct text_buf *b)
{
	const struct tui_view *v = screen_focused(s);
	bool other = kind == APP_ARG_OTHER;

	if (!v->class->target ||
	    !v->class->target(v, other ? APP_ARG_DIAL : kind, b))
		return false;
	if (kind == APP_ARG_RINGING)
		return !uc_contact_is_with_me(
			screen_uc(s), uc_contact_by_id(screen_uc(s), b->buf));
	return !other || (b->buf && !in_call_with(screen_uc(s), b->buf));
}

struct uc_call *screen_call(const struct tui_screen *s)
{
	struct text_buf b = {0};
	struct uc_call *c = NULL;

	if (screen_target(s, APP_ARG_CALL, &b))
		c = uc_call_by_id(screen_uc(s),
				  b.buf ? (uint32_t)strtoul(b.buf, NULL, 10)
					: 0);
	text_buf_reset(&b);
	return c;
}

bool screen_can_dial(const struct tui_screen *s)
{
	const struct app_command *dial =
		app_command_find(screen_app(s), "dial");

	return dial &&
	       app_command_available(screen_app(s), dial, APP_FROM_KEY, NULL);
}

int screen_dial(struct tui_screen *s, const struct uc_contact *c,
		const char *number)
{
	if (c && text_empty(number))
		number = uc_contact_number(c);
	if (text_empty(number)) {
		screen_message(s, MESSAGE_WARNING,
			       _("There is no number to call."));
		return ENOENT;
	}
	return keys_command(s, "dial", number);
}
