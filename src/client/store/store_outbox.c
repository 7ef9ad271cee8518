/**
 * @file store_outbox.c  What a server does not do for us: messages of ours
 * until it has them, entries that it has and that are not to be shown
 */
#include <stdlib.h>
#include "store_int.h"

static void outbox_rows(struct store *s, int err, const struct rows *r,
			void (*handler)(void), void *arg)
{
	store_messages_h *h = (store_messages_h *)handler;
	struct store_message *m = NULL;
	size_t n = 0;

	(void)s;
	if (!err && r->count) {
		m = calloc(r->count, sizeof(*m));
		err = m ? 0 : ENOMEM;
	}
	for (; !err && n < r->count; n++)
		m[n] = (struct store_message){
			.uid = store_rows_text(r, n, 0),
			.at_ms = store_rows_int(r, n, 1),
			.number = store_rows_text(r, n, 2),
			.text = store_rows_text(r, n, 3),
			.failed = store_rows_int(r, n, 4) != 0,
			.reason = store_rows_text(r, n, 5),
		};
	h(err, m, n, arg);
	free(m);
}

int store_outbox_load(struct store *s, const char *account, store_messages_h *h,
		      void *arg)
{
	struct batch *b = store_batch_new(DB_STATE);

	store_batch_sql(b, "SELECT uid,at,number,text,failed,reason FROM outbox"
			   " WHERE account=? ORDER BY at, uid");
	store_batch_text(b, account);
	return store_batch_query(s, b, outbox_rows, (void (*)(void))h, arg);
}

int store_outbox_put(struct store *s, const char *account,
		     const struct store_message *m, store_done_h *h, void *arg)
{
	struct batch *b = store_batch_new(DB_STATE);

	store_batch_sql(b, "REPLACE INTO outbox VALUES(?,?,?,?,?,?,?)");
	store_batch_text(b, account);
	store_batch_text(b, m->uid);
	store_batch_int(b, m->at_ms);
	store_batch_text(b, m->number);
	store_batch_text(b, m->text);
	store_batch_int(b, m->failed);
	store_batch_text(b, m->reason);
	return store_batch_tell(s, b, h, arg);
}

int store_outbox_remove(struct store *s, const char *account, const char *uid)
{
	struct batch *b = store_batch_new(DB_STATE);

	store_batch_sql(b, "DELETE FROM outbox WHERE account=? AND uid=?");
	store_batch_text(b, account);
	store_batch_text(b, uid);
	return store_batch_run(s, b);
}

/* ---- hidden entries ---------------------------------------------------- */

static void hidden_rows(struct store *s, int err, const struct rows *r,
			void (*handler)(void), void *arg)
{
	store_texts_h *h = (store_texts_h *)handler;
	const char **ids = NULL;
	size_t n = 0;

	(void)s;
	if (!err && r->count) {
		ids = calloc(r->count, sizeof(*ids));
		err = ids ? 0 : ENOMEM;
	}
	for (; !err && n < r->count; n++)
		ids[n] = store_rows_text(r, n, 0);
	h(err, ids, n, arg);
	free(ids);
}

int store_hidden_load(struct store *s, const char *account, store_texts_h *h,
		      void *arg)
{
	struct batch *b = store_batch_new(DB_STATE);

	store_batch_sql(b, "SELECT id FROM hidden WHERE account=?");
	store_batch_text(b, account);
	return store_batch_query(s, b, hidden_rows, (void (*)(void))h, arg);
}

int store_hidden_set(struct store *s, const char *account,
		     const char *const *ids, size_t count, bool hidden)
{
	struct batch *b = store_batch_new(DB_STATE);

	for (size_t i = 0; i < count; i++) {
		store_batch_sql(b, hidden ? "REPLACE INTO hidden VALUES(?,?)"
					  : "DELETE FROM hidden WHERE account=?"
					    " AND id=?");
		store_batch_text(b, account);
		store_batch_text(b, ids[i]);
	}
	return store_batch_run(s, b);
}
