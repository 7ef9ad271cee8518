/* A session against a scripted server over TLS. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <offhook/client/wsi.h>

#include "tls_server.h"

enum { GUARD_MS = 20000, LOG_SIZE = 262144, QUEUE = 64 };

#define LOGIN_PLAIN                                          \
	"<LOGIN><ID>s1</ID><LASVERSION><VERSION>4</VERSION>" \
	"<APPLICATION>UCSMART</APPLICATION></LASVERSION></LOGIN>"
#define LOGIN_OURS                                                          \
	"<LOGIN><ID>s2</ID><LASVERSION><VERSION>4</VERSION>"                \
	"<APPLICATION>UCSUITE</APPLICATION><OFFHOOKD><ADDITIONS>post wait " \
	"favourites sip-account presence directory journal</ADDITIONS>"     \
	"<CAN>cti voip</CAN><NAME>Emma Nutt</NAME><DEVICE>200</DEVICE>"     \
	"</OFFHOOKD></LASVERSION></LOGIN>"
#define CAPABILITIES "{\"server\":\"offhookd\",\"login\":[\"GET\",\"POST\"]}"
#define EMMA_AND_AGNER                                                         \
	"{\"total\":2,\"offset\":0,\"contacts\":["                             \
	"{\"id\":\"int:200\",\"directory\":\"internal\",\"name\":\"Emma "      \
	"Nutt\",\"device\":\"200\",\"numbers\":[{\"kind\":\"internal\","       \
	"\"number\":\"200\"}]},{\"id\":\"int:201\",\"directory\":"             \
	"\"internal\","                                                        \
	"\"name\":\"Agner Erlang\",\"device\":\"201\",\"numbers\":[{\"kind\":" \
	"\"internal\",\"number\":\"201\"}]}]}"

/** What the server says to a command; the rest gets an ERROR. */
struct line {
	const char *command;
	const char *answer;
};

struct world {
	struct net *net;
	struct uc *uc;
	struct wsi *wsi;
	struct tls_server server;
	struct tls_identity id;
	struct net_pin pin;
	struct tmr guard;
	/* what was told */
	unsigned online, synced, ended, calls, done;
	enum wsi_end why;
	enum net_error net_error;
	bool was_online, had_certificate;
	char *text, *result_text, *reason, *call_id;
	enum wsi_status status;
	char *secret;
	bool free_in_handler;
	enum {
		UNTIL_NONE,
		UNTIL_ONLINE,
		UNTIL_SYNCED,
		UNTIL_ENDED,
		UNTIL_CALL,
		UNTIL_DONE,
		UNTIL_POLLS
	} until;
	unsigned polls_wanted;
	unsigned hurry_ms; /* time limits; 0: the usual ones */
	struct tmr watch;
	/* the server's, under server.lock */
	struct line script[32];
	unsigned lines;
	const char *events[QUEUE];
	unsigned events_in, events_out;
	unsigned polls, at_once, polls_max;
	char log[LOG_SIZE];
	size_t log_len;
};

/* ---- the server -------------------------------------------------------- */

static void note(struct world *w, const struct tls_request *r)
{
	int n;

	pthread_mutex_lock(&w->server.lock);
	n = snprintf(w->log + w->log_len, LOG_SIZE - w->log_len, "%s %s %s\n",
		     r->method, r->target, r->body);
	if (n > 0 && w->log_len + (size_t)n < LOG_SIZE)
		w->log_len += (size_t)n;
	pthread_mutex_unlock(&w->server.lock);
}

static bool logged(struct world *w, const char *what)
{
	bool yes;

	pthread_mutex_lock(&w->server.lock);
	yes = strstr(w->log, what) != NULL;
	pthread_mutex_unlock(&w->server.lock);
	return yes;
}

static unsigned times_logged(struct world *w, const char *what)
{
	unsigned n = 0;

	pthread_mutex_lock(&w->server.lock);
	for (const char *s = w->log; (s = strstr(s, what)); s += strlen(what))
		n++;
	pthread_mutex_unlock(&w->server.lock);
	return n;
}

static void push_event(struct world *w, const char *body)
{
	pthread_mutex_lock(&w->server.lock);
	w->events[w->events_in++ % QUEUE] = body;
	pthread_mutex_unlock(&w->server.lock);
}

static void poll(struct tls_peer *p, struct world *w, bool hold)
{
	const char *body = NULL;
	bool stop;

	pthread_mutex_lock(&w->server.lock);
	w->polls++;
	if (++w->at_once > w->polls_max)
		w->polls_max = w->at_once;
	pthread_mutex_unlock(&w->server.lock);
	for (;;) {
		pthread_mutex_lock(&w->server.lock);
		if (w->events_out < w->events_in)
			body = w->events[w->events_out++ % QUEUE];
		stop = w->server.stopping || body || !hold;
		if (stop)
			w->at_once--;
		pthread_mutex_unlock(&w->server.lock);
		if (stop)
			break;
		usleep(2000);
	}
	tls_answer(p, "application/json", body ? body : "",
		   body ? strlen(body) : 0);
}

/* A byte now and then, and never the last. */
static void drip(struct tls_peer *p, struct world *w)
{
	bool stop = !tls_puts(p, "HTTP/1.1 200 OK\r\nContent-Length: 100000"
				 "\r\n\r\n");

	while (!stop) {
		usleep(5000);
		stop = !tls_puts(p, " ");
		pthread_mutex_lock(&w->server.lock);
		stop = stop || w->server.stopping;
		pthread_mutex_unlock(&w->server.lock);
	}
}

static void answer(struct tls_peer *p, struct world *w, const char *command,
		   size_t len)
{
	const char *body = NULL;
	char error[256];

	pthread_mutex_lock(&w->server.lock);
	for (unsigned i = 0; i < w->lines && !body; i++)
		if (strlen(w->script[i].command) == len &&
		    !strncmp(w->script[i].command, command, len))
			body = w->script[i].answer;
	pthread_mutex_unlock(&w->server.lock);
	if (!body) {
		snprintf(error, sizeof(error),
			 "<%.*s><ERROR><REASON>UNKNOWN_COMMAND</REASON></ERROR>"
			 "</%.*s>",
			 (int)len, command, (int)len, command);
		body = error;
	}
	if (!strcmp(body, "CLOSE"))
		shutdown(p->fd, SHUT_RDWR);
	else if (!strcmp(body, "DRIP"))
		drip(p, w);
	else
		tls_answer(p, *body == '{' ? "application/json" : "text/xml",
			   body, strlen(body));
}

static void serve(struct tls_peer *p, void *arg)
{
	struct world *w = arg;
	struct tls_request r;

	while (tls_request_read(p, &r)) {
		const char *cmd = strstr(r.target, "cmd=");

		note(w, &r);
		if (strstr(r.target, "/cgi-bin/gadgetapi/GetEvents?"))
			poll(p, w, strstr(r.target, "wait=") != NULL);
		else if (cmd)
			answer(p, w, cmd + 4, strcspn(cmd + 4, "&"));
		tls_request_free(&r);
	}
}

/* ---- the client -------------------------------------------------------- */

static void guard(void *arg)
{
	const struct world *w = arg;

	fail_msg("waited in vain for %d: online %u synced %u ended %u (%d %s) "
		 "calls %u done %u\n%s",
		 w->until, w->online, w->synced, w->ended, w->why,
		 w->text ? w->text : "", w->calls, w->done, w->log);
}

static void reached(struct world *w, int what)
{
	if ((int)w->until == what)
		loop_stop();
}

static void maybe_free(struct world *w)
{
	if (w->free_in_handler)
		w->wsi = mem_deref(w->wsi);
}

static void on_online(struct wsi *s, void *arg)
{
	struct world *w = arg;

	assert_true(wsi_online(s));
	w->online++;
	reached(w, UNTIL_ONLINE);
	if (w->until == UNTIL_ONLINE)
		maybe_free(w);
}

static void on_synced(struct wsi *s, void *arg)
{
	struct world *w = arg;
	(void)s;

	w->synced++;
	reached(w, UNTIL_SYNCED);
	if (w->until == UNTIL_SYNCED)
		maybe_free(w);
}

static void on_call(struct wsi *s, const struct wsi_call_event *e, void *arg)
{
	struct world *w = arg;
	(void)s;

	w->calls++;
	text_set(&w->call_id, e->call_id);
	reached(w, UNTIL_CALL);
	if (w->until == UNTIL_CALL)
		maybe_free(w);
}

static void on_ended(struct wsi *s, const struct wsi_ended *e, void *arg)
{
	struct world *w = arg;

	assert_false(wsi_online(s));
	w->ended++;
	w->why = e->why;
	w->net_error = e->net;
	w->was_online = e->online;
	w->had_certificate = e->certificate != NULL;
	text_set(&w->text, e->text);
	reached(w, UNTIL_ENDED);
	maybe_free(w);
}

static void on_done(const struct wsi_result *r, void *arg)
{
	struct world *w = arg;

	w->done++;
	w->status = r->status;
	text_set(&w->result_text, r->text);
	text_set(&w->reason, r->reason);
	text_set(&w->call_id, r->call_id);
	reached(w, UNTIL_DONE);
	if (w->until == UNTIL_DONE)
		maybe_free(w);
}

static void on_account(const struct wsi_result *r,
		       const struct wsi_sip_account *a, void *arg)
{
	struct world *w = arg;

	text_set(&w->secret, a ? a->secret : NULL);
	on_done(r, arg);
}

static const struct wsi_handlers handlers = {
	.online = on_online,
	.synced = on_synced,
	.call = on_call,
	.ended = on_ended,
};

static void watch(void *arg)
{
	struct world *w = arg;

	if (tls_server_count(&w->server, &w->polls) >= w->polls_wanted)
		loop_stop();
	else
		tmr_start(&w->watch, 5, watch, w);
}

static void run(struct world *w, int until)
{
	w->until = until;
	tmr_start(&w->guard, GUARD_MS, guard, w);
	if (until == UNTIL_POLLS)
		tmr_start(&w->watch, 5, watch, w);
	assert_int_equal(loop_run(), 0);
	tmr_cancel(&w->guard);
	tmr_cancel(&w->watch);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(net_alloc(&w->net), 0);
	assert_int_equal(uc_alloc(&w->uc), 0);
	tls_identity_make(&w->id, "uc.example", NULL, NULL, false, 365);
	tls_identity_digest(&w->id, w->pin.sha256);
	tmr_init(&w->guard);
	tmr_init(&w->watch);
	tls_server_start(&w->server, &w->id, serve, w);
	*state = w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;

	w->wsi = mem_deref(w->wsi);
	mem_deref(w->net);
	mem_deref(w->uc);
	tls_server_stop(&w->server);
	tls_identity_free(&w->id);
	tmr_cancel(&w->guard);
	tmr_cancel(&w->watch);
	free(w->text);
	free(w->result_text);
	free(w->reason);
	free(w->call_id);
	free(w->secret);
	free(w);
	return 0;
}

static void say(struct world *w, const char *command, const char *text)
{
	pthread_mutex_lock(&w->server.lock);
	for (unsigned i = 0; i < w->lines; i++)
		if (!strcmp(w->script[i].command, command)) {
			w->script[i].answer = text;
			pthread_mutex_unlock(&w->server.lock);
			return;
		}
	w->script[w->lines++] = (struct line){command, text};
	pthread_mutex_unlock(&w->server.lock);
}

static void log_in_with(struct world *w, enum wsi_login way,
			const struct net_pin *pin)
{
	struct wsi_prm prm = {
		.connect_ms = w->hurry_ms,
		.answer_ms = w->hurry_ms,
		.net = w->net,
		.uc = w->uc,
		.host = "127.0.0.1",
		.port = w->server.port,
		.pin = pin,
		.user = "200",
		.password = "Pa ss&w=rd#1",
		.login = way,
	};

	assert_int_equal(wsi_alloc(&w->wsi, &prm, &handlers, w), 0);
}

static void log_in(struct world *w, enum wsi_login way)
{
	log_in_with(w, way, &w->pin);
}

static void go_online_plain(struct world *w)
{
	say(w, "Login", LOGIN_PLAIN);
	log_in(w, WSI_LOGIN_ASK);
	run(w, UNTIL_SYNCED);
}

static void go_online_ours(struct world *w)
{
	say(w, "Capabilities", CAPABILITIES);
	say(w, "Login", LOGIN_OURS);
	say(w, "Directory", EMMA_AND_AGNER);
	say(w, "PresenceList", "{\"users\":[]}");
	say(w, "Favourites", "{\"groups\":[]}");
	say(w, "Journal", "{\"entries\":[],\"more\":false}");
	log_in(w, WSI_LOGIN_ASK);
	run(w, UNTIL_SYNCED);
}

/* ---- login ------------------------------------------------------------- */

static void test_plain(void **state)
{
	struct world *w = *state;
	const struct uc_account *a = uc_account(w->uc);

	go_online_plain(w);
	assert_int_equal(w->online, 1);
	assert_int_equal(w->synced, 1);
	assert_int_equal(w->ended, 0);
	assert_int_equal(a->mode, UC_MODE_SMART);
	assert_int_equal(wsi_login_way(w->wsi), WSI_LOGIN_GET);
	assert_int_equal(wsi_additions(w->wsi), 0);
	assert_string_equal(wsi_device(w->wsi), "200");
	assert_true(logged(w, "GET /cgi-bin/gadgetapi?cmd=Login&gsUser=200&"
			      "gsPass=Pa%20ss%26w%3Drd%231 "));
	/* Nothing of it is there: not offered, no second try, no error. */
	assert_false(a->can & UC_CAN_DIRECTORY);
	assert_false(a->can & UC_CAN_JOURNAL);
	assert_true(logged(w, "GetEvents?deviceObject=200&gsSession=s1"));
	assert_false(logged(w, "wait="));
}

static void test_ours(void **state)
{
	struct world *w = *state;
	const struct uc_account *a = uc_account(w->uc);

	go_online_ours(w);
	assert_int_equal(wsi_login_way(w->wsi), WSI_LOGIN_POST);
	assert_int_equal(a->mode, UC_MODE_SUITE);
	assert_string_equal(a->name, "Emma Nutt");
	assert_true(a->can & UC_CAN_VOIP);
	assert_true(logged(w, "POST /cgi-bin/gadgetapi?cmd=Login "
			      "gsUser=200&gsPass=Pa%20ss"));
	assert_true(logged(w, "&wait=25"));
	assert_true(logged(w, "cmd=HookSubscribe user=200&devices=%2A&"));
	assert_int_equal(uc_internal_count(w->uc), 2);
	assert_non_null(uc_me(w->uc));
	/* Never a password or session in a query where POST is taken. */
	assert_false(logged(w, "gsPass=Pa%20ss&w"));
	assert_false(logged(w, "GET /cgi-bin/gadgetapi?cmd=Login"));
}

/* Each byte comes in time, but never the last one. */
static void test_login_that_drips(void **state)
{
	struct world *w = *state;

	w->hurry_ms = 100;
	say(w, "Login", "DRIP");
	log_in(w, WSI_LOGIN_GET);
	run(w, UNTIL_ENDED);
	assert_int_equal(w->why, WSI_END_NETWORK);
	assert_int_equal(w->net_error, NET_TIMEOUT_TOTAL);
	assert_int_equal(w->online, 0);
}

/* What a plain server has is read; hooks are asked for by number. */
static void test_plain_reading(void **state)
{
	struct world *w = *state;

	say(w, "PhBookSearch",
	    "<PhBookSearch><ENTRY><DIRECTORY>internal</DIRECTORY><LASTNAME>"
	    "Nutt</LASTNAME><FIRSTNAME>Emma</FIRSTNAME><EXTENSION>200"
	    "</EXTENSION></ENTRY><ENTRY><DIRECTORY>internal</DIRECTORY>"
	    "<LASTNAME>Erlang</LASTNAME><EXTENSION>201</EXTENSION></ENTRY>"
	    "</PhBookSearch>");
	say(w, "PresenceDBGet",
	    "<PresenceDBGet><USER><ID>201</ID><PRESENCE>7</PRESENCE></USER>"
	    "</PresenceDBGet>");
	say(w, "EventStart", "<EventStart local=\"false\"/>");
	go_online_plain(w);
	assert_string_equal(uc_account(w->uc)->name, "Emma Nutt");
	assert_true(logged(w, "cmd=HookSubscribe&user=200&devices="));
	assert_true(logged(w, "201"));
	/* GetPresenceXML is refused, the other one has it. */
	assert_int_equal(uc_contact_by_device(w->uc, "201")->presence.state,
			 PROTO_LUNCH);
	/* And so are events of calls. */
	assert_true(logged(w, "cmd=MonitorStart&deviceObject=200"));
	assert_false(uc_account(w->uc)->can & UC_CAN_CTI);
	/* Only what is asked for is told as read. */
	push_event(w, "{\"events\":[{\"type\":\"PresenceEvent\"}]}");
	say(w, "PresenceDBGet",
	    "<PresenceDBGet><USER><ID>201</ID><PRESENCE>1</PRESENCE></USER>"
	    "</PresenceDBGet>");
	while (uc_contact_by_device(w->uc, "201")->presence.state !=
	       PROTO_OFFICE) {
		w->polls_wanted = tls_server_count(&w->server, &w->polls) + 1;
		assert_true(w->polls_wanted < 100);
		run(w, UNTIL_POLLS);
	}
	assert_int_equal(w->synced, 1);
}

/* Announced, and refused: what the server has besides is asked instead. */
static void test_ours_that_are_not_there(void **state)
{
	struct world *w = *state;
	const struct uc_account *a = uc_account(w->uc);

	say(w, "Login", LOGIN_OURS);
	say(w, "PhBookSearch",
	    "<PhBookSearch><ENTRY><DIRECTORY>internal</DIRECTORY><LASTNAME>"
	    "Erlang</LASTNAME><EXTENSION>201</EXTENSION></ENTRY>"
	    "</PhBookSearch>");
	say(w, "GetPresenceXML",
	    "<GetPresenceXML><USER><ID>201</ID><PRESENCE>7</PRESENCE></USER>"
	    "</GetPresenceXML>");
	log_in(w, WSI_LOGIN_POST);
	run(w, UNTIL_SYNCED);
	assert_int_equal(uc_contact_by_device(w->uc, "201")->presence.state,
			 PROTO_LUNCH);
	assert_int_equal(wsi_additions(w->wsi),
			 WSI_ADD_POST | WSI_ADD_WAIT | WSI_ADD_SIP_ACCOUNT);
	assert_true(a->can & UC_CAN_DIRECTORY);
	assert_false(a->can & (UC_CAN_FAVOURITES | UC_CAN_JOURNAL));
	assert_int_equal(w->synced, 1);
	/* No second try, and an administrator's change brings nothing back. */
	push_event(w, "{\"events\":[{\"type\":\"AccountEvent\",\"can\":"
		      "\"cti voip groups\"},{\"type\":\"OverflowEvent\"}]}");
	run(w, UNTIL_SYNCED);
	assert_false(a->can &
		     (UC_CAN_FAVOURITES | UC_CAN_JOURNAL | UC_CAN_GROUPS));
	assert_int_equal(times_logged(w, "cmd=Directory "), 1);
	assert_int_equal(times_logged(w, "cmd=Favourites "), 1);
	assert_int_equal(times_logged(w, "cmd=Journal "), 1);
	assert_int_equal(times_logged(w, "cmd=JournalRead "), 1);
	assert_int_equal(times_logged(w, "cmd=PresenceList "), 1);
	assert_int_equal(times_logged(w, "cmd=GetPresenceXML "), 2);
}

/* Half an answer says of nobody that he has gone. */
static void test_directory_that_is_cut_off(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	assert_true(wsi_directory_whole(w->wsi));
	say(w, "Directory",
	    "{\"total\":2,\"offset\":0,\"contacts\":[{\"id\":\"int:20");
	wsi_resync(w->wsi);
	run(w, UNTIL_SYNCED);
	assert_false(wsi_directory_whole(w->wsi));
	assert_int_equal(uc_internal_count(w->uc), 2);
	/* It tells the first page whatever is asked for, for ever. */
	say(w, "Directory",
	    "{\"total\":2,\"offset\":0,\"contacts\":[{\"id\":\"int:200\","
	    "\"directory\":\"internal\",\"name\":\"Emma Nutt\"}]}");
	wsi_resync(w->wsi);
	run(w, UNTIL_SYNCED);
	assert_false(wsi_directory_whole(w->wsi));
	assert_int_equal(uc_internal_count(w->uc), 2);
}

/* What it does not find is there all the same. */
static void test_not_found_is_offered(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	say(w, "PhBookLookup", "{\"error\":\"NOT_FOUND\"}");
	assert_int_equal(wsi_lookup(NULL, w->wsi, "4711", on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_REFUSED);
	assert_int_equal(wsi_lookup(NULL, w->wsi, "4711", on_done, w), 0);
	run(w, UNTIL_DONE);
	say(w, "PhBookLookup", "{\"error\":\"INTERNAL\"}");
	assert_int_equal(wsi_lookup(NULL, w->wsi, "4711", on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_NOT_OFFERED);
	assert_int_equal(wsi_lookup(NULL, w->wsi, "4711", on_done, w), ENOTSUP);
}

/* Of a server that says that it holds them: asked as of any other. */
static void test_events_are_not_held(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	push_event(w, "{\"error\":\"BAD_PARAMETER\"}");
	push_event(w, "what?");
	w->polls_wanted = tls_server_count(&w->server, &w->polls) + 4;
	run(w, UNTIL_POLLS);
	assert_int_equal(w->ended, 0);
	assert_false(wsi_additions(w->wsi) & WSI_ADD_WAIT);
	assert_int_equal(times_logged(w, "wait="), 2);
}

#define LOGIN_KEEPS                                                         \
	"<LOGIN><ID>s2</ID><LASVERSION><APPLICATION>UCSMART</APPLICATION>"  \
	"<OFFHOOKD><ADDITIONS>post wait journal delete</ADDITIONS><CAN>cti" \
	"</CAN></OFFHOOKD></LASVERSION></LOGIN>"
#define CALL(id)                                                          \
	"{\"id\":\"" id "\",\"kind\":\"in-missed\",\"at\":1795356060000," \
	"\"number\":\"201\"}"

static void hold(struct world *w, const char *id)
{
	const struct uc_entry_prm e = {
		.id = id, .kind = UC_IN_ANSWERED, .at_ms = 1, .number = "201"};

	assert_int_equal(uc_entry_put(w->uc, &e), 0);
}

static bool held(const struct world *w, const char *id)
{
	return uc_entry_by_id(w->uc, id, NULL) != NULL;
}

static void until_logged(struct world *w, const char *what, unsigned times)
{
	for (int i = 0; i < 100 && times_logged(w, what) < times; i++) {
		push_event(w, "{\"events\":[{\"type\":\"AgentState\"}]}");
		w->polls_wanted = tls_server_count(&w->server, &w->polls) + 1;
		run(w, UNTIL_POLLS);
	}
	assert_int_equal(times_logged(w, what), times);
}

/* What is held and was not told as a whole: which of it is gone? */
static void test_gone_meanwhile(void **state)
{
	struct world *w = *state;

	hold(w, "j:3");
	hold(w, "j:4");
	hold(w, "m:5");
	hold(w, "own:6");
	hold(w, "j:7,8");
	hold(w, "j:");
	hold(w, "j:12345678901234567890");
	say(w, "Login", LOGIN_KEEPS);
	say(w, "Journal", "{\"entries\":[" CALL("9") "],\"more\":true}");
	say(w, "EntriesGone",
	    "{\"calls\":[\"3\",3,null,\"\",\"x\"],\"messages\":{\"5\":1},"
	    "\"voicemails\":\"5\"}");
	log_in(w, WSI_LOGIN_POST);
	run(w, UNTIL_SYNCED);
	until_logged(w, "cmd=EntriesGone ", 1);
	assert_true(logged(w, "calls=3%2C4%2C9&messages=5&") ||
		    logged(w, "calls=9%2C3%2C4&messages=5&") ||
		    logged(w, "calls=4%2C3%2C9&messages=5&"));
	while (held(w, "j:3")) {
		w->polls_wanted = tls_server_count(&w->server, &w->polls) + 1;
		push_event(w, "{\"events\":[{\"type\":\"AgentState\"}]}");
		run(w, UNTIL_POLLS);
	}
	assert_true(held(w, "j:4") && held(w, "m:5") && held(w, "own:6"));
	assert_true(held(w, "j:7,8") && held(w, "j:9"));
	/* Told as a whole, but events were lost. */
	say(w, "Journal", "{\"entries\":[" CALL("9") "],\"more\":false}");
	say(w, "EntriesGone", "{\"calls\":[\"4\"]}");
	push_event(w, "{\"events\":[{\"type\":\"OverflowEvent\"}]}");
	run(w, UNTIL_SYNCED);
	until_logged(w, "cmd=EntriesGone ", 2);
}

/* An older server of ours: all stays, and it is not asked again. */
static void test_gone_is_not_known(void **state)
{
	struct world *w = *state;

	hold(w, "j:3");
	say(w, "Login", LOGIN_KEEPS);
	say(w, "Journal", "{\"entries\":[],\"more\":true}");
	log_in(w, WSI_LOGIN_POST);
	run(w, UNTIL_SYNCED);
	until_logged(w, "cmd=EntriesGone ", 1);
	for (int i = 0; i < 3; i++) {
		wsi_resync(w->wsi);
		run(w, UNTIL_SYNCED);
	}
	assert_int_equal(times_logged(w, "cmd=EntriesGone "), 1);
	assert_true(held(w, "j:3"));
}

/* More than one request takes: one after the other, each entry once. */
static void test_gone_of_many(void **state)
{
	struct world *w = *state;
	char id[16];

	for (int i = 1; i <= 1001; i++) {
		snprintf(id, sizeof(id), "j:%d", i);
		hold(w, id);
	}
	say(w, "Login", LOGIN_KEEPS);
	say(w, "Journal", "{\"entries\":[],\"more\":true}");
	say(w, "EntriesGone", "{\"calls\":[]}");
	log_in(w, WSI_LOGIN_POST);
	run(w, UNTIL_SYNCED);
	until_logged(w, "cmd=EntriesGone ", 3);
	assert_int_equal(times_logged(w, "%2C1001"), 0);
	assert_int_equal(uc_conversation_at(w->uc, 0)->entry_count, 1001);
	/* One that fails ends it; the next reading begins anew. */
	say(w, "EntriesGone", "{\"calls\":[");
	wsi_resync(w->wsi);
	run(w, UNTIL_SYNCED);
	until_logged(w, "cmd=EntriesGone ", 4);
}

static void test_known_way(void **state)
{
	struct world *w = *state;

	say(w, "Login", LOGIN_OURS);
	log_in(w, WSI_LOGIN_POST);
	run(w, UNTIL_ONLINE);
	assert_false(logged(w, "Capabilities"));
}

static void refused(struct world *w, const char *text, enum wsi_end why)
{
	say(w, "Login", text);
	log_in(w, WSI_LOGIN_GET);
	run(w, UNTIL_ENDED);
	assert_int_equal(w->ended, 1);
	assert_int_equal(w->online, 0);
	assert_int_equal(w->why, why);
	assert_false(w->was_online);
	assert_true(strlen(w->text) > 5);
	assert_null(strstr(w->text, "ss&w"));
}

static void test_bad_password(void **state)
{
	refused(*state,
		"<LOGIN><ID>0</ID><ERROR><REASON>BAD_PASSWORD</REASON></ERROR>"
		"</LOGIN>",
		WSI_END_BAD_PASSWORD);
}

static void test_locked(void **state)
{
	refused(*state, "<LOGIN><ID>0</ID><ERROR>LOCKED</ERROR></LOGIN>",
		WSI_END_LOCKED);
}

static void test_no_licence(void **state)
{
	refused(*state,
		"<LOGIN><ID>0</ID><ERROR><REASON>NO_LICENCE</REASON></ERROR>"
		"</LOGIN>",
		WSI_END_NO_LICENCE);
}

static void test_password_change(void **state)
{
	refused(*state,
		"<LOGIN><ID>0</ID><ERROR><REASON>PASSWORD_CHANGE</REASON>"
		"</ERROR></LOGIN>",
		WSI_END_PASSWORD_CHANGE);
}

static void test_unknown_refusal(void **state)
{
	refused(*state, "<LOGIN><ID>0</ID><ERROR>too\x07 early</ERROR></LOGIN>",
		WSI_END_NOT_UC);
}

static void test_other_refusal(void **state)
{
	struct world *w = *state;

	refused(w, "<LOGIN><ID>0</ID><ERROR>too early</ERROR></LOGIN>",
		WSI_END_REFUSED);
	assert_non_null(strstr(w->text, "too early"));
}

static void test_half_xml(void **state)
{
	refused(*state, "<LOGIN><ID>3b06a3af</ID><CNT>1", WSI_END_NOT_UC);
}

static void test_web_page(void **state)
{
	refused(*state, "<html><body>It works!</body></html>", WSI_END_NOT_UC);
}

static void test_empty_login(void **state)
{
	refused(*state, "", WSI_END_NOT_UC);
}

static void test_closes(void **state)
{
	struct world *w = *state;

	refused(w, "CLOSE", WSI_END_NETWORK);
	assert_int_equal(w->net_error, NET_CLOSED);
}

static void test_unknown_certificate(void **state)
{
	struct world *w = *state;

	say(w, "Login", LOGIN_PLAIN);
	log_in_with(w, WSI_LOGIN_GET, NULL);
	run(w, UNTIL_ENDED);
	assert_int_equal(w->why, WSI_END_CERTIFICATE);
	assert_int_equal(w->net_error, NET_CERTIFICATE_UNKNOWN);
	assert_true(w->had_certificate);
	assert_false(logged(w, "Login"));
}

static void test_bad_parameters(void **state)
{
	struct world *w = *state;
	struct wsi_prm prm = {
		.net = w->net, .uc = w->uc, .user = "200", .password = "x"};
	static const char *const hosts[] = {
		"", "a/b", "a?b", "u@h", "h#", "a b", "a\r\nb",
	};
	struct wsi *s = NULL;

	for (size_t i = 0; i < ARRAY_SIZE(hosts); i++) {
		prm.host = hosts[i];
		assert_int_equal(wsi_alloc(&s, &prm, &handlers, w), EINVAL);
	}
	assert_int_equal(wsi_journal(NULL, NULL, on_done, w), ENOTCONN);
	assert_int_equal(
		wsi_call_do(NULL, NULL, WSI_HOLD, "5", NULL, on_done, w),
		ENOTCONN);
	assert_int_equal(
		wsi_call_do(NULL, NULL, WSI_HOLD, "", NULL, on_done, w),
		EINVAL);
	assert_int_equal(wsi_search(NULL, NULL, NULL, on_done, w), ENOTCONN);
	prm.host = "127.0.0.1";
	prm.user = "";
	assert_int_equal(wsi_alloc(&s, &prm, &handlers, w), EINVAL);
	assert_null(s);
}

static void test_freed_while_logging_in(void **state)
{
	struct world *w = *state;

	say(w, "Login", LOGIN_PLAIN);
	log_in(w, WSI_LOGIN_ASK);
	w->wsi = mem_deref(w->wsi);
	log_in(w, WSI_LOGIN_ASK);
	run(w, UNTIL_ONLINE);
	assert_int_equal(w->online, 1);
	assert_int_equal(w->ended, 0);
}

/* ---- polling ----------------------------------------------------------- */

#define RING                                                                   \
	"{\"events\":[{\"type\":\"DeliveredEvent\",\"deviceID\":\"200\","      \
	"\"callID\":\"5\",\"callingDevice\":\"201\",\"calledDevice\":\"200\"," \
	"\"alertingDevice\":\"200\"}]}"

static void test_poll_in_series(void **state)
{
	struct world *w = *state;

	go_online_plain(w);
	w->polls_wanted = tls_server_count(&w->server, &w->polls) + 3;
	run(w, UNTIL_POLLS);
	push_event(w, RING);
	run(w, UNTIL_CALL);
	assert_string_equal(w->call_id, "5");
	assert_int_equal(w->polls_max, 1);
}

static void test_poll_held(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	push_event(w, RING);
	run(w, UNTIL_CALL);
	push_event(w, "{\"events\":[{\"type\":\"PresenceEvent\",\"user\":"
		      "\"201\",\"presence\":7,\"note\":\"soup\"}]}");
	push_event(w, "{\"events\":[{\"type\":\"EstablishedEvent\","
		      "\"deviceID\":\"200\",\"callID\":\"5\"}]}");
	run(w, UNTIL_CALL);
	assert_int_equal(uc_contact_by_device(w->uc, "201")->presence.state,
			 PROTO_LUNCH);
	assert_string_equal(uc_contact_by_device(w->uc, "201")->presence.note,
			    "soup");
	assert_int_equal(w->polls_max, 1);
}

static void test_session_expires(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	push_event(w, "<ERROR><REASON>NOT_LOGGED_IN</REASON></ERROR>");
	run(w, UNTIL_ENDED);
	assert_int_equal(w->why, WSI_END_NOT_LOGGED_IN);
	assert_true(w->was_online);
}

static void test_session_expires_in_command(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	say(w, "HoldCall", "NOT_LOGGED_IN");
	assert_int_equal(
		wsi_call_do(NULL, w->wsi, WSI_HOLD, "5", NULL, on_done, w), 0);
	run(w, UNTIL_ENDED);
	assert_int_equal(w->why, WSI_END_NOT_LOGGED_IN);
	assert_int_equal(w->done, 1);
	assert_int_equal(w->status, WSI_ENDED);
}

static void test_garbage_events(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	push_event(w, "{\"events\":[{\"type\":\"Deliv");
	push_event(w, "garbage");
	push_event(w, RING);
	run(w, UNTIL_CALL);
	assert_int_equal(w->ended, 0);
	for (int i = 0; i < 10; i++)
		push_event(w, "\x80\xff");
	run(w, UNTIL_ENDED);
	assert_int_equal(w->why, WSI_END_NOT_UC);
}

static void test_server_goes(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	tls_server_stop(&w->server);
	run(w, UNTIL_ENDED);
	assert_int_equal(w->why, WSI_END_NETWORK);
	assert_true(w->was_online);
	tls_server_start(&w->server, &w->id, serve, w);
}

static void test_overflow(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	push_event(w, "{\"events\":[{\"type\":\"OverflowEvent\"}]}");
	run(w, UNTIL_SYNCED);
	assert_int_equal(w->synced, 2);
}

/* ---- commands ---------------------------------------------------------- */

static void test_set_presence(void **state)
{
	struct world *w = *state;
	struct wsi_presence_prm prm = {.state = PROTO_LUNCH,
				       .until_ms = 1798117200000,
				       .note = "soup & more"};

	go_online_ours(w);
	say(w, "SetPresence", "<SetPresence/>");
	assert_int_equal(wsi_presence_set(NULL, w->wsi, &prm, on_done, w), 0);
	assert_int_equal(uc_me(w->uc)->presence.state, PROTO_PRESENCE_UNKNOWN);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	/* 2026-12-24 13:00 UTC */
	assert_true(logged(w, "cmd=SetPresence user=200&presence=7&ptime="
			      "2026%2F12%2F24%2013%3A00Z&note=soup%20%26%20"
			      "more&gsSession=s2"));
	assert_int_equal(uc_me(w->uc)->presence.state, PROTO_LUNCH);
	assert_string_equal(uc_me(w->uc)->presence.note, "soup & more");
}

/* Without our additions no note goes out. */
static void test_set_presence_plain(void **state)
{
	struct world *w = *state;
	struct wsi_presence_prm prm = {.state = PROTO_OFFICE, .note = "x"};

	go_online_plain(w);
	say(w, "SetPresence", "<SetPresence/>");
	assert_int_equal(wsi_presence_set(NULL, w->wsi, &prm, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_true(logged(w, "GET /cgi-bin/gadgetapi?cmd=SetPresence&user=200"
			      "&presence=1&gsSession=s1 "));
	assert_false(logged(w, "note="));
}

static void test_action_refused(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	say(w, "HoldCall",
	    "<HoldCall><ERROR><REASON>INVALID_STATE</REASON>"
	    "<CSTAErrorCode>x</CSTAErrorCode></ERROR>"
	    "</HoldCall>");
	assert_int_equal(
		wsi_call_do(NULL, w->wsi, WSI_HOLD, "5", NULL, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_REFUSED);
	assert_string_equal(w->reason, "INVALID_STATE");
	assert_true(strlen(w->result_text) > 5);
	/* An action may be tried again. */
	say(w, "HoldCall", "<HoldCall/>");
	assert_int_equal(
		wsi_call_do(NULL, w->wsi, WSI_HOLD, "5", NULL, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_true(logged(w, "cmd=HoldCall deviceID=200&callID=5&gsSession"));
}

static void sent(struct world *w, int err, const char *what)
{
	assert_int_equal(err, 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_true(logged(w, what));
}

/* As the published reference lists them. */
static void test_two_calls(void **state)
{
	struct world *w = *state;
	wsi_done_h *h = on_done;

	go_online_ours(w);
	say(w, "ConsultationCall", "<ConsultationCall/>");
	sent(w, wsi_call_do(NULL, w->wsi, WSI_CONSULT, "5", "#7", h, w),
	     "cmd=ConsultationCall deviceID=200&callID=5"
	     "&consultedDevice=%237&gsSession");
	say(w, "AlternateCall", "<AlternateCall/>");
	sent(w, wsi_call_do(NULL, w->wsi, WSI_ALTERNATE, "6", "5", h, w),
	     "cmd=AlternateCall deviceID=200&callID=6&heldCallID=5&gsSession");
	say(w, "ReconnectCall", "<ReconnectCall/>");
	sent(w, wsi_call_do(NULL, w->wsi, WSI_RECONNECT, "6", "5", h, w),
	     "cmd=ReconnectCall deviceID=200&callID=6&heldCallID=5&gsSession");
	say(w, "ConferenceCall", "<ConferenceCall/>");
	sent(w, wsi_call_do(NULL, w->wsi, WSI_CONFERENCE, "6", "5", h, w),
	     "cmd=ConferenceCall deviceID=200&callID=6&heldCallID=5&gsSession");
	say(w, "AttendedTransfer", "<AttendedTransfer/>");
	sent(w,
	     wsi_call_do(NULL, w->wsi, WSI_TRANSFER_ATTENDED, "6", "5", h, w),
	     "cmd=AttendedTransfer deviceID=200&callID=6"
	     "&heldCallID=5&gsSession");
	say(w, "TransferCall", "<TransferCall/>");
	sent(w, wsi_call_do(NULL, w->wsi, WSI_TRANSFER, "5", "7", h, w),
	     "cmd=TransferCall "
	     "deviceID=200&callID=5&transferredTo=7&gsSession");
	say(w, "DeflectCall", "<DeflectCall/>");
	sent(w, wsi_call_do(NULL, w->wsi, WSI_DEFLECT, "5", "7", h, w),
	     "cmd=DeflectCall "
	     "deviceID=200&callID=5&newDestination=7&gsSession");
	assert_int_equal(wsi_call_do(NULL, w->wsi, WSI_DEFLECT, "5", "", h, w),
			 EINVAL);
	assert_int_equal(
		wsi_call_do(NULL, w->wsi, WSI_ALTERNATE, "5", "", h, w),
		EINVAL);
}

static void test_make_call(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	say(w, "MkCall", "<MkCall><callID>12</callID></MkCall>");
	assert_int_equal(wsi_call_make(NULL, w->wsi, "#*44*", NULL, on_done, w),
			 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_string_equal(w->call_id, "12");
	assert_true(logged(w, "cmd=MkCall callingDevice=200&"
			      "calledDirectoryNumber=%23%2A44%2A&"));
}

static void test_sip_account(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	say(w, "SipAccount", "{\"user\":\"200\",\"secret\":\"s3cret\"}");
	assert_int_equal(wsi_sip_account(NULL, w->wsi, on_account, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_string_equal(w->secret, "s3cret");
	assert_true(logged(w, "POST /cgi-bin/gadgetapi?cmd=SipAccount "));
	say(w, "SipAccount", "{\"error\":\"NOT_OFFERED\"}");
	assert_int_equal(wsi_sip_account(NULL, w->wsi, on_account, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_REFUSED);
	assert_null(w->secret);
}

static void test_not_offered(void **state)
{
	struct world *w = *state;
	const struct uc_contact *c;

	go_online_plain(w);
	assert_int_equal(wsi_sip_account(NULL, w->wsi, on_account, w), ENOTSUP);
	assert_int_equal(wsi_favourite_add(NULL, w->wsi, "a", "b", on_done, w),
			 ENOTSUP);
	assert_int_equal(wsi_lookup(NULL, w->wsi, "201", on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_NOT_OFFERED);
	assert_int_equal(wsi_lookup(NULL, w->wsi, "201", on_done, w), ENOTSUP);
	c = uc_contact_by_device(w->uc, "201");
	assert_null(c);
}

static void test_search(void **state)
{
	struct world *w = *state;
	struct uc_search *s = NULL;
	struct wsi_request *r = NULL;

	go_online_ours(w);
	assert_int_equal(uc_search_alloc(&s, w->uc, "agn", UC_ALL_DIRECTORIES),
			 0);
	assert_int_equal(wsi_search(&r, w->wsi, s, on_done, w), 0);
	assert_int_equal(uc_search_pending(s), 1);
	run(w, UNTIL_DONE);
	assert_int_equal(uc_search_pending(s), 0);
	/* Both came, one is a match. */
	assert_int_equal(uc_search_count(s), 1);
	assert_string_equal(uc_search_at(s, 0)->name, "Agner Erlang");
	mem_deref(r);
	mem_deref(s);
}

static void test_cancelled_search(void **state)
{
	struct world *w = *state;
	struct uc_search *s = NULL;
	struct wsi_request *r = NULL;

	go_online_ours(w);
	assert_int_equal(uc_search_alloc(&s, w->uc, "a", UC_INTERNAL), 0);
	assert_int_equal(wsi_search(&r, w->wsi, s, on_done, w), 0);
	mem_deref(r);
	mem_deref(s);
	say(w, "HoldCall", "<HoldCall/>");
	assert_int_equal(
		wsi_call_do(NULL, w->wsi, WSI_HOLD, "5", NULL, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->done, 1);
}

static void test_favourites(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	say(w, "FavouriteAdd",
	    "{\"groups\":[{\"id\":\"1\",\"name\":\"Exchange\",\"members\":["
	    "{\"id\":\"int:201\",\"directory\":\"internal\",\"name\":\"Agner "
	    "Erlang\",\"device\":\"201\",\"numbers\":[]}]}]}");
	assert_int_equal(wsi_favourite_add(NULL, w->wsi, "Exchange", "int:201",
					   on_done, w),
			 0);
	run(w, UNTIL_DONE);
	assert_int_equal(uc_group_count(w->uc), 1);
	assert_int_equal(uc_group_at(w->uc, 0)->member_count, 1);
	say(w, "FavouritesReplace", "{\"groups\":[]}");
	assert_int_equal(wsi_favourites_replace(NULL, w->wsi, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_true(logged(w, "groups=%5B%7B%22name%22%3A%22Exchange%22%2C"
			      "%22members%22%3A%5B%22int%3A201%22%5D%7D%5D"));
	assert_int_equal(uc_group_count(w->uc), 0);
}

/* ---- personal contacts ------------------------------------------------- */

#define BERTA                                                             \
	"{\"id\":\"per:1\",\"directory\":\"personal\",\"name\":\"Berta "  \
	"Benz\",\"key\":\"k1\",\"handMade\":true,\"numbers\":[{\"kind\":" \
	"\"mobile\",\"number\":\"+49 171 555\"}]}"

static void go_online_personal(struct world *w)
{
	static const char login[] =
		"<LOGIN><ID>s1</ID><LASVERSION><APPLICATION>UCSMART"
		"</APPLICATION><OFFHOOKD><ADDITIONS>post wait directory "
		"personal</ADDITIONS><CAN>personal</CAN></OFFHOOKD>"
		"</LASVERSION></LOGIN>";

	say(w, "Capabilities", CAPABILITIES);
	say(w, "Login", login);
	say(w, "Directory",
	    "{\"total\":1,\"offset\":0,\"contacts\":[" BERTA "]}");
	log_in(w, WSI_LOGIN_ASK);
	run(w, UNTIL_SYNCED);
}

static void test_personal_contacts(void **state)
{
	struct uc_number number = {UC_NUMBER_MOBILE, (char *)"+49 171 555"};
	const struct uc_contact_prm c = {.first = "Berta",
					 .last = "Benz",
					 .numbers = &number,
					 .number_count = 1};
	struct world *w = *state;
	const struct uc_contact *k;

	go_online_personal(w);
	assert_true(uc_account(w->uc)->can & UC_CAN_PERSONAL);
	assert_int_equal(wsi_personal(w->wsi, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	k = uc_contact_by_number(w->uc, "+49171555");
	assert_non_null(k);
	assert_string_equal(k->import_key, "k1");
	assert_true(k->hand_made);
	/* Gone there, gone here. */
	say(w, "Directory", "{\"total\":0,\"offset\":0,\"contacts\":[]}");
	assert_int_equal(wsi_personal(w->wsi, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_null(uc_contact_by_id(w->uc, "per:1"));

	say(w, "ContactAdd", "{\"contact\":" BERTA "}");
	assert_int_equal(wsi_contact_add(NULL, w->wsi, &c, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_true(logged(w, "%22lastName%22%3A%22Benz%22"));
	assert_non_null(uc_contact_by_id(w->uc, "per:1"));
	say(w, "ContactDelete", "{\"error\":\"NO_SPACE\"}");
	assert_int_equal(wsi_contact_delete(NULL, w->wsi, "per:1", on_done, w),
			 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_REFUSED);
	assert_non_null(uc_contact_by_id(w->uc, "per:1"));
	say(w, "ContactDelete", "{}");
	assert_int_equal(wsi_contact_delete(NULL, w->wsi, "per:1", on_done, w),
			 0);
	run(w, UNTIL_DONE);
	assert_null(uc_contact_by_id(w->uc, "per:1"));
}

static void test_import(void **state)
{
	enum { MANY = 1200 };
	static struct uc_contact_prm c[MANY];
	struct wsi_import_prm prm = {.contacts = c, .count = MANY};
	struct wsi_import *m = NULL;
	struct world *w = *state;

	for (size_t i = 0; i < MANY; i++)
		c[i] = (struct uc_contact_prm){.last = "Benz",
					       .import_key = "k"};
	go_online_personal(w);
	say(w, "ContactsImport", "{\"import\":\"t1\"}");
	assert_int_equal(wsi_import(&m, w->wsi, &prm, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_int_equal(times_logged(w, "step=begin"), 1);
	assert_true(logged(w, "step=put&import=t1&part=0&"));
	assert_true(logged(w, "step=put&import=t1&part=2&"));
	assert_int_equal(times_logged(w, "step=commit&import=t1&count=1200"),
			 1);
	m = mem_deref(m);
	assert_false(logged(w, "step=cancel"));

	/* What the server refuses ends it. */
	say(w, "ContactsImport", "{\"error\":\"NOT_ALLOWED\"}");
	assert_int_equal(wsi_import(&m, w->wsi, &prm, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_REFUSED);
	assert_int_equal(times_logged(w, "step=commit"), 1);
	m = mem_deref(m);

	/* Given up before anything is written. */
	say(w, "ContactsImport", "{\"import\":\"t2\"}");
	assert_int_equal(wsi_import(&m, w->wsi, &prm, on_done, w), 0);
	m = mem_deref(m);
	say(w, "HoldCall", "<HoldCall/>");
	assert_int_equal(
		wsi_call_do(NULL, w->wsi, WSI_HOLD, "5", NULL, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(times_logged(w, "step=commit"), 1);
}

/* Of three contacts the first and the last have one. */
static int picture_of(size_t i, void **imagep, size_t *lenp, void *arg)
{
	(void)arg;
	if (i == 1)
		return ENOENT;
	*imagep = text_dup("image");
	*lenp = 5;
	return *imagep ? 0 : ENOMEM;
}

static void test_import_of_pictures(void **state)
{
	struct uc_contact_prm c[3] = {
		{.last = "A", .import_key = "a", .picture_key = "0123"},
		{.last = "B", .import_key = "b", .picture_key = WSI_NO_PICTURE},
		{.last = "C", .import_key = "c"},
	};
	struct wsi_import_prm prm = {
		.contacts = c, .count = 3, .picture = picture_of};
	struct wsi_import *m = NULL;
	struct world *w = *state;

	go_online_personal(w);
	say(w, "ContactsImport", "{\"import\":\"t1\",\"pictureless\":2}");
	assert_int_equal(wsi_import(&m, w->wsi, &prm, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_int_equal(wsi_import_pictureless(m), 2);
	assert_int_equal(times_logged(w, "picture=aW1hZ2U%3D&step=picture&"
					 "import=t1"),
			 2);
	assert_int_equal(times_logged(w, "step=put"), 1);
	assert_true(logged(w, "pictureKey%22%3A%220123%22"));
	assert_true(logged(w, "pictureKey%22%3A%22none%22"));
	assert_int_equal(times_logged(w, "pictureKey"), 2);
	m = mem_deref(m);
}

static void test_journal_mark(void **state)
{
	static const char *const ids[] = {"j:17", "own:3", "j:4,5", "j:18"};
	struct world *w = *state;

	go_online_ours(w);
	say(w, "JournalMark", "{\"marked\":2}");
	assert_int_equal(wsi_journal_mark(w->wsi, ids, 4, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_true(logged(w, "cmd=JournalMark ids=17%2C18&"));
	assert_int_equal(wsi_journal_mark(w->wsi, ids + 1, 1, on_done, w),
			 EINVAL);
}

/* A server takes 500 ids at a time (doc/wsi.md). */
static void test_journal_mark_many(void **state)
{
	enum { MANY = 1201 };
	struct world *w = *state;
	const char **ids = calloc(MANY, sizeof(*ids));

	for (int i = 0; i < MANY; i++)
		ids[i] = text_printf("j:%d", 10000 + i);
	go_online_ours(w);
	say(w, "JournalMark", "{\"marked\":500}");
	assert_int_equal(wsi_journal_mark(w->wsi, ids, MANY, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_OK);
	assert_int_equal(times_logged(w, "cmd=JournalMark ids="), 3);
	assert_true(logged(w, "%2C10499&"));
	assert_true(logged(w, "cmd=JournalMark ids=10500%2C"));
	assert_true(logged(w, "cmd=JournalMark ids=11000%2C"));
	assert_true(logged(w, "%2C11200&"));
	/* What fails is told, and ends it. */
	w->status = WSI_OK;
	say(w, "JournalMark", "{\"error\":\"INTERNAL\"}");
	assert_int_equal(wsi_journal_mark(w->wsi, ids, MANY, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_int_equal(w->status, WSI_REFUSED);
	assert_int_equal(times_logged(w, "cmd=JournalMark ids="), 4);
	for (int i = 0; i < MANY; i++)
		free((char *)ids[i]);
	free(ids);
}

/* ---- the end ----------------------------------------------------------- */

static void test_logout(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	say(w, "Logout", "<LOGOUT/>");
	wsi_logout(w->wsi);
	run(w, UNTIL_ENDED);
	assert_int_equal(w->why, WSI_END_LOGOUT);
	assert_true(w->was_online);
	assert_true(logged(w, "cmd=Logout&gsSession=s2"));
	assert_int_equal(
		wsi_call_do(NULL, w->wsi, WSI_HOLD, "5", NULL, on_done, w),
		ENOTCONN);
}

static void test_logout_unanswered(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	say(w, "Logout", "CLOSE");
	wsi_logout(w->wsi);
	wsi_logout(w->wsi);
	run(w, UNTIL_ENDED);
	assert_int_equal(w->ended, 1);
	assert_int_equal(w->why, WSI_END_LOGOUT);
}

static void test_logout_before_login(void **state)
{
	struct world *w = *state;

	log_in(w, WSI_LOGIN_GET);
	wsi_logout(w->wsi);
	run(w, UNTIL_ENDED);
	assert_int_equal(w->why, WSI_END_LOGOUT);
	assert_int_equal(w->online, 0);
}

static void test_free_in_online(void **state)
{
	struct world *w = *state;

	say(w, "Login", LOGIN_PLAIN);
	w->free_in_handler = true;
	log_in(w, WSI_LOGIN_GET);
	run(w, UNTIL_ONLINE);
	assert_null(w->wsi);
	assert_int_equal(w->ended, 0);
}

static void test_free_in_synced(void **state)
{
	struct world *w = *state;

	w->free_in_handler = true;
	go_online_ours(w);
	assert_null(w->wsi);
	assert_int_equal(w->ended, 0);
}

static void test_free_in_call(void **state)
{
	struct world *w = *state;

	go_online_ours(w);
	w->free_in_handler = true;
	push_event(w, RING);
	run(w, UNTIL_CALL);
	assert_null(w->wsi);
}

static void test_free_in_done(void **state)
{
	struct world *w = *state;
	struct wsi_request *r = NULL;

	go_online_ours(w);
	w->free_in_handler = true;
	assert_int_equal(
		wsi_call_do(&r, w->wsi, WSI_HOLD, "5", NULL, on_done, w), 0);
	run(w, UNTIL_DONE);
	assert_null(w->wsi);
	mem_deref(r);
}

static void test_free_in_ended(void **state)
{
	struct world *w = *state;

	w->free_in_handler = true;
	refused(w, "<LOGIN><ID>0</ID><ERROR>LOCKED</ERROR></LOGIN>",
		WSI_END_LOCKED);
	assert_null(w->wsi);
}

/* Its commands are under way, one handle is kept. */
static void test_free_with_commands(void **state)
{
	struct world *w = *state;
	struct wsi_request *r = NULL;

	go_online_ours(w);
	assert_int_equal(
		wsi_call_do(&r, w->wsi, WSI_HOLD, "5", NULL, on_done, w), 0);
	assert_int_equal(
		wsi_call_do(NULL, w->wsi, WSI_HOLD, "6", NULL, on_done, w), 0);
	w->wsi = mem_deref(w->wsi);
	mem_deref(r);
	assert_int_equal(w->done, 0);
}

static int group_setup(void **state)
{
	(void)state;
	log_set_level(LOG_LEVEL_ERROR);
	return loop_init(LOOP_FEW);
}

static int group_teardown(void **state)
{
	(void)state;
	loop_close();
	return 0;
}

#define T(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(test_plain),
		T(test_ours),
		T(test_plain_reading),
		T(test_ours_that_are_not_there),
		T(test_directory_that_is_cut_off),
		T(test_not_found_is_offered),
		T(test_events_are_not_held),
		T(test_gone_meanwhile),
		T(test_gone_is_not_known),
		T(test_gone_of_many),
		T(test_known_way),
		T(test_bad_password),
		T(test_locked),
		T(test_no_licence),
		T(test_password_change),
		T(test_unknown_refusal),
		T(test_other_refusal),
		T(test_half_xml),
		T(test_web_page),
		T(test_empty_login),
		T(test_closes),
		T(test_unknown_certificate),
		T(test_bad_parameters),
		T(test_freed_while_logging_in),
		T(test_poll_in_series),
		T(test_poll_held),
		T(test_session_expires),
		T(test_session_expires_in_command),
		T(test_garbage_events),
		T(test_server_goes),
		T(test_overflow),
		T(test_set_presence),
		T(test_set_presence_plain),
		T(test_action_refused),
		T(test_two_calls),
		T(test_make_call),
		T(test_sip_account),
		T(test_not_offered),
		T(test_search),
		T(test_cancelled_search),
		T(test_favourites),
		T(test_personal_contacts),
		T(test_import),
		T(test_import_of_pictures),
		T(test_login_that_drips),
		T(test_journal_mark),
		T(test_journal_mark_many),
		T(test_logout),
		T(test_logout_unanswered),
		T(test_logout_before_login),
		T(test_free_in_online),
		T(test_free_in_synced),
		T(test_free_in_call),
		T(test_free_in_done),
		T(test_free_in_ended),
		T(test_free_with_commands),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
