/**
 * @file pidf.c  Presence: PIDF (RFC 3863) with activities (RFC 4480)
 */
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"

static const struct {
	const char *name;
	enum sip_activity activity;
} activities[] = {
	/* the first of each is the one that is written */
	{"away", SIP_ACTIVITY_AWAY},
	{"busy", SIP_ACTIVITY_BUSY},
	{"on-the-phone", SIP_ACTIVITY_ON_THE_PHONE},
	{"meeting", SIP_ACTIVITY_MEETING},
	{"meal", SIP_ACTIVITY_MEAL},
	{"vacation", SIP_ACTIVITY_VACATION},
	{"appointment", SIP_ACTIVITY_MEETING},
	{"presentation", SIP_ACTIVITY_MEETING},
	{"breakfast", SIP_ACTIVITY_MEAL},
	{"dinner", SIP_ACTIVITY_MEAL},
	{"holiday", SIP_ACTIVITY_VACATION},
	{"permanent-absence", SIP_ACTIVITY_AWAY},
	{"sleeping", SIP_ACTIVITY_AWAY},
	{"travel", SIP_ACTIVITY_AWAY},
	{"in-transit", SIP_ACTIVITY_AWAY},
	{"steering", SIP_ACTIVITY_BUSY},
	{"working", SIP_ACTIVITY_NONE},
};

/* --- read --------------------------------------------------------------- */

static enum sip_activity activity_of(const struct xml *element)
{
	const struct xml *x;

	for (x = xml_first(body_child(element, "activities")); x;
	     x = xml_next(x)) {
		for (size_t i = 0; i < ARRAY_SIZE(activities); i++) {
			if (!strcmp(body_local(x), activities[i].name) &&
			    activities[i].activity)
				return activities[i].activity;
		}
	}
	return SIP_ACTIVITY_NONE;
}

/* "open" with the blanks that pretty printers put around it. */
static bool says(const struct xml *x, const char *word)
{
	const char *s = xml_text(x);
	size_t n;

	if (!s)
		return false;
	s += strspn(s, " \t\r\n");
	n = strcspn(s, " \t\r\n");
	return n == strlen(word) && !strncasecmp(s, word, n);
}

static void take_note(const struct xml *element, const char **raw)
{
	const char *s = xml_text(body_child(element, "note"));

	if (text_empty(*raw) && s)
		*raw = s;
}

int pidf_read(struct sip_presence *p, char **note, const char *s, size_t n)
{
	const struct xml *x;
	const char *raw = "";
	struct xml *root;
	int err = xml_parse(&root, s, n);

	if (err)
		return err;
	memset(p, 0, sizeof(*p));
	if (strcmp(body_local(root), "presence")) {
		mem_deref(root);
		return EBADMSG;
	}
	for (x = xml_first(root); x; x = xml_next(x)) {
		const struct xml *status = body_child(x, "status");

		if (!strcmp(body_local(x), "tuple")) {
			p->open |= says(body_child(status, "basic"), "open");
			/* drafts before RFC 4480 had it in here */
			if (!p->activity)
				p->activity = activity_of(status);
		} else if (strcmp(body_local(x), "person") != 0) {
			continue;
		}
		if (!p->activity)
			p->activity = activity_of(x);
		take_note(x, &raw);
	}
	take_note(root, &raw);
	*note = text_clean(raw, (size_t)-1, TEXT_LINE_MAX);
	p->note = *note;
	mem_deref(root);
	return *note ? 0 : ENOMEM;
}

/* --- written ------------------------------------------------------------ */

static const char *activity_name(enum sip_activity activity)
{
	for (size_t i = 0; i < ARRAY_SIZE(activities); i++) {
		if (activities[i].activity == activity)
			return activities[i].name;
	}
	return NULL;
}

void pidf_write(struct text_buf *b, const char *entity,
		const struct sip_presence *p)
{
	const char *activity = p->activity ? activity_name(p->activity) : NULL;

	text_buf_add(b, "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
			"<presence xmlns=\"urn:ietf:params:xml:ns:pidf\"\r\n"
			" xmlns:dm=\"urn:ietf:params:xml:ns:pidf:"
			"data-model\"\r\n"
			" xmlns:rpid=\"urn:ietf:params:xml:ns:pidf:rpid\"\r\n"
			" entity=\"");
	xml_escape(b, entity);
	text_buf_printf(b,
			"\">\r\n<tuple id=\"phone\">"
			"<status><basic>%s</basic></status>",
			p->open ? "open" : "closed");
	if (!text_empty(p->note)) {
		text_buf_add(b, "<note>");
		xml_escape(b, p->note);
		text_buf_add(b, "</note>");
	}
	text_buf_add(b, "</tuple>\r\n");
	if (activity)
		text_buf_printf(b,
				"<dm:person id=\"person\"><rpid:activities>"
				"<rpid:%s/></rpid:activities></dm:person>\r\n",
				activity);
	text_buf_add(b, "</presence>\r\n");
}
