/**
 * @file message.c  STUN's messages and transactions (RFC 8489)
 *
 * libre writes and reads the messages; its transactions want its own sockets,
 * which the media thread has not.
 */
#include <stdlib.h>
#include "ice_int.h"

enum { ROOM = 1024, WAIT_MAX_MS = 1600 };

struct request {
	struct le le;
	struct request **self; /**< who holds it */
	uint8_t tid[STUN_TID_SIZE];
	struct mbuf *mb;
	struct tmr tmr;
	uint32_t wait_ms;
	unsigned left;
	bool reliable;
	uint8_t *key; /**< an answer must be made with it */
	size_t key_len;
	request_send_h *send;
	request_done_h *done;
	void *arg;
};

static void destructor(void *arg)
{
	struct request *r = arg;

	list_unlink(&r->le);
	tmr_cancel(&r->tmr);
	mem_deref(r->mb);
	if (r->key)
		explicit_bzero(r->key, r->key_len);
	free(r->key);
}

static void over(struct request *r, const struct stun_msg *msg,
		 const struct sa *source)
{
	request_done_h *done = r->done;
	void *arg = r->arg;

	if (r->self && *r->self == r)
		*r->self = NULL;
	mem_deref(r);
	if (done)
		done(msg, source, arg);
}

static void say(void *arg)
{
	struct request *r = arg;
	uint32_t wait = r->wait_ms;

	if (!r->left) {
		over(r, NULL, NULL);
		return;
	}
	r->left--;
	if (!r->reliable)
		r->wait_ms = wait < WAIT_MAX_MS / 2 ? wait * 2 : WAIT_MAX_MS;
	tmr_start(&r->tmr, wait, say, r);
	r->send(r->mb->buf, r->mb->end, r->arg);
}

void request_again(struct request *r)
{
	if (r && !r->reliable)
		r->send(r->mb->buf, r->mb->end, r->arg);
}

int request_send(struct request **rp, struct list *list,
		 const struct request_prm *prm, uint32_t attrc, ...)
{
	struct request *r = mem_zalloc(sizeof(*r), destructor);
	va_list ap;
	int err = ENOMEM;

	if (!r)
		return ENOMEM;
	random_bytes(r->tid, sizeof(r->tid));
	r->mb = mbuf_alloc(ROOM);
	if (prm->key) {
		r->key = malloc(prm->key_len + 1);
		r->key_len = prm->key_len;
	}
	if (!r->mb || (prm->key && !r->key))
		goto out;
	if (prm->key)
		memcpy(r->key, prm->key, prm->key_len);
	va_start(ap, attrc);
	err = stun_msg_vencode(r->mb, prm->method, STUN_CLASS_REQUEST, r->tid,
			       NULL, prm->key, prm->key_len, prm->fingerprint,
			       0, attrc, ap);
	va_end(ap);
	if (err)
		goto out;
	r->wait_ms = prm->first_ms;
	r->left = prm->reliable ? 1 : prm->tries;
	r->reliable = prm->reliable;
	r->send = prm->send;
	r->done = prm->done;
	r->arg = prm->arg;
	r->self = rp;
	list_append(list, &r->le, r);
	*rp = r;
	/* Nothing of it happens before the caller has gone on. */
	tmr_init(&r->tmr);
	say(r);
	return 0;
out:
	mem_deref(r);
	return err;
}

bool message_is_by(const struct stun_msg *msg, const uint8_t *key, size_t len)
{
	return !stun_msg_chk_mi(msg, key, len);
}

uint16_t answer_code(const struct stun_msg *msg)
{
	const struct stun_attr *a;

	if (stun_msg_class(msg) == STUN_CLASS_SUCCESS_RESP)
		return 0;
	a = stun_msg_attr(msg, STUN_ATTR_ERR_CODE);
	return a && a->v.err_code.code ? a->v.err_code.code : 400;
}

/* Asked with a password, it must be answered with it; that the password is
 * wrong can't be (RFC 8489 §9.1.4, §9.2.5). */
static bool is_genuine(const struct request *r, const struct stun_msg *msg)
{
	uint16_t code = answer_code(msg);

	if (!r->key || message_is_by(msg, r->key, r->key_len))
		return true;
	return (code == 400 || code == 401 || code == 438) &&
	       !stun_msg_attr(msg, STUN_ATTR_MSG_INTEGRITY);
}

bool request_answered(struct list *list, const struct stun_msg *msg,
		      const struct sa *source)
{
	struct le *le;

	if (stun_msg_class(msg) != STUN_CLASS_SUCCESS_RESP &&
	    stun_msg_class(msg) != STUN_CLASS_ERROR_RESP)
		return false;
	for (le = list->head; le; le = le->next) {
		struct request *r = le->data;

		if (memcmp(r->tid, stun_msg_tid(msg), sizeof(r->tid)))
			continue;
		if (is_genuine(r, msg))
			over(r, msg, source);
		return true;
	}
	return false;
}

/* The whole datagram, no less and no more: libre would read on. */
static bool has_its_length(const uint8_t *p, size_t len)
{
	return len >= STUN_HEADER_SIZE && len <= DATAGRAM_MAX &&
	       (size_t)(p[2] << 8 | p[3]) + STUN_HEADER_SIZE == len;
}

struct stun_msg *message_read(const uint8_t *p, size_t len,
			      struct stun_unknown_attr *unknown)
{
	struct stun_msg *msg = NULL;
	struct mbuf *mb;

	if (!has_its_length(p, len))
		return NULL;
	mb = mbuf_alloc(len);
	if (!mb)
		return NULL;
	(void)mbuf_write_mem(mb, p, len);
	mb->pos = 0;
	if (stun_msg_decode(&msg, mb, unknown))
		msg = NULL;
	mem_deref(mb);
	if (msg && !stun_msg_mcookie(msg))
		msg = mem_deref(msg);
	return msg;
}
