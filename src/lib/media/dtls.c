/**
 * @file dtls.c  Keys agreed on beside the sound (RFC 5763, RFC 5764)
 *
 * One association for each socket, run by whichever thread has the lock, by
 * what arrives and by the stream's frames: it never waits. The certificate is
 * our own; what makes it trustworthy is its fingerprint in the SDP.
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include "media_int.h"

#define LOG_MODULE "media"

enum {
	MTU = 1200, /* fits through any way */
	FIRST_WAIT_US = 250000,
	LONGEST_WAIT_US = 2000000,
	GIVE_UP_US = 10000000,
	SERIAL_BITS = 63,
	VALID_S = 10 * 365 * 24 * 3600, /* nobody looks */
	CLOCKS_DIFFER_S = 24 * 3600,
};

/* What DTLS agrees on (RFC 5764 §4.1.2, RFC 7714 §14.2); the names say in
 * which order we would have it. */
static const char profile_names[] = "SRTP_AEAD_AES_256_GCM:"
				    "SRTP_AEAD_AES_128_GCM:"
				    "SRTP_AES128_CM_SHA1_80:"
				    "SRTP_AES128_CM_SHA1_32";
static const struct {
	unsigned long id;
	enum media_suite suite;
	size_t key_len, salt_len;
} profiles[] = {
	{SRTP_AEAD_AES_256_GCM, MEDIA_SUITE_AEAD_256, 32, 12},
	{SRTP_AEAD_AES_128_GCM, MEDIA_SUITE_AEAD_128, 16, 12},
	{SRTP_AES128_CM_SHA1_80, MEDIA_SUITE_AES_128_80, 16, 14},
	{SRTP_AES128_CM_SHA1_32, MEDIA_SUITE_AES_128_32, 16, 14},
};

struct dtls_identity {
	SSL_CTX *ctx;
	BIO_METHOD *method;
	char *fingerprint;
};

struct dtls {
	SSL *ssl;
	struct media_stream *s;
	int which;
	bool client;
	const char *fingerprint; /* the one they should have; the stream's */
	const uint8_t *in;	 /* what has arrived */
	size_t in_len;
	enum dtls_state state;
	uint64_t since_us;
	bool again;	 /* a client that failed begins with the next frame */
	const char *why; /* it failed last, or NULL */
};

/* --- datagrams ---------------------------------------------------------- */

static int bio_write(BIO *b, const char *p, int n)
{
	struct dtls *d = BIO_get_data(b);

	/* What can't be sent is lost, as on the way. */
	if (n > 0)
		stream_put_raw(d->s, d->which, (const uint8_t *)p, (size_t)n);
	return n;
}

static int bio_read(BIO *b, char *p, int max)
{
	struct dtls *d = BIO_get_data(b);
	size_t n = d->in_len;

	BIO_clear_retry_flags(b);
	if (!n || max <= 0) {
		BIO_set_retry_read(b);
		return -1;
	}
	if (n > (size_t)max)
		n = (size_t)max;
	memcpy(p, d->in, n);
	d->in_len = 0;
	return (int)n;
}

static long bio_ctrl(BIO *b, int cmd, long num, void *ptr)
{
	(void)b;
	(void)num;
	(void)ptr;
	switch (cmd) {
	case BIO_CTRL_FLUSH:
	case BIO_CTRL_DGRAM_SET_NEXT_TIMEOUT:
		return 1;
	case BIO_CTRL_DGRAM_QUERY_MTU:
		return MTU;
	default:
		return 0;
	}
}

static int bio_create(BIO *b)
{
	BIO_set_init(b, 1);
	return 1;
}

/* --- our certificate ---------------------------------------------------- */

/* Names nobody: it says no more than the key does. */
static X509 *make_certificate(EVP_PKEY *key)
{
	X509 *cert = X509_new();
	X509_NAME *name;
	uint64_t serial;

	if (!cert)
		return NULL;
	random_bytes(&serial, sizeof(serial));
	name = X509_get_subject_name(cert);
	if (X509_set_version(cert, 2) &&
	    ASN1_INTEGER_set_uint64(X509_get_serialNumber(cert),
				    serial >> (64 - SERIAL_BITS)) &&
	    X509_gmtime_adj(X509_getm_notBefore(cert), -CLOCKS_DIFFER_S) &&
	    X509_gmtime_adj(X509_getm_notAfter(cert), VALID_S) &&
	    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC,
				       (const unsigned char *)"media", -1, -1,
				       0) &&
	    X509_set_issuer_name(cert, name) && X509_set_pubkey(cert, key) &&
	    X509_sign(cert, key, EVP_sha256()))
		return cert;
	X509_free(cert);
	return NULL;
}

static int any_certificate(int ok, X509_STORE_CTX *ctx)
{
	(void)ok;
	(void)ctx;
	return 1; /* by its fingerprint, once the handshake is done */
}

static char *fingerprint_of(const X509 *cert, const EVP_MD *md,
			    const char *name)
{
	uint8_t digest[EVP_MAX_MD_SIZE];
	struct text_buf b = {0};
	unsigned n = 0;

	if (!X509_digest(cert, md, digest, &n))
		return NULL;
	text_buf_printf(&b, "%s ", name);
	for (unsigned i = 0; i < n; i++)
		text_buf_printf(&b, i ? ":%02X" : "%02X", digest[i]);
	return text_buf_take(&b);
}

static void identity_free(struct dtls_identity *id)
{
	if (!id)
		return;
	SSL_CTX_free(id->ctx);
	BIO_meth_free(id->method);
	free(id->fingerprint);
	free(id);
}

static bool set_up(struct dtls_identity *id, EVP_PKEY *key, X509 *cert)
{
	id->ctx = SSL_CTX_new(DTLS_method());
	id->method = BIO_meth_new(BIO_get_new_index() | BIO_TYPE_SOURCE_SINK,
				  "stream");
	if (!id->ctx || !id->method)
		return false;
	BIO_meth_set_write(id->method, bio_write);
	BIO_meth_set_read(id->method, bio_read);
	BIO_meth_set_ctrl(id->method, bio_ctrl);
	BIO_meth_set_create(id->method, bio_create);
	SSL_CTX_set_verify(id->ctx,
			   SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT,
			   any_certificate);
	SSL_CTX_set_session_cache_mode(id->ctx, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_options(id->ctx, SSL_OP_NO_TICKET | SSL_OP_NO_QUERY_MTU |
					     SSL_OP_NO_RENEGOTIATION |
					     SSL_OP_NO_COMPRESSION);
	/* most of a call it has nothing to say */
	SSL_CTX_set_mode(id->ctx, SSL_MODE_RELEASE_BUFFERS);
	SSL_CTX_set_read_ahead(id->ctx, 1);
	id->fingerprint = fingerprint_of(cert, EVP_sha256(), "SHA-256");
	return id->fingerprint &&
	       SSL_CTX_set_min_proto_version(id->ctx, DTLS1_2_VERSION) &&
	       !SSL_CTX_set_tlsext_use_srtp(id->ctx, profile_names) &&
	       SSL_CTX_use_certificate(id->ctx, cert) == 1 &&
	       SSL_CTX_use_PrivateKey(id->ctx, key) == 1;
}

static struct dtls_identity *identity_alloc(void)
{
	struct dtls_identity *id = calloc(1, sizeof(*id));
	EVP_PKEY *key = EVP_EC_gen("P-256");
	X509 *cert = key ? make_certificate(key) : NULL;

	if (id && (!cert || !set_up(id, key, cert))) {
		log_error("no certificate for DTLS could be made");
		identity_free(id);
		id = NULL;
	}
	X509_free(cert);
	EVP_PKEY_free(key);
	ERR_clear_error();
	return id;
}

/* --- made beside the loop ----------------------------------------------- */

struct making {
	struct media *m;
	struct dtls_identity *made;
};

static int make_it(void *arg)
{
	struct making *k = arg;

	k->made = identity_alloc();
	return 0;
}

static void is_made(int err, void *arg)
{
	struct making *k = arg;
	struct media *m = k->m;
	(void)err;

	/* Whoever could not wait has made another one. */
	if (m->identity)
		identity_free(k->made);
	else
		m->identity = k->made;
	free(k);
	m->making = mem_deref(m->making);
}

void dtls_close(struct media *m)
{
	struct job_queue *making = m->making;

	/* It tells of what is done yet. */
	m->making = NULL;
	mem_deref(making);
	identity_free(m->identity);
}

void media_prepare(struct media *m)
{
	struct making *k;

	if (!m || m->identity || m->making)
		return;
	k = calloc(1, sizeof(*k));
	if (!k)
		return;
	k->m = m;
	if (job_queue_alloc(&m->making, "certificate", 1) ||
	    job_run(m->making, make_it, is_made, k)) {
		m->making = mem_deref(m->making);
		free(k);
	}
}

const char *media_fingerprint(struct media *m)
{
	if (!m)
		return NULL;
	if (!m->identity)
		m->identity = identity_alloc();
	return m->identity ? m->identity->fingerprint : NULL;
}

/* --- theirs ------------------------------------------------------------- */

static const struct {
	const char *name;
	const EVP_MD *(*md)(void);
	int len;
} hashes[] = {
	{"SHA-256", EVP_sha256, 32},
	{"SHA-384", EVP_sha384, 48},
	{"SHA-512", EVP_sha512, 64},
};

/* Which of the hashes this fingerprint is made by; -1: none that counts. */
static int hash_of(const char *fingerprint)
{
	for (size_t i = 0; i < ARRAY_SIZE(hashes); i++) {
		size_t n = strlen(hashes[i].name);
		const char *p = fingerprint + n;
		int len = 0;

		if (strncasecmp(fingerprint, hashes[i].name, n) || *p++ != ' ')
			continue;
		while (isxdigit((unsigned char)p[0]) &&
		       isxdigit((unsigned char)p[1])) {
			len++;
			p += 2;
			if (*p != ':')
				break;
			p++;
		}
		return !*p && len == hashes[i].len ? (int)i : -1;
	}
	return -1;
}

bool media_is_fingerprint(const char *fingerprint)
{
	return fingerprint && hash_of(fingerprint) >= 0;
}

static bool is_theirs(const X509 *cert, const char *fingerprint)
{
	int i = hash_of(fingerprint);
	char *is = i >= 0 && cert ? fingerprint_of(cert, hashes[i].md(),
						   hashes[i].name)
				  : NULL;
	bool yes = is && !strcasecmp(is, fingerprint);

	free(is);
	return yes;
}

/* --- an association ----------------------------------------------------- */

static unsigned next_wait(SSL *ssl, unsigned us)
{
	(void)ssl;
	return !us			  ? FIRST_WAIT_US
	       : us * 2 < LONGEST_WAIT_US ? us * 2
					  : LONGEST_WAIT_US;
}

void dtls_free(struct dtls *d)
{
	if (!d)
		return;
	SSL_free(d->ssl);
	free(d);
}

static int begin(struct dtls *d)
{
	struct dtls_identity *id = d->s->m->identity;
	BIO *bio = BIO_new(id->method);

	SSL_free(d->ssl);
	d->ssl = bio ? SSL_new(id->ctx) : NULL;
	if (!d->ssl) {
		BIO_free(bio);
		return ENOMEM;
	}
	BIO_set_data(bio, d);
	SSL_set_bio(d->ssl, bio, bio);
	SSL_set_mtu(d->ssl, MTU);
	DTLS_set_timer_cb(d->ssl, next_wait);
	if (d->client)
		SSL_set_connect_state(d->ssl);
	else
		SSL_set_accept_state(d->ssl);
	return 0;
}

int dtls_alloc(struct dtls **dp, struct media_stream *s, int which, bool client,
	       const char *fingerprint)
{
	struct dtls *d;
	int err;

	if (!media_fingerprint(s->m))
		return EIO;
	d = calloc(1, sizeof(*d));
	if (!d)
		return ENOMEM;
	d->s = s;
	d->which = which;
	d->client = client;
	d->fingerprint = fingerprint;
	err = begin(d);
	if (err)
		dtls_free(d);
	else
		*dp = d;
	return err;
}

/* RFC 5764 §4.2: both keys, then both salts, the client's first. */
static int take_keys(struct dtls *d)
{
	static const char label[] = "EXTRACTOR-dtls_srtp";
	const SRTP_PROTECTION_PROFILE *agreed =
		SSL_get_selected_srtp_profile(d->ssl);
	uint8_t all[2 * MEDIA_KEY_MAX], keys[2][MEDIA_KEY_MAX];
	size_t key, salt, which = 0;
	enum media_suite suite;
	int err;

	while (agreed && which < ARRAY_SIZE(profiles) &&
	       profiles[which].id != agreed->id)
		which++;
	if (!agreed || which == ARRAY_SIZE(profiles))
		return EPROTO;
	suite = profiles[which].suite;
	key = profiles[which].key_len;
	salt = profiles[which].salt_len;
	if (SSL_export_keying_material(d->ssl, all, 2 * (key + salt), label,
				       sizeof(label) - 1, NULL, 0, 0) != 1)
		return EPROTO;
	for (size_t i = 0; i < 2; i++) {
		memcpy(keys[i], all + i * key, key);
		memcpy(keys[i] + key, all + 2 * key + i * salt, salt);
	}
	err = secure_set(d->s, d->which, suite, keys[!d->client],
			 keys[d->client]);
	if (!err && d->s->ways.mux)
		err = secure_set(d->s, RTCP, suite, keys[!d->client],
				 keys[d->client]);
	explicit_bzero(all, sizeof(all));
	explicit_bzero(keys, sizeof(keys));
	return err;
}

static void finished(struct dtls *d)
{
	X509 *cert = SSL_get1_peer_certificate(d->ssl);

	d->state = DTLS_FAILED;
	if (!is_theirs(cert, d->fingerprint))
		log_warn("DTLS: not the certificate that was announced");
	else if (take_keys(d))
		log_warn("DTLS: no keys for the sound were agreed on");
	else
		d->state = DTLS_DONE;
	X509_free(cert);
}

/* Without memory for it there is nothing left to go on with. */
static void begin_again(struct dtls *d)
{
	if (begin(d))
		d->state = DTLS_FAILED;
	else
		d->again = d->client;
}

static void go_on(struct dtls *d)
{
	int n;

	ERR_clear_error();
	n = SSL_do_handshake(d->ssl);
	if (n == 1) {
		finished(d);
		return;
	}
	n = SSL_get_error(d->ssl, n);
	if (n == SSL_ERROR_WANT_READ || n == SSL_ERROR_WANT_WRITE)
		return;
	/* Until it is done anybody's packet can end it: so it begins anew,
	 * as long as there is time. */
	d->why = ERR_reason_error_string(ERR_peek_last_error());
	begin_again(d);
}

enum dtls_state dtls_take(struct dtls *d, const uint8_t *p, size_t len)
{
	uint8_t none[1];

	d->in = p;
	d->in_len = len;
	if (d->state == DTLS_TRYING) {
		go_on(d);
	} else if (d->state == DTLS_DONE) {
		/* The last flight again, or an alert: answered in here. */
		ERR_clear_error();
		(void)SSL_read(d->ssl, none, sizeof(none));
	}
	d->in_len = 0;
	return d->state;
}

enum dtls_state dtls_tick(struct dtls *d, uint64_t now_us)
{
	if (d->state != DTLS_TRYING)
		return d->state;
	if (!d->since_us) {
		d->since_us = now_us;
		d->again = d->client;
	}
	if (now_us - d->since_us > GIVE_UP_US) {
		log_warn("DTLS: %s", d->why ? d->why : "no answer");
		d->state = DTLS_FAILED;
	} else if (d->again) {
		d->again = false;
		go_on(d);
	} else {
		ERR_clear_error();
		if (DTLSv1_handle_timeout(d->ssl) < 0 && d->client)
			begin_again(d);
	}
	return d->state;
}
