/**
 * @file page.c  Text messages in and out (RFC 3428)
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	ROUNDS_MAX = 3, /**< challenges that one message answers */
	OVERHEAD = 450, /**< most that libre and a digest add to a request */
};

/* --- sent --------------------------------------------------------------- */

struct sip_page {
	struct sip_stack *stack;
	struct sip_account *account;
	sip_page_h *h;
	void *arg;
	char *uri;
	char *next; /**< URI of where it goes */
	char *text; /**< headers that stay, and the body */
	char call_id[33], tag[17];
	char *addresses; /**< To, and From without its tag */
	uint32_t cseq;
	unsigned rounds;
	struct sip_auth *auth;
	struct sip_request *req;
};

static int send_page(struct sip_page *p);

static void page_destructor(void *arg)
{
	struct sip_page *p = arg;

	p->h = NULL;
	mem_deref(p->req);
	mem_deref(p->auth);
	mem_deref(p->account);
	mem_deref(p->stack);
	mem_deref(p->next);
	free(p->uri);
	free(p->text);
	free(p->addresses);
}

static void page_over(struct sip_page *p, uint16_t code, const char *reason)
{
	sip_page_h *h = p->h;

	p->h = NULL;
	if (h)
		h(p, code, reason, p->arg);
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_page *p = arg;
	char *reason;

	if (!err && msg && msg->scode < 200)
		return;
	set_nodelay(msg);
	mem_ref(p);
	if (err || !msg) {
		page_over(p, 0, strerror(err ? err : ECONNABORTED));
		goto out;
	}
	if ((msg->scode == 401 || msg->scode == 407) && p->account &&
	    ++p->rounds <= ROUNDS_MAX && !sip_auth_authenticate(p->auth, msg) &&
	    !send_page(p))
		goto out;
	reason = clean_pl(&msg->reason);
	page_over(p, msg->scode, reason ? reason : "");
	free(reason);
out:
	mem_deref(p);
}

static int send_page(struct sip_page *p)
{
	struct uri route;
	struct pl pl;
	int err;

	pl_set_str(&pl, p->next);
	err = uri_decode(&route, &pl);
	if (err)
		return err;
	return sip_requestf(&p->req, p->stack->sip, true, "MESSAGE", p->uri,
			    &route, p->auth, NULL, on_response, p,
			    "%s;tag=%s\r\n"
			    "Call-ID: %s\r\n"
			    "CSeq: %u MESSAGE\r\n"
			    "%s",
			    p->addresses, p->tag, p->call_id, ++p->cseq,
			    p->text);
}

/* Lines of text/plain end in CR LF (RFC 2046 §4.1.1). */
static char *with_crlf(const char *text)
{
	struct text_buf b = {0};

	for (; *text; text++) {
		if (*text == '\n')
			text_buf_add(&b, "\r");
		text_buf_add_n(&b, text, 1);
	}
	return text_buf_take(&b);
}

/* What is too long for a datagram goes by connection (request.c). */
static bool can_connect(struct sip_page *p, const struct plan *plan)
{
	if (p->account)
		return !stack_face(p->stack, SIP_TCP, &plan->dst);
	return stack_binding(p->stack, SIP_TCP, sa_af(&plan->dst))->bound;
}

static int compose(struct sip_page *p, const struct plan *plan,
		   const struct sip_page_prm *prm)
{
	const char *software = p->stack->software;
	struct text_buf b = {0};
	char *body = with_crlf(prm->text);
	int err = headers_add(&b, prm->headers);

	if (!err && !body)
		err = ENOMEM;
	if (err)
		goto out;
	if (software)
		text_buf_printf(&b, "User-Agent: %s\r\n", software);
	text_buf_printf(&b,
			"Content-Type: text/plain;charset=UTF-8\r\n"
			"Content-Length: %zu\r\n\r\n%s",
			strlen(body), body);
	err = b.err;
	if (!err && plan->transport == SIP_UDP &&
	    b.len + strlen(p->uri) + strlen(p->addresses) + OVERHEAD >
		    SIP_PAGE_UDP_MAX &&
	    !can_connect(p, plan))
		err = EMSGSIZE;
	if (!err)
		p->text = text_buf_take(&b);
out:
	text_buf_reset(&b);
	free(body);
	return err;
}

static int page_fill(struct sip_page *p, const struct plan *plan,
		     const struct sip_page_prm *prm)
{
	int err;

	p->uri = text_dup(plan->to);
	p->addresses = text_printf("To: <%s>\r\nFrom: %s%s%s<%s>", plan->to,
				   plan->name ? "\"" : "",
				   plan->name ? plan->name : "",
				   plan->name ? "\" " : "", plan->from);
	if (!p->uri || !p->addresses)
		return ENOMEM;
	hex_random(p->call_id, 16);
	hex_random(p->tag, 8);
	err = re_sdprintf(&p->next, "sip:%J%s", &plan->dst,
			  sip_transp_param(transp_of(plan->transport)));
	if (!err)
		err = compose(p, plan, prm);
	if (!err && p->account)
		err = sip_auth_alloc(&p->auth, account_auth, p->account, true);
	return err;
}

int sip_page_send(struct sip_page **pp, struct sip_stack *s,
		  const struct sip_page_prm *prm, sip_page_h *h, void *arg)
{
	struct sip_leg_prm where;
	struct plan plan = {0};
	struct sip_page *p = NULL;
	int err;

	if (!pp || !s || !prm || text_empty(prm->to_uri) ||
	    text_empty(prm->text) || s->closing ||
	    !text_valid(prm->text, strlen(prm->text)))
		return EINVAL;
	if (strlen(prm->text) > SIP_PAGE_MAX)
		return EMSGSIZE;
	memset(&where, 0, sizeof(where));
	where.to_uri = prm->to_uri;
	where.account = prm->account;
	where.from_user = prm->from_user;
	where.from_name = prm->from_name;
	where.from_host = prm->from_host;
	where.peer = prm->peer;
	where.transport = prm->transport;
	err = make_plan(&plan, s, &where);
	if (err)
		goto out;
	p = mem_zalloc(sizeof(*p), page_destructor);
	if (!p) {
		err = ENOMEM;
		goto out;
	}
	p->stack = mem_ref(s);
	p->account = mem_ref(prm->account);
	err = page_fill(p, &plan, prm);
	if (!err)
		err = send_page(p);
	/* It is heard of once its owner has it. */
	p->h = h;
	p->arg = arg;
out:
	plan_reset(&plan);
	if (err)
		mem_deref(p);
	else
		*pp = p;
	return err;
}

/* --- received ----------------------------------------------------------- */

struct sip_page_in {
	struct sip_stack *stack;
	struct sip_msg *msg;
	struct sip_strans *st; /**< keeps repetitions away until answered */
	char *auth_user;
	char *text;
	bool answered;
};

static void page_in_destructor(void *arg)
{
	struct sip_page_in *in = arg;

	if (!in->answered)
		(void)sip_page_in_reject(in, 480, NULL);
	mem_deref(in->st);
	mem_deref(in->msg);
	mem_deref(in->stack);
	free(in->auth_user);
	free(in->text);
}

const struct sip_message *sip_page_in_message(const struct sip_page_in *in)
{
	return in ? message_of(in->msg) : NULL;
}

const char *sip_page_in_auth_user(const struct sip_page_in *in)
{
	return in ? in->auth_user : NULL;
}

const char *sip_page_in_text(const struct sip_page_in *in)
{
	return in ? in->text : NULL;
}

static int answer(struct sip_page_in *in, uint16_t code, const char *reason)
{
	char *clean;
	int err;

	if (!in || in->answered)
		return EINVAL;
	in->answered = true;
	clean = reason_text(code, reason);
	err = sip_treply(&in->st, in->stack->sip, in->msg, code,
			 clean ? clean : "");
	free(clean);
	return err;
}

int sip_page_in_accept(struct sip_page_in *in)
{
	return answer(in, 200, "OK");
}

int sip_page_in_reject(struct sip_page_in *in, uint16_t code,
		       const char *reason)
{
	return code < 300 || code > 699 ? EINVAL : answer(in, code, reason);
}

/* Plain text that is UTF-8, and says so, or nothing (RFC 3428 §7). */
static bool is_plain(const struct sip_msg *msg)
{
	struct pl charset;

	if (!msg_ctype_cmp(&msg->ctyp, "text", "plain"))
		return false;
	if (!msg_param_decode(&msg->ctyp.params, "charset", &charset) &&
	    pl_strcasecmp(&charset, "utf-8") &&
	    pl_strcasecmp(&charset, "\"utf-8\"") &&
	    pl_strcasecmp(&charset, "us-ascii"))
		return false;
	return text_valid((const char *)mbuf_buf(msg->mb),
			  mbuf_get_left(msg->mb));
}

static void offer_page(struct sip_stack *s, struct sip_account *a,
		       const struct sip_msg *msg, char *user)
{
	struct sip_page_in *in = mem_zalloc(sizeof(*in), page_in_destructor);

	if (in)
		in->text =
			text_clean_lines((const char *)mbuf_buf(msg->mb),
					 mbuf_get_left(msg->mb), SIP_PAGE_MAX);
	if (!in || !in->text) {
		free(user);
		if (in)
			in->answered = true;
		mem_deref(in);
		(void)sip_treply(NULL, s->sip, msg, 500, reason_of(500));
		return;
	}
	in->stack = mem_ref(s);
	in->msg = mem_ref((void *)msg);
	in->auth_user = user;
	if (sip_strans_alloc(&in->st, s->sip, msg, NULL, NULL))
		(void)sip_page_in_reject(in, 500, NULL);
	else if (a && a->h.paging)
		a->h.paging(in, a->arg);
	else if (!a && s->h.paging)
		s->h.paging(in, s->arg);
	mem_deref(in);
}

bool page_arrived(struct sip_stack *s, const struct sip_msg *msg)
{
	struct sip_account *a = stack_account(s, msg);
	size_t n = mbuf_get_left(msg->mb);
	char *user = NULL;
	uint16_t code = 0;

	if (s->closing)
		code = 503;
	else if (!pl_isset(&msg->from.tag))
		code = 400;
	else if (!a && !s->h.paging)
		code = 404;
	else if (!a && challenge(s, msg, &user))
		return true;
	else if (n > SIP_PAGE_MAX)
		code = 413;
	if (code)
		(void)sip_treply(NULL, s->sip, msg, code, reason_of(code));
	else if (!n) /* only asks whether somebody is here */
		(void)sip_treply(NULL, s->sip, msg, 200, "OK");
	else if (!is_plain(msg))
		(void)sip_treplyf(NULL, NULL, s->sip, msg, false, 415,
				  reason_of(415),
				  "Accept: text/plain\r\n" SIP_EMPTY);
	else {
		offer_page(s, a, msg, user);
		return true;
	}
	free(user);
	return true;
}
