/**
 * @file message.c  What a message says, made safe
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"

const struct sip_msg *msg_of(const struct sip_message *m)
{
	return (const struct sip_msg *)m;
}

const struct sip_message *message_of(const struct sip_msg *msg)
{
	return (const struct sip_message *)msg;
}

/* Headers that have a short form are found by number (RFC 3261 §7.3.3). */
static const struct {
	const char *name;
	enum sip_hdrid id;
} known[] = {
	{"From", SIP_HDR_FROM},
	{"To", SIP_HDR_TO},
	{"Contact", SIP_HDR_CONTACT},
	{"Call-ID", SIP_HDR_CALL_ID},
	{"Subject", SIP_HDR_SUBJECT},
	{"Supported", SIP_HDR_SUPPORTED},
	{"Content-Type", SIP_HDR_CONTENT_TYPE},
	{"Require", SIP_HDR_REQUIRE},
	{"Event", SIP_HDR_EVENT},
	{"Allow-Events", SIP_HDR_ALLOW_EVENTS},
};

static const struct sip_hdr *find(const struct sip_msg *msg, const char *name)
{
	for (size_t i = 0; msg && i < sizeof(known) / sizeof(*known); i++) {
		if (!strcasecmp(known[i].name, name))
			return sip_msg_hdr(msg, known[i].id);
	}
	return msg ? sip_msg_xhdr(msg, name) : NULL;
}

char *sip_message_header(const struct sip_message *m, const char *name)
{
	const struct sip_hdr *h = find(msg_of(m), name);

	return h ? clean_pl(&h->val) : NULL;
}

static bool token_handler(const struct sip_hdr *hdr, const struct sip_msg *msg,
			  void *arg)
{
	(void)msg;
	return !pl_strcasecmp(&hdr->val, arg);
}

uint32_t header_number(const struct sip_msg *msg, enum sip_hdrid id)
{
	const struct sip_hdr *h = msg ? sip_msg_hdr(msg, id) : NULL;
	uint64_t n = 0;

	for (size_t i = 0; h && i < h->val.l && i < 10; i++) {
		if (!isdigit((unsigned char)h->val.p[i]))
			break;
		n = n * 10 + (uint64_t)(h->val.p[i] - '0');
	}
	return n > UINT32_MAX ? UINT32_MAX : (uint32_t)n;
}

bool has_token(const struct sip_msg *msg, const char *header, const char *token)
{
	for (size_t i = 0; msg && i < sizeof(known) / sizeof(*known); i++) {
		if (!strcasecmp(known[i].name, header))
			return sip_msg_hdr_apply(msg, true, known[i].id,
						 token_handler,
						 (void *)token) != NULL;
	}
	return false;
}

/* libre's pattern for addresses takes no quotes with < in them, and takes
 * no tel: URI apart. */
static int address(const struct sip_msg *msg, const char *header,
		   struct pl *name, struct pl *uri)
{
	const struct sip_hdr *h = find(msg, header);
	const char *p, *end, *lt;

	*name = *uri = pl_null;
	if (!h)
		return ENOENT;
	p = h->val.p;
	end = p + h->val.l;
	if (p < end && *p == '"') {
		name->p = ++p;
		while (p < end && *p != '"')
			p += *p == '\\' && p + 1 < end ? 2 : 1;
		if (p >= end)
			return EBADMSG;
		name->l = (size_t)(p - name->p);
		p++;
	}
	lt = memchr(p, '<', (size_t)(end - p));
	if (!lt) {
		uri->p = p;
		while (p < end && *p != ';' && *p != ' ')
			p++;
		uri->l = (size_t)(p - uri->p);
		return name->p ? EBADMSG : 0;
	}
	if (!name->p) {
		name->p = p;
		name->l = (size_t)(lt - p);
		while (name->l && name->p[name->l - 1] == ' ')
			name->l--;
	}
	uri->p = lt + 1;
	p = memchr(lt, '>', (size_t)(end - lt));
	if (!p)
		return EBADMSG;
	uri->l = (size_t)(p - uri->p);
	return 0;
}

char *sip_message_name(const struct sip_message *m, const char *header)
{
	struct text_buf b = {0};
	struct pl name, uri;
	char *raw, *s;

	if (address(msg_of(m), header, &name, &uri) || !name.l)
		return NULL;
	for (size_t i = 0; i < name.l; i++) {
		if (name.p[i] == '\\' && i + 1 < name.l)
			i++;
		text_buf_add_n(&b, name.p + i, 1);
	}
	raw = text_buf_take(&b);
	if (!raw)
		return NULL;
	s = text_clean(raw, (size_t)-1, TEXT_LINE_MAX);
	free(raw);
	if (text_empty(s)) {
		free(s);
		return NULL;
	}
	return s;
}

/* The byte that two hexadecimal digits stand for. */
static bool unhex(const char *p, char *c)
{
	static const char digits[] = "0123456789abcdef";
	const char *hi = strchr(digits, tolower((unsigned char)p[0]));
	const char *lo = strchr(digits, tolower((unsigned char)p[1]));

	if (!p[0] || !p[1] || !hi || !lo)
		return false;
	*c = (char)((hi - digits) * 16 + (lo - digits));
	return true;
}

/* libre's own unescaping refuses a user for one character too many, and
 * says so in the log. */
static char *clean_user(const struct pl *user)
{
	struct text_buf b = {0};
	char *s;

	if (!pl_isset(user))
		return NULL;
	for (size_t i = 0; i < user->l; i++) {
		char c = user->p[i];

		if (c == '%' && i + 2 < user->l && unhex(user->p + i + 1, &c))
			i += 2;
		text_buf_add_n(&b, &c, 1);
	}
	s = b.err ? NULL : text_clean(b.buf, b.len, TEXT_LINE_MAX);
	text_buf_reset(&b);
	return s;
}

char *uri_user(const struct pl *text)
{
	struct uri uri;
	struct pl tel;

	/* A tel: URI is all user, up to its parameters (RFC 3966 §3). */
	if (text->l > 4 && !strncasecmp(text->p, "tel:", 4)) {
		const char *semi = memchr(text->p, ';', text->l);

		tel.p = text->p + 4;
		tel.l = (semi ? (size_t)(semi - text->p) : text->l) - 4;
		return clean_user(&tel);
	}
	return uri_decode(&uri, text) ? NULL : clean_user(&uri.user);
}

char *sip_message_user(const struct sip_message *m, const char *header)
{
	struct pl name, uri;

	return address(msg_of(m), header, &name, &uri) ? NULL : uri_user(&uri);
}

char *sip_message_request_user(const struct sip_message *m)
{
	return m && msg_of(m)->req ? uri_user(&msg_of(m)->ruri) : NULL;
}

char *sip_message_call_id(const struct sip_message *m)
{
	return m ? clean_pl(&msg_of(m)->callid) : NULL;
}
