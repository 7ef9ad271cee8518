/**
 * @file lamp.c  Colleagues' phones and one's own voicemail, watched
 *
 * The numbers outlive the account: each new one watches them again.
 */
#include "phone_int.h"

struct lamp {
	struct le le;
	struct phone *phone;
	char *number;
	enum phone_lamp now;
	struct sip_subscription *sub;
};

static void destructor(void *arg)
{
	struct lamp *l = arg;

	list_unlink(&l->le);
	mem_deref(l->sub);
	free(l->number);
}

static void on_lamp(struct sip_subscription *sub,
		    const struct sip_lamp_info *info, void *arg)
{
	static const enum phone_lamp lamps[] = {
		[SIP_LAMP_UNREACHABLE] = PHONE_LAMP_UNREACHABLE,
		[SIP_LAMP_IDLE] = PHONE_LAMP_IDLE,
		[SIP_LAMP_RINGING] = PHONE_LAMP_RINGING,
		[SIP_LAMP_BUSY] = PHONE_LAMP_BUSY,
	};
	struct lamp *l = arg;
	struct phone *p = l->phone;
	(void)sub;

	l->now = lamps[info->lamp];
	if (p->h.lamp)
		p->h.lamp(l->number, l->now,
			  info->count ? info->calls[0].number : "", p->arg);
}

static void on_messages(struct sip_subscription *sub,
			const struct sip_messages *m, void *arg)
{
	struct phone *p = arg;
	(void)sub;

	if (p->h.voicemail)
		p->h.voicemail(m->waiting, m->voice_new, m->voice_old, p->arg);
}

static int watch(struct lamp *l)
{
	static const struct sip_subscription_handlers handlers = {
		.lamp = on_lamp};
	const struct sip_subscription_prm prm = {
		.account = l->phone->account,
		.to_uri = l->number,
		.package = SIP_EVENT_LAMP,
	};

	return sip_subscribe_alloc(&l->sub, l->phone->sip, &prm, &handlers, l);
}

static int watch_box(struct phone *p)
{
	static const struct sip_subscription_handlers handlers = {
		.messages = on_messages};
	const struct sip_subscription_prm prm = {
		.account = p->account,
		.to_uri = p->own_number,
		.package = SIP_EVENT_MESSAGES,
	};

	return sip_subscribe_alloc(&p->mailbox, p->sip, &prm, &handlers, p);
}

static struct lamp *find(const struct list *lamps, const char *number)
{
	struct le *le;

	LIST_FOREACH (lamps, le) {
		struct lamp *l = le->data;

		if (!strcmp(l->number, number))
			return l;
	}
	return NULL;
}

static int add(struct phone *p, struct list *lamps, const char *number)
{
	struct lamp *l = find(&p->lamps, number);
	int err = 0;

	if (find(lamps, number))
		return 0;
	/* one that is watched already goes on */
	if (l) {
		list_unlink(&l->le);
		list_append(lamps, &l->le, l);
		return 0;
	}

	l = mem_zalloc(sizeof(*l), destructor);
	if (!l)
		return ENOMEM;

	l->phone = p;
	l->number = text_dup(number);
	if (!l->number)
		err = ENOMEM;
	else if (p->account)
		err = watch(l);
	if (err)
		mem_deref(l);
	else
		list_append(lamps, &l->le, l);
	return err;
}

int phone_watch(struct phone *p, const char *const *numbers, size_t n)
{
	struct list lamps = LIST_INIT;
	struct le *le;
	size_t i;
	int err = 0;

	if (!p || (n && !numbers) || n > PHONE_WATCH_MAX)
		return EINVAL;
	for (i = 0; i < n; i++) {
		if (text_empty(numbers[i]))
			return EINVAL;
	}

	for (i = 0; i < n && !err; i++)
		err = add(p, &lamps, numbers[i]);
	/* what is left is watched no more; unless it failed half-way */
	if (!err)
		list_flush(&p->lamps);
	while ((le = list_head(&lamps))) {
		list_unlink(le);
		list_append(&p->lamps, le, le->data);
	}
	return err;
}

int phone_watch_voicemail(struct phone *p, bool on)
{
	if (!p)
		return EINVAL;

	p->wants_mailbox = on;
	p->mailbox = mem_deref(p->mailbox);
	return on && p->account ? watch_box(p) : 0;
}

void lamps_begin(struct phone *p, const char *own_number)
{
	struct le *le;

	if (text_set(&p->own_number, own_number))
		return;
	LIST_FOREACH (&p->lamps, le) {
		struct lamp *l = le->data;

		if (watch(l))
			log_warn("the phone of %s is not watched", l->number);
	}
	if (p->wants_mailbox && watch_box(p))
		log_warn("voicemail is not watched");
}

void lamps_end(struct phone *p)
{
	struct le *le;

	list_flush(&p->messages);
	p->mailbox = mem_deref(p->mailbox);
	LIST_FOREACH (&p->lamps, le) {
		struct lamp *l = le->data;

		l->sub = mem_deref(l->sub);
		l->now = PHONE_LAMP_UNREACHABLE;
	}
}

void lamps_close(struct phone *p)
{
	lamps_end(p);
	list_flush(&p->lamps);
	free(p->own_number);
	p->own_number = NULL;
}
