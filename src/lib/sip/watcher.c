/**
 * @file watcher.c  Being watched (RFC 6665 §4.2)
 *
 * What is told goes to where the SUBSCRIBE came from: the contact of a phone
 * behind NAT means nothing here. While a NOTIFY waits for its answer only the
 * last word is kept, and sent then.
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum { ROUTES_MAX = 2048 };

struct sip_watcher {
	struct le le;
	struct sip_stack *stack;
	sip_watcher_closed_h *h;
	void *arg;
	enum sip_event_package package;
	char *event; /**< Event, with its id */
	char *user;  /**< who is watched */
	char *auth_user;
	char *entity; /**< URI of who is watched */
	char *call_id, *local_tag, *remote_tag;
	char *local, *remote; /**< From and To of ours */
	char *target;	      /**< URI of its contact */
	char *routes;	      /**< Route headers, may be "" */
	struct sa peer;
	enum sip_transport transport;
	uint32_t cseq, rcseq;
	uint32_t version; /**< of dialog-info */
	uint64_t expires_ms;
	struct tmr tmr;
	struct sip_request *req;
	char *body; /**< the last word */
	bool again; /**< … is still to be sent */
	bool once;  /**< it only asked how things are */
	bool over;
};

/* --- NOTIFY --------------------------------------------------------------- */

static void watcher_over(struct sip_watcher *w)
{
	sip_watcher_closed_h *h = w->h;

	w->over = true;
	w->h = NULL;
	tmr_cancel(&w->tmr);
	list_unlink(&w->le);
	if (h)
		h(w, w->arg);
}

static int contact_send(enum sip_transp tp, const struct sa *src,
			const struct sa *dst, struct mbuf *mb, void *arg)
{
	const struct sip_watcher *w = arg;
	struct pl user;
	(void)dst;

	pl_set_str(&user, w->user);
	return mbuf_printf(mb, "Contact: <sip:%H@%J%s>\r\n", uri_user_escape,
			   &user, contact_address(tp, src),
			   sip_transp_param(tp));
}

/* Each document of dialog-info has a number of its own (RFC 4235 §4.1). */
static char *numbered(struct sip_watcher *w)
{
	static const char zero[] = "version=\"0\" state=";
	const char *p = w->package == SIP_EVENT_LAMP && w->body
				? strstr(w->body, zero)
				: NULL;

	if (!p)
		return text_dup(w->body ? w->body : "");
	p += strlen("version=\"");
	return text_printf("%.*s%u%s", (int)(p - w->body), w->body,
			   w->version++, p + 1);
}

static void on_response(int err, const struct sip_msg *msg, void *arg);

static int send_notify(struct sip_watcher *w, const char *state, bool last)
{
	const struct event_package *e = &event_packages[w->package];
	char *body = numbered(w), *next = NULL, *type = NULL;
	struct uri route;
	struct pl pl;
	int err = body ? 0 : ENOMEM;

	if (!err)
		err = re_sdprintf(&next, "sip:%J%s", &w->peer,
				  sip_transp_param(transp_of(w->transport)));
	if (!err && *body) {
		type = text_printf("Content-Type: %s/%s\r\n", e->type,
				   e->subtype);
		err = type ? 0 : ENOMEM;
	}
	if (err)
		goto out;
	pl_set_str(&pl, next);
	err = uri_decode(&route, &pl);
	if (err)
		goto out;
	w->req = mem_deref(w->req);
	w->again = false;
	err = sip_requestf(last ? NULL : &w->req, w->stack->sip, true, "NOTIFY",
			   w->target, &route, NULL, contact_send,
			   last ? NULL : on_response, w,
			   "%sTo: %s\r\nFrom: %s;tag=%s\r\nCall-ID: %s\r\n"
			   "CSeq: %u NOTIFY\r\nEvent: %s\r\n"
			   "Subscription-State: %s\r\n"
			   "%sContent-Length: %zu\r\n\r\n%s",
			   w->routes, w->remote, w->local, w->local_tag,
			   w->call_id, ++w->cseq, w->event, state,
			   type ? type : "", strlen(body), body);
out:
	mem_deref(next);
	free(body);
	free(type);
	return err;
}

static void say_end(struct sip_watcher *w, const char *reason)
{
	char *state = text_printf("terminated;reason=%s", reason);

	if (state)
		(void)send_notify(w, state, true);
	free(state);
}

static void tell(struct sip_watcher *w)
{
	uint64_t now = time_mono_ms();
	char *state;

	if (w->over)
		return;
	if (w->once) {
		say_end(w, "timeout");
		watcher_over(w);
		return;
	}
	if (w->req) {
		w->again = true;
		return;
	}
	state = text_printf("active;expires=%u",
			    w->expires_ms > now
				    ? (unsigned)((w->expires_ms - now) / 1000)
				    : 0);
	if (!state || send_notify(w, state, false))
		watcher_over(w);
	free(state);
}

/* Which answers end it (RFC 5057 §5.1). */
static bool is_gone(uint16_t code)
{
	static const uint16_t codes[] = {404, 405, 408, 410, 416, 480, 481,
					 482, 483, 484, 485, 489, 501, 604};

	for (size_t i = 0; i < ARRAY_SIZE(codes); i++) {
		if (codes[i] == code)
			return true;
	}
	return false;
}

static void on_response(int err, const struct sip_msg *msg, void *arg)
{
	struct sip_watcher *w = arg;

	if (!err && msg && msg->scode < 200)
		return;
	mem_ref(w);
	if (err || !msg || is_gone(msg->scode)) {
		log_info("%s watches %s no more: %u", w->auth_user, w->user,
			 msg ? msg->scode : 0);
		watcher_over(w);
	} else if (w->again) {
		tell(w);
	}
	mem_deref(w);
}

static void expired(void *arg)
{
	struct sip_watcher *w = arg;

	mem_ref(w);
	say_end(w, "timeout");
	watcher_over(w);
	mem_deref(w);
}

static void lasts(struct sip_watcher *w, uint32_t seconds)
{
	w->expires_ms = time_mono_ms() + 1000ull * seconds;
	tmr_start(&w->tmr, 1000ull * seconds, expired, w);
}

static int set_body(struct sip_watcher *w, struct text_buf *b)
{
	char *body = text_buf_take(b);

	if (!body)
		return ENOMEM;
	free(w->body);
	w->body = body;
	mem_ref(w);
	tell(w);
	mem_deref(w);
	return 0;
}

int sip_watcher_presence(struct sip_watcher *w, const struct sip_presence *p)
{
	struct text_buf b = {0};

	if (!w || !p || w->package != SIP_EVENT_PRESENCE)
		return EINVAL;
	pidf_write(&b, w->entity, p);
	return set_body(w, &b);
}

int sip_watcher_lamp(struct sip_watcher *w, const struct sip_lamp_call *calls,
		     size_t count)
{
	struct text_buf b = {0};

	if (!w || w->package != SIP_EVENT_LAMP)
		return EINVAL;
	dialog_info_write(&b, w->entity, 0, calls, count);
	return set_body(w, &b);
}

int sip_watcher_messages(struct sip_watcher *w, const struct sip_messages *m)
{
	struct text_buf b = {0};

	if (!w || !m || w->package != SIP_EVENT_MESSAGES)
		return EINVAL;
	mwi_write(&b, w->entity, m);
	return set_body(w, &b);
}

/* --- SUBSCRIBE ------------------------------------------------------------ */

static bool route_handler(const struct sip_hdr *hdr, const struct sip_msg *msg,
			  void *arg)
{
	struct text_buf *b = arg;
	(void)msg;

	if (b->len + hdr->val.l < ROUTES_MAX)
		text_buf_printf(b, "Route: %.*s\r\n", (int)hdr->val.l,
				hdr->val.p);
	return false;
}

static char *copy_pl(const struct pl *pl)
{
	return pl->p ? copy_bytes(pl->p, pl->l) : NULL;
}

/* "dialog;id=7": without what else may stand there. */
static char *event_of(const struct sip_msg *msg, enum sip_event_package p)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_EVENT);
	struct pl id;

	if (h && !msg_param_decode(&h->val, "id", &id))
		return text_printf("%s;id=%.*s", event_packages[p].event,
				   (int)id.l, id.p);
	return text_dup(event_packages[p].event);
}

/* Where it wants to be told. @return 0, EBADMSG or ENOMEM */
static int take_target(struct sip_watcher *w, const struct sip_msg *msg)
{
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_CONTACT);
	struct sip_addr addr;
	char *target;

	if (!h || sip_addr_decode(&addr, &h->val))
		return EBADMSG;
	target = copy_pl(&addr.auri);
	if (!uri_is_sane(target)) {
		free(target);
		return EBADMSG;
	}
	free(w->target);
	w->target = target;
	w->peer = msg->src;
	w->transport = transport_of(msg->tp);
	w->rcseq = msg->cseq.num;
	return 0;
}

static int take_dialog(struct sip_watcher *w, const struct sip_msg *msg)
{
	struct text_buf routes = {0};
	char *host = host_of(&msg->dst), *tag = NULL;

	w->event = event_of(msg, w->package);
	w->call_id = copy_pl(&msg->callid);
	w->remote_tag = copy_pl(&msg->from.tag);
	w->local = copy_pl(&msg->to.val);
	w->remote = copy_pl(&msg->from.val);
	w->entity = host ? uri_make(w->user, host) : NULL;
	free(host);
	/* It is what libre puts into its answers. */
	if (!re_sdprintf(&tag, "%016llx", msg->tag))
		w->local_tag = text_dup(tag);
	mem_deref(tag);
	sip_msg_hdr_apply(msg, true, SIP_HDR_RECORD_ROUTE, route_handler,
			  &routes);
	w->routes = text_buf_take(&routes);
	return w->event && w->call_id && w->remote_tag && w->local &&
			       w->remote && w->entity && w->local_tag &&
			       w->routes
		       ? 0
		       : ENOMEM;
}

static int say_accepted(struct sip_watcher *w, const struct sip_msg *msg,
			uint32_t expires)
{
	struct pl user;

	pl_set_str(&user, w->user);
	return sip_treplyf(NULL, NULL, w->stack->sip, msg, true, 200, "OK",
			   "Contact: <sip:%H@%J%s>\r\n"
			   "Expires: %u\r\n" SIP_EMPTY,
			   uri_user_escape, &user, &msg->dst,
			   sip_transp_param(msg->tp), expires);
}

static void watcher_destructor(void *arg)
{
	struct sip_watcher *w = arg;

	w->h = NULL;
	if (!w->over && w->routes) {
		free(w->body);
		w->body = NULL;
		say_end(w, "noresource");
	}
	tmr_cancel(&w->tmr);
	list_unlink(&w->le);
	mem_deref(w->req);
	mem_deref(w->stack);
	free(w->event);
	free(w->user);
	free(w->auth_user);
	free(w->entity);
	free(w->call_id);
	free(w->local_tag);
	free(w->remote_tag);
	free(w->local);
	free(w->remote);
	free(w->target);
	free(w->routes);
	free(w->body);
}

int sip_watcher_accept(struct sip_watcher **wp, struct sip_subscribing *in,
		       sip_watcher_closed_h *h, void *arg)
{
	struct sip_watcher *w;
	int err;

	if (!wp || !in || in->done)
		return EINVAL;
	w = mem_zalloc(sizeof(*w), watcher_destructor);
	if (!w) {
		sip_subscribing_reject(in, 500, NULL);
		return ENOMEM;
	}
	tmr_init(&w->tmr);
	w->over = true; /* until there is something to end */
	w->stack = mem_ref(in->stack);
	w->package = in->package;
	w->user = text_dup(in->user);
	w->auth_user = text_dup(in->auth_user ? in->auth_user : "");
	err = w->user && w->auth_user ? take_target(w, in->msg) : ENOMEM;
	if (!err)
		err = take_dialog(w, in->msg);
	if (!err) {
		in->done = true;
		err = say_accepted(w, in->msg, in->expires);
	} else {
		sip_subscribing_reject(in, err == EBADMSG ? 400 : 500, NULL);
	}
	if (err) {
		mem_deref(w);
		return err;
	}
	w->over = false;
	w->once = !in->expires;
	if (!w->once)
		lasts(w, in->expires);
	w->h = h;
	w->arg = arg;
	list_append(&w->stack->watchers, &w->le, w);
	*wp = w;
	return 0;
}

/* --- it goes on, or ends ----------------------------------------------------
 */

static struct sip_watcher *find(struct sip_stack *s, const struct sip_msg *msg)
{
	struct le *le;

	for (le = s->watchers.head; le; le = le->next) {
		struct sip_watcher *w = le->data;

		if (!pl_strcmp(&msg->callid, w->call_id) &&
		    !pl_strcmp(&msg->to.tag, w->local_tag) &&
		    !pl_strcmp(&msg->from.tag, w->remote_tag))
			return w;
	}
	return NULL;
}

uint16_t watcher_refresh(struct sip_stack *s, const struct sip_msg *msg,
			 uint32_t expires)
{
	struct sip_watcher *w = find(s, msg);
	char *user = NULL;
	uint16_t code = 0;

	if (!w)
		return 481;
	if (challenge(s, msg, &user))
		return 0;
	if (!text_equal(user ? user : "", w->auth_user))
		code = 403;
	else if (event_package(msg) != w->package)
		code = 489;
	else if (msg->cseq.num <= w->rcseq)
		code = 500;
	else if (take_target(w, msg))
		code = 400;
	free(user);
	if (code)
		return code;
	mem_ref(w);
	(void)say_accepted(w, msg, expires);
	if (expires)
		lasts(w, expires);
	else
		w->once = true;
	tell(w);
	mem_deref(w);
	return 0;
}

void watcher_close(struct sip_stack *s)
{
	while (s->watchers.head) {
		struct sip_watcher *w = s->watchers.head->data;

		mem_ref(w);
		say_end(w, "deactivated");
		watcher_over(w);
		mem_deref(w);
	}
}
