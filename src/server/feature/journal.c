/**
 * @file journal.c  What becomes of each call, written down for both sides
 *
 * One entry for each party of a call that is an account, when its connection
 * is cleared or the call has left it.
 */
#define LOG_MODULE "feature"
#include "feature_int.h"

#include <stdlib.h>

/** A call that goes on. */
struct record {
	struct le le;
	uint32_t call;
	int64_t begun_ms;
	int64_t answered_ms; /**< 0 before */
	bool forwarded;	     /**< it has left a phone that it rang */
};

struct journal {
	struct hash *calls;
};

enum { BUCKETS = 256 };

static void record_destructor(void *p)
{
	struct record *r = p;

	hash_unlink(&r->le);
}

static int begin(struct features *f)
{
	f->journal = mem_zalloc(sizeof(*f->journal), NULL);
	return f->journal ? hash_alloc(&f->journal->calls, BUCKETS) : ENOMEM;
}

static void end(struct features *f)
{
	if (f->journal) {
		hash_flush(f->journal->calls);
		mem_deref(f->journal->calls);
	}
	f->journal = mem_deref(f->journal);
}

static struct record *record_get(struct features *f, const struct pbx_event *ev)
{
	struct list *l = hash_list(f->journal->calls, ev->call);
	struct record *r;

	for (struct le *le = l->head; le; le = le->next) {
		r = le->data;
		if (r->call == ev->call)
			return r;
	}
	r = mem_zalloc(sizeof(*r), record_destructor);
	if (!r)
		return NULL;
	r->call = ev->call;
	r->begun_ms = ev->at_ms;
	hash_append(f->journal->calls, ev->call, &r->le, r);
	return r;
}

static void written(int err, const struct db_entry *e, size_t count, bool more,
		    void *arg)
{
	(void)e;
	(void)count;
	(void)more;
	(void)arg;
	if (err)
		log_error("a journal entry could not be written: %s",
			  strerror(err));
}

static enum db_entry_kind kind_of(const struct record *r, bool outgoing)
{
	if (outgoing)
		return r->answered_ms ? DB_OUT_ANSWERED : DB_OUT_UNANSWERED;
	if (!r->answered_ms)
		return DB_IN_MISSED;
	return r->forwarded ? DB_IN_FORWARDED : DB_IN_ANSWERED;
}

static void write_entry(struct features *f, const struct record *r,
			const struct pbx_event *ev)
{
	const struct db_account *a = db_account(f->db, ev->device);
	struct proto_dial_params p;
	struct db_entry e = {
		.owner = ev->device,
		.kind = kind_of(r, ev->outgoing),
		.at_ms = r->begun_ms,
	};
	const char *number = ev->outgoing ? ev->called : ev->peer;
	char *canonical;

	if (!a || a->trunk)
		return;
	/* What was dialled with an access code is the same number without. */
	db_dial_params(f->db, &p);
	canonical =
		text_empty(number) ? NULL : proto_number_canonical(number, &p);
	e.number = canonical ? canonical : number;
	e.name = text_empty(ev->peer_name)
			 ? db_name_of(f->db, e.owner, e.number)
			 : ev->peer_name;
	if (r->answered_ms && ev->at_ms > r->answered_ms)
		e.duration_s =
			(uint32_t)((ev->at_ms - r->answered_ms + 500) / 1000);
	/* Whom its user refused or sent elsewhere was not missed unseen. */
	e.unread = e.kind == DB_IN_MISSED && ev->type != PBX_DIVERTED &&
		   ev->cause != PBX_CAUSE_REJECTED;
	db_journal_add(f->db, &e, written, NULL);
	free(canonical);
}

static void event(struct features *f, const struct pbx_event *ev)
{
	struct record *r = record_get(f, ev);

	if (!r)
		return;
	switch (ev->type) {
	case PBX_ESTABLISHED:
		r->answered_ms = ev->at_ms;
		break;
	case PBX_DIVERTED:
		if (ev->device && text_equal(ev->device, ev->redirected))
			write_entry(f, r, ev);
		r->forwarded = true;
		break;
	case PBX_CONNECTION_CLEARED:
		/* A caller from outside may show the number of anybody; one
		   who was called outside has no account of that number. */
		if (!ev->subject_outside)
			write_entry(f, r, ev);
		/* The calling side goes last, and with it the call. */
		if (ev->outgoing)
			mem_deref(r);
		break;
	default:
		break;
	}
}

const struct feature feature_journal = {
	.name = "journal",
	.begin = begin,
	.end = end,
	.event = event,
};
