/**
 * @file uc_conversation.c  One conversation per contact or number
 */
#include <limits.h>
#include <stdlib.h>
#include "conversation_int.h"

void uc_entry_reset(struct uc_entry *e)
{
	free(e->id);
	free(e->text);
	free(e->number);
	free(e->reason);
	free(e->key);
}

static void destructor(void *arg)
{
	struct conversation *v = arg;
	size_t i;

	for (i = 0; i < v->v.entry_count; i++)
		uc_entry_reset(&v->v.entries[i]);
	free(v->v.entries);
	free(v->v.id);
	free(v->v.number);
	free(v->v.name);
	free(v->number_key);
	mem_deref(v->v.contact);
}

void uc_place_free(struct place *p)
{
	free(p->id);
	free(p);
}

/* ---- counts ------------------------------------------------------------ */

static bool kind_missed(enum uc_entry_kind k)
{
	return k == UC_IN_MISSED || k == UC_IN_GROUP_MISSED;
}

/** Take an unread entry into the sums, or out of them. */
void uc_conversation_count_entry(struct conversation *v,
				 const struct uc_entry *e, int by)
{
	struct uc *uc = v->uc;

	if (!e->unread)
		return;
	if (v->v.unread == 0 && by > 0)
		uc->unread++;
	v->v.unread += by;
	if (v->v.unread == 0 && by < 0)
		uc->unread--;
	if (kind_missed(e->kind)) {
		v->missed += by;
		uc->missed += by;
	} else if (e->kind == UC_VOICE_MESSAGE) {
		v->voice += by;
		uc->voice += by;
	} else if (e->kind == UC_MESSAGE_IN) {
		v->messages += by;
		uc->messages += by;
	}
}

unsigned uc_missed_count(const struct uc *uc)
{
	return uc->missed;
}

unsigned uc_voice_count(const struct uc *uc)
{
	return uc->voice;
}

unsigned uc_message_count(const struct uc *uc)
{
	return uc->messages;
}

unsigned uc_unread_count(const struct uc *uc)
{
	return uc->unread;
}

/* ---- coming and going -------------------------------------------------- */

/** Key of what has no number: a withheld one. */
static const char withheld[] = "withheld";

struct conversation *uc_conversation_find_key(const struct uc *uc,
					      const char *key)
{
	return uc_map_get(&uc->by_number_key, key ? key : withheld);
}

int uc_conversation_name(struct conversation *v, const char *name)
{
	int err = 0;

	if (v->v.contact)
		uc_text(&v->v.name, v->v.contact->name, &err);
	else if (!text_empty(name))
		uc_text(&v->v.name, name, &err);
	else if (text_empty(v->v.name))
		uc_text(&v->v.name,
			text_empty(v->v.number) ? _("number withheld")
						: v->v.number,
			&err);
	return err;
}

static int create(struct uc *uc, struct conversation **vp, struct contact *c,
		  const char *key, const char *number, const char *name)
{
	struct conversation *v = mem_zalloc(sizeof(*v), destructor);
	const char *id = c ? c->c.id : key ? key : withheld;
	int err = 0;

	if (!v)
		return ENOMEM;
	uc_text(&v->v.id, id, &err);
	uc_text(&v->v.number, number, &err);
	v->v.contact = c ? mem_ref(&c->c) : NULL;
	if (!err)
		err = uc_conversation_name(v, name);
	if (!err && !c) {
		v->number_key = strdup(key ? key : withheld);
		err = v->number_key
			      ? uc_map_put(&uc->by_number_key, v->number_key, v)
			      : ENOMEM;
	}
	if (!err)
		err = uc_map_put(&uc->conversations, v->v.id, v);
	if (!err)
		err = uc_vector_add(&uc->order, v);
	if (err) {
		if (v->number_key)
			uc_map_remove(&uc->by_number_key, v->number_key);
		uc_map_remove(&uc->conversations, v->v.id);
		mem_deref(v);
		return err;
	}
	v->uc = uc;
	if (c)
		c->conversation = v;
	uc->order_sorted = false;
	*vp = v;
	return 0;
}

/** Out of the model with all its entries; nobody is told. */
void uc_conversation_end(struct conversation *v)
{
	struct uc *uc = v->uc;
	size_t i;

	for (i = 0; i < v->v.entry_count; i++) {
		struct place *p = uc_map_get(&uc->entries, v->v.entries[i].id);

		uc_conversation_count_entry(v, &v->v.entries[i], -1);
		if (p && p->v == v) {
			uc_map_remove(&uc->entries, p->id);
			uc_place_free(p);
		}
	}
	uc_map_remove(&uc->conversations, v->v.id);
	if (v->number_key && uc_conversation_find_key(uc, v->number_key) == v)
		uc_map_remove(&uc->by_number_key, v->number_key);
	if (v->v.contact)
		uc_contact_of(v->v.contact)->conversation = NULL;
	uc_vector_remove(&uc->order, v);
	v->uc = NULL;
	mem_deref(v);
}

int uc_conversation_get(struct uc *uc, const char *number, const char *name,
			struct conversation **vp)
{
	struct contact *c = uc_contact_of(uc_contact_by_number(uc, number));
	char *key = uc_number_key(uc, number);
	int err = 0;

	*vp = c ? c->conversation : uc_conversation_find_key(uc, key);
	if (!*vp)
		err = create(uc, vp, c, key, number, name);
	else if (!(*vp)->v.contact && !text_empty(name))
		err = uc_conversation_name(*vp, name);
	free(key);
	return err;
}

void uc_conversations_close(struct uc *uc)
{
	struct place *p;
	size_t i, pos;

	for (i = 0; i < uc->order.count; i++) {
		struct conversation *v = uc->order.at[i];

		v->uc = NULL;
		if (v->v.contact)
			uc_contact_of(v->v.contact)->conversation = NULL;
		mem_deref(v);
	}
	for (pos = 0; (p = uc_map_next(&uc->entries, &pos));)
		uc_place_free(p);
	uc_vector_close(&uc->order);
	uc_map_close(&uc->conversations);
	uc_map_close(&uc->by_number_key);
	uc_map_close(&uc->entries);
	uc->missed = uc->voice = uc->messages = uc->unread = 0;
}

void uc_conversations_clear(struct uc *uc)
{
	if (!uc->order.count)
		return;
	uc_conversations_close(uc);
	uc_conversations_calls(uc);
	uc_tell(uc, UC_CHANGE_CONVERSATIONS, NULL);
}

/* ---- entries ----------------------------------------------------------- */

int uc_entry_insert(struct conversation *v, const struct uc_entry *e)
{
	size_t i = v->v.entry_count;

	if (v->v.entry_count == v->entry_size) {
		size_t size = v->entry_size ? v->entry_size * 2 : 4;
		struct uc_entry *n;

		n = realloc(v->v.entries, size * sizeof(*n));
		if (!n)
			return ENOMEM;
		v->v.entries = n;
		v->entry_size = size;
	}
	while (i > 0 && v->v.entries[i - 1].at_ms > e->at_ms)
		i--;
	memmove(&v->v.entries[i + 1], &v->v.entries[i],
		(v->v.entry_count - i) * sizeof(*e));
	v->v.entries[i] = *e;
	v->v.entry_count++;
	if (e->at_ms > v->newest_ms) {
		v->newest_ms = e->at_ms;
		v->uc->order_sorted = false;
	}
	uc_conversation_count_entry(v, e, 1);
	return 0;
}

static struct uc_entry *entry_find(const struct conversation *v, const char *id)
{
	size_t i;

	for (i = v->v.entry_count; i-- > 0;)
		if (!strcmp(v->v.entries[i].id, id))
			return &v->v.entries[i];
	return NULL;
}

/** Take an entry out of its conversation, its sums and the map; *out gets it.
 */
void uc_entry_take(struct uc *uc, struct place *p, struct uc_entry *out)
{
	struct conversation *v = p->v;
	struct uc_entry *e = entry_find(v, p->id);
	size_t i = (size_t)(e - v->v.entries);

	*out = *e;
	uc_conversation_count_entry(v, out, -1);
	memmove(e, e + 1, (--v->v.entry_count - i) * sizeof(*e));
	v->newest_ms =
		v->v.entry_count ? v->v.entries[v->v.entry_count - 1].at_ms : 0;
	uc->order_sorted = false;
	uc_map_remove(&uc->entries, p->id);
	uc_place_free(p);
}

int uc_place_add(struct uc *uc, const char *id, struct conversation *v)
{
	struct place *p = calloc(1, sizeof(*p));
	int err;

	if (!p)
		return ENOMEM;
	p->id = strdup(id);
	p->v = v;
	p->round = uc->round;
	err = p->id ? uc_map_put(&uc->entries, p->id, p) : ENOMEM;
	if (err)
		uc_place_free(p);
	return err;
}

static int entry_make(struct uc_entry *e, const struct uc_entry_prm *prm)
{
	int err = 0;

	memset(e, 0, sizeof(*e));
	e->kind = prm->kind;
	e->at_ms = prm->at_ms;
	e->duration_s = prm->duration_s;
	e->unread = prm->unread;
	uc_text(&e->id, prm->id, &err);
	uc_text(&e->number, prm->number, &err);
	uc_text(&e->reason, prm->reason, &err);
	if ((unsigned)prm->delivery < UC_DELIVERY_COUNT)
		e->delivery = prm->delivery;
	e->text = text_clean_lines(prm->text, (size_t)-1, TEXT_MESSAGE_MAX);
	if (!e->text)
		err = ENOMEM;
	return err;
}

static bool entry_same(const struct uc_entry *a, const struct uc_entry *b)
{
	return a->kind == b->kind && a->at_ms == b->at_ms &&
	       a->delivery == b->delivery && !strcmp(a->reason, b->reason) &&
	       a->duration_s == b->duration_s && a->unread == b->unread &&
	       !strcmp(a->text, b->text) && !strcmp(a->number, b->number);
}

/** Remove what has neither entries nor a call. @return true if it went */
bool uc_conversation_end_if_empty(struct conversation *v)
{
	if (v->v.entry_count || v->called)
		return false;
	uc_conversation_end(v);
	return true;
}

int uc_entry_file(struct uc *uc, struct uc_entry *e, const char *name,
		  struct conversation **vp, bool *created)
{
	size_t before = uc->order.count;
	int err;

	err = uc_conversation_get(uc, e->number, name, vp);
	*created = uc->order.count != before;
	if (!err)
		err = uc_place_add(uc, e->id, *vp);
	if (err)
		return err;
	err = uc_entry_insert(*vp, e);
	if (err) {
		struct place *p = uc_map_get(&uc->entries, e->id);

		uc_map_remove(&uc->entries, p->id);
		uc_place_free(p);
	}
	return err;
}

int uc_entry_put(struct uc *uc, const struct uc_entry_prm *prm)
{
	struct conversation *v = NULL, *from = NULL;
	struct uc_entry e, old;
	struct place *p;
	bool created = false;
	int err;

	if (!uc || !prm || text_empty(prm->id) ||
	    (unsigned)prm->kind >= UC_ENTRY_KIND_COUNT)
		return EINVAL;
	err = entry_make(&e, prm);
	if (err)
		goto out;
	if (uc_map_get(&uc->hidden, e.id)) {
		uc_entry_reset(&e);
		return 0;
	}
	p = uc_map_get(&uc->entries, e.id);
	if (p) {
		const struct uc_entry *known = entry_find(p->v, e.id);

		p->round = uc->round;
		if (known && entry_same(known, &e)) {
			uc_entry_reset(&e);
			return 0;
		}
		from = mem_ref(p->v);
		uc_entry_take(uc, p, &old);
		uc_entry_reset(&old);
	}
	err = uc_entry_file(uc, &e, prm->name, &v, &created);
	if (from && from != v && from->uc && uc_conversation_end_if_empty(from))
		created = true; /* the list changed */
	mem_deref(from);
out:
	if (err) {
		uc_entry_reset(&e);
		return err;
	}
	uc_tell(uc, UC_CHANGE_CONVERSATIONS, NULL);
	if (!created)
		uc_tell(uc, UC_CHANGE_CONVERSATION, v);
	return 0;
}

void uc_entry_delete(struct uc *uc, const char *id)
{
	struct place *p = uc_map_get(&uc->entries, id);
	struct conversation *v;
	struct uc_entry e;

	if (!p)
		return;
	v = mem_ref(p->v);
	uc_entry_take(uc, p, &e);
	uc_entry_reset(&e);
	uc_conversation_end_if_empty(v);
	uc_tell(uc, UC_CHANGE_CONVERSATION, v);
	uc_tell(uc, UC_CHANGE_CONVERSATIONS, NULL);
	mem_deref(v);
}

/* Calls, voice messages and messages are told each by themselves, and reach
 * back differently far: "j:", "v:", "m:". */
static unsigned char sort_of(const char *id)
{
	return id[0] && id[1] == ':' ? (unsigned char)id[0] : 0;
}

void uc_entries_sweep(struct uc *uc, const char *all)
{
	const char **gone = calloc(uc->entries.count + 1, sizeof(*gone));
	int64_t oldest[UCHAR_MAX + 1];
	const struct place *p;
	size_t i, pos, n = 0;

	if (!gone)
		return;
	for (i = 0; i < ARRAY_SIZE(oldest); i++)
		oldest[i] = INT64_MAX;
	for (; all && *all; all++)
		oldest[(unsigned char)*all] = INT64_MIN;
	for (pos = 0; (p = uc_map_next(&uc->entries, &pos));) {
		const struct uc_entry *e = entry_find(p->v, p->id);

		if (p->round == uc->round && e->at_ms < oldest[sort_of(p->id)])
			oldest[sort_of(p->id)] = e->at_ms;
	}
	for (pos = 0; (p = uc_map_next(&uc->entries, &pos));) {
		const struct uc_entry *e = entry_find(p->v, p->id);

		if (p->round != uc->round &&
		    e->at_ms >= oldest[sort_of(p->id)] &&
		    strncmp(p->id, UC_OWN_PREFIX, sizeof(UC_OWN_PREFIX) - 1))
			gone[n++] = p->id;
	}
	for (i = 0; i < n; i++)
		uc_entry_delete(uc, gone[i]);
	free(gone);
}

void uc_hidden_close(struct uc *uc)
{
	size_t pos = 0;
	char *id;

	while ((id = uc_map_next(&uc->hidden, &pos)))
		free(id);
	uc_map_close(&uc->hidden);
}

int uc_entry_hide(struct uc *uc, const char *id, bool hide)
{
	char *known = uc_map_get(&uc->hidden, id);
	int err = 0;

	if (hide && !known) {
		known = strdup(id);
		err = known ? uc_map_put(&uc->hidden, known, known) : ENOMEM;
		if (err)
			free(known);
		else
			uc_entry_delete(uc, id);
	} else if (!hide && known) {
		uc_map_remove(&uc->hidden, id);
		free(known);
	}
	return err;
}

static void entry_change(struct uc *uc, const char *id, bool delivered)
{
	const struct place *p = uc_map_get(&uc->entries, id);
	struct uc_entry *e = p ? entry_find(p->v, id) : NULL;

	if (!e)
		return;
	if (delivered && e->delivery != UC_DELIVERY_DELIVERED &&
	    e->delivery != UC_DELIVERY_NONE) {
		e->delivery = UC_DELIVERY_DELIVERED;
	} else if (!delivered && e->unread) {
		uc_conversation_count_entry(p->v, e, -1);
		e->unread = false;
	} else {
		return;
	}
	uc_tell(uc, UC_CHANGE_CONVERSATION, p->v);
}

void uc_entry_delivered(struct uc *uc, const char *id)
{
	entry_change(uc, id, true);
}

void uc_entry_mark(struct uc *uc, const char *id)
{
	entry_change(uc, id, false);
}

const struct uc_entry *uc_entry_by_id(const struct uc *uc, const char *id,
				      struct uc_conversation **v)
{
	const struct place *p = uc_map_get(&uc->entries, id);

	if (v)
		*v = p ? &p->v->v : NULL;
	return p ? entry_find(p->v, id) : NULL;
}

void uc_conversation_read(struct uc *uc, struct uc_conversation *pub)
{
	struct conversation *v = (struct conversation *)pub;
	size_t i;

	if (!v || v->uc != uc || !v->v.unread)
		return;
	for (i = 0; i < v->v.entry_count; i++) {
		struct uc_entry *e = &v->v.entries[i];

		/* A voice message is read by hearing it. */
		if (!e->unread || e->kind == UC_VOICE_MESSAGE)
			continue;
		uc_conversation_count_entry(v, e, -1);
		e->unread = false;
	}
	uc_tell(uc, UC_CHANGE_CONVERSATION, v);
}

/* ---- reading ----------------------------------------------------------- */

static int by_age(const void *a, const void *b)
{
	const struct conversation *const *x = a, *const *y = b;

	if ((*x)->active != (*y)->active)
		return (*x)->active ? -1 : 1;
	if ((*x)->newest_ms != (*y)->newest_ms)
		return (*x)->newest_ms > (*y)->newest_ms ? -1 : 1;
	return strcmp((*x)->v.id, (*y)->v.id);
}

size_t uc_conversation_count(const struct uc *uc)
{
	return uc->order.count;
}

struct uc_conversation *uc_conversation_at(const struct uc *uc, size_t i)
{
	struct uc *m = (struct uc *)uc; /* sorted when somebody looks */

	if (i >= m->order.count)
		return NULL;
	if (!m->order_sorted) {
		qsort(m->order.at, m->order.count, sizeof(void *), by_age);
		m->order_sorted = true;
	}
	return m->order.at[i];
}

struct uc_conversation *uc_conversation_by_id(const struct uc *uc,
					      const char *id)
{
	return uc_map_get(&uc->conversations, id);
}

struct uc_conversation *uc_conversation_of(const struct uc *uc,
					   const struct uc_contact *c)
{
	(void)uc;
	return c && uc_contact_of_const(c)->conversation
		       ? &uc_contact_of_const(c)->conversation->v
		       : NULL;
}

struct uc_conversation *uc_conversation_by_number(const struct uc *uc,
						  const char *number)
{
	struct uc_contact *c = uc_contact_by_number(uc, number);
	struct conversation *v;
	char *key;

	if (c)
		return uc_conversation_of(uc, c);
	key = uc_number_key(uc, number);
	v = uc_conversation_find_key(uc, key);
	free(key);
	return v ? &v->v : NULL;
}
