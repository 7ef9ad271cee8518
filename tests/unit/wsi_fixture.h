/**
 * @file wsi_fixture.h  A session without a server: readers and events alone
 */
#ifndef WSI_FIXTURE_H
#define WSI_FIXTURE_H

#include <stdio.h>
#include <stdlib.h>

#include "../../src/client/wsi/wsi_int.h"

#define FIXTURE_UNUSED __attribute__((unused))

enum { FIXTURE_CALLS = 64 };

/** One call event as it was told. */
struct told {
	enum wsi_call_type type;
	enum wsi_connection local;
	enum wsi_cause cause;
	char call_id[64], new_call_id[64], other[64], other_name[64],
		alerting[64];
	bool incoming, outside, group;
	size_t members;
	char member[64]; /**< name of the last one */
};

struct fixture {
	struct session *s;
	struct wsi *w;
	struct uc *uc;
	struct told told[FIXTURE_CALLS];
	unsigned told_count;
	unsigned shared; /**< pages that were told */
	char link[256];	 /**< the last one */
	uint64_t number; /**< of the command that is answered; 0: a new one */
};

static void fixture_call(struct wsi *w, const struct wsi_call_event *e,
			 void *arg)
{
	struct fixture *f = arg;
	struct told *t = &f->told[f->told_count % FIXTURE_CALLS];
	(void)w;

	f->told_count++;
	t->type = e->type;
	t->local = e->local;
	t->cause = e->cause;
	snprintf(t->call_id, sizeof(t->call_id), "%s", e->call_id);
	snprintf(t->new_call_id, sizeof(t->new_call_id), "%s", e->new_call_id);
	snprintf(t->other, sizeof(t->other), "%s", e->other);
	snprintf(t->other_name, sizeof(t->other_name), "%s", e->other_name);
	snprintf(t->alerting, sizeof(t->alerting), "%s", e->alerting);
	t->incoming = e->incoming;
	t->outside = e->outside;
	t->group = e->group;
	t->members = e->member_count;
	snprintf(t->member, sizeof(t->member), "%s",
		 e->member_count ? e->members[e->member_count - 1].name : "");
}

static void fixture_shared(struct wsi *w, const char *call_id, const char *link,
			   const char *by, void *arg)
{
	struct fixture *f = arg;
	(void)w;
	(void)call_id;
	(void)by;

	f->shared++;
	snprintf(f->link, sizeof(f->link), "%s", link);
}

static void fixture_session_destructor(void *arg)
{
	struct session *s = arg;

	wsi_sync_stop(s);
	wsi_poll_stop(s);
	wsi_calls_forget(s);
	wsi_commands_drop(s);
	text_buf_reset(&s->fetched);
	free(s->user);
	free(s->device);
	free(s->id);
	free(s->base);
	mem_deref(s->turn);
	mem_deref(s->uc);
}

FIXTURE_UNUSED static void fixture_open(struct fixture *f, uint32_t additions)
{
	memset(f, 0, sizeof(*f));
	if (uc_alloc(&f->uc))
		abort();
	f->w = mem_zalloc(sizeof(*f->w), NULL);
	f->s = mem_zalloc(sizeof(*f->s), fixture_session_destructor);
	f->w->s = f->s;
	f->s->handle = f->w;
	f->s->uc = mem_ref(f->uc);
	f->s->stage = STAGE_ONLINE;
	f->s->additions = additions;
	f->s->h.call = fixture_call;
	f->s->h.shared = fixture_shared;
	f->s->arg = f;
	f->s->user = text_dup("200");
	f->s->device = text_dup("200");
	f->s->id = text_dup("1");
	f->s->base = text_dup("https://127.0.0.1:1");
	tmr_init(&f->s->stale_tmr);
	tmr_init(&f->s->journal_tmr);
	tmr_init(&f->s->poll_tmr);
	tmr_init(&f->s->tmr);
	list_init(&f->s->commands);
	list_init(&f->s->calls);
	text_set(&uc_account_edit(f->uc)->user, "200");
}

FIXTURE_UNUSED static void fixture_close(struct fixture *f)
{
	mem_deref(f->s);
	mem_deref(f->w);
	mem_deref(f->uc);
}

static void fixture_asked_over(void *arg)
{
	list_unlink(arg);
}

/** A command goes out, and is not answered before the fixture ends.
 *  @return its number, for `number` */
FIXTURE_UNUSED static uint64_t fixture_ask(struct fixture *f)
{
	struct le *le = mem_zalloc(sizeof(*le), fixture_asked_over);

	list_append(&f->s->commands, le, le);
	return ++f->s->asked;
}

/** Read an answer as the commands do. */
FIXTURE_UNUSED static void
fixture_answer(struct fixture *f, enum proto_command c, const char *body,
	       size_t len, void (*h)(struct session *, const struct answer *))
{
	struct xml *xml = NULL;
	struct json *json = NULL;
	struct answer a;

	wsi_answer_read(&a, &xml, &json, c, body, len);
	f->s->answering = f->number ? f->number : ++f->s->asked;
	h(f->s, &a);
	f->s->answering = 0;
	mem_deref(xml);
	json_free(json);
}

FIXTURE_UNUSED static void fixture_contacts(struct session *s,
					    const struct answer *a)
{
	wsi_contacts_read(s, a, NULL, NULL);
}

#endif
