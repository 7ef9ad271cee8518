/**
 * @file request.c  Requests that libre 1.1 sends as nobody should
 *
 * It has no way for sips: (RFC 3261 §26.2.2), and puts what is larger than a
 * datagram can be into one (§18.1.1: over 1300 bytes goes by TCP, and back to
 * UDP where nobody listens to that). This function stands in place of its
 * own, which it calls through the linker's table for all that it sends.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	DATAGRAM_MAX = 1300,
	TOP = 200, /**< request line, Via and Contact, besides the URI */
};

typedef int(request_h)(struct sip_request **reqp, struct sip *sip,
		       bool stateful, const char *met, int metl,
		       const char *uri, int uril, const struct uri *route,
		       struct mbuf *mb, size_t sortkey, sip_send_h *sendh,
		       sip_resp_h *resph, void *arg);

/* What a large request needs to be sent again. libre keeps its buffer as
 * long as the request, so it is the buffer. */
struct large {
	struct mbuf mb;
	struct mbuf *inner; /**< whose bytes they are */
	struct sip *sip;    /**< borrowed: outlives its requests */
	struct sip_request **reqp;
	char *met, *uri, *route;
	size_t sortkey;
	sip_send_h *sendh;
	sip_resp_h *resph;
	void *arg;
	bool answered;
};

static void destructor(void *arg)
{
	struct large *l = arg;

	mem_deref(l->inner);
	mem_deref(l->met);
	mem_deref(l->uri);
	mem_deref(l->route);
}

static request_h *theirs(void)
{
	static request_h *h;

	if (!h)
		*(void **)&h = dlsym(RTLD_NEXT, "sip_request");
	return h;
}

static int send_large(enum sip_transp tp, const struct sa *src,
		      const struct sa *dst, struct mbuf *mb, void *arg)
{
	struct large *l = arg;

	return l->sendh ? l->sendh(tp, src, dst, mb, l->arg) : 0;
}

/* @return 0 if it is under way by UDP */
static int send_again(struct large *l)
{
	struct uri route;
	struct pl pl;
	int err;

	pl_set_str(&pl, l->route);
	err = uri_decode(&route, &pl);
	if (!err)
		err = theirs()(l->reqp, l->sip, true, l->met, -1, l->uri, -1,
			       &route, l->inner, l->sortkey, l->sendh, l->resph,
			       l->arg);
	return err;
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct large *l = arg;

	l->answered |= msg != NULL;
	/* Nobody there by TCP: a large datagram is better than none. */
	if (err && err != ECONNABORTED && err != ETIMEDOUT && !l->answered &&
	    !send_again(l)) {
		log_info("no TCP there (%s): as a datagram", strerror(err));
		return;
	}
	if (l->resph)
		l->resph(err, msg, l->arg);
}

static int str_of(char **sp, const char *s, int len)
{
	struct pl pl = {s, len < 0 ? strlen(s) : (size_t)len};

	return pl_strdup(sp, &pl);
}

static int large_alloc(struct large **lp, struct mbuf *mb, const char *met,
		       int metl, const char *uri, int uril,
		       const struct uri *route)
{
	struct large *l = mem_zalloc(sizeof(*l), destructor);
	int err;

	if (!l)
		return ENOMEM;
	l->inner = mem_ref(mb);
	l->mb = *mb;
	err = str_of(&l->met, met, metl);
	if (!err)
		err = str_of(&l->uri, uri, uril);
	if (!err)
		err = re_sdprintf(&l->route, "%H", uri_encode, route);
	if (err)
		mem_deref(l);
	else
		*lp = l;
	return err;
}

static bool is_datagram(struct sip *sip, const struct uri *route)
{
	struct sa laddr;
	struct pl tp;

	if (!msg_param_decode(&route->params, "transport", &tp))
		return !pl_strcasecmp(&tp, "udp");
	return !sip_transp_laddr(sip, &laddr, SIP_TRANSP_UDP, NULL);
}

static bool has_tcp(struct sip *sip, const struct uri *route)
{
	struct sa dst, laddr;

	return !sa_set(&dst, &route->host, 1) &&
	       !sip_transp_laddr(sip, &laddr, SIP_TRANSP_TCP, &dst);
}

int sip_request(struct sip_request **reqp, struct sip *sip, bool stateful,
		const char *met, int metl, const char *uri, int uril,
		const struct uri *route, struct mbuf *mb, size_t sortkey,
		sip_send_h *sendh, sip_resp_h *resph, void *arg)
{
	static const struct pl plain = PL("sip");
	static const struct pl by_tcp = PL(";transport=tcp");
	static const struct pl by_tls = PL(";transport=tls");
	struct large *l = NULL;
	struct uri next;
	int err;

	if (!sip || !met || !uri || !route || !mb)
		return EINVAL;
	next = *route;
	if (!pl_strcasecmp(&route->scheme, "sips")) {
		next.scheme = plain;
		next.params = by_tls;
	} else if (stateful && is_datagram(sip, route) &&
		   mbuf_get_left(mb) + (uril < 0 ? strlen(uri) : (size_t)uril) +
				   TOP >
			   DATAGRAM_MAX &&
		   has_tcp(sip, route)) {
		err = large_alloc(&l, mb, met, metl, uri, uril, route);
		if (err)
			return err;
		next.params = by_tcp;
		l->sip = sip;
		l->reqp = reqp;
		l->sortkey = sortkey;
		l->sendh = sendh;
		l->resph = resph;
		l->arg = arg;
	}
	err = theirs()(reqp, sip, stateful, met, metl, uri, uril, &next,
		       l ? &l->mb : mb, sortkey, l ? send_large : sendh,
		       l ? on_response : resph, l ? (void *)l : arg);
	mem_deref(l);
	return err;
}
