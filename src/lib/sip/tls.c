/**
 * @file tls.c  SIP over TLS: who we are, whom we trust
 *
 * libre 1.1 verifies nothing and sends no server name; it has one context for
 * all connections of a stack, whichever side began them. So a stack is
 * either a server with a certificate, or trusts one server, and judges its
 * certificate inside the handshake, as HTTPS does.
 */
#include <stdlib.h>
#include <strings.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include "sip_int.h"
#include <re_srtp.h>
#include <re_tls.h>

#define LOG_MODULE "sip"

struct stack_tls {
	struct tls *tls;
	struct net_trust *trust; /**< a client's; NULL: we are the server */
	char *host;		 /**< whom a client trusts to be it */
	bool pinned;
	struct net_pin pin;
	bool applied; /**< the context judges */
};

static void destructor(void *arg)
{
	struct stack_tls *t = arg;

	mem_deref(t->tls);
	mem_deref(t->trust);
	free(t->host);
}

static int make(struct stack_tls **tp)
{
	struct stack_tls *t = mem_zalloc(sizeof(*t), destructor);
	int err =
		t ? tls_alloc(&t->tls, TLS_METHOD_SSLV23, NULL, NULL) : ENOMEM;

	if (err)
		mem_deref(t);
	else
		*tp = t;
	return err;
}

/* --- a server ----------------------------------------------------------- */

static int nobody(X509_STORE_CTX *ctx, void *arg)
{
	(void)arg;
	X509_STORE_CTX_set_error(ctx, X509_V_ERR_CERT_REJECTED);
	return 0;
}

/* A phone whose connection is gone is not looked for by one of ours, which
 * nothing would vouch for. */
static void no_client(const SSL *ssl, int where, int ret)
{
	(void)ret;
	if (where & SSL_CB_HANDSHAKE_START && !SSL_is_server(ssl))
		SSL_set_verify((SSL *)(uintptr_t)ssl, SSL_VERIFY_PEER, NULL);
}

/* The certificate, and those of its issuers that follow it. */
static bool use_chain(SSL_CTX *ctx, BIO *bio)
{
	X509 *x = PEM_read_bio_X509(bio, NULL, NULL, NULL);
	bool good = x && SSL_CTX_use_certificate(ctx, x) == 1;

	X509_free(x);
	while (good && (x = PEM_read_bio_X509(bio, NULL, NULL, NULL))) {
		if (!SSL_CTX_add0_chain_cert(ctx, x)) {
			X509_free(x);
			good = false;
		}
	}
	return good;
}

static bool use_pair(SSL_CTX *ctx, const char *cert, const char *key)
{
	BIO *c = BIO_new_mem_buf(cert, -1), *k = BIO_new_mem_buf(key, -1);
	EVP_PKEY *pkey = NULL;
	bool good = c && k && use_chain(ctx, c);

	if (good)
		pkey = PEM_read_bio_PrivateKey(k, NULL, NULL, NULL);
	good = pkey && SSL_CTX_use_PrivateKey(ctx, pkey) == 1 &&
	       SSL_CTX_check_private_key(ctx) == 1;
	EVP_PKEY_free(pkey);
	BIO_free(c);
	BIO_free(k);
	ERR_clear_error();
	return good;
}

int sip_stack_certificate(struct sip_stack *s, const char *cert,
			  const char *key)
{
	struct stack_tls *t = NULL;
	SSL_CTX *ctx;
	int err;

	if (!s || text_empty(cert) || text_empty(key))
		return EINVAL;
	if (s->tls)
		return EALREADY;
	err = make(&t);
	if (err)
		return err;
	ctx = tls_openssl_context(t->tls);
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION)) {
		err = ENOMEM;
	} else if (!use_pair(ctx, cert, key)) {
		err = EINVAL;
	} else {
		SSL_CTX_set_options(ctx,
				    SSL_OP_NO_RENEGOTIATION |
					    SSL_OP_CIPHER_SERVER_PREFERENCE);
		SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
		SSL_CTX_set_cert_verify_callback(ctx, nobody, NULL);
		SSL_CTX_set_info_callback(ctx, no_client);
		t->applied = true;
	}
	if (err)
		mem_deref(t);
	else
		s->tls = t;
	return err;
}

/* --- a client ----------------------------------------------------------- */

static bool is_for(const struct stack_tls *t, const struct sip_account *a)
{
	return t->trust && !strcasecmp(t->host, a->host) &&
	       t->pinned == a->accepts.is &&
	       (!t->pinned || net_pin_equal(&t->pin, &a->accepts.pin));
}

static bool others(const struct sip_account *a)
{
	struct le *le;

	for (le = a->stack->accounts.head; le; le = le->next) {
		if (le->data != a &&
		    ((struct sip_account *)le->data)->transport == SIP_TLS)
			return true;
	}
	return false;
}

int tls_trust(struct sip_account *a)
{
	struct sip_stack *s = a->stack;
	struct net_trust_prm prm = {
		.host = a->host,
		.pin = a->accepts.is ? &a->accepts.pin : NULL,
	};
	struct stack_tls *t = NULL;
	int err = 0;

	if (s->tls && !is_for(s->tls, a) && (!s->tls->trust || others(a)))
		return EBUSY;
	if (s->tls && is_for(s->tls, a) && !tls_refused(s))
		return 0;
	if (!s->net)
		err = net_alloc(&s->net);
	if (!err)
		err = make(&t);
	prm.net = s->net;
	if (!err)
		err = net_trust_alloc(&t->trust, &prm);
	if (!err)
		err = text_set(&t->host, a->host);
	if (err) {
		mem_deref(t);
		return err;
	}
	t->pinned = a->accepts.is;
	t->pin = a->accepts.pin;
	if (s->tls) {
		/* Connections that the old one has accepted go with it. */
		mem_deref(s->tls);
		s->tls = t;
		stack_rebind(s);
	}
	s->tls = t;
	return 0;
}

int tls_prepare(struct sip_account *a, void (*h)(void *arg), void *arg)
{
	int err = a->stack->tls ? 0 : tls_trust(a);

	return err ? err
		   : net_trust_wait(&a->trust_wait, a->stack->tls->trust, h,
				    arg);
}

int tls_context(struct sip_stack *s, struct tls **tlsp)
{
	struct stack_tls *t = s->tls;
	int err;

	if (!t)
		return ENOKEY;
	if (!t->applied) {
		err = net_trust_apply(t->trust, tls_openssl_context(t->tls));
		if (err)
			return err;
		t->applied = true;
	}
	*tlsp = t->tls;
	return 0;
}

const struct net_certificate *tls_refused(const struct sip_stack *s)
{
	return s->tls && s->tls->trust ? net_trust_refused(s->tls->trust)
				       : NULL;
}
