/**
 * @file replay.c  A right digest is good for what it was made for, once
 *                 (RFC 7616 §3.4.5, §3.4.6)
 */
#include <stdlib.h>
#include "sip_int.h"

enum { USES_MAX = 64 /**< of one hash */, NONCE_MS = 310000 };

/** The highest count that came with a nonce and a cnonce. */
struct use {
	struct le le;
	uint8_t key[MD5_SIZE];
	uint32_t nc;
	uint64_t since_ms;
};

static void use_destructor(void *arg)
{
	struct use *u = arg;

	list_unlink(&u->le);
}

/* Oldest first: what no nonce is good for any more goes. */
static void forget_old(struct list *uses)
{
	uint64_t now = time_mono_ms();

	while (uses->head) {
		struct use *u = uses->head->data;

		if (now - u->since_ms < NONCE_MS && list_count(uses) < USES_MAX)
			return;
		mem_deref(u);
	}
}

static struct use *find(const struct list *uses, const uint8_t *key)
{
	/* the newest are asked for most */
	for (struct le *le = uses->tail; le; le = le->prev) {
		struct use *u = le->data;

		if (!memcmp(u->key, key, MD5_SIZE))
			return u;
	}
	return NULL;
}

bool digest_is_fresh(struct sip_stack *s,
		     const struct httpauth_digest_resp *resp)
{
	/* Without a count the whole answer may come once. */
	bool counted = pl_isset(&resp->qop) && pl_isset(&resp->nc);
	uint32_t nc = counted ? pl_x32(&resp->nc) : 1;
	uint8_t key[MD5_SIZE];
	struct list *uses;
	struct use *u;

	if (md5_printf(key, "%r:%r", &resp->nonce,
		       counted ? &resp->cnonce : &resp->response))
		return false;
	uses = &s->uses[*key % ARRAY_SIZE(s->uses)];
	forget_old(uses);
	u = find(uses, key);
	if (u) {
		if (nc <= u->nc)
			return false;
		u->nc = nc;
		return true;
	}
	u = mem_zalloc(sizeof(*u), use_destructor);
	if (!u || !nc) {
		mem_deref(u);
		return false;
	}
	memcpy(u->key, key, sizeof(u->key));
	u->nc = nc;
	u->since_ms = time_mono_ms();
	list_append(uses, &u->le, u);
	return true;
}

/* Equal as far as it says where something goes: parameters and headers do
 * not count, nor does how it is written. Some name only the server. */
bool digest_is_for(const struct sip_msg *msg,
		   const struct httpauth_digest_resp *resp)
{
	char *ours, *theirs;
	struct uri uri;
	bool same;

	if (!pl_cmp(&resp->uri, &msg->ruri))
		return true;
	if (uri_decode(&uri, &resp->uri) ||
	    pl_casecmp(&uri.scheme, &msg->uri.scheme) ||
	    pl_casecmp(&uri.host, &msg->uri.host))
		return false;
	if ((uri.port ? uri.port : SIP_PORT) !=
	    (msg->uri.port ? msg->uri.port : SIP_PORT))
		return false;
	if (!pl_isset(&uri.user))
		return true;
	ours = uri_user(&msg->ruri);
	theirs = uri_user(&resp->uri);
	same = text_equal(ours, theirs);
	free(ours);
	free(theirs);
	return same;
}
