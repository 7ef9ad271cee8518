/**
 * @file challenge.c  Digest of those who come to us (RFC 3261 §22, RFC 8760)
 *
 * A nonce is the time, a number of its own, and a hash over them and the
 * sender's address, so none is kept; only what it has been used for is.
 * Wrong digests cost their source time: the answers come later and later.
 */
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <openssl/evp.h>
#include "sip_int.h"

#define LOG_MODULE "sip"

enum {
	NONCE_S = 300,	 /**< as long as one is good */
	HMAC_LEN = 20,	 /**< of SHA-1 */
	NONCE_HASH = 10, /**< bytes of the hash in it */
	NONCE_LEN = 8 + 8 + 2 * NONCE_HASH,
	FREE_TRIES = 3,	 /**< wrong ones that are answered at once */
	DELAY_MS = 1000, /**< then so long, doubled each time … */
	DELAY_MAX_MS = 16000,
	FORGET_MS = 600000,
	SOURCES_MAX = 256,
	DELAYED_MAX = 128,
};

struct wrong {
	struct le le;
	struct sa source;
	unsigned count;
	uint64_t last_ms;
};

struct delayed {
	struct le le;
	struct tmr tmr;
	struct sip_stack *stack;
	struct sip_strans *st;
	struct sip_msg *msg;
};

static void make_nonce(const struct sip_stack *s, const struct sa *src,
		       uint32_t now, uint32_t serial, char nonce[NONCE_LEN + 1])
{
	uint8_t hash[HMAC_LEN];
	char text[96], ip[64] = "";

	(void)sa_ntop(src, ip, sizeof(ip));
	snprintf(text, sizeof(text), "%08x%08x %s", now, serial, ip);
	/* without it, one that is never right */
	if (hmac_digest(s->hmac, hash, sizeof(hash), (const uint8_t *)text,
			strlen(text)))
		random_bytes(hash, sizeof(hash));
	snprintf(nonce, 17, "%08x%08x", now, serial);
	for (int i = 0; i < NONCE_HASH; i++)
		snprintf(nonce + 16 + 2 * i, 3, "%02x", hash[i]);
}

static bool nonce_is_good(const struct sip_stack *s, const struct sa *src,
			  const struct pl *nonce)
{
	char want[NONCE_LEN + 1];
	uint32_t now = (uint32_t)(time_mono_ms() / 1000), then, serial;
	struct pl pl = *nonce;

	if (nonce->l != sizeof(want) - 1)
		return false;
	pl.l = 8;
	then = pl_x32(&pl);
	if (now - then > NONCE_S)
		return false;
	pl.p += 8;
	serial = pl_x32(&pl);
	make_nonce(s, src, then, serial, want);
	return !pl_strcmp(nonce, want);
}

/* Some give up at whatever is not MD5, wherever it stands: what was made with
 * libre before 3.11, and small tools, which do not say what they are. */
static bool knows_md5_only(const struct sip_msg *msg)
{
	static const char *const agents[] = {
		"baresip v0.",	"baresip v1.",	 "baresip v2.",
		"baresip v3.0", "baresip v3.1.", "baresip v3.2",
		"baresip v3.3", "baresip v3.4",	 "baresip v3.5",
		"baresip v3.6", "baresip v3.7",	 "baresip v3.8",
		"baresip v3.9", "baresip v3.10",
	};
	const struct sip_hdr *h = sip_msg_hdr(msg, SIP_HDR_USER_AGENT);

	if (!h || !h->val.l)
		return true;
	for (size_t i = 0; i < sizeof(agents) / sizeof(*agents); i++) {
		size_t n = strlen(agents[i]);

		if (h->val.l >= n && !strncasecmp(h->val.p, agents[i], n))
			return true;
	}
	return false;
}

/* What is repeated gets the same tag (RFC 3261 §8.2.7). */
static void set_tag(const struct sip_msg *msg)
{
	((struct sip_msg *)(uintptr_t)msg)->tag =
		(uint64_t)hash_joaat_pl(&msg->via.branch) << 32 |
		hash_joaat_pl(&msg->callid);
}

/* Both by the same nonce, the better one first (RFC 8760 §2.3). Nothing is kept
 * of the request, or anybody could have us keep as much as he likes. */
static void ask(struct sip_stack *s, const struct sip_msg *msg, bool proxy,
		bool stale)
{
	static const char *const algorithms[] = {"SHA-256", "MD5"};
	bool both = s->h.ha1_sha256 && !knows_md5_only(msg);
	char nonce[NONCE_LEN + 1];
	struct text_buf b = {0};

	make_nonce(s, &msg->src, (uint32_t)(time_mono_ms() / 1000), ++s->nonces,
		   nonce);
	for (int i = both ? 0 : 1; i < 2; i++)
		text_buf_printf(&b,
				"%s: Digest realm=\"%s\", nonce=\"%s\", "
				"qop=\"auth\", algorithm=%s%s\r\n",
				proxy ? "Proxy-Authenticate"
				      : "WWW-Authenticate",
				s->realm, nonce, algorithms[i],
				stale ? ", stale=true" : "");
	set_tag(msg);
	if (!b.err)
		(void)sip_replyf(s->sip, msg, proxy ? 407 : 401,
				 reason_of(proxy ? 407 : 401), "%s" SIP_EMPTY,
				 b.buf);
	text_buf_reset(&b);
}

/* --- those who guess ---------------------------------------------------- */

static void wrong_destructor(void *arg)
{
	struct wrong *w = arg;

	list_unlink(&w->le);
}

static struct wrong *wrong_of(struct sip_stack *s, const struct sa *src)
{
	struct le *le;

	for (le = s->wrong.head; le; le = le->next) {
		struct wrong *w = le->data;

		if (sa_cmp(&w->source, src, SA_ADDR))
			return w;
	}
	return NULL;
}

static unsigned count_wrong(struct sip_stack *s, const struct sa *src)
{
	struct wrong *w = wrong_of(s, src);
	uint64_t now = time_mono_ms();

	if (!w) {
		/* The one that has been quiet longest makes room. */
		if (list_count(&s->wrong) >= SOURCES_MAX)
			mem_deref(s->wrong.head->data);
		w = mem_zalloc(sizeof(*w), wrong_destructor);
		if (!w)
			return FREE_TRIES + 1;
		w->source = *src;
	} else {
		list_unlink(&w->le);
		if (now - w->last_ms > FORGET_MS)
			w->count = 0;
	}
	list_append(&s->wrong, &w->le, w);
	w->last_ms = now;
	return ++w->count;
}

static void delayed_destructor(void *arg)
{
	struct delayed *d = arg;

	list_unlink(&d->le);
	tmr_cancel(&d->tmr);
	mem_deref(d->st);
	mem_deref(d->msg);
}

static void refuse(struct sip_stack *s, struct sip_strans **stp,
		   const struct sip_msg *msg)
{
	(void)sip_treply(stp, s->sip, msg, 403, reason_of(403));
}

static void delay_over(void *arg)
{
	struct delayed *d = arg;

	refuse(d->stack, &d->st, d->msg);
	mem_deref(d);
}

static void refuse_wrong(struct sip_stack *s, const struct sip_msg *msg)
{
	unsigned n = count_wrong(s, &msg->src);
	struct delayed *d;
	uint64_t ms;

	if (n <= FREE_TRIES) {
		struct sip_strans *st = NULL;

		refuse(s, &st, msg);
		return;
	}
	/* Beyond that they get no answer at all. */
	if (list_count(&s->delayed) >= DELAYED_MAX)
		return;
	d = mem_zalloc(sizeof(*d), delayed_destructor);
	if (!d)
		return;
	d->stack = s;
	d->msg = mem_ref((void *)msg);
	list_append(&s->delayed, &d->le, d);
	n -= FREE_TRIES + 1;
	ms = n > 4 ? DELAY_MAX_MS : (uint64_t)DELAY_MS << n;
	/* The transaction keeps its repetitions from being counted. */
	if (sip_strans_alloc(&d->st, s->sip, msg, NULL, NULL)) {
		mem_deref(d);
		return;
	}
	tmr_start(&d->tmr, ms, delay_over, d);
}

int challenge_open(struct sip_stack *s)
{
	uint8_t secret[HMAC_LEN];
	int err;

	random_bytes(secret, sizeof(secret));
	err = hmac_create(&s->hmac, HMAC_HASH_SHA1, secret, sizeof(secret));
	explicit_bzero(secret, sizeof(secret));
	return err;
}

void challenge_close(struct sip_stack *s)
{
	list_flush(&s->delayed);
	list_flush(&s->wrong);
	s->replay = mem_deref(s->replay);
	s->hmac = mem_deref(s->hmac);
}

/* --- judging ------------------------------------------------------------ */

struct search {
	const struct sip_stack *stack;
	struct httpauth_digest_resp resp;
	bool found;
};

static bool response_handler(const struct sip_hdr *hdr,
			     const struct sip_msg *msg, void *arg)
{
	struct search *f = arg;

	(void)msg;
	if (httpauth_digest_response_decode(&f->resp, &hdr->val) ||
	    pl_strcasecmp(&f->resp.realm, f->stack->realm))
		return false;
	f->found = true;
	return true;
}

enum { SHA256_HEX = 64, SHA256_SIZE = 32 };

static void hex_of(char *hex, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		(void)re_snprintf(hex + 2 * i, 3, "%02x", bytes[i]);
}

/* What libre's httpauth_digest_response_auth() is for MD5. */
static int check_sha256(const struct httpauth_digest_resp *resp,
			const struct pl *method, const uint8_t *ha1)
{
	char hex1[SHA256_HEX + 1], hex2[SHA256_HEX + 1], want[SHA256_HEX + 1];
	uint8_t md[EVP_MAX_MD_SIZE];
	char *text = NULL;
	int err;

	if (pl_strcasecmp(&resp->qop, "auth") || !pl_isset(&resp->cnonce) ||
	    !pl_isset(&resp->nc))
		return EAUTH;
	err = re_sdprintf(&text, "%r:%r", method, &resp->uri);
	if (err)
		return err;
	if (!EVP_Digest(text, strlen(text), md, NULL, EVP_sha256(), NULL))
		err = ENOMEM;
	text = mem_deref(text);
	hex_of(hex1, ha1, SHA256_SIZE);
	hex_of(hex2, md, SHA256_SIZE);
	if (!err)
		err = re_sdprintf(&text, "%s:%r:%r:%r:auth:%s", hex1,
				  &resp->nonce, &resp->nc, &resp->cnonce, hex2);
	explicit_bzero(hex1, sizeof(hex1));
	if (err)
		return err;
	if (!EVP_Digest(text, strlen(text), md, NULL, EVP_sha256(), NULL))
		err = ENOMEM;
	wipe(text);
	mem_deref(text);
	hex_of(want, md, SHA256_SIZE);
	return err ? err : pl_strcasecmp(&resp->response, want) ? EAUTH : 0;
}

/* @return 0 and who it is, or EAUTH */
static int judge(struct sip_stack *s, const struct sip_msg *msg,
		 const struct httpauth_digest_resp *resp, char **userp)
{
	bool better = resp->response.l == SHA256_HEX && s->h.ha1_sha256;
	char *user = dup_pl(&resp->username);
	uint8_t ha1[SHA256_SIZE];
	bool known;
	int err;

	if (!user)
		return ENOMEM;
	/* Who is unknown takes as long as who is wrong. */
	known = !(better ? s->h.ha1_sha256 : s->h.ha1)(user, s->realm, ha1,
						       s->arg);
	if (!known)
		random_bytes(ha1, sizeof(ha1));
	err = better ? check_sha256(resp, &msg->met, ha1)
		     : httpauth_digest_response_auth(resp, &msg->met, ha1);
	explicit_bzero(ha1, sizeof(ha1));
	if (err || !known) {
		char *clean = clean_pl(&resp->username);

		log_warn("wrong digest for %s", clean ? clean : "?");
		if (s->h.wrong_digest)
			s->h.wrong_digest(clean ? clean : "", &msg->src,
					  s->arg);
		free(clean);
		mem_deref(user);
		return EAUTH;
	}
	*userp = text_dup(user);
	mem_deref(user);
	return *userp ? 0 : ENOMEM;
}

int challenge(struct sip_stack *s, const struct sip_msg *msg, char **userp)
{
	enum sip_trust trust = s->h.ha1 ? SIP_TRUST_CHALLENGE : SIP_TRUST_OPEN;
	bool proxy = pl_strcmp(&msg->met, "REGISTER") != 0;
	struct search f = {.stack = s};
	struct wrong *w;
	int err;

	*userp = NULL;
	if (s->h.trust)
		trust = s->h.trust(message_of(msg), s->arg);
	if (trust == SIP_TRUST_OPEN)
		return 0;
	if (trust == SIP_TRUST_REFUSE || !s->h.ha1) {
		(void)sip_treply(NULL, s->sip, msg, 403, reason_of(403));
		return EPERM;
	}

	sip_msg_hdr_apply(msg, true,
			  proxy ? SIP_HDR_PROXY_AUTHORIZATION
				: SIP_HDR_AUTHORIZATION,
			  response_handler, &f);
	if (!f.found) {
		ask(s, msg, proxy, false);
		return EAGAIN;
	}
	if (!nonce_is_good(s, &msg->src, &f.resp.nonce)) {
		ask(s, msg, proxy, true);
		return EAGAIN;
	}
	err = judge(s, msg, &f.resp, userp);
	if (err == EAUTH) {
		refuse_wrong(s, msg);
	} else if (err) {
		(void)sip_treply(NULL, s->sip, msg, 500, reason_of(500));
	} else if (!digest_is_for(msg, &f.resp)) {
		(void)sip_treply(NULL, s->sip, msg, 400, reason_of(400));
		err = EBADMSG;
	} else if (!digest_is_fresh(s, &f.resp)) {
		/* It is right, so who made it makes another. */
		ask(s, msg, proxy, true);
		err = EAGAIN;
	} else {
		guard_proven(&s->guards, msg);
		w = wrong_of(s, &msg->src);
		mem_deref(w);
	}
	if (err) {
		free(*userp);
		*userp = NULL;
	}
	return err;
}
