/**
 * @file session_out.c  Our INVITE: its answers, forks, and their ACKs
 *
 * Each phone that a proxy asks for us answers with a tag of its own (RFC 3261
 * §13.2.2.4). The first 2xx has the call; what comes after it gets ACK and
 * BYE.
 */
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { ACK_MS = 32000, EARLY_MAX = 16 };

/* --- ACK ---------------------------------------------------------------- */

/** Kept to be said again as often as the 2xx comes. */
struct ack {
	struct le le;
	struct tmr tmr;
	uint32_t cseq;
	enum sip_transp tp;
	struct sa dst;
	struct mbuf *mb;
};

static void ack_destructor(void *arg)
{
	struct ack *a = arg;

	list_unlink(&a->le);
	tmr_cancel(&a->tmr);
	mem_deref(a->mb);
}

static void ack_over(void *arg)
{
	mem_deref(arg);
}

static int keep_ack(enum sip_transp tp, const struct sa *src,
		    const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct ack *a = arg;
	(void)src;

	/* the buffer is libre's own and gets the rest now */
	mem_deref(a->mb);
	a->mb = mem_ref(mb);
	a->dst = *dst;
	a->tp = tp;
	return 0;
}

int sip_session_ack(struct sip_session *s, struct sip_dialog *dlg,
		    uint32_t cseq, struct mbuf *desc)
{
	struct ack *a = mem_zalloc(sizeof(*a), ack_destructor);
	char *content = sip_session_content(NULL, desc);
	struct sip_request *req = NULL;
	int err = ENOMEM;

	if (a && content) {
		a->cseq = cseq;
		list_append(&s->acks, &a->le, a);
		tmr_start(&a->tmr, ACK_MS, ack_over, a);
		err = sip_drequestf(&req, s->stack->sip, false, "ACK", dlg,
				    cseq, s->auth, keep_ack, NULL, a, "%s",
				    content);
	}
	free(content);
	if (err)
		mem_deref(a);
	return err;
}

bool sip_session_ack_again(struct sip_session *s, const struct sip_msg *msg)
{
	struct le *le;

	for (le = s->acks.head; le; le = le->next) {
		struct ack *a = le->data;

		if (a->cseq != msg->cseq.num || !a->mb)
			continue;
		a->mb->pos = 0;
		(void)sip_send(s->stack->sip, NULL, a->tp, &a->dst, a->mb);
		return true;
	}
	return false;
}

/* --- dialogs ------------------------------------------------------------ */

static void early_destructor(void *arg)
{
	struct early *e = arg;

	list_unlink(&e->le);
	mem_deref(e->dlg);
	free(e->tag);
}

static struct early *find_early(struct sip_session *s,
				const struct sip_msg *msg)
{
	struct le *le;

	for (le = s->early.head; le; le = le->next) {
		struct early *e = le->data;

		if (!pl_strcmp(&msg->to.tag, e->tag))
			return e;
	}
	return NULL;
}

struct early *sip_session_early(struct sip_session *s,
				const struct sip_msg *msg)
{
	struct early *e;

	if (!pl_isset(&msg->to.tag) || !sip_msg_hdr(msg, SIP_HDR_CONTACT))
		return NULL;
	e = find_early(s, msg);
	if (e)
		return e;
	if (list_count(&s->early) >= EARLY_MAX)
		return NULL;
	e = mem_zalloc(sizeof(*e), early_destructor);
	if (!e)
		return NULL;
	list_append(&s->early, &e->le, e);
	e->tag = clean_pl(&msg->to.tag);
	if (!e->tag || sip_dialog_fork(&e->dlg, s->half, msg))
		return mem_deref(e);
	return e;
}

static int send_nothing(enum sip_transp tp, const struct sa *src,
			const struct sa *dst, struct mbuf *mb, void *arg)
{
	(void)tp;
	(void)src;
	(void)dst;
	(void)mb;
	(void)arg;
	return ECANCELED;
}

/** The dialog of a 2xx: its route set is the 2xx's, its numbers go on where
 *  the early one has got to. */
static int make_dialog(struct sip_session *s, const struct sip_msg *msg,
		       struct sip_dialog **dlgp)
{
	struct sip_dialog *dlg = NULL;
	struct early *e = find_early(s, msg);
	int err = sip_dialog_fork(&dlg, s->half, msg);

	if (err)
		return err;
	while (e && sip_dialog_lseq(dlg) < sip_dialog_lseq(e->dlg))
		(void)sip_drequestf(NULL, s->stack->sip, false, "NONE", dlg, 0,
				    NULL, send_nothing, NULL, NULL, SIP_EMPTY);
	*dlgp = dlg;
	return 0;
}

/* --- answers ------------------------------------------------------------ */

static int send_invite(struct sip_session *s);

static void answer_arrived(struct sip_session *s, const struct sip_msg *msg)
{
	int err = make_dialog(s, msg, &s->dlg);

	if (!err) {
		free(s->rtag);
		s->rtag = clean_pl(&msg->to.tag);
		err = s->rtag ? 0 : ENOMEM;
	}
	if (err) {
		/* It can't be reached, not even for a good-bye. */
		log_warn("a 2xx that makes no dialog: %s", strerror(err));
		sip_session_closed(s, EBADMSG, msg);
		sip_session_over(s);
		return;
	}
	list_flush(&s->early);
	sip_session_learn_contact(s, msg);
	s->state = SESSION_UP;
	if (!s->h) {
		(void)sip_session_ack(s, s->dlg, msg->cseq.num, NULL);
		sip_session_bye(s);
		return;
	}
	err = s->h->answered(msg, s->arg);
	if (sip_session_ack(s, s->dlg, msg->cseq.num, NULL) && !err)
		err = EHOSTUNREACH;
	if (err) {
		sip_session_closed(s, err, msg);
		sip_session_bye(s);
		return;
	}
	timer_agreed(s, msg);
	if (s->h)
		s->h->established(msg, s->arg);
	else
		sip_session_bye(s);
}

static void provisional(struct sip_session *s, const struct sip_msg *msg)
{
	struct early *e = msg->scode > 100 ? sip_session_early(s, msg) : NULL;

	if (e && has_token(msg, "Require", "100rel") &&
	    !prack_answer(s, e, msg))
		return;
	if (s->h)
		s->h->progress(msg, s->arg);
}

static void invite_answered(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_session *s = mem_ref(arg);

	set_nodelay(msg);
	/* libre has no getter for the tag that it made for us */
	if (!err && !s->ltag)
		s->ltag = clean_pl(&msg->from.tag);
	if (err) {
		if (!s->h || !s->h->failed(NULL, s->arg)) {
			sip_session_closed(s, err, NULL);
			sip_session_over(s);
		}
	} else if (msg->scode < 200) {
		provisional(s, msg);
	} else if (msg->scode < 300) {
		answer_arrived(s, msg);
	} else if (s->h && sip_session_authenticate(s, msg, &s->rounds) &&
		   !send_invite(s)) {
		list_flush(&s->early);
	} else if (!s->h || !s->h->failed(msg, s->arg)) {
		sip_session_closed(s, 0, msg);
		sip_session_over(s);
	}
	mem_deref(s);
}

static int send_invite(struct sip_session *s)
{
	struct mbuf *desc = NULL;
	char *content = NULL;
	int err = s->h->describe(&desc, NULL, s->arg);

	if (!err) {
		content = sip_session_content(s->headers, desc);
		err = content ? sip_drequestf(&s->req, s->stack->sip, true,
					      "INVITE", s->half, 0, s->auth,
					      sip_session_contact,
					      invite_answered, s, "%s", content)
			      : ENOMEM;
	}
	mem_deref(desc);
	free(content);
	return err;
}

int sip_session_invite_again(struct sip_session *s)
{
	list_flush(&s->early);
	s->rounds = 0;
	return send_invite(s);
}

int sip_session_invite(struct sip_session *s,
		       const struct sip_session_target *t)
{
	const char *routes[1] = {t->route};
	int err;

	list_flush(&s->early);
	s->half = mem_deref(s->half);
	free(s->ltag);
	s->ltag = NULL;
	s->rounds = 0;
	err = sip_dialog_alloc(&s->half, t->uri, t->uri, t->from_name,
			       t->from_uri, routes, t->route ? 1 : 0);
	if (!err)
		err = sip_session_name(s, text_dup(sip_dialog_callid(s->half)));
	if (!err)
		err = send_invite(s);
	return err;
}

/* --- forks -------------------------------------------------------------- */

/** Another phone has answered too: it is thanked and sent away. */
static bool end_fork(struct sip_session *s, const struct sip_msg *msg)
{
	struct sip_session *fork = NULL;
	struct sip_dialog *dlg = NULL;

	if (sip_dialog_fork(&dlg, s->half, msg) ||
	    sip_session_alloc(&fork, s->stack, s->contact, NULL, NULL, NULL))
		goto out;
	mem_deref(fork->auth);
	fork->auth = mem_ref(s->auth);
	fork->dlg = mem_ref(dlg);
	(void)sip_session_name(fork, text_dup(s->call_id));
	fork->ltag = text_dup(s->ltag);
	fork->rtag = clean_pl(&msg->to.tag);
	fork->state = SESSION_UP;
	log_info("a second phone has answered: it is sent away");
	(void)sip_session_ack(fork, dlg, msg->cseq.num, NULL);
	sip_session_bye(fork);
out:
	mem_deref(dlg);
	return true;
}

bool sip_session_late_answer(struct sip_stack *stack, const struct sip_msg *msg)
{
	struct sip_session *s = sip_session_find(stack, msg);
	struct le *le;

	if (s)
		return sip_session_ack_again(s, msg);
	if (!pl_isset(&msg->to.tag))
		return false;
	for (le = sip_sessions_of(stack, &msg->callid); le; le = le->next) {
		s = le->data;
		if (s->half && s->dlg && s->call_id && s->ltag &&
		    !pl_strcmp(&msg->callid, s->call_id) &&
		    !pl_strcmp(&msg->from.tag, s->ltag))
			return end_fork(s, msg);
	}
	return false;
}
