/**
 * @file cmd_picture.c  Pictures of people (SPEC T6.1.2, T6.1.3)
 *
 * What was sent is looked at by another program (picture.h), never here, and
 * kept as that has made it. All others learn of it as of any change of the
 * directory.
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>
#include <offhook/picture.h>

/* At a time, and of one user in a minute. */
enum { AT_A_TIME = 2, A_MINUTE = 10, MINUTE_MS = 60 * 1000 };

/* ---- how often --------------------------------------------------------- */

struct sender {
	struct le le; /* in front->senders, oldest first */
	char *user;
	uint64_t since_ms;
	unsigned count;
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

/* @return 0, EDQUOT (too often) or ENOMEM */
static int count_one(struct request *r)
{
	struct sender *s = sender_of(r->front, request_user(r));

	if (!s)
		return ENOMEM;
	return ++s->count > A_MINUTE ? EDQUOT : 0;
}

/* ---- set --------------------------------------------------------------- */

struct upload {
	struct le le; /* in front->uploads */
	struct request *r;
	struct picture_work *work;
};

static void upload_destructor(void *p)
{
	struct upload *u = p;

	list_unlink(&u->le);
	mem_deref(u->work);
	mem_deref(u->r);
}

static void refuse(struct request *r, int err)
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

static void normalised(int err, const void *image, size_t len, void *arg)
{
	struct upload *u = arg;
	struct request *r = u->r;

	if (r->front && err == ENOENT)
		err = ENOTSUP;
	if (r->front && err)
		refuse(r, err);
	else if (r->front && r->session)
		db_picture_set(r->front->db, request_user(r), image, len, kept,
			       mem_ref(r));
	mem_deref(u);
}

static int normalise(struct request *r, const void *image, size_t len)
{
	struct upload *u;
	int err;

	if (list_count(&r->front->uploads) >= AT_A_TIME)
		return EBUSY;
	u = mem_zalloc(sizeof(*u), upload_destructor);
	if (!u)
		return ENOMEM;
	u->r = mem_ref(r);
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

void run_picture_set(struct request *r)
{
	const char *text = request_text(r, PROTO_PARAM_PICTURE);
	size_t len = strlen(text);
	uint8_t *image = malloc(len + 4);
	int err = image ? count_one(r) : ENOMEM;

	if (!err)
		err = base64_decode(text, strlen(text), image, &len);
	if (!err)
		err = normalise(r, image, len);
	free(image);
	if (err)
		refuse(r, err);
}

void run_picture_delete(struct request *r)
{
	int err = count_one(r);

	if (err)
		refuse(r, err);
	else
		db_picture_set(r->front->db, request_user(r), NULL, 0, kept,
			       mem_ref(r));
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

void pictures_end(struct front *f)
{
	struct le *le;

	while ((le = f->uploads.head))
		mem_deref(le->data);
	while ((le = f->senders.head))
		mem_deref(le->data);
}
