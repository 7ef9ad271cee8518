/**
 * @file plan.c  What an import would do, contact by contact
 *
 * A record is known again by its key: the file's own (UID), else its name and
 * company, and where several have the same, their order. What was made by hand
 * has no key: it is recognised by name and a number.
 */
#include <stdlib.h>

#include "sync_int.h"

static const struct {
	const char *key, *text;
} outcomes[SYNC_OUTCOME_COUNT] = {
	[SYNC_ADD] = {"added", N_("added")},
	[SYNC_UPDATE] = {"updated", N_("updated")},
	[SYNC_SAME] = {"same", N_("skipped: nothing has changed")},
	[SYNC_NO_NAME] = {"no-name", N_("skipped: has no name")},
	[SYNC_NO_NUMBER] = {"no-number", N_("skipped: has no number")},
	[SYNC_BAD_NUMBER] = {"bad-number", N_("skipped: a number is none")},
	[SYNC_DUPLICATE] = {"duplicate", N_("skipped: is twice in the file")},
	[SYNC_THERE] = {"there", N_("skipped: is there, made by hand")},
	[SYNC_HAND_MADE] = {"hand-made", N_("skipped: was changed by hand")},
	[SYNC_DAMAGED] = {"damaged", N_("skipped: can't be read")},
};

const char *sync_outcome_key(enum sync_outcome o)
{
	return (unsigned)o < SYNC_OUTCOME_COUNT ? outcomes[o].key : "";
}

const char *sync_outcome_text(enum sync_outcome o)
{
	return (unsigned)o < SYNC_OUTCOME_COUNT ? outcomes[o].text : "";
}

static const struct {
	const char *key, *text;
} pictures[SYNC_PICTURE_COUNT] = {
	[SYNC_PICTURE_NOTHING] = {"", ""},
	[SYNC_PICTURE_NONE] = {"", ""},
	[SYNC_PICTURE_HERE] = {"here", N_("with its picture")},
	[SYNC_PICTURE_SAME] = {"", ""},
	[SYNC_PICTURE_LINK] = {"link", N_("picture left out: a link")},
	[SYNC_PICTURE_LARGE] = {"large", N_("picture left out: too large")},
	[SYNC_PICTURE_SMALL] = {"small", N_("picture left out: too small")},
	[SYNC_PICTURE_BAD] = {"bad", N_("picture left out: no JPG or PNG, or "
					"damaged")},
	[SYNC_PICTURE_NO_SPACE] = {"no-space", N_("picture left out: the disk "
						  "is full")},
	[SYNC_PICTURE_NOT_KEPT] = {"not-kept", N_("picture left out: the "
						  "server keeps none")},
	[SYNC_PICTURE_TOO_MANY] = {"too-many", N_("picture left out: the "
						  "server keeps no more")},
	[SYNC_PICTURE_BUSY] = {"busy",
			       N_("picture left out: the server is busy")},
};

const char *sync_picture_key(enum sync_picture p)
{
	return (unsigned)p < SYNC_PICTURE_COUNT ? pictures[p].key : "";
}

const char *sync_picture_text(enum sync_picture p)
{
	return (unsigned)p < SYNC_PICTURE_COUNT ? pictures[p].text : "";
}

bool sync_picture_left_out(enum sync_picture p)
{
	return p >= SYNC_PICTURE_LINK && p < SYNC_PICTURE_COUNT;
}

/** A text and whose it is, to be found by. */
struct entry {
	char *text;
	size_t index;
};

struct index {
	struct entry *e;
	size_t count;
};

struct plan {
	struct sync_file *file;
	const struct sync_contact *there;
	size_t there_count;
	struct proto_dial_params p;
	struct index by_key, by_name; /**< of what is there */
	bool *matched;		      /**< likewise */
	struct index seen;	      /**< names of the file's, sorted */
	char **names;		      /**< of each of the file's, or NULL */
};

static int by_text(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int d = strcmp(x->text, y->text);

	return d ? d : x->index < y->index ? -1 : x->index > y->index;
}

static void index_sort(struct index *x)
{
	if (x->count)
		qsort(x->e, x->count, sizeof(*x->e), by_text);
}

static void index_reset(struct index *x, bool texts)
{
	for (size_t i = 0; texts && i < x->count; i++)
		free(x->e[i].text);
	free(x->e);
}

/* The first of that text; x->count if there is none. */
static size_t index_find(const struct index *x, const char *text)
{
	size_t low = 0, high = x->count;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (strcmp(x->e[middle].text, text) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low < x->count && !strcmp(x->e[low].text, text) ? low : x->count;
}

static char *name_key(const struct sync_contact *c)
{
	char *text = text_printf("%s|%s|%s", c->first, c->last, c->company);
	char *first = text_fold(c->first, TEXT_FOLD_EXPANDED);
	char *last = text_fold(c->last, TEXT_FOLD_EXPANDED);
	char *company = text_fold(c->company, TEXT_FOLD_EXPANDED);
	char *key = first && last && company
			    ? text_printf("%s|%s|%s", first, last, company)
			    : NULL;

	/* A name of signs alone has nothing to fold. */
	if (key && !strcmp(key, "||")) {
		free(key);
		key = text;
		text = NULL;
	}
	free(first);
	free(last);
	free(company);
	free(text);
	return key;
}

/* ---- two of them ------------------------------------------------------- */

static bool same_texts(const struct sync_contact *a,
		       const struct sync_contact *b)
{
	if (strcmp(a->first, b->first) || strcmp(a->last, b->last) ||
	    strcmp(a->company, b->company) ||
	    strcmp(a->department, b->department) || strcmp(a->email, b->email))
		return false;
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		if (strcmp(a->number[i], b->number[i]))
			return false;
	return true;
}

/* What a file can't bring changes nothing; what the server could not use it
   knows again. */
static bool same_picture(const struct sync_contact *c,
			 const struct sync_contact *t)
{
	if (c->picture == SYNC_PICTURE_NONE)
		return !t->picture_key && !t->picture_version;
	return c->picture != SYNC_PICTURE_HERE ||
	       text_equal(c->picture_key, t->picture_key) ||
	       text_equal(c->picture_key, t->picture_version);
}

static bool has_number(const struct sync_contact *c)
{
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		if (*c->number[i])
			return true;
	return false;
}

static bool share_number(const struct plan *p, const struct sync_contact *a,
			 const struct sync_contact *b)
{
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++)
		for (unsigned k = 0; k < UC_NUMBER_KIND_COUNT; k++)
			if (*a->number[i] && *b->number[k] &&
			    proto_number_same(a->number[i], b->number[k],
					      &p->p))
				return true;
	return false;
}

/* ---- one of the file's ------------------------------------------------- */

/* What can be said of it alone; SYNC_OUTCOME_COUNT: nothing against it. */
static enum sync_outcome judge(struct plan *p, struct sync_contact *c)
{
	if (c->damaged)
		return SYNC_DAMAGED;
	if (!*c->first && !*c->last && !*c->company)
		return SYNC_NO_NAME;
	if (!has_number(c))
		return SYNC_NO_NUMBER;
	for (unsigned i = 0; i < UC_NUMBER_KIND_COUNT; i++) {
		char *kept;

		if (!*c->number[i])
			continue;
		kept = uc_number_filed(&p->p, c->number[i]);
		if (!kept)
			return SYNC_BAD_NUMBER;
		free(c->number[i]);
		c->number[i] = kept;
	}
	return SYNC_OUTCOME_COUNT;
}

/* How many before it have its name; *twice: one of them is the same. */
static size_t namesakes(const struct plan *p, size_t i, bool *twice)
{
	const struct sync_contact *all = p->file->contacts;
	size_t at = index_find(&p->seen, p->names[i]), n = 0;

	*twice = false;
	for (; at < p->seen.count && p->seen.e[at].index < i &&
	       !strcmp(p->seen.e[at].text, p->names[i]);
	     at++) {
		n++;
		*twice |= same_texts(&all[p->seen.e[at].index], &all[i]);
	}
	return n;
}

static int give_key(struct plan *p, size_t i, bool *twice)
{
	struct sync_contact *c = &p->file->contacts[i];
	size_t before = namesakes(p, i, twice);
	char *key = *c->key  ? text_printf("u:%s", c->key)
		    : before ? text_printf("n:%s#%zu", p->names[i], before + 1)
			     : text_printf("n:%s", p->names[i]);

	free(c->key);
	c->key = key;
	return key ? 0 : ENOMEM;
}

static enum sync_outcome meet(struct plan *p, struct sync_contact *c,
			      size_t there)
{
	const struct sync_contact *t = &p->there[there];

	p->matched[there] = true;
	if (t->hand_made)
		return SYNC_HAND_MADE;
	if (same_picture(c, t)) {
		if (c->picture == SYNC_PICTURE_HERE)
			c->picture = SYNC_PICTURE_SAME;
		if (same_texts(c, t) && !strcmp(c->key, t->key))
			return SYNC_SAME;
	}
	return text_set(&c->id, t->id) ? SYNC_OUTCOME_COUNT : SYNC_UPDATE;
}

/* SYNC_OUTCOME_COUNT: no memory. */
static enum sync_outcome compare(struct plan *p, size_t i)
{
	struct sync_contact *c = &p->file->contacts[i];
	size_t at = index_find(&p->by_key, c->key);
	const char *name = p->names[i];

	if (at < p->by_key.count) {
		size_t there = p->by_key.e[at].index;

		return p->matched[there] ? SYNC_DUPLICATE : meet(p, c, there);
	}
	for (at = index_find(&p->by_name, name);
	     at < p->by_name.count && !strcmp(p->by_name.e[at].text, name);
	     at++) {
		size_t there = p->by_name.e[at].index;
		const struct sync_contact *t = &p->there[there];

		if (p->matched[there] || !share_number(p, c, t))
			continue;
		if (!*t->key) {
			p->matched[there] = true;
			return SYNC_THERE;
		}
		return meet(p, c, there);
	}
	return SYNC_ADD;
}

/* ---- the whole --------------------------------------------------------- */

static int index_there(struct plan *p)
{
	p->by_key.e = calloc(p->there_count + 1, sizeof(struct entry));
	p->by_name.e = calloc(p->there_count + 1, sizeof(struct entry));
	p->matched = calloc(p->there_count + 1, sizeof(*p->matched));
	if (!p->by_key.e || !p->by_name.e || !p->matched)
		return ENOMEM;
	for (size_t i = 0; i < p->there_count; i++) {
		const struct sync_contact *c = &p->there[i];
		char *name = name_key(c);

		if (!name)
			return ENOMEM;
		p->by_name.e[p->by_name.count++] = (struct entry){name, i};
		if (*c->key)
			p->by_key.e[p->by_key.count++] =
				(struct entry){c->key, i};
	}
	index_sort(&p->by_key);
	index_sort(&p->by_name);
	return 0;
}

static int index_file(struct plan *p, enum sync_outcome *o)
{
	struct sync_file *f = p->file;

	p->names = calloc(f->count + 1, sizeof(*p->names));
	p->seen.e = calloc(f->count + 1, sizeof(struct entry));
	if (!p->names || !p->seen.e)
		return ENOMEM;
	for (size_t i = 0; i < f->count; i++) {
		o[i] = judge(p, &f->contacts[i]);
		if (o[i] != SYNC_OUTCOME_COUNT)
			continue;
		p->names[i] = name_key(&f->contacts[i]);
		if (!p->names[i])
			return ENOMEM;
		p->seen.e[p->seen.count++] = (struct entry){p->names[i], i};
	}
	index_sort(&p->seen);
	return 0;
}

/* A file's own key that it gives twice names one contact: the first. */
static int keys_twice(struct plan *p, enum sync_outcome *o)
{
	struct sync_file *f = p->file;
	struct index keys = {.e = calloc(f->count + 1, sizeof(struct entry))};

	if (!keys.e)
		return ENOMEM;
	for (size_t i = 0; i < f->count; i++)
		if (o[i] == SYNC_OUTCOME_COUNT)
			keys.e[keys.count++] =
				(struct entry){f->contacts[i].key, i};
	index_sort(&keys);
	for (size_t i = 1; i < keys.count; i++)
		if (!strcmp(keys.e[i].text, keys.e[i - 1].text))
			o[keys.e[i].index] = SYNC_DUPLICATE;
	free(keys.e);
	return 0;
}

static int plan_all(struct plan *p, enum sync_outcome *o)
{
	struct sync_file *f = p->file;
	bool twice;
	int err = 0;

	for (size_t i = 0; i < f->count && !err; i++) {
		if (o[i] != SYNC_OUTCOME_COUNT)
			continue;
		err = give_key(p, i, &twice);
		if (twice)
			o[i] = SYNC_DUPLICATE;
	}
	if (!err)
		err = keys_twice(p, o);
	for (size_t i = 0; i < f->count && !err; i++) {
		if (o[i] != SYNC_OUTCOME_COUNT)
			continue;
		o[i] = compare(p, i);
		if (o[i] == SYNC_OUTCOME_COUNT)
			err = ENOMEM;
	}
	return err;
}

int sync_plan(struct sync_file *file, const struct sync_contact *there,
	      size_t there_count, const struct proto_dial_params *prm,
	      enum sync_outcome *o)
{
	struct plan p = {
		.file = file, .there = there, .there_count = there_count};
	int err;

	p.p = *prm;
	err = index_there(&p);
	if (!err)
		err = index_file(&p, o);
	if (!err)
		err = plan_all(&p, o);
	for (size_t i = 0; p.names && i < file->count; i++)
		free(p.names[i]);
	free(p.names);
	index_reset(&p.seen, false);
	index_reset(&p.by_key, false);
	index_reset(&p.by_name, true);
	free(p.matched);
	return err;
}
