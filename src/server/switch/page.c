/**
 * @file page.c  Text messages from one phone to another (RFC 3428)
 *
 * A message goes to all phones of whom it is for. Its sender hears of it
 * what the first says that has taken it, or the best of the refusals: none is
 * kept here, so none is confirmed before a phone has it.
 */
#include "switch_int.h"

/** Those that are on their way: each holds a transaction for half a minute. */
enum { PAGED_MAX = 1000 };

struct copy {
	struct le le;
	struct paged *paged;
	struct sip_page *page;
};

struct paged {
	struct le le;
	struct sip_page_in *in; /**< NULL: it is ours, nobody waits */
	struct list copies;	/**< struct copy: not answered yet */
	uint16_t code;		/**< the best of what was said */
};

static void copy_destructor(void *arg)
{
	struct copy *c = arg;

	list_unlink(&c->le);
	mem_deref(c->page);
}

static void paged_destructor(void *arg)
{
	struct paged *m = arg;

	list_unlink(&m->le);
	list_flush(&m->copies);
	mem_deref(m->in);
}

/** Refusals of a person count more than those of machines. */
static void take_code(struct paged *m, uint16_t code)
{
	if (!code)
		code = 408;
	if (!m->code || m->code == 408 || code >= 600)
		m->code = code;
}

static void settle(struct paged *m)
{
	if (!list_isempty(&m->copies))
		return;

	/* what a phone says to a digest of its own is not for the sender */
	if (m->code == 401 || m->code == 407)
		m->code = 480;
	if (m->in)
		sip_page_in_reject(m->in, m->code ? m->code : 480, NULL);
	mem_deref(m);
}

static void answered(struct sip_page *page, uint16_t code, const char *reason,
		     void *arg)
{
	struct copy *c = arg;
	struct paged *m = c->paged;
	(void)page;
	(void)reason;

	if (code >= 200 && code < 300 && m->in)
		sip_page_in_accept(m->in);
	else if (code >= 300 || !code)
		take_code(m, code);
	mem_deref(c);
	settle(m);
}

static void send_copy(struct paged *m, struct pbx *p, const struct phone *ph,
		      const char *from, const char *name, const char *text)
{
	const struct sip_page_prm prm = {
		.to_uri = ph->uri,
		.from_user = from,
		.from_name = name,
		.peer = &ph->source,
		.transport = ph->transport,
		.text = text,
	};
	struct copy *c = mem_zalloc(sizeof(*c), copy_destructor);
	int err;

	if (!c) {
		take_code(m, 500);
		return;
	}
	c->paged = m;
	err = sip_page_send(&c->page, p->sip, &prm, answered, c);
	if (err) {
		take_code(m, err == EMSGSIZE ? 513 : 480);
		mem_deref(c);
		return;
	}
	list_append(&m->copies, &c->le, c);
}

/** Whose phones show it. */
static const char *reader(const struct pbx_route *r, const char *number)
{
	if (r->machine && r->left)
		return r->left;
	return r->device ? r->device : number;
}

/** Where it leads, as a call would: but who is not to be disturbed, or talks,
 *  can be written to, whatever answers his calls meanwhile.
 *  @return 0, or the code it is refused with */
static uint16_t find_device(struct device **dp, struct pbx *p,
			    struct sip_page_in *in, const char *from,
			    bool outside, char **name)
{
	const struct sip_message *m = sip_page_in_message(in);
	char *number = sip_message_request_user(m);
	const struct pbx_ask ask = {
		.caller = {.number = from, .outside = outside},
		.number = number,
	};
	struct pbx_route route;
	uint16_t code = 404;

	memset(&route, 0, sizeof(route));
	*dp = NULL;
	if (is_number(number) && p->hooks.route &&
	    !p->hooks.route(&ask, &route, p->arg) &&
	    route.service == PBX_SERVICE_CALL &&
	    route.refuse != PBX_CAUSE_NOT_OBTAINABLE) {
		*dp = device_find(p, device_line(p, reader(&route, number)));
		*name = route.caller_name ? text_dup(route.caller_name)
					  : sip_message_name(m, "From");
		code = route.outside ? 404 : device_reachable(*dp) ? 0 : 480;
	}
	pbx_route_reset(&route);
	free(number);
	return code;
}

/** @param in  Whose it is, or NULL */
static int forward(struct pbx *p, struct sip_page_in *in,
		   const struct device *d, const char *from, const char *name,
		   const char *text)
{
	struct paged *m;
	struct le *le;

	if (p->closing || list_count(&p->paged) >= PAGED_MAX)
		return EBUSY;
	m = mem_zalloc(sizeof(*m), paged_destructor);
	if (!m)
		return ENOMEM;

	m->in = mem_ref(in);
	list_append(&p->paged, &m->le, m);
	LIST_FOREACH (&d->phones, le)
		send_copy(m, p, le->data, from, name, text);
	settle(m);
	return 0;
}

int pbx_show(struct pbx *p, const char *device, const char *text)
{
	const struct device *d = device_find(p, device_line(p, device));

	return device_reachable(d) ? forward(p, NULL, d, d->number, NULL, text)
				   : EHOSTUNREACH;
}

void page_incoming(struct sip_page_in *in, void *arg)
{
	struct pbx *p = arg;
	const char *user = sip_page_in_auth_user(in);
	bool outside = user && p->hooks.trunk && p->hooks.trunk(user, p->arg);
	char *from = outside ? sip_message_user(sip_page_in_message(in), "From")
			     : text_dup(device_line(p, user));
	char *name = NULL;
	struct device *d;
	uint16_t code = 403;

	if (is_number(from))
		code = find_device(&d, p, in, from, outside, &name);
	if (!code && forward(p, in, d, from, name, sip_page_in_text(in)))
		code = 503;
	if (code)
		sip_page_in_reject(in, code, NULL);
	free(from);
	free(name);
}
