/**
 * @file park.c  A call that waits with nobody, in a slot, for whoever comes
 *
 * Its phone hears that it waits. If nobody comes, whoever has parked it is
 * called again.
 */
#include "switch_int.h"

struct parked {
	struct call *call;
	int64_t since_ms;
	unsigned slot;
	char *by; /**< number of who has parked it */
	struct tmr tmr;
};

static void destructor(void *arg)
{
	struct parked *k = arg;

	tmr_cancel(&k->tmr);
	free(k->by);
}

struct call *park_at(const struct pbx *p, unsigned slot)
{
	const struct parked *k = slot < PBX_SLOTS ? p->slots[slot] : NULL;

	return k ? k->call : NULL;
}

void pbx_parked(const struct pbx *p, pbx_parked_h *h, void *arg)
{
	for (unsigned i = 0; p && i < PBX_SLOTS; i++) {
		const struct parked *k = p->slots[i];
		const struct party *stays = k ? k->call->calling : NULL;

		if (stays)
			h(
				&(struct pbx_parked){
					.slot = i,
					.number = stays->number,
					.name = stays->name ? stays->name : "",
					.by = k->by,
					.since_ms = k->since_ms,
				},
				arg);
	}
}

static void changed(const struct pbx *p)
{
	if (p->hooks.parked)
		p->hooks.parked(p->arg);
}

void park_over(struct call *c)
{
	struct parked *k = c->parked;

	if (!k)
		return;
	c->pbx->slots[k->slot] = NULL;
	c->parked = NULL;
	mem_deref(k);
	changed(c->pbx);
}

static void nobody_came(void *arg)
{
	struct parked *k = mem_ref(arg);
	struct call *c = k->call;
	struct party *stays = c->calling;

	log_info("call %u: nobody came for slot %u", c->id, k->slot);
	park_over(c);
	party_state(stays, PBX_CONNECTED);
	if (!transfer_back(stays, k->by))
		call_end(c, PBX_CAUSE_NO_ANSWER);
	mem_deref(k);
}

enum pbx_cause park_put(struct party *by, unsigned slot,
			struct sip_refer *refer)
{
	struct party *stays = call_other(by);
	struct call *c = by->call;
	struct pbx *p = c->pbx;
	struct parked *k;

	if (slot >= PBX_SLOTS || p->slots[slot] || !c->answered || !stays ||
	    !stays->leg || c->transfer || call_is_conference(c))
		return PBX_CAUSE_BUSY;
	k = mem_zalloc(sizeof(*k), destructor);
	if (!k || text_set(&k->by, by->number)) {
		mem_deref(k);
		return PBX_CAUSE_NETWORK;
	}

	k->call = c;
	k->slot = slot;
	k->since_ms = time_wall_ms();
	c->parked = p->slots[slot] = k;
	c->mixer = mem_deref(c->mixer);
	media_stream_bridge(party_stream(stays), NULL);
	sip_refer_progress(refer, 200);
	transfer_leaves(by, stays, PBX_CAUSE_PARK);
	transfer_let_go(c, by, refer);
	party_state(stays, PBX_QUEUED);
	call_keep_waiting(stays);
	event_send(c, stays, PBX_QUEUED_EVENT, PBX_CAUSE_PARK, NULL);
	tmr_start(&k->tmr, p->prm.park_s * 1000ull, nobody_came, k);
	changed(p);
	return PBX_CAUSE_NORMAL;
}
