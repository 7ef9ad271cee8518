/**
 * @file uc_contact.c  Contacts: data, numbers, presence, lamps
 */
#include <stdlib.h>
#include "uc_int.h"

struct contact *uc_contact_of(struct uc_contact *c)
{
	return (struct contact *)c;
}

const struct contact *uc_contact_of_const(const struct uc_contact *c)
{
	return (const struct contact *)c;
}

static void numbers_free(struct uc_number *numbers, size_t count)
{
	size_t i;

	for (i = 0; numbers && i < count; i++)
		free(numbers[i].number);
	free(numbers);
}

static void destructor(void *arg)
{
	struct contact *c = arg;

	free(c->c.id);
	free(c->c.name);
	free(c->c.first);
	free(c->c.last);
	free(c->c.company);
	free(c->c.department);
	free(c->c.email);
	free(c->c.device);
	free(c->c.presence.note);
	free(c->c.lamp_number);
	free(c->c.import_key);
	free(c->c.picture);
	free(c->c.picture_key);
	free(c->sort);
	numbers_free(c->c.numbers, c->c.number_count);
}

/* ---- putting in -------------------------------------------------------- */

static int number_order(const void *a, const void *b)
{
	const struct uc_number *const *x = a, *const *y = b;

	if ((*x)->kind != (*y)->kind)
		return (*x)->kind < (*y)->kind ? -1 : 1;
	return *x < *y ? -1 : 1; /* as they came */
}

/** Clean copies, by kind; what is no number at all is left out. */
static int numbers_copy(const struct uc_contact_prm *prm,
			struct uc_number **numbersp, size_t *countp)
{
	const struct uc_number **sorted;
	struct uc_number *numbers;
	size_t i, n = 0;
	int err = 0;

	*numbersp = NULL;
	*countp = 0;
	if (!prm->number_count)
		return 0;
	sorted = calloc(prm->number_count, sizeof(*sorted));
	numbers = calloc(prm->number_count, sizeof(*numbers));
	if (!sorted || !numbers) {
		free(sorted);
		free(numbers);
		return ENOMEM;
	}
	for (i = 0; i < prm->number_count; i++)
		sorted[i] = &prm->numbers[i];
	qsort(sorted, prm->number_count, sizeof(*sorted), number_order);
	for (i = 0; i < prm->number_count && !err; i++) {
		if (text_empty(sorted[i]->number) ||
		    sorted[i]->kind >= UC_NUMBER_KIND_COUNT)
			continue;
		uc_text(&numbers[n].number, sorted[i]->number, &err);
		numbers[n++].kind = sorted[i]->kind;
	}
	free(sorted);
	if (err) {
		numbers_free(numbers, n);
		return err;
	}
	*numbersp = numbers;
	*countp = n;
	return 0;
}

static bool numbers_same(const struct uc_contact *c,
			 const struct uc_number *numbers, size_t count)
{
	size_t i;

	if (c->number_count != count)
		return false;
	for (i = 0; i < count; i++)
		if (c->numbers[i].kind != numbers[i].kind ||
		    strcmp(c->numbers[i].number, numbers[i].number) != 0)
			return false;
	return true;
}

static char *name_of(const struct uc_contact_prm *prm)
{
	if (!text_empty(prm->name))
		return strdup(prm->name);
	if (!text_empty(prm->first) && !text_empty(prm->last))
		return text_printf("%s %s", prm->first, prm->last);
	if (!text_empty(prm->first))
		return strdup(prm->first);
	if (!text_empty(prm->last))
		return strdup(prm->last);
	if (!text_empty(prm->company))
		return strdup(prm->company);
	return strdup(prm->number_count && prm->numbers[0].number
			      ? prm->numbers[0].number
			      : "");
}

/** Bring the texts up to date. @param renamed set if the name differs */
static bool texts_put(struct contact *c, const struct uc_contact_prm *prm,
		      bool *renamed, int *err)
{
	char *name = name_of(prm);
	bool changed = false;

	if (!name) {
		*err = ENOMEM;
		return false;
	}
	*renamed = uc_text(&c->c.name, name, err);
	free(name);
	changed |= uc_text(&c->c.first, prm->first, err);
	changed |= uc_text(&c->c.last, prm->last, err);
	changed |= uc_text(&c->c.company, prm->company, err);
	changed |= uc_text(&c->c.department, prm->department, err);
	changed |= uc_text(&c->c.email, prm->email, err);
	changed |= uc_text(&c->c.import_key, prm->import_key, err);
	if (prm->picture || !c->c.picture)
		changed |= uc_text(&c->c.picture, prm->picture, err);
	if (prm->picture_key || !c->c.picture_key)
		changed |= uc_text(&c->c.picture_key, prm->picture_key, err);
	if (*renamed && !*err) {
		char *sort = text_fold(c->c.name, TEXT_FOLD_EXPANDED);

		if (!sort)
			*err = ENOMEM;
		free(c->sort);
		c->sort = sort;
	}
	return changed || *renamed;
}

/** Put into the internal list and the map of devices, or out of them. */
static int place(struct uc *uc, struct contact *c, const char *device,
		 enum uc_directory directory)
{
	int err = 0;

	if (c->c.directory == UC_INTERNAL && directory != UC_INTERNAL)
		uc_vector_remove(&uc->internal, c);
	else if (directory == UC_INTERNAL && c->c.directory != UC_INTERNAL)
		err = uc_vector_add(&uc->internal, c);
	uc->internal_sorted = false;
	c->c.directory = directory;
	if (!text_empty(c->c.device) &&
	    uc_map_get(&uc->by_device, c->c.device) == c)
		uc_map_remove(&uc->by_device, c->c.device);
	uc_text(&c->c.device, device, &err);
	if (!err && !text_empty(c->c.device))
		err = uc_map_put(&uc->by_device, c->c.device, c);
	return err;
}

static int numbers_put(struct contact *c, const struct uc_contact_prm *prm,
		       bool *changed)
{
	char *chosen = NULL;
	struct uc_number *numbers;
	size_t i, count;
	int err;

	err = numbers_copy(prm, &numbers, &count);
	if (err)
		return err;
	if (numbers_same(&c->c, numbers, count)) {
		numbers_free(numbers, count);
		return 0;
	}
	if (c->default_chosen && c->c.default_number < c->c.number_count)
		chosen = text_dup(c->c.numbers[c->c.default_number].number);
	numbers_free(c->c.numbers, c->c.number_count);
	c->c.numbers = numbers;
	c->c.number_count = count;
	c->c.default_number = 0;
	for (i = 0; chosen && i < count; i++)
		if (!strcmp(numbers[i].number, chosen))
			c->c.default_number = i;
	free(chosen);
	*changed = true;
	return 0;
}

static int create(struct uc *uc, const struct uc_contact_prm *prm,
		  struct contact **cp)
{
	struct contact *c = mem_zalloc(sizeof(*c), destructor);
	int err = 0;

	if (!c)
		return ENOMEM;
	c->c.directory = UC_DIRECTORY_COUNT; /* in no list yet */
	uc_text(&c->c.id, prm->id, &err);
	uc_text(&c->c.presence.note, "", &err);
	uc_text(&c->c.lamp_number, "", &err);
	if (!err)
		err = uc_map_put(&uc->by_id, c->c.id, c);
	if (err) {
		mem_deref(c);
		return err;
	}
	c->uc = uc;
	*cp = c;
	return 0;
}

/** True if nothing that is found by would change: the usual second reading. */
static bool placed_same(const struct contact *c,
			const struct uc_contact_prm *prm)
{
	return c->c.directory == prm->directory &&
	       !strcmp(c->c.device, prm->device ? prm->device : "");
}

int uc_contact_put(struct uc *uc, const struct uc_contact_prm *prm,
		   struct uc_contact **cp)
{
	struct contact *c;
	bool created = false, changed = false, renamed = false;
	bool numbers = false;
	char *id = NULL;
	int err = 0;

	if (!uc || !prm || text_empty(prm->id) || (int)prm->directory < 0 ||
	    prm->directory >= UC_DIRECTORY_COUNT)
		return EINVAL;
	uc_text(&id, prm->id, &err);
	c = id ? uc_map_get(&uc->by_id, id) : NULL;
	free(id);
	if (!err && !c) {
		err = create(uc, prm, &c);
		created = !err;
	}
	if (err)
		return err;
	if (!created)
		uc_index_remove(&uc->index, c);
	uc_contact_numbers_forget(uc, c);
	changed |= texts_put(c, prm, &renamed, &err);
	if (!err)
		err = numbers_put(c, prm, &numbers);
	if (!err && (created || !placed_same(c, prm))) {
		err = place(uc, c, prm->device, prm->directory);
		changed = true;
	}
	changed |= numbers || c->c.own != prm->own ||
		   c->c.hand_made != prm->hand_made;
	c->round = uc->round;
	c->personal_round = uc->personal_round;
	c->c.own = prm->own;
	c->c.hand_made = prm->hand_made;
	if (!err)
		err = uc_contact_numbers_index(uc, c);
	uc_index_add(&uc->index, c);
	if (err) {
		uc_contact_remove(uc, &c->c);
		return err;
	}
	if (renamed)
		uc->internal_sorted = false;
	if (numbers || created) {
		uc_conversations_adopt(uc, c);
		uc_calls_adopt(uc, c);
	}
	if (renamed && !created)
		uc_conversations_renamed(uc, c);
	if (changed)
		uc_tell(uc, UC_CHANGE_CONTACT, c);
	if (cp)
		*cp = &c->c;
	return 0;
}

/** Out of everything that finds it; whoever refers to it is not told. */
static void unlink_contact(struct uc *uc, struct contact *c)
{
	uc_index_remove(&uc->index, c);
	uc_contact_numbers_forget(uc, c);
	uc_map_remove(&uc->by_id, c->c.id);
	if (!text_empty(c->c.device) &&
	    uc_map_get(&uc->by_device, c->c.device) == c)
		uc_map_remove(&uc->by_device, c->c.device);
	if (c->c.directory == UC_INTERNAL)
		uc_vector_remove(&uc->internal, c);
	c->uc = NULL;
}

void uc_contact_remove(struct uc *uc, struct uc_contact *pub)
{
	struct contact *c = uc_contact_of(pub);

	if (!c || c->uc != uc)
		return;
	unlink_contact(uc, c);
	uc_groups_forget(uc, c);
	uc_searches_forget(uc, c);
	uc_conversations_forget(uc, c);
	uc_calls_forget(uc, c);
	uc_tell(uc, UC_CHANGE_CONTACT, c);
	mem_deref(c);
}

void uc_contacts_close(struct uc *uc)
{
	struct contact *c;
	size_t pos;

	uc_contact_numbers_close(uc);
	uc_map_close(&uc->by_device);
	uc_vector_close(&uc->internal);
	uc_index_close(&uc->index);
	for (pos = 0; (c = uc_map_next(&uc->by_id, &pos));) {
		size_t i;

		for (i = 0; c->keys && i < c->c.number_count; i++)
			free(c->keys[i]);
		free(c->keys);
		c->keys = NULL;
		c->uc = NULL;
		mem_deref(c);
	}
	uc_map_close(&uc->by_id);
}

void uc_contacts_sweep(struct uc *uc)
{
	size_t i;

	/* From behind: those that go leave the order of the rest alone. */
	for (i = uc->internal.count; i-- > 0;) {
		struct contact *c = uc->internal.at[i];

		if (c->round != uc->round && !c->c.own)
			uc_contact_remove(uc, &c->c);
	}
}

void uc_personal_begin(struct uc *uc)
{
	uc->personal_round++;
}

void uc_personal_end(struct uc *uc)
{
	struct uc_vector gone = {0};
	struct contact *c;
	size_t pos;

	/* Those that go are gathered first: the map must not change under its
	   walk. */
	for (pos = 0; (c = uc_map_next(&uc->by_id, &pos));)
		if (c->c.directory == UC_PERSONAL && !c->c.own &&
		    c->personal_round != uc->personal_round &&
		    uc_vector_add(&gone, c))
			break;
	for (pos = 0; pos < gone.count; pos++)
		uc_contact_remove(uc, &((struct contact *)gone.at[pos])->c);
	uc_vector_close(&gone);
}

/* ---- reading ----------------------------------------------------------- */

struct uc_contact *uc_contact_walk(const struct uc *uc, size_t *pos)
{
	return uc_map_next(&uc->by_id, pos);
}

size_t uc_contact_count(const struct uc *uc)
{
	return uc->by_id.count;
}

struct uc_contact *uc_contact_by_id(const struct uc *uc, const char *id)
{
	return uc_map_get(&uc->by_id, id);
}

struct uc_contact *uc_contact_by_device(const struct uc *uc, const char *device)
{
	return text_empty(device) ? NULL : uc_map_get(&uc->by_device, device);
}

struct uc_contact *uc_me(const struct uc *uc)
{
	return uc_contact_by_device(uc, uc->account.user);
}

static int by_name(const void *a, const void *b)
{
	const struct contact *const *x = a, *const *y = b;
	int d = strcmp((*x)->sort, (*y)->sort);

	return d ? d : strcmp((*x)->c.id, (*y)->c.id);
}

size_t uc_internal_count(const struct uc *uc)
{
	return uc->internal.count;
}

struct uc_contact *uc_internal_at(const struct uc *uc, size_t i)
{
	/* Sorted when somebody looks: a directory comes in one by one. */
	struct uc *m = (struct uc *)uc;

	if (i >= m->internal.count)
		return NULL;
	if (!m->internal_sorted) {
		qsort(m->internal.at, m->internal.count, sizeof(void *),
		      by_name);
		m->internal_sorted = true;
	}
	return m->internal.at[i];
}

const char *uc_contact_number(const struct uc_contact *c)
{
	if (!c || !c->number_count)
		return NULL;
	return c->numbers[c->default_number < c->number_count
				  ? c->default_number
				  : 0]
		.number;
}

int uc_contact_set_default(struct uc *uc, struct uc_contact *c, size_t number)
{
	if (!c || number >= c->number_count)
		return EINVAL;
	uc_contact_of(c)->default_chosen = true;
	if (c->default_number == number)
		return 0;
	c->default_number = number;
	uc_tell(uc, UC_CHANGE_CONTACT, c);
	return 0;
}

void uc_contact_choose(struct uc *uc, struct uc_contact *c, const char *number)
{
	size_t i = 0;

	while (i < c->number_count && !text_equal(c->numbers[i].number, number))
		i++;
	(void)uc_contact_set_default(uc, c, i < c->number_count ? i : 0);
	uc_contact_of(c)->default_chosen = i < c->number_count;
}

bool uc_contact_has_chosen(const struct uc_contact *c)
{
	return c && uc_contact_of_const(c)->default_chosen;
}

bool uc_contact_is_favourite(const struct uc_contact *c)
{
	return c && uc_contact_of_const(c)->groups > 0;
}

/* ---- presence and lamps ------------------------------------------------ */

void uc_set_presence(struct uc *uc, struct uc_contact *c,
		     const struct uc_presence *p)
{
	bool changed;
	int err = 0;

	if (!c || !p || (unsigned)p->state >= PROTO_PRESENCE_COUNT)
		return;
	changed = c->presence.state != p->state ||
		  c->presence.hidden != p->hidden ||
		  c->presence.until_ms != p->until_ms;
	c->presence.state = p->state;
	c->presence.hidden = p->hidden;
	c->presence.until_ms = p->until_ms;
	changed |= uc_text(&c->presence.note, p->note, &err);
	if (changed)
		uc_tell(uc, UC_CHANGE_CONTACT, c);
}

void uc_set_lamp(struct uc *uc, struct uc_contact *c, enum uc_lamp lamp,
		 const char *number)
{
	bool changed;
	int err = 0;

	if (!c || (unsigned)lamp >= UC_LAMP_COUNT)
		return;
	changed = c->lamp != lamp || c->lamp_old;
	c->lamp = lamp;
	c->lamp_old = false;
	changed |= uc_text(&c->lamp_number, number, &err);
	if (changed)
		uc_tell(uc, UC_CHANGE_CONTACT, c);
}

void uc_lamps_old(struct uc *uc)
{
	size_t i;

	for (i = 0; i < uc->internal.count; i++) {
		struct contact *c = uc->internal.at[i];

		if (c->c.lamp_old || c->c.lamp == UC_LAMP_UNKNOWN)
			continue;
		c->c.lamp_old = true;
		uc_tell(uc, UC_CHANGE_CONTACT, c);
	}
}

bool uc_contact_is_with_me(const struct uc *uc, const struct uc_contact *c)
{
	return c && !text_empty(c->lamp_number) &&
	       text_equal(c->lamp_number, uc_account(uc)->device);
}
