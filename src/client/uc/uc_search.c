/**
 * @file uc_search.c  A query and its hits, best first (SPEC T5.1.1)
 */
#include <stdlib.h>
#include "uc_int.h"

enum {
	HITS_MAX = 500, /**< more than anybody scrolls through */
	LOCAL_MS = 4,	/**< what looking through the model may take */
	OFTEN = 10,	/**< calls and messages */
	NOW_AND_THEN = 3,
};

#define DIGITS "0123456789"

struct hit {
	struct contact *c;
	unsigned rank;
};

struct uc_search {
	struct le le;  /**< in the model's list of searches */
	struct uc *uc; /**< NULL once the model has gone */
	char *query, *reason;
	char *words[2];		     /**< folded: bare, expanded */
	struct uc_beginnings number; /**< that would match */
	struct text_query *match;
	enum uc_directory directory;
	struct hit *hits;
	size_t count, size;
	struct uc_map known; /**< ids of hits */
	unsigned pending;
	bool whole, more;
	uint64_t until; /**< uc_search_local(): monotonic */
	unsigned looked;
};

static void destructor(void *arg)
{
	struct uc_search *s = arg;
	size_t i;

	list_unlink(&s->le);
	for (i = 0; i < s->count; i++)
		mem_deref(s->hits[i].c);
	free(s->hits);
	uc_map_close(&s->known);
	text_query_free(s->match);
	free(s->query);
	free(s->reason);
	free(s->words[0]);
	free(s->words[1]);
	uc_beginnings_reset(&s->number);
}

int uc_search_alloc(struct uc_search **sp, struct uc *uc, const char *query,
		    enum uc_directory directory)
{
	struct uc_search *s;
	int err = 0;

	if (!sp || !uc || directory == UC_DIRECTORY_COUNT)
		return EINVAL;
	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;
	s->uc = uc;
	s->directory = directory;
	list_append(&uc->searches, &s->le, s);
	uc_text(&s->query, query, &err);
	uc_text(&s->reason, "", &err);
	if (err)
		goto out;
	s->match = text_query_new(s->query);
	s->words[0] = text_fold(s->query, TEXT_FOLD_BARE);
	s->words[1] = text_fold(s->query, TEXT_FOLD_EXPANDED);
	err = s->match && s->words[0] && s->words[1]
		      ? uc_number_beginnings(uc, s->query, &s->number)
		      : ENOMEM;
out:
	if (err)
		mem_deref(s);
	else
		*sp = s;
	return err;
}

void uc_searches_close(struct uc *uc)
{
	struct le *le;

	while ((le = uc->searches.head)) {
		struct uc_search *s = le->data;

		list_unlink(le);
		s->uc = NULL;
		s->pending = 0;
	}
}

static void hit_remove(struct uc_search *s, struct contact *c)
{
	size_t i = 0;

	if (uc_map_get(&s->known, c->c.id) != c)
		return;
	uc_map_remove(&s->known, c->c.id);
	while (i < s->count && s->hits[i].c != c)
		i++;
	memmove(&s->hits[i], &s->hits[i + 1],
		(--s->count - i) * sizeof(*s->hits));
	mem_deref(c);
}

void uc_searches_forget(struct uc *uc, struct contact *c)
{
	struct le *le;

	for (le = uc->searches.head; le; le = le->next) {
		struct uc_search *s = le->data;

		if (uc_map_get(&s->known, c->c.id) != c)
			continue;
		hit_remove(s, c);
		uc_tell(uc, UC_CHANGE_SEARCH, s);
	}
}

const char *uc_search_query(const struct uc_search *s)
{
	return s->query;
}

enum uc_directory uc_search_directory(const struct uc_search *s)
{
	return s->directory;
}

size_t uc_search_count(const struct uc_search *s)
{
	return s->count;
}

struct uc_contact *uc_search_at(const struct uc_search *s, size_t i)
{
	return i < s->count ? &s->hits[i].c->c : NULL;
}

unsigned uc_search_pending(const struct uc_search *s)
{
	return s->pending;
}

void uc_search_set_pending(struct uc_search *s, unsigned n)
{
	if (s->pending == n)
		return;
	s->pending = n;
	if (s->uc)
		uc_tell(s->uc, UC_CHANGE_SEARCH, s);
}

const char *uc_search_reason(const struct uc_search *s)
{
	return s->reason;
}

void uc_search_set_reason(struct uc_search *s, const char *reason)
{
	int err = 0;

	if (uc_text(&s->reason, reason, &err) && s->uc)
		uc_tell(s->uc, UC_CHANGE_SEARCH, s);
}

/* ---- matching and order ------------------------------------------------ */

/* Of what is otherwise as good. */
static const uint8_t closeness[UC_DIRECTORY_COUNT] = {
	[UC_INTERNAL] = 0, [UC_PERSONAL] = 1, [UC_SYSTEM] = 2,
	[UC_GLOBAL] = 3,   [UC_EXTERNAL] = 4,
};

static bool begins(const char *s, const char *prefix)
{
	return !strncmp(s, prefix, strlen(prefix));
}

/** 2: it is that number, 1: it begins so, 0: no. */
static unsigned number_match(const struct uc_search *s, const struct contact *c)
{
	unsigned best = 0;

	for (size_t i = 0; i < c->c.number_count && best < 2; i++) {
		unsigned is =
			uc_beginnings_match(&s->number, c->c.numbers[i].number,
					    c->keys ? c->keys[i] : NULL);

		best = is > best ? is : best;
	}
	return best;
}

/** Whom one speaks or writes with most comes first: 0 to 3. */
static unsigned stranger(const struct contact *c)
{
	size_t n = c->conversation ? c->conversation->v.entry_count : 0;

	return n >= OFTEN ? 0 : n >= NOW_AND_THEN ? 1 : n ? 2 : 3;
}

/** Smaller is better; UINT32_MAX: no hit. */
static unsigned rank(const struct uc_search *s, const struct contact *c)
{
	unsigned number, r = 0;
	bool name;

	if (s->directory != UC_ALL_DIRECTORIES &&
	    s->directory != c->c.directory)
		return UINT32_MAX;
	number = number_match(s, c);
	name = text_query_match(s->match, c->c.name);
	if (!number && !name)
		return UINT32_MAX;
	if (number < 2)
		r |= 1u << 12;
	if (!c->groups)
		r |= 1u << 11;
	r |= stranger(c) << 9;
	if (c->c.directory != UC_INTERNAL)
		r |= 1u << 8;
	/* The beginning of the whole name before one of a later word's. */
	if (name && !begins(c->sort, s->words[1]) &&
	    !begins(c->sort, s->words[0]))
		r |= 1u << 6;
	else if (!name)
		r |= 1u << 7;
	return r | closeness[c->c.directory];
}

static int compare(unsigned rank_a, const struct contact *a, unsigned rank_b,
		   const struct contact *b)
{
	int d;

	if (rank_a != rank_b)
		return rank_a < rank_b ? -1 : 1;
	d = strcmp(a->sort, b->sort);
	return d ? d : strcmp(a->c.id, b->c.id);
}

static int hit_insert(struct uc_search *s, struct contact *c, unsigned r)
{
	size_t low = 0, high = s->count;
	int err;

	while (low < high) {
		size_t mid = (low + high) / 2;

		if (compare(s->hits[mid].rank, s->hits[mid].c, r, c) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	if (s->count == HITS_MAX) {
		if (low == HITS_MAX)
			return 0;
		uc_map_remove(&s->known, s->hits[HITS_MAX - 1].c->c.id);
		mem_deref(s->hits[--s->count].c);
	}
	if (s->count == s->size) {
		size_t size = s->size ? s->size * 2 : 16;
		struct hit *hits = realloc(s->hits, size * sizeof(*hits));

		if (!hits)
			return ENOMEM;
		s->hits = hits;
		s->size = size;
	}
	err = uc_map_put(&s->known, c->c.id, c);
	if (err)
		return err;
	memmove(&s->hits[low + 1], &s->hits[low],
		(s->count - low) * sizeof(*s->hits));
	s->hits[low] = (struct hit){mem_ref(c), r};
	s->count++;
	return 0;
}

struct doubles {
	struct uc_search *s;
	bool is_one;
};

/* One that is known better stands for both, where it is a hit itself. */
static bool doubled(struct contact *other, bool better, void *arg)
{
	struct doubles *d = arg;

	if (better)
		d->is_one = rank(d->s, other) != UINT32_MAX;
	else
		hit_remove(d->s, other);
	return d->is_one;
}

static int add(struct uc_search *s, struct contact *c, bool tell)
{
	struct doubles d = {.s = s};
	unsigned r;
	int err;

	if (!s->uc || c->uc != s->uc)
		return EINVAL;
	if (uc_map_get(&s->known, c->c.id))
		return 0;
	r = rank(s, c);
	if (r == UINT32_MAX)
		return ENOENT;
	if (s->directory == UC_ALL_DIRECTORIES)
		uc_contact_doubles(s->uc, c, doubled, &d);
	if (d.is_one)
		return 0;
	err = hit_insert(s, c, r);
	if (!err && tell)
		uc_tell(s->uc, UC_CHANGE_SEARCH, s);
	return err;
}

int uc_search_add(struct uc_search *s, struct uc_contact *c)
{
	return c ? add(s, uc_contact_of(c), true) : EINVAL;
}

void uc_search_set_whole(struct uc_search *s)
{
	s->whole = true;
}

void uc_search_set_more(struct uc_search *s)
{
	if (s->more)
		return;
	s->more = true;
	if (s->uc)
		uc_tell(s->uc, UC_CHANGE_SEARCH, s);
}

bool uc_search_more(const struct uc_search *s)
{
	return s->more || s->count >= HITS_MAX;
}

bool uc_search_narrow(struct uc_search *s, const struct uc_search *earlier)
{
	if (!earlier || !earlier->whole || !s->uc || earlier->uc != s->uc ||
	    earlier->count >= HITS_MAX || text_empty(earlier->query) ||
	    !begins(s->query, earlier->query) ||
	    s->query[strcspn(s->query, DIGITS)] ||
	    (earlier->directory != UC_ALL_DIRECTORIES &&
	     earlier->directory != s->directory))
		return false;
	for (size_t i = 0; i < earlier->count; i++)
		(void)add(s, earlier->hits[i].c, false);
	s->whole = true;
	return true;
}

static bool look(struct contact *c, void *arg)
{
	struct uc_search *s = arg;

	(void)add(s, c, false);
	return ++s->looked % 32 == 0 && time_mono_ms() >= s->until;
}

/* Those that the index has for a beginning. True: time has run out. */
static bool look_at(struct uc_search *s, const char *w)
{
	char first[3];

	if (text_empty(w))
		return false;
	first[0] = w[0];
	first[1] = w[1] == ' ' ? '\0' : w[1];
	first[2] = '\0';
	return uc_index_walk(&s->uc->index, first, look, s);
}

void uc_search_local(struct uc_search *s)
{
	size_t i, k, before = s->count;

	if (!s->uc)
		return;
	s->until = time_mono_ms() + LOCAL_MS;
	s->looked = 0;
	/* Those that come first are looked at first, in case time runs out. */
	for (i = 0; i < s->uc->groups.count; i++) {
		struct group *g = s->uc->groups.at[i];

		for (k = 0; k < g->g.member_count; k++)
			if (look(uc_contact_of(g->g.members[k]), s))
				goto out;
	}
	for (i = 0; s->uc->internal.count < 2000 && i < s->uc->internal.count;
	     i++)
		if (look(s->uc->internal.at[i], s))
			goto out;
	for (i = 0; i < 2; i++)
		if (look_at(s, s->words[i]))
			goto out;
	for (i = 0; s->number.digits[i]; i++)
		if (look_at(s, s->number.digits[i]))
			goto out;
	(void)look_at(s, s->number.own);
out:
	if (s->count != before)
		uc_tell(s->uc, UC_CHANGE_SEARCH, s);
}
