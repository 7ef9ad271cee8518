/**
 * @file target.c  What is selected: as arguments, and as a sentence
 */
#include <stdlib.h>
#include "tui_int.h"

/* "Hedy Lamarr's phone rings, call from outside, +44 20 7946 0018" */
static void words_phone(struct text_buf *b, const struct uc_contact *c,
			enum uc_lamp lamp)
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
	const char *before, *sentence, *hole;

	if (lamp >= UC_LAMP_COUNT || !sentences[lamp]) {
		text_buf_add(b, c->name);
		return;
	}
	/* A translation may put the name elsewhere, but has it once. */
	sentence = _(sentences[lamp]);
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
		words_phone(b, c, lamp);
		if (!text_empty(c->lamp_number))
			text_buf_printf(b, ", %s", c->lamp_number);
	} else if (!text_empty(c->presence.note)) {
		/* Whose it is says the selected row: each step draws this. */
		text_buf_printf(b, "\"%s\"", c->presence.note);
	} else if (lamp == UC_LAMP_UNREACHABLE) {
		words_phone(b, c, lamp);
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
	if (kind == APP_ARG_CONTACT)
		return give(b, c->id);
	return kind == APP_ARG_DIAL && give(b, uc_contact_number(c));
}

bool conversation_target(const struct uc *uc, const struct uc_conversation *v,
			 enum app_argument_kind kind, struct text_buf *b)
{
	const struct uc_call *call;

	if (!v)
		return false;
	if (kind == APP_ARG_CONVERSATION)
		return give(b, v->id);
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

struct uc_call *screen_call(const struct tui_screen *s)
{
	const struct tui_view *v = screen_focused(s);
	struct text_buf b = {0};
	struct uc_call *c = NULL;

	if (v->class->target && v->class->target(v, APP_ARG_CALL, &b))
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
