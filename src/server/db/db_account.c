/**
 * @file db_account.c  Accounts: kept on disk, and in memory as they are there
 */
#define LOG_MODULE "db"
#include "db_int.h"

#include <sodium.h>
#include <stdlib.h>

/* In the order of their columns. */
static const size_t text_at[ACCOUNT_TEXTS] = {
	offsetof(struct db_account, first),
	offsetof(struct db_account, last),
	offsetof(struct db_account, email),
	offsetof(struct db_account, mobile),
	offsetof(struct db_account, private_number),
	offsetof(struct db_account, department),
	offsetof(struct db_account, company),
};

static const char **text_of(struct db_account *a, unsigned i)
{
	return (const char **)(void *)((char *)a + text_at[i]);
}

void account_free(struct account *a)
{
	if (!a)
		return;
	account_unspell(a);
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		free((char *)*text_of(&a->pub, i));
	free((char *)a->pub.extension);
	free((char *)a->pub.name);
	free((char *)a->pub.presence.note);
	free((char *)a->pub.picture);
	if (a->hash)
		sodium_memzero(a->hash, strlen(a->hash));
	free(a->hash);
	free(a->key);
	free(a);
}

void accounts_free(struct account_set *set)
{
	for (size_t i = 0; i < set->count; i++)
		account_free(set->account[i]);
	free(set->account);
	*set = (struct account_set){.count = 0};
}

void accounts_install(struct db *db, struct account_set *set)
{
	struct account_set old = db->accounts;

	db->accounts = *set;
	*set = old;
	for (size_t i = 0; i < old.count; i++)
		account_unindex(old.account[i]);
	for (size_t i = 0; i < db->accounts.count; i++)
		account_index(db, db->accounts.account[i]);
	dial_update(db, &db->accounts.dial);
}

/* ---- reading ----------------------------------------------------------- */

#define COLUMNS                                                         \
	"extension,first,last,email,mobile,private,department,company," \
	"hash,failed,locked,licensed,must_change,trunk,can,"            \
	"sip_generation,presence,until_ms,note,visibility,"             \
	"(SELECT count(*) FROM voicemail WHERE owner=extension AND"     \
	" deleted_ms=0 AND"                                             \
	" deleted_ms=0 AND"                                             \
	" heard_ms=0),"                                                 \
	"(SELECT count(*) FROM voicemail WHERE owner=extension AND"     \
	" deleted_ms=0 AND"                                             \
	" deleted_ms=0 AND"                                             \
	" heard_ms>0),"                                                 \
	"ifnull((SELECT version FROM picture WHERE owner=extension),'')"

static char *account_name(const struct db_account *a)
{
	const char *blank = *a->first && *a->last ? " " : "";

	if (!*a->first && !*a->last)
		return strdup(a->extension);
	return text_printf("%s%s%s", a->first, blank, a->last);
}

static struct account *of_row(sqlite3_stmt *st)
{
	struct account *a = calloc(1, sizeof(*a));
	struct db_account *pub;
	bool ok;

	if (!a)
		return NULL;
	pub = &a->pub;
	ok = (pub->extension = column_dup(st, 0));
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++)
		ok = (*text_of(pub, i) = column_dup(st, (int)i + 1)) && ok;
	a->hash = column_dup(st, 8);
	a->failed = (unsigned)sqlite3_column_int(st, 9);
	pub->locked = sqlite3_column_int(st, 10);
	pub->licensed = sqlite3_column_int(st, 11);
	pub->must_change = sqlite3_column_int(st, 12);
	pub->trunk = sqlite3_column_int(st, 13);
	pub->can = (uint32_t)sqlite3_column_int64(st, 14);
	a->sip_generation = sqlite3_column_int64(st, 15);
	pub->presence.state = (enum proto_presence)sqlite3_column_int(st, 16);
	pub->presence.until_ms = sqlite3_column_int64(st, 17);
	pub->presence.note = column_dup(st, 18);
	pub->presence.visibility =
		(enum db_visibility)sqlite3_column_int(st, 19);
	pub->voice_new = (unsigned)sqlite3_column_int(st, 20);
	pub->voice_old = (unsigned)sqlite3_column_int(st, 21);
	pub->picture = column_dup(st, 22);
	ok = ok && a->hash && pub->presence.note && pub->picture;
	if (ok) {
		pub->name = account_name(pub);
		a->key = pub->name ? text_key(pub->name) : NULL;
		ok = a->key;
	}
	if (!ok) {
		account_free(a);
		a = NULL;
	}
	return a;
}

static int set_add(struct account_set *set, struct account *a)
{
	struct account **more;

	if (!a)
		return ENOMEM;
	more = realloc(set->account, (set->count + 1) * sizeof(*more));
	if (!more) {
		account_free(a);
		return ENOMEM;
	}
	set->account = more;
	set->account[set->count++] = a;
	return 0;
}

int accounts_read(struct disk *d, struct account_set *set)
{
	static const char all[] =
		"SELECT " COLUMNS " FROM account ORDER BY extension";
	sqlite3_stmt *st = disk_prepare(d, all);
	int err = st ? dial_read(d, &set->dial) : EIO;

	while (!err && disk_row(st, &err))
		err = set_add(set, of_row(st));
	sqlite3_reset(st);
	for (size_t i = 0; i < set->count && !err; i++)
		err = account_spell(set->account[i], &set->dial);
	return err;
}

int account_read(struct disk *d, const char *extension, struct account **ap)
{
	static const char one[] =
		"SELECT " COLUMNS " FROM account WHERE extension=?";
	sqlite3_stmt *st = disk_prepare(d, one);
	int err = 0;

	if (!st)
		return EIO;
	bind_text(st, 1, extension);
	if (disk_row(st, &err)) {
		*ap = of_row(st);
		err = *ap ? 0 : ENOMEM;
	} else if (!err) {
		err = ENOENT;
	}
	sqlite3_reset(st);
	return err;
}

/* ---- memory ------------------------------------------------------------ */

/* Where an extension stands, or would. */
size_t account_place(const struct db *db, const char *extension, bool *found)
{
	size_t low = 0, high = db->accounts.count;

	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (strcmp(db->accounts.account[mid]->pub.extension,
			   extension) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	*found = low < db->accounts.count &&
		 !strcmp(db->accounts.account[low]->pub.extension, extension);
	return low;
}

struct account *account_find(const struct db *db, const char *extension)
{
	bool found;
	size_t i;

	if (!db || !extension)
		return NULL;
	i = account_place(db, extension, &found);
	return found ? db->accounts.account[i] : NULL;
}

/* Put an account where it belongs; what stood there is freed. */
int account_install(struct db *db, struct account *a)
{
	struct account_set *set = &db->accounts;
	struct account **more;
	bool found;
	size_t i = account_place(db, a->pub.extension, &found);
	int err = account_spell(a, &db->dial);

	if (err)
		return err;
	if (found) {
		account_free(set->account[i]);
		set->account[i] = a;
		account_index(db, a);
		return 0;
	}
	more = realloc(set->account, (set->count + 1) * sizeof(*more));
	if (!more)
		return ENOMEM;
	set->account = more;
	memmove(more + i + 1, more + i, (set->count - i) * sizeof(*more));
	more[i] = a;
	set->count++;
	account_index(db, a);
	dial_update(db, NULL);
	return 0;
}

const struct db_account *db_account(const struct db *db, const char *extension)
{
	const struct account *a = account_find(db, extension);

	return a ? &a->pub : NULL;
}

size_t db_account_count(const struct db *db)
{
	return db ? db->accounts.count : 0;
}

const struct db_account *db_account_at(const struct db *db, size_t i)
{
	return db && i < db->accounts.count ? &db->accounts.account[i]->pub
					    : NULL;
}

static bool same_rights(const struct account *x, const struct account *y)
{
	return x->pub.locked == y->pub.locked &&
	       x->pub.licensed == y->pub.licensed &&
	       x->pub.must_change == y->pub.must_change &&
	       x->pub.trunk == y->pub.trunk && x->pub.can == y->pub.can &&
	       x->sip_generation == y->sip_generation;
}

static bool same_texts(const struct account *x, const struct account *y)
{
	for (unsigned i = 0; i < ACCOUNT_TEXTS; i++) {
		const char *a = *text_of((struct db_account *)&x->pub, i);
		const char *b = *text_of((struct db_account *)&y->pub, i);

		if (strcmp(a, b) != 0)
			return false;
	}
	return !strcmp(x->pub.picture, y->pub.picture);
}

uint32_t account_differs(const struct account *was, const struct account *is)
{
	const struct db_presence *p = was ? &was->pub.presence : NULL;
	const struct db_presence *q = is ? &is->pub.presence : NULL;
	uint32_t kind = 0;

	if (!is)
		return was ? DB_CHANGE_ACCOUNT_GONE : 0;
	if (!was)
		return DB_CHANGE_ACCOUNT | DB_CHANGE_PRESENCE;
	if (!same_rights(was, is) || !same_texts(was, is))
		kind |= DB_CHANGE_ACCOUNT;
	if (strcmp(was->hash, is->hash) != 0)
		kind |= DB_CHANGE_PASSWORD;
	if (p->state != q->state || p->until_ms != q->until_ms ||
	    p->visibility != q->visibility || strcmp(p->note, q->note) != 0)
		kind |= DB_CHANGE_PRESENCE;
	if (was->pub.voice_new != is->pub.voice_new ||
	    was->pub.voice_old != is->pub.voice_old)
		kind |= DB_CHANGE_VOICEMAIL;
	return kind;
}

int account_contact(const struct account *a, struct db_contact *c)
{
	char id[64];
	struct db_contact from = {
		.id = id,
		.directory = DB_INTERNAL,
		.first = a->pub.first,
		.last = text_empty(a->pub.first) && text_empty(a->pub.last)
				? a->pub.name
				: a->pub.last,
		.company = a->pub.company,
		.department = a->pub.department,
		.email = a->pub.email,
		.number =
			{
				[DB_NUMBER_INTERNAL] = a->pub.extension,
				[DB_NUMBER_MOBILE] = a->pub.mobile,
				[DB_NUMBER_PRIVATE] = a->pub.private_number,
			},
	};

	snprintf(id, sizeof(id), "%s:%s", db_directory_key(DB_INTERNAL),
		 a->pub.extension);
	return contact_copy(c, &from);
}
