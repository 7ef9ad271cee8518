/**
 * @file session_in.c  An INVITE that came, and 2xx answers until their ACK
 */
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { ACK_MS = 64 * SIP_T1 };

/* --- 2xx, said again until the ACK (RFC 3261 §13.3.1.4) ----------------- */

struct reply {
	struct le le;
	struct sip_session *session;
	struct tmr tmr, tmr_again;
	struct sip_msg *msg;
	struct mbuf *mb;
	unsigned count;
	bool offered; /**< it has our offer: the ACK brings the answer */
};

static void reply_destructor(void *arg)
{
	struct reply *r = arg;

	list_unlink(&r->le);
	tmr_cancel(&r->tmr);
	tmr_cancel(&r->tmr_again);
	mem_deref(r->msg);
	mem_deref(r->mb);
}

static void again(void *arg)
{
	struct reply *r = arg;
	unsigned ms = SIP_T1 << (r->count < 3 ? ++r->count : 3);

	r->mb->pos = 0;
	(void)sip_send(r->session->stack->sip, r->msg->sock, r->msg->tp,
		       &r->msg->src, r->mb);
	tmr_start(&r->tmr_again, ms, again, r);
}

/** No ACK: the dialog is there, but nobody is (RFC 3261 §13.3.1.4). */
static void no_ack(void *arg)
{
	struct reply *r = arg;
	struct sip_session *s = mem_ref(r->session);

	mem_deref(r);
	log_warn("no ACK came for our answer");
	sip_session_closed(s, ETIMEDOUT, NULL);
	sip_session_bye(s);
	mem_deref(s);
}

int sip_session_send_2xx(struct sip_session *s, const struct sip_msg *msg,
			 struct mbuf *desc, const char *headers, bool offered)
{
	struct reply *r = mem_zalloc(sizeof(*r), reply_destructor);
	char *content = sip_session_content(headers, desc);
	struct sip_strans *st = s->st;
	struct sip_contact contact;
	int err = ENOMEM;

	if (!r || !content)
		goto out;
	r->session = s;
	r->msg = mem_ref((void *)msg);
	r->offered = offered;
	list_append(&s->replies, &r->le, r);
	sip_contact_set(&contact, s->contact, &msg->dst, msg->tp);
	s->st = NULL;
	err = sip_treplyf(&st, &r->mb, s->stack->sip, msg, true, 200, "OK",
			  "%H" SIP_ALLOW SESSION_SUPPORTED "%s",
			  sip_contact_print, &contact, content);
	if (err)
		goto out;
	tmr_start(&r->tmr, ACK_MS, no_ack, r);
	tmr_start(&r->tmr_again, SIP_T1, again, r);
out:
	free(content);
	if (err)
		mem_deref(r);
	return err;
}

void sip_session_acked(struct sip_session *s, const struct sip_msg *msg)
{
	struct reply *r = NULL;
	struct le *le;
	bool offered;
	int err = 0;

	for (le = s->replies.head; le; le = le->next) {
		r = le->data;
		if (r->msg->cseq.num == msg->cseq.num)
			break;
	}
	if (!le)
		return;
	offered = r->offered;
	mem_deref(r);
	if (!s->h) {
		sip_session_bye(s);
		return;
	}
	if (offered)
		err = s->h->answered(msg, s->arg);
	if (s->state == SESSION_ANSWERED) {
		s->state = SESSION_UP;
		s->msg = mem_deref(s->msg);
		if (err) {
			sip_session_closed(s, err, NULL);
			sip_session_bye(s);
			return;
		}
		if (s->h)
			s->h->established(msg, s->arg);
	}
	if (s->h)
		sip_session_modify_next(s);
}

/* --- before the answer -------------------------------------------------- */

static void cancelled(void *arg)
{
	struct sip_session *s = mem_ref(arg);

	(void)sip_treply(&s->st, s->sip, s->msg, 487, reason_of(487));
	sip_session_closed(s, ECONNRESET, NULL);
	sip_session_over(s);
	mem_deref(s);
}

int sip_session_take(struct sip_session *s, const struct sip_msg *msg)
{
	char tag[17];
	int err;

	s->incoming = true;
	s->state = SESSION_IN;
	s->want_reliable = has_token(msg, "Require", "100rel");
	(void)re_snprintf(tag, sizeof(tag), "%016llx", msg->tag);
	s->rtag = clean_pl(&msg->from.tag);
	s->ltag = text_dup(tag);
	if (!s->rtag || !s->ltag)
		return ENOMEM;
	err = sip_session_name(s, clean_pl(&msg->callid));
	if (err)
		return err;
	s->msg = mem_ref((void *)msg);
	sip_session_learn_contact(s, msg);
	err = sip_dialog_accept(&s->dlg, msg);
	if (!err)
		err = sip_strans_alloc(&s->st, s->sip, msg, cancelled, s);
	if (!err)
		err = sip_treply(&s->st, s->sip, msg, 100, "Trying");
	return err;
}

int sip_session_progress(struct sip_session *s, uint16_t code,
			 const char *reason, struct mbuf *desc,
			 const char *headers)
{
	struct sip_contact contact;
	char *content;
	int err;

	if (s->state != SESSION_IN || !s->st)
		return EPROTO;
	if (s->want_reliable)
		return prack_provisional(s, code, reason, desc, headers);
	content = sip_session_content(headers, desc);
	if (!content)
		return ENOMEM;
	sip_contact_set(&contact, s->contact, &s->msg->dst, s->msg->tp);
	err = sip_treplyf(&s->st, NULL, s->sip, s->msg, true, code, reason,
			  "%H" SIP_ALLOW SESSION_SUPPORTED "%s",
			  sip_contact_print, &contact, content);
	free(content);
	return err;
}

int sip_session_answer(struct sip_session *s, struct mbuf *desc,
		       const char *headers)
{
	char *timer, *all;
	int err;

	if (s->state != SESSION_IN || !s->st)
		return EPROTO;
	timer = timer_answer(s, s->msg);
	all = timer ? text_printf("%s%s", headers ? headers : "", timer) : NULL;
	free(timer);
	if (!all)
		return ENOMEM;
	err = sip_session_send_2xx(s, s->msg, desc, all,
				   desc && !has_sdp(s->msg));
	free(all);
	if (!err)
		s->state = SESSION_ANSWERED;
	return err;
}

void sip_session_reject(struct sip_session *s, uint16_t code,
			const char *reason)
{
	if (s->state != SESSION_IN)
		return;
	if (s->st)
		(void)sip_treply(&s->st, s->sip, s->msg, code, reason);
	s->h = NULL;
	sip_session_over(s);
}
