/**
 * @file directory.c  Reading all colleagues, who come before what they do
 */
#include <stdlib.h>

#include "wsi_int.h"

enum {
	PAGE = 500,
	PAGES_MAX = 200,
};

void wsi_directory_forget(struct session *s)
{
	for (size_t i = 0; i < s->seen_count; i++)
		free(s->seen[i]);
	free(s->seen);
	s->seen = NULL;
	s->seen_count = s->seen_size = 0;
}

static void saw_id(struct session *s, const char *contact_id)
{
	char *id = text_dup(contact_id);

	if (s->seen_count == s->seen_size) {
		size_t size = s->seen_size ? s->seen_size * 2 : 64;
		char **more = realloc(s->seen, size * sizeof(*more));

		if (!more) {
			free(id);
			return;
		}
		s->seen = more;
		s->seen_size = size;
	}
	if (id)
		s->seen[s->seen_count++] = id;
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Internal users whom a whole directory no longer names have gone. */
static void remove_unseen(struct session *s)
{
	qsort(s->seen, s->seen_count, sizeof(*s->seen), by_text);
	for (size_t i = uc_internal_count(s->uc); i > 0; i--) {
		struct uc_contact *c = uc_internal_at(s->uc, i - 1);

		if (c && !bsearch(&c->id, s->seen, s->seen_count,
				  sizeof(*s->seen), by_text))
			uc_contact_remove(s->uc, c);
	}
}

static void saw(struct session *s, struct uc_contact *c, void *arg)
{
	(void)arg;
	saw_id(s, c->id);
}

static void read_page(struct session *s, int64_t offset);

static void page_answer(struct session *s, const struct answer *a, void *data)
{
	size_t n = wsi_contacts_read(s, a, saw, NULL);
	int64_t total =
		json_get_int(a->json, proto_member(PROTO_MEMBER_TOTAL), 0);
	int64_t at =
		json_get_int(a->json, proto_member(PROTO_MEMBER_OFFSET), 0) +
		(int64_t)n;
	(void)data;

	/* One that tells the first page again and again has no more. */
	if (a->status == WSI_OK && n && at > s->page && at < total &&
	    at < (int64_t)PAGE * PAGES_MAX) {
		read_page(s, at);
		return;
	}
	s->directory = a->status == WSI_OK && (at >= total || !n) &&
		       json_is_array(wsi_j_get(a->json, PROTO_MEMBER_CONTACTS));
	if (s->directory)
		remove_unseen(s);
	wsi_directory_forget(s);
	if (wsi_without(s, a, WSI_ADD_DIRECTORY))
		wsi_directory_read(s);
	else
		wsi_sync_rest(s);
}

static void read_page(struct session *s, int64_t offset)
{
	struct params p = {0};

	s->page = offset;
	wsi_params_add(&p, PROTO_PARAM_DIRECTORY,
		       uc_directory_key(UC_INTERNAL));
	wsi_params_add_int(&p, PROTO_PARAM_OFFSET, offset);
	wsi_params_add_int(&p, PROTO_PARAM_LIMIT, PAGE);
	wsi_read(s, PROTO_COMMAND_DIRECTORY, &p, page_answer,
		 COMMAND_SYNC | COMMAND_LARGE);
}

static void book_answer(struct session *s, const struct answer *a, void *data)
{
	(void)data;
	wsi_contacts_read(s, a, NULL, NULL);
	s->directory = a->status == WSI_OK && a->xml;
	wsi_cannot(s, a, UC_CAN_DIRECTORY);
	wsi_sync_rest(s);
}

void wsi_directory_read(struct session *s)
{
	struct params p = {0};

	if ((s->additions & WSI_ADD_DIRECTORY) &&
	    wsi_command_offered(s, PROTO_COMMAND_DIRECTORY)) {
		wsi_directory_forget(s);
		read_page(s, 0);
	} else if (wsi_command_offered(s, PROTO_COMMAND_PH_BOOK_SEARCH)) {
		wsi_params_add(&p, PROTO_PARAM_SEARCH_TERM, "*");
		wsi_params_add(&p, PROTO_PARAM_DIRECTORY,
			       uc_directory_key(UC_INTERNAL));
		wsi_read(s, PROTO_COMMAND_PH_BOOK_SEARCH, &p, book_answer,
			 COMMAND_SYNC | COMMAND_LARGE);
	} else {
		wsi_sync_rest(s);
	}
}

bool wsi_directory_whole(const struct wsi *w)
{
	return w && w->s->directory;
}
