/**
 * @file server.c  Servers and their URIs (RFC 7064, RFC 7065)
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "ice_int.h"

enum { PORT = 3478, PORT_TLS = 5349, HOST_MAX = 253 };

static const struct {
	const char *scheme;
	bool relay;
	enum ice_transport transport;
	const char *param; /**< NULL: none */
} kinds[] = {
	{"stun:", false, ICE_UDP, NULL}, {"turn:", true, ICE_UDP, NULL},
	{"turn:", true, ICE_UDP, "udp"}, {"turn:", true, ICE_TCP, "tcp"},
	{"turns:", true, ICE_TLS, NULL}, {"turns:", true, ICE_TLS, "tcp"},
};

static void wipe(char *s)
{
	if (s)
		explicit_bzero(s, strlen(s));
	free(s);
}

static void destructor(void *arg)
{
	struct ice_server *s = arg;

	list_unlink(&s->le);
	free(s->host);
	free(s->user);
	wipe(s->password);
}

/* The part between scheme and parameters. */
static int read_host(struct ice_server *s, const char *p, size_t n)
{
	const char *end = p + n, *host = p, *stop;
	unsigned long port = s->transport == ICE_TLS ? PORT_TLS : PORT;

	if (n && *p == '[') {
		struct sa addr;

		host = ++p;
		stop = memchr(p, ']', n - 1);
		if (!stop)
			return EINVAL;
		s->host = text_printf("%.*s", (int)(stop - host), host);
		if (s->host &&
		    (sa_set_str(&addr, s->host, 0) || sa_af(&addr) != AF_INET6))
			return EINVAL;
		p = stop + 1;
	} else {
		stop = memchr(p, ':', n);
		stop = stop ? stop : end;
		if (stop == host || stop - host > HOST_MAX)
			return EINVAL;
		for (p = host; p < stop; p++) {
			if (!isalnum((unsigned char)*p) && *p != '.' &&
			    *p != '-' && *p != '_')
				return EINVAL;
		}
		if (*host == '-' || *host == '.')
			return EINVAL;
		s->host = text_printf("%.*s", (int)(stop - host), host);
	}
	if (!s->host)
		return ENOMEM;
	if (p < end) {
		if (*p++ != ':' || p == end || end - p > 5)
			return EINVAL;
		for (port = 0; p < end; p++) {
			if (!isdigit((unsigned char)*p))
				return EINVAL;
			port = 10 * port + (unsigned long)(*p - '0');
		}
		if (!port || port > UINT16_MAX)
			return EINVAL;
	}
	s->port = (uint16_t)port;
	return 0;
}

static int read_uri(struct ice_server *s, const char *uri)
{
	static const char transport[] = "transport=";
	const char *query = strchr(uri, '?');
	const char *param = NULL;

	if (query) {
		if (strncasecmp(query + 1, transport, sizeof(transport) - 1) !=
		    0)
			return EINVAL;
		param = query + sizeof(transport);
	}
	for (size_t i = 0; i < ARRAY_SIZE(kinds); i++) {
		size_t n = strlen(kinds[i].scheme);

		if (strncasecmp(uri, kinds[i].scheme, n) ||
		    !param != !kinds[i].param ||
		    (param && strcasecmp(param, kinds[i].param)))
			continue;
		s->relay = kinds[i].relay;
		s->transport = kinds[i].transport;
		return read_host(s, uri + n,
				 query ? (size_t)(query - uri) - n
				       : strlen(uri + n));
	}
	if (!strncasecmp(uri, "stuns:", 6) ||
	    (param && !strncasecmp(uri, "turns:", 6) &&
	     !strcasecmp(param, "udp")))
		return ENOTSUP;
	return EINVAL;
}

int ice_server_add(struct list *servers, const char *uri, const char *user,
		   const char *password)
{
	struct ice_server *s;
	int err;

	if (!servers || !uri)
		return EINVAL;
	s = mem_zalloc(sizeof(*s), destructor);
	if (!s)
		return ENOMEM;
	err = read_uri(s, uri);
	if (!err)
		err = text_set(&s->user, user);
	if (!err)
		err = text_set(&s->password, password);
	if (err)
		mem_deref(s);
	else
		list_append(servers, &s->le, s);
	return err;
}

char *ice_server_uri(const struct ice_server *s)
{
	static const char *const ends[] = {"", "?transport=tcp", ""};
	bool six = strchr(s->host, ':') != NULL;
	char port[8] = "";

	if (s->port != (s->transport == ICE_TLS ? PORT_TLS : PORT))
		snprintf(port, sizeof(port), ":%u", s->port);
	return text_printf("%s%s%s%s%s%s",
			   !s->relay		     ? "stun:"
			   : s->transport == ICE_TLS ? "turns:"
						     : "turn:",
			   six ? "[" : "", s->host, six ? "]" : "", port,
			   ends[s->transport]);
}

int ice_servers_copy(struct list *dst, const struct list *src)
{
	struct le *le;
	int err = 0;

	for (le = list_head(src); le && !err; le = le->next) {
		const struct ice_server *s = le->data;
		char *uri = ice_server_uri(s);

		err = uri ? ice_server_add(dst, uri, s->user, s->password)
			  : ENOMEM;
		free(uri);
		if (!err) {
			struct ice_server *copy = list_tail(dst)->data;

			copy->silent_ms = s->silent_ms;
		}
	}
	return err;
}
