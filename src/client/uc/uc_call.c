/**
 * @file uc_call.c  Calls as the user sees them
 */
#include <stdlib.h>
#include "uc_int.h"

static void destructor(void *arg)
{
	struct call *c = arg;

	free(c->c.key);
	free(c->c.number);
	free(c->c.name);
	free(c->c.reason);
	free(c->c.device);
	free(c->c.tones);
	free(c->c.link);
	uc_members_free(c->c.members, c->c.member_count);
	mem_deref(c->c.contact);
}

/** Ringing first, then what is on its way or talking, then held, then over. */
static unsigned state_order(enum uc_call_state s)
{
	static const unsigned orders[UC_CALL_STATE_COUNT] = {
		[UC_CALL_RINGING_IN] = 0, [UC_CALL_PREPARING] = 1,
		[UC_CALL_DIALLING] = 1,	  [UC_CALL_RINGING_OUT] = 1,
		[UC_CALL_TALKING] = 1,	  [UC_CALL_HELD_BY_OTHER] = 1,
		[UC_CALL_HELD] = 2,	  [UC_CALL_FAILED] = 3,
		[UC_CALL_ENDED] = 3,
	};
	return orders[s];
}

static int by_state(const void *a, const void *b)
{
	const struct call *const *x = a, *const *y = b;
	unsigned m = state_order((*x)->c.state), n = state_order((*y)->c.state);

	if (m != n)
		return m < n ? -1 : 1;
	return (*x)->c.id < (*y)->c.id ? -1 : (*x)->c.id > (*y)->c.id;
}

static void sort(struct uc *uc)
{
	if (uc->calls.count > 1)
		qsort(uc->calls.at, uc->calls.count, sizeof(void *), by_state);
}

static void identify(struct uc *uc, struct call *c, const char *number,
		     const char *name, int *err)
{
	struct uc_contact *k;

	uc_text(&c->c.number, number, err);
	k = uc_contact_by_number(uc, c->c.number);
	if (k != c->c.contact) {
		mem_deref(c->c.contact);
		c->c.contact = mem_ref(k);
	}
	uc_text(&c->c.name, k ? k->name : name, err);
}

int uc_call_add(struct uc *uc, struct uc_call **cp, bool outgoing,
		const char *number, const char *name)
{
	struct call *c;
	int err = 0;

	if (!uc || !cp)
		return EINVAL;
	c = mem_zalloc(sizeof(*c), destructor);
	if (!c)
		return ENOMEM;
	c->c.id = uc->next_call;
	c->c.outgoing = outgoing;
	c->c.state = outgoing ? UC_CALL_PREPARING : UC_CALL_RINGING_IN;
	c->c.started_ms = time_wall_ms();
	uc_text(&c->c.key, "", &err);
	uc_text(&c->c.reason, "", &err);
	uc_text(&c->c.device, "", &err);
	uc_text(&c->c.tones, "", &err);
	uc_text(&c->c.link, "", &err);
	identify(uc, c, number, name, &err);
	if (!err)
		err = uc_vector_add(&uc->calls, c);
	if (err) {
		mem_deref(c);
		return err;
	}
	uc->next_call++;
	c->uc = uc;
	sort(uc);
	*cp = &c->c;
	uc_conversations_calls(uc);
	uc_tell(uc, UC_CHANGE_CALLS, c);
	return 0;
}

void uc_call_changed(struct uc *uc, struct uc_call *pub)
{
	struct call *c = (struct call *)pub;
	char **texts[3];
	unsigned i;
	int err = 0;

	if (!c || c->uc != uc)
		return;
	texts[0] = &c->c.key;
	texts[1] = &c->c.reason;
	texts[2] = &c->c.device;
	for (i = 0; i < 3; i++) {
		char *raw = *texts[i];

		*texts[i] = NULL;
		uc_text(texts[i], raw, &err);
		free(raw);
		if (!*texts[i])
			(void)text_set(texts[i], "");
	}
	if (c->c.state != UC_CALL_HELD)
		c->c.held = 0;
	else if (!c->c.held)
		c->c.held = ++uc->holds;
	sort(uc);
	uc_conversations_calls(uc);
	uc_tell(uc, UC_CHANGE_CALL, c);
}

void uc_call_identify(struct uc *uc, struct uc_call *pub, const char *number,
		      const char *name)
{
	struct call *c = (struct call *)pub;
	int err = 0;

	if (!c || c->uc != uc)
		return;
	identify(uc, c, number, name, &err);
	uc_conversations_calls(uc);
	uc_tell(uc, UC_CHANGE_CALL, c);
}

void uc_call_remove(struct uc *uc, struct uc_call *pub)
{
	struct call *c = (struct call *)pub;

	if (!c || c->uc != uc || !uc_vector_remove(&uc->calls, c))
		return;
	c->uc = NULL;
	uc_conversations_calls(uc);
	uc_tell(uc, UC_CHANGE_CALLS, c);
	mem_deref(c);
}

void uc_calls_adopt(struct uc *uc, struct contact *k)
{
	size_t i;

	for (i = 0; i < uc->calls.count; i++) {
		struct call *c = uc->calls.at[i];

		if (c->c.contact != &k->c &&
		    uc_contact_by_number(uc, c->c.number) == &k->c)
			uc_call_identify(uc, &c->c, c->c.number, c->c.name);
	}
}

void uc_calls_forget(struct uc *uc, struct contact *k)
{
	size_t i;

	for (i = 0; i < uc->calls.count; i++) {
		struct call *c = uc->calls.at[i];

		if (c->c.contact == &k->c)
			uc_call_identify(uc, &c->c, c->c.number, c->c.name);
	}
}

void uc_calls_close(struct uc *uc, bool all)
{
	size_t i, kept = 0;

	for (i = 0; i < uc->calls.count; i++) {
		struct call *c = uc->calls.at[i];

		if (!all && c->c.voip) {
			/* It goes on; who it is goes with the directory. */
			c->c.contact = mem_deref(c->c.contact);
			uc->calls.at[kept++] = c;
			continue;
		}
		c->uc = NULL;
		mem_deref(c);
	}
	uc->calls.count = kept;
	if (!kept)
		uc_vector_close(&uc->calls);
}

size_t uc_call_count(const struct uc *uc)
{
	return uc->calls.count;
}

struct uc_call *uc_call_at(const struct uc *uc, size_t i)
{
	return i < uc->calls.count ? uc->calls.at[i] : NULL;
}

struct uc_call *uc_call_by_id(const struct uc *uc, uint32_t id)
{
	size_t i;

	for (i = 0; i < uc->calls.count; i++) {
		struct uc_call *c = uc->calls.at[i];

		if (c->id == id)
			return c;
	}
	return NULL;
}

struct uc_call *uc_call_by_key(const struct uc *uc, const char *key)
{
	size_t i;

	for (i = 0; !text_empty(key) && i < uc->calls.count; i++) {
		struct uc_call *c = uc->calls.at[i];

		if (!strcmp(c->key, key))
			return c;
	}
	return NULL;
}

struct uc_call *uc_call_current(const struct uc *uc)
{
	static const enum uc_call_state first[] = {
		UC_CALL_TALKING,
		UC_CALL_HELD_BY_OTHER,
		UC_CALL_RINGING_IN,
	};
	size_t i, k;

	for (k = 0; k < sizeof(first) / sizeof(*first); k++)
		for (i = 0; i < uc->calls.count; i++) {
			struct uc_call *c = uc->calls.at[i];

			if (c->state == first[k])
				return c;
		}
	return uc_call_at(uc, 0);
}

struct uc_call *uc_call_waiting(const struct uc *uc)
{
	struct uc_call *last = NULL;
	size_t i;

	for (i = 0; i < uc->calls.count; i++) {
		struct uc_call *c = uc->calls.at[i];

		if (c->held && (!last || c->held > last->held))
			last = c;
	}
	return last;
}
