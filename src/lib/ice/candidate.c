/**
 * @file candidate.c  What a=candidate says (RFC 8839 §5.1)
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "ice_int.h"

enum { FOUNDATION_MAX = 32, COMPONENT_MAX = 256, DIGITS_MAX = 10 };

static const char *const types[] = {
	[ICE_HOST] = "host",
	[ICE_REFLEXIVE] = "srflx",
	[ICE_PEER_REFLEXIVE] = "prflx",
	[ICE_RELAYED] = "relay",
};

/* The next word; false: there is none. */
static bool word(struct pl *w, const char **at)
{
	w->p = *at + strspn(*at, " ");
	w->l = strcspn(w->p, " ");
	*at = w->p + w->l;
	return w->l > 0;
}

static bool number(uint64_t *v, const struct pl *w, uint64_t most)
{
	*v = 0;
	if (!w->l || w->l > DIGITS_MAX)
		return false;
	for (size_t i = 0; i < w->l; i++) {
		if (!isdigit((unsigned char)w->p[i]))
			return false;
		*v = 10 * *v + (uint64_t)(w->p[i] - '0');
	}
	return *v <= most;
}

/* Pairs of a name and a value follow the type. */
static void read_more(struct ice_candidate *c, const char *at)
{
	struct pl name, value, addr = PL_INIT;
	uint64_t port = 0;

	while (word(&name, &at) && word(&value, &at)) {
		if (!pl_strcasecmp(&name, "raddr"))
			addr = value;
		else if (!pl_strcasecmp(&name, "rport") &&
			 !number(&port, &value, UINT16_MAX))
			port = 0;
	}
	if (pl_isset(&addr) && sa_set(&c->related, &addr, (uint16_t)port))
		sa_init(&c->related, AF_UNSPEC);
}

int ice_candidate_read(struct ice_candidate *c, const char *value)
{
	struct pl foundation, component, transport, priority, addr, port, typ,
		type;
	uint64_t n, prio, p;
	size_t i;

	if (!c || !value)
		return EBADMSG;
	memset(c, 0, sizeof(*c));
	sa_init(&c->related, AF_UNSPEC);
	if (!word(&foundation, &value) || !word(&component, &value) ||
	    !word(&transport, &value) || !word(&priority, &value) ||
	    !word(&addr, &value) || !word(&port, &value) ||
	    !word(&typ, &value) || !word(&type, &value))
		return EBADMSG;
	if (foundation.l > FOUNDATION_MAX ||
	    !number(&n, &component, COMPONENT_MAX) || !n ||
	    !number(&prio, &priority, INT32_MAX) || !prio ||
	    !number(&p, &port, UINT16_MAX) || pl_strcasecmp(&typ, "typ"))
		return EBADMSG;
	if (pl_strcasecmp(&transport, "UDP") || n > COMPONENTS || !p)
		return ENOTSUP;
	for (i = 0; i < ARRAY_SIZE(types); i++) {
		if (!pl_strcasecmp(&type, types[i]))
			break;
	}
	if (i == ARRAY_SIZE(types) || sa_set(&c->addr, &addr, (uint16_t)p))
		return ENOTSUP;
	c->type = (enum ice_type)i;
	c->component = (unsigned)n - 1;
	c->priority = (uint32_t)prio;
	memcpy(c->foundation, foundation.p, foundation.l);
	read_more(c, value);
	return 0;
}

char *ice_candidate_write(const struct ice_candidate *c)
{
	char addr[INET6_ADDRSTRLEN], related[INET6_ADDRSTRLEN];
	char more[INET6_ADDRSTRLEN + 24] = "";

	if (sa_ntop(&c->addr, addr, sizeof(addr)))
		return NULL;
	if (sa_isset(&c->related, SA_ADDR) &&
	    !sa_ntop(&c->related, related, sizeof(related)))
		snprintf(more, sizeof(more), " raddr %s rport %u", related,
			 sa_port(&c->related));
	return text_printf("%s %u UDP %u %s %u typ %s%s", c->foundation,
			   c->component + 1, c->priority, addr,
			   sa_port(&c->addr), types[c->type], more);
}
