/**
 * @file session_request.c  Our requests in a dialog, challenged or not
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

/** One challenge by a proxy, one by the other side, and each once stale. */
enum { ROUNDS_MAX = 4 };

bool sip_session_authenticate(struct sip_session *s, const struct sip_msg *msg,
			      unsigned *rounds)
{
	if (msg->scode != 401 && msg->scode != 407)
		return false;
	if (++*rounds > ROUNDS_MAX)
		return false;
	/* A new request is challenged anew: that says nothing against the
	 * password, though the realm is known (RFC 3261 §22.1). */
	if (*rounds == 1)
		sip_auth_reset(s->auth);
	return !sip_auth_authenticate(s->auth, msg);
}

static void destructor(void *arg)
{
	struct dialog_request *r = arg;

	list_unlink(&r->le);
	mem_deref(r->req);
	mem_deref(r->dlg);
	if (r->aref)
		mem_deref(r->arg);
	free(r->method);
	free(r->content);
}

static int send_request(struct dialog_request *r);

/** Does the answer say that the dialog is no more (RFC 5057 §5.1)? */
static bool ends_dialog(const struct dialog_request *r, int err,
			const struct sip_msg *msg)
{
	/* A NOTIFY that fails ends its subscription alone. */
	if (!strcmp(r->method, "NOTIFY") || !strcmp(r->method, "PRACK") ||
	    !strcmp(r->method, "BYE"))
		return false;
	return err || msg->scode == 408 || msg->scode == 481;
}

static void answered(int err, const struct sip_msg *msg, void *arg)
{
	struct dialog_request *r = arg;
	struct sip_session *s = r->session;
	bool ends;

	set_nodelay(msg);
	if (!err && msg->scode < 200)
		return;
	if (!err && sip_session_authenticate(s, msg, &r->rounds) &&
	    !send_request(r))
		return;
	ends = ends_dialog(r, err, msg);
	mem_ref(s);
	list_unlink(&r->le);
	if (r->h)
		r->h(err, msg, r->arg);
	mem_deref(r);
	if (ends && s->state == SESSION_UP) {
		sip_session_closed(s, err, msg);
		/* the other side may see that otherwise */
		sip_session_bye(s);
	}
	mem_deref(s);
}

static int add_contact(enum sip_transp tp, const struct sa *src,
		       const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct dialog_request *r = arg;

	return r->contact ? sip_session_contact(tp, src, dst, mb, r->session)
			  : 0;
}

static int send_request(struct dialog_request *r)
{
	struct sip_session *s = r->session;

	return sip_drequestf(&r->req, s->stack->sip, true, r->method, r->dlg, 0,
			     s->auth, add_contact, answered, r, "%s",
			     r->content);
}

int sip_session_request(struct sip_session *s, struct sip_dialog *dlg,
			const char *method, char *content, bool contact,
			sip_resp_h *h, void *arg, bool aref)
{
	struct dialog_request *r = mem_zalloc(sizeof(*r), destructor);
	int err = ENOMEM;

	if (!r || !content) {
		free(content);
		goto out;
	}
	r->session = s;
	r->content = content;
	r->contact = contact;
	r->h = h;
	r->arg = aref ? mem_ref(arg) : arg;
	r->aref = aref;
	r->dlg = mem_ref(dlg ? dlg : s->dlg);
	r->method = text_dup(method);
	if (!r->method)
		goto out;
	list_append(&s->requests, &r->le, r);
	err = send_request(r);
out:
	if (err)
		mem_deref(r);
	return err;
}
