/**
 * @file journal.c  What becomes of each call, written down for both sides
 *
 * One entry for each party of a call that is an account, when its connection
 * is cleared or the call has left it.
 */
#define LOG_MODULE "feature"
#include "feature_int.h"

#include <stdlib.h>

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

static enum db_entry_kind kind_of(const struct pbx_event *ev)
{
	bool answered = ev->answered_ms != 0;

	if (ev->outgoing && ev->group)
		return answered ? DB_OUT_GROUP_ANSWERED
				: DB_OUT_GROUP_UNANSWERED;
	if (ev->outgoing)
		return answered ? DB_OUT_ANSWERED : DB_OUT_UNANSWERED;
	if (ev->group)
		return answered ? DB_IN_GROUP_ANSWERED : DB_IN_GROUP_MISSED;
	if (!answered)
		return DB_IN_MISSED;
	return ev->forwarded ? DB_IN_FORWARDED : DB_IN_ANSWERED;
}

static void write_entry(struct features *f, const struct pbx_event *ev)
{
	const struct db_account *a = db_account(f->db, ev->device);
	struct proto_dial_params p;
	struct db_entry e = {
		.owner = ev->device,
		.kind = kind_of(ev),
		.at_ms = ev->begun_ms,
	};
	/* Of a call that was sent on since, whom it was begun with. */
	const char *peer = ev->met ? ev->met : ev->peer;
	const char *name = ev->met ? ev->met_name : ev->peer_name;
	const char *number = ev->outgoing ? ev->called : peer;
	char *canonical;

	if (!a || a->trunk)
		return;
	/* What was dialled with an access code is the same number without. */
	db_dial_params(f->db, &p);
	canonical =
		text_empty(number) ? NULL : proto_number_canonical(number, &p);
	e.number = canonical ? canonical : number;
	e.name = text_empty(name) ? db_name_of(f->db, e.owner, e.number) : name;
	if (ev->answered_ms && ev->at_ms > ev->answered_ms)
		e.duration_s =
			(uint32_t)((ev->at_ms - ev->answered_ms + 500) / 1000);
	/* Whom its user refused or sent elsewhere was not missed unseen, nor
	   one that the next of a group was called for; but one that came to
	   his answering box by itself was. */
	e.unread = (e.kind == DB_IN_MISSED || e.kind == DB_IN_GROUP_MISSED) &&
		   (ev->type != PBX_DIVERTED || ev->to_machine ||
		    (ev->cause == PBX_CAUSE_NO_ANSWER && !ev->group)) &&
		   ev->cause != PBX_CAUSE_REJECTED;
	db_journal_add(f->db, &e, written, NULL);
	free(canonical);
}

static void event(struct features *f, const struct pbx_event *ev)
{
	bool leaves = ev->type == PBX_DIVERTED && ev->device &&
		      text_equal(ev->device, ev->redirected);

	/* Codes are no calls; nor has who rang beside another missed one. */
	if (ev->service || ev->cause == PBX_CAUSE_MULTIPLE_ALERTING)
		return;
	/* nor has anybody been called in one's own box */
	if (ev->outgoing && voicemail_is_number(f, ev->called))
		return;
	/* A caller from outside may show the number of anybody; one who was
	   called outside has no account of that number. */
	if (leaves ||
	    (ev->type == PBX_CONNECTION_CLEARED && !ev->subject_outside))
		write_entry(f, ev);
}

const struct feature feature_journal = {
	.name = "journal",
	.event = event,
};
