/**
 * @file registrar.c  A REGISTER that came in (RFC 3261 §10.3)
 */
#include <stdlib.h>
#include "sip_int.h"

enum {
	CONTACTS_MAX = 16,
	EXPIRES_S = 3600, /**< where none is asked for */
	EXPIRES_MIN_S = 60,
};

struct contact {
	struct sip_contact_info info;
	char *uri;
};

struct sip_register {
	struct sip_stack *stack;
	struct sip_msg *msg;
	struct sip_strans *st;
	char *user, *auth_user, *call_id;
	struct contact contacts[CONTACTS_MAX];
	size_t n;
	bool all, bad, answered;
};

static void register_destructor(void *arg)
{
	struct sip_register *r = arg;

	if (!r->answered)
		(void)sip_register_reject(r, 480, NULL);
	for (size_t i = 0; i < r->n; i++)
		mem_deref(r->contacts[i].uri);
	mem_deref(r->st);
	mem_deref(r->msg);
	mem_deref(r->stack);
	free(r->user);
	free(r->auth_user);
	free(r->call_id);
}

static bool contact_handler(const struct sip_hdr *hdr,
			    const struct sip_msg *msg, void *arg)
{
	struct sip_register *r = arg;
	struct contact *c = &r->contacts[r->n];
	struct sip_addr addr;
	struct pl v;

	if (!pl_strcmp(&hdr->val, "*")) {
		r->all = true;
		return false;
	}
	if (r->n == CONTACTS_MAX || sip_addr_decode(&addr, &hdr->val)) {
		r->bad = true;
		return true;
	}
	c->uri = dup_pl(&addr.auri);
	if (!c->uri || !uri_is_sane(c->uri)) {
		c->uri = mem_deref(c->uri);
		r->bad = true;
		return true;
	}
	c->info.uri = c->uri;
	c->info.source = &r->msg->src;
	c->info.transport = transport_of(msg->tp);
	c->info.expires = EXPIRES_S;
	if (!msg_param_decode(&addr.params, "expires", &v))
		c->info.expires = pl_u32(&v);
	else if (pl_isset(&msg->expires))
		c->info.expires = pl_u32(&msg->expires);
	r->n++;
	return false;
}

void register_arrived(struct sip_stack *s, const struct sip_msg *msg)
{
	struct sip_register *r;
	char *user = NULL;

	if (challenge(s, msg, &user))
		return;
	r = mem_zalloc(sizeof(*r), register_destructor);
	if (!r) {
		free(user);
		(void)sip_reply(s->sip, msg, 500, reason_of(500));
		return;
	}
	r->auth_user = user;
	r->stack = mem_ref(s);
	r->msg = mem_ref((void *)msg);
	r->user = sip_message_user(message_of(msg), "To");
	r->call_id = sip_message_call_id(message_of(msg));
	/* Repetitions end in the transaction while this one is decided. */
	if (sip_strans_alloc(&r->st, s->sip, msg, NULL, NULL)) {
		(void)sip_register_reject(r, 500, NULL);
		mem_deref(r);
		return;
	}
	sip_msg_hdr_apply(msg, true, SIP_HDR_CONTACT, contact_handler, r);
	/* "*" stands alone, and only to remove. */
	if (r->all &&
	    (r->n || !pl_isset(&msg->expires) || pl_u32(&msg->expires)))
		r->bad = true;
	if (r->bad || text_empty(r->user))
		(void)sip_register_reject(r, 400, NULL);
	else
		s->h.registering(r, s->arg);
	mem_deref(r);
}

const char *sip_register_user(const struct sip_register *r)
{
	return r ? r->user : NULL;
}

const char *sip_register_auth_user(const struct sip_register *r)
{
	return r ? r->auth_user : NULL;
}

const char *sip_register_call_id(const struct sip_register *r)
{
	return r ? r->call_id : NULL;
}

uint32_t sip_register_cseq(const struct sip_register *r)
{
	return r ? r->msg->cseq.num : 0;
}

bool sip_register_all(const struct sip_register *r)
{
	return r && r->all;
}

size_t sip_register_contacts(const struct sip_register *r)
{
	return r ? r->n : 0;
}

const struct sip_contact_info *
sip_register_contact(const struct sip_register *r, size_t i)
{
	return r && i < r->n ? &r->contacts[i].info : NULL;
}

int sip_register_accept(struct sip_register *r, const char *const *uris,
			const uint32_t *expires, size_t n)
{
	struct text_buf b = {0};
	int err = 0;

	if (!r || r->answered)
		return EINVAL;
	for (size_t i = 0; i < n; i++) {
		if (uri_is_sane(uris[i]))
			text_buf_printf(&b, "Contact: <%s>;expires=%u\r\n",
					uris[i], expires[i]);
	}
	err = b.err;
	if (!err) {
		r->answered = true;
		err = sip_treplyf(&r->st, NULL, r->stack->sip, r->msg, false,
				  200, "OK", "%s" SIP_EMPTY,
				  b.buf ? b.buf : "");
	}
	text_buf_reset(&b);
	return err;
}

int sip_register_reject(struct sip_register *r, uint16_t code,
			const char *reason)
{
	char *clean, brief[32] = "";
	int err;

	if (!r || r->answered || code < 300 || code > 699)
		return EINVAL;
	r->answered = true;
	clean = reason_text(code, reason);
	if (code == 423)
		snprintf(brief, sizeof(brief), "Min-Expires: %d\r\n",
			 EXPIRES_MIN_S);
	err = sip_treplyf(&r->st, NULL, r->stack->sip, r->msg, false, code,
			  clean ? clean : "", "%s" SIP_EMPTY, brief);
	free(clean);
	return err;
}
