/**
 * @file share.c  A page that those in a call look at (ours)
 */
#include <stdlib.h>
#include <strings.h>

#include "wsi_int.h"

enum { LINK_MAX_BYTES = 512, WORD_MAX_BYTES = 64 };

/* One that a browser is to be given: nothing of it may be more than an
   address (RFC 3986 §2). */
static bool is_link(const char *s)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		"0123456789-._~:/?#[]@!$&'()*+,;=%";
	size_t n = strlen(s);

	return n <= LINK_MAX_BYTES && !strncasecmp(s, "https://", 8) && s[8] &&
	       strspn(s, letters) == n;
}

static void tell(struct session *s, const char *id, const char *link,
		 const char *by)
{
	char *call = text_clean(id, (size_t)-1, WORD_MAX_BYTES);
	char *who = text_clean(by, (size_t)-1, WORD_MAX_BYTES);

	if (call && who && *call && is_link(link) && wsi_session_alive(s) &&
	    s->h.shared)
		s->h.shared(s->handle, call, link, who, s->arg);
	free(call);
	free(who);
}

void wsi_share_event(struct session *s, const struct json *e)
{
	tell(s, wsi_j_text(e, PROTO_MEMBER_CALL_ID),
	     wsi_j_text(e, PROTO_MEMBER_LINK), wsi_j_text(e, PROTO_MEMBER_BY));
}

void wsi_share_snapshot(struct session *s, const struct xml *connection)
{
	tell(s, wsi_x_text(connection, PROTO_ELEMENT_CALL_ID),
	     wsi_x_text(connection, PROTO_ELEMENT_LINK), "");
}
