/**
 * @file redirect.c  Where a 3xx sends our call (RFC 3261 §8.1.3.4)
 *
 * The contacts are tried in the order of their q, each once, whoever named
 * it; so a loop ends. How many, and whether at all, is the owner's to say.
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

enum { TARGETS_MAX = 32 };

struct target {
	struct le le;
	char *uri;
	unsigned q; /**< thousandths */
	bool tried;
};

struct redirect {
	struct sip_account *account;
	char *from, *name;
	unsigned left; /**< so many may still be tried */
	bool began;
	struct list targets;
};

static void target_destructor(void *arg)
{
	struct target *t = arg;

	list_unlink(&t->le);
	free(t->uri);
}

static void destructor(void *arg)
{
	struct redirect *r = arg;

	list_flush(&r->targets);
	mem_deref(r->account);
	free(r->from);
	free(r->name);
}

static bool higher_q(struct le *a, struct le *b, void *arg)
{
	const struct target *x = a->data, *y = b->data;
	(void)arg;

	return x->q >= y->q;
}

static struct target *add(struct redirect *r, const char *uri, unsigned q)
{
	struct target *t;
	struct le *le;

	for (le = r->targets.head; le; le = le->next) {
		t = le->data;
		if (!strcmp(t->uri, uri))
			return NULL;
	}
	if (list_count(&r->targets) >= TARGETS_MAX)
		return NULL;
	t = mem_zalloc(sizeof(*t), target_destructor);
	if (!t)
		return NULL;
	t->uri = text_dup(uri);
	if (!t->uri)
		return mem_deref(t);
	t->q = q;
	list_append(&r->targets, &t->le, t);
	return t;
}

/** "0.7" in thousandths; without one the highest. */
static unsigned q_of(const struct pl *params)
{
	unsigned q = 0, unit = 100;
	struct pl pl;

	if (msg_param_decode(params, "q", &pl) || !pl.l)
		return 1000;
	if (pl.p[0] == '1')
		return 1000;
	for (size_t i = 2; i < pl.l && i < 5 && pl.p[1] == '.'; i++) {
		if (pl.p[i] < '0' || pl.p[i] > '9')
			break;
		q += unit * (unsigned)(pl.p[i] - '0');
		unit /= 10;
	}
	return q;
}

static bool contact_handler(const struct sip_hdr *hdr,
			    const struct sip_msg *msg, void *arg)
{
	struct redirect *r = arg;
	struct sip_addr addr;
	struct pl head;
	char *uri;
	(void)msg;

	if (sip_addr_decode(&addr, &hdr->val))
		return false;
	/* headers that somebody else wants in our INVITE stay out of it */
	head = addr.auri;
	for (head.l = 0; head.l < addr.auri.l && head.p[head.l] != '?';)
		head.l++;
	uri = dup_pl(&head);
	if (uri && uri_is_sane(uri))
		(void)add(r, uri, q_of(&addr.params));
	mem_deref(uri);
	return false;
}

int redirect_init(struct sip_leg *leg, const struct plan *p,
		  const struct sip_leg_prm *prm)
{
	struct redirect *r;
	struct target *t;

	if (!prm->redirects)
		return 0;
	r = mem_zalloc(sizeof(*r), destructor);
	if (!r)
		return ENOMEM;
	leg->redirect = r;
	r->account = mem_ref(prm->account);
	r->from = text_dup(p->from);
	r->name = p->name ? text_dup(p->name) : NULL;
	r->left = prm->redirects;
	t = add(r, p->to, 1000);
	if (!t || !r->from || (p->name && !r->name))
		return ENOMEM;
	t->tried = true;
	return 0;
}

static struct target *next_target(struct redirect *r)
{
	struct le *le;

	list_sort(&r->targets, higher_q, NULL);
	for (le = r->targets.head; le && r->left; le = le->next) {
		struct target *t = le->data;

		if (!t->tried)
			return t;
	}
	return NULL;
}

static int plan(struct plan *p, const struct sip_leg *leg, const char *uri)
{
	const struct sip_leg_prm prm = {
		.to_uri = uri,
		.account = leg->redirect->account,
		.from_user = "x", /* ours is known already */
	};

	return make_plan(p, leg->stack, &prm);
}

static int invite(struct sip_leg *leg, const struct plan *p)
{
	const struct redirect *r = leg->redirect;
	const struct sip_session_target target = {
		.uri = p->to,
		.from_name = r->name,
		.from_uri = r->from,
		.route = p->route,
	};

	leg->state = SIP_LEG_CALLING;
	leg->ringing = mem_deref(leg->ringing);
	return sip_session_invite(leg->session, &target);
}

/** @return true if it is being tried, or the leg is over */
static bool try(struct sip_leg *leg, struct target *t, uint16_t code,
		const struct sip_msg *msg)
{
	const struct sip_leg_event ev = {
		.type = SIP_LEG_EV_REDIRECTED,
		.code = code,
		.reason = reason_of(code),
		.message = message_of(msg),
		.target = t->uri,
	};
	struct plan p = {0};
	bool done = false;

	t->tried = true;
	/* Where we can't send anything to is none for us. */
	if (!plan(&p, leg, t->uri)) {
		leg->redirect->left--;
		log_info("the call goes on to another contact");
		done = !leg_tell_event(leg, &ev) || !invite(leg, &p);
	}
	plan_reset(&p);
	return done;
}

bool redirect_failed(const struct sip_msg *msg, void *arg)
{
	struct sip_leg *leg = arg;
	struct redirect *r = leg->redirect;
	uint16_t code = msg ? msg->scode : 408;
	struct target *t;

	if (!r || leg->state == SIP_LEG_CLOSED || code >= 600)
		return false;
	if (code < 400) {
		r->began = true;
		(void)sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT,
					contact_handler, r);
	} else if (!r->began) {
		return false;
	}
	mem_ref(r);
	leg_guard(leg);
	while ((t = next_target(r)) && !try(leg, t, code, msg))
		;
	mem_deref(r);
	/* hung up in the event: the session has nothing left to say */
	if (leg->state == SIP_LEG_CLOSED)
		t = NULL;
	leg_unguard(leg);
	return t != NULL;
}
