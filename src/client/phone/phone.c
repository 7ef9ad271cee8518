/**
 * @file phone.c  The phone: its SIP stack and its account
 */
#include "phone_int.h"

/** That the registrar is gone is seen within 30 s; and a phone at rest wakes
 *  up no more often than for the poll for events, which is as long. */
enum { ALIVE_MS = 25000 };

static void destructor(void *arg)
{
	struct phone *p = arg;
	struct le *le;

	p->closing = true;
	memset(&p->h, 0, sizeof(p->h));
	route_close(p);
	/* one whose handler is running outlives its phone */
	LIST_FOREACH (&p->calls, le)
		call_orphan(le->data);
	list_flush(&p->calls);
	lamps_close(p);
	mem_deref(p->account);
	mem_deref(p->sip);
	mem_deref(p->media);
}

/** The client's own end: any free port; names are looked up by the stack. */
static int listen_sip(struct phone *p)
{
	static const char *const addresses[] = {"0.0.0.0", "::"};
	struct sa laddr;
	int err = 0, works = ENETUNREACH;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		sa_set_str(&laddr, addresses[i], 0);
		err = sip_stack_listen(p->sip, SIP_UDP, &laddr);
		if (!err)
			err = sip_stack_listen(p->sip, SIP_TCP, &laddr);
		if (!err)
			works = 0;
	}
	return works;
}

int phone_alloc(struct phone **pp, const struct phone_handlers *h, void *arg)
{
	struct sip_stack_prm prm = {.software = "offhook"};
	struct phone *p;
	int err;

	if (!pp || !h)
		return EINVAL;

	p = mem_zalloc(sizeof(*p), destructor);
	if (!p)
		return ENOMEM;

	p->h = *h;
	p->arg = arg;
	err = media_alloc(&p->media);
	if (!err) {
		prm.media = p->media;
		err = sip_stack_alloc(&p->sip, &prm, NULL, NULL);
	}
	if (!err)
		err = listen_sip(p);
	if (!err)
		err = route_init(p);
	if (err)
		mem_deref(p);
	else
		*pp = p;
	return err;
}

static void account_state(struct sip_account *a, void *arg)
{
	struct phone *p = arg;
	struct sip_account_info info;

	sip_account_info(a, &info);
	if (info.state == SIP_ACCOUNT_TRYING)
		return;

	if (p->h.registered)
		p->h.registered(
			info.state == SIP_ACCOUNT_REGISTERED,
			info.state == SIP_ACCOUNT_REGISTERED ? "" : info.reason,
			info.state == SIP_ACCOUNT_REFUSED, p->arg);
}

static void on_paging(struct sip_page_in *in, void *arg)
{
	message_incoming(in, arg);
}

static void end_calls(struct phone *p)
{
	struct le *le;

	mem_ref(p);
	while ((le = list_head(&p->calls))) {
		struct phone_call *c = mem_ref(le->data);

		sip_leg_hangup(c->leg);
		c->state = PHONE_ENDED;
		c->code = 200;
		if (p->h.changed)
			p->h.changed(c, c->arg, p->arg);
		/* unless the handler has taken it away itself */
		if (mem_nrefs(c) > 1)
			mem_deref(c);
		mem_deref(c);
	}
	mem_deref(p);
}

int phone_set_account(struct phone *p, const struct phone_account *prm)
{
	static const struct sip_account_handlers handlers = {
		.state = account_state,
		.incoming = call_incoming,
		.paging = on_paging,
	};
	struct sip_account_prm account = {.expires = 0};
	int err;

	if (!p)
		return EINVAL;

	mem_ref(p);
	end_calls(p);
	lamps_end(p);
	p->account = mem_deref(p->account);
	if (!prm) {
		if (p->h.registered)
			p->h.registered(false, "", false, p->arg);
		mem_deref(p);
		return 0;
	}

	account.user = prm->user;
	account.domain = prm->domain;
	account.server = prm->registrar;
	account.name = prm->name;
	account.auth_user = prm->auth_user;
	account.password = prm->secret;
	account.transport = prm->tcp ? SIP_TCP : SIP_UDP;
	account.alive_ms = ALIVE_MS;
	err = sip_account_alloc(&p->account, p->sip, &account, &handlers, p);
	if (!err)
		lamps_begin(p, prm->user);
	mem_deref(p);
	return err;
}

void phone_close(struct phone *p, void (*done)(void *arg), void *arg)
{
	if (!p || p->closing)
		return;

	p->closing = true;
	mem_ref(p);
	end_calls(p);
	sip_stack_close(p->sip, done, arg);
	mem_deref(p);
}
