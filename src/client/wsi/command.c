/**
 * @file command.c  Commands: how they are written, what their answers mean
 *
 * By POST where the server takes it: a query stands in logs of servers and
 * proxies. The answer's form shows itself: XML, JSON, or nothing.
 */
#include <stdlib.h>
#include <strings.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

enum {
	ANSWER_MAX = 1024 * 1024,
	ANSWER_LARGE = 16 * 1024 * 1024,
	ANSWER_SOUND = 64 * 1024 * 1024,
	REASON_MAX = 128,
};

struct command {
	struct le le; /**< in the session's commands */
	struct session *s;
	struct wsi_request *handle; /**< NULL: nobody holds it */
	struct net_request *net;
	enum proto_command id;
	uint64_t number; /**< counts on with each that is sent */
	unsigned flags;
	answer_h *answer;
	void *data;
	wsi_done_h *done;
	wsi_sip_account_h *account;
	wsi_sound_h *sound;
	void *arg;
};

struct wsi_request {
	struct command *c; /**< NULL: over */
};

void wsi_params_add(struct params *p, enum proto_param name, const char *value)
{
	text_buf_printf(&p->b, "&%s=", proto_param(name));
	net_escape(&p->b, value);
}

void wsi_params_add_int(struct params *p, enum proto_param name, int64_t value)
{
	text_buf_printf(&p->b, "&%s=%lld", proto_param(name), (long long)value);
}

static void params_wipe(struct params *p)
{
	if (p->b.buf)
		explicit_bzero(p->b.buf, p->b.len);
	text_buf_reset(&p->b);
}

bool wsi_command_offered(const struct session *s, enum proto_command c)
{
	return s->offer[c] != OFFER_NO;
}

/* ---- answers ----------------------------------------------------------- */

static const char *keep(char **place, const char *text)
{
	free(*place);
	*place = text_clean(text, (size_t)-1, REASON_MAX);
	return *place ? *place : "";
}

bool wsi_is_blank(const char *s, size_t len)
{
	static const char blanks[] = {' ', '\t', '\r', '\n'};

	/* a byte 0 is none, unlike for strchr() */
	for (size_t i = 0; i < len; i++)
		if (!memchr(blanks, s[i], sizeof(blanks)))
			return false;
	return true;
}

static char first_char(const char *s, size_t len)
{
	for (size_t i = 0; i < len; i++)
		if (!s[i] || !strchr(" \t\r\n\xef\xbb\xbf", s[i]))
			return s[i];
	return '\0';
}

static void read_xml_error(struct answer *a)
{
	const struct xml *error = wsi_x_find(a->xml, PROTO_ELEMENT_ERROR);
	const char *reason;

	if (!error)
		return;
	a->status = WSI_REFUSED;
	reason = wsi_x_text(error, PROTO_ELEMENT_REASON);
	a->reason = *reason ? reason : xml_text(error);
	a->cause = wsi_x_text(error, PROTO_ELEMENT_CSTA_ERROR_CODE);
	if (!*a->cause)
		a->cause = wsi_x_text(a->xml, PROTO_ELEMENT_CSTA_ERROR_CODE);
}

/* Reason, cause and call are the trees' own text: to be cleaned by those who
 * keep them. */
void wsi_answer_read(struct answer *a, struct xml **xp, struct json **jp,
		     enum proto_command c, const char *body, size_t len)
{
	const char *lost = proto_reason(PROTO_REASON_NOT_LOGGED_IN);

	*a = (struct answer){
		.status = WSI_OK, .reason = "", .cause = "", .call_id = ""};
	if (wsi_is_blank(body, len))
		return;
	if (first_char(body, len) == '{' && !json_parse(jp, body, len)) {
		a->json = *jp;
		a->reason = wsi_j_text(a->json, PROTO_MEMBER_ERROR);
		if (*a->reason)
			a->status = WSI_REFUSED;
	} else if (first_char(body, len) == '<' && !xml_parse(xp, body, len)) {
		a->xml = *xp;
		a->call_id = wsi_x_text(a->xml, PROTO_ELEMENT_CALL_ID);
		read_xml_error(a);
		/* Not in so many words, but no answer to this command. */
		if (a->status == WSI_OK &&
		    strcasecmp(xml_name(a->xml), proto_command(c)) &&
		    strstr(xml_text(a->xml), lost)) {
			a->status = WSI_REFUSED;
			a->reason = lost;
		}
	} else if (memmem(body, len, lost, strlen(lost))) {
		a->status = WSI_REFUSED;
		a->reason = lost;
	} else {
		a->status = WSI_FAILED;
	}
}

/* ---- words for the user ------------------------------------------------ */

static const struct {
	enum proto_reason reason;
	const char *text;
} reason_rows[] = {
	{PROTO_REASON_NOT_FOUND, N_("The server does not know that.")},
	{PROTO_REASON_NOT_ALLOWED, N_("The server does not allow that.")},
	{PROTO_REASON_NOT_OFFERED, N_("This server does not offer that.")},
	{PROTO_REASON_UNKNOWN_COMMAND, N_("This server does not offer that.")},
	{PROTO_REASON_BAD_PARAMETER, N_("The server refused what was given.")},
	{PROTO_REASON_INVALID_STATE, N_("That is not possible now.")},
	{PROTO_REASON_UNREACHABLE, N_("The phone can't be reached.")},
	{PROTO_REASON_BUSY, N_("Busy.")},
	{PROTO_REASON_NO_SPACE,
	 N_("The server's disk is full; nothing was changed.")},
	{PROTO_REASON_TOO_MANY, N_("The server's limit is reached.")},
	{PROTO_REASON_INTERNAL, N_("The server has failed; try again.")},
	{PROTO_REASON_IS_GROUP, N_("That is a group.")},
	{PROTO_REASON_IS_FORWARDED, N_("That phone is forwarded itself.")},
	{PROTO_REASON_COMES_BACK, N_("Your calls would come back to you.")},
	{PROTO_REASON_NO_LICENCE, N_("There is no licence for that.")},
};

static const char *reason_text(const char *reason)
{
	enum proto_reason r = proto_reason_find(reason);

	for (size_t i = 0; i < ARRAY_SIZE(reason_rows); i++)
		if (r == reason_rows[i].reason)
			return _(reason_rows[i].text);
	return NULL;
}

static char *result_text(enum proto_command id, const struct answer *a,
			 enum net_error net)
{
	const char *known = reason_text(a->reason);

	switch (a->status) {
	case WSI_OK:
		return text_dup("");
	case WSI_NOT_OFFERED:
		return text_dup(_("This server does not offer that."));
	case WSI_ENDED:
		return text_dup(_("The connection to the server has ended."));
	case WSI_FAILED:
		return text_dup(net ? net_error_text(net)
				    : _("The server's answer makes no sense."));
	case WSI_REFUSED:
		break;
	}
	/* An analogue phone, say: it rings, and nothing can lift it but hands
	 *. */
	if (id == PROTO_COMMAND_ANSWER_CALL &&
	    proto_reason_find(a->reason) == PROTO_REASON_NOT_OFFERED)
		return text_dup(_("This phone is answered by lifting its "
				  "handset."));
	if (known)
		return text_dup(known);
	return *a->reason ? text_printf(_("The server refused: %s"), a->reason)
			  : text_dup(_("The server refused."));
}

/* ---- life -------------------------------------------------------------- */

static void command_destructor(void *arg)
{
	struct command *c = arg;

	list_unlink(&c->le);
	if (c->handle)
		c->handle->c = NULL;
	if (c->flags & COMMAND_BACK)
		c->s->looking_back--;
	mem_deref(c->net);
	mem_deref(c->data);
	mem_deref(c->s);
}

static void handle_destructor(void *arg)
{
	struct wsi_request *r = arg;
	struct command *c = r->c;

	if (!c)
		return;
	r->c = NULL;
	c->handle = NULL;
	c->done = NULL;
	c->account = NULL;
	c->sound = NULL;
	if (c->flags & COMMAND_CANCELS)
		mem_deref(c);
}

static void tell_account(const struct command *c, const struct wsi_result *r,
			 const struct answer *a)
{
	const struct json *j = a->json;
	struct wsi_sip_account account = {
		.user = wsi_j_text(j, PROTO_MEMBER_USER),
		.auth_user = wsi_j_text(j, PROTO_MEMBER_AUTH_USER),
		.secret = wsi_j_text(j, PROTO_MEMBER_SECRET),
		.display_name = wsi_j_text(j, PROTO_MEMBER_DISPLAY_NAME),
		.domain = wsi_j_text(j, PROTO_MEMBER_DOMAIN),
		.registrar = wsi_j_text(j, PROTO_MEMBER_REGISTRAR),
		.transport = wsi_j_text(j, PROTO_MEMBER_TRANSPORT),
	};

	c->account(r, r->status == WSI_OK ? &account : NULL, c->arg);
}

static void tell(const struct command *c, const struct answer *a,
		 enum net_error net)
{
	char *text = result_text(c->id, a, net);
	struct wsi_result r = {
		.status = a->status,
		.reason = a->reason,
		.cause = a->cause,
		.text = text ? text : "",
		.call_id = a->call_id,
		.batch = wsi_j_text(a->json, PROTO_MEMBER_BATCH),
		.last = wsi_older_last(a),
		.more = json_get_bool(a->json, proto_member(PROTO_MEMBER_MORE),
				      false),
	};

	if (c->account)
		tell_account(c, &r, a);
	else if (c->sound)
		c->sound(&r, a->status == WSI_OK ? a->sound : NULL,
			 a->status == WSI_OK ? a->sound_len : 0, c->arg);
	else if (c->done)
		c->done(&r, c->arg);
	free(text);
}

/* A reading command that is refused at first use is not there; later it is
 * just refused. One that does not find what it is asked for is there. */
static void judge_offer(struct command *c, struct answer *a)
{
	uint8_t *offer = &c->s->offer[c->id];
	enum proto_reason reason = proto_reason_find(a->reason);

	if (a->status == WSI_OK) {
		*offer = OFFER_YES;
		return;
	}
	if (a->status != WSI_REFUSED || reason == PROTO_REASON_NOT_FOUND)
		return;
	if (reason == PROTO_REASON_UNKNOWN_COMMAND ||
	    ((c->flags & COMMAND_READS) && *offer == OFFER_UNKNOWN)) {
		*offer = OFFER_NO;
		a->status = WSI_NOT_OFFERED;
	}
}

/* The answer is there, in whatever form: model first, then the user. */
static void conclude(struct command *c, struct answer *a, enum net_error net)
{
	char *reason = NULL, *cause = NULL, *call_id = NULL;
	struct session *s = mem_ref(c->s);

	a->reason = keep(&reason, a->reason);
	a->cause = keep(&cause, a->cause);
	a->call_id = keep(&call_id, a->call_id);
	if (a->status != WSI_OK)
		log_info("%s: %s %s", proto_command(c->id),
			 a->status == WSI_FAILED ? net_error_name(net)
						 : a->reason,
			 a->cause);
	/* Out of all hands first: handlers may end the session, or free the
	 * handle, and the reference of the list is ours now. */
	list_unlink(&c->le);
	if (c->handle)
		c->handle->c = NULL;
	c->handle = NULL;
	s->answering = c->number;
	if (c->answer)
		c->answer(s, a, c->data);
	s->answering = 0;
	if (!list_head(&s->commands))
		wsi_news_over(s);
	if (wsi_session_alive(s))
		tell(c, a, net);
	if ((c->flags & COMMAND_SYNC) && wsi_session_alive(s))
		wsi_sync_answered(s);
	mem_deref(c);
	mem_deref(s);
	free(reason);
	free(cause);
	free(call_id);
}

static bool ends_session(const struct net_response *r)
{
	switch (r->error) {
	case NET_REFUSED:
	case NET_UNREACHABLE:
	case NET_TLS:
	case NET_CERTIFICATE_CHANGED:
	case NET_CERTIFICATE_UNKNOWN:
		return true;
	default:
		return false;
	}
}

/* What it really is finds out who plays or shows it. */
static bool is_file(const struct command *c, const struct net_response *r)
{
	if (r->status != 200)
		return false;
	if (c->flags & COMMAND_IMAGE)
		return !strncasecmp(r->content_type, "image/", 6);
	return c->flags & COMMAND_SOUND &&
	       (!strncasecmp(r->content_type, "audio/", 6) ||
		(r->body_len > 4 && !memcmp(r->body, "RIFF", 4)));
}

static void on_answer(const struct net_response *r, void *arg)
{
	struct command *c = arg;
	struct session *s = c->s;
	struct answer a = {
		.status = WSI_FAILED, .reason = "", .cause = "", .call_id = ""};
	struct xml *xml = NULL;
	struct json *json = NULL;

	c->net = mem_deref(c->net);
	if (r->error && ends_session(r)) {
		wsi_session_end_net(s, r);
		return;
	}
	if (!r->error && is_file(c, r)) {
		a.status = WSI_OK;
		a.sound = r->body;
		a.sound_len = r->body_len;
	} else if (!r->error) {
		wsi_answer_read(&a, &xml, &json, c->id, r->body, r->body_len);
		/* whatever it is, it is no such file */
		if (c->flags & COMMAND_FILE && a.status == WSI_OK)
			a.status = WSI_FAILED;
	}
	if (!r->error && r->status != 200 && a.status != WSI_REFUSED)
		a.status = r->status >= 400 && r->status < 500 ? WSI_REFUSED
							       : WSI_FAILED;
	if (a.status == WSI_REFUSED &&
	    proto_reason_find(a.reason) == PROTO_REASON_NOT_LOGGED_IN) {
		struct wsi_ended e = {
			.why = WSI_END_NOT_LOGGED_IN,
			.text = _("The server has ended the session."),
			.online = true,
		};

		wsi_session_end(s, &e);
	} else {
		judge_offer(c, &a);
		conclude(c, &a, r->error);
	}
	mem_deref(xml);
	json_free(json);
}

/* ---- sending ----------------------------------------------------------- */

static int request(struct command *c, struct params *p)
{
	const struct net_handlers h = {.done = on_answer};
	struct session *s = c->s;
	struct text_buf url = {0};
	struct net_request_prm prm = {
		.max_body = c->flags & COMMAND_SOUND   ? ANSWER_SOUND
			    : c->flags & COMMAND_LARGE ? ANSWER_LARGE
						       : ANSWER_MAX,
		.connect_ms = s->connect_ms,
		.first_byte_ms = s->answer_ms,
		.total_ms = s->whole_ms,
	};
	int err;

	wsi_params_add(p, PROTO_PARAM_SESSION, s->id);
	text_buf_printf(&url, "%s" PROTO_PATH "?%s=%s", s->base,
			proto_param(PROTO_PARAM_CMD), proto_command(c->id));
	if (s->additions & WSI_ADD_POST) {
		prm.body = p->b.buf ? p->b.buf + 1 : "";
		prm.body_len = p->b.len ? p->b.len - 1 : 0;
		prm.content_type = "application/x-www-form-urlencoded";
	} else {
		text_buf_add(&url, p->b.buf);
	}
	prm.url = url.buf;
	err = p->b.err ? p->b.err : url.err;
	if (!err)
		err = net_request(&c->net, s->client, &prm, &h, c);
	if (url.buf)
		explicit_bzero(url.buf, url.len);
	text_buf_reset(&url);
	return err;
}

int wsi_command_send(struct wsi_request **rp, struct session *s,
		     const struct command_prm *prm)
{
	struct params none = {0}, *p = prm->params ? prm->params : &none;
	struct wsi_request *r = NULL;
	struct command *c;
	int err = ENOTCONN;

	if (!s || s->stage != STAGE_ONLINE) {
		params_wipe(p);
		mem_deref(prm->data);
		return err;
	}
	c = mem_zalloc(sizeof(*c), command_destructor);
	if (!c) {
		params_wipe(p);
		mem_deref(prm->data);
		return ENOMEM;
	}
	c->s = mem_ref(s);
	c->id = prm->command;
	c->number = ++s->asked;
	c->flags = prm->flags;
	if (c->flags & COMMAND_BACK)
		s->looking_back++;
	c->answer = prm->answer;
	c->data = prm->data;
	c->done = prm->done;
	c->account = prm->account;
	c->sound = prm->sound;
	c->arg = prm->arg;
	err = 0;
	if (rp) {
		r = mem_zalloc(sizeof(*r), handle_destructor);
		err = r ? 0 : ENOMEM;
	}
	if (!err)
		err = request(c, p);
	params_wipe(p);
	if (err) {
		mem_deref(r);
		mem_deref(c);
		return err;
	}
	list_append(&s->commands, &c->le, c);
	if (c->flags & COMMAND_SYNC)
		s->reading++;
	if (r) {
		r->c = c;
		c->handle = r;
		*rp = r;
	}
	return 0;
}

void wsi_commands_end(struct session *s)
{
	struct le *le;

	while ((le = list_head(&s->commands)) != NULL) {
		struct command *c = le->data;
		const struct answer a = {.status = WSI_ENDED,
					 .reason = "",
					 .cause = "",
					 .call_id = ""};

		list_unlink(&c->le);
		if (c->handle)
			c->handle->c = NULL;
		c->handle = NULL;
		c->net = mem_deref(c->net);
		if (c->answer && (c->flags & COMMAND_CANCELS))
			c->answer(s, &a, c->data);
		if (s->handle)
			tell(c, &a, NET_OK);
		mem_deref(c);
	}
}

void wsi_commands_drop(struct session *s)
{
	struct le *le;

	while ((le = list_head(&s->commands)) != NULL)
		mem_deref(le->data);
}
