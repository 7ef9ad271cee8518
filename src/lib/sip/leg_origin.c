/**
 * @file leg_origin.c  Which of our SDPs this is
 *
 * libre counts each that it writes. Who refreshes a session must be able to
 * say that nothing has changed (RFC 4028 §7.4), and that is said by the
 * version in the origin (RFC 3264 §8): so it is ours to count, when what we
 * say is another.
 */
#include <stdlib.h>
#include "sip_int.h"

/* "o=- 123 456 IN IP4 …": where the version stands. */
static const char *find_version(const char *s, size_t *n)
{
	const char *p = strstr(s, "\r\no=");

	for (int i = 0; p && i < 2; i++) {
		p = strchr(p, ' ');
		if (p)
			p++;
	}
	if (p)
		*n = strcspn(p, " ");
	return p;
}

/* All that is said, but not in which version. */
static char *without_version(const char *s, const char *version, size_t n)
{
	struct text_buf b = {0};

	text_buf_add_n(&b, s, (size_t)(version - s));
	text_buf_add(&b, version + n);
	if (b.err)
		text_buf_reset(&b);
	return text_buf_take(&b);
}

static int write_version(struct mbuf **descp, const char *s,
			 const char *version, size_t n, uint32_t number)
{
	struct mbuf *mb = mbuf_alloc(strlen(s) + 16);
	int err;

	if (!mb)
		return ENOMEM;
	err = mbuf_write_mem(mb, (const uint8_t *)s, (size_t)(version - s));
	if (!err)
		err = mbuf_printf(mb, "%u%s", number, version + n);
	mb->pos = 0;
	if (err) {
		mem_deref(mb);
		return err;
	}
	mem_deref(*descp);
	*descp = mb;
	return 0;
}

static void drop(char *s)
{
	wipe(s);
	free(s);
}

int leg_origin(struct sip_leg *leg, struct mbuf **descp)
{
	char *s = copy_bytes((const char *)mbuf_buf(*descp),
			     mbuf_get_left(*descp));
	const char *version;
	char *said = NULL;
	int err = ENOMEM;
	size_t n = 0;

	if (!s)
		return ENOMEM;
	version = find_version(s, &n);
	if (version)
		said = without_version(s, version, n);
	if (!said)
		goto out;
	if (!leg->said)
		leg->version = (uint32_t)strtoul(version, NULL, 10);
	else if (strcmp(leg->said, said))
		leg->version++;
	drop(leg->said); /* keys may stand in it */
	leg->said = said;
	err = write_version(descp, s, version, n, leg->version);
out:
	drop(s);
	return err;
}
