/**
 * @file refer.c  REFER that we get (RFC 3515): asked, done, reported
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

/** How long the user may think, and the phone at the target ring. */
enum { EXPIRES_S = 240, REFERS_MAX = 4 };

struct sip_refer {
	struct le le;
	struct sip_leg *leg; /**< NULL: nobody is there to be told */
	struct sip_msg *msg; /**< until it is answered */
	char *uri, *user, *name, *by;
	char *replaces;	   /**< value of the header, NULL: blind */
	char *referred_by; /**< likewise */
	char id[24];	   /**< ";id=…" of the event, "" for the first */
	uint16_t code;	   /**< last one told */
	bool accepted, over;
};

/* --- what was told ------------------------------------------------------ */

static void notified(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_refer *r = arg;

	/* The subscription is gone: nobody listens (RFC 3265 §3.2.2). */
	if (err || msg->scode >= 300)
		r->over = true;
}

/** @param going It is being freed: nothing may hold it */
static void notify(struct sip_refer *r, uint16_t code, const char *reason,
		   bool going)
{
	bool last = code >= 200;
	char state[64], *content;

	if (r->over || !r->leg || !r->leg->session)
		return;
	r->over = last;
	snprintf(state, sizeof(state),
		 last ? "terminated;reason=noresource" : "active;expires=%d",
		 EXPIRES_S);
	content = text_printf("Event: refer%s\r\n"
			      "Subscription-State: %s\r\n" SIP_ALLOW
			      "Content-Type: message/sipfrag;version=2.0\r\n"
			      "Content-Length: %zu\r\n\r\nSIP/2.0 %03u %s\r\n",
			      r->id, state, strlen(reason) + 14, code, reason);
	(void)sip_session_request(r->leg->session, NULL, "NOTIFY", content,
				  true, going ? NULL : notified,
				  going ? NULL : r, !going);
}

void refer_progress(struct sip_refer *r, uint16_t code, const char *reason)
{
	if (!r->accepted || r->code == code)
		return;
	r->code = code;
	notify(r, code, text_empty(reason) ? reason_of(code) : reason, false);
}

/* --- answers ------------------------------------------------------------ */

int sip_refer_accept(struct sip_refer *r)
{
	struct sip_contact contact;
	const struct sip_session *s;

	if (!r || !r->msg || !r->leg || !r->leg->session)
		return EPROTO;
	s = r->leg->session;
	sip_contact_set(&contact, s->contact, &r->msg->dst, r->msg->tp);
	(void)sip_treplyf(NULL, NULL, r->leg->stack->sip, r->msg, true, 202,
			  "Accepted", "%H" SIP_ALLOW SIP_EMPTY,
			  sip_contact_print, &contact);
	r->msg = mem_deref(r->msg);
	r->accepted = true;
	refer_progress(r, 100, "Trying");
	return 0;
}

void sip_refer_reject(struct sip_refer *r, uint16_t code)
{
	if (!r)
		return;
	if (code < 300 || code > 699)
		code = 603;
	if (r->over)
		return;
	if (r->msg && r->leg)
		(void)sip_treply(NULL, r->leg->stack->sip, r->msg, code,
				 reason_of(code));
	else
		refer_progress(r, code, reason_of(code));
	r->msg = mem_deref(r->msg);
	r->over = true;
}

void refer_orphan(struct sip_leg *leg)
{
	struct le *le;

	for (le = leg->refers.head; le;) {
		struct sip_refer *r = le->data;

		le = le->next;
		mem_ref(r);
		if (r->msg)
			sip_refer_reject(r, 603);
		list_unlink(&r->le);
		r->leg = NULL;
		mem_deref(r);
	}
}

static void destructor(void *arg)
{
	struct sip_refer *r = arg;

	/* Let go of without a word. */
	if (r->accepted)
		notify(r, 603, reason_of(603), true);
	else
		sip_refer_reject(r, 603);
	list_unlink(&r->le);
	free(r->uri);
	free(r->user);
	free(r->name);
	free(r->by);
	free(r->replaces);
	free(r->referred_by);
}

/* --- reading ------------------------------------------------------------ */

/** The value of a URI's header, unescaped and fit to be one of ours. */
static int read_replaces(struct sip_refer *r, const struct pl *headers)
{
	struct pl name = PL("Replaces"), raw;
	char *value = NULL;
	int err = 0;

	/* One that is there and says nothing is no blind transfer. */
	if (uri_header_get(headers, &name, &raw)) {
		value = headers->l ? dup_pl(headers) : NULL;
		err = value && strcasestr(value, "replaces") ? EBADMSG : 0;
		mem_deref(value);
		return err;
	}
	if (re_sdprintf(&value, "%H", uri_header_unescape, &raw))
		return EBADMSG;
	for (const char *c = value; *c; c++) {
		if (*c < ' ' || *c > '~')
			err = EBADMSG;
	}
	if (!*value || strlen(value) > 512)
		err = EBADMSG;
	if (!err)
		r->replaces = text_dup(value);
	mem_deref(value);
	return err;
}

/** @return 0, or the code that refuses it */
static uint16_t read_target(struct sip_refer *r, const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_REFER_TO);
	struct sip_addr addr;
	struct uri uri;
	struct pl head, method;

	if (!h || sip_msg_hdr_count(msg, SIP_HDR_REFER_TO) != 1 ||
	    sip_addr_decode(&addr, &h->val))
		return 400;
	if (uri_decode(&uri, &addr.auri))
		return 400;
	if (pl_strcasecmp(&uri.scheme, "sip"))
		return 416;
	/* Other things than calls are not done for anybody. */
	if (!msg_param_decode(&uri.params, "method", &method) &&
	    pl_strcasecmp(&method, "INVITE"))
		return 603;
	head = addr.auri;
	for (head.l = 0; head.l < addr.auri.l && head.p[head.l] != '?';)
		head.l++;
	r->uri = clean_pl(&head);
	if (!r->uri || !uri_is_sane(r->uri))
		return 400;
	if (read_replaces(r, &uri.headers))
		return 400;
	return 0;
}

static char *referred_by(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_REFERRED_BY);

	if (!h || h->val.l > 512)
		return NULL;
	for (size_t i = 0; i < h->val.l; i++) {
		if (h->val.p[i] < ' ' || h->val.p[i] > '~')
			return NULL;
	}
	return clean_pl(&h->val);
}

static uint16_t read_refer(struct sip_refer *r, const struct sip_msg *msg)
{
	const struct sip_message *m = message_of(msg);
	uint16_t code = read_target(r, msg);

	if (code)
		return code;
	r->user = sip_message_user(m, "Refer-To");
	r->name = sip_message_name(m, "Refer-To");
	r->by = sip_message_user(m, "Referred-By");
	r->referred_by = referred_by(msg);
	return 0;
}

static bool any_open(const struct sip_leg *leg)
{
	struct le *le;

	for (le = leg->refers.head; le; le = le->next) {
		const struct sip_refer *r = le->data;

		if (!r->over)
			return true;
	}
	return false;
}

void refer_arrived(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct sip_leg_event ev = {.type = SIP_LEG_EV_REFER, .reason = ""};
	struct sip_refer *r;
	uint16_t code;

	/* One wish at a time (RFC 3515 lets us be so). */
	if (leg->state != SIP_LEG_ESTABLISHED || any_open(leg)) {
		(void)sip_session_reply(leg->session, msg, 491, NULL);
		return;
	}
	r = mem_zalloc(sizeof(*r), destructor);
	if (!r) {
		(void)sip_session_reply(leg->session, msg, 500, NULL);
		return;
	}
	code = read_refer(r, msg);
	if (code) {
		r->over = true;
		(void)sip_session_reply(leg->session, msg, code, NULL);
		mem_deref(r);
		return;
	}
	r->leg = leg;
	r->msg = mem_ref((void *)msg);
	if (leg->refer_count++)
		snprintf(r->id, sizeof(r->id), ";id=%u", msg->cseq.num);
	list_append(&leg->refers, &r->le, r);
	ev.message = message_of(msg);
	ev.refer = r;
	(void)leg_tell_event(leg, &ev);
	mem_deref(r);
}

/* --- getters ------------------------------------------------------------ */

const char *sip_refer_user(const struct sip_refer *r)
{
	return r && r->user ? r->user : "";
}

const char *sip_refer_name(const struct sip_refer *r)
{
	return r && r->name ? r->name : "";
}

const char *sip_refer_by(const struct sip_refer *r)
{
	return r && r->by ? r->by : "";
}

void sip_refer_progress(struct sip_refer *r, uint16_t code)
{
	if (r)
		refer_progress(r, code, NULL);
}

struct sip_leg *sip_refer_replaces(const struct sip_refer *r)
{
	return r && r->leg && r->replaces
		       ? replaces_leg(r->leg->stack, r->replaces)
		       : NULL;
}

bool sip_refer_attended(const struct sip_refer *r)
{
	return r && r->replaces;
}

const char *refer_uri(const struct sip_refer *r)
{
	return r->uri;
}

char *refer_headers(const struct sip_refer *r)
{
	char *by, *all;

	if (!r)
		return text_dup("");
	by = r->referred_by ? text_printf("Referred-By: %s\r\n", r->referred_by)
			    : text_dup("");
	if (!by)
		return NULL;
	all = r->replaces ? text_printf("%sReplaces: %s\r\n"
					"Require: replaces\r\n",
					by, r->replaces)
			  : text_dup(by);
	free(by);
	return all;
}
