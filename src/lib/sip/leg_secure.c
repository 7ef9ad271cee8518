/**
 * @file leg_secure.c  What the two sides agree on for encryption
 *
 * Three ways stand in an offer: in the clear with the means to encrypt beside
 * it (RTP/AVP, RFC 8643), keys in the signalling (RTP/SAVP, RFC 4568), keys
 * beside the sound (UDP/TLS/RTP/SAVP, RFC 5763). We prefer the last: its keys
 * are nobody's but ours. Keys that travel in the signalling are worth no more
 * than it, so we offer them over TLS only.
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "sip_session.h"

#define LOG_MODULE "sip"

static const char avp[] = "RTP/AVP", savp[] = "RTP/SAVP",
		  dtls_savp[] = "UDP/TLS/RTP/SAVP";

/* A key as base64 has it: each three bytes are four characters. */
enum { KEY_ROOM = (MEDIA_KEY_MAX + 2) / 3 * 3 };

/* What an a=crypto says (RFC 4568 §9.1). */
struct crypto_line {
	unsigned tag;
	enum media_suite suite;
	uint8_t key[MEDIA_KEY_MAX];
};

const char *leg_secure_proto(const struct sip_leg *leg)
{
	if (leg->secure.want != MEDIA_SECURITY_REQUIRED && !leg->secure.insists)
		return avp;
	return leg->secure.path ? savp : dtls_savp;
}

int leg_secure_init(struct sip_leg *leg)
{
	struct leg_secure *s = &leg->secure;

	random_bytes(s->keys_ours, sizeof(s->keys_ours));
	if (s->want == MEDIA_SECURITY_OFF)
		return sdp_media_set_alt_protos(leg->audio, 2, avp, "RTP/AVPF");
	return sdp_media_set_alt_protos(leg->audio, 6, avp, "RTP/AVPF", savp,
					"RTP/SAVPF", dtls_savp,
					"UDP/TLS/RTP/SAVPF");
}

static bool rename_sound(struct sip_leg *leg, bool insists)
{
	leg->secure.insists = insists;
	leg->audio = mem_deref(leg->audio);
	leg->sdp = mem_deref(leg->sdp);
	return !leg_sdp_init(leg);
}

bool leg_secure_failed(struct sip_leg *leg, const struct sip_msg *msg)
{
	bool insisted = leg->secure.insists;

	if (leg->secure.want != MEDIA_SECURITY_OPTIONAL || leg->flowing ||
	    leg->state == SIP_LEG_CLOSED)
		return false;
	/* Nobody's phone rings twice for that. */
	if (insisted || leg->state != SIP_LEG_CALLING || !msg ||
	    (msg->scode != 488 && msg->scode != 606)) {
		/* Whom it may go on to is asked as anybody. */
		if (insisted && !rename_sound(leg, false))
			log_warn("no SDP");
		return false;
	}
	log_info("the call is offered anew, encrypted only");
	return rename_sound(leg, true) &&
	       !sip_session_invite_again(leg->session);
}

void leg_secure_reset(struct sip_leg *leg)
{
	free(leg->secure.fingerprint);
	explicit_bzero(&leg->secure, sizeof(leg->secure));
}

/* --- what we say -------------------------------------------------------- */

static void forget_attributes(struct sip_leg *leg)
{
	sdp_media_del_lattr(leg->audio, "crypto");
	sdp_media_del_lattr(leg->audio, "fingerprint");
	sdp_media_del_lattr(leg->audio, "setup");
}

static int say_crypto(struct sip_leg *leg, unsigned tag, enum media_suite suite)
{
	size_t n = media_suite_key_len(suite), len;
	char text[MEDIA_KEY_MAX * 2];
	int err;

	len = sizeof(text) - 1;
	err = base64_encode(leg->secure.keys_ours[suite], n, text, &len);
	if (err)
		return err;
	text[len] = '\0';
	err = sdp_media_set_lattr(leg->audio, false, "crypto",
				  "%u %s inline:%s", tag,
				  media_suite_name(suite), text);
	explicit_bzero(text, sizeof(text));
	return err;
}

static int say_dtls(struct sip_leg *leg, const char *setup)
{
	const char *print = media_fingerprint(leg->stack->media);
	int err;

	if (!print)
		return EIO;
	err = sdp_media_set_lattr(leg->audio, true, "fingerprint", "%s", print);
	return err ? err
		   : sdp_media_set_lattr(leg->audio, true, "setup", "%s",
					 setup);
}

/* Each suite has its own number, in all offers of the leg. */
static unsigned tag_of(enum media_suite suite)
{
	return (unsigned)suite + 1;
}

int leg_secure_offer(struct sip_leg *leg)
{
	const struct leg_secure *s = &leg->secure;
	bool first = !leg->flowing;
	int err = 0;

	forget_attributes(leg);
	if (s->want == MEDIA_SECURITY_OFF)
		return 0;
	/* What is agreed on stays. */
	if (first ? s->path : s->keys == MEDIA_KEYS_SDES) {
		for (int i = 0; i < MEDIA_SUITES && !err; i++) {
			enum media_suite suite = (enum media_suite)i;

			if (first || suite == s->suite)
				err = say_crypto(leg,
						 first ? tag_of(suite) : s->tag,
						 suite);
		}
	}
	if (!err && (first || s->keys == MEDIA_KEYS_DTLS))
		err = say_dtls(leg, "actpass");
	return err;
}

int leg_secure_answer(struct sip_leg *leg)
{
	const struct leg_secure *s = &leg->secure;

	forget_attributes(leg);
	if (s->keys == MEDIA_KEYS_SDES)
		return say_crypto(leg, s->tag, s->suite);
	if (s->keys == MEDIA_KEYS_DTLS)
		return say_dtls(leg, s->client ? "active" : "passive");
	return 0;
}

/* --- what they say ------------------------------------------------------ */

static bool find_suite(const struct pl *name, enum media_suite *suite)
{
	for (int i = 0; i < MEDIA_SUITES; i++) {
		*suite = (enum media_suite)i;
		/* RFC 6188 §6.1 has AES_256_CM_…, others write AES_CM_256_… */
		if (!pl_strcasecmp(name, media_suite_name(*suite)) ||
		    (*suite == MEDIA_SUITE_AES_256_80 &&
		     !pl_strcasecmp(name, "AES_CM_256_HMAC_SHA1_80")))
			return true;
	}
	return false;
}

/* The next word of a line; false: there is none. */
static bool next_word(struct pl *word, const char **at)
{
	word->p = *at + strspn(*at, " \t");
	word->l = strcspn(word->p, " \t");
	*at = word->p + word->l;
	return word->l > 0;
}

static bool is_tag(const struct pl *tag)
{
	for (size_t i = 0; i < tag->l; i++) {
		if (!isdigit((unsigned char)tag->p[i]))
			return false;
	}
	return tag->l > 0 && tag->l < 10;
}

/* libre's decoder takes any letters. */
static bool is_base64(const struct pl *key)
{
	size_t n = key->l;

	while (n && key->l - n < 2 && key->p[n - 1] == '=')
		n--;
	for (size_t i = 0; i < n; i++) {
		if (!isalnum((unsigned char)key->p[i]) && key->p[i] != '+' &&
		    key->p[i] != '/')
			return false;
	}
	return n > 0;
}

/* One key, and nothing beside it that we can't do: no key identifiers, no
 * parameters of the session. A lifetime is no shorter than any call. */
static bool read_crypto(struct crypto_line *c, const char *value)
{
	static const char method[] = "inline:";
	struct pl tag, suite, key, more;
	uint8_t raw[KEY_ROOM];
	size_t n = sizeof(raw), skip = sizeof(method) - 1;
	bool right;

	if (!next_word(&tag, &value) || !next_word(&suite, &value) ||
	    !next_word(&key, &value) || next_word(&more, &value))
		return false;
	if (!is_tag(&tag) || key.l <= skip ||
	    strncasecmp(key.p, method, skip) || !find_suite(&suite, &c->suite))
		return false;
	c->tag = pl_u32(&tag);
	key.p += skip;
	key.l -= skip;
	if (pl_strchr(&key, ':') || pl_strchr(&key, ';'))
		return false;
	key.l = pl_strchr(&key, '|') ? (size_t)(pl_strchr(&key, '|') - key.p)
				     : key.l;
	right = key.l <= KEY_ROOM / 3 * 4 && is_base64(&key) &&
		!base64_decode(key.p, key.l, raw, &n) &&
		n == media_suite_key_len(c->suite);
	if (right)
		memcpy(c->key, raw, n);
	explicit_bzero(raw, sizeof(raw));
	return right;
}

struct search {
	struct crypto_line line;
	bool found;
};

static bool on_crypto(const char *name, const char *value, void *arg)
{
	struct search *s = arg;

	(void)name;
	s->found = value && read_crypto(&s->line, value);
	return s->found;
}

static const char *their(const struct sip_leg *leg, const char *name)
{
	return sdp_media_session_rattr(leg->audio, leg->sdp, name);
}

static bool find_crypto(struct sip_leg *leg, struct search *s)
{
	(void)sdp_media_rattr_apply(leg->audio, "crypto", on_crypto, s);
	return s->found;
}

static int take_crypto(struct sip_leg *leg, struct search *s)
{
	struct leg_secure *sec = &leg->secure;
	enum media_suite suite = s->line.suite;

	/* The stream counts anew then: with a key that has been used before,
	 * it would use numbers twice. */
	if (leg->flowing &&
	    (sec->keys != MEDIA_KEYS_SDES || sec->suite != suite))
		random_bytes(sec->keys_ours[suite], MEDIA_KEY_MAX);
	sec->keys = MEDIA_KEYS_SDES;
	sec->suite = suite;
	sec->tag = s->line.tag;
	memcpy(sec->key_theirs, s->line.key, sizeof(sec->key_theirs));
	explicit_bzero(s, sizeof(*s));
	return 0;
}

static int take_dtls(struct sip_leg *leg, bool client)
{
	leg->secure.keys = MEDIA_KEYS_DTLS;
	leg->secure.client = client;
	return text_set(&leg->secure.fingerprint, their(leg, "fingerprint"));
}

static bool is_secure(const struct sip_leg *leg)
{
	const char *proto = sdp_media_proto(leg->audio);

	return proto && strstr(proto, "SAVP");
}

/* libre takes an answer of any protocol that we know, and keeps the one that
 * we have offered. Ours has one line m=, so theirs is the first. */
static bool answers_secure(const struct mbuf *body)
{
	struct pl proto;

	return !re_regex((const char *)mbuf_buf(body), mbuf_get_left(body),
			 "[\r\n]1m=[^ ]+ [^ ]+ [^ \r\n]+", NULL, NULL, NULL,
			 &proto) &&
	       memmem(proto.p, proto.l, "SAVP", 4);
}

/* In the clear: may that be? */
static int take_nothing(struct sip_leg *leg, bool secure)
{
	leg->secure.keys = MEDIA_KEYS_NONE;
	return secure || leg->secure.want == MEDIA_SECURITY_REQUIRED ? ENOTSUP
								     : 0;
}

int leg_secure_take_offer(struct sip_leg *leg)
{
	struct leg_secure *s = &leg->secure;
	const char *setup = their(leg, "setup");
	struct search search = {.found = false};
	bool was_client =
		!leg->flowing || s->keys != MEDIA_KEYS_DTLS || s->client;

	if (s->want == MEDIA_SECURITY_OFF)
		return take_nothing(leg, is_secure(leg));
	if (media_is_fingerprint(their(leg, "fingerprint"))) {
		if (!setup || !strcasecmp(setup, "actpass"))
			return take_dtls(leg, was_client);
		if (!strcasecmp(setup, "active"))
			return take_dtls(leg, false);
		if (!strcasecmp(setup, "passive"))
			return take_dtls(leg, true);
	}
	/* Where nothing but keys in an open letter is offered, that is more
	 * than nothing, but no safety. */
	if ((s->path ||
	     (is_secure(leg) && s->want != MEDIA_SECURITY_REQUIRED)) &&
	    find_crypto(leg, &search))
		return take_crypto(leg, &search);
	return take_nothing(leg, is_secure(leg));
}

int leg_secure_take_answer(struct sip_leg *leg, const struct mbuf *body)
{
	struct leg_secure *s = &leg->secure;
	const char *setup = their(leg, "setup");
	struct search search = {.found = false};

	if (s->want == MEDIA_SECURITY_OFF)
		return take_nothing(leg, answers_secure(body));
	/* Only what was offered can be answered. */
	if ((!leg->flowing || s->keys == MEDIA_KEYS_DTLS) && setup &&
	    media_is_fingerprint(their(leg, "fingerprint"))) {
		if (!strcasecmp(setup, "active"))
			return take_dtls(leg, false);
		if (!strcasecmp(setup, "passive"))
			return take_dtls(leg, true);
		/* Some say again what they have offered once: who begins has
		 * been decided by then. */
		return leg->flowing ? take_dtls(leg, s->client) : EBADMSG;
	}
	/* Some say a key that nobody has asked for: it is of no use. */
	if ((leg->flowing ? s->keys == MEDIA_KEYS_SDES : s->path) &&
	    find_crypto(leg, &search)) {
		bool first = !leg->flowing;
		unsigned offered = first ? tag_of(search.line.suite) : s->tag;

		if ((!first && s->suite != search.line.suite) ||
		    search.line.tag != offered)
			return EBADMSG;
		return take_crypto(leg, &search);
	}
	return take_nothing(leg, answers_secure(body));
}

/* --- the stream does it ------------------------------------------------- */

int leg_secure_flow(struct sip_leg *leg)
{
	const struct leg_secure *s = &leg->secure;

	switch (s->keys) {
	case MEDIA_KEYS_SDES:
		return media_stream_set_keys(leg->stream, s->suite,
					     s->keys_ours[s->suite],
					     s->key_theirs);
	case MEDIA_KEYS_DTLS:
		return media_stream_set_dtls(leg->stream, s->client,
					     s->fingerprint);
	default:
		media_stream_set_clear(leg->stream);
		return 0;
	}
}
