/**
 * @file line.c  Lines: accounts in use, each with a SIP stack of its own
 *
 * One stack for each, since a stack speaks TLS with one server; and what is
 * wrong with one line then is nothing to the others.
 */
#include <offhook/net.h>
#include "phone_int.h"

/** That the registrar is gone is seen within 30 s; and a phone at rest wakes
 *  up no more often than for the poll for events, which is as long. */
enum { ALIVE_MS = 25000 };

static void destructor(void *arg)
{
	struct phone_line *l = arg;

	list_unlink(&l->le);
	sip_account_close(l->account);
	mem_deref(l->account);
	mem_deref(l->sip);
}

/** The client's own end: any free port; names are looked up by the stack. */
static int listen_sip(struct sip_stack *sip)
{
	static const char *const addresses[] = {"0.0.0.0", "::"};
	static const enum sip_transport transports[] = {SIP_UDP, SIP_TCP,
							SIP_TLS};
	struct sa laddr;
	int err = 0, works = ENETUNREACH;
	size_t i, t;

	for (i = 0; i < ARRAY_SIZE(addresses); i++) {
		sa_set_str(&laddr, addresses[i], 0);
		for (t = 0; t < ARRAY_SIZE(transports); t++) {
			err = sip_stack_listen(sip, transports[t], &laddr);
			if (!err)
				works = 0;
		}
	}
	return works;
}

static void account_state(struct sip_account *a, void *arg)
{
	struct phone_line *l = arg;
	struct phone *p = l->phone;
	struct phone_line_info info;
	(void)a;

	if (!p || p->closing)
		return;

	phone_line_info(l, &info);
	if (info.trying)
		return;
	if (l != p->line) {
		if (p->h.line)
			p->h.line(l, l->arg, p->arg);
		return;
	}
	if (p->h.registered)
		p->h.registered(info.registered, info.reason, info.refused,
				p->arg);
}

static void on_incoming(struct sip_incoming *in, void *arg)
{
	struct phone_line *l = arg;

	if (l->phone)
		call_incoming(in, l);
	else
		sip_incoming_reject(in, 480, NULL);
}

static void on_paging(struct sip_page_in *in, void *arg)
{
	struct phone_line *l = arg;

	if (l->phone)
		message_incoming(in, l->phone);
}

/** @param pin Where its pin is put, if it has one. @return 0 or EINVAL */
static int account_prm(struct sip_account_prm *account, struct net_pin *pin,
		       const struct phone_account *prm)
{
	static const enum sip_transport transports[] = {
		[PHONE_UDP] = SIP_UDP,
		[PHONE_TCP] = SIP_TCP,
		[PHONE_TLS] = SIP_TLS,
	};

	*account = (struct sip_account_prm){
		.user = prm->user,
		.domain = prm->domain,
		.server = prm->registrar,
		.name = prm->name,
		.auth_user = prm->auth_user,
		.password = prm->secret,
		.transport = transports[prm->transport],
		.alive_ms = ALIVE_MS,
	};
	if (prm->fingerprint) {
		account->pin = pin;
		return net_pin_read(pin, prm->fingerprint);
	}
	return 0;
}

static int account_alloc(struct phone_line *l, const struct phone_account *prm)
{
	static const struct sip_account_handlers handlers = {
		.state = account_state,
		.incoming = on_incoming,
		.paging = on_paging,
	};
	struct sip_account_prm account;
	struct net_pin pin;
	int err = account_prm(&account, &pin, prm);

	if (err)
		return err;
	return sip_account_alloc(&l->account, l->sip, &account, &handlers, l);
}

bool line_renew(struct phone_line *l, const struct phone_account *prm)
{
	struct sip_account_prm account;
	struct net_pin pin;

	if (!l || account_prm(&account, &pin, prm) ||
	    !sip_account_is(l->account, &account))
		return false;
	sip_account_retry(l->account);
	return true;
}

int phone_line_add(struct phone *p, struct phone_line **lp,
		   const struct phone_account *prm, void *line_arg)
{
	struct sip_stack_prm stack = {.software = "offhook"};
	struct phone_line *l;
	int err;

	if (!p || !lp || !prm || p->closing)
		return EINVAL;

	l = mem_zalloc(sizeof(*l), destructor);
	if (!l)
		return ENOMEM;

	/* The first call does not wait for it. */
	if (p->security != MEDIA_SECURITY_OFF)
		media_prepare(p->media);
	l->phone = p;
	l->arg = line_arg;
	stack.media = p->media;
	err = sip_stack_alloc(&l->sip, &stack, NULL, NULL);
	if (!err)
		err = listen_sip(l->sip);
	if (!err)
		err = account_alloc(l, prm);
	if (err) {
		mem_deref(l);
		return err;
	}
	list_append(&p->lines, &l->le, l);
	*lp = l;
	return 0;
}

void line_orphan(struct phone_line *l)
{
	list_unlink(&l->le);
	l->phone = NULL;
	mem_deref(l);
}

void line_retire(struct phone_line *l)
{
	if (phone_has_calls(l->phone, l)) {
		l->retired = true;
		sip_account_close(l->account);
	} else {
		line_orphan(l);
	}
}

void line_call_gone(struct phone_line *l)
{
	if (l && l->retired && l->phone && !phone_has_calls(l->phone, l))
		line_orphan(l);
}

void phone_line_remove(struct phone_line *l)
{
	struct phone *p = l ? l->phone : NULL;

	if (!p)
		return;

	mem_ref(p);
	phone_end_calls(p, l);
	line_orphan(l);
	mem_deref(p);
}

void phone_line_info(const struct phone_line *l, struct phone_line_info *info)
{
	struct sip_account_info i;
	uint64_t now = time_mono_ms();

	memset(info, 0, sizeof(*info));
	info->reason = "";
	if (!l)
		return;

	sip_account_info(l->account, &i);
	info->registered = i.state == SIP_ACCOUNT_REGISTERED;
	info->trying = i.state == SIP_ACCOUNT_TRYING;
	info->refused = i.state == SIP_ACCOUNT_REFUSED;
	info->reason = info->registered ? "" : i.reason;
	info->since_ms = i.since_ms;
	if (i.retry_ms)
		info->retry_ms =
			time_wall_ms() +
			(int64_t)(i.retry_ms > now ? i.retry_ms - now : 0);
	info->certificate = i.certificate;
}

const struct phone_line *phone_line(const struct phone *p)
{
	return p ? p->line : NULL;
}

int phone_line_trust(struct phone *p, const struct phone_line *line,
		     const char *fingerprint)
{
	struct net_pin pin;

	if (!p || !line || line->phone != p)
		return EINVAL;
	if (fingerprint && net_pin_read(&pin, fingerprint))
		return EINVAL;
	return sip_account_pin(line->account, fingerprint ? &pin : NULL);
}

/* ---- the network under them ---------------------------------------------- */

static void on_network(enum sip_network_event ev, void *arg)
{
	struct phone *p = mem_ref(arg);
	struct le *le = list_head(&p->lines);

	while (le) {
		struct phone_line *l = mem_ref(le->data);

		sip_stack_network(l->sip, ev);
		le = le->next;
		mem_deref(l);
	}
	mem_deref(p);
}

void line_watch_network(struct phone *p)
{
	int err = sip_network_alloc(&p->network, NULL, on_network, p);

	/* registrations find out by themselves then, later */
	if (err)
		log_warn("the network is not watched: %s", strerror(err));
}

/* ---- the end ---------------------------------------------------------------
 */

static void stack_closed(void *arg)
{
	struct phone *p = arg;

	if (--p->closing_stacks)
		return;
	if (p->closed)
		p->closed(p->closed_arg);
	mem_deref(p);
}

void lines_close(struct phone *p, void (*done)(void *arg), void *arg)
{
	struct le *le;

	p->closed = done;
	p->closed_arg = arg;
	/* this one is for when there is none; its turn comes last */
	p->closing_stacks = 1;
	mem_ref(p);
	LIST_FOREACH (&p->lines, le) {
		struct phone_line *l = le->data;

		p->closing_stacks++;
		sip_stack_close(l->sip, stack_closed, p);
	}
	tmr_start(&p->tmr_closed, 0, stack_closed, p);
}
