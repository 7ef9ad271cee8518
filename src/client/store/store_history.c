/**
 * @file store_history.c  Journal, contacts, favourites, redial list, values
 */
#include <stdlib.h>
#include "store_int.h"

/* The handlers travel through the job as one type of function pointer. */
typedef void(any_h)(void);

static enum db_file file_of(enum store_set set)
{
	return set == STORE_OWN ? DB_STATE : DB_CACHE;
}

static int batch_account(struct batch *b, const char *sql, const char *account)
{
	store_batch_sql(b, sql);
	store_batch_text(b, account);
	return b ? 0 : ENOMEM;
}

/** Room for what the rows become; NULL if there are none, or err. */
static void *rows_room(const struct rows *r, size_t size, int *err)
{
	void *p = !*err && r->count ? calloc(r->count, size) : NULL;

	if (!*err && r->count && !p)
		*err = ENOMEM;
	return p;
}

/* ---- entries ----------------------------------------------------------- */

static void entries_rows(struct store *s, int err, const struct rows *r,
			 any_h *handler, void *arg)
{
	store_entries_h *h = (store_entries_h *)handler;
	struct uc_entry_prm *e = rows_room(r, sizeof(*e), &err);
	size_t i, n = 0;

	(void)s;
	/* The query gives the newest first. */
	for (i = err ? 0 : r->count; i-- > 0; n++)
		e[n] = (struct uc_entry_prm){
			.id = store_rows_text(r, i, 0),
			.kind = (enum uc_entry_kind)store_rows_int(r, i, 1),
			.at_ms = store_rows_int(r, i, 2),
			.duration_s = (uint32_t)store_rows_int(r, i, 3),
			.text = store_rows_text(r, i, 4),
			.number = store_rows_text(r, i, 5),
			.name = store_rows_text(r, i, 6),
			.unread = store_rows_int(r, i, 7) != 0,
			.delivery = (enum uc_delivery)store_rows_int(r, i, 8),
			.reason = store_rows_text(r, i, 9),
		};
	h(err, e, n, arg);
	free(e);
}

int store_entries_load(struct store *s, const char *account, enum store_set set,
		       size_t count, store_entries_h *h, void *arg)
{
	struct batch *b = store_batch_new(file_of(set));

	batch_account(b,
		      "SELECT id,kind,at,duration,text,number,name,unread,"
		      "delivery,reason FROM entry WHERE account=? ORDER BY at "
		      "DESC LIMIT ?",
		      account);
	store_batch_int(b, (int64_t)count);
	return store_batch_query(s, b, entries_rows, (any_h *)h, arg);
}

static void entry_put(struct batch *b, const char *account,
		      const struct uc_entry_prm *e)
{
	batch_account(b, "REPLACE INTO entry VALUES(?,?,?,?,?,?,?,?,?,?,?)",
		      account);
	store_batch_text(b, e->id);
	store_batch_int(b, e->kind);
	store_batch_int(b, e->at_ms);
	store_batch_int(b, e->duration_s);
	store_batch_text(b, e->text);
	store_batch_text(b, e->number);
	store_batch_text(b, e->name);
	store_batch_int(b, e->unread);
	store_batch_int(b, e->delivery);
	store_batch_text(b, e->reason);
}

int store_entry_put(struct store *s, const char *account,
		    const struct uc_entry_prm *e)
{
	struct batch *b = store_batch_new(DB_STATE);

	entry_put(b, account, e);
	return store_batch_run(s, b);
}

int store_entries_cache(struct store *s, const char *account,
			const struct uc_entry_prm *e, size_t count)
{
	struct batch *b = store_batch_new(DB_CACHE);
	size_t i;

	batch_account(b, "DELETE FROM entry WHERE account=?", account);
	for (i = 0; i < count; i++)
		entry_put(b, account, &e[i]);
	return store_batch_run(s, b);
}

int store_entry_delete(struct store *s, const char *account, const char *id)
{
	struct batch *b = store_batch_new(DB_STATE);

	batch_account(b, "DELETE FROM entry WHERE account=? AND id=?", account);
	store_batch_text(b, id);
	return store_batch_run(s, b);
}

int store_entries_read(struct store *s, const char *account,
		       const char *const *ids, size_t count)
{
	struct batch *b = store_batch_new(DB_STATE);
	size_t i;

	for (i = 0; i < count; i++) {
		batch_account(b,
			      "UPDATE entry SET unread=0"
			      " WHERE account=? AND id=?",
			      account);
		store_batch_text(b, ids[i]);
	}
	return store_batch_run(s, b);
}

int store_entries_clear(struct store *s, const char *account)
{
	struct batch *b = store_batch_new(DB_STATE);

	batch_account(b, "DELETE FROM entry WHERE account=?", account);
	return store_batch_run(s, b);
}

/* ---- contacts ---------------------------------------------------------- */

/** Numbers as "KIND NUMBER" lines; clean text has no newline in it. */
static void numbers_put(struct batch *b, const struct uc_contact_prm *c)
{
	struct text_buf t = {0};
	char *text;
	size_t i;

	for (i = 0; i < c->number_count; i++)
		text_buf_printf(&t, "%d %s\n", (int)c->numbers[i].kind,
				c->numbers[i].number);
	text = text_buf_take(&t);
	store_batch_text(b, text);
	free(text);
}

/** Reads them in place: text is cut up. */
static struct uc_number *numbers_get(char *text, size_t *countp)
{
	struct uc_number *numbers = NULL;
	char *line, *save = NULL;
	size_t n = 0;

	for (line = strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *number;
		long kind = strtol(line, &number, 10);
		struct uc_number *more;

		if (*number != ' ' || kind < 0 || kind >= UC_NUMBER_KIND_COUNT)
			continue;
		more = realloc(numbers, (n + 1) * sizeof(*more));
		if (!more)
			break;
		numbers = more;
		numbers[n].kind = (enum uc_number_kind)kind;
		numbers[n++].number = number + 1;
	}
	*countp = n;
	return numbers;
}

static void contact_get(struct store_contact *c, const struct rows *r, size_t i)
{
	c->data = (struct uc_contact_prm){
		.id = store_rows_text(r, i, 0),
		.directory = (enum uc_directory)store_rows_int(r, i, 1),
		.name = store_rows_text(r, i, 2),
		.first = store_rows_text(r, i, 3),
		.last = store_rows_text(r, i, 4),
		.company = store_rows_text(r, i, 5),
		.department = store_rows_text(r, i, 6),
		.email = store_rows_text(r, i, 7),
		.device = store_rows_text(r, i, 8),
		.own = store_rows_int(r, i, 9) != 0,
	};
	c->data.numbers = numbers_get((char *)store_rows_text(r, i, 10),
				      &c->data.number_count);
	c->default_number = (size_t)store_rows_int(r, i, 11);
	c->presence.state = (enum proto_presence)store_rows_int(r, i, 12);
	c->presence.hidden = store_rows_int(r, i, 13) != 0;
	c->presence.until_ms = store_rows_int(r, i, 14);
	c->presence.note = (char *)store_rows_text(r, i, 15);
	c->lamp = (enum uc_lamp)store_rows_int(r, i, 16);
	c->data.import_key = store_rows_text(r, i, 17);
	c->data.hand_made = store_rows_int(r, i, 18) != 0;
}

static void contacts_rows(struct store *s, int err, const struct rows *r,
			  any_h *handler, void *arg)
{
	store_contacts_h *h = (store_contacts_h *)handler;
	struct store_contact *c = rows_room(r, sizeof(*c), &err);
	size_t i, n = 0;

	(void)s;
	for (; !err && n < r->count; n++)
		contact_get(&c[n], r, n);
	h(err, c, n, arg);
	for (i = 0; i < n; i++)
		free((void *)c[i].data.numbers);
	free(c);
}

int store_contacts_load(struct store *s, const char *account,
			enum store_set set, store_contacts_h *h, void *arg)
{
	struct batch *b = store_batch_new(file_of(set));

	batch_account(b,
		      "SELECT id,directory,name,first,last,company,"
		      "department,email,device,own,numbers,default_number,"
		      "presence,hidden,until,note,lamp,import_key,"
		      "hand_made FROM contact"
		      " WHERE account=?",
		      account);
	return store_batch_query(s, b, contacts_rows, (any_h *)h, arg);
}

static void contact_put(struct batch *b, const char *account,
			const struct store_contact *c)
{
	const struct uc_contact_prm *d = &c->data;

	batch_account(b,
		      "REPLACE INTO contact VALUES"
		      "(?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)",
		      account);
	store_batch_text(b, d->id);
	store_batch_int(b, d->directory);
	store_batch_text(b, d->name);
	store_batch_text(b, d->first);
	store_batch_text(b, d->last);
	store_batch_text(b, d->company);
	store_batch_text(b, d->department);
	store_batch_text(b, d->email);
	store_batch_text(b, d->device);
	store_batch_int(b, d->own);
	numbers_put(b, d);
	store_batch_int(b, (int64_t)c->default_number);
	store_batch_int(b, c->presence.state);
	store_batch_int(b, c->presence.hidden);
	store_batch_int(b, c->presence.until_ms);
	store_batch_text(b, c->presence.note);
	store_batch_int(b, c->lamp);
	store_batch_text(b, d->import_key);
	store_batch_int(b, d->hand_made);
}

int store_contact_put(struct store *s, const char *account, enum store_set set,
		      const struct store_contact *c)
{
	struct batch *b = store_batch_new(file_of(set));

	contact_put(b, account, c);
	return store_batch_run(s, b);
}

int store_contact_delete(struct store *s, const char *account, const char *id)
{
	struct batch *b = store_batch_new(DB_STATE);

	batch_account(b, "DELETE FROM contact WHERE account=? AND id=?",
		      account);
	store_batch_text(b, id);
	return store_batch_run(s, b);
}

int store_contacts_put(struct store *s, const char *account,
		       const struct store_contact *c, size_t count)
{
	struct batch *b = store_batch_new(DB_STATE);

	for (size_t i = 0; i < count; i++)
		contact_put(b, account, &c[i]);
	return store_batch_run(s, b);
}

int store_contacts_replace(struct store *s, const char *account,
			   enum store_set set, const struct store_contact *c,
			   size_t count)
{
	struct batch *b = store_batch_new(file_of(set));
	size_t i;

	batch_account(b, "DELETE FROM contact WHERE account=?", account);
	for (i = 0; i < count; i++)
		contact_put(b, account, &c[i]);
	return store_batch_run(s, b);
}

/* ---- favourites -------------------------------------------------------- */

static void groups_rows(struct store *s, int err, const struct rows *r,
			any_h *handler, void *arg)
{
	store_groups_h *h = (store_groups_h *)handler;
	const char **members = rows_room(r, sizeof(*members), &err);
	struct uc_group_prm *g = rows_room(r, sizeof(*g), &err);
	size_t i, n = 0, used = 0;

	(void)s;
	for (i = 0; !err && i < r->count; i++) {
		/* Member -1 is the group itself, so that empty ones stay. */
		if (store_rows_int(r, i, 2) < 0) {
			g[n].id = store_rows_text(r, i, 0);
			g[n].name = store_rows_text(r, i, 1);
			g[n++].member_ids = &members[used];
		} else if (n) {
			members[used++] = store_rows_text(r, i, 3);
			g[n - 1].member_count++;
		}
	}
	h(err, g, n, arg);
	free(g);
	free(members);
}

int store_groups_load(struct store *s, const char *account, enum store_set set,
		      store_groups_h *h, void *arg)
{
	struct batch *b = store_batch_new(file_of(set));

	batch_account(b,
		      "SELECT grp,name,member,contact FROM favourite"
		      " WHERE account=? ORDER BY position,member",
		      account);
	return store_batch_query(s, b, groups_rows, (any_h *)h, arg);
}

static void favourite_put(struct batch *b, const char *account,
			  const struct uc_group_prm *g, size_t position,
			  int64_t member, const char *contact)
{
	batch_account(b, "INSERT INTO favourite VALUES(?,?,?,?,?,?)", account);
	store_batch_int(b, (int64_t)position);
	store_batch_text(b, g->id);
	store_batch_text(b, g->name);
	store_batch_int(b, member);
	store_batch_text(b, contact);
}

int store_groups_save(struct store *s, const char *account, enum store_set set,
		      const struct uc_group_prm *g, size_t count)
{
	struct batch *b = store_batch_new(file_of(set));
	size_t i, k;

	batch_account(b, "DELETE FROM favourite WHERE account=?", account);
	for (i = 0; i < count; i++) {
		favourite_put(b, account, &g[i], i, -1, NULL);
		for (k = 0; k < g[i].member_count; k++)
			favourite_put(b, account, &g[i], i, (int64_t)k,
				      g[i].member_ids[k]);
	}
	return store_batch_run(s, b);
}

/* ---- redial list ------------------------------------------------------- */

static void texts_rows(struct store *s, int err, const struct rows *r,
		       any_h *handler, void *arg)
{
	store_texts_h *h = (store_texts_h *)handler;
	const char **texts = rows_room(r, sizeof(*texts), &err);
	size_t n = 0;

	(void)s;
	for (; !err && n < r->count; n++)
		texts[n] = store_rows_text(r, n, 0);
	h(err, texts, n, arg);
	free(texts);
}

int store_redial_load(struct store *s, const char *account, store_texts_h *h,
		      void *arg)
{
	struct batch *b = store_batch_new(DB_STATE);

	batch_account(b,
		      "SELECT number FROM redial WHERE account=?"
		      " ORDER BY at DESC LIMIT ?",
		      account);
	store_batch_int(b, STORE_REDIAL_MAX);
	return store_batch_query(s, b, texts_rows, (any_h *)h, arg);
}

int store_redial_put(struct store *s, const char *account, const char *number)
{
	struct batch *b = store_batch_new(DB_STATE);

	/* Counted, not timed: two calls in one millisecond keep their order,
	 * and so does a clock that is set back. */
	batch_account(b,
		      "REPLACE INTO redial SELECT ?1,?2,"
		      "coalesce(max(at),0)+1 FROM redial"
		      " WHERE account=?1",
		      account);
	store_batch_text(b, number);
	batch_account(b,
		      "DELETE FROM redial WHERE account=?1 AND at NOT IN"
		      " (SELECT at FROM redial WHERE account=?1"
		      " ORDER BY at DESC LIMIT ?2)",
		      account);
	store_batch_int(b, STORE_REDIAL_MAX);
	return store_batch_run(s, b);
}

/* ---- how calls have sounded -------------------------------------------- */

static void qualities_rows(struct store *s, int err, const struct rows *r,
			   any_h *handler, void *arg)
{
	store_qualities_h *h = (store_qualities_h *)handler;
	struct uc_quality_record *q = rows_room(r, sizeof(*q), &err);
	size_t n = 0;

	(void)s;
	for (; !err && n < r->count; n++) {
		struct uc_quality *to = &q[n].quality;

		q[n].at_ms = store_rows_int(r, n, 0);
		q[n].number = store_rows_text(r, n, 1);
		snprintf(to->codec, sizeof(to->codec), "%s",
			 store_rows_text(r, n, 2));
		to->keys = (enum uc_keys)store_rows_int(r, n, 3);
		to->mos = (unsigned)store_rows_int(r, n, 4);
		to->lost = (unsigned)store_rows_int(r, n, 5);
		to->lost_there = (unsigned)store_rows_int(r, n, 6);
		to->jitter_ms = (unsigned)store_rows_int(r, n, 7);
		to->buffer_ms = (unsigned)store_rows_int(r, n, 8);
		to->round_trip_ms = (unsigned)store_rows_int(r, n, 9);
	}
	h(err, q, n, arg);
	free(q);
}

int store_qualities_load(struct store *s, const char *account,
			 store_qualities_h *h, void *arg)
{
	struct batch *b = store_batch_new(DB_STATE);

	batch_account(b,
		      "SELECT at,number,codec,keys,mos,lost,lost_there,jitter,"
		      "buffer,round_trip FROM quality WHERE account=?"
		      " ORDER BY at",
		      account);
	return store_batch_query(s, b, qualities_rows, (any_h *)h, arg);
}

int store_quality_put(struct store *s, const char *account,
		      const struct uc_quality_record *r)
{
	struct batch *b = store_batch_new(DB_STATE);
	const struct uc_quality *q = &r->quality;
	const unsigned numbers[] = {q->mos,	   q->lost,
				    q->lost_there, q->jitter_ms,
				    q->buffer_ms,  q->round_trip_ms};
	size_t i;

	batch_account(b, "REPLACE INTO quality VALUES(?,?,?,?,?,?,?,?,?,?,?)",
		      account);
	store_batch_int(b, r->at_ms);
	store_batch_text(b, r->number);
	store_batch_text(b, q->codec);
	store_batch_int(b, q->keys);
	for (i = 0; i < ARRAY_SIZE(numbers); i++)
		store_batch_int(b, numbers[i]);
	batch_account(b,
		      "DELETE FROM quality WHERE account=?1 AND at NOT IN"
		      " (SELECT at FROM quality WHERE account=?1"
		      " ORDER BY at DESC LIMIT ?2)",
		      account);
	store_batch_int(b, UC_QUALITY_MAX);
	return store_batch_run(s, b);
}

/* ---- values ------------------------------------------------------------ */

int store_value_load(struct store *s, const char *account, const char *name,
		     store_texts_h *h, void *arg)
{
	struct batch *b = store_batch_new(DB_STATE);

	batch_account(b, "SELECT value FROM value WHERE account=? AND name=?",
		      account);
	store_batch_text(b, name);
	return store_batch_query(s, b, texts_rows, (any_h *)h, arg);
}

int store_value_put(struct store *s, const char *account, const char *name,
		    const char *value)
{
	struct batch *b = store_batch_new(DB_STATE);

	batch_account(b, "REPLACE INTO value VALUES(?,?,?)", account);
	store_batch_text(b, name);
	store_batch_text(b, value);
	return store_batch_run(s, b);
}
