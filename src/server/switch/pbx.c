/**
 * @file pbx.c  The switch as a whole: SIP stack, media engine, end
 */
#include "switch_int.h"

enum {
	DEVICE_BUCKETS = 1024,
	NO_ANSWER_S = 180,
	PARK_S = 180,
	PORT_TRIES = 16
};

static void registering(struct sip_register *r, void *arg)
{
	registrar_handle(r, arg);
}

static enum sip_trust trust(const struct sip_message *m, void *arg)
{
	(void)m;
	(void)arg;
	return SIP_TRUST_CHALLENGE;
}

static int ha1(const char *user, const char *realm, uint8_t out[16], void *arg)
{
	struct pbx *p = arg;

	return p->hooks.ha1 ? p->hooks.ha1(user, realm, out, p->arg) : ENOENT;
}

static int ha1_sha256(const char *user, const char *realm, uint8_t out[32],
		      void *arg)
{
	struct pbx *p = arg;

	return p->hooks.ha1_sha256
		       ? p->hooks.ha1_sha256(user, realm, out, p->arg)
		       : ENOENT;
}

static void wrong_digest(const char *user, const struct sa *source, void *arg)
{
	struct pbx *p = arg;

	(void)source;
	if (p->hooks.wrong_digest)
		p->hooks.wrong_digest(user, p->arg);
}

static void destructor(void *arg)
{
	struct pbx *p = arg;

	p->closing = true;
	memset(&p->hooks, 0, sizeof(p->hooks));
	while (!list_isempty(&p->calls))
		call_end(list_ledata(list_head(&p->calls)), PBX_CAUSE_NORMAL);
	recorders_flush(p);
	list_flush(&p->paged);
	hash_flush(p->watches);
	mem_deref(p->watches);
	mem_deref(p->sip);
	hash_flush(p->devices);
	mem_deref(p->devices);
	mem_deref(p->media);
	mem_deref(p->realm);
}

static int listen_sip(struct pbx *p, const struct sa *laddr)
{
	struct sa tcp;
	int err = sip_stack_listen(p->sip, SIP_UDP, laddr);

	if (!err)
		err = sip_stack_address(p->sip, SIP_UDP, &p->laddr);
	if (!err) {
		/* both on one port, as phones expect */
		tcp = p->laddr;
		err = sip_stack_listen(p->sip, SIP_TCP, &tcp);
	}
	return err;
}

int pbx_alloc(struct pbx **pp, const struct pbx_prm *prm,
	      const struct pbx_hooks *hooks, void *arg)
{
	struct sip_stack_handlers handlers = {
		.incoming = call_incoming,
		.registering = registering,
		.paging = page_incoming,
		.subscribing = watch_incoming,
		.trust = trust,
		.ha1 = ha1,
		.wrong_digest = wrong_digest,
	};
	struct sip_stack_prm sip = {.software = "offhookd"};
	struct pbx *p;
	int err;

	if (!pp || !prm || !hooks)
		return EINVAL;

	p = mem_zalloc(sizeof(*p), destructor);
	if (!p)
		return ENOMEM;

	p->prm = *prm;
	p->hooks = *hooks;
	p->arg = arg;
	if (!p->prm.no_answer_s)
		p->prm.no_answer_s = NO_ANSWER_S;
	if (!p->prm.park_s)
		p->prm.park_s = PARK_S;
	/* callIDs go on where they were, roughly: a client that saw one
	   before a restart must not take a new call for it */
	p->last_call = (uint32_t)(time_wall_ms() / 1000) & 0x3fffffff;

	err = str_dup(&p->realm, prm->realm ? prm->realm : "offhook");
	if (!err)
		err = hash_alloc(&p->devices, DEVICE_BUCKETS);
	if (!err)
		err = hash_alloc(&p->watches, DEVICE_BUCKETS);
	if (!err)
		err = media_alloc(&p->media);
	if (err)
		goto out;
	media_prepare(p->media);

	if (hooks->ha1_sha256)
		handlers.ha1_sha256 = ha1_sha256;
	sip.realm = p->realm;
	sip.media = p->media;
	sip.ring_s = LEG_S;
	sip.events = 1 << SIP_EVENT_LAMP;
	if (hooks->presence)
		sip.events |= 1 << SIP_EVENT_PRESENCE;
	if (hooks->messages)
		sip.events |= 1 << SIP_EVENT_MESSAGES;
	/* Any port: the one that UDP gets may not be free for TCP. */
	for (int i = 0; i < PORT_TRIES; i++) {
		err = sip_stack_alloc(&p->sip, &sip, &handlers, p);
		if (!err)
			err = listen_sip(p, &prm->laddr);
		if (err != EADDRINUSE || sa_port(&prm->laddr))
			break;
		p->sip = mem_deref(p->sip);
	}
out:
	if (err)
		mem_deref(p);
	else
		*pp = p;
	return err;
}

int pbx_listen_tls(struct pbx *p, const struct sa *laddr, const char *cert,
		   const char *key, struct sa *bound)
{
	int err;

	if (!p || !laddr || !bound || p->closing)
		return EINVAL;

	err = sip_stack_certificate(p->sip, cert, key);
	if (!err)
		err = sip_stack_listen(p->sip, SIP_TLS, laddr);
	if (!err)
		err = sip_stack_address(p->sip, SIP_TLS, bound);
	return err;
}

const struct sa *pbx_address(const struct pbx *p)
{
	return p ? &p->laddr : NULL;
}

static void all_closed(struct pbx *p)
{
	void (*h)(void *arg) = p->closed;

	if (!p->stack_closed || !list_isempty(&p->recorders))
		return;
	p->closed = NULL;
	if (h)
		h(p->closed_arg);
}

void pbx_recorded(struct pbx *p)
{
	all_closed(p);
}

static void stack_closed(void *arg)
{
	struct pbx *p = arg;

	p->stack_closed = true;
	all_closed(p);
}

void pbx_close(struct pbx *p, void (*done)(void *arg), void *arg)
{
	if (!p || p->closing)
		return;

	p->closing = true;
	p->closed = done;
	p->closed_arg = arg;
	while (!list_isempty(&p->calls))
		call_end(list_ledata(list_head(&p->calls)), PBX_CAUSE_NORMAL);
	list_flush(&p->paged);
	sip_stack_close(p->sip, stack_closed, p);
}
