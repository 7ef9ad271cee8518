/**
 * @file replay.c  A right digest is good for what it was made for, once
 *                 (RFC 7616 §3.4.5, §3.4.6)
 */
#include <stdlib.h>
#include "sip_int.h"

/** As many as some hundred calls a second use while a nonce is good. */
enum { USES_MAX = 1 << 18, BUCKETS = 8192, NONCE_MS = 310000 };

/** The highest count that came with a nonce and a cnonce. */
struct use {
	struct le he;
	struct le le;
	struct replay *replay;
	uint8_t key[MD5_SIZE];
	uint32_t nc;
	uint64_t since_ms;
};

struct replay {
	struct hash *uses;  /**< struct use, by key */
	struct list oldest; /**< the same, oldest first */
	unsigned count;
};

static void use_destructor(void *arg)
{
	struct use *u = arg;

	hash_unlink(&u->he);
	list_unlink(&u->le);
	u->replay->count--;
}

static void replay_destructor(void *arg)
{
	struct replay *r = arg;

	list_flush(&r->oldest);
	mem_deref(r->uses);
}

static struct replay *replay_new(void)
{
	struct replay *r = mem_zalloc(sizeof(*r), replay_destructor);

	return r && hash_alloc(&r->uses, BUCKETS) ? mem_deref(r) : r;
}

/* What no nonce is good for any more goes. */
static void forget_old(struct replay *r)
{
	uint64_t now = time_mono_ms();

	while (r->oldest.head) {
		struct use *u = r->oldest.head->data;

		if (now - u->since_ms < NONCE_MS && r->count < USES_MAX)
			return;
		mem_deref(u);
	}
}

static uint32_t hash_of(const uint8_t *key)
{
	uint32_t hash;

	memcpy(&hash, key, sizeof(hash));
	return hash;
}

static struct use *find(const struct replay *r, const uint8_t *key)
{
	struct le *le = list_head(hash_list(r->uses, hash_of(key)));

	for (; le; le = le->next) {
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
	struct replay *r;
	struct use *u;

	if (md5_printf(key, "%r:%r", &resp->nonce,
		       counted ? &resp->cnonce : &resp->response))
		return false;
	r = s->replay ? s->replay : replay_new();
	if (!r)
		return false;
	s->replay = r;
	forget_old(r);
	u = find(r, key);
	if (u) {
		if (nc <= u->nc)
			return false;
		u->nc = nc;
		return true;
	}
	u = nc ? mem_zalloc(sizeof(*u), use_destructor) : NULL;
	if (!u)
		return false;
	u->replay = r;
	r->count++;
	memcpy(u->key, key, sizeof(u->key));
	u->nc = nc;
	u->since_ms = time_mono_ms();
	hash_append(r->uses, hash_of(key), &u->he, u);
	list_append(&r->oldest, &u->le, u);
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
