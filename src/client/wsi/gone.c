/**
 * @file gone.c  Entries that were deleted while nobody could tell us
 *
 * The lists that are read anew are of the newest. Of what is held besides,
 * read further back or kept from an earlier session, the server is asked which
 * it has no more. One that does not know that question deletes nothing either,
 * or is an older one of ours: then all stays as it is.
 */
#include <stdlib.h>

#include "wsi_int.h"

enum {
	ASKED_AT_ONCE = 500,
	DIGITS_MAX = 18,
};

/* As the model's ids begin, and as the server calls them. */
static const struct {
	const char *prefix;
	enum proto_param param;
	enum proto_member member;
} sorts[WSI_SORT_COUNT] = {
	[WSI_CALLS] = {"j:", PROTO_PARAM_CALLS, PROTO_MEMBER_CALLS},
	[WSI_MESSAGES] = {"m:", PROTO_PARAM_MESSAGES, PROTO_MEMBER_MESSAGES},
	[WSI_VOICE] = {"v:", PROTO_PARAM_VOICEMAILS, PROTO_MEMBER_VOICEMAILS},
};

/** What is asked for, a portion after the other. */
struct asking {
	char **ids; /**< the model's */
	size_t count, size, asked;
};

static void destructor(void *arg)
{
	struct asking *k = arg;

	for (size_t i = 0; i < k->count; i++)
		free(k->ids[i]);
	free(k->ids);
}

/* @return WSI_SORT_COUNT: none that the server has given */
static enum wsi_sort sort_of(const char *id)
{
	size_t digits = strlen(id) > 2 ? strspn(id + 2, "0123456789") : 0;
	int s = 0;

	if (!digits || id[2 + digits] || digits > DIGITS_MAX)
		return WSI_SORT_COUNT;
	while (s < WSI_SORT_COUNT && strncmp(id, sorts[s].prefix, 2))
		s++;
	return (enum wsi_sort)s;
}

static int add(struct asking *k, const char *id)
{
	if (k->count == k->size) {
		size_t size = k->size ? k->size * 2 : 64;
		char **more = realloc(k->ids, size * sizeof(*more));

		if (!more)
			return ENOMEM;
		k->ids = more;
		k->size = size;
	}
	k->ids[k->count] = strdup(id);
	return k->ids[k->count++] ? 0 : ENOMEM;
}

/* All that is held, but for the sorts that have just been told as a whole. */
static int collect(struct asking *k, const struct session *s, bool first)
{
	const struct uc_conversation *v;
	int err = 0;

	for (size_t i = 0; (v = uc_conversation_at(s->uc, i)); i++)
		for (size_t e = 0; e < v->entry_count && !err; e++) {
			const char *id = v->entries[e].id;
			enum wsi_sort sort = sort_of(id);

			if (sort < WSI_SORT_COUNT && !(first && s->whole[sort]))
				err = add(k, id);
		}
	return err;
}

static void take(struct session *s, const struct json *j)
{
	for (int sort = 0; sort < WSI_SORT_COUNT; sort++) {
		const struct json *list = wsi_j_get(j, sorts[sort].member);

		for (size_t i = 0; i < json_count(list); i++) {
			const char *id = json_string(json_at(list, i));
			char *key =
				id ? text_printf("%s%s", sorts[sort].prefix, id)
				   : NULL;

			if (key && !wsi_is_news(s, NEWS_ENTRY, key))
				uc_entry_delete(s->uc, key);
			free(key);
		}
	}
}

static void answered(struct session *s, const struct answer *a, void *data);

/* @return false: there is nothing more to ask, or it cannot be asked */
static bool ask(struct session *s, struct asking *k)
{
	struct text_buf ids[WSI_SORT_COUNT] = {{0}};
	struct params p = {0};
	const struct command_prm c = {
		.command = PROTO_COMMAND_ENTRIES_GONE,
		.params = &p,
		.flags = COMMAND_READS | COMMAND_BACK,
		.answer = answered,
		.data = k,
	};
	size_t end = k->asked + ASKED_AT_ONCE;

	if (k->asked == k->count)
		return false;
	for (; k->asked < k->count && k->asked < end; k->asked++) {
		const char *id = k->ids[k->asked];
		struct text_buf *b = &ids[sort_of(id)];

		text_buf_printf(b, "%s%s", b->len ? "," : "", id + 2);
	}
	for (int sort = 0; sort < WSI_SORT_COUNT; sort++) {
		if (ids[sort].len && !ids[sort].err)
			wsi_params_add(&p, sorts[sort].param, ids[sort].buf);
		text_buf_reset(&ids[sort]);
	}
	mem_ref(k); /* the command's own */
	return !wsi_command_send(NULL, s, &c);
}

static void answered(struct session *s, const struct answer *a, void *data)
{
	if (a->status == WSI_OK)
		take(s, a->json);
	if (a->status == WSI_OK && wsi_session_alive(s) && ask(s, data))
		return;
	s->gone_asking = false;
	if (s->gone_again && wsi_session_alive(s))
		wsi_gone_start(s, false);
}

void wsi_gone_start(struct session *s, bool first)
{
	struct asking *k;

	if (!(s->additions & WSI_ADD_DELETE) ||
	    !wsi_command_offered(s, PROTO_COMMAND_ENTRIES_GONE))
		return;
	s->gone_again = s->gone_asking;
	if (s->gone_asking)
		return;
	k = mem_zalloc(sizeof(*k), destructor);
	if (!k)
		return;
	s->gone_asking = !collect(k, s, first) && ask(s, k);
	mem_deref(k);
}
