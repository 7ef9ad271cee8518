/**
 * @file news.c  What events have told while answers are on their way
 *
 * Events and answers come on ways of their own. An answer that was asked for
 * before an event, and comes after it, may be the older one of the two: what
 * it says of the same thing is passed over. So it is among answers: some events
 * only say that there is something to read.
 */
#include <stdlib.h>

#include "wsi_int.h"

#define LOG_MODULE "wsi"

/* Far more than happens while an answer is awaited. */
enum { NEWS_MAX = 1000 };

struct news {
	struct le le; /**< in the session's news, the latest last */
	enum news_of of;
	char *id;
	uint64_t asked; /**< the command sent last when it was told */
};

static void destructor(void *arg)
{
	struct news *n = arg;

	list_unlink(&n->le);
	free(n->id);
}

static struct news *find(const struct session *s, enum news_of of,
			 const char *id)
{
	for (struct le *le = list_head(&s->news); le; le = le->next) {
		struct news *n = le->data;

		if (n->of == of && text_equal(n->id, id))
			return n;
	}
	return NULL;
}

/* @param asked  Number of the newest command whose answer may be older */
static void keep(struct session *s, enum news_of of, const char *id,
		 uint64_t asked)
{
	struct news *n;

	/* Nothing else is on its way. */
	if (!list_head(&s->commands))
		return;
	n = find(s, of, id);
	if (n && n->asked > asked)
		return;
	if (n) {
		list_unlink(&n->le);
	} else {
		n = mem_zalloc(sizeof(*n), destructor);
		if (!n)
			return;
		n->of = of;
		if (text_set(&n->id, id)) {
			mem_deref(n);
			return;
		}
	}
	n->asked = asked;
	list_append(&s->news, &n->le, n);
	if (list_count(&s->news) > NEWS_MAX)
		mem_deref(list_head(&s->news)->data);
}

void wsi_news(struct session *s, enum news_of of, const char *id)
{
	if (!s->answering)
		keep(s, of, id, s->asked);
	else if (s->looking_back)
		keep(s, of, id, s->answering - 1);
}

bool wsi_is_news(const struct session *s, enum news_of of, const char *id)
{
	const struct news *n = s->answering ? find(s, of, id) : NULL;

	return n && n->asked >= s->answering;
}

void wsi_entries_told(struct session *s, const struct json *ids,
		      const char *prefix, enum news_of of)
{
	static void (*const change[])(struct uc * uc, const char *id) = {
		[NEWS_ENTRY] = uc_entry_delete,
		[NEWS_DELIVERED] = uc_entry_delivered,
		[NEWS_READ] = uc_entry_mark,
	};

	for (size_t i = 0; i < json_count(ids); i++) {
		const char *id = json_string(json_at(ids, i));
		char *key = id ? text_printf("%s%s", prefix, id) : NULL;

		if (key) {
			wsi_news(s, of, key);
			change[of](s->uc, key);
		}
		free(key);
	}
}

bool wsi_is_overtaken(const struct session *s, enum latest_of of)
{
	return s->answering && s->answering < s->latest[of];
}

bool wsi_is_latest(struct session *s, enum latest_of of)
{
	if (wsi_is_overtaken(s, of))
		return false;
	s->latest[of] = s->answering;
	return true;
}

void wsi_news_over(struct session *s)
{
	list_flush(&s->news);
}
