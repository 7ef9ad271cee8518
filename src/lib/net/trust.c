/**
 * @file trust.c  Certificates judged inside the TLS handshake
 *
 * A look at the certificate after the handshake would be too late: by then
 * the request may have left. OpenSSL's verify callback decides before.
 */
#include <arpa/inet.h>
#include <stdlib.h>

#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include "net_int.h"

#define LOG_MODULE "net"

struct net_trust {
	struct net *net;
	char *host;   /**< without brackets */
	bool numeric; /**< host is an address */
	bool pinned;
	struct net_pin pin;
	struct net_certificate *refused;
};

static void destructor(void *arg)
{
	struct net_trust *t = arg;

	mem_deref(t->refused);
	free(t->host);
	mem_deref(t->net);
}

static bool is_address(const char *host)
{
	uint8_t buf[16];

	return inet_pton(AF_INET, host, buf) == 1 ||
	       inet_pton(AF_INET6, host, buf) == 1;
}

static char *without_brackets(const char *host)
{
	size_t n = strlen(host);

	if (n >= 2 && host[0] == '[' && host[n - 1] == ']')
		return text_printf("%.*s", (int)(n - 2), host + 1);
	return text_dup(host);
}

int net_trust_alloc(struct net_trust **tp, const struct net_trust_prm *prm)
{
	struct net_trust *t;

	if (!tp || !prm || !prm->net || text_empty(prm->host))
		return EINVAL;
	t = mem_zalloc(sizeof(*t), destructor);
	if (!t)
		return ENOMEM;
	t->net = mem_ref(prm->net);
	t->host = without_brackets(prm->host);
	if (!t->host) {
		mem_deref(t);
		return ENOMEM;
	}
	t->numeric = is_address(t->host);
	if (prm->pin) {
		t->pinned = true;
		t->pin = *prm->pin;
	}
	*tp = t;
	return 0;
}

const struct net_certificate *net_trust_refused(const struct net_trust *t)
{
	return t ? t->refused : NULL;
}

static enum net_fault fault_of(int error)
{
	switch (error) {
	case X509_V_ERR_HOSTNAME_MISMATCH:
	case X509_V_ERR_IP_ADDRESS_MISMATCH:
		return NET_FAULT_NAME;
	case X509_V_ERR_DEPTH_ZERO_SELF_SIGNED_CERT:
	case X509_V_ERR_SELF_SIGNED_CERT_IN_CHAIN:
		return NET_FAULT_SELF_SIGNED;
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT:
	case X509_V_ERR_UNABLE_TO_GET_ISSUER_CERT_LOCALLY:
	case X509_V_ERR_UNABLE_TO_VERIFY_LEAF_SIGNATURE:
	case X509_V_ERR_CERT_UNTRUSTED:
		return NET_FAULT_ISSUER;
	case X509_V_ERR_CERT_HAS_EXPIRED:
	case X509_V_ERR_CERT_NOT_YET_VALID:
		return NET_FAULT_EXPIRED;
	default:
		return NET_FAULT_OTHER;
	}
}

static int refuse(struct net_trust *t, X509_STORE_CTX *ctx, X509 *x,
		  enum net_fault fault)
{
	t->refused = mem_deref(t->refused);
	if (net_int_certificate(&t->refused, x, t->host, fault))
		log_warn("a refused certificate could not be described");
	if (X509_STORE_CTX_get_error(ctx) == X509_V_OK)
		X509_STORE_CTX_set_error(ctx, X509_V_ERR_CERT_REJECTED);
	return 0;
}

static bool set_name(const struct net_trust *t, X509_STORE_CTX *ctx)
{
	X509_VERIFY_PARAM *p = X509_STORE_CTX_get0_param(ctx);

	X509_VERIFY_PARAM_set_hostflags(p,
					X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
	return t->numeric ? X509_VERIFY_PARAM_set1_ip_asc(p, t->host)
			  : X509_VERIFY_PARAM_set1_host(p, t->host, 0);
}

/* OpenSSL's cert_verify_callback: 1 accepts. */
static int judge(X509_STORE_CTX *ctx, void *arg)
{
	struct net_trust *t = arg;
	X509 *x = X509_STORE_CTX_get0_cert(ctx);
	struct net_pin got;

	if (!x || net_int_digest(&got, x))
		return 0;
	if (t->pinned) {
		if (!net_pin_equal(&got, &t->pin))
			return refuse(t, ctx, x, NET_FAULT_CHANGED);
		X509_STORE_CTX_set_error(ctx, X509_V_OK);
		return 1;
	}
	if (!set_name(t, ctx))
		return 0;
	if (X509_verify_cert(ctx) == 1)
		return 1;
	return refuse(t, ctx, x, fault_of(X509_STORE_CTX_get_error(ctx)));
}

/* --- waiting for the system's certificates ------------------------------- */

struct net_wait {
	struct net_waiter w;
	struct net *net;
	void (*h)(void *arg);
	void *arg;
};

static void wait_destructor(void *arg)
{
	struct net_wait *w = arg;

	list_unlink(&w->w.le);
	mem_deref(w->net);
}

static void wait_over(void *arg)
{
	struct net_wait *w = arg;

	w->h(w->arg);
}

int net_trust_wait(struct net_wait **wp, struct net_trust *t,
		   void (*h)(void *arg), void *arg)
{
	struct net_wait *w;
	int err;

	if (!wp || !t || !h)
		return EINVAL;
	if (t->pinned)
		return 0;
	w = mem_zalloc(sizeof(*w), wait_destructor);
	if (!w)
		return ENOMEM;
	w->net = mem_ref(t->net);
	w->h = h;
	w->arg = arg;
	w->w.h = wait_over;
	w->w.arg = w;
	err = net_int_store_wait(t->net, &w->w);
	if (err == EINPROGRESS)
		*wp = w;
	else
		mem_deref(w);
	return err;
}

/* --- into a context ------------------------------------------------------ */

static void release(void *parent, void *ptr, CRYPTO_EX_DATA *ad, int idx,
		    long argl, void *argp)
{
	(void)parent;
	(void)ad;
	(void)idx;
	(void)argl;
	(void)argp;

	mem_deref(ptr);
}

/* OpenSSL counts such places per process, so ours is asked for once. */
static int release_index(void)
{
	static int index = -1;

	if (index < 0)
		index = SSL_CTX_get_ex_new_index(0, NULL, NULL, NULL, release);
	return index;
}

/* libre sends no server name by itself; libcurl does. */
static void send_name(const SSL *ssl, int where, int ret)
{
	struct net_trust *t;
	(void)ret;

	if (!(where & SSL_CB_HANDSHAKE_START))
		return;
	t = SSL_CTX_get_ex_data(SSL_get_SSL_CTX(ssl), release_index());
	if (t && !t->numeric &&
	    !SSL_get_servername(ssl, TLSEXT_NAMETYPE_host_name)) {
		SSL *s = (SSL *)(uintptr_t)ssl;

		if (!SSL_set_tlsext_host_name(s, t->host))
			log_warn("no server name could be set");
	}
}

int net_trust_apply(struct net_trust *t, void *ssl_ctx)
{
	SSL_CTX *ctx = ssl_ctx;
	int index = release_index();

	if (!t || !ctx)
		return EINVAL;
	if (index < 0)
		return ENOMEM;
	if (!t->pinned && (net_int_store_load(t->net) ||
			   !SSL_CTX_set1_verify_cert_store(ctx, t->net->store)))
		return EIO;
	if (!SSL_CTX_set_min_proto_version(ctx, TLS1_2_VERSION))
		return EIO;
	/* The last owner goes with the context, whoever frees that. */
	mem_deref(SSL_CTX_get_ex_data(ctx, index));
	if (!SSL_CTX_set_ex_data(ctx, index, mem_ref(t))) {
		mem_deref(t);
		return ENOMEM;
	}
	SSL_CTX_set_options(ctx, SSL_OP_NO_RENEGOTIATION);
	/* A resumed session would not be judged again. */
	SSL_CTX_set_session_cache_mode(ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_verify(ctx, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(ctx, judge, t);
	SSL_CTX_set_info_callback(ctx, send_name);
	return 0;
}
