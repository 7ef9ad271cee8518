/**
 * @file dialog_info.c  Calls of a phone: dialog-info (RFC 4235)
 *
 * A document tells all (state="full") or what has changed (state="partial"),
 * and is numbered, so that one that was overtaken does no harm.
 */
#include <ctype.h>
#include <stdlib.h>
#include <strings.h>
#include "sip_int.h"

static const char *const phases[] = {
	[SIP_LAMP_TRYING] = "trying",
	[SIP_LAMP_PROCEEDING] = "proceeding",
	[SIP_LAMP_EARLY] = "early",
	[SIP_LAMP_CONFIRMED] = "confirmed",
	[SIP_LAMP_TERMINATED] = "terminated",
};

/* --- what is known ------------------------------------------------------ */

static void call_reset(struct sip_lamp_call *c)
{
	free((char *)c->id);
	free((char *)c->number);
	free((char *)c->name);
	memset(c, 0, sizeof(*c));
}

void dialog_info_reset(struct dialog_info *d)
{
	while (d->count)
		call_reset(&d->calls[--d->count]);
	d->known = false;
	d->version = 0;
}

enum sip_lamp dialog_info_lamp(const struct dialog_info *d)
{
	enum sip_lamp lamp = SIP_LAMP_IDLE;

	for (size_t i = 0; i < d->count; i++) {
		if (d->calls[i].incoming && d->calls[i].phase == SIP_LAMP_EARLY)
			return SIP_LAMP_RINGING;
		lamp = SIP_LAMP_BUSY;
	}
	return lamp;
}

/* --- read --------------------------------------------------------------- */

static bool read_phase(const struct xml *dialog, enum sip_lamp_phase *phase)
{
	const char *s = xml_text(body_child(dialog, "state"));
	size_t n;

	if (!s)
		return false;
	s += strspn(s, " \t\r\n");
	n = strcspn(s, " \t\r\n");
	for (size_t i = 0; i < ARRAY_SIZE(phases); i++) {
		if (n == strlen(phases[i]) && !strncasecmp(s, phases[i], n)) {
			*phase = (enum sip_lamp_phase)i;
			return true;
		}
	}
	return false;
}

/* User part of a URI, as a person knows it: a number or a name. */
static char *read_user(const char *uri)
{
	struct pl pl;
	char *user;

	if (!uri)
		return text_dup("");
	uri += strspn(uri, " \t\r\n");
	pl.p = uri;
	pl.l = strcspn(uri, " \t\r\n");
	user = uri_user(&pl);
	return user ? user : text_dup("");
}

static int read_other(struct sip_lamp_call *c, const struct xml *dialog)
{
	const struct xml *remote = body_child(dialog, "remote");
	const struct xml *identity = body_child(remote, "identity");
	const char *name = xml_attr(identity, "display");
	const char *uri = xml_text(identity);

	if (text_empty(uri))
		uri = xml_attr(body_child(remote, "target"), "uri");
	c->number = read_user(uri);
	c->name = text_clean(name ? name : "", (size_t)-1, TEXT_LINE_MAX);
	return c->number && c->name ? 0 : ENOMEM;
}

static struct sip_lamp_call *find(struct dialog_info *d, const char *id)
{
	for (size_t i = 0; i < d->count; i++) {
		if (!strcmp(d->calls[i].id, id))
			return &d->calls[i];
	}
	return NULL;
}

static void drop(struct dialog_info *d, struct sip_lamp_call *c)
{
	call_reset(c);
	*c = d->calls[--d->count];
	memset(&d->calls[d->count], 0, sizeof(*c));
}

static int read_dialog(struct dialog_info *d, const struct xml *dialog)
{
	const char *id = xml_attr(dialog, "id");
	const char *direction = xml_attr(dialog, "direction");
	struct sip_lamp_call *c, now = {.incoming = true};
	int err;

	if (text_empty(id) || strlen(id) > DIALOG_ID_MAX ||
	    !read_phase(dialog, &now.phase))
		return EBADMSG;
	c = find(d, id);
	if (now.phase == SIP_LAMP_TERMINATED) {
		if (c)
			drop(d, c);
		return 0;
	}
	/* More calls than any phone has tell no more than these. */
	if (!c && d->count == DIALOGS_MAX)
		return 0;
	if (direction)
		now.incoming = strcasecmp(direction, "initiator") != 0;
	else if (c)
		now.incoming = c->incoming;
	err = read_other(&now, dialog);
	now.id = text_dup(id);
	if (err || !now.id) {
		call_reset(&now);
		return ENOMEM;
	}
	if (c)
		call_reset(c);
	else
		c = &d->calls[d->count++];
	*c = now;
	return 0;
}

static bool read_version(const struct xml *root, uint32_t *version)
{
	const char *s = xml_attr(root, "version");
	char *end;
	unsigned long v;

	if (!s || !isdigit((unsigned char)*s))
		return false;
	errno = 0;
	v = strtoul(s, &end, 10);
	*version = (uint32_t)v;
	return !errno && !*end && v <= UINT32_MAX;
}

/* Apply it to a copy, so that one that is bad half-way changes nothing. */
static int apply(struct dialog_info *d, const struct xml *root, bool full,
		 uint32_t version)
{
	struct dialog_info next = {.version = version, .known = true};
	const struct xml *x;
	int err = 0;

	for (size_t i = 0; !full && i < d->count; i++) {
		struct sip_lamp_call *c = &next.calls[next.count++];

		*c = d->calls[i];
		c->id = text_dup(c->id);
		c->number = text_dup(c->number);
		c->name = text_dup(c->name);
		if (!c->id || !c->number || !c->name)
			err = ENOMEM;
	}
	for (x = body_child(root, "dialog"); x && !err; x = body_next(x))
		err = read_dialog(&next, x);
	if (err) {
		dialog_info_reset(&next);
		return err;
	}
	dialog_info_reset(d);
	*d = next;
	return 0;
}

int dialog_info_read(struct dialog_info *d, bool *gap, const char *s, size_t n)
{
	const char *state;
	struct xml *root;
	uint32_t version;
	bool full;
	int err = xml_parse(&root, s, n);

	if (err)
		return err;
	*gap = false;
	state = xml_attr(root, "state");
	full = state && !strcasecmp(state, "full");
	if (strcmp(body_local(root), "dialog-info") ||
	    !read_version(root, &version) ||
	    (!full && !(state && !strcasecmp(state, "partial")))) {
		err = EBADMSG;
	} else if (d->known && version <= d->version) {
		err = EALREADY;
	} else {
		/* Something in between was lost: all is asked for anew. */
		*gap = !full && (!d->known || version != d->version + 1);
		err = apply(d, root, full, version);
	}
	mem_deref(root);
	return err;
}

/* --- written ------------------------------------------------------------ */

static void write_dialog(struct text_buf *b, const char *entity,
			 const struct sip_lamp_call *c)
{
	text_buf_add(b, "<dialog id=\"");
	xml_escape(b, c->id);
	text_buf_printf(b, "\" direction=\"%s\"><state>%s</state>",
			c->incoming ? "recipient" : "initiator",
			phases[c->phase]);
	if (!text_empty(c->number)) {
		const char *at = strrchr(entity, '@');
		char *uri = uri_make(c->number, at ? at + 1 : "localhost");

		text_buf_add(b, "<remote><identity");
		if (!text_empty(c->name)) {
			text_buf_add(b, " display=\"");
			xml_escape(b, c->name);
			text_buf_add(b, "\"");
		}
		text_buf_add(b, ">");
		xml_escape(b, uri ? uri : "");
		text_buf_add(b, "</identity></remote>");
		free(uri);
	}
	text_buf_add(b, "</dialog>\r\n");
}

void dialog_info_write(struct text_buf *b, const char *entity, uint32_t version,
		       const struct sip_lamp_call *calls, size_t count)
{
	text_buf_printf(b,
			"<?xml version=\"1.0\" encoding=\"UTF-8\"?>\r\n"
			"<dialog-info "
			"xmlns=\"urn:ietf:params:xml:ns:dialog-info\"\r\n"
			" version=\"%u\" state=\"full\" entity=\"",
			version);
	xml_escape(b, entity);
	text_buf_add(b, "\">\r\n");
	for (size_t i = 0; i < count; i++)
		write_dialog(b, entity, &calls[i]);
	text_buf_add(b, "</dialog-info>\r\n");
}
