/**
 * @file rights.c  What an account may do here, and with which phones
 *
 * Told at log-in, and again when it becomes something else: an administrator
 * has changed a setting, or a part of the server is not what it was. What a
 * session was told last is compared, not the reason why it could differ.
 */
#include "front_int.h"

#include <stdlib.h>
#include <string.h>

enum { TOGETHER_MS = 20 }; /**< several changes in a row are told once */

struct ability {
	uint32_t can;
	const char *word;
	/** whether this server really has it, beside an office's switch */
	bool (*offered)(const struct front *f, const struct db_account *a);
};

static bool has_switch(const struct front *f, const struct db_account *a)
{
	(void)a;
	return f->pbx;
}

static bool has_sip(const struct front *f, const struct db_account *a)
{
	(void)a;
	return f->pbx && f->sip_server;
}

static bool has_dnd(const struct front *f, const struct db_account *a)
{
	return feature_can_dnd(f->features, a->extension);
}

static bool has_box(const struct front *f, const struct db_account *a)
{
	return f->pbx && feature_has_voicemail(f->features, a->extension);
}

/* Suite has none (SPEC, two kinds of server). */
static bool has_messages(const struct front *f, const struct db_account *a)
{
	return front_has_messages(f, a->extension);
}

static bool has_pages(const struct front *f, const struct db_account *a)
{
	(void)a;
	return feature_share_offered(f->features);
}

static const struct ability abilities[] = {
	{DB_CAN_CTI, "cti", has_switch},
	{DB_CAN_VOIP, "voip", has_sip},
	{DB_CAN_DND, "dnd", has_dnd},
	{DB_CAN_VOICEMAIL, "voicemail", has_box},
	{DB_CAN_MESSAGES, "messages", has_messages},
	{DB_CAN_CTI, "collaboration", has_pages},
};

static char *can_words(const struct front *f, const struct db_account *a)
{
	bool suite = f->prm.mode == FRONT_SUITE;
	struct text_buf b = {NULL, 0, 0, 0};

	for (size_t i = 0; i < sizeof(abilities) / sizeof(abilities[0]); i++) {
		const struct ability *able = &abilities[i];

		if (a->can & able->can && able->offered(f, a))
			text_buf_printf(&b, "%s ", able->word);
	}
	if (f->features && !feature_away_fixed(f->features))
		text_buf_add(&b, "forwarding ");
	/* Suite manages groups and personal contacts elsewhere, and has the
	   external directory. */
	text_buf_printf(&b, "visibility %s",
			suite ? "external" : "groups personal");
	return text_buf_take(&b);
}

static void phone_word(const char *account, void *arg)
{
	text_buf_printf(arg, " %s", account);
}

/* Its own first; "" if there is no choice. */
static char *phone_words(const struct front *f, const struct db_account *a)
{
	struct text_buf words = {NULL, 0, 0, 0};

	text_buf_add(&words, a->extension);
	feature_phones(f->features, a->extension, phone_word, &words);
	if (words.err || !words.buf || !strchr(words.buf, ' ')) {
		text_buf_reset(&words);
		return strdup("");
	}
	return text_buf_take(&words);
}

void rights_of(struct rights *r, const struct front *f,
	       const struct db_account *a)
{
	bool cti = a->can & DB_CAN_CTI;

	*r = (struct rights){
		.can = can_words(f, a),
		.phones = cti ? phone_words(f, a) : NULL,
		.mobile = cti ? feature_mobile(f->features, a->extension) : "",
	};
}

void rights_reset(struct rights *r)
{
	free(r->can);
	free(r->phones);
	*r = (struct rights){0};
}

struct event *event_rights(const struct front *f, const char *user)
{
	const struct db_account *a = db_account(f->db, user);
	struct json_writer *w;
	struct rights r;

	if (f->prm.plain || !a)
		return NULL;
	rights_of(&r, f, a);
	w = event_begin(PROTO_EVENT_ACCOUNT);
	json_add_string(w, proto_member(PROTO_MEMBER_CAN), r.can ? r.can : "");
	json_add_string(w, proto_member(PROTO_MEMBER_PHONES),
			r.phones ? r.phones : "");
	json_add_string(w, proto_member(PROTO_MEMBER_MOBILE), r.mobile);
	rights_reset(&r);
	return event_finish(w);
}

static bool same(const struct event *a, const struct event *b)
{
	return a && b && a->len == b->len && !memcmp(a->json, b->json, a->len);
}

static void tell(struct session *s)
{
	struct event *e = event_rights(s->front, s->user);

	if (e && !same(e, s->rights)) {
		session_push(s, e);
		mem_deref(s->rights);
		s->rights = mem_ref(e);
	}
	mem_deref(e);
}

static void tell_all(void *arg)
{
	const struct front *f = arg;

	for (struct le *le = f->sessions.head; le; le = le->next)
		tell(le->data);
}

void rights_account_changed(struct front *f, const struct db_account *a)
{
	for (struct le *le = f->sessions.head; le; le = le->next) {
		struct session *s = le->data;

		if (!strcmp(s->user, a->extension))
			tell(s);
	}
}

void rights_setting_changed(struct front *f, const struct db_setting *s)
{
	/* All that they hang on. The others change all day, and to look at
	   each phone for each session takes its time in a large house. */
	static const char *const settings[] = {"line", "mobility", "voicemail",
					       "collaboration"};

	if (f->prm.plain || tmr_isrunning(&f->rights))
		return;
	for (size_t i = 0; i < sizeof(settings) / sizeof(settings[0]); i++)
		if (!strcmp(s->name, settings[i]))
			tmr_start(&f->rights, TOGETHER_MS, tell_all, f);
}
