/**
 * @file sync.c  Reading everything after the login, and parts of it again
 *
 * First who there is, then what they do: presence and lamps belong to users
 * that the directory has named.
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

enum {
	JOURNAL_ROWS = 200,
	VOICEMAIL_ROWS = 500,
	MESSAGE_ROWS = 500,
	STALE_MS = 150, /**< several hints in a row are one reading */
	JOURNAL_EVERY_MS = 60 * 1000,
};

void wsi_cannot(struct session *s, const struct answer *a, uint32_t can)
{
	struct uc_account *account = uc_account_edit(s->uc);

	if (a->status != WSI_NOT_OFFERED)
		return;
	s->cannot |= can;
	if (!(account->can & can))
		return;
	account->can &= ~can;
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
}

bool wsi_without(struct session *s, const struct answer *a,
		 enum wsi_addition addition)
{
	if (a->status != WSI_NOT_OFFERED)
		return false;
	log_info("announced, and not there: addition %x", (unsigned)addition);
	s->additions &= ~(uint32_t)addition;
	wsi_cannot(s, a, wsi_abilities_without(s->additions));
	return true;
}

void wsi_read(struct session *s, enum proto_command command, struct params *p,
	      answer_h *h, unsigned flags)
{
	const struct command_prm prm = {
		.command = command,
		.params = p,
		.flags = COMMAND_READS | flags,
		.answer = h,
	};
	int err;

	if (!wsi_command_offered(s, command)) {
		if (p)
			text_buf_reset(&p->b);
		return;
	}
	err = wsi_command_send(NULL, s, &prm);
	if (err && err != ENOTCONN)
		log_error("%s: %s", proto_command(command), strerror(err));
}

/* ---- the parts --------------------------------------------------------- */

static void param_answer(struct session *s, const struct answer *a, void *data)
{
	(void)data;
	wsi_server_param_read(s, a);
}

static void presence_answer(struct session *s, const struct answer *a,
			    void *data)
{
	(void)data;
	wsi_presence_read(s, a);
}

static void read_presence(struct session *s);

/* Who has the published command besides is asked by that. */
static void presence_list_answer(struct session *s, const struct answer *a,
				 void *data)
{
	(void)data;
	wsi_presence_read(s, a);
	if (wsi_without(s, a, WSI_ADD_PRESENCE) && wsi_session_alive(s))
		read_presence(s);
}

/* The first of the two that the server has is asked. */
static void presence_xml_answer(struct session *s, const struct answer *a,
				void *data)
{
	(void)data;
	wsi_presence_read(s, a);
	if (a->status == WSI_NOT_OFFERED)
		wsi_read(s, PROTO_COMMAND_PRESENCE_DB_GET, NULL,
			 presence_answer, COMMAND_SYNC | COMMAND_LARGE);
}

static void read_presence(struct session *s)
{
	if (s->additions & WSI_ADD_PRESENCE)
		wsi_read(s, PROTO_COMMAND_PRESENCE_LIST, NULL,
			 presence_list_answer, COMMAND_SYNC | COMMAND_LARGE);
	else if (wsi_command_offered(s, PROTO_COMMAND_GET_PRESENCE_XML))
		wsi_read(s, PROTO_COMMAND_GET_PRESENCE_XML, NULL,
			 presence_xml_answer, COMMAND_SYNC | COMMAND_LARGE);
	else
		wsi_read(s, PROTO_COMMAND_PRESENCE_DB_GET, NULL,
			 presence_answer, COMMAND_SYNC | COMMAND_LARGE);
}

static void device_answer(struct session *s, const struct answer *a, void *data)
{
	(void)data;
	wsi_calls_snapshot(s, a);
}

static void read_device(struct session *s)
{
	struct params p = {0};

	wsi_params_add(&p, PROTO_PARAM_DEVICE_ID, s->device);
	wsi_calls_asked(s);
	wsi_read(s, PROTO_COMMAND_GET_DEVICE_STATE, &p, device_answer,
		 COMMAND_SYNC);
}

static void forwarding_answer(struct session *s, const struct answer *a,
			      void *data)
{
	(void)data;
	wsi_forwarding_read(s, a);
}

static void read_forwarding(struct session *s)
{
	struct params p = {0};

	if (text_empty(s->device))
		return;
	wsi_params_add(&p, PROTO_PARAM_DEVICE, s->device);
	wsi_read(s, PROTO_COMMAND_GET_FORWARDING, &p, forwarding_answer,
		 COMMAND_SYNC);
}

static void away_answer(struct session *s, const struct answer *a, void *data)
{
	(void)data;
	wsi_away_read(s, a);
	wsi_without(s, a, WSI_ADD_AWAY);
}

static void read_away(struct session *s)
{
	if (s->additions & WSI_ADD_AWAY)
		wsi_read(s, PROTO_COMMAND_STATE_FORWARDING, NULL, away_answer,
			 COMMAND_SYNC);
}

/* In Suite boxes are managed elsewhere. */
static void read_box(struct session *s)
{
	const struct uc_account *account = uc_account(s->uc);

	if (s->additions & WSI_ADD_VOICEMAIL &&
	    account->can & UC_CAN_VOICEMAIL && account->mode != UC_MODE_SUITE)
		wsi_read(s, PROTO_COMMAND_VOICEMAIL_SETTINGS, NULL,
			 wsi_box_read, COMMAND_SYNC);
}

static void parked_answer(struct session *s, const struct answer *a, void *data)
{
	(void)data;
	if (a->status == WSI_OK)
		wsi_parked_read(s, a->json);
	wsi_without(s, a, WSI_ADD_PARKED);
}

static void read_parked(struct session *s)
{
	if (s->additions & WSI_ADD_PARKED)
		wsi_read(s, PROTO_COMMAND_PARKED, NULL, parked_answer,
			 COMMAND_SYNC);
}

static void favourites_answer(struct session *s, const struct answer *a,
			      void *data)
{
	(void)data;
	wsi_favourites_read(s, a);
	wsi_without(s, a, WSI_ADD_FAVOURITES);
}

static void read_favourites(struct session *s)
{
	if (s->additions & WSI_ADD_FAVOURITES)
		wsi_read(s, PROTO_COMMAND_FAVOURITES, NULL, favourites_answer,
			 COMMAND_SYNC | COMMAND_LARGE);
}

static void read_journal(struct session *s);

static void journal_again(void *arg)
{
	wsi_sync_stale(arg, STALE_JOURNAL);
}

static void journal_answer(struct session *s, const struct answer *a,
			   void *data)
{
	(void)data;
	wsi_journal_read(s, a);
	wsi_whole_set(s, WSI_CALLS, a);
	/* No event tells of calls that our phone has not seen: those that were
	   forwarded, or came while it was not there. */
	if (!(s->additions & WSI_ADD_JOURNAL) && a->status != WSI_NOT_OFFERED)
		tmr_start(&s->journal_tmr, JOURNAL_EVERY_MS, journal_again, s);
	/* Ours first; the published one where that is not there. */
	if (!(s->additions & WSI_ADD_JOURNAL))
		wsi_cannot(s, a, UC_CAN_JOURNAL);
	else if (wsi_without(s, a, WSI_ADD_JOURNAL) && wsi_session_alive(s))
		read_journal(s);
}

static int send_journal(struct wsi_request **rp, struct session *s,
			unsigned flags, wsi_done_h *h, void *arg)
{
	bool ours = s->additions & WSI_ADD_JOURNAL;
	struct params p = {0};
	const struct command_prm prm = {
		.command = ours ? PROTO_COMMAND_JOURNAL
				: PROTO_COMMAND_JOURNAL_READ,
		.params = &p,
		.flags = COMMAND_READS | COMMAND_LARGE | flags,
		.answer = journal_answer,
		.done = h,
		.arg = arg,
	};

	if (ours) {
		wsi_params_add_int(&p, PROTO_PARAM_LIMIT, JOURNAL_ROWS);
	} else {
		wsi_params_add(&p, PROTO_PARAM_USER, s->user);
		wsi_params_add_int(&p, PROTO_PARAM_ENTRY_COUNT, JOURNAL_ROWS);
	}
	return wsi_command_send(rp, s, &prm);
}

static void read_journal(struct session *s)
{
	enum proto_command c = s->additions & WSI_ADD_JOURNAL
				       ? PROTO_COMMAND_JOURNAL
				       : PROTO_COMMAND_JOURNAL_READ;

	if (wsi_command_offered(s, c))
		send_journal(NULL, s, COMMAND_SYNC, NULL, NULL);
}

int wsi_journal(struct wsi_request **rp, struct wsi *w, wsi_done_h *h,
		void *arg)
{
	if (!w || w->s->stage != STAGE_ONLINE)
		return ENOTCONN;
	return send_journal(rp, w->s, 0, h, arg);
}

static void voicemail_answer(struct session *s, const struct answer *a,
			     void *data)
{
	(void)data;
	wsi_voicemail_read(s, a);
	wsi_whole_set(s, WSI_VOICE, a);
	wsi_without(s, a, WSI_ADD_VOICEMAIL);
}

static void read_voicemail(struct session *s)
{
	struct params p = {0};

	if (!(s->additions & WSI_ADD_VOICEMAIL) ||
	    !(uc_account(s->uc)->can & UC_CAN_VOICEMAIL))
		return;
	wsi_params_add_int(&p, PROTO_PARAM_LIMIT, VOICEMAIL_ROWS);
	wsi_read(s, PROTO_COMMAND_VOICEMAIL_LIST, &p, voicemail_answer,
		 COMMAND_SYNC | COMMAND_LARGE);
}

static void read_messages(struct session *s, int64_t before);

static void messages_answer(struct session *s, const struct answer *a,
			    void *data)
{
	int64_t before = wsi_messages_read(s, a);
	(void)data;

	wsi_without(s, a, WSI_ADD_MESSAGES);
	wsi_whole_set(s, WSI_MESSAGES, a);
	if (before && wsi_session_alive(s))
		read_messages(s, before);
}

static void read_messages(struct session *s, int64_t before)
{
	struct params p = {0};

	if (!(s->additions & WSI_ADD_MESSAGES) ||
	    !(uc_account(s->uc)->can & UC_CAN_MESSAGES))
		return;
	wsi_params_add_int(&p, PROTO_PARAM_LIMIT, MESSAGE_ROWS);
	if (before)
		wsi_params_add_int(&p, PROTO_PARAM_BEFORE, before);
	else
		s->lowest = s->came = 0;
	wsi_read(s, PROTO_COMMAND_MESSAGES, &p, messages_answer,
		 COMMAND_SYNC | COMMAND_LARGE);
}

/* ---- after the directory ----------------------------------------------- */

/* A plain server tells no name at the login; the directory does. */
static void name_account(struct session *s)
{
	struct uc_account *account = uc_account_edit(s->uc);
	const struct uc_contact *me = uc_me(s->uc);

	if (!me || !text_empty(account->name) || text_empty(me->name))
		return;
	if (text_set(&account->name, me->name))
		log_warn("no memory for the user's name");
	uc_account_changed(s->uc, UC_CHANGE_ACCOUNT);
}

void wsi_sync_rest(struct session *s)
{
	name_account(s);
	read_presence(s);
	wsi_watch_phones(s);
	wsi_watch_calls(s);
	read_favourites(s);
	read_journal(s);
	read_voicemail(s);
	read_messages(s, 0);
	read_device(s);
	read_forwarding(s);
	read_away(s);
	read_box(s);
	read_parked(s);
	wsi_personal_start(s);
}

/* ---- when -------------------------------------------------------------- */

void wsi_sync_start(struct session *s)
{
	if (s->reading) {
		s->sync_again = true;
		return;
	}
	s->sync_again = s->directory = false;
	s->syncing = true;
	wsi_read(s, PROTO_COMMAND_GET_SERVER_PARAM, NULL, param_answer,
		 COMMAND_SYNC);
	wsi_directory_read(s);
	if (!s->reading)
		loop_turn_request(s->turn);
}

static void tell_synced(struct session *s)
{
	bool whole = s->syncing;

	s->syncing = false;
	if (!whole)
		return;
	mem_ref(s);
	s->syncs++;
	if (s->h.synced)
		s->h.synced(s->handle, s->arg);
	if (wsi_session_alive(s))
		wsi_gone_start(s, s->syncs == 1);
	mem_deref(s);
}

void wsi_sync_nothing(void *arg)
{
	struct session *s = arg;

	if (!s->reading && wsi_session_alive(s))
		tell_synced(s);
}

void wsi_sync_answered(struct session *s)
{
	if (s->reading)
		s->reading--;
	if (s->reading)
		return;
	if (s->sync_again)
		wsi_sync_start(s);
	else
		tell_synced(s);
}

static void stale_over(void *arg)
{
	struct session *s = arg;

	if (s->reading) {
		/* What is on its way may be older than the hint. */
		tmr_start(&s->stale_tmr, STALE_MS, stale_over, s);
		return;
	}
	if (s->stale_presence)
		read_presence(s);
	if (s->stale_device)
		read_device(s);
	if (s->stale_journal)
		read_journal(s);
	if (s->stale_favourites)
		read_favourites(s);
	if (s->stale_forwarding)
		read_forwarding(s);
	if (s->stale_voicemail)
		read_voicemail(s);
	if (s->stale_away)
		read_away(s);
	if (s->stale_box)
		read_box(s);
	if (s->stale_messages)
		read_messages(s, 0);
	if (s->stale_personal)
		wsi_personal_start(s);
	s->stale_voicemail = s->stale_away = s->stale_messages = false;
	s->stale_personal = s->stale_box = false;
	s->stale_presence = s->stale_device = s->stale_forwarding = false;
	s->stale_journal = s->stale_favourites = false;
}

void wsi_sync_stale(struct session *s, enum stale what)
{
	if (s->stage != STAGE_ONLINE)
		return;
	switch (what) {
	case STALE_PRESENCE:
		s->stale_presence = true;
		break;
	case STALE_DEVICE:
		s->stale_device = true;
		break;
	case STALE_JOURNAL:
		s->stale_journal = true;
		break;
	case STALE_FAVOURITES:
		s->stale_favourites = true;
		break;
	case STALE_VOICEMAIL:
		s->stale_voicemail = true;
		break;
	case STALE_AWAY:
		s->stale_away = true;
		break;
	case STALE_MESSAGES:
		s->stale_messages = true;
		break;
	case STALE_FORWARDING:
		s->stale_forwarding = true;
		break;
	case STALE_PERSONAL:
		s->stale_personal = true;
		break;
	case STALE_BOX:
		s->stale_box = true;
		break;
	case STALE_ALL:
		wsi_sync_start(s);
		return;
	}
	if (!tmr_isrunning(&s->stale_tmr))
		tmr_start(&s->stale_tmr, STALE_MS, stale_over, s);
}

void wsi_sync_stop(struct session *s)
{
	tmr_cancel(&s->stale_tmr);
	tmr_cancel(&s->journal_tmr);
	s->sync_again = false;
	wsi_news_over(s);
	wsi_directory_forget(s);
}

void wsi_resync(struct wsi *w)
{
	if (w && w->s->stage == STAGE_ONLINE)
		wsi_sync_start(w->s);
}
