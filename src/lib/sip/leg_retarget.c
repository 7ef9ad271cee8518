/**
 * @file leg_retarget.c  An established leg goes on from another address
 */
#include "sip_int.h"
#include "sip_session.h"

#define LOG_MODULE "sip"

/* Which address of ours faces the other side now? */
static int facing(struct sa *laddr, const struct sip_leg *leg)
{
	const struct sip_account *a = leg->account;
	int err;

	if (!a)
		return sip_source_address(laddr, sdp_media_raddr(leg->audio));
	if (!sa_isset(&a->addr, SA_ADDR))
		return ENOTCONN;
	err = stack_face(leg->stack, a->transport, &a->addr);
	if (err)
		return err;
	return sip_source_address(laddr, &a->addr);
}

int sip_leg_retarget(struct sip_leg *leg)
{
	struct sa laddr;
	int err;

	if (!leg || leg->state != SIP_LEG_ESTABLISHED || !leg->session)
		return EPROTO;
	err = facing(&laddr, leg);
	if (!err)
		err = media_stream_move(leg->stream, &laddr);
	if (err)
		return err;
	laddr = *media_stream_laddr(leg->stream);
	sdp_session_set_laddr(leg->sdp, &laddr);
	sdp_media_set_laddr(leg->audio, &laddr);
	log_info("a call goes on from another address");
	if (leg->ice.agent && !leg->session->modifying)
		return leg_ice_again(leg);
	/* One that is on its way may have left with the old address. */
	if (leg->session->modifying) {
		leg->retarget = true;
		return 0;
	}
	return sip_session_modify(leg->session);
}
