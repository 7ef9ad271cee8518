/**
 * @file proto.h  The names of the protocol, and the rules of numbers: data
 *
 * Every command, parameter, element and event name stands in one table
 * (src/lib/proto), used by client and server, each row saying how sure it is
 * (doc/wsi.md). Whoever has a real system corrects a name by changing a row.
 */
#ifndef OFFHOOK_PROTO_H
#define OFFHOOK_PROTO_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- names ----------------------------------------------------------------
 *
 * One row a name: X(ID, name on the wire, how sure). What a list is called
 * gives an enum and three functions, for LIST in command, param, element,
 * attribute, event, member, reason, state, cause:
 *
 *     const char *proto_LIST(enum proto_LIST id);         its name, never NULL
 *     enum proto_LIST proto_LIST_find(const char *name);  in any case, or NONE
 *     enum proto_sure proto_LIST_sure(enum proto_LIST id);
 */

/** How sure a name is (doc/wsi.md). */
enum proto_sure {
	PROTO_KNOWN,	/**< seen in clients of real systems */
	PROTO_INFERRED, /**< from ECMA-323 and its kind */
	PROTO_OURS,	/**< offhookd's addition */
};

/** Where the commands are; GetEvents has a path of its own below it. */
#define PROTO_PATH "/cgi-bin/gadgetapi"
#define PROTO_PATH_EVENTS PROTO_PATH "/GetEvents"
enum { PROTO_PORT = 8802 };

/* clang-format off */
#define PROTO_COMMANDS(X)                                                      \
	X(LOGIN, "Login", KNOWN)                                               \
	X(LOGOUT, "Logout", KNOWN)                                             \
	X(MAKE_CALL, "MakeCall", KNOWN)                                        \
	X(MK_CALL, "MkCall", KNOWN)                                            \
	X(ANSWER_CALL, "AnswerCall", KNOWN)                                    \
	X(CLEAR_CONNECTION, "ClearConnection", KNOWN)                          \
	X(DEFLECT_CALL, "DeflectCall", KNOWN)                                  \
	X(HOLD_CALL, "HoldCall", KNOWN)                                        \
	X(RETRIEVE_CALL, "RetrieveCall", KNOWN)                                \
	X(CONSULTATION_CALL, "ConsultationCall", KNOWN)                        \
	X(ALTERNATE_CALL, "AlternateCall", KNOWN)                              \
	X(RECONNECT_CALL, "ReconnectCall", KNOWN)                              \
	X(CONFERENCE_CALL, "ConferenceCall", KNOWN)                            \
	X(END_CONFERENCE, "EndConference", KNOWN)                              \
	X(TRANSFER_CALL, "TransferCall", KNOWN)                                \
	X(ATTENDED_TRANSFER, "AttendedTransfer", KNOWN)                        \
	X(GET_SERVER_PARAM, "GetServerParam", KNOWN)                           \
	X(GET_DO_NOT_DISTURB, "GetDoNotDisturb", KNOWN)                        \
	X(SET_DO_NOT_DISTURB, "SetDoNotDisturb", KNOWN)                        \
	X(GET_FORWARDING, "GetForwarding", KNOWN)                              \
	X(SET_FORWARDING, "SetForwarding", KNOWN)                              \
	X(GET_DEVICE_STATE, "GetDeviceState", KNOWN)                           \
	X(EVENT_START, "EventStart", KNOWN)                                    \
	X(EVENT_STOP, "EventStop", KNOWN)                                      \
	X(GET_EVENTS, "GetEvents", KNOWN)                                      \
	X(MONITOR_START, "MonitorStart", KNOWN)                                \
	X(MONITOR_STOP, "MonitorStop", KNOWN)                                  \
	X(GET_FILTER, "GetFilter", KNOWN)                                      \
	X(SET_FILTER, "SetFilter", KNOWN)                                      \
	X(HOOK_SUBSCRIBE, "HookSubscribe", KNOWN)                              \
	X(HOOK_UNSUBSCRIBE, "HookUnsubscribe", KNOWN)                          \
	X(PH_BOOK_SEARCH, "PhBookSearch", KNOWN)                               \
	X(PH_BOOK_DETAIL, "PhBookDetail", KNOWN)                               \
	X(PH_BOOK_LOOKUP, "PhBookLookup", KNOWN)                               \
	X(SET_CALL_ME, "SetCallMe", KNOWN)                                     \
	X(SET_PRESENCE, "SetPresence", KNOWN)                                  \
	X(GET_PRESENCE_XML, "GetPresenceXML", KNOWN)                           \
	X(PRESENCE_DB_GET, "PresenceDBGet", KNOWN)                             \
	X(PRESENCE_DB_SET, "PresenceDBSet", KNOWN)                             \
	X(JOURNAL_READ, "JournalRead", KNOWN)                                  \
	X(JOURNAL_GROUP_BY_DATE, "JournalGroupByDate", KNOWN)                  \
	X(JOURNAL_FETCH, "JournalFetch", KNOWN)                                \
	X(SET_DISPLAY, "SetDisplay", KNOWN)                                    \
	X(CLEAR_DISPLAY, "ClearDisplay", KNOWN)                                \
	X(CAPABILITIES, "Capabilities", OURS)                                  \
	X(DIRECTORY, "Directory", OURS)                                        \
	X(PRESENCE_LIST, "PresenceList", OURS)                                 \
	X(SET_VISIBILITY, "SetVisibility", OURS)                               \
	X(STATE_FORWARDING, "StateForwarding", OURS)                           \
	X(SET_STATE_FORWARDING, "SetStateForwarding", OURS)                    \
	X(SET_MY_DATA, "SetMyData", OURS)                                      \
	X(FAVOURITES, "Favourites", OURS)                                      \
	X(FAVOURITE_ADD, "FavouriteAdd", OURS)                                 \
	X(FAVOURITE_REMOVE, "FavouriteRemove", OURS)                           \
	X(FAVOURITE_MOVE, "FavouriteMove", OURS)                               \
	X(FAVOURITE_NUMBER, "FavouriteNumber", OURS)                           \
	X(GROUP_RENAME, "GroupRename", OURS)                                   \
	X(GROUP_DELETE, "GroupDelete", OURS)                                   \
	X(FAVOURITES_REPLACE, "FavouritesReplace", OURS)                       \
	X(CONTACT_ADD, "ContactAdd", OURS)                                     \
	X(CONTACT_CHANGE, "ContactChange", OURS)                               \
	X(CONTACT_DELETE, "ContactDelete", OURS)                               \
	X(CONTACTS_IMPORT, "ContactsImport", OURS)                             \
	X(SIP_ACCOUNT, "SipAccount", OURS)                                     \
	X(JOURNAL, "Journal", OURS)                                            \
	X(JOURNAL_MARK, "JournalMark", OURS)                                   \
	X(COLLABORATE, "Collaborate", OURS)                                    \
	X(PARKED, "Parked", OURS)                                              \
	X(VOICEMAIL_LIST, "VoicemailList", OURS)                               \
	X(VOICEMAIL_GET, "VoicemailGet", OURS)                                 \
	X(VOICEMAIL_HEARD, "VoicemailHeard", OURS)                             \
	X(VOICEMAIL_DELETE, "VoicemailDelete", OURS)                           \
	X(MESSAGES, "Messages", OURS)                                          \
	X(MESSAGE_SEND, "MessageSend", OURS)                                   \
	X(MESSAGE_DELIVERED, "MessageDelivered", OURS)                         \
	X(MESSAGE_MARK, "MessageMark", OURS)                                   \
	X(ENTRIES_DELETE, "EntriesDelete", OURS)                               \
	X(ENTRIES_RESTORE, "EntriesRestore", OURS)                             \
	X(ENTRIES_GONE, "EntriesGone", OURS)                                   \
	X(VOICEMAIL_PLAY, "VoicemailPlay", OURS)                               \
	X(VOICEMAIL_SETTINGS, "VoicemailSettings", OURS)                       \
	X(VOICEMAIL_SET, "VoicemailSet", OURS)                                 \
	X(VOICEMAIL_PIN, "VoicemailPin", OURS)                                 \
	X(GREETING_GET, "GreetingGet", OURS)                                   \
	X(GREETING_PUT, "GreetingPut", OURS)                                   \
	X(GREETING_RECORD, "GreetingRecord", OURS)                             \
	X(GREETING_DELETE, "GreetingDelete", OURS)                             \
	X(PICTURE_GET, "PictureGet", OURS)                                     \
	X(PICTURE_SET, "PictureSet", OURS)                                     \
	X(PICTURE_DELETE, "PictureDelete", OURS)                               \
	X(CONTACT_PICTURE_GET, "ContactPictureGet", OURS)                      \
	X(CONTACT_PICTURE_SET, "ContactPictureSet", OURS)                      \
	X(CONTACT_PICTURE_DELETE, "ContactPictureDelete", OURS)

/** Names in a command's query or form. */
#define PROTO_PARAMS(X)                                                        \
	X(CMD, "cmd", KNOWN)                                                   \
	X(SESSION, "gsSession", KNOWN)                                         \
	X(GS_USER, "gsUser", KNOWN)                                            \
	X(GS_PASS, "gsPass", KNOWN)                                            \
	X(CALLING_DEVICE, "callingDevice", KNOWN)                              \
	X(CALLED_DIRECTORY_NUMBER, "calledDirectoryNumber", KNOWN)             \
	X(USER, "user", KNOWN)                                                 \
	X(PRESENCE, "presence", KNOWN)                                         \
	X(PTIME, "ptime", KNOWN)                                               \
	X(DEVICE, "device", KNOWN)                                             \
	X(CONTENTS_OF_DISPLAY, "contentsOfDisplay", KNOWN)                     \
	X(DEVICE_OBJECT, "deviceObject", KNOWN)                                \
	X(FILTER, "filter", KNOWN)                                             \
	X(DEVICES, "devices", KNOWN)                                           \
	X(DEVICE_ID, "deviceID", INFERRED)                                     \
	X(CALL_ID, "callID", INFERRED)                                         \
	X(HELD_CALL_ID, "heldCallID", INFERRED)                                \
	X(NEW_DESTINATION, "newDestination", INFERRED)                         \
	X(TRANSFERRED_TO, "transferredTo", INFERRED)                           \
	X(CONSULTED_DEVICE, "consultedDevice", INFERRED)                       \
	X(DO_NOT_DISTURB_ON, "doNotDisturbOn", INFERRED)                       \
	X(FORWARDING_TYPE, "forwardingType", INFERRED)				\
	X(ACTIVATE_FORWARD, "activateForward", INFERRED)		\
	X(FORWARD_DN, "forwardDN", INFERRED)					\
	X(SEARCH_TERM, "searchTerm", INFERRED)                                 \
	X(DIRECTORY, "directory", INFERRED)                                    \
	X(MAX_ENTRIES, "maxEntries", INFERRED)                                 \
	X(ENTRY_ID, "entryID", INFERRED)                                       \
	X(PHONE_NUMBER, "phoneNumber", INFERRED)                               \
	X(ENTRY_COUNT, "count", INFERRED)                                      \
	X(WAIT, "wait", OURS)                                                  \
	X(SEARCH, "search", OURS)                                              \
	X(OFFSET, "offset", OURS)                                              \
	X(LIMIT, "limit", OURS)                                                \
	X(BEFORE, "before", OURS)                                              \
	X(NUMBER, "number", OURS)                                              \
	X(IDS, "ids", OURS)                                                    \
	X(NOTE, "note", OURS)                                                  \
	X(VISIBILITY, "visibility", OURS)                                      \
	X(TO, "to", OURS)                                                      \
	X(MOBILE, "mobile", OURS)                                              \
	X(PRIVATE, "private", OURS)                                            \
	X(EMAIL, "email", OURS)                                                \
	X(GROUP, "group", OURS)                                                \
	X(GROUP_ID, "groupID", OURS)                                           \
	X(GROUPS, "groups", OURS)                                              \
	X(RECORDING, "recording", OURS)                                        \
	X(GREETING, "greeting", OURS)                                          \
	X(SOUND, "sound", OURS)                                                \
	X(OLD, "old", OURS)                                                    \
	X(PIN, "pin", OURS)                                                    \
	X(MAIL, "mail", OURS)                                                  \
	X(ADDRESS, "address", OURS)                                            \
	X(CONTACT, "contact", OURS)                                            \
	X(STEPS, "steps", OURS)                                                \
	X(CALLS, "calls", OURS)                                                \
	X(MESSAGES, "messages", OURS)                                          \
	X(VOICEMAILS, "voicemails", OURS)                                      \
	X(SCOPE, "scope", OURS)                                                \
	X(BATCH, "batch", OURS)                                                \
	X(UID, "uid", OURS)                                                    \
	X(TEXT, "text", OURS)                                                  \
	X(NAME, "name", OURS)                                                  \
	X(STEP, "step", OURS)                                                  \
	X(IMPORT, "import", OURS)                                              \
	X(PART, "part", OURS)                                                  \
	X(CONTACTS, "contacts", OURS)                                          \
	X(PICTURE, "picture", OURS)                                            \
	X(VERSION, "version", OURS)

/** Elements of answers in XML. The root of one is its command's name, but
 *  for LOGIN and LOGOUT. */
#define PROTO_ELEMENTS(X)                                                      \
	X(LOGIN, "LOGIN", KNOWN)                                               \
	X(LOGOUT, "LOGOUT", KNOWN)                                             \
	X(ID, "ID", KNOWN)                                                     \
	X(CNT, "CNT", KNOWN)                                                   \
	X(LASVERSION, "LASVERSION", KNOWN)                                     \
	X(VERSION, "VERSION", KNOWN)                                           \
	X(BRANDING, "BRANDING", KNOWN)                                         \
	X(VARIANT, "VARIANT", KNOWN)                                           \
	X(APPLICATION, "APPLICATION", KNOWN)                                   \
	X(PLATFORMTYPE, "PLATFORMTYPE", KNOWN)                                 \
	X(ERROR, "ERROR", KNOWN)                                               \
	X(REASON, "REASON", KNOWN)                                             \
	X(CSTA_ERROR_CODE, "CSTAErrorCode", KNOWN)                             \
	X(COUNTRY_CODE, "countryCode", INFERRED)                               \
	X(AREA_CODE, "areaCode", INFERRED)                                     \
	X(LOCATION_NUMBER, "locationNumber", INFERRED)                         \
	X(LINE_ACCESS_CODE, "lineAccessCode", INFERRED)                        \
	X(NATIONAL_PREFIX, "nationalPrefix", INFERRED)                         \
	X(INTERNATIONAL_PREFIX, "internationalPrefix", INFERRED)               \
	X(EXTENSION_LENGTH, "extensionLength", INFERRED)                       \
	X(VOICEMAIL_NUMBER, "voicemailNumber", OURS)                           \
	X(DO_NOT_DISTURB_ON, "doNotDisturbOn", INFERRED)                       \
	X(FORWARD_LIST_ITEM, "forwardListItem", INFERRED)			\
	X(FORWARDING_TYPE, "forwardingType", INFERRED)				\
	X(FORWARD_STATUS, "forwardStatus", INFERRED)				\
	X(FORWARD_DN, "forwardDN", INFERRED)					\
	X(CONNECTION, "connection", INFERRED)                                  \
	X(CALL_ID, "callID", INFERRED)                                         \
	X(DEVICE_ID, "deviceID", INFERRED)                                     \
	X(LOCAL_CONNECTION_INFO, "localConnectionInfo", INFERRED)              \
	X(CALLING_DEVICE, "callingDevice", INFERRED)                           \
	X(CALLED_DEVICE, "calledDevice", INFERRED)                             \
	X(ALERTING_DEVICE, "alertingDevice", INFERRED)                         \
	X(CALLING_NAME, "callingName", INFERRED)                               \
	X(CALLED_NAME, "calledName", INFERRED)                                 \
	X(CALL_DIRECTION, "direction", INFERRED)                               \
	X(INTEXT, "intext", INFERRED)                                          \
	X(ENTRY, "ENTRY", INFERRED)                                            \
	X(PARTIES, "parties", OURS)                                            \
	X(CALL_ME, "callMe", OURS)						\
	X(DIRECTORY, "DIRECTORY", INFERRED)                                    \
	X(FIRSTNAME, "FIRSTNAME", INFERRED)                                    \
	X(LASTNAME, "LASTNAME", INFERRED)                                      \
	X(COMPANY, "COMPANY", INFERRED)                                        \
	X(DEPARTMENT, "DEPARTMENT", INFERRED)                                  \
	X(EXTENSION, "EXTENSION", INFERRED)                                    \
	X(BUSINESS, "BUSINESS", INFERRED)                                      \
	X(BUSINESS2, "BUSINESS2", INFERRED)                                    \
	X(MOBILE, "MOBILE", INFERRED)                                          \
	X(PRIVATE, "PRIVATE", INFERRED)                                        \
	X(EMAIL, "EMAIL", INFERRED)                                            \
	X(USER, "USER", INFERRED)                                              \
	X(PRESENCE, "PRESENCE", INFERRED)                                      \
	X(PTIME, "PTIME", INFERRED)                                            \
	X(TIME, "TIME", INFERRED)                                              \
	X(DURATION, "DURATION", INFERRED)                                      \
	X(JOURNAL_DIRECTION, "DIRECTION", INFERRED)                            \
	X(ANSWERED, "ANSWERED", INFERRED)                                      \
	X(GROUP, "GROUP", INFERRED)                                            \
	X(FORWARDED, "FORWARDED", INFERRED)                                    \
	X(NUMBER, "NUMBER", INFERRED)                                          \
	X(NAME, "NAME", INFERRED)                                              \
	X(OFFHOOKD, "OFFHOOKD", OURS)                                          \
	X(RELEASE, "RELEASE", OURS)                                            \
	X(ADDITIONS, "ADDITIONS", OURS)                                        \
	X(CAN, "CAN", OURS)                                                    \
	X(DEVICE, "DEVICE", OURS)                                              \
	X(PHONES, "PHONES", OURS)                                              \
	X(MEMBER, "member", OURS)                                              \
	X(LINK, "link", OURS)

#define PROTO_ATTRIBUTES(X) X(LOCAL, "local", KNOWN)

/** Values of an event's "type". */
#define PROTO_EVENTS(X)                                                        \
	X(SERVICE_INITIATED, "ServiceInitiatedEvent", KNOWN)                   \
	X(ORIGINATED, "OriginatedEvent", KNOWN)                                \
	X(DELIVERED, "DeliveredEvent", KNOWN)                                  \
	X(ESTABLISHED, "EstablishedEvent", KNOWN)                              \
	X(HELD, "HeldEvent", KNOWN)                                            \
	X(RETRIEVED, "RetrievedEvent", INFERRED)                               \
	X(QUEUED, "QueuedEvent", KNOWN)                                        \
	X(DIVERTED, "DivertedEvent", KNOWN)                                    \
	X(TRANSFERRED, "TransferedEvent", KNOWN)                               \
	X(CONFERENCED, "ConferencedEvent", INFERRED)                           \
	X(FAILED, "FailedEvent", INFERRED)                                     \
	X(CONNECTION_CLEARED, "ConnectionClearedEvent", KNOWN)                 \
	X(PRESENCE, "PresenceEvent", KNOWN)                                    \
	X(DEVICE_STATE, "DevStateChange", KNOWN)                               \
	X(AGENT_STATE, "AgentState", KNOWN)                                    \
	X(HOOK, "HookEvent", KNOWN)                                            \
	X(FORWARDING, "ForwardingEvent", INFERRED)				\
	X(STATE_FORWARDING, "StateForwardingEvent", OURS)                      \
	X(ACCOUNT, "AccountEvent", OURS)                                       \
	X(PARKED, "ParkedEvent", OURS)                                         \
	X(COLLABORATION, "CollaborationEvent", OURS)				\
	X(FAVOURITES, "FavouritesEvent", OURS)                                 \
	X(JOURNAL, "JournalEvent", OURS)                                       \
	X(JOURNAL_DELETED, "JournalDeletedEvent", OURS)                        \
	X(DIRECTORY, "DirectoryEvent", OURS)                                   \
	X(VOICEMAIL, "VoicemailEvent", OURS)                                   \
	X(VOICEMAIL_SETTINGS, "VoicemailSettingsEvent", OURS)                  \
	X(MESSAGE, "MessageEvent", OURS)                                       \
	X(MESSAGE_STATE, "MessageStateEvent", OURS)                            \
	X(MESSAGE_DELETED, "MessageDeletedEvent", OURS)                        \
	X(OVERFLOW, "OverflowEvent", OURS)

/** Members of events, and of our answers in JSON. */
#define PROTO_MEMBERS(X)                                                       \
	X(EVENTS, "events", KNOWN)                                             \
	X(TYPE, "type", KNOWN)                                                 \
	X(DEVICE_ID, "deviceID", KNOWN)                                        \
	X(JSON_EVENT, "jsonEvent", KNOWN)                                      \
	X(HOOK_EVENT, "HookEvent", KNOWN)                                      \
	X(HOOK, "hook", KNOWN)                                                 \
	X(INOUT, "inout", KNOWN)                                               \
	X(INTEXT, "intext", KNOWN)                                             \
	X(NUMBER, "number", INFERRED)                                          \
	X(CALL_ID, "callID", INFERRED)                                         \
	X(LOCAL_CONNECTION_INFO, "localConnectionInfo", INFERRED)              \
	X(CAUSE, "cause", INFERRED)                                            \
	X(CALLING_DEVICE, "callingDevice", INFERRED)                           \
	X(CALLING_NAME, "callingName", INFERRED)                               \
	X(CALLED_DEVICE, "calledDevice", INFERRED)                             \
	X(CALLED_NAME, "calledName", INFERRED)                                 \
	X(ALERTING_DEVICE, "alertingDevice", INFERRED)                         \
	X(ANSWERING_DEVICE, "answeringDevice", INFERRED)                       \
	X(RELEASING_DEVICE, "releasingDevice", INFERRED)                       \
	X(LAST_REDIRECTION_DEVICE, "lastRedirectionDevice", INFERRED)          \
	X(PRIMARY_OLD_CALL, "primaryOldCall", INFERRED)                        \
	X(SECONDARY_OLD_CALL, "secondaryOldCall", INFERRED)                    \
	X(USER, "user", INFERRED)                                              \
	X(PRESENCE, "presence", INFERRED)                                      \
	X(PTIME, "ptime", INFERRED)                                            \
	X(ERROR, "error", OURS)                                                \
	X(TEXT, "text", OURS)                                                  \
	X(SERVER, "server", OURS)                                              \
	X(VERSION, "version", OURS)                                            \
	X(LOGIN, "login", OURS)                                                \
	X(UNTIL, "until", OURS)                                                \
	X(NOTE, "note", OURS)                                                  \
	X(HIDDEN, "hidden", OURS)                                              \
	X(USERS, "users", OURS)                                                \
	X(VISIBILITY, "visibility", OURS)                                      \
	X(STATES, "states", OURS)                                              \
	X(TO, "to", OURS)                                                      \
	X(FIXED, "fixed", OURS)                                                \
	X(MOBILE, "mobile", OURS)                                              \
	X(CAN, "can", OURS)                                                    \
	X(PHONES, "phones", OURS)                                              \
	X(BOXES, "boxes", OURS)                                                \
	X(ENTRY, "entry", OURS)                                                \
	X(ENTRIES, "entries", OURS)                                            \
	X(MORE, "more", OURS)                                                  \
	X(IDS, "ids", OURS)                                                    \
	X(ID, "id", OURS)                                                      \
	X(KIND, "kind", OURS)                                                  \
	X(AT, "at", OURS)                                                      \
	X(DURATION, "duration", OURS)                                          \
	X(UNREAD, "unread", OURS)                                              \
	X(MARKED, "marked", OURS)                                              \
	X(CALLS, "calls", OURS)                                                \
	X(VOICEMAILS, "voicemails", OURS)                                      \
	X(MESSAGES, "messages", OURS)                                          \
	X(MESSAGE, "message", OURS)                                            \
	X(OUTGOING, "outgoing", OURS)                                          \
	X(DELIVERED, "delivered", OURS)                                        \
	X(WAITING, "waiting", OURS)                                            \
	X(UID, "uid", OURS)                                                    \
	X(LENGTH, "length", OURS)                                              \
	X(HEARD, "heard", OURS)                                                \
	X(RECORDING, "recording", OURS)                                        \
	X(GREETINGS, "greetings", OURS)                                        \
	X(GREETING, "greeting", OURS)                                          \
	X(NOTE_LENGTH, "noteLength", OURS)                                     \
	X(PRESET, "pinPreset", OURS)                                           \
	X(CAN_MAIL, "canMail", OURS)                                           \
	X(MAIL, "mail", OURS)                                                  \
	X(ADDRESS, "address", OURS)                                            \
	X(DELETED, "deleted", OURS)                                            \
	X(RESTORED, "restored", OURS)                                          \
	X(BATCH, "batch", OURS)                                                \
	X(TOTAL, "total", OURS)                                                \
	X(OFFSET, "offset", OURS)                                              \
	X(CONTACT, "contact", OURS)                                            \
	X(CONTACTS, "contacts", OURS)                                          \
	X(DIRECTORY, "directory", OURS)                                        \
	X(NAME, "name", OURS)                                                  \
	X(FIRST_NAME, "firstName", OURS)                                       \
	X(LAST_NAME, "lastName", OURS)                                         \
	X(COMPANY, "company", OURS)                                            \
	X(DEPARTMENT, "department", OURS)                                      \
	X(EMAIL, "email", OURS)                                                \
	X(KEY, "key", OURS)                                                    \
	X(HAND_MADE, "handMade", OURS)                                         \
	X(GONE, "gone", OURS)                                                  \
	X(IMPORT, "import", OURS)                                              \
	X(ADDED, "added", OURS)                                                \
	X(UPDATED, "updated", OURS)                                            \
	X(DEVICE, "device", OURS)                                              \
	X(NUMBERS, "numbers", OURS)                                            \
	X(GROUPS, "groups", OURS)                                              \
	X(MEMBERS, "members", OURS)                                            \
	X(DEFAULTS, "defaults", OURS)                                          \
	X(PARTIES, "parties", OURS)                                            \
	X(LINK, "link", OURS)                                                  \
	X(PARKED, "parked", OURS)                                              \
	X(SLOT, "slot", OURS)                                                  \
	X(BY, "by", OURS)                                                      \
	X(AUTH_USER, "authUser", OURS)                                         \
	X(SECRET, "secret", OURS)                                              \
	X(DISPLAY_NAME, "displayName", OURS)                                   \
	X(DOMAIN, "domain", OURS)                                              \
	X(REGISTRAR, "registrar", OURS)                                        \
	X(TRANSPORT, "transport", OURS)                                        \
	X(PICTURE, "picture", OURS)                                            \
	X(PICTURE_KEY, "pictureKey", OURS)                                     \
	X(PICTURELESS, "pictureless", OURS)

/** Why something is refused: text of REASON, or "error" in our JSON. */
#define PROTO_REASONS(X)                                                       \
	X(NOT_LOGGED_IN, "NOT_LOGGED_IN", KNOWN)                               \
	X(BAD_PASSWORD, "BAD_PASSWORD", OURS)                                  \
	X(LOCKED, "LOCKED", OURS)                                              \
	X(NO_LICENCE, "NO_LICENCE", OURS)                                      \
	X(PASSWORD_CHANGE, "PASSWORD_CHANGE", OURS)                            \
	X(UNKNOWN_COMMAND, "UNKNOWN_COMMAND", OURS)                            \
	X(BAD_PARAMETER, "BAD_PARAMETER", OURS)                                \
	X(NOT_FOUND, "NOT_FOUND", OURS)                                        \
	X(NOT_ALLOWED, "NOT_ALLOWED", OURS)                                    \
	X(NOT_OFFERED, "NOT_OFFERED", OURS)                                    \
	X(INVALID_STATE, "INVALID_STATE", OURS)                                \
	X(UNREACHABLE, "UNREACHABLE", OURS)                                    \
	X(BUSY, "BUSY", OURS)                                                  \
	X(TOO_MANY, "TOO_MANY", OURS)                                          \
	X(NO_SPACE, "NO_SPACE", OURS)                                          \
	X(IS_GROUP, "IS_GROUP", OURS)                                          \
	X(IS_FORWARDED, "IS_FORWARDED", OURS)                                  \
	X(COMES_BACK, "COMES_BACK", OURS)                                      \
	X(NO_PICTURE, "NO_PICTURE", OURS)                                      \
	X(TOO_SMALL, "TOO_SMALL", OURS)                                        \
	X(TOO_LARGE, "TOO_LARGE", OURS)                                        \
	X(INTERNAL, "INTERNAL", OURS)

/** Values of localConnectionInfo (ECMA-323, LocalConnectionState). */
#define PROTO_STATES(X)                                                        \
	X(NULL, "null", INFERRED)                                              \
	X(INITIATED, "initiated", INFERRED)                                    \
	X(ALERTING, "alerting", INFERRED)                                      \
	X(CONNECTED, "connected", INFERRED)                                    \
	X(HOLD, "hold", INFERRED)                                              \
	X(QUEUED, "queued", INFERRED)                                          \
	X(FAIL, "fail", INFERRED)

/** Values of cause (ECMA-323, EventCause; those that occur here, and two of
 *  ours that tell more). */
#define PROTO_CAUSES(X)                                                        \
	X(NORMAL, "normal", INFERRED)                                          \
	X(NORMAL_CLEARING, "normalClearing", INFERRED)                         \
	X(NEW_CALL, "newCall", INFERRED)                                       \
	X(BUSY, "busy", INFERRED)                                              \
	X(CALL_NOT_ANSWERED, "callNotAnswered", INFERRED)                      \
	X(NO_ANSWER, "noAnswer", OURS)                                         \
	X(CALL_CANCELLED, "callCancelled", INFERRED)                           \
	X(CALL_REJECTED, "callRejected", OURS)                                 \
	X(DEST_NOT_OBTAINABLE, "destNotObtainable", INFERRED)                  \
	X(INVALID_NUMBER, "invalidNumberFormat", INFERRED)                     \
	X(DESTINATION_OUT_OF_ORDER, "destOutOfOrder", INFERRED)                \
	X(DO_NOT_DISTURB, "doNotDisturb", INFERRED)                            \
	X(CALL_FORWARD, "callForward", INFERRED)                               \
	X(CALL_FORWARD_IMMEDIATE, "callForwardImmediate", INFERRED)            \
	X(CALL_FORWARD_BUSY, "callForwardBusy", INFERRED)                      \
	X(CALL_FORWARD_NO_ANSWER, "callForwardNoAnswer", INFERRED)             \
	X(CALL_PICKUP, "callPickup", INFERRED)                                 \
	X(MULTIPLE_ALERTING, "multipleAlerting", INFERRED)			\
	X(PARK, "park", INFERRED)						\
	X(REDIRECTED, "redirected", INFERRED)                                  \
	X(TRANSFER, "transfer", INFERRED)                                      \
	X(SINGLE_STEP_TRANSFER, "singleStepTransfer", INFERRED)                \
	X(CONFERENCE, "conference", INFERRED)                                  \
	X(CONSULTATION, "consultation", INFERRED)                              \
	X(ALTERNATE, "alternate", INFERRED)                                    \
	X(RECALL, "recall", INFERRED)                                          \
	X(NETWORK_CONGESTION, "networkCongestion", INFERRED)                   \
	X(NETWORK_NOT_OBTAINABLE, "networkNotObtainable", INFERRED)            \
	X(INCOMPATIBLE_DESTINATION, "incompatibleDestination", INFERRED)

/* PROTO_COMMAND_LOGIN …, PROTO_COMMAND_NONE = 0, PROTO_COMMAND_COUNT */
#define PROTO_ENUM_COMMAND(id, name, sure)   PROTO_COMMAND_##id,
#define PROTO_ENUM_PARAM(id, name, sure)     PROTO_PARAM_##id,
#define PROTO_ENUM_ELEMENT(id, name, sure)   PROTO_ELEMENT_##id,
#define PROTO_ENUM_ATTRIBUTE(id, name, sure) PROTO_ATTRIBUTE_##id,
#define PROTO_ENUM_EVENT(id, name, sure)     PROTO_EVENT_##id,
#define PROTO_ENUM_MEMBER(id, name, sure)    PROTO_MEMBER_##id,
#define PROTO_ENUM_REASON(id, name, sure)    PROTO_REASON_##id,
#define PROTO_ENUM_STATE(id, name, sure)     PROTO_STATE_##id,
#define PROTO_ENUM_CAUSE(id, name, sure)     PROTO_CAUSE_##id,

#define PROTO_LIST(list, LIST, ROWS)                                           \
	enum proto_##list {                                                    \
		PROTO_##LIST##_NONE = 0,                                       \
		ROWS(PROTO_ENUM_##LIST) PROTO_##LIST##_COUNT                   \
	};                                                                     \
	const char *proto_##list(enum proto_##list id);                        \
	enum proto_##list proto_##list##_find(const char *name);               \
	enum proto_sure proto_##list##_sure(enum proto_##list id)

PROTO_LIST(command, COMMAND, PROTO_COMMANDS);
PROTO_LIST(param, PARAM, PROTO_PARAMS);
PROTO_LIST(element, ELEMENT, PROTO_ELEMENTS);
PROTO_LIST(attribute, ATTRIBUTE, PROTO_ATTRIBUTES);
PROTO_LIST(event, EVENT, PROTO_EVENTS);
PROTO_LIST(member, MEMBER, PROTO_MEMBERS);
PROTO_LIST(reason, REASON, PROTO_REASONS);
PROTO_LIST(state, STATE, PROTO_STATES);
PROTO_LIST(cause, CAUSE, PROTO_CAUSES);

/* clang-format on */

/** Values of APPLICATION; all but Suite's is treated as Smart. */
#define PROTO_APPLICATION_SUITE "UCSUITE" /* known */
#define PROTO_APPLICATION_SMART "UCSMART" /* inferred */
/** Value of filter in EventStart (known). */
#define PROTO_FILTER_HOOKSTATE "HOOKSTATE"

/** What a HookEvent says of a phone. */
enum proto_hook {
	PROTO_HOOK_UNKNOWN = 0,
	PROTO_HOOK_ONHOOK,
	PROTO_HOOK_OFFHOOK,
	PROTO_HOOK_RINGING,
	PROTO_HOOK_DIALLING,
	PROTO_HOOK_UNREACHABLE,
	PROTO_HOOK_COUNT
};
/** The word that offhookd writes: "ONHOOK" …; "" for UNKNOWN. */
const char *proto_hook(enum proto_hook h);
/** Reads any spelling that is expected, words and numbers (inferred). */
enum proto_hook proto_hook_find(const char *text);

/** Reads inout: +1 outgoing, -1 incoming, 0 unknown. */
int proto_inout_find(const char *text);
/** Reads intext: +1 external, -1 internal, 0 unknown. */
int proto_intext_find(const char *text);

/** What a phone shows of itself, for a colleague's eye (SPEC, Presence). */
enum proto_lamp {
	PROTO_LAMP_UNKNOWN = 0,
	PROTO_LAMP_IDLE,
	PROTO_LAMP_UNREACHABLE,
	PROTO_LAMP_RINGS_INSIDE,
	PROTO_LAMP_RINGS_OUTSIDE,
	PROTO_LAMP_DIALLING,
	PROTO_LAMP_TALKS_INSIDE,
	PROTO_LAMP_TALKS_OUTSIDE,
	PROTO_LAMP_COUNT
};
/** Name for the eye, a msgid: "Called from inside"; "" for UNKNOWN. */
const char *proto_lamp_name(enum proto_lamp l);
/** @param out, ext As proto_inout_find() and proto_intext_find() say */
enum proto_lamp proto_lamp_of(enum proto_hook h, int out, int ext);

/* ---- presence ---------------------------------------------------------- */

/** Numbers as SetPresence takes them. */
enum proto_presence {
	PROTO_PRESENCE_UNKNOWN = 0,
	PROTO_OFFICE = 1,
	PROTO_MEETING,
	PROTO_SICK,
	PROTO_BREAK,
	PROTO_OUT_OF_OFFICE,
	PROTO_VACATION,
	PROTO_LUNCH,
	PROTO_HOME,
	PROTO_DO_NOT_DISTURB,
	PROTO_PRESENCE_COUNT
};
/** Word for commands and config: office meeting sick break out vacation
 *  lunch home dnd; "" for UNKNOWN. */
const char *proto_presence_key(enum proto_presence p);
/** Name for the eye, a msgid: "Out of office". */
const char *proto_presence_name(enum proto_presence p);
/** By key, by name (English or in the user's language, in any case) or by
 *  number in text; UNKNOWN if none. */
enum proto_presence proto_presence_find(const char *text);

/* ---- times ------------------------------------------------------------- */

/** Read `YYYY/MM/DD HH:MMZ`; ms since 1970 UTC, -1 if it is none. */
int64_t proto_time_read(const char *text);
/** Write it, "" if it has no such form. @param size at least 18 */
void proto_time_write(char *buf, size_t size, int64_t ms);

/* ---- numbers ----------------------------------------------------------- */

/** What GetServerParam says of dialling; texts "" where there is none. */
struct proto_dial_params {
	const char *country;	   /**< "49" */
	const char *area;	   /**< "89", without national prefix */
	const char *location;	   /**< system's own number: "7007" */
	const char *access;	   /**< line access code: "0" */
	const char *national;	   /**< national prefix: "0" */
	const char *international; /**< "00" */
	unsigned extension_max;	   /**< digits of the longest extension */
};

/** True if it is canonical: "+", digits, and blanks ( ) / - : ; . */
bool proto_number_is_canonical(const char *text);
/** "+" and digits of a canonical number (without the "(0)" that people put
 *  behind the country), or the digits (and * #) of another; to free(). NULL if
 *  it has anything that no number has, no digit, or more than 40. */
char *proto_number_normalise(const char *text);
/**
 * As it is dialled on the desk phone, from a canonical or dialable one: the
 * extension, else access code and local, national or international number. In
 * country "1" local ones are dialled as national too. With parameters missing
 * a canonical one stays canonical.
 *
 * @return Digits (* #, or "+"), to free(); NULL if it is no number
 */
char *proto_number_dialable(const char *text,
			    const struct proto_dial_params *p);
/**
 * "+" and digits of a dialable number, or of a canonical one.
 *
 * @return Text to free(); NULL for an extension, a feature code (* #), and
 *         where the parameters do not suffice
 */
char *proto_number_canonical(const char *text,
			     const struct proto_dial_params *p);
/**
 * The extension that a number of any form means: itself, or the last part of
 * a canonical or dialable number of this system.
 *
 * @return Digits, to free(); NULL if it is none
 */
char *proto_number_extension(const char *text,
			     const struct proto_dial_params *p);
/**
 * What a number in an address book means. There, other than on the desk phone,
 * nobody writes an access code: "089 21610" is in Munich. A number that makes
 * sense only with one is read as it is dialled.
 *
 * @return "+" and digits, or an extension's, to free(); NULL for a feature
 *         code (* #), and where the parameters do not suffice
 */
char *proto_number_written(const char *text, const struct proto_dial_params *p);
/** One key for all spellings of a number: the extension, else "+" and digits,
 *  else the digits; to free(). NULL if it is no number. @param p may be NULL */
char *proto_number_key(const char *text, const struct proto_dial_params *p);
/** True if two spellings name the same place. @param p may be NULL */
bool proto_number_same(const char *a, const char *b,
		       const struct proto_dial_params *p);

#endif
