/**
 * @file watch.c  What phones may watch of an account, and its end
 *
 * Presence is the database's; a phone that shows it is told by the switch.
 */
#include "feature_int.h"

#include <stdlib.h>

/** What a phone makes of a state (RFC 4480 §3.2). */
static const struct {
	bool open;
	enum sip_activity activity;
} states[PROTO_PRESENCE_COUNT] = {
	[PROTO_PRESENCE_UNKNOWN] = {true, SIP_ACTIVITY_NONE},
	[PROTO_OFFICE] = {true, SIP_ACTIVITY_NONE},
	[PROTO_MEETING] = {true, SIP_ACTIVITY_MEETING},
	[PROTO_SICK] = {false, SIP_ACTIVITY_AWAY},
	[PROTO_BREAK] = {true, SIP_ACTIVITY_AWAY},
	[PROTO_OUT_OF_OFFICE] = {false, SIP_ACTIVITY_AWAY},
	[PROTO_VACATION] = {false, SIP_ACTIVITY_VACATION},
	[PROTO_LUNCH] = {true, SIP_ACTIVITY_MEAL},
	[PROTO_HOME] = {true, SIP_ACTIVITY_NONE},
	[PROTO_DO_NOT_DISTURB] = {true, SIP_ACTIVITY_BUSY},
};

int feature_presence(const struct features *f, const char *extension,
		     struct sip_presence *p)
{
	const struct db_account *a = db_account(f->db, extension);
	enum proto_presence state;

	if (!a || a->trunk)
		return ENOENT;
	state = a->presence.state;
	p->note = a->presence.note;
	/* Calls are refused whoever may know why. */
	if (a->presence.visibility == DB_VISIBLE_NOBODY &&
	    state != PROTO_DO_NOT_DISTURB) {
		state = PROTO_OFFICE;
		p->note = "";
	}
	if ((unsigned)state >= PROTO_PRESENCE_COUNT)
		state = PROTO_PRESENCE_UNKNOWN;
	p->open = states[state].open;
	p->activity = states[state].activity;
	return 0;
}

/* What its phones have to know of. */
static void setting_changed(struct features *f, const struct db_setting *s)
{
	char *text;

	if (text_equal(s->name, "line"))
		pbx_line_changed(f->pbx, s->owner);
	if (!feature_is_call_me(s->name))
		return;
	text = text_empty(s->value) ? text_dup("")
				    : text_printf("CallMe: %s", s->value);
	if (text)
		(void)pbx_show(f->pbx, s->owner, text);
	free(text);
}

static void changed(uint32_t kind, const void *subject, void *arg)
{
	const struct db_account *a = subject;
	struct features *f = arg;

	if (!f->pbx)
		return;
	if (kind & DB_CHANGE_ACCOUNT_GONE) {
		pbx_account_changed(f->pbx, subject);
		return;
	}
	if (kind & DB_CHANGE_SETTING)
		setting_changed(f, subject);
	if (kind & DB_CHANGE_PASSWORD)
		pbx_account_changed(f->pbx, a->extension);
	if (kind & DB_CHANGE_PRESENCE)
		pbx_presence_changed(f->pbx, a->extension);
	if (kind & DB_CHANGE_VOICEMAIL)
		pbx_messages_changed(f->pbx, a->extension);
}

static int begin(struct features *f)
{
	return notify_subscribe(&f->watch, db_notify(f->db),
				DB_CHANGE_ACCOUNT_GONE | DB_CHANGE_PASSWORD |
					DB_CHANGE_PRESENCE | DB_CHANGE_SETTING |
					DB_CHANGE_VOICEMAIL,
				changed, f);
}

static void end(struct features *f)
{
	f->watch = mem_deref(f->watch);
}

const struct feature feature_watch = {
	.name = "watch",
	.begin = begin,
	.end = end,
};
