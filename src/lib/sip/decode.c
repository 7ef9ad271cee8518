/**
 * @file decode.c  What libre cannot read, it shall not hang up on
 *
 * By a connection, libre closes it at the first request that it cannot read,
 * or waits for more of it until the connection is idle for too long: all
 * calls that go by it are lost by one bad message. So this stands in place of
 * its function, which it calls through the linker's table itself. Where the
 * message's end can be found it is handed on as the body of one of ours,
 * which the sieve answers; the next one behind it is read as ever. A datagram
 * would be dropped; it is handed on likewise, as a whole.
 */
#include <dlfcn.h>
#include <stdlib.h>
#include "sip_int.h"

/* Known by where it stands: no message from outside can have this method. */
static const char method[] = "MALFORMED";

/* What is to be read next, if it has come as a datagram. libre does not say so
 * and gives no other handle to it. */
static struct mbuf *datagram;

void decode_datagram(struct mbuf *mb)
{
	mem_deref(datagram);
	datagram = mem_ref(mb);
}

static bool is_datagram(const struct mbuf *mb)
{
	if (mb != datagram)
		return false;
	datagram = mem_deref(datagram);
	return true;
}

static int decode_strictly(struct sip_msg **msgp, struct mbuf *mb)
{
	static int (*theirs)(struct sip_msg **, struct mbuf *);

	if (!theirs)
		*(void **)&theirs = dlsym(RTLD_NEXT, "sip_msg_decode");
	return theirs ? theirs(msgp, mb) : ENOSYS;
}

/* Put something before what is to be read. */
static int prepend(struct mbuf *mb, const char *head, size_t n)
{
	size_t left = mbuf_get_left(mb);
	int err = 0;

	if (mb->end + n > mb->size)
		err = mbuf_resize(mb, mb->end + n);
	if (err)
		return err;
	memmove(mbuf_buf(mb) + n, mbuf_buf(mb), left);
	memcpy(mbuf_buf(mb), head, n);
	mb->end += n;
	return 0;
}

/* The first n bytes, as the body of a request that libre can read. */
static int wrap(struct sip_msg **msgp, struct mbuf *mb, size_t n)
{
	char *head = text_printf("%s sip:x SIP/2.0\r\n"
				 "Via: SIP/2.0/TCP x;branch=z9hG4bKx\r\n"
				 "From: <sip:x>;tag=x\r\nTo: <sip:x>\r\n"
				 "Call-ID: x\r\nCSeq: 1 %s\r\n"
				 "Content-Length: %zu\r\n\r\n",
				 method, method, n);
	int err = head ? prepend(mb, head, strlen(head)) : ENOMEM;

	free(head);
	if (!err)
		err = decode_strictly(msgp, mb);
	if (!err)
		pl_set_str(&(*msgp)->met, method);
	return err;
}

int sip_msg_decode(struct sip_msg **msgp, struct mbuf *mb)
{
	int err = decode_strictly(msgp, mb), framed;
	size_t n;

	if (!msgp || !mb)
		return err;
	if (is_datagram(mb))
		return err ? wrap(msgp, mb, mbuf_get_left(mb)) : 0;
	if (!err)
		return 0;
	framed = malformed_frame((const char *)mbuf_buf(mb), mbuf_get_left(mb),
				 &n);
	/* An answer, or what is no SIP: as libre says. */
	if (framed == ENOENT)
		return err;
	return framed ? framed : wrap(msgp, mb, n);
}

bool decode_failed(const struct sip_msg *msg)
{
	return msg->met.p == method;
}
