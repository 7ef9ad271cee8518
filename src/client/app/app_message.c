/**
 * @file app_message.c  Messages on their way out (SPEC T5.5.6)
 *
 * A message is on the disk before it is shown, and stays there until the
 * server has answered that it has it, or has said why not. It has a uid of our
 * choice, by which the server knows it again: so it can be sent as often as it
 * takes, after a lost answer, a lost connection, a crash.
 */
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

enum {
	AGAIN_MS = 3000, /**< after an answer that did not come; doubled … */
	AGAIN_MAX_MS = 15 * 1000, /**< … up to this */
	UID_BYTES = 16,
	OUTBOX_MAX = 10000,
};

struct outgoing {
	struct le le;
	struct app *a; /**< NULL: not in the outbox any more */
	char *uid, *number, *text, *reason;
	int64_t at_ms;
	bool stored, failed;
	bool waits;	/**< has been told that the server cannot keep it now */
	unsigned tries; /**< in vain, in a row */
	struct wsi_request *request; /**< under way */
	struct app_wait *wait;
};

static const char know_messages[] = "messages";

static void destructor(void *arg)
{
	struct outgoing *o = arg;

	mem_deref(o->request);
	mem_deref(o->wait);
	free(o->uid);
	free(o->number);
	free(o->text);
	free(o->reason);
}

/* Out of the outbox; who holds it does nothing more with it. */
static void drop(struct outgoing *o)
{
	o->a = NULL;
	o->request = mem_deref(o->request);
	list_unlink(&o->le);
	mem_deref(o);
}

static struct outgoing *find(const struct app *a, const char *uid)
{
	for (struct le *le = a->outbox.head; le; le = le->next) {
		struct outgoing *o = le->data;

		if (!strcmp(o->uid, uid))
			return o;
	}
	return NULL;
}

static struct outgoing *find_entry(const struct app *a, const char *id)
{
	size_t n = sizeof(UC_OWN_PREFIX) - 1;

	return strncmp(id, UC_OWN_PREFIX, n) ? NULL : find(a, id + n);
}

/* ---- as the user sees it ----------------------------------------------- */

static char *entry_id(const struct outgoing *o)
{
	return text_printf(UC_OWN_PREFIX "%s", o->uid);
}

static void show(const struct outgoing *o)
{
	const struct uc_contact *c = uc_contact_by_number(o->a->uc, o->number);
	char *id = entry_id(o);
	const struct uc_entry_prm prm = {
		.id = id,
		.kind = UC_MESSAGE_OUT,
		.at_ms = o->at_ms,
		.text = o->text,
		.number = o->number,
		.name = c ? c->name : NULL,
		.delivery =
			o->failed ? UC_DELIVERY_FAILED : UC_DELIVERY_WAITING,
		.reason = o->reason,
	};

	if (!id || uc_entry_put(o->a->uc, &prm))
		log_warn("a message that waits cannot be shown");
	free(id);
}

static void unshow(const struct outgoing *o)
{
	char *id = entry_id(o);

	if (id)
		uc_entry_delete(o->a->uc, id);
	free(id);
}

static int keep(const struct outgoing *o, store_done_h *h, void *arg)
{
	const struct store_message m = {
		.uid = o->uid,
		.number = o->number,
		.text = o->text,
		.at_ms = o->at_ms,
		.failed = o->failed,
		.reason = o->reason,
	};

	return store_outbox_put(o->a->store, o->a->account, &m, h, arg);
}

static void tell(struct app *a, const char *id)
{
	const struct uc_entry *e = uc_entry_by_id(a->uc, id, NULL);

	if (e)
		app_tell(a, APP_CHANGE_MESSAGE, e);
}

/* ---- sending ----------------------------------------------------------- */

static bool for_good(const struct wsi_result *r)
{
	enum proto_reason reason = proto_reason_find(r->reason);

	return (r->status == WSI_REFUSED || r->status == WSI_NOT_OFFERED) &&
	       reason != PROTO_REASON_BUSY && reason != PROTO_REASON_INTERNAL &&
	       reason != PROTO_REASON_NO_SPACE;
}

static const char *why(const struct wsi_result *r)
{
	switch (proto_reason_find(r->reason)) {
	case PROTO_REASON_NOT_FOUND:
		return _("nobody has that number");
	case PROTO_REASON_NOT_OFFERED:
		return _("no messages can be sent there");
	case PROTO_REASON_TOO_MANY:
		return _("too many messages wait there already");
	case PROTO_REASON_BAD_PARAMETER:
		return _("the server does not take this text");
	default:
		return text_empty(r->text) ? _("The server refused.") : r->text;
	}
}

static void refused(struct outgoing *o, const struct wsi_result *r)
{
	struct app *a = o->a;
	char *id = entry_id(o);

	o->failed = true;
	(void)text_set(&o->reason, why(r));
	(void)keep(o, NULL, NULL);
	show(o);
	if (id)
		tell(a, id);
	free(id);
	/* It says itself what it is when nobody waits for it. */
	if (o->wait) {
		char *line = text_printf(_("The message was not sent: %s"),
					 o->reason);

		app_wait_over(o->wait, EACCES, line ? line : o->reason);
		free(line);
		o->wait = mem_deref(o->wait);
	} else {
		uc_notice(a->uc, UC_NOTICE_ERROR,
			  _("The message was not sent: %s"), o->reason);
	}
}

/* It stays what it is, one that waits; said once, and to who waits for it. */
static void not_yet(struct outgoing *o, const struct wsi_result *r)
{
	bool full = proto_reason_find(r->reason) == PROTO_REASON_NO_SPACE;
	char *line;

	o->tries++;
	/* An answer may be lost once, and a session end. */
	if (o->waits || r->status == WSI_ENDED || (!full && o->tries < 2))
		return;
	o->waits = true;
	line = full ? text_dup(_("The server's disk is full; the message is "
				 "kept here and sent later."))
		    : text_printf(_("%s The message is kept here and sent "
				    "later."),
				  r->text);
	if (line && o->wait)
		app_wait_over(o->wait, EAGAIN, line);
	else if (line)
		uc_notice(o->a->uc, UC_NOTICE_ERROR, "%s", line);
	o->wait = mem_deref(o->wait);
	free(line);
}

static void again_h(void *arg)
{
	app_outbox_go(arg);
}

static void again_later(struct app *a, unsigned tries)
{
	uint64_t ms = AGAIN_MS;

	for (unsigned i = 1; i < tries && ms < AGAIN_MAX_MS; i++)
		ms *= 2;
	tmr_start(&a->outbox_tmr, ms < AGAIN_MAX_MS ? ms : AGAIN_MAX_MS,
		  again_h, a);
}

static struct outgoing *under_way(const struct app *a)
{
	for (struct le *le = a->outbox.head; le; le = le->next) {
		struct outgoing *o = le->data;

		if (o->request)
			return o;
	}
	return NULL;
}

/* The next one not before the answer to this one is done with. */
static void soon(struct app *a)
{
	tmr_start(&a->outbox_tmr, 0, again_h, a);
}

static void answered(const struct wsi_result *r, void *arg)
{
	struct app *a = arg;
	struct outgoing *o = under_way(a);

	/* The message itself came first, and has ended it. */
	if (!o)
		return;
	o->request = mem_deref(o->request);
	if (r->status == WSI_OK) {
		app_message_sent(a, o->uid);
	} else if (for_good(r)) {
		refused(o, r);
		soon(a);
	} else {
		/* Whether it has come there is not known: the same again. */
		not_yet(o, r);
		again_later(a, o->tries);
	}
}

void app_outbox_go(struct app *a)
{
	struct wsi *w = app_online(a);
	struct outgoing *next = NULL;

	if (!w || !(uc_account(a->uc)->can & UC_CAN_MESSAGES) || a->stopping)
		return;
	/* One at a time: they arrive in the order in which they were
	   written. */
	if (under_way(a))
		return;
	for (struct le *le = a->outbox.head; le && !next; le = le->next) {
		struct outgoing *o = le->data;

		if (!o->failed)
			next = o;
	}
	if (!next || !next->stored)
		return;
	tmr_cancel(&a->outbox_tmr);
	if (wsi_message_send(&next->request, w, next->number, next->uid,
			     next->text, answered, a))
		again_later(a, ++next->tries);
}

void app_message_sent(struct app *a, const char *uid)
{
	struct outgoing *o = find(a, uid);

	if (!o)
		return;
	(void)store_outbox_remove(a->store, a->account, uid);
	if (o->wait)
		app_wait_over(o->wait, 0, "");
	o->wait = mem_deref(o->wait);
	unshow(o);
	drop(o);
	soon(a);
}

void app_message_came(struct app *a, const char *id)
{
	struct uc_conversation *v;
	const struct uc_entry *e = uc_entry_by_id(a->uc, id, &v);

	if (!e)
		return;
	uc_notice(a->uc, UC_NOTICE_INFO, _("Message from %s: %s"), v->name,
		  e->text);
	app_tell(a, APP_CHANGE_MESSAGE, e);
}

/* ---- writing one ------------------------------------------------------- */

const char *app_no_messages(const struct app *a)
{
	if (uc_account(a->uc)->can & UC_CAN_MESSAGES)
		return NULL;
	if (a->login.synced)
		return _("This account has no messages.");
	/* What is written now goes when the server is there. */
	return a->knows_messages && a->account
		       ? NULL
		       : _("There is no connection to the server.");
}

const char *app_no_message(const struct app *a, const struct uc_contact *c,
			   const char *number)
{
	const struct uc_account *u = uc_account(a->uc);
	const char *why = app_no_messages(a);

	if (why)
		return why;
	if (!c && !text_empty(number))
		c = uc_contact_by_number(a->uc, number);
	if (!c || text_empty(c->device))
		return _("Messages go to colleagues only.");
	return text_equal(c->device, u->user) ? _("That is your own number.")
					      : NULL;
}

/* The text is put back where it was written: nothing is lost by a full disk. */
static void not_kept(struct outgoing *o, int err)
{
	struct app *a = o->a;
	char *line = text_printf(_("The message could not be kept: %s"),
				 strerror(err));

	if (text_empty(uc_draft(a->uc, o->number)))
		(void)uc_draft_set(a->uc, o->number, o->text);
	app_wait_over(o->wait, err, line ? line : "");
	o->wait = mem_deref(o->wait);
	free(line);
	drop(o);
}

static void kept(int err, void *arg)
{
	struct outgoing *o = arg;
	struct app *a = o->a;

	if (a && err) {
		not_kept(o, err);
	} else if (a) {
		o->stored = true;
		show(o);
		app_outbox_go(a);
		/* Where nothing can be sent now, that it waits is the end of
		   the command. */
		if (!app_online(a)) {
			app_wait_over(o->wait, 0, "");
			o->wait = mem_deref(o->wait);
		}
	}
	mem_deref(o);
}

static int outgoing_new(struct outgoing **op, struct app *a, const char *uid,
			const char *number, const char *text)
{
	struct outgoing *o = mem_zalloc(sizeof(*o), destructor);

	if (!o)
		return ENOMEM;
	o->a = a;
	o->uid = strdup(uid);
	o->number = strdup(number);
	o->text = strdup(text);
	o->reason = strdup("");
	if (!o->uid || !o->number || !o->text || !o->reason) {
		mem_deref(o);
		return ENOMEM;
	}
	list_append(&a->outbox, &o->le, o);
	*op = o;
	return 0;
}

static void uid_make(char uid[2 * UID_BYTES + 1])
{
	uint8_t bytes[UID_BYTES];

	random_bytes(bytes, sizeof(bytes));
	for (size_t i = 0; i < UID_BYTES; i++)
		snprintf(uid + 2 * i, 3, "%02x", bytes[i]);
}

int app_message_send(struct app *a, const char *number, const char *text,
		     struct app_sink *sink)
{
	char uid[2 * UID_BYTES + 1], *clean;
	struct outgoing *o = NULL;
	int err;

	if (strlen(text) > TEXT_MESSAGE_MAX)
		return app_sink_fail(sink, E2BIG,
				     _("The message is too long: %zu bytes, %d "
				       "are possible."),
				     strlen(text), TEXT_MESSAGE_MAX);
	if (list_count(&a->outbox) >= OUTBOX_MAX)
		return app_sink_fail(sink, ENOSPC,
				     _("Too many messages wait already."));
	clean = text_clean_lines(text, (size_t)-1, TEXT_MESSAGE_MAX);
	if (clean && !clean[strspn(clean, " \n")]) {
		free(clean);
		return app_sink_fail(sink, EINVAL, _("There is no text."));
	}
	uid_make(uid);
	err = clean ? outgoing_new(&o, a, uid, number, clean) : ENOMEM;
	free(clean);
	if (err)
		return app_sink_fail(sink, err, "%s", strerror(err));
	o->at_ms = time_wall_ms();
	err = keep(o, kept, mem_ref(o));
	if (err) {
		mem_deref(o);
		drop(o);
		return app_sink_fail(sink, err,
				     _("The message could not be kept: %s"),
				     strerror(err));
	}
	o->wait = mem_ref(app_wait_new(a, sink));
	return 0;
}

int app_outbox_again(struct app *a, const char *id)
{
	struct outgoing *o = find_entry(a, id);

	if (!o || !o->failed)
		return ENOENT;
	o->failed = false;
	(void)text_set(&o->reason, "");
	(void)keep(o, NULL, NULL);
	show(o);
	app_outbox_go(a);
	return 0;
}

int app_outbox_forget(struct app *a, const char *id)
{
	struct outgoing *o = find_entry(a, id);

	if (!o)
		return ENOENT;
	(void)store_outbox_remove(a->store, a->account, o->uid);
	app_wait_over(o->wait, ECANCELED, _("The message was deleted."));
	o->wait = mem_deref(o->wait);
	unshow(o);
	drop(o);
	app_outbox_go(a);
	return 0;
}

int app_outbox_restore(struct app *a, const struct uc_entry *e)
{
	struct outgoing *o;
	int err;

	if (find_entry(a, e->id))
		return 0;
	err = outgoing_new(&o, a, e->id + sizeof(UC_OWN_PREFIX) - 1, e->number,
			   e->text);
	if (err)
		return err;
	o->at_ms = e->at_ms;
	o->failed = e->delivery == UC_DELIVERY_FAILED;
	(void)text_set(&o->reason, e->reason);
	err = keep(o, kept, mem_ref(o));
	if (err) {
		mem_deref(o);
		drop(o);
	}
	return err;
}

/* ---- at the start ------------------------------------------------------ */

static void loaded(int err, const struct store_message *m, size_t count,
		   void *arg)
{
	struct app *a = arg;

	for (size_t i = 0; !err && i < count; i++) {
		struct outgoing *o;

		if (find(a, m[i].uid) ||
		    outgoing_new(&o, a, m[i].uid, m[i].number, m[i].text))
			continue;
		o->at_ms = m[i].at_ms;
		o->failed = m[i].failed;
		(void)text_set(&o->reason, m[i].reason);
		o->stored = true;
		show(o);
	}
	app_outbox_go(a);
}

static void known(int err, const char *const *texts, size_t count, void *arg)
{
	struct app *a = arg;

	a->knows_messages = !err && count && text_equal(texts[0], "yes");
}

void app_outbox_open(struct app *a)
{
	a->knows_messages = false;
	(void)store_value_load(a->store, a->account, know_messages, known, a);
	if (store_outbox_load(a->store, a->account, loaded, a))
		log_warn("the messages that wait were not read");
}

void app_outbox_synced(struct app *a)
{
	bool can = uc_account(a->uc)->can & UC_CAN_MESSAGES;

	if (can != a->knows_messages && a->account)
		(void)store_value_put(a->store, a->account, know_messages,
				      can ? "yes" : "");
	a->knows_messages = can;
	for (struct le *le = a->outbox.head; le; le = le->next)
		((struct outgoing *)le->data)->tries = 0;
	app_outbox_go(a);
}

void app_outbox_close(struct app *a)
{
	tmr_cancel(&a->outbox_tmr);
	while (a->outbox.head)
		drop(a->outbox.head->data);
}
