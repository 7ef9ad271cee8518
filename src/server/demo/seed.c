/**
 * @file seed.c  The company into an empty database, once
 */
#include <offhook/picture.h>

#include "demo_int.h"

struct seeding {
	struct demo *demo;
	void (*done)(struct demo *d, int err);
	unsigned pending;
	int err;
	struct tmr tmr;
};

static void destructor(void *arg)
{
	struct seeding *s = arg;

	tmr_cancel(&s->tmr);
}

/** Each answer holds a reference to the seeding: the demo may be gone. */
static void finished(int err, void *arg)
{
	struct seeding *s = arg;

	if (err && err != ECANCELED)
		log_warn("the company could not be filed: %s", strerror(err));
	if (err && !s->err)
		s->err = err;

	if (--s->pending == 0 && s->demo) {
		struct demo *d = s->demo;

		s->demo = NULL;
		d->seeding = NULL;
		s->done(d, s->err);
		mem_deref(s); /* the demo's own reference */
	}
	mem_deref(s);
}

static void *expect(struct seeding *s)
{
	s->pending++;
	return mem_ref(s);
}

static void contacts_added(int err, const struct db_contact *c, size_t count,
			   bool more, void *arg)
{
	(void)c;
	(void)count;
	(void)more;
	finished(err, arg);
}

static void groups_set(int err, const struct db_group *g, size_t count,
		       void *arg)
{
	(void)g;
	(void)count;
	finished(err, arg);
}

/* Of those who are absent for an hour, or at home ill, the phone rings all the
   same: who is away for longer has callers leave a message. */
static void add_destination(struct seeding *s, const struct colleague *c)
{
	static const enum proto_presence rings[] = {PROTO_MEETING, PROTO_BREAK,
						    PROTO_LUNCH, PROTO_SICK};
	char *name = text_printf("away.%s", proto_presence_key(c->presence));
	size_t i;

	for (i = 0; name && i < ARRAY_SIZE(rings); i++)
		if (c->presence == rings[i])
			db_setting_set(s->demo->db, c->extension, name, "here",
				       finished, expect(s));
	free(name);
}

/* Drawn when the tree was built; not of everybody. */
static void add_picture(struct seeding *s, const char *extension)
{
	char *name = text_printf("pictures/%s.jpg", extension);
	char *path = name ? path_data(name) : NULL;
	char *image = NULL;
	size_t len;

	if (path && !file_read(path, PICTURE_BYTES_MAX, &image, &len))
		db_picture_set(s->demo->db, extension, image, len, finished,
			       expect(s));
	free(image);
	free(path);
	free(name);
}

static void add_colleague(struct seeding *s, const struct colleague *c)
{
	struct db *db = s->demo->db;
	char *mobile = text_printf("+49 171 555 0%s", c->extension);
	char *first = text_fold(c->first, TEXT_FOLD_BARE);
	char *email;
	struct db_account_prm prm = {
		.extension = c->extension,
		.first = c->first,
		.last = c->last,
		.department = c->department,
		.company = "Strowger & Co.",
		.mobile = mobile,
		.password = c->login ? demo_password() : NULL,
		.licensed = -1,
		.must_change = -1,
		.can = -1,
	};
	const struct db_presence presence = {
		.state = c->presence,
		.until_ms = c->back_min ? time_wall_ms() + c->back_min * 60000ll
					: 0,
		.note = c->note,
	};

	if (first && strchr(first, ' '))
		*strchr(first, ' ') = '.';
	email = text_printf("%s@strowger.example", first ? first : "");
	prm.email = email;
	db_account_add(db, &prm, finished, expect(s));
	add_picture(s, c->extension);
	db_set_presence(db, c->extension, &presence, finished, expect(s));
	add_destination(s, c);
	free(first);
	free(mobile);
	free(email);
}

static void add_trunk(struct seeding *s)
{
	const struct db_account_prm prm = {
		.extension = TRUNK,
		.last = "Outside line",
		.licensed = -1,
		.must_change = -1,
		.can = -1,
		.trunk = true,
	};

	db_account_add(s->demo->db, &prm, finished, expect(s));
}

static void add_phone_book(struct seeding *s)
{
	struct db_contact *c = calloc(phone_book_size, sizeof(*c));
	size_t i;

	if (!c)
		return;

	for (i = 0; i < phone_book_size; i++) {
		const struct entry *e = &phone_book[i];

		c[i].directory = e->directory;
		c[i].id = c[i].owner = "";
		c[i].first = e->first;
		c[i].last = e->last;
		c[i].company = e->company;
		c[i].number[DB_NUMBER_BUSINESS] = e->business;
		c[i].number[DB_NUMBER_MOBILE] = e->mobile;
	}
	db_contacts_add(s->demo->db, c, phone_book_size, contacts_added,
			expect(s));
	free(c);
}

static void add_favourites(struct seeding *s)
{
	struct db_group g[8];
	struct db_member members[8][16];
	char *ids[8][16] = {{NULL}};
	size_t i, k;

	memset(g, 0, sizeof(g));
	memset(members, 0, sizeof(members));
	for (i = 0; i < favourites_size && i < ARRAY_SIZE(g); i++) {
		g[i].id = "";
		g[i].name = favourites[i].group;
		g[i].member = members[i];
		for (k = 0; k < 16 && favourites[i].extensions[k]; k++) {
			ids[i][k] = text_printf("int:%s",
						favourites[i].extensions[k]);
			members[i][k].contact = ids[i][k];
			members[i][k].number = "";
			g[i].count++;
		}
	}
	db_favourites_set(s->demo->db, demo_user(), g, i, groups_set,
			  expect(s));
	for (i = 0; i < ARRAY_SIZE(g); i++)
		for (k = 0; k < 16; k++)
			free(ids[i][k]);
}

/** Munich, access code 0: the numbers of the manual's examples. */
static void set_dialling(struct seeding *s)
{
	static const char *const params[][2] = {
		{"country", "49"}, {"area", "89"},    {"location", "7007"},
		{"access", "0"},   {"national", "0"}, {"international", "00"},
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(params); i++)
		db_setting_set(s->demo->db, "", params[i][0], params[i][1],
			       finished, expect(s));
}

/** Where an earlier start was cut short, those are there who came first. */
static void add_company(struct seeding *s, bool user)
{
	size_t i;

	for (i = 0; i < company_size; i++)
		if (user == !strcmp(company[i].extension, demo_user()) &&
		    !db_account(s->demo->db, company[i].extension))
			add_colleague(s, &company[i]);
}

static void begin(void *arg)
{
	struct seeding *s = arg;

	expect(s);
	if (!db_account(s->demo->db, demo_user())) {
		set_dialling(s);
		add_company(s, false);
		if (!db_account(s->demo->db, TRUNK))
			add_trunk(s);
		/* The last: who is there has all the others. */
		add_company(s, true);
		add_phone_book(s);
		add_favourites(s);
	}
	finished(0, s);
}

void seed_stop(struct demo *d)
{
	struct seeding *s = d->seeding;

	if (s) {
		s->demo = NULL;
		tmr_cancel(&s->tmr);
		d->seeding = mem_deref(s);
	}
}

int seed_start(struct demo *d, void (*done)(struct demo *d, int err))
{
	struct seeding *s = mem_zalloc(sizeof(*s), destructor);

	if (!s)
		return ENOMEM;

	s->demo = d;
	s->done = done;
	d->seeding = s;
	tmr_init(&s->tmr);
	/* not from within demo_alloc(): its caller has no pointer yet */
	tmr_start(&s->tmr, 0, begin, s);
	return 0;
}
