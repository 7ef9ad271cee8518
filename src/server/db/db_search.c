/**
 * @file db_search.c  Search by beginnings, in pages
 *
 * Beginnings are looked up in the index: the query's longest word, and what
 * it may be as a number. What that gives is judged by the whole query, put in
 * the order of names, and of that one page is read.
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <stdlib.h>

enum { RANGES = 1 + NUMBER_QUERIES, LOOKED_AT_MAX = 50000 };

/** A contact that is meant. */
struct candidate {
	int64_t id;
	char *key;
};

struct search {
	struct db_job job;
	char *viewer;
	enum db_directory directory;
	bool no_external;
	struct text_query *query;
	char *range[RANGES]; /* beginnings to look up */
	unsigned ranges;
	bool by_word; /* range[0] is of a word, not of a number */
	size_t offset, limit;
	struct db_contact *hit; /* internal ones are copied on the loop */
	size_t count;
	size_t total;
	struct candidate *candidate;
	size_t candidates, room;
	db_search_h *h;
	void *arg;
};

static void candidates_clear(struct search *s)
{
	for (size_t i = 0; i < s->candidates; i++)
		free(s->candidate[i].key);
	free(s->candidate);
	s->candidate = NULL;
	s->candidates = s->room = 0;
}

static void search_clear(struct db_job *job)
{
	struct search *s = (struct search *)job;

	candidates_clear(s);
	free(s->viewer);
	text_query_free(s->query);
	words_free(s->range, s->ranges);
	contacts_free(s->hit, s->count);
}

/* Which of a directory's matches are of this page, as it has been filled. */
static size_t page_of(struct search *s, size_t matches, size_t *skip)
{
	size_t n;

	s->total += matches;
	*skip = s->offset < matches ? s->offset : matches;
	s->offset -= *skip;
	n = matches - *skip;
	return n < s->limit - s->count ? n : s->limit - s->count;
}

/* ---- a query: on the worker -------------------------------------------- */

static int candidate_add(struct search *s, int64_t id, const char *key)
{
	struct candidate *c;

	if (s->candidates == s->room) {
		size_t room = s->room ? s->room * 2 : 256;
		struct candidate *more =
			realloc(s->candidate, room * sizeof(*more));

		if (!more)
			return ENOMEM;
		s->candidate = more;
		s->room = room;
	}
	c = &s->candidate[s->candidates++];
	c->id = id;
	c->key = strdup(key);
	return c->key ? 0 : ENOMEM;
}

/* Those that one beginning leads to and the whole query means. */
static int look_up(struct search *s, enum db_directory dir, const char *owner,
		   unsigned range)
{
	static const char find[] =
		"SELECT c.id,c.key FROM contact_word AS w"
		" CROSS JOIN contact AS c ON c.id=w.contact"
		" WHERE w.directory=?1 AND w.owner=?2 AND w.word>=?3 AND"
		" w.word<?3||char(1114111) LIMIT ?4";
	sqlite3_stmt *st = disk_prepare(s->job.disk, find);
	bool by_word = s->by_word && !range;
	size_t most = s->candidates + DB_TOTAL_MAX;
	int err = 0;

	if (!st)
		return EIO;
	bind_int(st, 1, dir);
	bind_text(st, 2, owner);
	bind_text(st, 3, s->range[range]);
	bind_int(st, 4, LOOKED_AT_MAX);
	while (!err && s->candidates < most && disk_row(st, &err)) {
		const char *key = column_text(st, 1);

		if (!by_word || text_query_match_key(s->query, key))
			err = candidate_add(s, sqlite3_column_int64(st, 0),
					    key);
	}
	sqlite3_reset(st);
	return err;
}

static int by_key(const void *a, const void *b)
{
	const struct candidate *x = a, *y = b;
	int cmp = strcmp(x->key, y->key);

	return cmp ? cmp : x->id < y->id ? -1 : x->id > y->id;
}

/* In the order of names; several words, or numbers, may have led to one. */
static void sort(struct search *s)
{
	size_t n = 0;

	if (s->candidates)
		qsort(s->candidate, s->candidates, sizeof(*s->candidate),
		      by_key);
	for (size_t i = 0; i < s->candidates; i++) {
		if (n == DB_TOTAL_MAX ||
		    (n && s->candidate[n - 1].id == s->candidate[i].id))
			free(s->candidate[i].key);
		else
			s->candidate[n++] = s->candidate[i];
	}
	s->candidates = n;
}

static int keep(struct search *s, sqlite3_stmt *st)
{
	int err = contact_of_row(st, &s->hit[s->count]);

	if (!err)
		s->count++;
	return err;
}

static int read_page(struct search *s)
{
	static const char get[] =
		"SELECT " CONTACT_ALL " FROM contact WHERE id=?";
	size_t skip, n = page_of(s, s->candidates, &skip);
	int err = 0;

	for (size_t i = 0; i < n && !err; i++) {
		sqlite3_stmt *st = disk_prepare(s->job.disk, get);

		if (!st)
			return EIO;
		bind_int(st, 1, s->candidate[skip + i].id);
		if (disk_row(st, &err))
			err = keep(s, st);
		sqlite3_reset(st);
	}
	return err;
}

static int scan_query(struct search *s, enum db_directory dir,
		      const char *owner)
{
	int err = 0;

	for (unsigned r = 0; r < s->ranges && !err; r++)
		err = look_up(s, dir, owner, r);
	sort(s);
	if (!err)
		err = read_page(s);
	candidates_clear(s);
	return err;
}

/* ---- without a query --------------------------------------------------- */

static int count_all(struct search *s, enum db_directory dir, const char *owner,
		     size_t *np)
{
	static const char count[] = "SELECT count(*) FROM(SELECT 1 FROM contact"
				    " WHERE directory=? AND owner=? LIMIT ?)";
	sqlite3_stmt *st = disk_prepare(s->job.disk, count);
	int err = 0;

	if (!st)
		return EIO;
	bind_int(st, 1, dir);
	bind_text(st, 2, owner);
	/* All may be read page by page, so the count has a limit but none
	   that a directory comes near. */
	bind_int(st, 3, 10000000);
	if (disk_row(st, &err))
		*np = (size_t)sqlite3_column_int64(st, 0);
	sqlite3_reset(st);
	return err;
}

static int scan_all(struct search *s, enum db_directory dir, const char *owner)
{
	static const char all[] =
		"SELECT " CONTACT_ALL " FROM contact"
		" WHERE directory=? AND owner=? ORDER BY key,id"
		" LIMIT ? OFFSET ?";
	sqlite3_stmt *st;
	size_t matches = 0, skip, n;
	int err = count_all(s, dir, owner, &matches);

	n = page_of(s, matches, &skip);
	st = err || !n ? NULL : disk_prepare(s->job.disk, all);
	if (!st)
		return n && !err ? EIO : err;
	bind_int(st, 1, dir);
	bind_text(st, 2, owner);
	bind_int(st, 3, (int64_t)n);
	bind_int(st, 4, (int64_t)skip);
	while (!err && disk_row(st, &err))
		err = keep(s, st);
	sqlite3_reset(st);
	return err;
}

static int search_work(struct db_job *job)
{
	/* Behind the internal one, which is in memory. */
	static const enum db_directory order[] = {
		DB_PERSONAL,
		DB_SYSTEM,
		DB_GLOBAL,
		DB_EXTERNAL,
	};
	struct search *s = (struct search *)job;
	int err = 0;

	enum { ON_DISK = sizeof(order) / sizeof(order[0]) };

	_Static_assert(ON_DISK + 1 == DB_DIRECTORY_COUNT, "all of them");
	if (!s->hit)
		s->hit = calloc(s->limit, sizeof(*s->hit));
	if (!s->hit)
		return ENOMEM;
	for (unsigned i = 0; i < ON_DISK && !err; i++) {
		enum db_directory d = order[i];
		const char *owner = d == DB_PERSONAL ? s->viewer : "";

		if ((int)s->directory != DB_ALL_DIRECTORIES &&
		    s->directory != d)
			continue;
		/* Nobody's personal contacts are those of nobody. */
		if (d == DB_PERSONAL && !*owner)
			continue;
		if (d == DB_EXTERNAL && s->no_external)
			continue;
		if (s->ranges)
			err = scan_query(s, d, owner);
		else if (text_query_empty(s->query))
			err = scan_all(s, d, owner);
	}
	return err;
}

static void search_done(struct db_job *job, int err)
{
	struct search *s = (struct search *)job;

	if (s->h)
		s->h(err, err ? NULL : s->hit, err ? 0 : s->count,
		     err ? 0 : s->total, s->arg);
}

/* ---- on the loop ------------------------------------------------------- */

/* The longest word leads to the fewest contacts. */
static int make_ranges(struct search *s, const char *query,
		       const struct proto_dial_params *p)
{
	/* Folded once before, so that no apostrophe joins two words. */
	char *bare = text_fold(query, TEXT_FOLD_BARE);
	char *words = bare ? text_key(bare) : NULL;
	char *save = NULL, *longest = NULL;

	for (char *w = words ? strtok_r(words, " ", &save) : NULL; w;
	     w = strtok_r(NULL, " ", &save)) {
		size_t n = strlen(w);

		/* "*" at the end of a word means what is meant anyway. */
		while (n > 1 && w[n - 1] == '*')
			w[--n] = 0;
		if (!longest || n > strlen(longest))
			longest = w;
	}
	if (longest && !text_query_empty(s->query)) {
		s->by_word = true;
		s->range[s->ranges] = strdup(longest);
		if (s->range[s->ranges])
			s->ranges++;
	}
	free(bare);
	if (!words)
		return ENOMEM;
	free(words);
	s->ranges += number_query(query, p, s->range + s->ranges);
	return 0;
}

/* Every word begins with the one "#" that it has. */
static bool number_begins(const struct search *s, const struct account *a)
{
	for (unsigned r = s->by_word; r < s->ranges; r++)
		if (strstr(a->words, s->range[r]))
			return true;
	return false;
}

static bool account_matches(const struct search *s, const struct account *a)
{
	if (a->pub.trunk)
		return false;
	if (text_query_empty(s->query) && !s->ranges)
		return true;
	if (s->by_word && text_query_match_key(s->query, a->key))
		return true;
	return number_begins(s, a);
}

static int accounts_by_key(const void *a, const void *b)
{
	const struct account *const *x = a, *const *y = b;
	int cmp = strcmp((*x)->key, (*y)->key);

	return cmp ? cmp : strcmp((*x)->pub.extension, (*y)->pub.extension);
}

/* They come first, so that the page's part of them is known here. */
static int match_internal(struct db *db, struct search *s)
{
	const struct account **match;
	size_t count = 0, skip = 0, n = 0;
	int err = 0;

	match = calloc(db->accounts.count + 1, sizeof(*match));
	for (size_t i = 0; match && i < db->accounts.count; i++)
		if (account_matches(s, db->accounts.account[i]))
			match[count++] = db->accounts.account[i];
	if (count)
		qsort(match, count, sizeof(*match), accounts_by_key);
	n = page_of(s, count, &skip);
	s->hit = match ? calloc(s->limit, sizeof(*s->hit)) : NULL;
	if (!s->hit)
		err = ENOMEM;
	for (size_t i = 0; i < n && !err; i++)
		err = account_contact(match[skip + i], &s->hit[s->count++]);
	free(match);
	return err;
}

static int search_prepare(struct db *db, struct search *s,
			  const struct db_search *prm)
{
	struct proto_dial_params p;
	const char *query = prm->query ? prm->query : "";
	int err;

	db_dial_params(db, &p);
	s->viewer = strdup(prm->viewer ? prm->viewer : "");
	s->query = text_query_new(query);
	if (!s->viewer || !s->query)
		return ENOMEM;
	err = make_ranges(s, query, &p);
	if (!err && (prm->directory == DB_INTERNAL ||
		     (int)prm->directory == DB_ALL_DIRECTORIES))
		err = match_internal(db, s);
	return err;
}

void db_search(struct db *db, const struct db_search *prm, db_search_h *h,
	       void *arg)
{
	struct search *s = db && prm ? calloc(1, sizeof(*s)) : NULL;
	int err;

	if (!s) {
		if (h)
			h(db && prm ? ENOMEM : EINVAL, NULL, 0, 0, arg);
		return;
	}
	s->job = (struct db_job){
		.read_only = true,
		.work = search_work,
		.done = search_done,
		.clear = search_clear,
	};
	s->directory = prm->directory;
	s->no_external = prm->no_external;
	s->offset = prm->offset;
	s->limit = prm->limit < 1	       ? 1
		   : prm->limit > DB_LIMIT_MAX ? DB_LIMIT_MAX
					       : prm->limit;
	s->h = h;
	s->arg = arg;
	err = search_prepare(db, s, prm);
	if (err)
		db_job_end(&s->job, err);
	else
		db_job_run(db, &s->job);
}
