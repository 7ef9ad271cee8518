/**
 * @file search.c  Questions to the server's directories
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

/** Hits asked for: more than a screen, less than a directory. A server that
 *  does not count has told all if they are few, whatever its own limit is. */
enum { HITS = 100, FEW = 10 };

static void add_hit(struct session *s, struct uc_contact *c, void *arg)
{
	(void)s;
	/* What is no match by our rules is refused: servers differ. */
	uc_search_add(arg, c);
}

static void search_answer(struct session *s, const struct answer *a, void *data)
{
	struct uc_search *search = data;

	int64_t n = (int64_t)wsi_contacts_read(s, a, add_hit, search);
	int64_t total = json_get_int(a->json, proto_member(PROTO_MEMBER_TOTAL),
				     n < FEW ? n : INT64_MAX);

	if (a->status == WSI_OK && n >= total)
		uc_search_set_whole(search);
	else if (a->status == WSI_OK && (total < INT64_MAX || n >= HITS))
		uc_search_set_more(search);
	if (a->status == WSI_FAILED || a->status == WSI_REFUSED)
		uc_search_set_reason(
			search, _("The server's directories can't be asked."));
	if (uc_search_pending(search))
		uc_search_set_pending(search, uc_search_pending(search) - 1);
}

int wsi_search(struct wsi_request **rp, struct wsi *w, struct uc_search *search,
	       wsi_done_h *h, void *arg)
{
	struct session *s = w ? w->s : NULL;
	struct params p = {0};
	struct command_prm c = {.params = &p,
				.flags = COMMAND_READS | COMMAND_CANCELS |
					 COMMAND_LARGE,
				.answer = search_answer,
				.done = h,
				.arg = arg};
	enum uc_directory d;
	unsigned pending;
	bool ours;
	int err;

	if (!search)
		return s ? EINVAL : ENOTCONN;
	d = uc_search_directory(search);
	pending = uc_search_pending(search);
	if (!s || s->stage != STAGE_ONLINE)
		return ENOTCONN;
	ours = s->additions & WSI_ADD_DIRECTORY;
	c.command =
		ours ? PROTO_COMMAND_DIRECTORY : PROTO_COMMAND_PH_BOOK_SEARCH;
	if (!wsi_command_offered(s, c.command))
		return ENOTSUP;
	wsi_params_add(&p, ours ? PROTO_PARAM_SEARCH : PROTO_PARAM_SEARCH_TERM,
		       uc_search_query(search));
	if (d >= 0 && d < UC_DIRECTORY_COUNT)
		wsi_params_add(&p, PROTO_PARAM_DIRECTORY, uc_directory_key(d));
	wsi_params_add_int(
		&p, ours ? PROTO_PARAM_LIMIT : PROTO_PARAM_MAX_ENTRIES, HITS);
	c.data = mem_ref(search);
	err = wsi_command_send(rp, s, &c);
	if (!err)
		uc_search_set_pending(search, pending + 1);
	return err;
}

static void contact_answer(struct session *s, const struct answer *a,
			   void *data)
{
	(void)data;
	wsi_contacts_read(s, a, NULL, NULL);
}

int wsi_lookup(struct wsi_request **rp, struct wsi *w, const char *number,
	       wsi_done_h *h, void *arg)
{
	struct session *s = w ? w->s : NULL;
	struct params p = {0};
	const struct command_prm c = {.command = PROTO_COMMAND_PH_BOOK_LOOKUP,
				      .params = &p,
				      .flags = COMMAND_READS,
				      .answer = contact_answer,
				      .done = h,
				      .arg = arg};

	if (text_empty(number))
		return EINVAL;
	if (!s || s->stage != STAGE_ONLINE)
		return ENOTCONN;
	if (!wsi_command_offered(s, c.command))
		return ENOTSUP;
	wsi_params_add(&p, PROTO_PARAM_PHONE_NUMBER, number);
	return wsi_command_send(rp, s, &c);
}
