/**
 * @file front.c  The front as a whole
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

static void destructor(void *p)
{
	struct front *f = p;
	struct le *le;

	/* First nobody asks any more, then nothing is told any more. */
	f->closing = true;
	f->jobs = mem_deref(f->jobs);
	f->http = mem_deref(f->http);
	if (f->lamps)
		events_end(f);
	tmr_cancel(&f->sweep);
	tmr_cancel(&f->rights);
	pictures_end(f);
	while ((le = f->making.head)) {
		struct request *r = le->data;

		tmr_cancel(&r->tmr);
		list_unlink(le);
		mem_deref(r);
	}
	while ((le = f->sessions.head))
		session_end(le->data);
	/* What waits for the database finds that nobody is here. */
	while ((le = f->requests.head)) {
		struct request *r = le->data;

		list_unlink(le);
		r->front = NULL;
		r->h = NULL;
	}
	mem_deref(f->turn);
	free(f->dir);
	free(f->sip_server);
	mem_deref(f->features);
	mem_deref(f->db);
}

int front_core_alloc(struct front **fp, const struct front_prm *prm,
		     struct db *db, struct features *features, struct pbx *p)
{
	struct front *f;
	int err;

	if (!fp || !prm || !db)
		return EINVAL;
	f = mem_zalloc(sizeof(*f), destructor);
	if (!f)
		return ENOMEM;
	tmr_init(&f->sweep);
	tmr_init(&f->rights);
	f->prm = *prm;
	f->db = mem_ref(db);
	f->features = mem_ref(features);
	f->pbx = p;
	err = text_set(&f->dir, prm->dir);
	if (!err)
		err = text_set(&f->sip_server, prm->sip_server);
	if (!err)
		err = loop_turn_alloc(&f->turn, sessions_flush, f);
	if (!err)
		err = events_begin(f);
	if (err)
		mem_deref(f);
	else
		*fp = f;
	return err;
}

/* ---- the certificate, then HTTPS --------------------------------------- */

struct certificate_job {
	struct front *front;
	char *dir;
	char *key, *cert;
};

static int certificate_work(void *arg)
{
	struct certificate_job *j = arg;

	return certificate_get(j->dir, &j->key, &j->cert);
}

static void certificate_done(int err, void *arg)
{
	struct certificate_job *j = arg;
	struct front *f = j->front;

	if (f->closing)
		err = ECANCELED;
	else
		f->jobs = mem_deref(f->jobs); /* it was the only one */
	if (!err)
		err = http_alloc(&f->http, f, &f->prm.laddr, j->key, j->cert);
	if (!err && f->prm.certificate)
		err = f->prm.certificate(j->cert, j->key, f->arg);
	if (j->key)
		explicit_bzero(j->key, strlen(j->key));
	free(j->key);
	free(j->cert);
	free(j->dir);
	free(j);
	if (f->ready && err != ECANCELED)
		f->ready(err, f->arg);
}

static int certificate_start(struct front *f)
{
	struct certificate_job *j = calloc(1, sizeof(*j));
	int err;

	if (!j)
		return ENOMEM;
	j->front = f;
	j->dir = text_dup(f->dir);
	err = j->dir ? job_queue_alloc(&f->jobs, "certificate", 1) : EINVAL;
	if (!err)
		err = job_run(f->jobs, certificate_work, certificate_done, j);
	if (err) {
		free(j->dir);
		free(j);
	}
	return err;
}

int front_alloc(struct front **fp, const struct front_prm *prm, struct db *db,
		struct features *features, struct pbx *p, front_ready_h *h,
		void *arg)
{
	struct front *f;
	int err;

	if (!fp || !prm || text_empty(prm->dir))
		return EINVAL;
	err = front_core_alloc(&f, prm, db, features, p);
	if (err)
		return err;
	f->ready = h;
	f->arg = arg;
	err = certificate_start(f);
	if (err)
		mem_deref(f);
	else
		*fp = f;
	return err;
}

const struct sa *front_address(const struct front *f)
{
	return f && f->http ? http_address(f->http) : NULL;
}

unsigned front_session_count(const struct front *f)
{
	return f ? list_count(&f->sessions) : 0;
}
