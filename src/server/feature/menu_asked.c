/**
 * @file menu_asked.c  A phone rings for what a program has asked of a box
 *
 * To play one message, or to record a greeting or a note: whoever lifts it is
 * connected with the box, without its PIN.
 */
#define LOG_MODULE "feature"
#include "menu_int.h"

#include <stdlib.h>

enum { ASKED_MS = 90 * 1000 /**< it rings no longer */ };

static void asked_destructor(void *arg)
{
	struct asked *k = arg;

	tmr_cancel(&k->tmr);
	list_unlink(&k->le);
	mem_deref(k->clip);
	free(k->owner);
	free(k->phone);
}

struct asked *asked_of(const struct features *f, const char *owner)
{
	struct le *le;

	LIST_FOREACH (&f->menus->asked, le) {
		struct asked *k = le->data;

		if (text_equal(k->owner, owner))
			return k;
	}
	return NULL;
}

int menu_home(struct features *f, const char *device, const char *phone,
	      struct pbx_route *r)
{
	const struct asked *k = asked_of(f, feature_line(f, device));

	return k && text_equal(k->phone, phone)
		       ? number_ring(f, k->owner, phone, r)
		       : ENOENT;
}

/* ---- what programs ask for --------------------------------------------- */

static void asked_late(void *arg)
{
	mem_deref(arg);
}

static void answer_asked(struct asked *k, int err)
{
	db_done_h *h = k->h;
	void *arg = k->arg;

	k->h = NULL;
	if (err)
		mem_deref(k);
	if (h)
		h(err, arg);
}

/* It rings; once it is lifted the boxes' number is called from there. */
static void ring(struct asked *k)
{
	struct features *f = k->menus->f;
	const char *phone = k->phone;
	uint32_t call = 0;
	int err;

	if (text_equal(feature_line(f, phone), k->owner))
		err = pbx_make_call(f->pbx, phone, NULL, feature_voicemail(f),
				    &call);
	else
		err = pbx_make_call(f->pbx, k->owner, phone,
				    feature_voicemail(f), &call);
	k->call = err ? 0 : call;
	tmr_start(&k->tmr, ASKED_MS, asked_late, k);
	answer_asked(k, err);
}

static void asked_sound(int err, const char *wav, size_t len, void *arg)
{
	struct asked *k = arg;

	if (k->menus && !err)
		err = media_wav_decode(&k->clip, (const uint8_t *)wav, len);
	if (!k->menus) {
		/* they have gone, and whoever has asked with them */
	} else if (err) {
		mem_ref(k);
		answer_asked(k, err);
	} else {
		ring(k);
	}
	mem_deref(k);
}

static int ask(struct features *f, struct asked **kp, const char *owner,
	       const char *phone, bool note, db_done_h *h, void *arg)
{
	const struct db_account *a = f ? db_account(f->db, owner) : NULL;
	struct asked *k;

	if (!a || !f->pbx || !feature_has_voicemail(f, owner))
		return ENOTSUP;
	/* a note is of an absence, too */
	if (a->presence.state != PROTO_OFFICE && !note)
		return EALREADY;
	if (text_empty(phone))
		return EINVAL;
	/* one after the other: it might be told by the wrong phone */
	if (asked_of(f, owner))
		return EBUSY;
	k = mem_zalloc(sizeof(*k), asked_destructor);
	if (!k)
		return ENOMEM;
	tmr_init(&k->tmr);
	k->menus = f->menus;
	k->owner = text_dup(owner);
	k->phone = proto_number_normalise(phone);
	k->h = h;
	k->arg = arg;
	if (!k->owner || !k->phone) {
		int err = k->owner ? EINVAL : ENOMEM;

		mem_deref(k);
		return err;
	}
	list_append(&f->menus->asked, &k->le, k);
	*kp = k;
	return 0;
}

void feature_voicemail_play(struct features *f, const char *owner, int64_t id,
			    const char *phone, db_done_h *h, void *arg)
{
	struct asked *k;
	int err = ask(f, &k, owner, phone, false, h, arg);

	if (err) {
		h(err, arg);
		return;
	}
	k->message = id;
	db_voicemail_sound(f->db, owner, id, asked_sound, mem_ref(k));
}

void feature_greeting_record(struct features *f, const char *owner,
			     unsigned number, const char *phone, db_done_h *h,
			     void *arg)
{
	struct asked *k;
	int err = number > DB_GREETINGS
			  ? EINVAL
			  : ask(f, &k, owner, phone, number == DB_NOTE, h, arg);

	if (err) {
		h(err, arg);
		return;
	}
	k->records = true;
	k->greeting = number;
	ring(k);
}

/* Nobody has lifted it: what was asked for is over. */
void asked_event(struct features *f, const struct pbx_event *ev)
{
	struct le *le;

	if (ev->type != PBX_CONNECTION_CLEARED)
		return;
	LIST_FOREACH (&f->menus->asked, le) {
		struct asked *k = le->data;

		if (k->call && k->call == ev->call) {
			mem_deref(k);
			return;
		}
	}
}

void asked_close(struct menus *ms)
{
	struct le *le;

	while ((le = ms->asked.head)) {
		struct asked *k = le->data;

		list_unlink(&k->le);
		k->menus = NULL;
		mem_deref(k);
	}
}
