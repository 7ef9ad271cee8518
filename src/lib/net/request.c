/**
 * @file request.c  What a request is made of, what its end means
 */
#include <stdlib.h>
#include <strings.h>

#include "http_int.h"

#define LOG_MODULE "net"

char *net_int_secret(const void *s, size_t len)
{
	char *copy = malloc(len + 1);

	if (!copy)
		return NULL;
	if (len)
		memcpy(copy, s, len);
	copy[len] = '\0';
	return copy;
}

void net_int_wipe(char *s, size_t len)
{
	if (s)
		explicit_bzero(s, len);
	free(s);
}

bool net_int_is_loopback(const char *host)
{
	bool digits = !host[strspn(host, "0123456789.")];

	return !strcasecmp(host, "localhost") ||
	       (digits && !strncmp(host, "127.", 4)) ||
	       !strcmp(host, "[::1]") || !strcmp(host, "::1");
}

/* The host of an URL that we would send something to; NULL: none such. */
static char *host_of(const char *url)
{
	CURLU *u = curl_url();
	char *part = NULL, *host = NULL;

	if (!u || curl_url_set(u, CURLUPART_URL, url, CURLU_DISALLOW_USER))
		goto out;
	if (curl_url_get(u, CURLUPART_SCHEME, &part, 0) ||
	    strcasecmp(part, "https"))
		goto out;
	curl_free(part);
	part = NULL;
	if (curl_url_get(u, CURLUPART_HOST, &part, 0) || !*part)
		goto out;
	host = text_dup(part);
out:
	curl_free(part);
	curl_url_cleanup(u);
	return host;
}

static int add_header(struct net_transfer *t, const char *name,
		      const char *value)
{
	struct curl_slist *list;
	char *line;

	/* A line break in a header would begin another one. */
	if (strpbrk(name, "\r\n:") || strpbrk(value, "\r\n"))
		return EINVAL;
	/* libcurl's way to say a header without a value. */
	line = *value ? text_printf("%s: %s", name, value)
		      : text_printf("%s;", name);
	if (!line)
		return ENOMEM;
	list = curl_slist_append(t->headers, line);
	net_int_wipe(line, strlen(line));
	if (!list)
		return ENOMEM;
	t->headers = list;
	return 0;
}

static int set_headers(struct net_transfer *t,
		       const struct net_request_prm *prm)
{
	struct curl_slist *list = curl_slist_append(NULL, "Expect:");
	int err = 0;

	if (!list)
		return ENOMEM;
	t->headers = list;
	if (prm->body)
		err = add_header(t, "Content-Type",
				 prm->content_type
					 ? prm->content_type
					 : "application/octet-stream");
	for (size_t i = 0; !err && i < prm->header_count; i++)
		err = add_header(t, prm->headers[i].name,
				 prm->headers[i].value);
	if (!err && curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers))
		err = ENOMEM;
	return err;
}

static int set_body(struct net_transfer *t, const struct net_request_prm *prm)
{
	const char *method = prm->method;

	if (method && strpbrk(method, " \t\r\n"))
		return EINVAL;
	if (prm->body) {
		t->body = net_int_secret(prm->body, prm->body_len);
		if (!t->body)
			return ENOMEM;
		t->body_len = prm->body_len;
		curl_easy_setopt(t->easy, CURLOPT_POST, 1L);
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE,
				 (curl_off_t)t->body_len);
		curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body);
	} else if (method && !strcmp(method, "HEAD")) {
		curl_easy_setopt(t->easy, CURLOPT_NOBODY, 1L);
	}
	if (method && curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, method))
		return ENOMEM;
	return 0;
}

/* Name and CA are judged by our trust, not by libcurl, which would read the
 * bundle for each connection and refuse what is pinned. */
static int set_tls(struct net_transfer *t)
{
	struct engine *e = t->engine;
	struct net_trust_prm prm = {.net = e->net,
				    .host = t->host,
				    .pin = e->pinned ? &e->pin : NULL};
	int err = net_trust_alloc(&t->trust, &prm);

	if (err)
		return err;
	curl_easy_setopt(t->easy, CURLOPT_SSLVERSION,
			 (long)CURL_SSLVERSION_TLSv1_2);
	curl_easy_setopt(t->easy, CURLOPT_CAINFO, NULL);
	curl_easy_setopt(t->easy, CURLOPT_CAPATH, NULL);
	curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYPEER, 1L);
	curl_easy_setopt(t->easy, CURLOPT_SSL_VERIFYHOST, 0L);
	curl_easy_setopt(t->easy, CURLOPT_SSL_SESSIONID_CACHE, 0L);
	return 0;
}

int net_transfer_set_up(struct net_transfer *t,
			const struct net_request_prm *prm)
{
	int err;

	t->host = host_of(prm->url);
	if (!t->host)
		return EINVAL;
	t->url = net_int_secret(prm->url, strlen(prm->url));
	t->easy = curl_easy_init();
	if (!t->url || !t->easy ||
	    curl_easy_setopt(t->easy, CURLOPT_URL, t->url) ||
	    curl_easy_setopt(t->easy, CURLOPT_PROTOCOLS_STR, "https") ||
	    curl_easy_setopt(t->easy, CURLOPT_USERAGENT, t->engine->agent))
		return ENOMEM;
	curl_easy_setopt(t->easy, CURLOPT_NOSIGNAL, 1L);
	curl_easy_setopt(t->easy, CURLOPT_FOLLOWLOCATION, 0L);
	curl_easy_setopt(t->easy, CURLOPT_NETRC, (long)CURL_NETRC_IGNORED);
	curl_easy_setopt(t->easy, CURLOPT_HTTP_VERSION,
			 (long)CURL_HTTP_VERSION_1_1);
	curl_easy_setopt(t->easy, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
	curl_easy_setopt(t->easy, CURLOPT_TCP_KEEPALIVE, 1L);
	curl_easy_setopt(t->easy, CURLOPT_ERRORBUFFER, t->curl_says);
	/* Our deadlines; libcurl's own of 5 minutes would come in between. */
	curl_easy_setopt(t->easy, CURLOPT_CONNECTTIMEOUT_MS, 3600000L);
	if (net_int_is_loopback(t->host))
		curl_easy_setopt(t->easy, CURLOPT_PROXY, "");
	err = set_tls(t);
	if (!err)
		err = set_body(t, prm);
	if (!err)
		err = set_headers(t, prm);
	return err;
}

/* ---- what the end means ------------------------------------------------ */

static bool says(const struct net_transfer *t, const char *what)
{
	return strstr(t->curl_says, what) != NULL;
}

static enum net_error connect_error(const struct net_transfer *t)
{
	long err = 0;

	curl_easy_getinfo(t->easy, CURLINFO_OS_ERRNO, &err);
	/* libcurl names whom it tried: if not our host, then the proxy. */
	if (says(t, "onnect to ") && !says(t, t->host))
		return NET_PROXY;
	switch (err) {
	case ENETUNREACH:
	case EHOSTUNREACH:
	case EADDRNOTAVAIL:
	case EACCES:
	case EPERM:
		return NET_UNREACHABLE;
	case ETIMEDOUT:
		return NET_TIMEOUT_CONNECT;
	default:
		return NET_REFUSED;
	}
}

/* OpenSSL's words: libcurl hands on no more than these. */
static enum net_error tls_error(const struct net_transfer *t)
{
	if (says(t, "wrong version number") || says(t, "http request") ||
	    says(t, "packet length too long") || says(t, "unexpected message"))
		return NET_GARBAGE;
	if (says(t, "SSL_ERROR_SYSCALL") || says(t, "unexpected eof") ||
	    says(t, "Connection reset"))
		return NET_CLOSED;
	return NET_TLS;
}

static bool proxy_refused(const struct net_transfer *t)
{
	long code = 0;

	curl_easy_getinfo(t->easy, CURLINFO_HTTP_CONNECTCODE, &code);
	return code && (code < 200 || code > 299);
}

enum net_error net_transfer_classify(const struct net_transfer *t)
{
	const struct net_certificate *refused = net_trust_refused(t->trust);

	if (t->code == CURLE_OK)
		return NET_OK;
	if (refused)
		return refused->fault == NET_FAULT_CHANGED
			       ? NET_CERTIFICATE_CHANGED
			       : NET_CERTIFICATE_UNKNOWN;
	if (proxy_refused(t))
		return NET_PROXY;
	switch (t->code) {
	case CURLE_COULDNT_RESOLVE_HOST:
		return NET_RESOLVE;
	case CURLE_COULDNT_RESOLVE_PROXY:
	case CURLE_PROXY:
		return NET_PROXY;
	case CURLE_COULDNT_CONNECT:
		return connect_error(t);
	case CURLE_OPERATION_TIMEDOUT:
		return NET_TIMEOUT_CONNECT;
	case CURLE_SSL_CONNECT_ERROR:
		return tls_error(t);
	case CURLE_PEER_FAILED_VERIFICATION:
	case CURLE_SSL_CERTPROBLEM:
	case CURLE_SSL_CIPHER:
		return NET_TLS;
	case CURLE_GOT_NOTHING:
	case CURLE_PARTIAL_FILE:
	case CURLE_RECV_ERROR:
	case CURLE_SEND_ERROR:
		return NET_CLOSED;
	case CURLE_UNSUPPORTED_PROTOCOL:
	case CURLE_WEIRD_SERVER_REPLY:
	case CURLE_BAD_CONTENT_ENCODING:
	case CURLE_HTTP2:
		return NET_GARBAGE;
	default:
		return NET_INTERNAL;
	}
}

/* ---- the door ---------------------------------------------------------- */

static void request_destructor(void *arg)
{
	struct net_request *r = arg;
	struct net_transfer *t = r->transfer;

	if (!t)
		return;
	t->request = NULL;
	net_transfer_drop(t);
}

int net_request(struct net_request **rp, struct net_client *c,
		const struct net_request_prm *prm, const struct net_handlers *h,
		void *arg)
{
	struct net_request *r;
	int err;

	if (!c || !prm || !prm->url)
		return EINVAL;
	r = mem_zalloc(sizeof(*r), request_destructor);
	if (!r)
		return ENOMEM;
	err = net_transfer_alloc(&r->transfer, c->engine, prm);
	if (err) {
		mem_deref(r);
		return err;
	}
	r->transfer->request = r;
	if (h)
		r->transfer->h = *h;
	r->transfer->arg = arg;
	r->transfer->own_request = !rp;
	loop_turn_request(c->engine->turn);
	if (rp)
		*rp = r;
	return 0;
}

const char *net_response_header(const struct net_response *r, const char *name)
{
	struct curl_header *h;

	if (!r || !r->transfer || !name ||
	    curl_easy_header(r->transfer->easy, name, 0, CURLH_HEADER, -1, &h))
		return NULL;
	/* Of several, the last. */
	if (h->amount > 1 &&
	    curl_easy_header(r->transfer->easy, name, h->amount - 1,
			     CURLH_HEADER, -1, &h))
		return NULL;
	return h->value;
}

void net_escape(struct text_buf *b, const char *s)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "abcdefghijklmnopqrstuvwxyz"
				    "0123456789-._~";

	for (; s && *s; s++) {
		if (strchr(plain, *s))
			text_buf_add_n(b, s, 1);
		else
			text_buf_printf(b, "%%%02X", (unsigned char)*s);
	}
}
