/**
 * @file tls_server.h  A small TLS server for tests, on threads of its own
 *
 * Each connection gets a thread that runs the test's behaviour. Certificates
 * are made at run time. What a behaviour and the test share is the test's to
 * lock.
 */
#ifndef TLS_SERVER_H
#define TLS_SERVER_H

#include <arpa/inet.h>
#include <netinet/in.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>
#include <unistd.h>

#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#define TLS_UNUSED __attribute__((unused))

enum { TLS_PEERS_MAX = 256 };

struct tls_identity {
	EVP_PKEY *key;
	X509 *cert;
};

struct tls_server;

/** One connection, seen by its thread. */
struct tls_peer {
	struct tls_server *server;
	SSL *ssl; /**< NULL if the server is a plain one */
	int fd;
	char buf[65536];
	size_t len;	 /**< read, not yet used */
	unsigned number; /**< 0 for the first connection */
};

/** A request as it came. */
struct tls_request {
	char method[16];
	char target[8192];
	char *head; /**< all header lines */
	char *body;
	size_t body_len;
};

typedef void(tls_behaviour_h)(struct tls_peer *p, void *arg);

struct tls_server {
	SSL_CTX *ctx; /**< NULL: no TLS at all */
	int fd;
	uint16_t port;
	pthread_t acceptor;
	pthread_mutex_t lock;
	pthread_t thread[TLS_PEERS_MAX];
	int peer_fd[TLS_PEERS_MAX];
	unsigned peers;	     /**< connections taken */
	unsigned handshakes; /**< that succeeded */
	bool stopping;
	tls_behaviour_h *behaviour;
	void *arg;
};

/* ---- certificates ------------------------------------------------------ */

static void tls_extension(X509 *x, X509 *issuer, int nid, const char *value)
{
	X509V3_CTX ctx;
	X509_EXTENSION *e;

	X509V3_set_ctx(&ctx, issuer, x, NULL, NULL, 0);
	e = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
	if (!e)
		abort();
	X509_add_ext(x, e, -1);
	X509_EXTENSION_free(e);
}

/**
 * @param cn      Common name, UTF-8
 * @param san     "DNS:localhost,IP:127.0.0.1", or NULL
 * @param issuer  Who signs it, NULL: itself
 * @param ca      It may sign others
 * @param days    Valid for so long; negative: that long gone
 */
TLS_UNUSED static void tls_identity_make(struct tls_identity *id,
					 const char *cn, const char *san,
					 const struct tls_identity *issuer,
					 bool ca, int days)
{
	X509 *x = X509_new();
	X509_NAME *name;
	uint32_t serial = arc4random() >> 1;

	id->key = EVP_EC_gen("P-256");
	if (!x || !id->key)
		abort();
	X509_set_version(x, 2);
	ASN1_INTEGER_set(X509_get_serialNumber(x), (long)serial);
	X509_gmtime_adj(X509_getm_notBefore(x), -86400L * 30);
	X509_gmtime_adj(X509_getm_notAfter(x), 86400L * days);
	X509_set_pubkey(x, id->key);
	name = X509_get_subject_name(x);
	X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_UTF8,
				   (const unsigned char *)cn, -1, -1, 0);
	X509_NAME_add_entry_by_txt(name, "O", MBSTRING_UTF8,
				   (const unsigned char *)"Strowger", -1, -1,
				   0);
	X509_set_issuer_name(x, issuer ? X509_get_subject_name(issuer->cert)
				       : name);
	if (ca) {
		tls_extension(x, x, NID_basic_constraints, "critical,CA:TRUE");
		tls_extension(x, x, NID_key_usage, "critical,keyCertSign");
	}
	if (san)
		tls_extension(x, x, NID_subject_alt_name, san);
	if (!X509_sign(x, issuer ? issuer->key : id->key, EVP_sha256()))
		abort();
	id->cert = x;
}

TLS_UNUSED static void tls_identity_free(struct tls_identity *id)
{
	EVP_PKEY_free(id->key);
	X509_free(id->cert);
	memset(id, 0, sizeof(*id));
}

TLS_UNUSED static void tls_identity_digest(const struct tls_identity *id,
					   uint8_t sha256[32])
{
	unsigned n;

	if (!X509_digest(id->cert, EVP_sha256(), sha256, &n) || n != 32)
		abort();
}

TLS_UNUSED static void tls_identity_save(const struct tls_identity *id,
					 const char *path)
{
	FILE *f = fopen(path, "w");

	if (!f || !PEM_write_X509(f, id->cert) || fclose(f))
		abort();
}

/* ---- reading and writing ----------------------------------------------- */

TLS_UNUSED static int tls_recv(struct tls_peer *p, void *buf, size_t n)
{
	return p->ssl ? SSL_read(p->ssl, buf, (int)n)
		      : (int)recv(p->fd, buf, n, 0);
}

TLS_UNUSED static bool tls_send(struct tls_peer *p, const void *data, size_t n)
{
	while (n) {
		int got = p->ssl ? SSL_write(p->ssl, data, (int)n)
				 : (int)send(p->fd, data, n, MSG_NOSIGNAL);

		if (got <= 0)
			return false;
		data = (const char *)data + got;
		n -= (size_t)got;
	}
	return true;
}

TLS_UNUSED static bool tls_puts(struct tls_peer *p, const char *s)
{
	return tls_send(p, s, strlen(s));
}

/** Wait until the other side closes. */
TLS_UNUSED static void tls_linger(struct tls_peer *p)
{
	char buf[256];

	while (tls_recv(p, buf, sizeof(buf)) > 0)
		;
}

static bool tls_fill(struct tls_peer *p)
{
	int n;

	if (p->len + 1 >= sizeof(p->buf))
		return false;
	n = tls_recv(p, p->buf + p->len, sizeof(p->buf) - 1 - p->len);
	if (n <= 0)
		return false;
	p->len += (size_t)n;
	p->buf[p->len] = '\0';
	return true;
}

TLS_UNUSED static void tls_request_free(struct tls_request *r)
{
	free(r->head);
	free(r->body);
	memset(r, 0, sizeof(*r));
}

/** Read one request. @return false if the peer has gone */
TLS_UNUSED static bool tls_request_read(struct tls_peer *p,
					struct tls_request *r)
{
	const char *length;
	char *end;
	size_t head;

	memset(r, 0, sizeof(*r));
	while (!p->len || !(end = strstr(p->buf, "\r\n\r\n")))
		if (!tls_fill(p))
			return false;
	head = (size_t)(end - p->buf) + 4;
	r->head = strndup(p->buf, head);
	length = strcasestr(r->head, "\r\nContent-Length:");
	r->body_len = length ? strtoul(length + 17, NULL, 10) : 0;
	while (p->len < head + r->body_len)
		if (!tls_fill(p)) {
			tls_request_free(r);
			return false;
		}
	r->body = strndup(p->buf + head, r->body_len);
	p->len -= head + r->body_len;
	memmove(p->buf, p->buf + head + r->body_len, p->len + 1);
	return sscanf(r->head, "%15s %8191s", r->method, r->target) == 2;
}

/** A whole answer with its length. */
TLS_UNUSED static bool tls_answer(struct tls_peer *p, const char *type,
				  const char *body, size_t len)
{
	char head[256];

	snprintf(head, sizeof(head),
		 "HTTP/1.1 200 OK\r\nContent-Type: %s\r\n"
		 "Content-Length: %zu\r\n\r\n",
		 type, len);
	return tls_puts(p, head) && tls_send(p, body, len);
}

/* ---- threads ----------------------------------------------------------- */

static void *tls_peer_run(void *arg)
{
	struct tls_peer *p = arg;
	struct tls_server *s = p->server;
	bool ok = true;

	if (s->ctx) {
		p->ssl = SSL_new(s->ctx);
		SSL_set_fd(p->ssl, p->fd);
		ok = SSL_accept(p->ssl) == 1;
	}
	if (ok) {
		pthread_mutex_lock(&s->lock);
		s->handshakes++;
		pthread_mutex_unlock(&s->lock);
		s->behaviour(p, s->arg);
		if (p->ssl)
			SSL_shutdown(p->ssl);
	}
	SSL_free(p->ssl);
	pthread_mutex_lock(&s->lock);
	s->peer_fd[p->number] = -1;
	close(p->fd);
	pthread_mutex_unlock(&s->lock);
	ERR_clear_error();
	free(p);
	return NULL;
}

static void *tls_accept_run(void *arg)
{
	struct tls_server *s = arg;

	for (;;) {
		int fd = accept(s->fd, NULL, NULL);
		struct tls_peer *p;

		if (fd < 0)
			return NULL;
		pthread_mutex_lock(&s->lock);
		if (s->stopping || s->peers >= TLS_PEERS_MAX) {
			close(fd);
			pthread_mutex_unlock(&s->lock);
			continue;
		}
		p = calloc(1, sizeof(*p));
		p->server = s;
		p->fd = fd;
		p->number = s->peers++;
		s->peer_fd[p->number] = fd;
		pthread_create(&s->thread[p->number], NULL, tls_peer_run, p);
		pthread_mutex_unlock(&s->lock);
	}
}

/** Listen on a free port of 127.0.0.1. @param id NULL: no TLS */
TLS_UNUSED static void tls_server_start(struct tls_server *s,
					const struct tls_identity *id,
					tls_behaviour_h *behaviour, void *arg)
{
	struct sockaddr_in in = {.sin_family = AF_INET,
				 .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t n = sizeof(in);

	memset(s, 0, sizeof(*s));
	pthread_mutex_init(&s->lock, NULL);
	signal(SIGPIPE, SIG_IGN);
	s->behaviour = behaviour;
	s->arg = arg;
	if (id) {
		s->ctx = SSL_CTX_new(TLS_server_method());
		SSL_CTX_use_certificate(s->ctx, id->cert);
		SSL_CTX_use_PrivateKey(s->ctx, id->key);
	}
	s->fd = socket(AF_INET, SOCK_STREAM, 0);
	if (bind(s->fd, (struct sockaddr *)&in, sizeof(in)) ||
	    listen(s->fd, 64) || getsockname(s->fd, (struct sockaddr *)&in, &n))
		abort();
	s->port = ntohs(in.sin_port);
	pthread_create(&s->acceptor, NULL, tls_accept_run, s);
}

/** End all connections and threads. */
TLS_UNUSED static void tls_server_stop(struct tls_server *s)
{
	unsigned peers;

	pthread_mutex_lock(&s->lock);
	s->stopping = true;
	peers = s->peers;
	for (unsigned i = 0; i < peers; i++)
		if (s->peer_fd[i] >= 0)
			shutdown(s->peer_fd[i], SHUT_RDWR);
	pthread_mutex_unlock(&s->lock);
	shutdown(s->fd, SHUT_RDWR);
	pthread_join(s->acceptor, NULL);
	for (unsigned i = 0; i < s->peers; i++)
		pthread_join(s->thread[i], NULL);
	close(s->fd);
	SSL_CTX_free(s->ctx);
	pthread_mutex_destroy(&s->lock);
}

TLS_UNUSED static unsigned tls_server_count(struct tls_server *s,
					    const unsigned *which)
{
	unsigned n;

	pthread_mutex_lock(&s->lock);
	n = *which;
	pthread_mutex_unlock(&s->lock);
	return n;
}

#endif
