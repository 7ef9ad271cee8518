/**
 * @file certificate.c  Certificates as people see them, and their pins
 */
#include <stdlib.h>

#include <openssl/bio.h>
#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include "net_int.h"

#define LOG_MODULE "net"

/** Names kept of a certificate that has thousands. */
enum { NAMES_MAX = 16 };

static int hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	if (c >= 'A' && c <= 'F')
		return c - 'A' + 10;
	return -1;
}

int net_pin_read(struct net_pin *pin, const char *fingerprint)
{
	struct net_pin got = {0};
	unsigned n = 0;

	if (!pin || !fingerprint)
		return EINVAL;
	for (const char *s = fingerprint; *s; s++) {
		int d = hex_digit(*s);

		if (*s == ':' || *s == ' ')
			continue;
		if (d < 0 || n >= 2 * sizeof(got.sha256))
			return EINVAL;
		got.sha256[n / 2] =
			(uint8_t)(n % 2 ? got.sha256[n / 2] | d : d << 4);
		n++;
	}
	if (n != 2 * sizeof(got.sha256))
		return EINVAL;
	*pin = got;
	return 0;
}

void net_pin_write(char *buf, const struct net_pin *pin)
{
	static const char digits[] = "0123456789ABCDEF";

	if (!buf || !pin)
		return;
	for (size_t i = 0; i < sizeof(pin->sha256); i++) {
		buf[3 * i] = digits[pin->sha256[i] >> 4];
		buf[3 * i + 1] = digits[pin->sha256[i] & 15];
		buf[3 * i + 2] = i + 1 < sizeof(pin->sha256) ? ':' : '\0';
	}
}

bool net_pin_equal(const struct net_pin *a, const struct net_pin *b)
{
	return a && b && !memcmp(a->sha256, b->sha256, sizeof(a->sha256));
}

int net_int_digest(struct net_pin *pin, X509 *x)
{
	unsigned n = 0;

	if (!X509_digest(x, EVP_sha256(), pin->sha256, &n) ||
	    n != sizeof(pin->sha256))
		return EIO;
	return 0;
}

static char *clean_bio(BIO *bio)
{
	char *data = NULL;
	long n = BIO_get_mem_data(bio, &data);

	return text_clean(n > 0 ? data : "", n > 0 ? (size_t)n : 0,
			  TEXT_LINE_MAX);
}

/* "CN = uc.example, O = Strowger", most particular first. */
static char *name_text(const X509_NAME *name)
{
	BIO *bio = BIO_new(BIO_s_mem());
	unsigned long how =
		XN_FLAG_RFC2253 & ~(unsigned long)ASN1_STRFLGS_ESC_MSB;
	char *s;

	if (!bio)
		return NULL;
	how &= ~(unsigned long)XN_FLAG_SEP_MASK;
	how |= XN_FLAG_SEP_CPLUS_SPC;
	how |= ASN1_STRFLGS_UTF8_CONVERT;
	if (name)
		X509_NAME_print_ex(bio, name, 0, how);
	s = clean_bio(bio);
	BIO_free(bio);
	return s;
}

static char *time_text(const ASN1_TIME *t)
{
	struct tm tm;

	if (!t || !ASN1_TIME_to_tm(t, &tm))
		return text_dup("?");
	return text_printf("%04d-%02d-%02d %02d:%02d", tm.tm_year + 1900,
			   tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min);
}

static void add_address(struct text_buf *b, const ASN1_OCTET_STRING *ip)
{
	const uint8_t *p = ASN1_STRING_get0_data(ip);
	int n = ASN1_STRING_length(ip);
	struct sa sa;

	if (n == 4) {
		text_buf_printf(b, "%u.%u.%u.%u", p[0], p[1], p[2], p[3]);
	} else if (n == 16) {
		char buf[64];

		sa_set_in6(&sa, p, 0);
		if (re_snprintf(buf, sizeof(buf), "%j", &sa) > 0)
			text_buf_add(b, buf);
	} else {
		text_buf_add(b, "?");
	}
}

static char *names_text(X509 *x)
{
	GENERAL_NAMES *names =
		X509_get_ext_d2i(x, NID_subject_alt_name, NULL, NULL);
	struct text_buf b = {0};
	char *raw, *s;
	int shown = 0;

	for (int i = 0; names && i < sk_GENERAL_NAME_num(names); i++) {
		const GENERAL_NAME *g = sk_GENERAL_NAME_value(names, i);

		if (g->type != GEN_DNS && g->type != GEN_IPADD)
			continue;
		if (shown++)
			text_buf_add(&b, ", ");
		if (shown > NAMES_MAX) {
			text_buf_add(&b, "…");
			break;
		}
		if (g->type == GEN_IPADD)
			add_address(&b, g->d.iPAddress);
		else
			text_buf_add_n(
				&b,
				(const char *)ASN1_STRING_get0_data(
					g->d.dNSName),
				(size_t)ASN1_STRING_length(g->d.dNSName));
	}
	GENERAL_NAMES_free(names);
	raw = text_buf_take(&b);
	s = text_clean(raw, (size_t)-1, TEXT_LINE_MAX);
	free(raw);
	return s;
}

static void destructor(void *arg)
{
	struct net_certificate *c = arg;

	free(c->host);
	free(c->subject);
	free(c->issuer);
	free(c->names);
	free(c->valid_from);
	free(c->valid_to);
}

int net_int_certificate(struct net_certificate **cp, X509 *x, const char *host,
			enum net_fault fault)
{
	struct net_certificate *c = mem_zalloc(sizeof(*c), destructor);
	int err = ENOMEM;

	if (!c)
		return ENOMEM;
	c->fault = fault;
	c->host = text_clean(host, (size_t)-1, TEXT_LINE_MAX);
	c->subject = name_text(X509_get_subject_name(x));
	c->issuer = name_text(X509_get_issuer_name(x));
	c->names = names_text(x);
	c->valid_from = time_text(X509_get0_notBefore(x));
	c->valid_to = time_text(X509_get0_notAfter(x));
	if (!c->host || !c->subject || !c->issuer || !c->names ||
	    !c->valid_from || !c->valid_to)
		goto out;
	err = net_int_digest(&c->pin, x);
	if (err)
		goto out;
	net_pin_write(c->fingerprint, &c->pin);
	*cp = c;
	return 0;
out:
	mem_deref(c);
	return err;
}
