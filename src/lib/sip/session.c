/**
 * @file session.c  Sessions: found by their dialogs, ended in good order
 */
#include <stdlib.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { MAX_BODY = 16384, FORKS_MS = 32000 };

/* --- finding ------------------------------------------------------------ */

static bool early_matches(const struct sip_session *s, const struct pl *rtag)
{
	struct le *le;

	for (le = s->early.head; le; le = le->next) {
		const struct early *e = le->data;

		if (!pl_strcmp(rtag, e->tag))
			return true;
	}
	return false;
}

struct le *sip_sessions_of(const struct sip_stack *stack,
			   const struct pl *call_id)
{
	return list_head(hash_list(stack->sessions, hash_joaat_pl(call_id)));
}

int sip_session_name(struct sip_session *s, char *call_id)
{
	if (!call_id)
		return ENOMEM;
	free(s->call_id);
	s->call_id = call_id;
	hash_unlink(&s->le);
	hash_append(s->stack->sessions, hash_joaat_str(call_id), &s->le, s);
	return 0;
}

struct sip_session *sip_session_by_tags(const struct sip_stack *stack,
					const struct pl *call_id,
					const struct pl *ltag,
					const struct pl *rtag)
{
	struct le *le = sip_sessions_of(stack, call_id);

	for (; le; le = le->next) {
		struct sip_session *s = le->data;

		if (!s->call_id || pl_strcmp(call_id, s->call_id) || !s->ltag ||
		    pl_strcmp(ltag, s->ltag))
			continue;
		if (s->rtag ? !pl_strcmp(rtag, s->rtag)
			    : early_matches(s, rtag))
			return s;
	}
	return NULL;
}

struct sip_session *sip_session_find(const struct sip_stack *stack,
				     const struct sip_msg *msg)
{
	return sip_session_by_tags(stack, &msg->callid,
				   msg->req ? &msg->to.tag : &msg->from.tag,
				   msg->req ? &msg->from.tag : &msg->to.tag);
}

/* --- what all of it says ------------------------------------------------ */

char *sip_session_content(const char *headers, struct mbuf *desc)
{
	struct text_buf b = {0};
	size_t n = desc ? mbuf_get_left(desc) : 0;

	if (headers)
		text_buf_add(&b, headers);
	if (n)
		text_buf_add(&b, "Content-Type: application/sdp\r\n");
	text_buf_printf(&b, "Content-Length: %zu\r\n\r\n", n);
	if (n)
		text_buf_add_n(&b, (const char *)mbuf_buf(desc), n);
	if (b.err) {
		text_buf_reset(&b);
		return NULL;
	}
	return text_buf_take(&b);
}

int sip_session_contact(enum sip_transp tp, const struct sa *src,
			const struct sa *dst, struct mbuf *mb, void *arg)
{
	const struct sip_session *s = arg;
	struct sip_contact contact;
	(void)dst;

	sip_contact_set(&contact, s->contact, src, tp);
	return mbuf_printf(mb, "%H", sip_contact_print, &contact);
}

void sip_session_learn_contact(struct sip_session *s, const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr addr;
	char *uri;

	if (!h || sip_addr_decode(&addr, &h->val))
		return;
	uri = clean_pl(&addr.auri);
	if (!uri)
		return;
	free(s->remote);
	s->remote = uri;
}

void sip_session_update_dialog(struct sip_session *s, const struct sip_msg *msg)
{
	if (!sip_dialog_update(s->dlg, msg))
		sip_session_learn_contact(s, msg);
}

int sip_session_reply(struct sip_session *s, const struct sip_msg *msg,
		      uint16_t code, const char *headers)
{
	return sip_treplyf(NULL, NULL, s->stack->sip, msg, true, code,
			   code == 200 ? "OK" : reason_of(code), "%s" SIP_EMPTY,
			   headers ? headers : "");
}

static bool unsupported_handler(const struct sip_hdr *hdr,
				const struct sip_msg *msg, void *arg)
{
	static const char *const known[] = {"replaces", "timer", "100rel"};
	struct text_buf *b = arg;

	(void)msg;
	for (size_t i = 0; i < ARRAY_SIZE(known); i++) {
		if (!pl_strcasecmp(&hdr->val, known[i]))
			return false;
	}
	if (!hdr->val.l)
		return false;
	text_buf_add(b, b->len ? ", " : "");
	text_buf_add_n(b, hdr->val.p, hdr->val.l);
	return false;
}

bool sip_session_bad_require(struct sip_stack *stack, const struct sip_msg *msg)
{
	struct text_buf b = {0};
	bool bad;

	sip_msg_hdr_apply(msg, true, SIP_HDR_REQUIRE, unsupported_handler, &b);
	bad = b.len > 0;
	if (bad)
		(void)sip_treplyf(
			NULL, NULL, stack->sip, msg, false, 420, reason_of(420),
			"Unsupported: %b\r\n" SIP_EMPTY, b.buf, b.len);
	text_buf_reset(&b);
	return bad;
}

/* --- the end ------------------------------------------------------------ */

/* Its own reference goes, once: who holds another keeps no more than the
 * memory, and nobody finds it to end it again. */
static void let_go(struct sip_session *s)
{
	hash_unlink(&s->le);
	mem_deref(s);
}

static void forks_over(void *arg)
{
	let_go(arg);
}

static void end(struct sip_session *s)
{
	s->state = SESSION_OVER;
	s->h = NULL;
	tmr_cancel(&s->tmr);
	tmr_cancel(&s->tmr_modify);
	tmr_cancel(&s->tmr_expires);
	list_flush(&s->requests);
	list_flush(&s->replies);
	s->reliable = mem_deref(s->reliable);
	s->waiting = mem_deref(s->waiting);
	s->req = mem_deref(s->req);
	s->st = mem_deref(s->st);
	s->sip = mem_deref(s->sip);
	/* it holds the account, and that the stack */
	s->auth = mem_deref(s->auth);
}

void sip_session_over(struct sip_session *s)
{
	bool forks = s->half && s->dlg;
	struct sip_stack *stack;

	if (s->state == SESSION_OVER)
		return;
	/* The session may be what the stack has lived for. */
	stack = mem_ref(s->stack);
	end(s);
	/* Another phone may answer the same INVITE (RFC 3261 §13.2.2.4). */
	if (forks && !stack->closing)
		tmr_start(&s->tmr, FORKS_MS, forks_over, s);
	else
		let_go(s);
	mem_deref(stack);
}

void sip_sessions_close(struct sip_stack *stack)
{
	uint32_t buckets = hash_bsize(stack->sessions);

	for (uint32_t i = 0; i < buckets; i++) {
		struct list *bucket = hash_list(stack->sessions, i);

		while (bucket->head) {
			struct sip_session *s = bucket->head->data;

			/* one of its own handlers may be what ends the stack */
			hash_unlink(&s->le);
			end(s);
			let_go(s);
		}
	}
}

static void bye_done(int err, const struct sip_msg *msg, void *arg)
{
	(void)err;
	(void)msg;
	sip_session_over(arg);
}

void sip_session_bye_with(struct sip_session *s, const char *headers)
{
	if (s->state >= SESSION_ENDING)
		return;
	s->state = SESSION_ENDING;
	tmr_cancel(&s->tmr_modify);
	tmr_cancel(&s->tmr_expires);
	if (sip_session_request(s, NULL, "BYE",
				sip_session_content(headers, NULL), false,
				bye_done, s, false))
		sip_session_over(s);
}

void sip_session_bye(struct sip_session *s)
{
	sip_session_bye_with(s, NULL);
}

void sip_session_leave(struct sip_session *s)
{
	if (!s)
		return;
	for (struct le *le = s->requests.head; le; le = le->next) {
		struct dialog_request *r = le->data;

		if (r->arg == s->arg)
			r->h = NULL;
	}
	if (!s->h)
		return;
	s->h = NULL;
	s->modify = false;
	tmr_cancel(&s->tmr_modify);
	switch (s->state) {
	case SESSION_OUT:
		/* What answers nevertheless is ended then. */
		if (s->req)
			sip_request_cancel(s->req);
		else
			sip_session_over(s);
		break;
	case SESSION_IN:
		sip_session_reject(s, 603, reason_of(603));
		break;
	case SESSION_UP:
		sip_session_bye(s);
		break;
	default:
		break;
	}
}

void sip_session_closed(struct sip_session *s, int err,
			const struct sip_msg *msg)
{
	const struct sip_session_handlers *h = s->h;
	void *arg = s->arg;

	mem_ref(s);
	s->h = NULL;
	if (h)
		h->closed(err, msg, arg);
	mem_deref(s);
}

/* --- what comes in ------------------------------------------------------ */

static void bye_arrived(struct sip_session *s, const struct sip_msg *msg)
{
	(void)sip_session_reply(s, msg, 200, NULL);
	if (s->state == SESSION_ENDING)
		return; /* ours waits for its answer */
	if (s->state == SESSION_IN && s->st)
		(void)sip_treply(&s->st, s->sip, s->msg, 487, reason_of(487));
	sip_session_closed(s, ECONNRESET, NULL);
	sip_session_over(s);
}

static bool too_large(struct sip_stack *stack, const struct sip_msg *msg)
{
	if (mbuf_get_left(msg->mb) <= MAX_BODY)
		return false;
	(void)sip_treply(NULL, stack->sip, msg, 413, reason_of(413));
	return true;
}

static void owner_asked(struct sip_session *s, const struct sip_msg *msg)
{
	if (s->h && s->h->request(msg, s->arg))
		return;
	(void)sip_replyf(s->stack->sip, msg, 405, reason_of(405),
			 SIP_ALLOW SIP_EMPTY);
}

/** A request in a dialog of ours. */
static void in_dialog(struct sip_session *s, const struct sip_msg *msg)
{
	static const struct {
		const char *method;
		void (*h)(struct sip_session *s, const struct sip_msg *msg);
	} methods[] = {
		{"BYE", bye_arrived},
		{"PRACK", prack_arrived},
		{"INVITE", sip_session_reinvited},
		{"UPDATE", sip_session_updated},
	};
	struct sip_dialog *dlg = s->dlg;

	if (!dlg && s->early.head)
		dlg = ((struct early *)s->early.head->data)->dlg;
	if (!sip_dialog_rseq_valid(dlg, msg)) {
		(void)sip_session_reply(s, msg, 500, NULL);
		return;
	}
	if (s->state == SESSION_ENDING && pl_strcmp(&msg->met, "BYE")) {
		(void)sip_session_reply(s, msg, 481, NULL);
		return;
	}
	if (too_large(s->stack, msg) || sip_session_bad_require(s->stack, msg))
		return;
	for (size_t i = 0; i < ARRAY_SIZE(methods); i++) {
		if (!pl_strcmp(&msg->met, methods[i].method)) {
			methods[i].h(s, msg);
			return;
		}
	}
	owner_asked(s, msg);
}

static bool on_request(const struct sip_msg *msg, void *arg)
{
	static const char *const ours[] = {"INVITE", "BYE",   "PRACK",
					   "UPDATE", "REFER", "INFO"};
	struct sip_stack *stack = arg;
	struct sip_session *s;

	set_nodelay(msg);
	if (!pl_isset(&msg->to.tag)) {
		if (!pl_strcmp(&msg->met, "INVITE")) {
			if (!too_large(stack, msg))
				stack_invited(stack, msg);
			return true;
		}
		if (!pl_strcmp(&msg->met, "REFER")) {
			/* who may have us call must be in a call with us */
			(void)sip_treply(NULL, stack->sip, msg, 403,
					 reason_of(403));
			return true;
		}
		return false;
	}
	s = sip_session_find(stack, msg);
	if (s && s->state != SESSION_OVER) {
		mem_ref(s);
		if (!pl_strcmp(&msg->met, "ACK"))
			sip_session_acked(s, msg);
		else if (!pl_strcmp(&msg->met, "OPTIONS") ||
			 !pl_strcmp(&msg->met, "CANCEL") ||
			 !pl_strcmp(&msg->met, "SUBSCRIBE"))
			return mem_deref(s), false;
		else
			in_dialog(s, msg);
		mem_deref(s);
		return true;
	}
	for (size_t i = 0; i < ARRAY_SIZE(ours); i++) {
		if (!pl_strcmp(&msg->met, ours[i])) {
			(void)sip_treply(NULL, stack->sip, msg, 481,
					 reason_of(481));
			return true;
		}
	}
	return false;
}

static bool on_response(const struct sip_msg *msg, void *arg)
{
	set_nodelay(msg);
	return !pl_strcmp(&msg->cseq.met, "INVITE") && msg->scode >= 200 &&
	       msg->scode < 300 && sip_session_late_answer(arg, msg);
}

int sip_session_listen(struct sip_stack *s)
{
	int err = sip_listen(&s->lsnr_session_req, s->sip, true, on_request, s);

	return err ? err
		   : sip_listen(&s->lsnr_session_resp, s->sip, false,
				on_response, s);
}

/* --- beginning ---------------------------------------------------------- */

static void destructor(void *arg)
{
	struct sip_session *s = arg;

	hash_unlink(&s->le);
	tmr_cancel(&s->tmr);
	tmr_cancel(&s->tmr_modify);
	tmr_cancel(&s->tmr_expires);
	list_flush(&s->requests);
	list_flush(&s->replies);
	list_flush(&s->early);
	list_flush(&s->acks);
	mem_deref(s->reliable);
	mem_deref(s->waiting);
	mem_deref(s->req);
	mem_deref(s->st);
	mem_deref(s->msg);
	mem_deref(s->dlg);
	mem_deref(s->half);
	mem_deref(s->auth);
	free(s->contact);
	free(s->call_id);
	free(s->ltag);
	free(s->rtag);
	free(s->remote);
	free(s->headers);
	mem_deref(s->sip);
}

int sip_session_alloc(struct sip_session **sp, struct sip_stack *stack,
		      const char *contact, struct sip_account *account,
		      const struct sip_session_handlers *h, void *arg)
{
	struct sip_session *s = mem_zalloc(sizeof(*s), destructor);
	int err;

	if (!s)
		return ENOMEM;
	s->stack = stack;
	s->sip = mem_ref(stack->sip);
	s->h = h;
	s->arg = arg;
	s->contact = text_dup(contact);
	err = s->contact
		      ? sip_auth_alloc(&s->auth, account ? account_auth : NULL,
				       account, account != NULL)
		      : ENOMEM;
	if (err) {
		mem_deref(s);
		return err;
	}
	hash_append(stack->sessions, 0, &s->le, s);
	*sp = s;
	return 0;
}
