/**
 * @file names.c  The lists of names, made out of their rows
 */
#include <strings.h>

#include <offhook/proto.h>

struct row {
	const char *name;
	enum proto_sure sure;
};

static int find(const struct row *rows, int n, const char *name)
{
	for (int i = 1; name && i < n; i++)
		if (!strcasecmp(rows[i].name, name))
			return i;
	return 0;
}

#define ROW(id, name, sure) {name, PROTO_##sure},

#define LIST(list, LISTS, ROWS)                                                \
	static const struct row list##s[] = {{"", PROTO_OURS}, ROWS(ROW)};     \
	_Static_assert(sizeof(list##s) / sizeof(list##s[0]) ==                 \
			       PROTO_##LISTS##_COUNT,                          \
		       "a row for each");                                      \
	const char *proto_##list(enum proto_##list id)                         \
	{                                                                      \
		return (unsigned)id < PROTO_##LISTS##_COUNT ? list##s[id].name \
							    : "";              \
	}                                                                      \
	enum proto_##list proto_##list##_find(const char *name)                \
	{                                                                      \
		return (enum proto_##list)find(list##s, PROTO_##LISTS##_COUNT, \
					       name);                          \
	}                                                                      \
	enum proto_sure proto_##list##_sure(enum proto_##list id)              \
	{                                                                      \
		return (unsigned)id < PROTO_##LISTS##_COUNT ? list##s[id].sure \
							    : PROTO_OURS;      \
	}

LIST(command, COMMAND, PROTO_COMMANDS)
LIST(param, PARAM, PROTO_PARAMS)
LIST(element, ELEMENT, PROTO_ELEMENTS)
LIST(attribute, ATTRIBUTE, PROTO_ATTRIBUTES)
LIST(event, EVENT, PROTO_EVENTS)
LIST(member, MEMBER, PROTO_MEMBERS)
LIST(reason, REASON, PROTO_REASONS)
LIST(state, STATE, PROTO_STATES)
LIST(cause, CAUSE, PROTO_CAUSES)
