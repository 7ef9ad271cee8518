/**
 * @file sip_events.c  Watching and being watched (RFC 6665), hostile ones too
 */
#include "sip_pair.h"

struct seen {
	struct sip_subscription *sub;
	unsigned states[5], lamps, presences, messages;
	enum sip_subscription_state state;
	uint16_t code;
	char *reason;
	enum sip_lamp lamp;
	size_t calls;
	char *number, *name, *note;
	bool open;
	enum sip_activity activity;
	struct sip_messages box;
	bool free_at_lamp, free_at_state;
};

static void on_state(struct sip_subscription *sub, void *arg)
{
	struct sip_subscription_info info;
	struct seen *s = arg;

	sip_subscription_info(sub, &info);
	s->states[info.state]++;
	s->state = info.state;
	s->code = info.code;
	text_set(&s->reason, info.reason);
	if (s->free_at_state)
		s->sub = mem_deref(s->sub);
}

static void on_lamp(struct sip_subscription *sub, const struct sip_lamp_info *l,
		    void *arg)
{
	struct seen *s = arg;
	(void)sub;

	s->lamps++;
	s->lamp = l->lamp;
	s->calls = l->count;
	text_set(&s->number, l->count ? l->calls[0].number : "");
	text_set(&s->name, l->count ? l->calls[0].name : "");
	if (s->free_at_lamp)
		s->sub = mem_deref(s->sub);
}

static void on_presence(struct sip_subscription *sub,
			const struct sip_presence *p, void *arg)
{
	struct seen *s = arg;
	(void)sub;

	s->presences++;
	s->open = p->open;
	s->activity = p->activity;
	text_set(&s->note, p->note);
}

static void on_messages(struct sip_subscription *sub,
			const struct sip_messages *m, void *arg)
{
	struct seen *s = arg;
	(void)sub;

	s->messages++;
	s->box = *m;
}

static void watch(struct seen *s, const char *whom, enum sip_event_package p)
{
	static const struct sip_subscription_handlers h = {
		.state = on_state,
		.presence = on_presence,
		.lamp = on_lamp,
		.messages = on_messages,
	};
	const struct sip_subscription_prm prm = {
		.account = P.account, .to_uri = whom, .package = p};

	assert_int_equal(sip_subscribe_alloc(&s->sub, P.phone, &prm, &h, s), 0);
}

static void unwatch(struct seen *s)
{
	s->sub = mem_deref(s->sub);
	free(s->reason);
	free(s->number);
	free(s->name);
	free(s->note);
	memset(s, 0, sizeof(*s));
}

static bool is_watched(void *arg)
{
	(void)arg;
	return P.watcher != NULL;
}

static bool is_closed(void *arg)
{
	(void)arg;
	return P.closed > 0;
}

static bool is_active(void *arg)
{
	return ((struct seen *)arg)->state == SIP_SUBSCRIPTION_ACTIVE;
}

static bool is_refused(void *arg)
{
	return ((struct seen *)arg)->state == SIP_SUBSCRIPTION_REFUSED;
}

static bool is_down(void *arg)
{
	return ((struct seen *)arg)->state == SIP_SUBSCRIPTION_DOWN;
}

static bool rings(void *arg)
{
	return ((struct seen *)arg)->lamp == SIP_LAMP_RINGING;
}

static bool is_busy(void *arg)
{
	return ((struct seen *)arg)->lamp == SIP_LAMP_BUSY;
}

static bool is_idle(void *arg)
{
	return ((struct seen *)arg)->lamp == SIP_LAMP_IDLE;
}

static bool is_gone(void *arg)
{
	return !((struct seen *)arg)->sub;
}

static bool is_here(void *arg)
{
	return ((struct seen *)arg)->presences > 0;
}

static bool has_messages(void *arg)
{
	return ((struct seen *)arg)->messages > 0;
}

/* ---- lamps ----------------------------------------------------------------
 */

static const struct sip_lamp_call ringing = {"7", SIP_LAMP_EARLY, true, "200",
					     "Ä <\"&\">"};
static const struct sip_lamp_call talking = {"7", SIP_LAMP_CONFIRMED, true,
					     "200", ""};

static void a_lamp_follows(enum sip_transport t)
{
	struct seen s = {.states = {0}};

	pair_phone(t);
	watch(&s, "202", SIP_EVENT_LAMP);
	assert_true(until(is_watched, NULL));
	assert_string_equal(P.watched, "202");
	assert_string_equal(P.auth_user, "a");
	assert_int_equal(P.package, SIP_EVENT_LAMP);

	assert_int_equal(sip_watcher_lamp(P.watcher, NULL, 0), 0);
	assert_true(until(is_idle, &s));
	assert_true(until(is_active, &s));
	assert_int_equal(sip_watcher_lamp(P.watcher, &ringing, 1), 0);
	assert_true(until(rings, &s));
	assert_string_equal(s.number, "200");
	assert_string_equal(s.name, "Ä <\"&\">");
	/* the last word counts, however many there were */
	for (int i = 0; i < 20; i++)
		assert_int_equal(sip_watcher_lamp(P.watcher, &ringing, 1), 0);
	assert_int_equal(sip_watcher_lamp(P.watcher, &talking, 1), 0);
	assert_true(until(is_busy, &s));
	assert_true(s.lamps < 10);
	unwatch(&s);
	assert_true(until(is_closed, NULL));
}

static void a_lamp_follows_by_datagram(void **state)
{
	(void)state;
	a_lamp_follows(SIP_UDP);
}

static void a_lamp_follows_by_connection(void **state)
{
	(void)state;
	a_lamp_follows(SIP_TCP);
}

static void it_may_be_freed_in_its_handlers(void **state)
{
	struct seen s = {.free_at_lamp = true};
	struct seen other = {.free_at_state = true};
	(void)state;

	pair_phone(SIP_UDP);
	watch(&s, "202", SIP_EVENT_LAMP);
	assert_true(until(is_watched, NULL));
	assert_int_equal(sip_watcher_lamp(P.watcher, NULL, 0), 0);
	assert_true(until(is_gone, &s));
	assert_true(until(is_closed, NULL));
	assert_int_equal(s.states[SIP_SUBSCRIPTION_ACTIVE], 0);

	P.refuse = 403;
	watch(&other, "202", SIP_EVENT_LAMP);
	assert_true(until(is_gone, &other));
	unwatch(&s);
	unwatch(&other);
}

static void what_ends_at_the_other_side_is_dark(void **state)
{
	struct seen s = {.states = {0}};
	(void)state;

	pair_phone(SIP_UDP);
	watch(&s, "202", SIP_EVENT_LAMP);
	assert_true(until(is_watched, NULL));
	assert_int_equal(sip_watcher_lamp(P.watcher, &talking, 1), 0);
	assert_true(until(is_busy, &s));
	/* "noresource": there is no such phone any more */
	P.watcher = mem_deref(P.watcher);
	assert_true(until(is_refused, &s));
	assert_string_equal(s.reason, "noresource");
	assert_int_equal(s.lamp, SIP_LAMP_UNREACHABLE);
	unwatch(&s);
}

static void refusals_are_for_good_and_failures_not(void **state)
{
	static const uint16_t good[] = {403, 404, 489, 603};
	static const uint16_t later[] = {480, 500, 503};
	struct seen s = {.states = {0}};
	struct sip_subscription_info info;
	(void)state;

	pair_phone(SIP_UDP);
	for (size_t i = 0; i < ARRAY_SIZE(good); i++) {
		P.refuse = good[i];
		watch(&s, "202", SIP_EVENT_LAMP);
		assert_true(until(is_refused, &s));
		assert_int_equal(s.code, good[i]);
		sip_subscription_info(s.sub, &info);
		assert_int_equal(info.retry_ms, 0);
		unwatch(&s);
	}
	for (size_t i = 0; i < ARRAY_SIZE(later); i++) {
		P.refuse = later[i];
		watch(&s, "202", SIP_EVENT_LAMP);
		assert_true(until(is_down, &s));
		assert_int_equal(s.code, later[i]);
		sip_subscription_info(s.sub, &info);
		assert_true(info.retry_ms > time_mono_ms());
		sip_subscription_retry(s.sub);
		assert_true(until(is_watched, NULL));
		assert_int_equal(sip_watcher_lamp(P.watcher, NULL, 0), 0);
		assert_true(until(is_active, &s));
		unwatch(&s);
		assert_true(until(is_closed, NULL));
		P.closed = 0;
	}
}

/* ---- presence and voicemail -----------------------------------------------
 */

static void presence_is_told_with_its_note(void **state)
{
	const struct sip_presence p = {true, SIP_ACTIVITY_MEETING,
				       "Bin im <Büro> & \"da\""};
	struct seen s = {.states = {0}};
	(void)state;

	pair_phone(SIP_UDP);
	watch(&s, "202", SIP_EVENT_PRESENCE);
	assert_true(until(is_watched, NULL));
	assert_int_equal(sip_watcher_lamp(P.watcher, NULL, 0), EINVAL);
	assert_int_equal(sip_watcher_presence(P.watcher, &p), 0);
	assert_true(until(is_here, &s));
	assert_true(s.open);
	assert_int_equal(s.activity, SIP_ACTIVITY_MEETING);
	assert_string_equal(s.note, "Bin im <Büro> & \"da\"");
	unwatch(&s);
}

static void messages_wait(void **state)
{
	const struct sip_messages m = {true, 2, 8, 1, 0};
	struct seen s = {.states = {0}};
	(void)state;

	pair_phone(SIP_UDP);
	watch(&s, "a", SIP_EVENT_MESSAGES);
	assert_true(until(is_watched, NULL));
	assert_int_equal(sip_watcher_messages(P.watcher, &m), 0);
	assert_true(until(has_messages, &s));
	assert_true(s.box.waiting);
	assert_int_equal(s.box.voice_new, 2);
	assert_int_equal(s.box.voice_old, 8);
	assert_int_equal(s.box.urgent_new, 1);
	assert_int_equal(s.box.urgent_old, 0);
	unwatch(&s);
}

/* ---- a notifier that says what it likes ------------------------------------
 */

/** Stands in the server's place, by hand. */
struct notifier {
	int fd;
	struct sa addr, phone;
	unsigned subscribes;
	char *call_id, *from, *to, *cseq, *via, *contact;
	char *expires;
	unsigned cseq_out, notifies;
	unsigned last_code; /**< the phone's answer */
	unsigned answers;
	unsigned refusals; /**< so many SUBSCRIBEs are refused */
	const char *reply; /**< … with that, and such headers */
	const char *extra;
	const char *grant; /**< Expires of the others */
};

static char *header_of(const char *msg, const char *name)
{
	const char *p = strstr(msg, name);

	assert_non_null(p);
	p += strlen(name);
	return strndup(p, strcspn(p, "\r"));
}

static void take_header(char **to, const char *msg, const char *name)
{
	free(*to);
	*to = header_of(msg, name);
}

static void notifier_said(int flags, void *arg)
{
	struct notifier *n = arg;
	struct text_buf b = {0};
	char msg[4096];
	ssize_t len;
	(void)flags;

	n->phone.len = sizeof(n->phone.u);
	len = recvfrom(n->fd, msg, sizeof(msg) - 1, 0, &n->phone.u.sa,
		       &n->phone.len);
	assert_true(len > 0);
	msg[len] = 0;
	if (!strncmp(msg, "SIP/2.0", 7)) {
		n->last_code = (unsigned)strtoul(msg + 8, NULL, 10);
		n->answers++;
		return;
	}
	take_header(&n->via, msg, "Via: ");
	take_header(&n->cseq, msg, "CSeq: ");
	if (strncmp(msg, "SUBSCRIBE", 9) != 0) {
		/* REGISTER and the like */
		char *from = header_of(msg, "From: ");
		char *to = header_of(msg, "To: ");
		char *id = header_of(msg, "Call-ID: ");

		text_buf_printf(&b,
				"SIP/2.0 200 OK\r\nVia: %s\r\nFrom: %s\r\n"
				"To: %s;tag=r\r\nCall-ID: %s\r\nCSeq: %s\r\n"
				"Content-Length: 0\r\n\r\n",
				n->via, from, to, id, n->cseq);
		free(from);
		free(to);
		free(id);
	} else {
		n->subscribes++;
		take_header(&n->call_id, msg, "Call-ID: ");
		take_header(&n->from, msg, "From: ");
		take_header(&n->to, msg, "To: ");
		take_header(&n->contact, msg, "Contact: ");
		take_header(&n->expires, msg, "Expires: ");
		if (!strstr(n->to, ";tag=")) {
			char *to = text_printf("%s;tag=notifier", n->to);

			free(n->to);
			n->to = to;
		}
		text_buf_printf(
			&b,
			"SIP/2.0 %s\r\nVia: %s\r\nFrom: %s\r\nTo: %s\r\n"
			"Call-ID: %s\r\nCSeq: %s\r\n"
			"Contact: <sip:n@127.0.0.1:%u>\r\n"
			"%sContent-Length: 0\r\n\r\n",
			n->refusals ? n->reply : "200 OK", n->via, n->from,
			n->to, n->call_id, n->cseq, sa_port(&n->addr),
			n->refusals ? n->extra
			: n->grant  ? n->grant
				    : "Expires: 600\r\n");
		if (n->refusals)
			n->refusals--;
	}
	assert_int_equal(
		sendto(n->fd, b.buf, b.len, 0, &n->phone.u.sa, n->phone.len),
		(ssize_t)b.len);
	text_buf_reset(&b);
}

static bool was_answered(void *arg)
{
	struct notifier *n = arg;

	return n->answers > 0;
}

static bool was_asked(void *arg)
{
	return ((struct notifier *)arg)->subscribes > 0;
}

static bool was_asked_twice(void *arg)
{
	return ((struct notifier *)arg)->subscribes > 1;
}

/* NOTIFY in the dialog. @return the phone's code */
static unsigned notify_as(struct notifier *n, const char *from,
			  const char *event, const char *substate,
			  const char *type, const char *body)
{
	char uri[128], head[2048];
	size_t len;

	snprintf(uri, sizeof(uri), "%.*s", (int)strcspn(n->contact + 1, ">"),
		 n->contact + 1);
	len = (size_t)snprintf(
		head, sizeof(head),
		"NOTIFY %s SIP/2.0\r\n"
		"Via: SIP/2.0/UDP 127.0.0.1:%u;rport;branch=z9hG4bKn%u\r\n"
		"From: %s\r\nTo: %s\r\nCall-ID: %s\r\nCSeq: %u NOTIFY\r\n"
		"Contact: <sip:n@127.0.0.1:%u>\r\n%s%s%s%s%s%s%s%s%s"
		"Content-Length: %zu\r\n\r\n",
		uri, sa_port(&n->addr), ++n->notifies, from, n->from,
		n->call_id, n->cseq_out + 1, sa_port(&n->addr),
		event ? "Event: " : "", event ? event : "", event ? "\r\n" : "",
		substate ? "Subscription-State: " : "",
		substate ? substate : "", substate ? "\r\n" : "",
		type ? "Content-Type: " : "", type ? type : "",
		type ? "\r\n" : "", strlen(body));
	n->cseq_out++;
	n->answers = 0;
	{
		char *all = malloc(len + strlen(body) + 1);

		memcpy(all, head, len);
		strcpy(all + len, body);
		assert_int_equal(sendto(n->fd, all, len + strlen(body), 0,
					&n->phone.u.sa, n->phone.len),
				 (ssize_t)(len + strlen(body)));
		free(all);
	}
	assert_true(until(was_answered, n));
	return n->last_code;
}

#define DIALOG_TYPE "application/dialog-info+xml"

static unsigned notify(struct notifier *n, const char *substate,
		       const char *body)
{
	return notify_as(n, n->to, "dialog", substate,
			 *body ? DIALOG_TYPE : NULL, body);
}

static void notifier_start(struct notifier *n)
{
	const struct sip_stack_prm prm = {.media = P.media};
	const struct sip_account_handlers h = {.state = NULL};
	struct sip_account_prm acc = {
		.user = "a", .domain = "pbx.test", .quiet = true};
	char server[64];

	n->fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	sa_set_str(&n->addr, "127.0.0.1", 0);
	assert_int_equal(bind(n->fd, &n->addr.u.sa, n->addr.len), 0);
	assert_int_equal(getsockname(n->fd, &n->addr.u.sa, &n->addr.len), 0);
	assert_int_equal(loop_fd(n->fd, LOOP_READ, notifier_said, n), 0);
	re_snprintf(server, sizeof(server), "%J", &n->addr);
	acc.server = server;
	assert_int_equal(sip_stack_alloc(&P.phone, &prm, NULL, NULL), 0);
	assert_int_equal(sip_account_alloc(&P.account, P.phone, &acc, &h, NULL),
			 0);
}

static void notifier_stop(struct notifier *n, struct seen *s)
{
	/* the end of it is answered, too */
	n->refusals = 0;
	unwatch(s);
	P.account = mem_deref(P.account);
	assert_true(until(pair_alone, NULL));
	loop_fd(n->fd, 0, NULL, NULL);
	close(n->fd);
	free(n->call_id);
	free(n->from);
	free(n->to);
	free(n->cseq);
	free(n->via);
	free(n->contact);
	free(n->expires);
}

#define INFO(version, state, dialogs)                                     \
	"<?xml version=\"1.0\"?><dialog-info "                            \
	"xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"" version \
	"\" state=\"" state "\" entity=\"sip:202@x\">" dialogs            \
	"</dialog-info>"
#define DIALOG(id, state) \
	"<dialog id=\"" id "\"><state>" state "</state></dialog>"

static void versions_keep_their_order(void **state)
{
	struct notifier n = {.subscribes = 0};
	struct seen s = {.states = {0}};
	(void)state;

	notifier_start(&n);
	watch(&s, "202", SIP_EVENT_LAMP);
	assert_true(until(was_asked, &n));
	assert_int_equal(notify(&n, "active;expires=600",
				INFO("4", "full", DIALOG("a", "early"))),
			 200);
	assert_int_equal(s.lamp, SIP_LAMP_RINGING);
	/* an older one, and the same again */
	assert_int_equal(notify(&n, "active", INFO("3", "full", "")), 200);
	assert_int_equal(notify(&n, "active", INFO("4", "full", "")), 200);
	assert_int_equal(s.lamp, SIP_LAMP_RINGING);
	/* what is new is put to the rest */
	assert_int_equal(notify(&n, "active",
				INFO("5", "partial", DIALOG("b", "confirmed"))),
			 200);
	assert_int_equal(s.calls, 2);
	assert_int_equal(
		notify(&n, "active",
		       INFO("6", "partial", DIALOG("a", "terminated"))),
		200);
	assert_int_equal(s.calls, 1);
	assert_int_equal(s.lamp, SIP_LAMP_BUSY);
	/* one is missing in between: all is asked for */
	n.subscribes = 0;
	assert_int_equal(
		notify(&n, "active",
		       INFO("9", "partial", DIALOG("b", "terminated"))),
		200);
	assert_int_equal(s.lamp, SIP_LAMP_IDLE);
	assert_true(until(was_asked, &n));
	notifier_stop(&n, &s);
}

static void hostile_notifies_do_no_harm(void **state)
{
	static const char *const bodies[] = {
		"<",
		"not xml",
		"<dialog-info/>",
		INFO("2", "sideways", ""),
		INFO("x", "full", ""),
		INFO("99999999999999999999", "full", ""),
		INFO("2", "full", "<dialog/>"),
		INFO("2", "full", DIALOG("", "early")),
		INFO("2", "full", DIALOG("a", "dancing")),
		INFO("2", "full", DIALOG("z", "early") "<dialog id=\"y\"/>"),
		("<!DOCTYPE a [<!ENTITY b \"bb\">]><dialog-info version=\"2\" "
		 "state=\"full\">&b;</dialog-info>"),
		"<presence xmlns=\"urn:ietf:params:xml:ns:pidf\"/>",
	};
	struct notifier n = {.subscribes = 0};
	struct seen s = {.states = {0}};
	unsigned lamps;
	(void)state;

	notifier_start(&n);
	watch(&s, "202", SIP_EVENT_LAMP);
	assert_true(until(was_asked, &n));
	assert_int_equal(notify(&n, "active",
				INFO("1", "full", DIALOG("a", "confirmed"))),
			 200);
	lamps = s.lamps;
	for (size_t i = 0; i < ARRAY_SIZE(bodies); i++) {
		notify(&n, "active", bodies[i]);
		assert_int_equal(s.lamps, lamps);
	}
	/* no event, another one, no state, another type, another's tag */
	assert_int_equal(notify_as(&n, n.to, NULL, "active", NULL, ""), 489);
	assert_int_equal(notify_as(&n, n.to, "presence", "active", NULL, ""),
			 489);
	assert_int_equal(notify_as(&n, n.to, "dialog", NULL, NULL, ""), 400);
	assert_int_equal(
		notify_as(&n, n.to, "dialog", "active", "text/plain", "hello"),
		415);
	assert_int_equal(notify_as(&n, "<sip:evil@x>;tag=other", "dialog",
				   "active", DIALOG_TYPE,
				   INFO("7", "full", "")),
			 481);
	/* an old number */
	n.cseq_out = 0;
	assert_int_equal(notify(&n, "active", INFO("8", "full", "")), 500);
	assert_int_equal(s.lamps, lamps);
	assert_int_equal(s.state, SIP_SUBSCRIPTION_ACTIVE);
	n.cseq_out = 50;
	assert_int_equal(notify(&n, "active", INFO("2", "full", "")), 200);
	assert_int_equal(s.lamp, SIP_LAMP_IDLE);
	notifier_stop(&n, &s);
}

/* More calls than a phone has, and texts that would paint the screen. */
static void crowds_and_colours_are_kept_in_bounds(void **state)
{
	struct notifier n = {.subscribes = 0};
	struct seen s = {.states = {0}};
	struct text_buf b = {0};
	(void)state;

	notifier_start(&n);
	watch(&s, "202", SIP_EVENT_LAMP);
	assert_true(until(was_asked, &n));
	text_buf_add(&b,
		     "<d:dialog-info xmlns:d=\"urn:ietf:params:xml:ns:"
		     "dialog-info\" version=\"0\" state=\"full\">"
		     "<d:dialog id=\"0\"><d:state> early </d:state>"
		     "<d:remote><d:identity display=\"a&#x9b;31m&#x202e;b\">"
		     "sip:%1b%5b31m@x</d:identity></d:remote></d:dialog>");
	for (int i = 1; i < 90; i++)
		text_buf_printf(&b,
				"<d:dialog id=\"%d\"><d:state>early</d:state>"
				"</d:dialog>",
				i);
	text_buf_add(&b, "</d:dialog-info>");
	assert_int_equal(notify(&n, "active", b.buf), 200);
	assert_int_equal(s.calls, 64);
	assert_int_equal(s.lamp, SIP_LAMP_RINGING);
	assert_string_equal(s.name, "a31mb");
	assert_null(strchr(s.number, '\x1b'));
	text_buf_reset(&b);
	notifier_stop(&n, &s);
}

static void ends_mean_what_they_say(void **state)
{
	static const struct {
		const char *state;
		enum sip_subscription_state then;
		uint64_t least_ms;
	} ends[] = {
		{"terminated;reason=rejected", SIP_SUBSCRIPTION_REFUSED, 0},
		{"terminated;reason=noresource", SIP_SUBSCRIPTION_REFUSED, 0},
		{"terminated;reason=invariant", SIP_SUBSCRIPTION_REFUSED, 0},
		{"terminated;reason=giveup;retry-after=90",
		 SIP_SUBSCRIPTION_DOWN, 80000},
		{"terminated;reason=probation;retry-after=99999999",
		 SIP_SUBSCRIPTION_DOWN, 3000000},
		{"terminated", SIP_SUBSCRIPTION_DOWN, 0},
	};
	struct notifier n = {.subscribes = 0};
	struct seen s = {.states = {0}};
	struct sip_subscription_info info;
	(void)state;

	notifier_start(&n);
	for (size_t i = 0; i < ARRAY_SIZE(ends); i++) {
		n.subscribes = 0;
		watch(&s, "202", SIP_EVENT_LAMP);
		assert_true(until(was_asked, &n));
		notify(&n, "active", INFO("1", "full", ""));
		notify(&n, ends[i].state, "");
		assert_int_equal(s.state, ends[i].then);
		assert_int_equal(s.lamp, SIP_LAMP_UNREACHABLE);
		sip_subscription_info(s.sub, &info);
		assert_true(!info.retry_ms ==
			    (ends[i].then == SIP_SUBSCRIPTION_REFUSED));
		if (info.retry_ms)
			assert_true(info.retry_ms >=
				    time_mono_ms() + ends[i].least_ms);
		unwatch(&s);
	}
	/* moved elsewhere: a new one at once, but not over and over */
	n.subscribes = 0;
	watch(&s, "202", SIP_EVENT_LAMP);
	assert_true(until(was_asked, &n));
	notify(&n, "active", INFO("1", "full", ""));
	notify(&n, "terminated;reason=deactivated", "");
	assert_true(until(was_asked_twice, &n));
	notify(&n, "active", INFO("1", "full", ""));
	notify(&n, "terminated;reason=deactivated", "");
	assert_int_equal(s.state, SIP_SUBSCRIPTION_DOWN);
	notifier_stop(&n, &s);
}

static void intervals_are_those_of_the_notifier(void **state)
{
	struct notifier n = {
		.refusals = 1,
		.reply = "423 Interval Too Brief",
		.extra = "Min-Expires: 1200\r\n",
		.grant = "Expires: 2\r\n",
	};
	struct seen s = {.states = {0}};
	(void)state;

	notifier_start(&n);
	watch(&s, "202", SIP_EVENT_LAMP);
	assert_true(until(was_asked_twice, &n));
	assert_string_equal(n.expires, "1200");
	/* and goes on in time */
	n.subscribes = 0;
	assert_int_equal(notify(&n, "active;expires=2", INFO("1", "full", "")),
			 200);
	assert_true(until(was_asked, &n));
	assert_int_equal(s.state, SIP_SUBSCRIPTION_ACTIVE);
	/* what the notifier has forgotten is begun anew */
	n.subscribes = 0;
	n.refusals = 1;
	n.reply = "481 Gone";
	n.extra = "";
	assert_true(until(was_asked_twice, &n));
	assert_int_equal(notify(&n, "active", INFO("1", "full", "")), 200);
	assert_true(until(is_active, &s));
	notifier_stop(&n, &s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		PAIR_TEST(a_lamp_follows_by_datagram),
		PAIR_TEST(a_lamp_follows_by_connection),
		PAIR_TEST(it_may_be_freed_in_its_handlers),
		PAIR_TEST(what_ends_at_the_other_side_is_dark),
		PAIR_TEST(refusals_are_for_good_and_failures_not),
		PAIR_TEST(presence_is_told_with_its_note),
		PAIR_TEST(messages_wait),
		PAIR_TEST(versions_keep_their_order),
		PAIR_TEST(hostile_notifies_do_no_harm),
		PAIR_TEST(crowds_and_colours_are_kept_in_bounds),
		PAIR_TEST(ends_mean_what_they_say),
		PAIR_TEST(intervals_are_those_of_the_notifier),
	};

	return pair_main(tests, ARRAY_SIZE(tests));
}
