/**
 * @file hold.c  One side keeps the other waiting
 */
#include "switch_int.h"

bool call_has_nobody(const struct party *party)
{
	return !call_is_conference(party->call) &&
	       (!call_other(party) || machine_of(party));
}

bool call_is_kept_waiting(const struct party *party)
{
	const struct party *other = call_other(party);

	return party->call->parked || (other && other->state == PBX_HELD);
}

void call_keep_waiting(struct party *party)
{
	/* while another word is on its way, later: leg.c */
	sip_leg_hold(party->leg, true);
	media_stream_play_tone(party_stream(party), MEDIA_REMOTE,
			       MEDIA_TONE_HELD);
}

void call_unhold(struct party *party)
{
	media_stream_play_stop(party_stream(party), MEDIA_REMOTE);
	sip_leg_hold(party->leg, false);
}

void call_hold(struct party *party, bool hold, enum pbx_cause cause)
{
	struct call *c = party->call;
	struct party *other = call_other(party);
	enum pbx_connection state = hold ? PBX_HELD : PBX_CONNECTED;

	if (!c->answered || party->state == state)
		return;
	if (call_is_conference(c)) {
		conference_hold(party, hold, cause);
		return;
	}
	/* parked, or it hears what a code has come to */
	if (!other)
		return;

	party_state(party, state);
	if (hold)
		call_keep_waiting(other);
	else
		call_unhold(other);
	event_send(c, party, hold ? PBX_HELD_EVENT : PBX_RETRIEVED, cause,
		   NULL);
}
