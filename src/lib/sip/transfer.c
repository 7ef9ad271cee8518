/**
 * @file transfer.c  REFER that we send (RFC 3515), and what is said of it
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

/** As long as a call may ring, and a bit. */
enum { NO_WORD_MS = 240000 };

struct transfer {
	struct sip_leg *leg;
	struct tmr tmr;
	uint16_t code; /**< last one told */
};

static void destructor(void *arg)
{
	struct transfer *t = arg;

	tmr_cancel(&t->tmr);
}

void transfer_close(struct sip_leg *leg)
{
	leg->transfer = mem_deref(leg->transfer);
}

/** The last word; the leg may be gone after. */
static void over(struct sip_leg *leg, uint16_t code, const char *reason,
		 const struct sip_msg *msg)
{
	transfer_close(leg);
	(void)leg_tell(leg, SIP_LEG_EV_TRANSFER, code, reason, 0, msg);
}

static void no_word(void *arg)
{
	struct transfer *t = arg;

	over(t->leg, 408, reason_of(408), NULL);
}

static void refer_answered(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;
	char *reason = msg ? clean_pl(&msg->reason) : NULL;

	if (!leg->transfer) {
		; /* a NOTIFY has overtaken it */
	} else if (err || !msg || msg->scode >= 300) {
		leg_guard(leg);
		over(leg,
		     msg		? msg->scode
		     : err == ETIMEDOUT ? 408
					: 503,
		     reason ? reason : "", msg);
		leg_unguard(leg);
	} else if (!leg->transfer->code) {
		leg->transfer->code = 100;
		(void)leg_tell(leg, SIP_LEG_EV_TRANSFER, 100, "Trying", 0, msg);
	}
	free(reason);
}

/** First line of a message/sipfrag (RFC 3420). */
static uint16_t read_frag(const struct sip_msg *msg, struct pl *reason)
{
	struct pl version, code;
	uint32_t n;

	if (!msg_ctype_cmp(&msg->ctyp, "message", "sipfrag") ||
	    re_regex((const char *)mbuf_buf(msg->mb), mbuf_get_left(msg->mb),
		     "SIP/[0-9.]+ [0-9]3[^\r\n]*", &version, &code, reason))
		return 0;
	n = pl_u32(&code);
	if (reason->l && *reason->p == ' ')
		pl_advance(reason, 1);
	return n >= 100 && n <= 699 ? (uint16_t)n : 0;
}

static bool is_terminated(const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_SUBSCRIPTION_STATE);

	return h && h->val.l >= 10 && !strncasecmp(h->val.p, "terminated", 10);
}

void transfer_notified(struct sip_leg *leg, const struct sip_msg *msg)
{
	struct transfer *t = leg->transfer;
	struct pl pl = pl_null;
	uint16_t code;
	char *reason;

	if (!t) {
		(void)sip_session_reply(leg->session, msg, 481, NULL);
		return;
	}
	if (!sip_msg_hdr(msg, SIP_HDR_SUBSCRIPTION_STATE)) {
		(void)sip_session_reply(leg->session, msg, 400, NULL);
		return;
	}
	(void)sip_session_reply(leg->session, msg, 200, NULL);
	code = read_frag(msg, &pl);
	/* The last one and no result: what became of it is not known. */
	if (code < 200 && is_terminated(msg)) {
		over(leg, 408, reason_of(408), msg);
		return;
	}
	if (!code)
		return;
	reason = clean_pl(&pl);
	if (code >= 200) {
		over(leg, code, reason, msg);
	} else if (code != t->code) {
		t->code = code;
		(void)leg_tell(leg, SIP_LEG_EV_TRANSFER, code, reason, 0, msg);
	}
	free(reason);
}

/* --- what we ask -------------------------------------------------------- */

/** "sip:202@host?Replaces=…": the other side's Contact, and its dialog as
 *  that side knows it. */
static char *attended_target(const struct sip_session *other)
{
	char *value = NULL, *uri = NULL, *copy;
	struct pl pl;

	if (!other->remote || !uri_is_sane(other->remote) ||
	    strchr(other->remote, '?') ||
	    re_sdprintf(&value, "%s;to-tag=%s;from-tag=%s", other->call_id,
			other->rtag, other->ltag))
		return NULL;
	pl_set_str(&pl, value);
	(void)re_sdprintf(&uri, "%s?Replaces=%H", other->remote,
			  uri_header_escape, &pl);
	copy = uri ? text_dup(uri) : NULL;
	mem_deref(value);
	mem_deref(uri);
	return copy;
}

static char *blind_target(const struct sip_leg *leg, const char *target)
{
	char *uri;

	if (!strncasecmp(target, "sip:", 4))
		uri = text_dup(target);
	else if (leg->account)
		uri = uri_make(target, leg->account->domain);
	else
		return NULL;
	if (uri && uri_is_sane(uri))
		return uri;
	free(uri);
	return NULL;
}

static bool is_up(const struct sip_leg *leg)
{
	return leg && leg->state == SIP_LEG_ESTABLISHED && leg->session &&
	       leg->session->state == SESSION_UP;
}

static int send_refer(struct sip_leg *leg, const char *uri)
{
	char *by = leg->account ? text_printf("Referred-By: <%s>\r\n",
					      leg->account->aor)
				: text_dup("");
	char *headers =
		by ? text_printf(
			     "Refer-To: <%s>\r\n%s" SIP_ALLOW SESSION_SUPPORTED,
			     uri, by)
		   : NULL;
	int err = headers ? sip_session_request(
				    leg->session, NULL, "REFER",
				    sip_session_content(headers, NULL), true,
				    refer_answered, leg, false)
			  : ENOMEM;

	free(by);
	free(headers);
	return err;
}

int sip_leg_transfer(struct sip_leg *leg, const char *target,
		     struct sip_leg *other)
{
	char *uri;
	int err;

	if (!is_up(leg) || (other && !is_up(other)))
		return EPROTO;
	if (leg == other || (!other && text_empty(target)))
		return EINVAL;
	if (leg->transfer)
		return EALREADY;
	uri = other ? attended_target(other->session)
		    : blind_target(leg, target);
	if (!uri)
		return EINVAL;
	leg->transfer = mem_zalloc(sizeof(*leg->transfer), destructor);
	if (!leg->transfer) {
		free(uri);
		return ENOMEM;
	}
	leg->transfer->leg = leg;
	tmr_start(&leg->transfer->tmr, NO_WORD_MS, no_word, leg->transfer);
	err = send_refer(leg, uri);
	free(uri);
	if (err)
		transfer_close(leg);
	return err;
}
