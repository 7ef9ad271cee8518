/**
 * @file auth.c  Digest as a client: SHA-256 and MD5 (RFC 7616, RFC 8760)
 *
 * libre 1.1 knows MD5 only, and fails as soon as a server offers anything
 * else beside it. Its sessions and subscriptions authenticate themselves, so
 * these four functions stand in place of its own, which it calls through the
 * linker's table. A libre that knows SHA-256 needs no such file.
 */
#include <stdlib.h>
#include <openssl/evp.h>
#include "sip_int.h"

enum {
	HEX_MAX = 2 * EVP_MAX_MD_SIZE + 1,
	REALMS_MAX = 8,
	REQUEST_MS = 32000, /**< an answer so soon is to the request that had
				 our last digest (64 * T1) */
};

struct sip_auth {
	struct list realms;
	sip_auth_h *authh;
	void *arg;
	bool ref;
};

static const struct algorithm {
	const char *name;
	const EVP_MD *(*md)(void);
} algorithms[] = {
	{"MD5", EVP_md5}, /* where none is named */
	{"SHA-256", EVP_sha256},
};

struct realm {
	struct le le;
	enum sip_hdrid hdr; /**< of the challenge */
	const struct algorithm *algorithm;
	bool named; /**< the challenge names it */
	bool qop;
	char *realm, *nonce, *opaque, *user, *pass;
	uint32_t nc;
	bool fresh;	 /**< set by the message that is being read */
	uint64_t set_ms; /**< when */
};

static void realm_destructor(void *arg)
{
	struct realm *r = arg;

	list_unlink(&r->le);
	wipe(r->pass);
	mem_deref(r->realm);
	mem_deref(r->nonce);
	mem_deref(r->opaque);
	mem_deref(r->user);
	mem_deref(r->pass);
}

static void auth_destructor(void *arg)
{
	struct sip_auth *a = arg;

	list_flush(&a->realms);
	if (a->ref)
		mem_deref(a->arg);
}

int sip_auth_alloc(struct sip_auth **authp, sip_auth_h *authh, void *arg,
		   bool ref)
{
	struct sip_auth *a;

	if (!authp)
		return EINVAL;
	a = mem_zalloc(sizeof(*a), auth_destructor);
	if (!a)
		return ENOMEM;
	a->authh = authh;
	a->arg = ref ? mem_ref(arg) : arg;
	a->ref = ref;
	*authp = a;
	return 0;
}

void sip_auth_reset(struct sip_auth *a)
{
	if (a)
		list_flush(&a->realms);
}

/* --- challenges --------------------------------------------------------- */

static const struct algorithm *algorithm_of(const struct pl *name)
{
	if (!pl_isset(name))
		return algorithms;
	for (size_t i = 0; i < sizeof(algorithms) / sizeof(*algorithms); i++) {
		if (!pl_strcasecmp(name, algorithms[i].name))
			return &algorithms[i];
	}
	return NULL;
}

/* Is "auth" in the list "auth,auth-int"? */
static bool offers_auth(const struct pl *qop)
{
	const char *p = qop->p, *end = qop->p + qop->l;

	while (p < end) {
		struct pl word = {.p = p, .l = 0};

		while (p < end && *p != ',')
			p++;
		word.l = (size_t)(p++ - word.p);
		while (word.l && strchr(" \t", *word.p)) {
			word.p++;
			word.l--;
		}
		while (word.l && strchr(" \t", word.p[word.l - 1]))
			word.l--;
		if (!pl_strcasecmp(&word, "auth"))
			return true;
	}
	return false;
}

static struct realm *realm_find(const struct sip_auth *a, enum sip_hdrid hdr,
				const struct pl *name)
{
	struct le *le;

	for (le = a->realms.head; le; le = le->next) {
		struct realm *r = le->data;

		if (r->hdr == hdr && !pl_strcasecmp(name, r->realm))
			return r;
	}
	return NULL;
}

struct reading {
	struct sip_auth *auth;
	unsigned taken;
	int err;
};

static int realm_make(struct realm **rp, struct sip_auth *a,
		      const struct httpauth_digest_chall *ch)
{
	struct realm *r;
	int err;

	if (list_count(&a->realms) >= REALMS_MAX)
		return EAUTH;
	r = mem_zalloc(sizeof(*r), realm_destructor);
	if (!r)
		return ENOMEM;
	err = pl_strdup(&r->realm, &ch->realm);
	if (!err)
		err = a->authh ? a->authh(&r->user, &r->pass, r->realm, a->arg)
			       : EAUTH;
	if (err) {
		mem_deref(r);
		return err;
	}
	list_append(&a->realms, &r->le, r);
	*rp = r;
	return 0;
}

static int realm_set(struct realm *r, enum sip_hdrid hdr,
		     const struct algorithm *algorithm,
		     const struct httpauth_digest_chall *ch)
{
	int err;

	r->hdr = hdr;
	r->algorithm = algorithm;
	r->named = pl_isset(&ch->algorithm);
	r->qop = pl_isset(&ch->qop);
	r->nc = 1;
	r->fresh = true;
	r->set_ms = time_mono_ms();
	r->nonce = mem_deref(r->nonce);
	r->opaque = mem_deref(r->opaque);
	err = pl_strdup(&r->nonce, &ch->nonce);
	if (!err && pl_isset(&ch->opaque))
		err = pl_strdup(&r->opaque, &ch->opaque);
	return err;
}

/* What was just answered, and is asked again, was wrong, unless only the
 * nonce has become old. */
static bool was_wrong(const struct realm *r,
		      const struct httpauth_digest_chall *ch)
{
	return r && pl_strcasecmp(&ch->stale, "true") &&
	       time_mono_ms() - r->set_ms < REQUEST_MS;
}

static bool is_clean(const struct pl *pl)
{
	for (size_t i = 0; i < pl->l; i++) {
		if ((unsigned char)pl->p[i] < ' ' || pl->p[i] == 0x7f)
			return false;
	}
	return true;
}

/* The topmost that we know is the one to be answered (RFC 8760 §2.4); those
 * below it of the same realm, and those that we do not know, are not. */
static bool challenge_handler(const struct sip_hdr *hdr,
			      const struct sip_msg *msg, void *arg)
{
	struct httpauth_digest_chall ch;
	const struct algorithm *algorithm;
	struct reading *rd = arg;
	struct realm *r;
	(void)msg;

	if (httpauth_digest_challenge_decode(&ch, &hdr->val) ||
	    !is_clean(&ch.realm) || !is_clean(&ch.nonce) ||
	    !is_clean(&ch.opaque))
		return false;
	algorithm = algorithm_of(&ch.algorithm);
	if (!algorithm || (pl_isset(&ch.qop) && !offers_auth(&ch.qop)))
		return false;
	r = realm_find(rd->auth, hdr->id, &ch.realm);
	if (r && r->fresh)
		return false;
	if (was_wrong(r, &ch))
		rd->err = EAUTH;
	else if (!r)
		rd->err = realm_make(&r, rd->auth, &ch);
	if (!rd->err)
		rd->err = realm_set(r, hdr->id, algorithm, &ch);
	rd->taken += !rd->err;
	return rd->err != 0;
}

int sip_auth_authenticate(struct sip_auth *a, const struct sip_msg *msg)
{
	struct reading rd = {.auth = a};
	struct le *le;

	if (!a || !msg)
		return EINVAL;
	for (le = a->realms.head; le; le = le->next)
		((struct realm *)le->data)->fresh = false;
	if (!sip_msg_hdr_apply(msg, true, SIP_HDR_WWW_AUTHENTICATE,
			       challenge_handler, &rd))
		sip_msg_hdr_apply(msg, true, SIP_HDR_PROXY_AUTHENTICATE,
				  challenge_handler, &rd);
	if (rd.err)
		return rd.err;
	return rd.taken ? 0 : EAUTH;
}

/* --- answers ------------------------------------------------------------ */

/* The hash of what is printed, in small hex digits. */
static int hash(char *hex, const struct algorithm *algorithm, const char *fmt,
		...)
{
	uint8_t md[EVP_MAX_MD_SIZE];
	unsigned n = 0;
	char *text = NULL;
	va_list ap;
	int err;

	va_start(ap, fmt);
	err = re_vsdprintf(&text, fmt, ap);
	va_end(ap);
	if (err)
		return err;
	if (!EVP_Digest(text, strlen(text), md, &n, algorithm->md(), NULL))
		err = ENOMEM;
	wipe(text);
	mem_deref(text);
	for (unsigned i = 0; i < n && !err; i++)
		(void)re_snprintf(hex + 2 * i, 3, "%02x", md[i]);
	return err;
}

static int respond(char *hex, const struct realm *r, const char *met,
		   const char *uri, uint64_t cnonce)
{
	char ha1[HEX_MAX], ha2[HEX_MAX];
	int err =
		hash(ha1, r->algorithm, "%s:%s:%s", r->user, r->realm, r->pass);

	if (!err)
		err = hash(ha2, r->algorithm, "%s:%s", met, uri);
	if (!err && r->qop)
		err = hash(hex, r->algorithm, "%s:%s:%08x:%016llx:auth:%s", ha1,
			   r->nonce, r->nc, cnonce, ha2);
	else if (!err)
		err = hash(hex, r->algorithm, "%s:%s:%s", ha1, r->nonce, ha2);
	explicit_bzero(ha1, sizeof(ha1));
	return err;
}

static int encode(struct mbuf *mb, struct realm *r, const char *met,
		  const char *uri)
{
	uint64_t cnonce = rand_u64();
	char hex[HEX_MAX];
	int err = respond(hex, r, met, uri, cnonce);

	if (err)
		return err;
	err = mbuf_printf(mb,
			  "%s: Digest username=\"%s\", realm=\"%s\", "
			  "nonce=\"%s\", uri=\"%s\", response=\"%s\"",
			  r->hdr == SIP_HDR_PROXY_AUTHENTICATE
				  ? "Proxy-Authorization"
				  : "Authorization",
			  r->user, r->realm, r->nonce, uri, hex);
	if (!err && r->named)
		err = mbuf_printf(mb, ", algorithm=%s", r->algorithm->name);
	if (!err && r->opaque)
		err = mbuf_printf(mb, ", opaque=\"%s\"", r->opaque);
	if (!err && r->qop)
		err = mbuf_printf(mb, ", cnonce=\"%016llx\", qop=auth, nc=%08x",
				  cnonce, r->nc++);
	return err ? err : mbuf_write_str(mb, "\r\n");
}

int sip_auth_encode(struct mbuf *mb, struct sip_auth *a, const char *met,
		    const char *uri)
{
	struct le *le;
	int err = 0;

	if (!mb || !a || !met || !uri)
		return EINVAL;
	for (le = a->realms.head; le && !err; le = le->next)
		err = encode(mb, le->data, met, uri);
	return err;
}
