/**
 * @file personal.c  Personal contacts: all read, one changed, many imported
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

enum {
	PAGE = 500,
	PAGES_MAX = 200,
	PART_CONTACTS = 500,
	PART_BYTES = 60000, /**< of JSON; a server takes 128 kB of form */
	AGAIN_MS = 200,	    /**< a picture, while those of others are … */
	AGAIN_MAX = 300,    /**< … so often; one that was lost, not so */
	LOST_MS = 1000,
	LOST_MAX = 5,
};

static struct session *offering(struct wsi *w, int *errp)
{
	struct session *s = w ? w->s : NULL;

	*errp = !s || s->stage != STAGE_ONLINE	     ? ENOTCONN
		: !(s->additions & WSI_ADD_PERSONAL) ? ENOTSUP
						     : 0;
	return s;
}

/* ---- all of them ------------------------------------------------------- */

struct waiting {
	struct le le;
	wsi_done_h *h;
	void *arg;
};

static void tell_all(struct session *s, enum wsi_status status,
		     const char *text)
{
	const struct wsi_result r = {.status = status,
				     .reason = "",
				     .cause = "",
				     .text = text,
				     .call_id = ""};
	struct list waits = s->personal_waits;
	struct le *le;

	list_init(&s->personal_waits);
	for (le = waits.head; le; le = le->next)
		le->list = &waits;
	while ((le = waits.head)) {
		struct waiting *w = le->data;

		list_unlink(le);
		if (w->h && s->handle)
			w->h(&r, w->arg);
		free(w);
	}
}

static void read_page(struct session *s, int64_t offset);

static void page_answer(struct session *s, const struct answer *a, void *data)
{
	size_t n = wsi_contacts_read(s, a, NULL, NULL);
	int64_t total =
		json_get_int(a->json, proto_member(PROTO_MEMBER_TOTAL), 0);
	int64_t at =
		json_get_int(a->json, proto_member(PROTO_MEMBER_OFFSET), 0) +
		(int64_t)n;

	(void)data;
	if (a->status == WSI_OK && n && !s->personal_again &&
	    at > s->personal_page && at < total &&
	    at < (int64_t)PAGE * PAGES_MAX) {
		read_page(s, at);
		return;
	}
	s->personal_reading = false;
	if (a->status == WSI_OK && s->personal_again) {
		wsi_personal_start(s);
		return;
	}
	if (a->status == WSI_OK)
		uc_personal_end(s->uc);
	tell_all(s, a->status,
		 a->status == WSI_OK
			 ? ""
			 : _("The personal contacts could not be read."));
}

static void read_page(struct session *s, int64_t offset)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_DIRECTORY,
		.params = &p,
		.flags = COMMAND_READS | COMMAND_LARGE,
		.answer = page_answer,
	};

	wsi_params_add(&p, PROTO_PARAM_DIRECTORY,
		       uc_directory_key(UC_PERSONAL));
	s->personal_page = offset;
	wsi_params_add_int(&p, PROTO_PARAM_OFFSET, offset);
	wsi_params_add_int(&p, PROTO_PARAM_LIMIT, PAGE);
	s->personal_reading = !wsi_command_send(NULL, s, &c);
	if (!s->personal_reading)
		log_warn("personal contacts can't be read");
}

void wsi_personal_start(struct session *s)
{
	if (!(s->additions & WSI_ADD_DIRECTORY) ||
	    !wsi_command_offered(s, PROTO_COMMAND_DIRECTORY))
		return;
	s->personal_again = s->personal_reading;
	if (s->personal_reading)
		return;
	uc_personal_begin(s->uc);
	read_page(s, 0);
}

void wsi_personal_gone(struct session *s, const char *id)
{
	/* Behind it all move up by one, past the page that is asked for. */
	if (s->personal_reading)
		s->personal_again = true;
	uc_contact_remove(s->uc, uc_contact_by_id(s->uc, id));
}

void wsi_personal_stop(struct session *s)
{
	s->personal_reading = s->personal_again = false;
	tell_all(s, WSI_ENDED, _("The connection to the server has ended."));
}

int wsi_personal(struct wsi *w, wsi_done_h *h, void *arg)
{
	struct session *s = w ? w->s : NULL;
	struct waiting *wait;

	if (!s || s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!(s->additions & WSI_ADD_DIRECTORY) ||
	    !wsi_command_offered(s, PROTO_COMMAND_DIRECTORY))
		return ENOTSUP;
	wait = calloc(1, sizeof(*wait));
	if (!wait)
		return ENOMEM;
	wait->h = h;
	wait->arg = arg;
	list_append(&s->personal_waits, &wait->le, wait);
	wsi_personal_start(s);
	if (s->personal_reading)
		return 0;
	list_unlink(&wait->le);
	free(wait);
	return ENOMEM;
}

/* ---- one of them ------------------------------------------------------- */

static void add(struct json_writer *j, enum proto_member m, const char *text)
{
	if (!text_empty(text))
		json_add_string(j, proto_member(m), text);
}

static void contact_json(struct json_writer *j, const struct uc_contact_prm *c)
{
	json_object(j);
	add(j, PROTO_MEMBER_ID, c->id);
	add(j, PROTO_MEMBER_KEY, c->import_key);
	add(j, PROTO_MEMBER_PICTURE_KEY, c->picture_key);
	add(j, PROTO_MEMBER_FIRST_NAME, c->first);
	add(j, PROTO_MEMBER_LAST_NAME, c->last);
	add(j, PROTO_MEMBER_COMPANY, c->company);
	add(j, PROTO_MEMBER_DEPARTMENT, c->department);
	add(j, PROTO_MEMBER_EMAIL, c->email);
	json_name(j, proto_member(PROTO_MEMBER_NUMBERS));
	json_array(j);
	for (size_t i = 0; i < c->number_count; i++) {
		json_object(j);
		add(j, PROTO_MEMBER_KIND,
		    uc_number_kind_key(c->numbers[i].kind));
		add(j, PROTO_MEMBER_NUMBER, c->numbers[i].number);
		json_end(j);
	}
	json_end(j);
	json_end(j);
}

void wsi_contact_answer(struct session *s, const struct answer *a, void *data)
{
	const struct json *contact = wsi_j_get(a->json, PROTO_MEMBER_CONTACT);

	(void)data;
	if (a->status == WSI_OK && json_is_object(contact))
		wsi_contact_json(s, contact);
}

static int send_contact(struct wsi_request **rp, struct wsi *w,
			enum proto_command command,
			const struct uc_contact_prm *contact, wsi_done_h *h,
			void *arg)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = command,
		.params = &p,
		.answer = wsi_contact_answer,
		.done = h,
		.arg = arg,
	};
	struct json_writer *j;
	char *text;
	int err;
	struct session *s = offering(w, &err);

	if (err)
		return err;
	j = json_writer_new();
	contact_json(j, contact);
	text = json_writer_take(j);
	json_writer_free(j);
	if (!text)
		return ENOMEM;
	wsi_params_add(&p, PROTO_PARAM_CONTACT, text);
	free(text);
	return wsi_command_send(rp, s, &c);
}

int wsi_contact_add(struct wsi_request **rp, struct wsi *w,
		    const struct uc_contact_prm *c, wsi_done_h *h, void *arg)
{
	return send_contact(rp, w, PROTO_COMMAND_CONTACT_ADD, c, h, arg);
}

int wsi_contact_change(struct wsi_request **rp, struct wsi *w,
		       const struct uc_contact_prm *c, wsi_done_h *h, void *arg)
{
	return send_contact(rp, w, PROTO_COMMAND_CONTACT_CHANGE, c, h, arg);
}

/** What a command holds besides its user. */
struct name {
	char *text;
	size_t pictureless; /**< that an import's answer has told */
};

static void name_destructor(void *arg)
{
	free(((struct name *)arg)->text);
}

static void delete_answer(struct session *s, const struct answer *a, void *data)
{
	const struct name *g = data;

	if (a->status == WSI_OK)
		wsi_personal_gone(s, g->text);
}

int wsi_contact_delete(struct wsi_request **rp, struct wsi *w, const char *id,
		       wsi_done_h *h, void *arg)
{
	struct params p = {0};
	struct command_prm c = {
		.command = PROTO_COMMAND_CONTACT_DELETE,
		.params = &p,
		.answer = delete_answer,
		.done = h,
		.arg = arg,
	};
	struct name *g;
	int err;
	struct session *s = offering(w, &err);

	if (err)
		return err;
	g = mem_zalloc(sizeof(*g), name_destructor);
	if (!g || text_set(&g->text, id)) {
		mem_deref(g);
		return ENOMEM;
	}
	wsi_params_add(&p, PROTO_PARAM_ENTRY_ID, id);
	c.data = g;
	return wsi_command_send(rp, s, &c);
}

/* ---- many of them ------------------------------------------------------ */

struct wsi_import {
	struct session *s;
	struct wsi_import_prm prm;
	struct wsi_request *request;
	struct name *id; /**< as the server calls it */
	size_t sent, sending;
	size_t at;	 /**< contact whose picture is next … */
	size_t pictures; /**< … so many were sent */
	unsigned again;
	struct tmr tmr;
	int64_t part;
	bool committing;
	wsi_done_h *h;
	void *arg;
};

static void import_send(struct wsi_import *m, const char *step);

static void import_destructor(void *arg)
{
	struct wsi_import *m = arg;

	/* The server need not keep what nobody will commit. */
	if (m->h && m->id && !text_empty(m->id->text) && !m->committing)
		import_send(m, "cancel");
	tmr_cancel(&m->tmr);
	mem_deref(m->request);
	mem_deref(m->s);
	mem_deref(m->id);
}

static void import_over(struct wsi_import *m, const struct wsi_result *r)
{
	wsi_done_h *h = m->h;

	m->h = NULL;
	if (h)
		h(r, m->arg);
}

static void import_failed(struct wsi_import *m, int err)
{
	const struct wsi_result r = {
		.status = WSI_FAILED,
		.reason = "",
		.cause = "",
		.text = strerror(err),
		.call_id = "",
	};

	import_over(m, &r);
}

/* As many contacts as one request takes. */
static char *next_part(struct wsi_import *m)
{
	struct json_writer *j = json_writer_new();
	size_t bytes = 0, n = 0;
	char *text;

	json_array(j);
	while (m->sent + n < m->prm.count && n < PART_CONTACTS &&
	       bytes < PART_BYTES) {
		const struct uc_contact_prm *c =
			&m->prm.contacts[m->sent + n++];

		bytes += 210 + strlen(c->import_key);
		for (size_t i = 0; i < c->number_count; i++)
			bytes += 40 + strlen(c->numbers[i].number);
		bytes += c->first ? strlen(c->first) : 0;
		bytes += c->last ? strlen(c->last) : 0;
		bytes += c->company ? strlen(c->company) : 0;
		bytes += c->department ? strlen(c->department) : 0;
		bytes += c->email ? strlen(c->email) : 0;
		contact_json(j, c);
	}
	json_end(j);
	text = json_writer_take(j);
	json_writer_free(j);
	m->sending = n;
	return text;
}

static void put_done(const struct wsi_result *r, void *arg);
static void commit_done(const struct wsi_result *r, void *arg);

static void commit_answer(struct session *s, const struct answer *a, void *data)
{
	int64_t n = json_get_int(a->json,
				 proto_member(PROTO_MEMBER_PICTURELESS), 0);

	(void)s;
	((struct name *)data)->pictureless = n > 0 ? (size_t)n : 0;
}

size_t wsi_import_pictureless(const struct wsi_import *m)
{
	return m && m->id ? m->id->pictureless : 0;
}

static void import_send(struct wsi_import *m, const char *step)
{
	struct params p = {0};
	struct command_prm c = {
		.command = PROTO_COMMAND_CONTACTS_IMPORT,
		.params = &p,
		.arg = m,
	};
	char *part = NULL;
	int err;

	m->request = mem_deref(m->request);
	wsi_params_add(&p, PROTO_PARAM_STEP, step);
	wsi_params_add(&p, PROTO_PARAM_IMPORT, m->id->text);
	if (!strcmp(step, "put")) {
		part = next_part(m);
		wsi_params_add_int(&p, PROTO_PARAM_PART, m->part);
		wsi_params_add(&p, PROTO_PARAM_CONTACTS, part ? part : "");
		c.done = put_done;
	} else if (!strcmp(step, "commit")) {
		m->committing = true;
		wsi_params_add_int(&p, PROTO_PARAM_ENTRY_COUNT,
				   (int64_t)m->prm.count);
		c.done = commit_done;
		c.answer = commit_answer;
		c.data = mem_ref(m->id);
	}
	free(part);
	err = wsi_command_send(c.done ? &m->request : NULL, m->s, &c);
	if (err && c.done)
		import_failed(m, err);
}

static void commit_done(const struct wsi_result *r, void *arg)
{
	import_over(arg, r);
}

static void put_done(const struct wsi_result *r, void *arg)
{
	struct wsi_import *m = arg;

	if (r->status != WSI_OK) {
		import_over(m, r);
		return;
	}
	m->sent += m->sending;
	m->part++;
	mem_ref(m);
	if (m->prm.progress)
		m->prm.progress(m->pictures + m->sent, m->arg);
	/* Nobody else holds it: it was given up just now. */
	if (mem_nrefs(m) > 1)
		import_send(m, m->sent < m->prm.count ? "put" : "commit");
	else
		m->committing = true;
	mem_deref(m);
}

/* ---- their pictures ---------------------------------------------------- */

static void next_picture(struct wsi_import *m);

static void picture_again(void *arg)
{
	next_picture(arg);
}

static void picture_done(const struct wsi_result *r, void *arg)
{
	struct wsi_import *m = arg;
	bool refused = r->status == WSI_REFUSED;
	bool busy =
		refused && proto_reason_find(r->reason) == PROTO_REASON_BUSY;
	bool lost = r->status == WSI_FAILED || (refused && !*r->reason);

	/* Those of others are looked at; or it did not get through, being
	   large. */
	if ((busy || lost) && m->again < AGAIN_MAX) {
		m->again += busy ? 1 : AGAIN_MAX / LOST_MAX;
		tmr_start(&m->tmr, busy ? AGAIN_MS : LOST_MS, picture_again, m);
		return;
	}
	if (r->status == WSI_FAILED || r->status == WSI_ENDED) {
		import_over(m, r);
		return;
	}
	mem_ref(m);
	if (r->status != WSI_OK && m->prm.refused)
		m->prm.refused(m->at, r, m->arg);
	m->at++;
	m->again = 0;
	m->pictures++;
	if (m->prm.progress)
		m->prm.progress(m->pictures, m->arg);
	/* as in put_done() */
	if (mem_nrefs(m) > 1)
		next_picture(m);
	mem_deref(m);
}

static int send_picture(struct wsi_import *m, const void *image, size_t len)
{
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_CONTACTS_IMPORT,
		.params = &p,
		.done = picture_done,
		.arg = m,
	};
	int err = wsi_params_add_image(&p, m->s, image, len);

	if (err)
		return err;
	m->request = mem_deref(m->request);
	wsi_params_add(&p, PROTO_PARAM_STEP, "picture");
	wsi_params_add(&p, PROTO_PARAM_IMPORT, m->id->text);
	return wsi_command_send(&m->request, m->s, &c);
}

/* One at a time, so that none of them waits in memory; then the contacts. */
static void next_picture(struct wsi_import *m)
{
	void *image = NULL;
	size_t len = 0;
	int err = ENOENT;

	for (; m->prm.picture && m->at < m->prm.count; m->at++) {
		err = m->prm.picture(m->at, &image, &len, m->arg);
		if (err != ENOENT)
			break;
	}
	if (err == ENOENT) {
		import_send(m, "put");
		return;
	}
	if (!err)
		err = send_picture(m, image, len);
	free(image);
	if (err)
		import_failed(m, err);
}

static void begin_answer(struct session *s, const struct answer *a, void *data)
{
	struct name *import = data;

	(void)s;
	if (a->status == WSI_OK &&
	    text_set(&import->text, wsi_j_text(a->json, PROTO_MEMBER_IMPORT)))
		log_warn("no memory for an import");
}

static void begun(const struct wsi_result *r, void *arg)
{
	struct wsi_import *m = arg;

	if (r->status != WSI_OK)
		import_over(m, r);
	else if (text_empty(m->id->text))
		import_failed(m, EBADMSG);
	else
		next_picture(m);
}

int wsi_import(struct wsi_import **ip, struct wsi *w,
	       const struct wsi_import_prm *prm, wsi_done_h *h, void *arg)
{
	struct params p = {0};
	struct command_prm c = {
		.command = PROTO_COMMAND_CONTACTS_IMPORT,
		.params = &p,
		.answer = begin_answer,
		.done = begun,
	};
	struct wsi_import *m;
	int err;
	struct session *s = offering(w, &err);

	if (err)
		return err;
	if (!prm || !prm->count)
		return EINVAL;
	m = mem_zalloc(sizeof(*m), import_destructor);
	if (!m)
		return ENOMEM;
	tmr_init(&m->tmr);
	m->s = mem_ref(s);
	m->prm = *prm;
	m->h = h;
	m->arg = arg;
	m->id = mem_zalloc(sizeof(*m->id), name_destructor);
	wsi_params_add(&p, PROTO_PARAM_STEP, "begin");
	c.data = mem_ref(m->id);
	c.arg = m;
	err = m->id ? wsi_command_send(&m->request, s, &c) : ENOMEM;
	if (err)
		mem_deref(m);
	else
		*ip = m;
	return err;
}
