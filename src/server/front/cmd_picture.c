/**
 * @file cmd_picture.c  Pictures of people (SPEC T6.1.2, T6.1.3, T5.1.2)
 *
 * What was sent is looked at by another program (picture.h), never here, and
 * kept as that has made it: one's own, which all others learn of as of any
 * change of the directory, and those of personal contacts.
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <limits.h>
#include <stdlib.h>
#include <offhook/picture.h>

/* At a time, and of one user in a minute. Those of imports are in nobody's way,
   and each user has one of them looked at. */
enum { AT_A_TIME = 2, OF_IMPORTS = 4, MINUTE_MS = 60 * 1000 };
static const unsigned a_minute[PICTURE_FOR_COUNT] = {
	[PICTURE_FOR_ME] = 10,
	[PICTURE_FOR_CONTACT] = 60,
	[PICTURE_FOR_IMPORT] = UINT_MAX,
};

/* ---- how often --------------------------------------------------------- */

struct sender {
	struct le le; /* in front->senders, oldest first */
	char *user;
	uint64_t since_ms;
	unsigned count[PICTURE_FOR_COUNT];
};

static void sender_destructor(void *p)
{
	struct sender *s = p;

	list_unlink(&s->le);
	free(s->user);
}

static struct sender *sender_of(struct front *f, const char *user)
{
	uint64_t now = time_mono_ms();
	struct sender *s;
	struct le *le;

	while ((le = f->senders.head)) {
		s = le->data;
		if (now - s->since_ms < MINUTE_MS)
			break;
		mem_deref(s);
	}
	for (le = f->senders.head; le; le = le->next) {
		s = le->data;
		if (!strcmp(s->user, user))
			return s;
	}
	s = mem_zalloc(sizeof(*s), sender_destructor);
	if (!s)
		return NULL;
	s->since_ms = now;
	list_append(&f->senders, &s->le, s);
	s->user = strdup(user);
	return s->user ? s : mem_deref(s);
}

/* @return 0, ENOMEM, or too often: EDQUOT, and EBUSY where that means that
   there are too many */
static int count_one(struct request *r, enum picture_for what)
{
	struct sender *s = sender_of(r->front, request_user(r));

	if (!s)
		return ENOMEM;
	if (++s->count[what] <= a_minute[what])
		return 0;
	return what == PICTURE_FOR_ME ? EDQUOT : EBUSY;
}

/* ---- looked at --------------------------------------------------------- */

struct upload {
	struct le le; /* in front->uploads */
	struct request *r;
	struct picture_work *work;
	enum picture_for what;
	picture_looked_h *h;
};

static void upload_destructor(void *p)
{
	struct upload *u = p;

	list_unlink(&u->le);
	mem_deref(u->work);
	mem_deref(u->r);
}

void picture_refuse(struct request *r, int err)
{
	static const struct {
		int err;
		enum proto_reason reason;
	} rows[] = {
		{EMEDIUMTYPE, PROTO_REASON_NO_PICTURE},
		{EBADMSG, PROTO_REASON_NO_PICTURE},
		{ERANGE, PROTO_REASON_TOO_SMALL},
		{EFBIG, PROTO_REASON_TOO_LARGE},
		{EOVERFLOW, PROTO_REASON_TOO_LARGE},
	};

	for (size_t i = 0; i < ARRAY_SIZE(rows); i++) {
		if (rows[i].err == err) {
			answer_reason(r, rows[i].reason);
			return;
		}
	}
	answer_errno(r, err);
}

static void normalised(int err, const void *image, size_t len, void *arg)
{
	struct upload *u = arg;

	if (err == ENOENT)
		err = ENOTSUP;
	/* Before the handler, which may have the next one looked at. */
	list_unlink(&u->le);
	if (u->r->front && u->r->session)
		u->h(err, image, len, u->r);
	mem_deref(u);
}

/* Whether there is room for one more. */
static bool is_room(const struct request *r, enum picture_for what)
{
	bool import = what == PICTURE_FOR_IMPORT;
	size_t n = 0;
	struct le *le;

	LIST_FOREACH (&r->front->uploads, le) {
		const struct upload *u = le->data;

		if ((u->what == PICTURE_FOR_IMPORT) != import)
			continue;
		if (import && !strcmp(request_user(u->r), request_user(r)))
			return false;
		n++;
	}
	return n < (import ? OF_IMPORTS : AT_A_TIME);
}

static int normalise(struct request *r, enum picture_for what,
		     const void *image, size_t len, picture_looked_h *h)
{
	struct upload *u;
	int err;

	if (!is_room(r, what))
		return EBUSY;
	u = mem_zalloc(sizeof(*u), upload_destructor);
	if (!u)
		return ENOMEM;
	u->r = mem_ref(r);
	u->what = what;
	u->h = h;
	list_append(&r->front->uploads, &u->le, u);
	err = picture_normalise(&u->work, image, len, normalised, u);
	if (err == ENOENT) {
		log_error("offhook-picture is not installed: no pictures");
		err = ENOTSUP;
	}
	if (err)
		mem_deref(u);
	return err;
}

int picture_sent(const struct request *r, uint8_t **imagep, size_t *lenp)
{
	const char *text = request_text(r, PROTO_PARAM_PICTURE);
	size_t len = strlen(text), size = len;
	uint8_t *image = malloc(size + 4);
	int err = image ? base64_decode(text, len, image, &size) : ENOMEM;

	if (err) {
		free(image);
		return err;
	}
	*imagep = image;
	*lenp = size;
	return 0;
}

int picture_look(struct request *r, enum picture_for what, const void *image,
		 size_t len, picture_looked_h *h)
{
	int err = count_one(r, what);

	return err ? err : normalise(r, what, image, len, h);
}

/* Whatever is wrong with it has been answered. */
static void look(struct request *r, enum picture_for what, picture_looked_h *h)
{
	uint8_t *image = NULL;
	size_t len = 0;
	int err = picture_sent(r, &image, &len);

	if (!err)
		err = picture_look(r, what, image, len, h);
	free(image);
	if (err)
		picture_refuse(r, err);
}

/* ---- one's own --------------------------------------------------------- */

/* It is answered with the version that it has got. */
static void kept(int err, void *arg)
{
	struct request *r = arg;
	struct json_writer *w = answer_begin(r, err);
	const struct db_account *a;

	if (w) {
		a = db_account(r->front->db, request_user(r));
		json_add_string(w, proto_member(PROTO_MEMBER_PICTURE),
				a ? a->picture : "");
		answer_end(r, w);
	}
	mem_deref(r);
}

static void mine(int err, const void *image, size_t len, struct request *r)
{
	if (err)
		picture_refuse(r, err);
	else
		db_picture_set(r->front->db, request_user(r), image, len, kept,
			       mem_ref(r));
}

void run_picture_set(struct request *r)
{
	look(r, PICTURE_FOR_ME, mine);
}

void run_picture_delete(struct request *r)
{
	int err = count_one(r, PICTURE_FOR_ME);

	if (err)
		picture_refuse(r, err);
	else
		db_picture_set(r->front->db, request_user(r), NULL, 0, kept,
			       mem_ref(r));
}

/* ---- a personal contact's ---------------------------------------------- */

static void set_contact(struct request *r, const void *image, size_t len)
{
	db_contact_picture_set(r->front->db, request_user(r),
			       request_text(r, PROTO_PARAM_ENTRY_ID), image,
			       len, contact_answer, mem_ref(r));
}

static void contacts(int err, const void *image, size_t len, struct request *r)
{
	if (err)
		picture_refuse(r, err);
	else
		set_contact(r, image, len);
}

void run_contact_picture_set(struct request *r)
{
	if (personal_allowed(r))
		look(r, PICTURE_FOR_CONTACT, contacts);
}

void run_contact_picture_delete(struct request *r)
{
	int err;

	if (!personal_allowed(r))
		return;
	err = count_one(r, PICTURE_FOR_CONTACT);
	if (err)
		picture_refuse(r, err);
	else
		set_contact(r, NULL, 0);
}

/* ---- get --------------------------------------------------------------- */

static void got(int err, const char *version, const void *image, size_t len,
		void *arg)
{
	struct request *r = arg;
	const char *wanted =
		r->front ? request_text(r, PROTO_PARAM_VERSION) : "";

	if (!err && *wanted && strcmp(wanted, version) != 0)
		err = ENOENT;
	if (r->front && err)
		answer_errno(r, err);
	else if (r->front)
		answer_bytes(r, "image/jpeg", image, len);
	mem_deref(r);
}

void run_picture_get(struct request *r)
{
	db_picture(r->front->db, request_text(r, PROTO_PARAM_USER), got,
		   mem_ref(r));
}

void run_contact_picture_get(struct request *r)
{
	db_contact_picture(r->front->db, request_user(r),
			   request_text(r, PROTO_PARAM_ENTRY_ID), got,
			   mem_ref(r));
}

void pictures_end(struct front *f)
{
	struct le *le;

	while ((le = f->uploads.head))
		mem_deref(le->data);
	while ((le = f->senders.head))
		mem_deref(le->data);
}
