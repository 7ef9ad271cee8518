/**
 * @file account_alive.c  Is the registrar still there? (RFC 3261 §11)
 *
 * Where there is no connection, nothing says that the other side has gone
 * until the registration is renewed. So it is asked now and then, with
 * OPTIONS, and whatever it answers is good. No transaction is kept for it: at
 * rest a question and its answer wake us twice, and no timer is left behind.
 */
#include <stdlib.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum { TRIES = 4, PAUSES = 20 /**< so many of them in prm.alive_ms */ };

static void on_timer(void *arg);

static int ask(struct sip_account *a)
{
	struct uri route;
	char *next = NULL;
	struct pl pl;
	int err;

	err = re_sdprintf(&next, "sip:%J%s", &a->addr,
			  sip_transp_param(transp_of(a->transport)));
	if (err)
		return err;
	pl_set_str(&pl, next);
	err = uri_decode(&route, &pl);
	if (!err)
		err = sip_requestf(NULL, a->stack->sip, false, "OPTIONS",
				   a->registrar, &route, NULL, NULL, NULL, NULL,
				   "To: <%s>\r\n"
				   "From: <%s>;tag=%s\r\n"
				   "Call-ID: %s\r\n"
				   "CSeq: %u OPTIONS\r\n" SIP_EMPTY,
				   a->registrar, a->aor, a->tag, a->alive_id,
				   ++a->alive_cseq);
	mem_deref(next);
	return err;
}

void account_alive_stop(struct sip_account *a)
{
	a->asked = 0;
	tmr_cancel(&a->tmr_alive);
}

void account_alive_start(struct sip_account *a)
{
	account_alive_stop(a);
	if (a->alive_ms && a->transport == SIP_UDP)
		tmr_start(&a->tmr_alive, a->alive_ms, on_timer, a);
}

static void on_timer(void *arg)
{
	struct sip_account *a = arg;

	if (a->state != SIP_ACCOUNT_REGISTERED || a->stack->closing)
		return;
	/* A renewal is under way, and says as much. */
	if (a->req) {
		account_alive_start(a);
		return;
	}
	if (a->asked == TRIES) {
		log_info("the registrar does not answer any more");
		account_alive_stop(a);
		account_failed(a, 0, strerror(ETIMEDOUT), 0);
		return;
	}
	if (!a->asked)
		hex_random(a->alive_id, 16);
	a->asked++;
	/* What can't be sent is not answered either. */
	(void)ask(a);
	tmr_start(&a->tmr_alive, a->alive_ms / PAUSES, on_timer, a);
}

bool account_alive_answered(struct sip_stack *s, const struct sip_msg *msg)
{
	struct le *le;

	for (le = s->accounts.head; le; le = le->next) {
		struct sip_account *a = le->data;

		if (!a->asked || pl_strcmp(&msg->callid, a->alive_id) ||
		    !sa_cmp(&msg->src, &a->addr, SA_ADDR))
			continue;
		account_alive_start(a);
		return true;
	}
	return false;
}
