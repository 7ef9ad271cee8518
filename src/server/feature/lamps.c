/**
 * @file lamps.c  In what state a phone is, for a colleague's eye
 */
#include "feature_int.h"

/* What a connection makes of the lamp, the weightier the higher. */
enum { WEIGHT_NONE, WEIGHT_RINGS, WEIGHT_HOLDS, WEIGHT_DIALS, WEIGHT_TALKS };

struct look {
	struct feature_device *d;
	unsigned weight;
};

static void connection(const struct pbx_connection_info *c, void *arg)
{
	struct look *l = arg;
	unsigned weight;
	enum feature_lamp lamp;

	switch (c->state) {
	case PBX_ALERTING:
		weight = WEIGHT_RINGS;
		lamp = c->outside ? FEATURE_LAMP_RINGS_OUTSIDE
				  : FEATURE_LAMP_RINGS_INSIDE;
		break;
	case PBX_INITIATED:
		weight = WEIGHT_DIALS;
		lamp = FEATURE_LAMP_DIALLING;
		break;
	case PBX_CONNECTED:
	case PBX_HELD:
	case PBX_QUEUED:
		weight =
			c->state == PBX_CONNECTED ? WEIGHT_TALKS : WEIGHT_HOLDS;
		lamp = c->outside ? FEATURE_LAMP_TALKS_OUTSIDE
				  : FEATURE_LAMP_TALKS_INSIDE;
		if (c->outgoing && !c->answered_ms) {
			weight = WEIGHT_DIALS;
			lamp = FEATURE_LAMP_DIALLING;
		}
		break;
	default:
		return;
	}
	if (weight <= l->weight)
		return;
	l->weight = weight;
	l->d->lamp = lamp;
	l->d->off_hook = weight != WEIGHT_RINGS;
	l->d->outgoing = c->outgoing;
	l->d->outside = c->outside;
	l->d->peer = c->peer ? c->peer : "";
	l->d->peer_name = c->peer_name ? c->peer_name : "";
}

void feature_device(const struct features *f, const char *device,
		    struct feature_device *d)
{
	struct look l = {.d = d, .weight = WEIGHT_NONE};

	*d = (struct feature_device){
		.device = device,
		.peer = "",
		.peer_name = "",
		.lamp = FEATURE_LAMP_UNREACHABLE,
	};
	if (!f || !f->pbx)
		return;
	if (pbx_reachable(f->pbx, device))
		d->lamp = FEATURE_LAMP_IDLE;
	pbx_connections(f->pbx, device, connection, &l);
}

static void tell(struct features *f, const char *device)
{
	struct feature_device d;

	if (text_empty(device) || !db_account(f->db, device))
		return;
	feature_device(f, device, &d);
	notify_emit(f->notify, FEATURE_DEVICE, &d);
}

/* An event changes its subject, and what the other side sees of it. */
static void event(struct features *f, const struct pbx_event *ev)
{
	tell(f, ev->device);
	if (ev->peer && strcmp(ev->peer, ev->device))
		tell(f, ev->peer);
}

static void reachable(struct features *f, const char *device)
{
	tell(f, device);
}

const struct feature feature_lamps = {
	.name = "lamps",
	.event = event,
	.reachable = reachable,
};
