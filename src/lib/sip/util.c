/**
 * @file util.c  Text, URIs and headers, made safe both ways
 */
#include <ctype.h>
#include <stdlib.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <unistd.h>
#include "sip_int.h"

enum { RETRY_MIN_MS = 2000, DOUBLINGS_MAX = 16, RETRY_AFTER_MAX_S = 3600 };

enum { URI_MAX = 1024, HEADER_MAX = 2048 };

static const struct {
	uint16_t code;
	const char *text;
} reasons[] = {
	{300, "Multiple Choices"},
	{302, "Moved Temporarily"},
	{400, "Bad Request"},
	{401, "Unauthorized"},
	{403, "Forbidden"},
	{404, "Not Found"},
	{405, "Method Not Allowed"},
	{407, "Proxy Authentication Required"},
	{408, "Request Timeout"},
	{410, "Gone"},
	{413, "Request Entity Too Large"},
	{415, "Unsupported Media Type"},
	{416, "Unsupported URI Scheme"},
	{420, "Bad Extension"},
	{422, "Session Interval Too Small"},
	{423, "Interval Too Brief"},
	{480, "Temporarily Unavailable"},
	{481, "Call/Transaction Does Not Exist"},
	{483, "Too Many Hops"},
	{484, "Address Incomplete"},
	{486, "Busy Here"},
	{487, "Request Terminated"},
	{488, "Not Acceptable Here"},
	{489, "Bad Event"},
	{491, "Request Pending"},
	{500, "Server Internal Error"},
	{501, "Not Implemented"},
	{503, "Service Unavailable"},
	{504, "Server Time-out"},
	{505, "Version Not Supported"},
	{513, "Message Too Large"},
	{600, "Busy Everywhere"},
	{603, "Decline"},
	{604, "Does Not Exist Anywhere"},
	{606, "Not Acceptable"},
};

const char *reason_of(uint16_t code)
{
	for (size_t i = 0; i < sizeof(reasons) / sizeof(*reasons); i++) {
		if (reasons[i].code == code)
			return reasons[i].text;
	}
	return "";
}

enum sip_transp transp_of(enum sip_transport t)
{
	static const enum sip_transp theirs[] = {
		[SIP_UDP] = SIP_TRANSP_UDP,
		[SIP_TCP] = SIP_TRANSP_TCP,
		[SIP_TLS] = SIP_TRANSP_TLS,
	};

	return theirs[t];
}

enum sip_transport transport_of(enum sip_transp tp)
{
	return tp == SIP_TRANSP_TLS   ? SIP_TLS
	       : tp == SIP_TRANSP_TCP ? SIP_TCP
				      : SIP_UDP;
}

bool sa_same(const struct sa *a, const struct sa *b)
{
	return sa_af(a) == sa_af(b) && sa_cmp(a, b, SA_ALL);
}

char *clean_pl(const struct pl *pl)
{
	return text_clean(pl->p ? pl->p : "", pl->p ? pl->l : 0, TEXT_LINE_MAX);
}

char *reason_text(uint16_t code, const char *reason)
{
	struct pl pl;

	pl_set_str(&pl, reason ? reason : reason_of(code));
	return clean_pl(&pl);
}

void refuse_request(struct sip_stack *s, const struct sip_msg *msg,
		    uint16_t code, const char *reason)
{
	char *text;

	if (code < 300 || code > 699)
		code = 480;
	text = reason_text(code, reason);
	(void)sip_treply(NULL, s->sip, msg, code, text ? text : "");
	free(text);
}

uint64_t retry_in_ms(unsigned failures, uint64_t most_ms)
{
	unsigned n = failures > DOUBLINGS_MAX ? DOUBLINGS_MAX : failures;
	uint64_t ms = (uint64_t)RETRY_MIN_MS << n;
	uint16_t r;

	if (ms > most_ms)
		ms = most_ms;
	random_bytes(&r, sizeof(r));
	return ms / 2 + ms * r / 131072;
}

uint64_t retry_after_ms(uint32_t seconds)
{
	return 1000ull *
	       (seconds > RETRY_AFTER_MAX_S ? RETRY_AFTER_MAX_S : seconds);
}

char *dup_pl(const struct pl *pl)
{
	char *s = NULL;

	return pl_strdup(&s, pl) ? NULL : s;
}

char *copy_bytes(const char *p, size_t n)
{
	char *s = malloc(n + 1);

	if (s) {
		if (n)
			memcpy(s, p, n);
		s[n] = 0;
	}
	return s;
}

static bool header_is_sane(const struct sip_header *h)
{
	size_t n = strlen(h->value);

	if (!*h->name || strlen(h->name) > 64 || n > HEADER_MAX)
		return false;
	for (const char *c = h->name; *c; c++) {
		if (!isalnum((unsigned char)*c) && !strchr("-_.!%*+`'~", *c))
			return false;
	}
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)h->value[i];

		if (c < ' ' || c == 0x7f)
			return false;
	}
	return true;
}

int headers_add(struct text_buf *b, const struct sip_header *headers)
{
	for (; headers && headers->name; headers++) {
		if (!headers->value || !header_is_sane(headers))
			return EINVAL;
		text_buf_printf(b, "%s: %s\r\n", headers->name, headers->value);
	}
	return b->err;
}

bool uri_is_sane(const char *uri)
{
	struct uri parts;
	struct pl pl;
	size_t n = uri ? strlen(uri) : 0;

	if (!n || n > URI_MAX)
		return false;
	for (size_t i = 0; i < n; i++) {
		unsigned char c = (unsigned char)uri[i];

		if (c <= ' ' || c >= 0x7f || strchr("<>\"\\^`{|}", c))
			return false;
	}
	pl_set_str(&pl, uri);
	return !uri_decode(&parts, &pl) &&
	       (!pl_strcasecmp(&parts.scheme, "sip") ||
		!pl_strcasecmp(&parts.scheme, "sips")) &&
	       parts.host.l;
}

char *uri_make(const char *user, const char *host)
{
	struct pl pl;
	char *s = NULL, *copy;

	pl_set_str(&pl, user);
	if (re_sdprintf(&s, "sip:%H@%s", uri_user_escape, &pl, host))
		return NULL;
	copy = text_dup(s);
	mem_deref(s);
	return copy;
}

char *name_quote(const char *name)
{
	struct text_buf b = {0};
	char *clean = text_clean(name, (size_t)-1, TEXT_LINE_MAX);

	if (!clean)
		return NULL;
	for (const char *c = clean; *c; c++) {
		if (*c == '"' || *c == '\\')
			text_buf_add_n(&b, "\\", 1);
		text_buf_add_n(&b, c, 1);
	}
	free(clean);
	return text_buf_take(&b);
}

char *host_of(const struct sa *addr)
{
	char ip[64];

	if (sa_ntop(addr, ip, sizeof(ip)))
		return NULL;
	return text_printf(sa_af(addr) == AF_INET6 ? "[%s]:%u" : "%s:%u", ip,
			   sa_port(addr));
}

void hex_random(char *out, size_t bytes)
{
	static const char digits[] = "0123456789abcdef";

	uint8_t *b = (uint8_t *)out + bytes;

	/* in the second half of it, which the digits reach behind them */
	random_bytes(b, bytes);
	for (; bytes; bytes--, b++) {
		uint8_t byte = *b;

		*out++ = digits[byte >> 4];
		*out++ = digits[byte & 15];
	}
	*out = 0;
}

void set_nodelay(const struct sip_msg *msg)
{
	struct tcp_conn *tc = msg ? sip_msg_tcpconn(msg) : NULL;
	const int on = 1;

	if (tc)
		(void)setsockopt(tcp_conn_fd(tc), IPPROTO_TCP, TCP_NODELAY, &on,
				 sizeof(on));
}

void wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
}

int sip_source_address(struct sa *laddr, const struct sa *dst)
{
	struct sa a;
	int fd, err = 0;

	if (!laddr || !dst || !sa_isset(dst, SA_ADDR))
		return EINVAL;
	a = *dst;
	if (!sa_port(&a))
		sa_set_port(&a, SIP_PORT);
	fd = socket(sa_af(&a), SOCK_DGRAM | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return errno;
	memset(laddr, 0, sizeof(*laddr));
	laddr->len = sizeof(laddr->u);
	if (connect(fd, &a.u.sa, a.len) ||
	    getsockname(fd, &laddr->u.sa, &laddr->len))
		err = errno;
	close(fd);
	if (!err)
		sa_set_port(laddr, 0);
	return err;
}
