/**
 * @file message.c  Text messages in and out (RFC 3428)
 */
#include "phone_int.h"

struct message {
	struct le le;
	struct phone *phone;
	struct sip_page *page;
	uint64_t id;
};

static void destructor(void *arg)
{
	struct message *m = arg;

	list_unlink(&m->le);
	mem_deref(m->page);
}

static void on_result(struct sip_page *page, uint16_t code, const char *reason,
		      void *arg)
{
	struct message *m = arg;
	struct phone *p = m->phone;
	uint64_t id = m->id;
	(void)page;

	mem_deref(m);
	if (p->h.message_result)
		p->h.message_result(id, code, reason, p->arg);
}

int phone_message(struct phone *p, const char *number, const char *text,
		  uint64_t *idp)
{
	struct sip_page_prm prm = {.to_uri = number, .text = text};
	struct message *m;
	int err;

	if (!p || !idp || text_empty(number) || text_empty(text))
		return EINVAL;
	if (!p->account || p->closing)
		return ENOTCONN;

	m = mem_zalloc(sizeof(*m), destructor);
	if (!m)
		return ENOMEM;

	m->phone = p;
	m->id = ++p->last_message;
	prm.account = p->account;
	err = sip_page_send(&m->page, p->sip, &prm, on_result, m);
	if (err) {
		mem_deref(m);
		return err;
	}
	list_append(&p->messages, &m->le, m);
	*idp = m->id;
	return 0;
}

void message_incoming(struct sip_page_in *in, struct phone *p)
{
	const struct sip_message *msg = sip_page_in_message(in);
	char *number = sip_message_user(msg, "From");
	char *name = sip_message_name(msg, "From");

	/* Who has no use for it says so: a text that nobody shows is lost. */
	if (p->h.message && !p->closing &&
	    p->h.message(number ? number : "", name ? name : "",
			 sip_page_in_text(in), p->arg))
		sip_page_in_accept(in);
	else
		sip_page_in_reject(in, 480, NULL);
	free(number);
	free(name);
}
