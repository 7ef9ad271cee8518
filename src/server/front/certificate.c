/**
 * @file certificate.c  The server's key and certificate, made at first start
 *
 * Self-signed, as real systems have them: clients pin it. An administrator
 * may put another pair in its place.
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <arpa/inet.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>
#include <stdlib.h>
#include <unistd.h>

enum { PEM_MAX = 65536, YEARS = 10 };

static int errno_of(int rc)
{
	if (rc < 0)
		log_error("certificate: %s", gnutls_strerror(rc));
	return rc < 0 ? EPROTO : 0;
}

static char *pem_text(const gnutls_datum_t *d)
{
	char *s = malloc(d->size + 1);

	if (s) {
		memcpy(s, d->data, d->size);
		s[d->size] = 0;
	}
	return s;
}

static int names(gnutls_x509_crt_t crt)
{
	static const uint8_t v4[4] = {127, 0, 0, 1};
	static const uint8_t v6[16] = {[15] = 1};
	char host[256] = "";
	int rc;

	gethostname(host, sizeof(host) - 1);
	if (!*host)
		strcpy(host, "localhost");
	rc = gnutls_x509_crt_set_dn_by_oid(crt, GNUTLS_OID_X520_COMMON_NAME, 0,
					   host, (unsigned)strlen(host));
	if (rc >= 0)
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_DNSNAME, host, (unsigned)strlen(host),
			GNUTLS_FSAN_SET);
	if (rc >= 0 && strcmp(host, "localhost"))
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_DNSNAME, "localhost", 9,
			GNUTLS_FSAN_APPEND);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_IPADDRESS, v4, sizeof(v4),
			GNUTLS_FSAN_APPEND);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_subject_alt_name(
			crt, GNUTLS_SAN_IPADDRESS, v6, sizeof(v6),
			GNUTLS_FSAN_APPEND);
	return rc;
}

static int fill(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key)
{
	time_t now = time(NULL);
	uint8_t serial[16];
	int rc;

	random_bytes(serial, sizeof(serial));
	serial[0] = (serial[0] & 0x7f) | 1; /* positive, and not empty */
	rc = gnutls_x509_crt_set_version(crt, 3);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_serial(crt, serial, sizeof(serial));
	/* A clock that is a little behind must not refuse it. */
	if (rc >= 0)
		rc = gnutls_x509_crt_set_activation_time(crt, now - 86400);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_expiration_time(
			crt, now + YEARS * 365ll * 86400);
	if (rc >= 0)
		rc = names(crt);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_basic_constraints(crt, 0, -1);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_usage(
			crt, GNUTLS_KEY_DIGITAL_SIGNATURE);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key_purpose_oid(
			crt, GNUTLS_KP_TLS_WWW_SERVER, 0);
	if (rc >= 0)
		rc = gnutls_x509_crt_set_key(crt, key);
	if (rc >= 0)
		rc = gnutls_x509_crt_sign2(crt, crt, key, GNUTLS_DIG_SHA256, 0);
	return rc;
}

static int export_pair(gnutls_x509_crt_t crt, gnutls_x509_privkey_t key,
		       char **keyp, char **certp)
{
	gnutls_datum_t k = {NULL, 0}, c = {NULL, 0};
	int rc = gnutls_x509_privkey_export2(key, GNUTLS_X509_FMT_PEM, &k);

	if (rc >= 0)
		rc = gnutls_x509_crt_export2(crt, GNUTLS_X509_FMT_PEM, &c);
	if (rc >= 0) {
		*keyp = pem_text(&k);
		*certp = pem_text(&c);
	}
	if (k.data)
		explicit_bzero(k.data, k.size);
	gnutls_free(k.data);
	gnutls_free(c.data);
	if (rc < 0)
		return errno_of(rc);
	return *keyp && *certp ? 0 : ENOMEM;
}

static int make(char **keyp, char **certp)
{
	gnutls_x509_privkey_t key = NULL;
	gnutls_x509_crt_t crt = NULL;
	int rc, err;

	rc = gnutls_x509_privkey_init(&key);
	if (rc >= 0)
		rc = gnutls_x509_privkey_generate(
			key, GNUTLS_PK_ECDSA,
			GNUTLS_CURVE_TO_BITS(GNUTLS_ECC_CURVE_SECP256R1), 0);
	if (rc >= 0)
		rc = gnutls_x509_crt_init(&crt);
	if (rc >= 0)
		rc = fill(crt, key);
	err = rc < 0 ? errno_of(rc) : export_pair(crt, key, keyp, certp);
	if (crt)
		gnutls_x509_crt_deinit(crt);
	if (key)
		gnutls_x509_privkey_deinit(key);
	return err;
}

/* The key first: a certificate on disk means that there is a key for it. */
static int store(const char *key_path, const char *cert_path, const char *key,
		 const char *cert)
{
	int err = file_write(key_path, key, strlen(key), 0600);

	return err ? err : file_write(cert_path, cert, strlen(cert), 0600);
}

int certificate_get(const char *dir, char **keyp, char **certp)
{
	char *key_path = text_printf("%s/tls.key", dir);
	char *cert_path = text_printf("%s/tls.crt", dir);
	size_t len;
	int err = key_path && cert_path ? 0 : ENOMEM;

	*keyp = *certp = NULL;
	if (!err)
		err = file_read(cert_path, PEM_MAX, certp, &len);
	if (!err) {
		err = file_read(key_path, PEM_MAX, keyp, &len);
		if (err == ENOENT)
			err = ENOKEY;
	} else if (err == ENOENT) {
		err = make(keyp, certp);
		if (!err)
			err = store(key_path, cert_path, *keyp, *certp);
	}
	free(key_path);
	free(cert_path);
	return err;
}
