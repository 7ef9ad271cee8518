/**
 * @file app_delete.c  Entries of conversations go, and come back
 *
 * Each is deleted by who keeps it: a server of ours (for all clients of the
 * account), or our own store. What a server keeps that cannot delete it is
 * hidden here, and the user is told so.
 */
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

struct kept {
	struct uc_entry e; /**< its texts are ours */
	char *name;	   /**< of its conversation */
};

/** Something that was deleted at once. */
struct deletion {
	struct le le;
	struct app *a; /**< NULL: nobody can take it back any more */
	uint32_t number;
	char *what;
	char *batch; /**< as the server calls it, or NULL */
	struct kept *kept;
	size_t count;
	struct app_wait *wait;
};

static void destructor(void *arg)
{
	struct deletion *d = arg;

	for (size_t i = 0; d->kept && i < d->count; i++) {
		free(d->kept[i].e.id);
		free(d->kept[i].e.text);
		free(d->kept[i].e.number);
		free(d->kept[i].e.reason);
		free(d->kept[i].name);
	}
	free(d->kept);
	free(d->what);
	free(d->batch);
	mem_deref(d->wait);
}

static void drop(struct deletion *d)
{
	d->a = NULL;
	list_unlink(&d->le);
	mem_deref(d);
}

void app_deletions_close(struct app *a)
{
	while (a->deletions.head)
		drop(a->deletions.head->data);
}

/* ---- who keeps an entry ------------------------------------------------ */

enum keeper { KEEPER_SERVER, KEEPER_OUTBOX, KEEPER_STORE, KEEPER_FOREIGN };

static enum keeper keeper_of(const struct app *a, const struct uc_entry *e)
{
	const struct wsi *w = app_online(a);

	if (!strncmp(e->id, UC_OWN_PREFIX, sizeof(UC_OWN_PREFIX) - 1))
		return e->kind == UC_MESSAGE_OUT ? KEEPER_OUTBOX : KEEPER_STORE;
	return w && wsi_additions(w) & WSI_ADD_DELETE ? KEEPER_SERVER
						      : KEEPER_FOREIGN;
}

/* ---- deleting ---------------------------------------------------------- */

static int keep(struct deletion *d, const struct uc_entry *e)
{
	struct kept *k = &d->kept[d->count];
	struct uc_conversation *v = NULL;

	(void)uc_entry_by_id(d->a->uc, e->id, &v);
	k->e = *e;
	k->e.id = strdup(e->id);
	k->e.text = strdup(e->text);
	k->e.number = strdup(e->number);
	k->e.reason = strdup(e->reason);
	k->name = strdup(v ? v->name : "");
	d->count++;
	return k->e.id && k->e.text && k->e.number && k->e.reason && k->name
		       ? 0
		       : ENOMEM;
}

static void push_undo(const struct deletion *d)
{
	char number[16];
	const char *argv[] = {"undelete", number, NULL};

	snprintf(number, sizeof(number), "%u", d->number);
	app_undo_push(d->a, d->what, argv);
}

static void can_be_undone(struct deletion *d)
{
	push_undo(d);
	/* what; "undo" is the command */
	uc_notice(d->a->uc, UC_NOTICE_INFO,
		  _("Deleted: %s (undo brings it back)"), d->what);
}

/* What is not the server's, at once. */
static size_t delete_here(struct deletion *d)
{
	struct app *a = d->a;
	size_t hidden = 0;

	for (size_t i = 0; i < d->count; i++) {
		const struct uc_entry *e = &d->kept[i].e;

		switch (keeper_of(a, e)) {
		case KEEPER_OUTBOX:
			(void)app_outbox_forget(a, e->id);
			break;
		case KEEPER_STORE:
			(void)store_entry_delete(a->store, a->account, e->id);
			uc_entry_delete(a->uc, e->id);
			break;
		case KEEPER_FOREIGN:
			if (store_hidden_set(a->store, a->account,
					     (const char *const *)&e->id, 1,
					     true) ||
			    uc_entry_hide(a->uc, e->id, true))
				log_warn("an entry cannot be hidden");
			hidden++;
			break;
		case KEEPER_SERVER:
		default:
			break;
		}
	}
	return hidden;
}

static void deleted(const struct wsi_result *r, void *arg)
{
	struct deletion *d = arg;
	struct app *a = d->a;

	if (a && r->status == WSI_OK) {
		for (size_t i = 0; i < d->count; i++)
			if (keeper_of(a, &d->kept[i].e) == KEEPER_SERVER)
				uc_entry_delete(a->uc, d->kept[i].e.id);
		d->batch = text_empty(r->batch) ? NULL : strdup(r->batch);
		(void)delete_here(d);
		if (d->batch) {
			can_be_undone(d);
		} else {
			uc_notice(a->uc, UC_NOTICE_INFO, _("Deleted: %s"),
				  d->what);
			drop(d);
		}
	} else if (a) {
		drop(d);
	}
	app_told(r, d->wait);
	mem_deref(d);
}

static int64_t id_of(const struct uc_entry *e)
{
	return e->id[0] && e->id[1] == ':' ? strtoll(e->id + 2, NULL, 10) : 0;
}

/* Does the one say all that the other does? */
static bool covers(const struct uc_entry *a, const struct uc_entry *b,
		   enum wsi_scope scope)
{
	return a->id[0] == b->id[0] && id_of(a) >= id_of(b) &&
	       (scope == WSI_OLDER || text_equal(a->number, b->number));
}

/* Of many, the newest of each number and sort say it all. */
static int named(const struct deletion *d, enum wsi_scope scope,
		 const char **ids, size_t max, size_t *countp)
{
	const struct uc_entry **chosen = calloc(max, sizeof(*chosen));
	size_t n = 0;

	if (!chosen)
		return ENOMEM;
	for (size_t i = d->count; i-- > 0;) {
		const struct uc_entry *e = &d->kept[i].e;
		size_t k;

		if (keeper_of(d->a, e) != KEEPER_SERVER)
			continue;
		for (k = 0; scope != WSI_THESE && k < n; k++)
			if (covers(chosen[k], e, scope) ||
			    covers(e, chosen[k], scope))
				break;
		if (scope == WSI_THESE || k == n)
			k = n < max ? n++ : max;
		if (k < max && (!chosen[k] || id_of(e) > id_of(chosen[k])))
			chosen[k] = e;
	}
	for (size_t i = 0; i < n; i++)
		ids[i] = chosen[i]->id;
	free(chosen);
	*countp = n;
	return 0;
}

static int ask_server(struct deletion *d, enum wsi_scope scope)
{
	const char *ids[WSI_ENTRIES_MAX];
	size_t n;
	int err = named(d, scope, ids, WSI_ENTRIES_MAX, &n);

	if (err || !n)
		return err;
	err = wsi_entries_delete(NULL, app_online(d->a), ids, n, scope, deleted,
				 mem_ref(d));
	if (err)
		mem_deref(d);
	return err ? err : EINPROGRESS;
}

static int deletion_new(struct deletion **dp, struct app *a, const char *what,
			const struct uc_entry *const *entries, size_t count)
{
	struct deletion *d = count ? mem_zalloc(sizeof(*d), destructor) : NULL;
	int err = d ? 0 : count ? ENOMEM : ENOENT;

	if (err)
		return err;
	d->a = a;
	d->number = ++a->next_deletion;
	d->what = strdup(what);
	d->kept = calloc(count, sizeof(*d->kept));
	if (!d->what || !d->kept)
		err = ENOMEM;
	for (size_t i = 0; i < count && !err; i++)
		err = keep(d, entries[i]);
	if (err) {
		mem_deref(d);
		return err;
	}
	list_append(&a->deletions, &d->le, d);
	if (list_count(&a->deletions) > UNDO_MAX)
		drop(a->deletions.head->data);
	*dp = d;
	return 0;
}

int app_delete(struct app *a, const char *what,
	       const struct uc_entry *const *entries, size_t count,
	       enum wsi_scope scope, struct app_sink *sink)
{
	struct deletion *d;
	size_t hidden;
	int err;

	if (!a->account)
		return app_sink_fail(sink, ENOTCONN,
				     _("There is no connection."));
	/* A server that will delete, but is not there now: not a thing that
	   is only hidden. */
	for (size_t i = 0; i < count; i++)
		if (!app_online(a) && strncmp(entries[i]->id, UC_OWN_PREFIX,
					      sizeof(UC_OWN_PREFIX) - 1))
			return app_sink_fail(sink, ENOTCONN,
					     _("There is no connection to the "
					       "server."));
	err = deletion_new(&d, a, what, entries, count);
	if (err)
		return app_sink_fail(sink, err, "%s", strerror(err));
	d->wait = mem_ref(app_wait_new(a, sink));
	err = ask_server(d, scope);
	if (err == EINPROGRESS)
		return 0;
	if (err) {
		app_wait_over(d->wait, err, strerror(err));
		drop(d);
		return app_sink_fail(sink, err, "%s", strerror(err));
	}
	hidden = delete_here(d);
	can_be_undone(d);
	if (hidden)
		app_sink_print(sink, _("This server keeps its journal itself: "
				       "the entries are hidden here only."));
	app_wait_over(d->wait, 0, "");
	return 0;
}

/* ---- taking it back ---------------------------------------------------- */

static void put_back(struct deletion *d)
{
	struct app *a = d->a;

	for (size_t i = 0; i < d->count; i++) {
		const struct uc_entry *e = &d->kept[i].e;
		const struct uc_entry_prm prm = {
			.id = e->id,
			.kind = e->kind,
			.at_ms = e->at_ms,
			.duration_s = e->duration_s,
			.text = e->text,
			.number = e->number,
			.name = d->kept[i].name,
			.unread = e->unread,
			.delivery = e->delivery,
			.reason = e->reason,
		};

		switch (keeper_of(a, e)) {
		case KEEPER_OUTBOX:
			(void)app_outbox_restore(a, e);
			continue;
		case KEEPER_STORE:
			(void)store_entry_put(a->store, a->account, &prm);
			break;
		case KEEPER_FOREIGN:
			(void)store_hidden_set(a->store, a->account,
					       (const char *const *)&e->id, 1,
					       false);
			(void)uc_entry_hide(a->uc, e->id, false);
			break;
		case KEEPER_SERVER:
		default:
			break;
		}
		if (uc_entry_put(a->uc, &prm))
			log_warn("an entry cannot be shown again");
	}
}

static void restored(const struct wsi_result *r, void *arg)
{
	struct deletion *d = arg;

	if (d->a && r->status == WSI_OK) {
		put_back(d);
		drop(d);
	} else if (d->a &&
		   proto_reason_find(r->reason) == PROTO_REASON_NOT_FOUND) {
		drop(d); /* it is too late */
	} else if (d->a) {
		push_undo(d); /* another time */
	}
	app_told(r, d->wait);
	mem_deref(d);
}

int app_undelete(struct app *a, uint32_t number, struct app_sink *sink)
{
	struct deletion *d = NULL;
	int err;

	for (struct le *le = a->deletions.head; le && !d; le = le->next)
		if (((struct deletion *)le->data)->number == number)
			d = le->data;
	if (!d)
		return app_sink_fail(sink, ENOENT,
				     _("There is nothing to take back."));
	if (!d->batch) {
		put_back(d);
		drop(d);
		return 0;
	}
	mem_deref(d->wait);
	d->wait = mem_ref(app_wait_new(a, sink));
	err = wsi_entries_restore(NULL, app_online(a), d->batch, restored,
				  mem_ref(d));
	if (!err)
		return 0;
	mem_deref(d);
	/* Another time: it stays what can be taken back. */
	can_be_undone(d);
	app_wait_over(d->wait, err, "");
	return app_sink_fail(sink, err,
			     _("There is no connection to the server."));
}

/* ---- at the start ------------------------------------------------------ */

static void hidden_h(int err, const char *const *ids, size_t count, void *arg)
{
	struct app *a = arg;

	for (size_t i = 0; !err && i < count; i++)
		(void)uc_entry_hide(a->uc, ids[i], true);
}

void app_hidden_open(struct app *a)
{
	(void)store_hidden_load(a->store, a->account, hidden_h, a);
}
