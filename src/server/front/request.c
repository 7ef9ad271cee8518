/**
 * @file request.c  One request, from its text to its command
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <stdlib.h>

static void destructor(void *p)
{
	struct request *r = p;

	tmr_cancel(&r->tmr);
	list_unlink(&r->le);
	list_unlink(&r->pending);
	mem_deref(r->session);
	params_clear(&r->params);
	free(r->name);
	free(r->local);
}

/* What stands in an answer as the name of an element: letters and digits. */
static char *safe_name(const char *s)
{
	static const char letters[] = "abcdefghijklmnopqrstuvwxyz"
				      "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789";
	size_t n = s ? strspn(s, letters) : 0;

	if (!n || n > 40 || s[n] || (*s >= '0' && *s <= '9'))
		return strdup("ERROR");
	return strdup(s);
}

static int parse(struct request *r, const struct request_prm *prm)
{
	const char *cmd;
	int err;

	err = params_parse(&r->params, prm->query, strlen(prm->query));
	if (!err && prm->post)
		err = params_parse(&r->params, prm->body, prm->body_len);
	cmd = !strcmp(prm->path, PROTO_PATH_EVENTS)
		      ? proto_command(PROTO_COMMAND_GET_EVENTS)
		      : params_get(&r->params, PROTO_PARAM_CMD);
	r->command = proto_command_find(cmd);
	/* As the table spells it; a name that is none may be anything. */
	r->name =
		r->command ? strdup(proto_command(r->command)) : safe_name(cmd);
	r->local = strdup(prm->local ? prm->local : "");
	if (!r->name || !r->local)
		err = ENOMEM;
	return err;
}

static bool has_control(const char *s)
{
	for (; *s; s++)
		if ((unsigned char)*s < 0x20 || *s == 0x7f)
			return true;
	return false;
}

/* No parameter has a control character but those that are texts of several
   lines or JSON. To take it for absent would be to do something else than what
   was asked for: a note would be emptied, a search be one for all. */
static bool is_clean(const struct request *r)
{
	static const enum proto_param long_ones[] = {
		PROTO_PARAM_TEXT,
		PROTO_PARAM_CONTACT,
		PROTO_PARAM_CONTACTS,
		PROTO_PARAM_GROUPS,
	};

	for (size_t i = 0; i < r->params.count; i++) {
		bool is_long = false;

		for (size_t k = 0; k < ARRAY_SIZE(long_ones); k++)
			if (!strcmp(r->params.param[i].name,
				    proto_param(long_ones[k])))
				is_long = true;
		if (!is_long && has_control(r->params.param[i].value))
			return false;
	}
	return true;
}

static void run(struct request *r)
{
	const struct command *c = command_find(r->front, r->command);
	const char *id;

	if (!c) {
		answer_reason(r, r->command && proto_command_sure(r->command) !=
							 PROTO_OURS
					 ? PROTO_REASON_NOT_OFFERED
					 : PROTO_REASON_UNKNOWN_COMMAND);
		return;
	}
	if ((c->flags & COMMAND_POST) && !r->post) {
		answer_reason(r, PROTO_REASON_NOT_ALLOWED);
		return;
	}
	id = params_get(&r->params, PROTO_PARAM_SESSION);
	r->session = mem_ref(session_find(r->front, id));
	if (r->session)
		r->session->used_ms = time_mono_ms();
	if (!r->session && !(c->flags & COMMAND_OPEN))
		answer_reason(r, PROTO_REASON_NOT_LOGGED_IN);
	else if (!is_clean(r))
		answer_reason(r, PROTO_REASON_BAD_PARAMETER);
	else
		c->run(r);
}

int request_start(struct request **rp, struct front *f,
		  const struct request_prm *prm, answer_h *h, void *arg)
{
	struct request *r = mem_zalloc(sizeof(*r), destructor);
	int err;

	if (!r)
		return ENOMEM;
	tmr_init(&r->tmr);
	r->front = f;
	r->post = prm->post;
	r->h = h;
	r->arg = arg;
	list_append(&f->requests, &r->le, r);
	err = parse(r, prm);
	if (err == ENOMEM) {
		mem_deref(r);
		return err;
	}
	*rp = r;
	/* Whatever the answer leads to, it lives until here. */
	mem_ref(r);
	if (err)
		answer_reason(r, PROTO_REASON_BAD_PARAMETER);
	else
		run(r);
	mem_deref(r);
	return 0;
}

struct request *request_drop(struct request *r)
{
	if (r) {
		r->h = NULL;
		r->answered = true;
		if (r->session && r->session->poll == r) {
			tmr_cancel(&r->session->tmr);
			r->session->poll = mem_deref(r);
		}
		mem_deref(r);
	}
	return NULL;
}

const char *request_get(const struct request *r, enum proto_param id)
{
	const char *s = params_get(&r->params, id);

	return s && !has_control(s) ? s : NULL;
}

const char *request_text(const struct request *r, enum proto_param id)
{
	const char *s = request_get(r, id);

	return s ? s : "";
}

int64_t request_int(const struct request *r, enum proto_param id, int64_t least,
		    int64_t most, int64_t fallback)
{
	const char *s = request_get(r, id);
	bool negative = s && *s == '-' && least < 0;
	size_t n = s ? strspn(s + negative, "0123456789") : 0;
	int64_t v;

	if (!n || n > 18 || s[negative + n])
		return fallback;
	v = strtoll(s, NULL, 10);
	return v < least ? least : v > most ? most : v;
}

bool request_is_json(const struct request *r)
{
	if (r->command)
		return proto_command_sure(r->command) == PROTO_OURS &&
		       (r->post || command_find(r->front, r->command));
	return r->post;
}

const char *request_user(const struct request *r)
{
	return r->session ? r->session->user : "";
}
