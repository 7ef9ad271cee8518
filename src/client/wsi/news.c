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

/* Far more than happens in a log-in. */
enum { NEWS_MAX = 1000 };

struct news {
	struct le le;
	enum news_of of;
	char *id;
};

static void destructor(void *arg)
{
	struct news *n = arg;

	list_unlink(&n->le);
	free(n->id);
}

void wsi_news(struct session *s, enum news_of of, const char *id)
{
	struct news *n;

	if (!s->reading || list_count(&s->news) >= NEWS_MAX ||
	    wsi_is_news(s, of, id))
		return;
	n = mem_zalloc(sizeof(*n), destructor);
	if (!n)
		return;
	list_append(&s->news, &n->le, n);
	n->of = of;
	if (text_set(&n->id, id))
		mem_deref(n);
}

bool wsi_is_news(const struct session *s, enum news_of of, const char *id)
{
	for (struct le *le = list_head(&s->news); le; le = le->next) {
		const struct news *n = le->data;

		if (n->of == of && text_equal(n->id, id))
			return true;
	}
	return false;
}

void wsi_news_over(struct session *s)
{
	list_flush(&s->news);
}
