/**
 * @file command.c  The table of commands
 */
#include "front_int.h"

/* What is not in here is known by name, and not offered (yet). */
static const struct command commands[PROTO_COMMAND_COUNT] = {
	[PROTO_COMMAND_LOGIN] = {run_login, COMMAND_OPEN},
	[PROTO_COMMAND_LOGOUT] = {run_logout, 0},
	[PROTO_COMMAND_GET_SERVER_PARAM] = {run_server_param, 0},

	[PROTO_COMMAND_MAKE_CALL] = {run_make_call, 0},
	[PROTO_COMMAND_MK_CALL] = {run_mk_call, 0},
	[PROTO_COMMAND_ANSWER_CALL] = {run_answer_call, 0},
	[PROTO_COMMAND_CLEAR_CONNECTION] = {run_clear_connection, 0},
	[PROTO_COMMAND_HOLD_CALL] = {run_hold_call, 0},
	[PROTO_COMMAND_RETRIEVE_CALL] = {run_retrieve_call, 0},
	[PROTO_COMMAND_DEFLECT_CALL] = {run_deflect_call, 0},
	[PROTO_COMMAND_CONSULTATION_CALL] = {run_consultation_call, 0},
	[PROTO_COMMAND_ALTERNATE_CALL] = {run_alternate_call, 0},
	[PROTO_COMMAND_RECONNECT_CALL] = {run_reconnect_call, 0},
	[PROTO_COMMAND_TRANSFER_CALL] = {run_transfer_call, 0},
	[PROTO_COMMAND_ATTENDED_TRANSFER] = {run_attended_transfer, 0},
	[PROTO_COMMAND_CONFERENCE_CALL] = {run_conference_call, 0},
	[PROTO_COMMAND_END_CONFERENCE] = {run_end_conference, 0},

	[PROTO_COMMAND_GET_DEVICE_STATE] = {run_device_state, 0},
	[PROTO_COMMAND_GET_DO_NOT_DISTURB] = {run_get_dnd, 0},
	[PROTO_COMMAND_SET_DO_NOT_DISTURB] = {run_set_dnd, 0},
	[PROTO_COMMAND_SET_DISPLAY] = {run_display, 0},
	[PROTO_COMMAND_CLEAR_DISPLAY] = {run_display, 0},

	[PROTO_COMMAND_EVENT_START] = {run_event_start, 0},
	[PROTO_COMMAND_EVENT_STOP] = {run_event_stop, 0},
	[PROTO_COMMAND_MONITOR_START] = {run_event_start, 0},
	[PROTO_COMMAND_MONITOR_STOP] = {run_event_stop, 0},
	[PROTO_COMMAND_GET_EVENTS] = {run_get_events, 0},
	[PROTO_COMMAND_HOOK_SUBSCRIBE] = {run_hook_subscribe, 0},
	[PROTO_COMMAND_HOOK_UNSUBSCRIBE] = {run_hook_unsubscribe, 0},

	[PROTO_COMMAND_PH_BOOK_SEARCH] = {run_book_search, 0},
	[PROTO_COMMAND_PH_BOOK_DETAIL] = {run_book_detail, 0},
	[PROTO_COMMAND_PH_BOOK_LOOKUP] = {run_book_lookup, 0},

	[PROTO_COMMAND_SET_PRESENCE] = {run_set_presence, 0},
	[PROTO_COMMAND_PRESENCE_DB_SET] = {run_set_presence, 0},
	[PROTO_COMMAND_GET_PRESENCE_XML] = {run_presence_xml, 0},
	[PROTO_COMMAND_PRESENCE_DB_GET] = {run_presence_xml, 0},

	[PROTO_COMMAND_JOURNAL_READ] = {run_journal_read, 0},
	[PROTO_COMMAND_JOURNAL_GROUP_BY_DATE] = {run_journal_by_date, 0},
	[PROTO_COMMAND_JOURNAL_FETCH] = {run_journal_fetch, 0},

	[PROTO_COMMAND_CAPABILITIES] = {run_capabilities,
					COMMAND_OURS | COMMAND_OPEN},
	[PROTO_COMMAND_DIRECTORY] = {run_directory, COMMAND_OURS},
	[PROTO_COMMAND_PRESENCE_LIST] = {run_presence_list, COMMAND_OURS},
	[PROTO_COMMAND_SET_VISIBILITY] = {run_visibility,
					  COMMAND_OURS | COMMAND_POST},
	[PROTO_COMMAND_FAVOURITES] = {run_favourites, COMMAND_OURS},
	[PROTO_COMMAND_FAVOURITE_ADD] = {run_favourite_add,
					 COMMAND_OURS | COMMAND_POST},
	[PROTO_COMMAND_FAVOURITE_REMOVE] = {run_favourite_remove,
					    COMMAND_OURS | COMMAND_POST},
	[PROTO_COMMAND_GROUP_RENAME] = {run_group_rename,
					COMMAND_OURS | COMMAND_POST},
	[PROTO_COMMAND_GROUP_DELETE] = {run_group_delete,
					COMMAND_OURS | COMMAND_POST},
	[PROTO_COMMAND_FAVOURITES_REPLACE] = {run_favourites_replace,
					      COMMAND_OURS | COMMAND_POST},
	[PROTO_COMMAND_SIP_ACCOUNT] = {run_sip_account,
				       COMMAND_OURS | COMMAND_POST},
	[PROTO_COMMAND_JOURNAL] = {run_journal, COMMAND_OURS},
	[PROTO_COMMAND_JOURNAL_MARK] = {run_journal_mark,
					COMMAND_OURS | COMMAND_POST},
};

const struct command *command_find(const struct front *f, enum proto_command id)
{
	const struct command *c;

	if (id <= PROTO_COMMAND_NONE || id >= PROTO_COMMAND_COUNT)
		return NULL;
	c = &commands[id];
	if (!c->run || (f && f->prm.plain && (c->flags & COMMAND_OURS)))
		return NULL;
	return c;
}
