/**
 * @file transfer.c  One request on its way: deadlines, body, end
 */
#include <stdlib.h>

#include "http_int.h"

#define LOG_MODULE "net"

enum {
	CONNECT_MS = 10 * 1000,
	FIRST_BYTE_MS = 15 * 1000,
	MAX_BODY = 1024 * 1024,
	/** Handed to a body handler at most in one go: what takes JSON about
	 *  a millisecond. */
	SLICE = 64 * 1024,
	HEADER_MAX = 256 * 1024,
};

/* ---- deadlines --------------------------------------------------------- */

static uint64_t next_deadline(const struct net_transfer *t)
{
	if (t->total_end && t->total_end < t->phase_end)
		return t->total_end;
	return t->phase_end;
}

static enum net_error late(const struct net_transfer *t, uint64_t now)
{
	if (t->total_end && now >= t->total_end)
		return NET_TIMEOUT_TOTAL;
	switch (t->phase) {
	case PHASE_ASKED:
		return NET_TIMEOUT_FIRST_BYTE;
	case PHASE_BODY:
		return NET_TIMEOUT_TOTAL;
	default:
		return NET_TIMEOUT_CONNECT;
	}
}

static void deadline(void *arg)
{
	struct net_transfer *t = arg;
	uint64_t now = time_mono_ms();

	/* The timer has gone on while the machine slept; and what has come
	 * since it was started has put the end off. */
	if (now < next_deadline(t)) {
		net_transfer_watch(t);
		return;
	}
	t->error = late(t, now);
	net_engine_deliver(t->engine);
}

void net_transfer_watch(struct net_transfer *t)
{
	uint64_t now = time_mono_ms(), end = next_deadline(t);

	tmr_start(&t->tmr, end > now ? end - now : 0, deadline, t);
}

static void enter(struct net_transfer *t, enum phase phase, unsigned ms)
{
	t->phase = phase;
	t->phase_end = time_mono_ms() + ms;
	net_transfer_watch(t);
}

/* ---- libcurl's callbacks ----------------------------------------------- */

/* Connected and judged, nothing sent yet. */
static int on_connected(void *arg, char *ip, char *local_ip, int port,
			int local_port)
{
	struct net_transfer *t = arg;
	(void)ip;
	(void)local_ip;
	(void)port;
	(void)local_port;

	enter(t, PHASE_ASKED, t->first_byte_ms);
	return CURL_PREREQFUNC_OK;
}

static size_t on_header(char *data, size_t size, size_t count, void *arg)
{
	struct net_transfer *t = arg;
	size_t n = size * count;
	(void)data;

	if (t->phase != PHASE_BODY)
		enter(t, PHASE_BODY, t->first_byte_ms);
	t->header_bytes += n;
	if (t->header_bytes > HEADER_MAX) {
		t->error = NET_GARBAGE;
		return 0;
	}
	return n;
}

/* The old block is wiped: realloc() would leave its secrets about. */
static int answer_grow(struct net_transfer *t, size_t need)
{
	size_t size = t->answer_size ? t->answer_size : 1024;
	char *more;

	while (size < need)
		size *= 2;
	if (size == t->answer_size)
		return 0;
	more = malloc(size);
	if (!more)
		return ENOMEM;
	if (t->answer_len)
		memcpy(more, t->answer, t->answer_len);
	net_int_wipe(t->answer, t->answer_len);
	t->answer = more;
	t->answer_size = size;
	return 0;
}

static bool streams(const struct net_transfer *t)
{
	long status = 0;

	if (!t->h.body)
		return false;
	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	return status >= 200 && status < 300;
}

static size_t on_body(char *data, size_t size, size_t count, void *arg)
{
	struct net_transfer *t = arg;
	size_t n = size * count;

	if (t->answer_len && t->answer_len + n > SLICE && streams(t)) {
		t->paused = true;
		return CURL_WRITEFUNC_PAUSE;
	}
	if (n > t->max_body - t->got) {
		t->error = NET_TOO_LARGE;
		return 0;
	}
	if (answer_grow(t, t->answer_len + n + 1)) {
		t->error = NET_INTERNAL;
		return 0;
	}
	memcpy(t->answer + t->answer_len, data, n);
	t->answer_len += n;
	t->answer[t->answer_len] = '\0';
	t->got += n;
	t->phase_end = time_mono_ms() + t->first_byte_ms;
	return n;
}

static CURLcode on_ssl_ctx(CURL *easy, void *ssl_ctx, void *arg)
{
	struct net_transfer *t = arg;
	(void)easy;

	return net_trust_apply(t->trust, ssl_ctx) ? CURLE_SSL_CERTPROBLEM
						  : CURLE_OK;
}

static int set_callbacks(struct net_transfer *t)
{
	CURLcode c;

	c = curl_easy_setopt(t->easy, CURLOPT_SSL_CTX_FUNCTION, on_ssl_ctx);
	if (c)
		return ENOMEM;
	curl_easy_setopt(t->easy, CURLOPT_SSL_CTX_DATA, t);
	curl_easy_setopt(t->easy, CURLOPT_PREREQFUNCTION, on_connected);
	curl_easy_setopt(t->easy, CURLOPT_PREREQDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_HEADERFUNCTION, on_header);
	curl_easy_setopt(t->easy, CURLOPT_HEADERDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_WRITEFUNCTION, on_body);
	curl_easy_setopt(t->easy, CURLOPT_WRITEDATA, t);
	curl_easy_setopt(t->easy, CURLOPT_PRIVATE, t);
	return 0;
}

/* ---- life -------------------------------------------------------------- */

static void destructor(void *arg)
{
	struct net_transfer *t = arg;

	list_unlink(&t->le);
	tmr_cancel(&t->tmr);
	if (t->easy) {
		/* Does nothing where it was never added. */
		curl_multi_remove_handle(t->engine->multi, t->easy);
		curl_easy_cleanup(t->easy);
	}
	curl_slist_free_all(t->headers);
	mem_deref(t->trust);
	net_int_wipe(t->url, t->url ? strlen(t->url) : 0);
	net_int_wipe(t->body, t->body_len);
	net_int_wipe(t->answer, t->answer_len);
	free(t->host);
	free(t->content_type);
	free(t->detail);
	mem_deref(t->engine);
}

int net_transfer_alloc(struct net_transfer **tp, struct engine *e,
		       const struct net_request_prm *prm)
{
	struct net_transfer *t = mem_zalloc(sizeof(*t), destructor);
	unsigned connect_ms = prm->connect_ms ? prm->connect_ms : CONNECT_MS;
	int err;

	if (!t)
		return ENOMEM;
	t->engine = mem_ref(e);
	tmr_init(&t->tmr);
	t->max_body = prm->max_body ? prm->max_body : MAX_BODY;
	t->first_byte_ms =
		prm->first_byte_ms ? prm->first_byte_ms : FIRST_BYTE_MS;
	err = net_transfer_set_up(t, prm);
	if (!err)
		err = set_callbacks(t);
	if (err) {
		mem_deref(t);
		return err;
	}
	t->phase_end = time_mono_ms() + connect_ms;
	if (prm->total_ms)
		t->total_end = time_mono_ms() + prm->total_ms;
	net_transfer_watch(t);
	list_append(&e->transfers, &t->le, t);
	*tp = t;
	return 0;
}

void net_transfer_start(struct net_transfer *t)
{
	t->phase = PHASE_CONNECT;
	if (curl_multi_add_handle(t->engine->multi, t->easy))
		t->error = NET_INTERNAL;
}

bool net_transfer_has_news(const struct net_transfer *t)
{
	return t->finished || t->error || (t->answer_len && streams(t));
}

void net_transfer_resume(struct net_transfer *t)
{
	if (!t->paused || t->answer_len)
		return;
	t->paused = false;
	t->phase_end = time_mono_ms() + t->first_byte_ms;
	curl_easy_pause(t->easy, CURLPAUSE_CONT);
}

static void hand_over_slice(struct net_transfer *t)
{
	char *data = t->answer;
	size_t len = t->answer_len;

	t->answer = NULL;
	t->answer_len = t->answer_size = 0;
	if (t->h.body(data, len, t->arg) && !t->error)
		t->error = NET_STOPPED;
	net_int_wipe(data, len);
}

/* From here on nothing of it is in libcurl's or the engine's hands. */
static void detach(struct net_transfer *t)
{
	list_unlink(&t->le);
	tmr_cancel(&t->tmr);
	t->phase = PHASE_OVER;
	if (t->request) {
		t->request->transfer = NULL;
		if (t->own_request)
			t->request = mem_deref(t->request);
	}
}

static void fill_in(struct net_transfer *t, struct net_response *r)
{
	char *type = NULL;
	long status = 0;

	curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
	curl_easy_getinfo(t->easy, CURLINFO_CONTENT_TYPE, &type);
	t->content_type = text_clean(type, (size_t)-1, TEXT_LINE_MAX);
	r->error = t->error ? t->error : net_transfer_classify(t);
	if (r->error == NET_TLS || r->error == NET_GARBAGE)
		t->detail = text_clean(t->curl_says, (size_t)-1, TEXT_LINE_MAX);
	else
		t->detail = text_dup(net_error_name(r->error));
	r->status = (int)status;
	r->content_type = t->content_type ? t->content_type : "";
	r->detail = t->detail ? t->detail : "";
	r->body = t->answer ? t->answer : "";
	r->body_len = t->answer_len;
	r->transfer = t;
	if (r->error == NET_CERTIFICATE_UNKNOWN ||
	    r->error == NET_CERTIFICATE_CHANGED)
		r->certificate = net_trust_refused(t->trust);
}

void net_transfer_deliver(struct net_transfer *t)
{
	struct net_response r = {0};

	mem_ref(t);
	if (t->answer_len && !t->error && streams(t))
		hand_over_slice(t);
	if (!t->le.list || (!t->finished && !t->error))
		goto out; /* cancelled, or more is to come */
	fill_in(t, &r);
	if (r.error)
		log_info("request failed: %s: %s", net_error_name(r.error),
			 r.detail);
	detach(t);
	mem_deref(t); /* the engine's */
	if (t->h.done)
		t->h.done(&r, t->arg);
out:
	mem_deref(t);
}

void net_transfer_drop(struct net_transfer *t)
{
	detach(t);
	mem_deref(t);
}
