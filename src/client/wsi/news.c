/**
 * @file news.c  What events have told while answers are on their way
 *
 * Events and answers come on ways of their own. An answer that was asked for
 * before an event, and comes after it, may be the older one of the two: what
 * it says of the same thing is passed over.
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

void wsi_news(struct session *s, enum news_of of, const char *id)
{
	struct news *n;

	if (s->answering || !list_head(&s->commands))
		return;
	n = find(s, of, id);
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
	n->asked = s->asked;
	list_append(&s->news, &n->le, n);
	if (list_count(&s->news) > NEWS_MAX)
		mem_deref(list_head(&s->news)->data);
}

bool wsi_is_news(const struct session *s, enum news_of of, const char *id)
{
	const struct news *n = s->answering ? find(s, of, id) : NULL;

	return n && n->asked >= s->answering;
}

void wsi_news_over(struct session *s)
{
	list_flush(&s->news);
}
