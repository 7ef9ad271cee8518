/**
 * @file machine.c  The switch itself as a side of a call: it plays and records
 *
 * A party without a leg. It uses the stream of whoever has called, as long as
 * that phone is with this call; what it says is up to the hook.
 */
#include "switch_int.h"

struct pbx_machine {
	struct party *party; /**< NULL: it is over */
	char *name;
	void *data; /**< the hook's */
	struct media_clip *clips[PBX_CLIPS_MAX];
	size_t n, at;		   /**< the one that is played */
	struct recorder *recorder; /**< NULL: it does not record */
	bool begun;
	bool connected;
};

static void forget_clips(struct pbx_machine *m)
{
	for (size_t i = 0; i < m->n; i++)
		m->clips[i] = mem_deref(m->clips[i]);
	m->n = m->at = 0;
}

static void destructor(void *arg)
{
	struct pbx_machine *m = arg;

	forget_clips(m);
	free(m->name);
}

int machine_alloc(struct party *party, const char *name)
{
	struct pbx_machine *m = mem_zalloc(sizeof(*m), destructor);

	if (!m)
		return ENOMEM;
	if (text_set(&m->name, name)) {
		mem_deref(m);
		return ENOMEM;
	}
	m->party = party;
	party->machine = m;
	return 0;
}

struct pbx_machine *machine_of(const struct party *party)
{
	const struct party *other = call_other(party);

	return other ? other->machine : NULL;
}

static void tell(struct pbx_machine *m, enum pbx_machine_event ev)
{
	const struct pbx *p = m->party ? m->party->call->pbx : NULL;

	if (p && p->hooks.machine)
		p->hooks.machine(m, ev, p->arg);
}

/** Of who listens, while it does. */
static struct media_stream *stream(const struct pbx_machine *m)
{
	return m->party && m->connected ? party_stream(call_other(m->party))
					: NULL;
}

/* ---- what it does ------------------------------------------------------ */

static void play(struct pbx_machine *m)
{
	struct media_stream *s = stream(m);

	if (s && m->at < m->n)
		(void)media_stream_play_clip(s, MEDIA_REMOTE, m->clips[m->at],
					     1);
}

int pbx_machine_play(struct pbx_machine *m, struct media_clip *const *clips,
		     size_t n)
{
	if (!m || n > PBX_CLIPS_MAX || (n && !clips))
		return EINVAL;
	media_stream_play_stop(stream(m), MEDIA_REMOTE);
	forget_clips(m);
	for (m->n = 0; m->n < n; m->n++)
		m->clips[m->n] = mem_ref(clips[m->n]);
	play(m);
	return 0;
}

char pbx_machine_digit(struct pbx_machine *m)
{
	struct media_stream *s = m ? stream(m) : NULL;

	return s ? media_stream_take_digit(s) : 0;
}

int pbx_machine_record(struct pbx_machine *m, const struct pbx_record_prm *prm,
		       pbx_recorded_h *h, void *arg)
{
	int err;

	if (!m || !m->party)
		return EINVAL;
	if (m->recorder)
		return EALREADY;
	err = recorder_alloc(&m->recorder, m->party->call->pbx, prm, m, h, arg);
	if (!err)
		(void)media_stream_record(stream(m),
					  recorder_ring(m->recorder));
	return err;
}

bool pbx_machine_record_stop(struct pbx_machine *m)
{
	struct recorder *r = m ? m->recorder : NULL;

	if (!r)
		return false;
	(void)media_stream_record(stream(m), NULL);
	m->recorder = NULL;
	recorder_end(r);
	return true;
}

void machine_stopped(struct pbx_machine *m, int err)
{
	mem_ref(m);
	if (pbx_machine_record_stop(m))
		tell(m, err ? PBX_MACHINE_BROKEN : PBX_MACHINE_STOPPED);
	mem_deref(m);
}

void pbx_machine_hang_up(struct pbx_machine *m)
{
	if (m && m->party)
		call_end(m->party->call, PBX_CAUSE_NORMAL);
}

/* ---- whom it has to do with -------------------------------------------- */

const char *pbx_machine_name(const struct pbx_machine *m)
{
	return m ? m->name : "";
}

void pbx_machine_caller(const struct pbx_machine *m, struct pbx_caller *caller,
			const char **namep)
{
	const struct party *other = m && m->party ? call_other(m->party) : NULL;

	caller->number = other ? other->number : "";
	caller->outside = other && other->outside;
	*namep = other && other->name ? other->name : "";
}

void pbx_machine_set_data(struct pbx_machine *m, void *data)
{
	if (m)
		m->data = data;
}

void *pbx_machine_data(const struct pbx_machine *m)
{
	return m ? m->data : NULL;
}

/* ---- what happens to it ------------------------------------------------ */

void machine_connect(struct pbx_machine *m, struct media_stream *s)
{
	struct media_stream *now;

	if (!m || m->connected == (s != NULL))
		return;
	if (!s) {
		now = stream(m);
		(void)media_stream_record(now, NULL);
		media_stream_play_stop(now, MEDIA_REMOTE);
	}
	m->connected = s != NULL;
	if (s && m->recorder)
		(void)media_stream_record(s, recorder_ring(m->recorder));
	/* what was being said begins anew */
	play(m);
}

void machine_answer(struct call *c)
{
	struct party *party = c->called;
	struct pbx_machine *m = mem_ref(party->machine);

	party_state(party, PBX_ALERTING);
	event_send(c, party, PBX_DELIVERED, PBX_CAUSE_FORWARDED,
		   c->ringing.left);
	call_answered(c, party, PBX_CAUSE_FORWARDED);
	m->begun = m->party != NULL;
	tell(m, PBX_MACHINE_BEGUN);
	mem_deref(m);
}

void machine_media_event(struct pbx_machine *m, enum media_event ev)
{
	mem_ref(m);
	if (ev == MEDIA_EVENT_DIGIT) {
		tell(m, PBX_MACHINE_DIGIT);
	} else if (ev == MEDIA_EVENT_PLAYED && m->at < m->n) {
		m->at++;
		if (m->at < m->n) {
			play(m);
		} else {
			forget_clips(m);
			tell(m, PBX_MACHINE_PLAYED);
		}
	}
	mem_deref(m);
}

void machine_over(struct party *party)
{
	struct pbx_machine *m = party->machine;

	if (!m)
		return;
	(void)pbx_machine_record_stop(m);
	media_stream_play_stop(stream(m), MEDIA_REMOTE);
	if (m->begun)
		tell(m, PBX_MACHINE_OVER);
	party->machine = NULL;
	m->party = NULL;
	mem_deref(m);
}
