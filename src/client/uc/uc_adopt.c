/**
 * @file uc_adopt.c  Whose conversations they are, when that changes
 */
#include <stdlib.h>
#include "conversation_int.h"

/* ---- who it is, when that changes -------------------------------------- */

/** Move all entries of one to another. Each keeps its place, which is not new
 *  in this round; where memory runs out, the rest goes with the one that
 *  ends. */
static void merge(struct uc *uc, struct conversation *to,
		  struct conversation *from)
{
	while (from->v.entry_count) {
		struct uc_entry *e = &from->v.entries[from->v.entry_count - 1];
		struct place *p = uc_map_get(&uc->entries, e->id);

		if (!p || uc_entry_insert(to, e))
			break;
		p->v = to;
		uc_conversation_count_entry(from, e, -1);
		from->v.entry_count--;
	}
	to->called |= from->called;
	to->active |= from->active;
	uc_conversation_end(from);
	uc_tell(uc, UC_CHANGE_CONVERSATION, to);
}

void uc_conversations_adopt(struct uc *uc, struct contact *c)
{
	bool any = false;
	size_t i;

	for (i = 0; c->keys && i < c->c.number_count; i++) {
		struct conversation *v;

		v = c->keys[i] ? uc_conversation_find_key(uc, c->keys[i])
			       : NULL;
		/* A better known contact may own that number already. */
		if (!v || uc_contact_by_number(uc, c->keys[i]) != &c->c)
			continue;
		any = true;
		if (c->conversation) {
			merge(uc, c->conversation, v);
			continue;
		}
		uc_map_remove(&uc->by_number_key, v->number_key);
		free(v->number_key);
		v->number_key = NULL;
		v->v.contact = mem_ref(&c->c);
		c->conversation = v;
		(void)uc_conversation_name(v, NULL);
		uc_tell(uc, UC_CHANGE_CONVERSATION, v);
	}
	if (any)
		uc_tell(uc, UC_CHANGE_CONVERSATIONS, NULL);
}

void uc_conversations_renamed(struct uc *uc, struct contact *c)
{
	if (!c->conversation)
		return;
	(void)uc_conversation_name(c->conversation, NULL);
	uc_tell(uc, UC_CHANGE_CONVERSATION, c->conversation);
}

void uc_conversations_forget(struct uc *uc, struct contact *c)
{
	struct conversation *v = c->conversation;
	struct uc_entry *all;
	size_t i, n;

	if (!v)
		return;
	/* Its entries are filed anew, each under its own number. */
	all = v->v.entries;
	n = v->v.entry_count;
	for (i = 0; i < n; i++) {
		struct place *p = uc_map_get(&uc->entries, all[i].id);

		uc_conversation_count_entry(v, &all[i], -1);
		if (p) {
			uc_map_remove(&uc->entries, p->id);
			uc_place_free(p);
		}
	}
	v->v.entries = NULL;
	v->v.entry_count = v->entry_size = 0;
	uc_conversation_end(v);
	for (i = 0; i < n; i++) {
		bool created;

		if (uc_entry_file(uc, &all[i], c->c.name, &v, &created))
			uc_entry_reset(&all[i]);
	}
	free(all);
	uc_conversations_calls(uc);
	uc_tell(uc, UC_CHANGE_CONVERSATIONS, NULL);
}

int uc_conversations_renumber(struct uc *uc)
{
	struct uc_vector old;
	size_t i;
	int err = 0;

	if (!uc->order.count)
		return 0;
	memset(&old, 0, sizeof(old));
	for (i = 0; i < uc->order.count && !err; i++)
		err = uc_vector_add(&old, mem_ref(uc->order.at[i]));
	for (i = 0; i < old.count; i++) {
		struct conversation *v = old.at[i], *other;
		struct contact *c;
		char *key;

		if (v->uc && !v->v.contact && !err) {
			c = uc_contact_of(
				uc_contact_by_number(uc, v->v.number));
			key = uc_number_key(uc, v->v.number);
			other = c ? c->conversation
				  : uc_conversation_find_key(uc, key);
			if (other && other != v) {
				merge(uc, other, v);
			} else if (c) {
				uc_conversations_adopt(uc, c);
			} else if (key && strcmp(key, v->number_key) != 0) {
				uc_map_remove(&uc->by_number_key,
					      v->number_key);
				free(v->number_key);
				v->number_key = key;
				key = NULL;
				err = uc_map_put(&uc->by_number_key,
						 v->number_key, v);
			}
			free(key);
		}
		mem_deref(v);
	}
	uc_vector_close(&old);
	uc_tell(uc, UC_CHANGE_CONVERSATIONS, NULL);
	return err;
}

/* ---- calls on top ------------------------------------------------------ */

static bool on_top(enum uc_call_state s)
{
	return s == UC_CALL_TALKING || s == UC_CALL_HELD ||
	       s == UC_CALL_HELD_BY_OTHER;
}

void uc_conversations_calls(struct uc *uc)
{
	bool changed = false;
	size_t i;

	for (i = uc->order.count; i-- > 0;) {
		struct conversation *v = uc->order.at[i];

		changed |= v->active;
		v->active = v->called = false;
	}
	for (i = 0; i < uc->calls.count; i++) {
		struct uc_call *c = uc->calls.at[i];
		struct conversation *v;

		if (uc_conversation_get(uc, c->number, c->name, &v))
			continue;
		v->called = true;
		v->active |= on_top(c->state);
		if (c->started_ms > v->newest_ms)
			v->newest_ms = c->started_ms;
		changed = true;
	}
	for (i = uc->order.count; i-- > 0;)
		changed |= uc_conversation_end_if_empty(uc->order.at[i]);
	if (!changed)
		return;
	uc->order_sorted = false;
	uc_tell(uc, UC_CHANGE_CONVERSATIONS, NULL);
}
