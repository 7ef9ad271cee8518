/**
 * @file cmd_import.c  Many personal contacts at once, all or none
 *
 * They come in parts, each of which is read when it comes, so that none of
 * them takes long; what has come waits in memory until the last, and is then
 * written in one commit. Pictures come before their contacts, each looked at
 * when it comes, and kept small. A session has one import at a time. All of
 * them together have a limit, and one that nobody continues is forgotten.
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>
#include <offhook/picture.h>

enum {
	STAGED_MAX = 64 << 20, /* bytes of all of them */
	STAGED_CONTACTS = 100000,
	PART_CONTACTS = 1000,
	STAGED_MS = 60000, /* between two parts */
};

struct staged {
	struct front *front;
	char id[33];
	struct db_contact *c;
	size_t count, room, bytes;
	struct db_picture *pictures;
	size_t picture_count, picture_room;
	int64_t parts; /* that have come */
	struct tmr tmr;
};

struct staged *staged_free(struct staged *st)
{
	if (!st)
		return NULL;
	tmr_cancel(&st->tmr);
	st->front->staged -= st->bytes;
	for (size_t i = 0; i < st->count; i++)
		contact_read_clear(&st->c[i]);
	free(st->c);
	db_pictures_free(st->pictures, st->picture_count);
	free(st);
	return NULL;
}

static void forgotten(void *arg)
{
	struct session *s = arg;

	s->staged = staged_free(s->staged);
}

static void begin(struct request *r)
{
	struct session *s = r->session;
	struct staged *st = calloc(1, sizeof(*st));
	struct json_writer *w;
	uint8_t random[16];

	s->staged = staged_free(s->staged);
	if (!st) {
		answer_errno(r, ENOMEM);
		return;
	}
	st->front = r->front;
	random_bytes(random, sizeof(random));
	for (size_t i = 0; i < sizeof(random); i++)
		snprintf(st->id + 2 * i, 3, "%02x", random[i]);
	s->staged = st;
	tmr_start(&st->tmr, STAGED_MS, forgotten, s);
	w = json_writer_new();
	json_object(w);
	json_add_string(w, proto_member(PROTO_MEMBER_IMPORT), st->id);
	json_end(w);
	answer_writer(r, w);
}

static int grow(struct staged *st, size_t more)
{
	size_t room = st->room ? st->room : 256;
	struct db_contact *c;

	while (room < st->count + more)
		room *= 2;
	if (room == st->room)
		return 0;
	c = realloc(st->c, room * sizeof(*c));
	if (!c)
		return ENOMEM;
	st->c = c;
	st->room = room;
	return 0;
}

static int read_one(struct db_contact *c, const struct json *j)
{
	const char *key =
		json_get_string(j, proto_member(PROTO_MEMBER_PICTURE_KEY));
	int err = contact_read_json(c, j);

	if (err || text_empty(key))
		return err;
	c->picture_key = text_clean(key, (size_t)-1, TEXT_LINE_MAX);
	return c->picture_key ? 0 : ENOMEM;
}

static int read_part(struct staged *st, const struct json *list, size_t bytes)
{
	size_t count = json_count(list), first = st->count;
	int err = json_is_array(list) && count <= PART_CONTACTS ? 0 : EINVAL;

	/* The structure, and its texts as they came: more than they take. */
	bytes += count * sizeof(*st->c);
	if (!err && (st->count + count > STAGED_CONTACTS ||
		     st->front->staged + bytes > STAGED_MAX))
		err = EDQUOT;
	if (!err)
		err = grow(st, count);
	for (size_t i = 0; i < count && !err; i++)
		err = read_one(&st->c[st->count++], json_at(list, i));
	if (err) {
		while (st->count > first)
			contact_read_clear(&st->c[--st->count]);
		return err;
	}
	st->bytes += bytes;
	st->front->staged += bytes;
	st->parts++;
	return 0;
}

static void put(struct request *r, struct staged *st)
{
	const char *text = params_get(&r->params, PROTO_PARAM_CONTACTS);
	int64_t part = request_int(r, PROTO_PARAM_PART, 0, INT32_MAX, -1);
	struct json *root = NULL;
	int err = text && part >= 0 ? 0 : EINVAL;

	/* One whose answer was lost may come again. */
	if (!err && part < st->parts) {
		answer_done(r);
		return;
	}
	if (!err && part > st->parts)
		err = EPROTO;
	if (!err && json_parse(&root, text, strlen(text)))
		err = EINVAL;
	if (!err)
		err = read_part(st, root, strlen(text));
	json_free(root);
	tmr_start(&st->tmr, STAGED_MS, forgotten, r->session);
	answer_errno(r, err);
}

/* ---- pictures ---------------------------------------------------------- */

static const struct db_picture *find_picture(const struct staged *st,
					     const char *key)
{
	for (size_t i = 0; i < st->picture_count; i++)
		if (!strcmp(st->pictures[i].key, key))
			return &st->pictures[i];
	return NULL;
}

/* @param image  NULL: nobody can use it, which is kept as well */
static int keep_picture(struct staged *st, const char *key, const void *image,
			size_t len)
{
	size_t bytes = len + sizeof(*st->pictures);
	struct db_picture *p;

	if (st->front->staged + bytes > STAGED_MAX)
		return EDQUOT;
	if (st->picture_count == st->picture_room) {
		size_t room = st->picture_room ? 2 * st->picture_room : 64;

		p = realloc(st->pictures, room * sizeof(*p));
		if (!p)
			return ENOMEM;
		st->pictures = p;
		st->picture_room = room;
	}
	p = &st->pictures[st->picture_count];
	*p = (struct db_picture){.image = image ? malloc(len) : NULL,
				 .len = len};
	if (image && !p->image)
		return ENOMEM;
	if (image)
		memcpy(p->image, image, len);
	snprintf(p->key, sizeof(p->key), "%s", key);
	st->picture_count++;
	st->bytes += bytes;
	st->front->staged += bytes;
	return 0;
}

static void answer_picture(struct request *r, int err, const char *key)
{
	struct json_writer *w;

	if (err) {
		picture_refuse(r, err);
		return;
	}
	w = answer_begin(r, 0);
	if (w) {
		json_add_string(w, proto_member(PROTO_MEMBER_PICTURE_KEY), key);
		answer_end(r, w);
	}
}

/* The same bytes have the same, for whoever sends them. */
static int key_of(const struct request *r, char key[33])
{
	uint8_t *image = NULL;
	size_t len = 0;
	int err = picture_sent(r, &image, &len);

	if (!err)
		db_picture_key(key, image, len);
	free(image);
	return err;
}

/* What a picture is that was looked at, and will be so again: no other time
   or another server changes it. */
static bool is_no_good(int err)
{
	return err == EMEDIUMTYPE || err == EBADMSG || err == ERANGE ||
	       err == EFBIG || err == EOVERFLOW;
}

static void looked(int err, const void *image, size_t len, struct request *r)
{
	struct staged *st = r->session->staged;
	char key[33];
	int kept = 0;

	/* Another import may have begun meanwhile. */
	if (!st || strcmp(st->id, request_text(r, PROTO_PARAM_IMPORT)) != 0) {
		answer_errno(r, ENOENT);
		return;
	}
	tmr_start(&st->tmr, STAGED_MS, forgotten, r->session);
	if (!err || is_no_good(err))
		kept = key_of(r, key);
	if (!kept && (!err || is_no_good(err)))
		kept = keep_picture(st, key, err ? NULL : image, err ? 0 : len);
	answer_picture(r, err ? err : kept, key);
}

static void picture(struct request *r, struct staged *st)
{
	uint32_t max = db_setting_number(r->front->db, "contact_pictures_max");
	const struct db_picture *there;
	uint8_t *image = NULL;
	size_t len = 0;
	char key[33] = "";
	int err = picture_sent(r, &image, &len);

	tmr_start(&st->tmr, STAGED_MS, forgotten, r->session);
	if (!err)
		db_picture_key(key, image, len);
	/* One that came before, perhaps since its answer was lost. */
	there = err ? NULL : find_picture(st, key);
	if (there) {
		answer_picture(r, there->image ? 0 : EBADMSG, key);
	} else {
		if (!err && st->picture_count >= max)
			err = EDQUOT;
		if (!err)
			err = picture_look(r, PICTURE_FOR_IMPORT, image, len,
					   looked);
		/* What is no good at first sight. */
		if (is_no_good(err) && keep_picture(st, key, NULL, 0))
			err = ENOMEM;
		if (err)
			picture_refuse(r, err);
	}
	free(image);
}

/* ---- the end ----------------------------------------------------------- */

static void applied(int err, const struct db_applied *a, void *arg)
{
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);

	if (w) {
		json_add_int(w, proto_member(PROTO_MEMBER_ADDED),
			     (int64_t)a->added);
		json_add_int(w, proto_member(PROTO_MEMBER_UPDATED),
			     (int64_t)a->updated);
		if (a->pictureless)
			json_add_int(w, proto_member(PROTO_MEMBER_PICTURELESS),
				     (int64_t)a->pictureless);
		answer_end(r, w);
	}
	mem_deref(r);
}

static void commit(struct request *r, struct staged *st)
{
	int64_t count =
		request_int(r, PROTO_PARAM_ENTRY_COUNT, 0, STAGED_CONTACTS, -1);

	if (count < 1 || (size_t)count != st->count) {
		answer_errno(r, EPROTO);
	} else {
		/* They are the database's from now on. */
		db_contacts_apply(r->front->db, request_user(r), st->c,
				  st->count, st->pictures, st->picture_count,
				  applied, mem_ref(r));
		st->c = NULL;
		st->count = 0;
		st->pictures = NULL;
		st->picture_count = 0;
	}
	/* What was refused is not committed again. */
	r->session->staged = staged_free(st);
}

void run_contacts_import(struct request *r)
{
	const char *step = request_text(r, PROTO_PARAM_STEP);
	struct staged *st = r->session->staged;

	if (!personal_allowed(r))
		return;
	if (!strcmp(step, "begin"))
		begin(r);
	else if (!st || strcmp(st->id, request_text(r, PROTO_PARAM_IMPORT)))
		answer_errno(r, ENOENT);
	else if (!strcmp(step, "put"))
		put(r, st);
	else if (!strcmp(step, "picture"))
		picture(r, st);
	else if (!strcmp(step, "commit"))
		commit(r, st);
	else if (!strcmp(step, "cancel")) {
		r->session->staged = staged_free(st);
		answer_done(r);
	} else {
		answer_errno(r, EINVAL);
	}
}
