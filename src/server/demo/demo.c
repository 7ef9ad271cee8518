/**
 * @file demo.c  The demo company as a whole
 */
#include "demo_int.h"

static void destructor(void *arg)
{
	struct demo *d = arg;

	seed_stop(d);
	letters_stop(d);
	list_flush(&d->habits);
	list_flush(&d->agents);
	mem_deref(d->sip);
	mem_deref(d->tune);
	mem_deref(d->media);
}

static int start(struct demo *d)
{
	const struct sip_stack_prm prm = {
		.software = "offhook-demo",
		.media = d->media,
	};
	struct sa laddr = *pbx_address(d->prm.pbx);
	int err;

	err = melody_alloc(&d->tune);
	if (!err)
		err = sip_stack_alloc(&d->sip, &prm, NULL, NULL);
	if (!err) {
		/* the switch may listen everywhere; its neighbours are here */
		if (!sa_isset(&laddr, SA_ADDR) || sa_is_any(&laddr))
			sa_set_str(&laddr, "127.0.0.1", 0);
		sa_set_port(&laddr, 0);
		err = sip_stack_listen(d->sip, SIP_UDP, &laddr);
	}
	if (!err)
		err = agents_start(d);
	if (!err)
		err = letters_start(d);
	if (!err && !d->prm.quiet)
		err = life_start(d);
	return err;
}

static void seeded(struct demo *d, int err)
{
	if (!err)
		err = start(d);
	d->ready(err, d->arg);
}

int demo_alloc(struct demo **dp, const struct demo_prm *prm, struct db *db,
	       struct features *f, void (*ready)(int err, void *arg), void *arg)
{
	struct demo *d;
	int err;

	if (!dp || !prm || !prm->pbx || !db || !f || !ready)
		return EINVAL;

	d = mem_zalloc(sizeof(*d), destructor);
	if (!d)
		return ENOMEM;

	d->prm = *prm;
	d->db = db;
	d->features = f;
	d->ready = ready;
	d->arg = arg;

	err = media_alloc(&d->media);
	if (!err)
		err = seed_start(d, seeded);
	if (err)
		mem_deref(d);
	else
		*dp = d;
	return err;
}

void demo_close(struct demo *d, void (*done)(void *arg), void *arg)
{
	seed_stop(d);
	letters_stop(d);
	list_flush(&d->habits);
	list_flush(&d->agents);
	if (d->sip)
		sip_stack_close(d->sip, done, arg);
	else
		done(arg);
}
