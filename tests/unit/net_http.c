/* HTTPS requests: certificates, deadlines, what servers do wrong. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <offhook/net.h>

#include "tls_server.h"
#include "until.h"

/** One world per test: a server, a client, what came back. */
struct world {
	struct net *net;
	struct net_client *client;
	struct net_request *request;
	struct tls_server server;
	struct tls_identity id;
	struct net_pin pin;
	struct tmr later;
	bool server_up;
	unsigned done;	   /* completions */
	unsigned expected; /* stop the loop after so many */
	unsigned pieces;
	size_t piece_bytes;
	unsigned stop_after; /* body handler refuses from this piece on */
	enum net_error error;
	int status;
	char *body, *type, *header, *detail;
	size_t body_len;
	/* of a refused certificate */
	char *subject, *issuer, *names, *fingerprint, *valid_to;
	enum net_fault fault;
	/* shared with the server's threads, under server.lock */
	unsigned requests;
	char seen[16384]; /* head and body of the last one */
};

static void note_request(struct world *w, const struct tls_request *r)
{
	pthread_mutex_lock(&w->server.lock);
	w->requests++;
	snprintf(w->seen, sizeof(w->seen), "%s%s", r->head, r->body);
	pthread_mutex_unlock(&w->server.lock);
}

static unsigned requests(struct world *w)
{
	return tls_server_count(&w->server, &w->requests);
}

static int setup(void **state)
{
	struct world *w = calloc(1, sizeof(*w));

	assert_int_equal(net_alloc(&w->net), 0);
	tls_identity_make(&w->id, "uc.example", "DNS:uc.example,IP:10.0.0.1",
			  NULL, false, 365);
	tls_identity_digest(&w->id, w->pin.sha256);
	w->expected = 1;
	tmr_init(&w->later);
	*state = w;
	return 0;
}

static void forget(struct world *w)
{
	free(w->body);
	free(w->type);
	free(w->header);
	free(w->detail);
	free(w->subject);
	free(w->issuer);
	free(w->names);
	free(w->fingerprint);
	free(w->valid_to);
	w->body = w->type = w->header = w->detail = NULL;
	w->subject = w->issuer = w->names = NULL;
	w->fingerprint = w->valid_to = NULL;
}

static int teardown(void **state)
{
	struct world *w = *state;

	w->request = mem_deref(w->request);
	w->client = mem_deref(w->client);
	w->net = mem_deref(w->net);
	if (w->server_up)
		tls_server_stop(&w->server);
	tls_identity_free(&w->id);
	tmr_cancel(&w->later);
	forget(w);
	free(w);
	return 0;
}

static void serve(struct world *w, tls_behaviour_h *behaviour)
{
	tls_server_start(&w->server, &w->id, behaviour, w);
	w->server_up = true;
}

static void make_client(struct world *w, const struct net_pin *pin)
{
	struct net_client_prm prm = {.net = w->net, .pin = pin};

	assert_int_equal(net_client_alloc(&w->client, &prm), 0);
}

static void done(const struct net_response *r, void *arg)
{
	struct world *w = arg;
	const char *header = net_response_header(r, "x-one");

	forget(w);
	w->done++;
	w->error = r->error;
	w->status = r->status;
	w->body = strdup(r->body);
	w->body_len = r->body_len;
	w->type = strdup(r->content_type);
	w->header = header ? strdup(header) : NULL;
	w->detail = strdup(r->detail);
	w->fault = NET_FAULT_NONE;
	if (r->certificate) {
		w->fault = r->certificate->fault;
		w->subject = strdup(r->certificate->subject);
		w->issuer = strdup(r->certificate->issuer);
		w->names = strdup(r->certificate->names);
		w->fingerprint = strdup(r->certificate->fingerprint);
		w->valid_to = strdup(r->certificate->valid_to);
	}
	if (w->done >= w->expected)
		loop_stop();
}

static int body(const char *data, size_t len, void *arg)
{
	struct world *w = arg;
	(void)data;

	w->pieces++;
	w->piece_bytes += len;
	return w->stop_after && w->pieces >= w->stop_after ? EBADMSG : 0;
}

static const struct net_handlers whole = {.done = done};
static const struct net_handlers streamed = {.done = done, .body = body};

static void run(void)
{
	assert_true(until_stopped());
}

static void url(struct world *w, char *buf, size_t size, const char *path)
{
	snprintf(buf, size, "https://127.0.0.1:%u%s", w->server.port, path);
}

static void ask(struct world *w, struct net_request_prm *prm,
		const struct net_handlers *h)
{
	char buf[512];

	url(w, buf, sizeof(buf), prm->url ? prm->url : "/x");
	prm->url = buf;
	w->request = mem_deref(w->request);
	assert_int_equal(net_request(&w->request, w->client, prm, h, w), 0);
	prm->url = NULL;
}

/* Ask with a client that accepts the server. */
static void ask_pinned(struct world *w, struct net_request_prm *prm)
{
	if (!w->client)
		make_client(w, &w->pin);
	ask(w, prm, &whole);
	run();
}

/* ---- what servers do --------------------------------------------------- */

static void good(struct tls_peer *p, void *arg)
{
	struct tls_request r;

	while (tls_request_read(p, &r)) {
		note_request(arg, &r);
		tls_request_free(&r);
		tls_puts(p, "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\n"
			    "X-One: first\r\nX-One: second\r\n"
			    "Content-Length: 5\r\n\r\nhello");
	}
}

static void stall(struct tls_peer *p, void *arg)
{
	struct tls_request r;

	if (tls_request_read(p, &r)) {
		note_request(arg, &r);
		tls_request_free(&r);
	}
	tls_linger(p);
}

static void stall_after_header(struct tls_peer *p, void *arg)
{
	struct tls_request r;

	if (tls_request_read(p, &r)) {
		note_request(arg, &r);
		tls_request_free(&r);
		tls_puts(p,
			 "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
	}
	tls_linger(p);
}

static void half_body(struct tls_peer *p, void *arg)
{
	struct tls_request r;
	(void)arg;

	if (tls_request_read(p, &r)) {
		tls_request_free(&r);
		tls_puts(p,
			 "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf");
	}
}

static void closes_at_once(struct tls_peer *p, void *arg)
{
	struct tls_request r;
	(void)arg;

	if (tls_request_read(p, &r))
		tls_request_free(&r);
}

static void cut_off(struct tls_peer *p, void *arg)
{
	struct tls_request r;
	(void)arg;

	if (tls_request_read(p, &r)) {
		tls_request_free(&r);
		tls_puts(p, "HTTP/1.1 200 OK\r\n\r\nno length, no end");
		shutdown(p->fd, SHUT_RDWR);
	}
}

static void garbage(struct tls_peer *p, void *arg)
{
	struct tls_request r;
	(void)arg;

	if (tls_request_read(p, &r)) {
		tls_request_free(&r);
		tls_puts(p, "\x01\x02\xff this is no HTTP\r\n\r\n");
	}
	tls_linger(p);
}

static void plain_text(struct tls_peer *p, void *arg)
{
	(void)arg;
	tls_puts(p, "220 mail.example ESMTP here, what do you want?\r\n");
	tls_linger(p);
}

static void huge(struct tls_peer *p, void *arg)
{
	struct tls_request r;
	static const char block[16384] = "x";
	(void)arg;

	if (!tls_request_read(p, &r))
		return;
	tls_request_free(&r);
	if (!tls_puts(p, "HTTP/1.1 200 OK\r\n\r\n"))
		return;
	for (int i = 0; i < 256; i++)
		if (!tls_send(p, block, sizeof(block)))
			return;
}

static void endless_headers(struct tls_peer *p, void *arg)
{
	struct tls_request r;
	char line[1024];
	(void)arg;

	if (!tls_request_read(p, &r))
		return;
	tls_request_free(&r);
	tls_puts(p, "HTTP/1.1 200 OK\r\n");
	memset(line, 'a', sizeof(line));
	memcpy(line, "X-A: ", 5);
	memcpy(line + sizeof(line) - 2, "\r\n", 2);
	while (tls_send(p, line, sizeof(line)))
		;
}

static void redirect(struct tls_peer *p, void *arg)
{
	struct tls_request r;

	while (tls_request_read(p, &r)) {
		note_request(arg, &r);
		tls_request_free(&r);
		tls_puts(p, "HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\n"
			    "Content-Length: 4\r\n\r\ngone");
	}
}

/* ---- tests ------------------------------------------------------------- */

static void test_get(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.url = "/a?b=c"};

	serve(w, good);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_OK);
	assert_int_equal(w->status, 200);
	assert_string_equal(w->body, "hello");
	assert_int_equal(w->body_len, 5);
	assert_string_equal(w->type, "text/plain");
	assert_string_equal(w->header, "second");
	assert_non_null(strstr(w->seen, "GET /a?b=c HTTP/1.1\r\n"));
	assert_non_null(strstr(w->seen, "User-Agent: offhook/"));
	assert_int_equal(w->done, 1);
}

static void test_post(void **state)
{
	struct world *w = *state;
	struct net_header h[] = {{"X-Two", "2"}};
	struct net_request_prm prm = {
		.url = "/p",
		.body = "a=%20b",
		.body_len = 6,
		.content_type = "application/x-www-form-urlencoded",
		.headers = h,
		.header_count = 1};

	serve(w, good);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_OK);
	assert_non_null(strstr(w->seen, "POST /p HTTP/1.1\r\n"));
	assert_non_null(strstr(w->seen,
			       "\r\nContent-Type: "
			       "application/x-www-form-urlencoded\r\n"));
	assert_non_null(strstr(w->seen, "\r\nX-Two: 2\r\n"));
	assert_non_null(strstr(w->seen, "\r\n\r\na=%20b"));
	assert_null(strstr(w->seen, "Expect"));
}

static void test_keep_alive(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, good);
	for (int i = 0; i < 3; i++) {
		w->expected = w->done + 1;
		ask_pinned(w, &prm);
		assert_int_equal(w->error, NET_OK);
	}
	assert_int_equal(requests(w), 3);
	assert_int_equal(tls_server_count(&w->server, &w->server.peers), 1);
}

static void test_many_at_once(void **state)
{
	struct world *w = *state;
	char buf[64];
	struct net_request_prm prm = {.url = buf};

	serve(w, good);
	make_client(w, &w->pin);
	w->expected = 20;
	for (int i = 0; i < 20; i++) {
		url(w, buf, sizeof(buf), "/");
		assert_int_equal(net_request(NULL, w->client, &prm, &whole, w),
				 0);
	}
	run();
	assert_int_equal(w->done, 20);
	assert_int_equal(requests(w), 20);
	assert_true(tls_server_count(&w->server, &w->server.peers) <= 6);
}

static void test_unknown_certificate(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.url = "/secret?gsPass=hunter2"};
	char fingerprint[NET_FINGERPRINT_SIZE];

	serve(w, good);
	make_client(w, NULL);
	ask(w, &prm, &whole);
	run();
	assert_int_equal(w->error, NET_CERTIFICATE_UNKNOWN);
	assert_int_equal(w->status, 0);
	assert_non_null(strstr(w->subject, "CN=uc.example"));
	assert_non_null(strstr(w->subject, "O=Strowger"));
	assert_string_equal(w->subject, w->issuer);
	assert_string_equal(w->names, "uc.example, 10.0.0.1");
	net_pin_write(fingerprint, &w->pin);
	assert_string_equal(w->fingerprint, fingerprint);
	assert_int_equal(strlen(w->valid_to), strlen("2026-01-31 12:00"));
	assert_true(w->fault == NET_FAULT_SELF_SIGNED ||
		    w->fault == NET_FAULT_NAME);
	assert_null(strstr(w->detail, "hunter2"));
	assert_int_equal(requests(w), 0);
}

static void test_changed_pin(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};
	struct net_pin other = w->pin;

	other.sha256[31] ^= 1;
	serve(w, good);
	make_client(w, &other);
	ask(w, &prm, &whole);
	run();
	assert_int_equal(w->error, NET_CERTIFICATE_CHANGED);
	assert_int_equal(w->fault, NET_FAULT_CHANGED);
	assert_non_null(w->fingerprint);
	assert_int_equal(requests(w), 0);
}

/* With a CA that the system knows, by SSL_CERT_FILE. */
static void with_ca(struct world *w, const char *san, int days)
{
	struct tls_identity ca;
	char path[] = "/tmp/offhook-ca-XXXXXX";
	int fd = mkstemp(path);

	close(fd);
	tls_identity_make(&ca, "Test CA", NULL, NULL, true, 365);
	tls_identity_save(&ca, path);
	setenv("SSL_CERT_FILE", path, 1);
	tls_identity_free(&w->id);
	tls_identity_make(&w->id, "uc.example", san, &ca, false, days);
	tls_identity_digest(&w->id, w->pin.sha256);
	tls_identity_free(&ca);
	serve(w, good);
}

static void without_ca(void)
{
	unlink(getenv("SSL_CERT_FILE"));
	unsetenv("SSL_CERT_FILE");
}

static void test_ca_vouches(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	with_ca(w, "IP:127.0.0.1", 365);
	make_client(w, NULL);
	ask(w, &prm, &whole);
	run();
	assert_int_equal(w->error, NET_OK);
	assert_string_equal(w->body, "hello");
	without_ca();
}

/* The CA is found in a folder by the hash of its name. */
static void test_ca_by_hash(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};
	struct tls_identity ca;
	char dir[] = "/tmp/offhook-cas-XXXXXX";
	char *path;

	assert_non_null(mkdtemp(dir));
	tls_identity_make(&ca, "Test CA", NULL, NULL, true, 365);
	path = text_printf("%s/%08lx.0", dir,
			   X509_NAME_hash_ex(X509_get_subject_name(ca.cert),
					     NULL, NULL, NULL));
	tls_identity_save(&ca, path);
	setenv("SSL_CERT_DIR", dir, 1);
	tls_identity_free(&w->id);
	tls_identity_make(&w->id, "uc.example", "IP:127.0.0.1", &ca, false, 9);
	tls_identity_free(&ca);
	serve(w, good);
	make_client(w, NULL);
	ask(w, &prm, &whole);
	run();
	assert_int_equal(w->error, NET_OK);
	assert_string_equal(w->body, "hello");
	unlink(path);
	rmdir(dir);
	free(path);
	unsetenv("SSL_CERT_DIR");
}

static void test_ca_wrong_name(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	with_ca(w, "DNS:uc.example,IP:127.0.0.2", 365);
	make_client(w, NULL);
	ask(w, &prm, &whole);
	run();
	assert_int_equal(w->error, NET_CERTIFICATE_UNKNOWN);
	assert_int_equal(w->fault, NET_FAULT_NAME);
	assert_int_equal(requests(w), 0);
	without_ca();
}

static void test_ca_expired(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	with_ca(w, "IP:127.0.0.1", -1);
	make_client(w, NULL);
	ask(w, &prm, &whole);
	run();
	assert_int_equal(w->error, NET_CERTIFICATE_UNKNOWN);
	assert_int_equal(w->fault, NET_FAULT_EXPIRED);
	without_ca();
}

/* A pin holds even if a CA vouches for another certificate. */
static void test_pin_beats_ca(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};
	struct net_pin other;

	with_ca(w, "IP:127.0.0.1", 365);
	memset(&other, 7, sizeof(other));
	make_client(w, &other);
	ask(w, &prm, &whole);
	run();
	assert_int_equal(w->error, NET_CERTIFICATE_CHANGED);
	assert_int_equal(requests(w), 0);
	without_ca();
}

static void test_old_tls(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, good);
	SSL_CTX_set_min_proto_version(w->server.ctx, TLS1_VERSION);
	SSL_CTX_set_max_proto_version(w->server.ctx, TLS1_1_VERSION);
	SSL_CTX_set_cipher_list(w->server.ctx, "ALL:@SECLEVEL=0");
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_TLS);
	assert_int_equal(requests(w), 0);
	assert_int_equal(tls_server_count(&w->server, &w->server.handshakes),
			 0);
}

static void test_tls_1_2(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, good);
	SSL_CTX_set_max_proto_version(w->server.ctx, TLS1_2_VERSION);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_OK);
}

static void test_not_tls(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	tls_server_start(&w->server, NULL, plain_text, w);
	w->server_up = true;
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_GARBAGE);
}

/* Listens, but never answers the handshake. */
static void test_connect_deadline(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.connect_ms = 50};

	tls_server_start(&w->server, NULL, stall, w);
	w->server_up = true;
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_TIMEOUT_CONNECT);
}

static void test_first_byte_deadline(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.first_byte_ms = 50};

	serve(w, stall);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_TIMEOUT_FIRST_BYTE);
	assert_int_equal(requests(w), 1);
}

static void test_total_deadline(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.total_ms = 100};

	serve(w, stall_after_header);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_TIMEOUT_TOTAL);
}

static void test_silence_in_the_body(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.first_byte_ms = 100};

	serve(w, stall_after_header);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_TIMEOUT_TOTAL);
}

static void test_half_body(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, half_body);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_CLOSED);
}

static void test_closed(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, closes_at_once);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_CLOSED);
}

/* No length and no TLS end: real servers do that, so it counts as whole. */
static void test_cut_off(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, cut_off);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_OK);
	assert_string_equal(w->body, "no length, no end");
}

static void test_garbage(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, garbage);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_GARBAGE);
}

static void test_too_large(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.max_body = 100000};

	serve(w, huge);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_TOO_LARGE);
	assert_true(w->body_len <= 100000);
}

static void test_endless_headers(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, endless_headers);
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_GARBAGE);
}

static void test_stream(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.max_body = 8 << 20};

	serve(w, huge);
	make_client(w, &w->pin);
	ask(w, &prm, &streamed);
	run();
	assert_int_equal(w->error, NET_OK);
	assert_int_equal(w->piece_bytes, 256 * 16384);
	assert_true(w->pieces > 10);
	assert_int_equal(w->body_len, 0);
}

static void test_stream_too_large(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.max_body = 200000};

	serve(w, huge);
	make_client(w, &w->pin);
	ask(w, &prm, &streamed);
	run();
	assert_int_equal(w->error, NET_TOO_LARGE);
	assert_true(w->piece_bytes <= 200000);
}

static void test_stream_stopped(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.max_body = 8 << 20};

	serve(w, huge);
	w->stop_after = 3;
	make_client(w, &w->pin);
	ask(w, &prm, &streamed);
	run();
	assert_int_equal(w->error, NET_STOPPED);
	assert_int_equal(w->pieces, 3);
	assert_int_equal(w->done, 1);
}

static void test_no_redirect(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, redirect);
	make_client(w, &w->pin);
	ask(w, &prm, &streamed);
	run();
	assert_int_equal(w->error, NET_OK);
	assert_int_equal(w->status, 302);
	assert_string_equal(w->body, "gone");
	assert_int_equal(w->pieces, 0);
	assert_int_equal(requests(w), 1);
}

static void test_refused(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, good);
	tls_server_stop(&w->server);
	w->server_up = false;
	ask_pinned(w, &prm);
	assert_int_equal(w->error, NET_REFUSED);
}

static void test_no_such_host(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.url = "https://nowhere.invalid/"};

	make_client(w, NULL);
	assert_int_equal(net_request(&w->request, w->client, &prm, &whole, w),
			 0);
	run();
	assert_int_equal(w->error, NET_RESOLVE);
}

static void test_proxy_refused(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {.url = "https://uc.example/"};
	char proxy[64];

	serve(w, good);
	tls_server_stop(&w->server);
	w->server_up = false;
	snprintf(proxy, sizeof(proxy), "http://127.0.0.1:%u", w->server.port);
	setenv("https_proxy", proxy, 1);
	make_client(w, NULL);
	assert_int_equal(net_request(&w->request, w->client, &prm, &whole, w),
			 0);
	run();
	unsetenv("https_proxy");
	assert_int_equal(w->error, NET_PROXY);
}

/* Never a proxy for the loopback. */
static void test_no_proxy_for_loopback(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, good);
	setenv("https_proxy", "http://127.0.0.1:1", 1);
	ask_pinned(w, &prm);
	unsetenv("https_proxy");
	assert_int_equal(w->error, NET_OK);
}

static void test_bad_urls(void **state)
{
	static const char *const bad[] = {
		"http://127.0.0.1/",
		"ftp://127.0.0.1/",
		"/x",
		"",
		"https://",
		"https://user:pass@127.0.0.1/",
		"file:///etc/passwd",
		"https://127.0.0.1:99999/",
	};
	struct world *w = *state;

	make_client(w, NULL);
	for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
		struct net_request_prm prm = {.url = bad[i]};
		struct net_request *r = NULL;

		assert_int_equal(net_request(&r, w->client, &prm, &whole, w),
				 EINVAL);
		assert_null(r);
	}
}

static void test_header_injection(void **state)
{
	struct world *w = *state;
	struct net_header h[] = {{"X-A", "b\r\nX-Evil: 1"}};
	struct net_request_prm prm = {
		.url = "https://127.0.0.1/", .headers = h, .header_count = 1};
	struct net_request *r = NULL;

	make_client(w, NULL);
	assert_int_equal(net_request(&r, w->client, &prm, &whole, w), EINVAL);
}

/* ---- freeing in handlers ----------------------------------------------- */

static void done_frees_all(const struct net_response *r, void *arg)
{
	struct world *w = arg;

	done(r, arg);
	w->request = mem_deref(w->request);
	w->client = mem_deref(w->client);
	w->net = mem_deref(w->net);
	/* Still the handler's to read. */
	assert_string_equal(r->body, "hello");
}

static void test_free_in_done(void **state)
{
	static const struct net_handlers h = {.done = done_frees_all};
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, good);
	make_client(w, &w->pin);
	ask(w, &prm, &h);
	run();
	assert_int_equal(w->done, 1);
	assert_null(w->client);
}

static void stop_later(void *arg)
{
	(void)arg;
	loop_stop();
}

static int body_frees_all(const char *data, size_t len, void *arg)
{
	struct world *w = arg;
	(void)data;
	(void)len;

	w->pieces++;
	w->request = mem_deref(w->request);
	w->client = mem_deref(w->client);
	/* Long enough for a second call to show itself. */
	tmr_start(&w->later, 50, stop_later, w);
	return 0;
}

static void test_free_in_body(void **state)
{
	static const struct net_handlers h = {.done = done,
					      .body = body_frees_all};
	struct world *w = *state;
	struct net_request_prm prm = {.max_body = 8 << 20};

	serve(w, huge);
	make_client(w, &w->pin);
	ask(w, &prm, &h);
	run();
	assert_int_equal(w->pieces, 1);
	assert_int_equal(w->done, 0);
}

/* One request's end cancels another that ends in the same turn. */
static struct net_request *other;

static void done_cancels_other(const struct net_response *r, void *arg)
{
	other = mem_deref(other);
	done(r, arg);
}

static void test_cancel_other_in_done(void **state)
{
	static const struct net_handlers h = {.done = done_cancels_other};
	struct world *w = *state;
	struct net_request_prm prm = {.connect_ms = 1};
	struct net_request *first = NULL;

	serve(w, stall);
	make_client(w, &w->pin);
	ask(w, &prm, &h);
	first = mem_ref(w->request);
	w->request = mem_deref(w->request);
	ask(w, &prm, &h);
	other = w->request;
	w->request = NULL;
	run();
	assert_null(other);
	mem_deref(first);
}

static void test_cancel_before_start(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, good);
	make_client(w, &w->pin);
	ask(w, &prm, &whole);
	w->request = mem_deref(w->request);
	ask(w, &prm, &whole);
	run();
	assert_int_equal(w->done, 1);
	assert_int_equal(requests(w), 1);
}

/* A request from within the end of another. */
static void done_asks_again(const struct net_response *r, void *arg)
{
	struct world *w = arg;
	struct net_request_prm prm = {0};

	done(r, arg);
	if (w->done < 3) {
		static const struct net_handlers h = {.done = done_asks_again};

		ask(w, &prm, &h);
	}
}

static void test_ask_in_done(void **state)
{
	static const struct net_handlers h = {.done = done_asks_again};
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, good);
	w->expected = 3;
	make_client(w, &w->pin);
	ask(w, &prm, &h);
	run();
	assert_int_equal(w->done, 3);
	assert_int_equal(requests(w), 3);
}

static void test_client_freed_with_requests(void **state)
{
	struct world *w = *state;
	struct net_request_prm prm = {0};

	serve(w, stall);
	make_client(w, &w->pin);
	ask(w, &prm, &whole);
	tmr_start(&w->later, 100, stop_later, w);
	assert_int_equal(loop_run(), 0);
	w->client = mem_deref(w->client);
	w->request = mem_deref(w->request);
	assert_int_equal(w->done, 0);
}

static void test_escape(void **state)
{
	struct text_buf b = {0};
	char *s;
	(void)state;

	net_escape(&b, "a b&c=d/ü#*~-._%+");
	s = text_buf_take(&b);
	assert_string_equal(s, "a%20b%26c%3Dd%2F%C3%BC%23%2A~-._%25%2B");
	free(s);
}

static int group_setup(void **state)
{
	(void)state;
	/* The test's own servers are asked directly. */
	unsetenv("https_proxy");
	unsetenv("HTTPS_PROXY");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	unsetenv("no_proxy");
	unsetenv("NO_PROXY");
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
		T(test_get),
		T(test_post),
		T(test_keep_alive),
		T(test_many_at_once),
		T(test_unknown_certificate),
		T(test_changed_pin),
		T(test_ca_vouches),
		T(test_ca_by_hash),
		T(test_ca_wrong_name),
		T(test_ca_expired),
		T(test_pin_beats_ca),
		T(test_old_tls),
		T(test_tls_1_2),
		T(test_not_tls),
		T(test_connect_deadline),
		T(test_first_byte_deadline),
		T(test_total_deadline),
		T(test_silence_in_the_body),
		T(test_half_body),
		T(test_closed),
		T(test_cut_off),
		T(test_garbage),
		T(test_too_large),
		T(test_endless_headers),
		T(test_stream),
		T(test_stream_too_large),
		T(test_stream_stopped),
		T(test_no_redirect),
		T(test_refused),
		T(test_no_such_host),
		T(test_proxy_refused),
		T(test_no_proxy_for_loopback),
		T(test_bad_urls),
		T(test_header_injection),
		T(test_free_in_done),
		T(test_free_in_body),
		T(test_cancel_other_in_done),
		T(test_cancel_before_start),
		T(test_ask_in_done),
		T(test_client_freed_with_requests),
		T(test_escape),
	};

	return cmocka_run_group_tests(tests, group_setup, group_teardown);
}
