/**
 * @file front_https.c  The front by HTTPS, from a client on another thread
 */
#include "front_fixture.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <netinet/in.h>
#include <pthread.h>
#include <sys/stat.h>

/* What a client sends, and what it gets. */
struct talk {
	uint16_t port;
	const char *priority;
	const char *const *request; /* each waits for the answer before */
	char *answer;		    /* all of them */
	int handshake;		    /* of gnutls */
	pthread_t thread;
	pthread_mutex_t lock;
	bool over;
};

static int connect_to(uint16_t port)
{
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct timeval limit = {.tv_sec = 20};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	if (fd >= 0 && connect(fd, (struct sockaddr *)&sin, sizeof(sin))) {
		close(fd);
		fd = -1;
	}
	return fd;
}

/* One answer: up to its end by Content-Length, or all that comes. */
static bool receive(gnutls_session_t tls, struct text_buf *b)
{
	size_t begin = b->len, body = 0, length = 0;
	char buf[4096];

	for (;;) {
		char *end, *header;
		ssize_t n = gnutls_record_recv(tls, buf, sizeof(buf));

		if (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)
			continue;
		if (n <= 0)
			return false;
		text_buf_add_n(b, buf, (size_t)n);
		end = strstr(b->buf + begin, "\r\n\r\n");
		if (!end)
			continue;
		body = (size_t)(end + 4 - b->buf);
		header = strcasestr(b->buf + begin, "content-length:");
		length = header ? strtoul(header + 15, NULL, 10) : 0;
		if (b->len >= body + length)
			return true;
	}
}

/* A record holds 16 KB: the rest goes in more of them. */
static bool send_all(gnutls_session_t tls, const char *s)
{
	size_t left = strlen(s);

	while (left) {
		ssize_t n = gnutls_record_send(tls, s, left);

		if (n == GNUTLS_E_INTERRUPTED || n == GNUTLS_E_AGAIN)
			continue;
		if (n <= 0)
			return false;
		s += n;
		left -= (size_t)n;
	}
	return true;
}

static void converse(struct talk *t, gnutls_session_t tls)
{
	struct text_buf b = {NULL, 0, 0, 0};

	for (const char *const *r = t->request; r && *r; r++) {
		/* A server that has refused may close before all is sent. */
		send_all(tls, *r);
		if (!receive(tls, &b))
			break;
	}
	t->answer = text_buf_take(&b);
}

static void *client(void *arg)
{
	gnutls_certificate_credentials_t cred;
	gnutls_session_t tls;
	struct talk *t = arg;
	int fd = connect_to(t->port), rc = GNUTLS_E_PUSH_ERROR;

	gnutls_certificate_allocate_credentials(&cred);
	gnutls_init(&tls, GNUTLS_CLIENT);
	gnutls_priority_set_direct(tls, t->priority, NULL);
	gnutls_credentials_set(tls, GNUTLS_CRD_CERTIFICATE, cred);
	if (fd >= 0) {
		gnutls_transport_set_int(tls, fd);
		do
			rc = gnutls_handshake(tls);
		while (rc < 0 && !gnutls_error_is_fatal(rc));
	}
	t->handshake = rc;
	if (rc >= 0)
		converse(t, tls);
	if (fd >= 0)
		close(fd);
	gnutls_deinit(tls);
	gnutls_certificate_free_credentials(cred);
	pthread_mutex_lock(&t->lock);
	t->over = true;
	pthread_mutex_unlock(&t->lock);
	return NULL;
}

static void talk_begin(struct talk *t, struct front *f,
		       const char *const *request)
{
	t->port = sa_port(front_address(f));
	t->request = request;
	if (!t->priority)
		t->priority = "NORMAL";
	pthread_mutex_init(&t->lock, NULL);
	assert_int_equal(pthread_create(&t->thread, NULL, client, t), 0);
}

static bool talk_is_over(void *arg)
{
	struct talk *t = arg;
	bool over;

	pthread_mutex_lock(&t->lock);
	over = t->over;
	pthread_mutex_unlock(&t->lock);
	return over;
}

static char *talk_end(struct talk *t)
{
	assert_true(until(talk_is_over, t));
	pthread_join(t->thread, NULL);
	pthread_mutex_destroy(&t->lock);
	return t->answer ? t->answer : strdup("");
}

#define TALK(f, ...) talk(f, (const char *const[]){__VA_ARGS__, NULL})
static char *talk(struct front *f, const char *const *request)
{
	struct talk t;

	memset(&t, 0, sizeof(t));
	talk_begin(&t, f, request);
	return talk_end(&t);
}

/* ---- a front that listens ---------------------------------------------- */

struct port {
	struct house *h;
	bool ready;
	int err;
};

static void on_ready(int err, void *arg)
{
	struct port *p = arg;

	p->ready = true;
	p->err = err;
}

static bool is_ready(void *arg)
{
	return ((struct port *)arg)->ready;
}

static void listen_with(struct port *p, bool plain, int err)
{
	struct front_prm prm = {.dir = p->h->office->dir, .plain = plain};

	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	p->ready = false;
	p->h->front = mem_deref(p->h->front);
	assert_int_equal(front_alloc(&p->h->front, &prm, p->h->office->db,
				     p->h->features, p->h->pbx, on_ready, p),
			 0);
	assert_true(until(is_ready, p));
	assert_int_equal(p->err, err);
	if (!err)
		assert_int_not_equal(sa_port(front_address(p->h->front)), 0);
}

static void listen_on(struct port *p, bool plain)
{
	listen_with(p, plain, 0);
}

static int setup(void **state)
{
	struct port *p = calloc(1, sizeof(*p));

	house_setup((void **)&p->h);
	listen_on(p, false);
	*state = p;
	return 0;
}

static int teardown(void **state)
{
	struct port *p = *state;

	house_teardown((void **)&p->h);
	free(p);
	return 0;
}

#define BASE "/cgi-bin/gadgetapi"
#define GET(query) "GET " BASE "?" query " HTTP/1.1\r\nHost: x\r\n\r\n"
#define LOGIN GET("cmd=Login&gsUser=200&gsPass=Pass-Word%201")

static void requests_follow_each_other_on_one_connection(void **state)
{
	struct port *p = *state;

	EXPECT(TALK(p->h->front, LOGIN, GET("cmd=Capabilities"),
		    GET("cmd=GetServerParam")),
	       "HTTP/1.1 200", "<LOGIN><ID>", "\"server\":\"offhookd\"",
	       "NOT_LOGGED_IN", "no-store");
	EXPECT(TALK(p->h->front,
		    "POST " BASE "?cmd=Login HTTP/1.1\r\nHost: x\r\n"
		    "Content-Type: application/x-www-form-urlencoded\r\n"
		    "Content-Length: 33\r\n\r\n"
		    "gsUser=200&gsPass=Pass-Word%201&x"),
	       "<LOGIN><ID>", "!<ERROR>");
}

static void what_is_no_command_of_ours_is_refused_by_status(void **state)
{
	struct port *p = *state;
	struct text_buf b = {NULL, 0, 0, 0};

	EXPECT(TALK(p->h->front, "GET / HTTP/1.1\r\nHost: x\r\n\r\n"),
	       "HTTP/1.1 404");
	EXPECT(TALK(p->h->front, "GET " BASE "/../x HTTP/1.1\r\nHost: x\r\n"
				 "\r\n"),
	       "HTTP/1.1 404");
	EXPECT(TALK(p->h->front, "DELETE " BASE " HTTP/1.1\r\nHost: x\r\n"
				 "\r\n"),
	       "HTTP/1.1 405");
	EXPECT(TALK(p->h->front, "POST " BASE " HTTP/1.1\r\nHost: x\r\n"
				 "Content-Type: text/xml\r\n"
				 "Content-Length: 0\r\n\r\n"),
	       "HTTP/1.1 415");
	text_buf_add(&b, "POST " BASE "?cmd=Login HTTP/1.1\r\nHost: x\r\n"
			 "Content-Length: 1200000\r\n\r\n");
	for (int i = 0; i < 12000; i++)
		text_buf_printf(&b, "%0100d", i);
	EXPECT(TALK(p->h->front, b.buf), "HTTP/1.1 413");
	text_buf_reset(&b);
	/* A head that has no end is cut off. */
	text_buf_add(&b, "GET " BASE "?cmd=");
	for (int i = 0; i < 1000; i++)
		text_buf_printf(&b, "%0100d", i);
	EXPECT(TALK(p->h->front, b.buf), "!200 OK");
	text_buf_reset(&b);
	EXPECT(TALK(p->h->front, LOGIN), "<LOGIN><ID>");
}

static void a_plain_server_takes_no_post(void **state)
{
	struct port *p = *state;

	listen_on(p, true);
	EXPECT(TALK(p->h->front, "POST " BASE "?cmd=Login HTTP/1.1\r\n"
				 "Host: x\r\nContent-Length: 0\r\n\r\n"),
	       "HTTP/1.1 405");
	EXPECT(TALK(p->h->front, LOGIN), "<LOGIN><ID>", "!OFFHOOKD");
}

static void old_versions_of_tls_are_refused(void **state)
{
	static const char *const priorities[] = {
		"NORMAL:-VERS-ALL:+VERS-TLS1.0",
		"NORMAL:-VERS-ALL:+VERS-TLS1.1",
		"NORMAL:-VERS-ALL:+VERS-TLS1.2",
		"NORMAL:-VERS-ALL:+VERS-TLS1.3",
	};
	static const char *const request[] = {GET("cmd=Capabilities"), NULL};
	struct port *p = *state;

	for (int i = 0; i < 4; i++) {
		struct talk t;

		memset(&t, 0, sizeof(t));
		t.priority = priorities[i];
		talk_begin(&t, p->h->front, request);
		free(talk_end(&t));
		assert_int_equal(t.handshake >= 0, i >= 2);
	}
}

static void the_certificate_is_made_once_and_kept_private(void **state)
{
	struct port *p = *state;
	char path[128], *before, *after;
	struct stat st;
	size_t len;

	snprintf(path, sizeof(path), "%s/tls.key", p->h->office->dir);
	assert_int_equal(stat(path, &st), 0);
	assert_int_equal(st.st_mode & 0777, 0600);
	assert_int_equal(file_read(path, 65536, &before, &len), 0);
	listen_on(p, false);
	assert_int_equal(file_read(path, 65536, &after, &len), 0);
	assert_string_equal(before, after);
	free(before);
	free(after);
}

static bool has_session(void *arg)
{
	return front_session_count(arg) == 1;
}

static void a_certificate_without_its_key_is_said_to_be_so(void **state)
{
	struct port *p = *state;
	char *key = text_printf("%s/tls.key", p->h->office->dir);

	assert_int_equal(unlink(key), 0);
	listen_with(p, false, ENOKEY);
	assert_int_equal(file_write(key, "no key", 6, 0600), 0);
	listen_with(p, false, EKEYREJECTED);
	free(key);
}

static void held_polls_are_answered_when_something_happens(void **state)
{
	const struct db_presence presence = {.state = PROTO_LUNCH, .note = ""};
	struct port *p = *state;
	struct session *s;
	struct talk t;
	char *poll;
	const char *request[2] = {NULL, NULL};

	assert_int_equal(session_open(&s, p->h->front, "200"), 0);
	poll = text_printf("GET " BASE "/GetEvents?deviceObject=200&gsSession="
			   "%s&wait=25 HTTP/1.1\r\nHost: x\r\n\r\n",
			   s->id);
	request[0] = poll;
	memset(&t, 0, sizeof(t));
	talk_begin(&t, p->h->front, request);
	/* Not before it is held. */
	while (!s->poll)
		assert_true(until(has_session, p->h->front));
	db_set_presence(p->h->office->db, "201", &presence, office_done,
			p->h->office);
	assert_int_equal(office_wait(p->h->office), 0);
	EXPECT(talk_end(&t), "\"type\":\"PresenceEvent\"");
	/* And one that is held when the front goes does no harm. */
	memset(&t, 0, sizeof(t));
	talk_begin(&t, p->h->front, request);
	while (!s->poll)
		assert_true(until(has_session, p->h->front));
	p->h->front = mem_deref(p->h->front);
	free(talk_end(&t));
	free(poll);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
	const struct CMUnitTest tests[] = {
		T(requests_follow_each_other_on_one_connection),
		T(what_is_no_command_of_ours_is_refused_by_status),
		T(a_plain_server_takes_no_post),
		T(old_versions_of_tls_are_refused),
		T(the_certificate_is_made_once_and_kept_private),
		T(a_certificate_without_its_key_is_said_to_be_so),
		T(held_polls_are_answered_when_something_happens),
	};

	gnutls_global_init();
	return cmocka_run_group_tests(tests, NULL, NULL);
}
