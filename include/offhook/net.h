/**
 * @file net.h  The network: HTTPS requests, certificates, addresses of names
 *
 * Everything here lives on the loop; nothing blocks it. What blocks (name
 * look-up, reading the system's certificates) runs as jobs of `struct net`.
 */
#ifndef OFFHOOK_NET_H
#define OFFHOOK_NET_H

#include <offhook/base.h>

struct net;	    /**< what requests and look-ups share */
struct net_client;  /**< connections to one server, judged one way */
struct net_request; /**< one request under way */
struct net_lookup;  /**< one name being looked up */
struct net_trust;   /**< how a peer's certificate is judged */

/**
 * Cheap: threads, libcurl and the system's certificates wait until they are
 * needed. mem_deref() it last: what was made of it keeps a reference.
 *
 * @return 0 or ENOMEM
 */
int net_alloc(struct net **np);

/* ---- errors ------------------------------------------------------------ */

/** Why a request or a look-up failed. */
enum net_error {
	NET_OK = 0,
	NET_RESOLVE,		 /**< no address for the name */
	NET_REFUSED,		 /**< nobody listens there */
	NET_UNREACHABLE,	 /**< no way to that network or host */
	NET_TIMEOUT_CONNECT,	 /**< no connection, TLS included, in time */
	NET_TIMEOUT_FIRST_BYTE,	 /**< connected and asked, no answer in time */
	NET_TIMEOUT_TOTAL,	 /**< the whole took too long */
	NET_TLS,		 /**< no TLS 1.2 or newer could be agreed on */
	NET_CERTIFICATE_UNKNOWN, /**< neither pinned nor vouched for */
	NET_CERTIFICATE_CHANGED, /**< another one is pinned */
	NET_GARBAGE,		 /**< the peer does not speak the protocol */
	NET_CLOSED,		 /**< the peer closed before the end */
	NET_TOO_LARGE,		 /**< longer than the limit of the request */
	NET_PROXY,		 /**< the proxy refused, or was not reached */
	NET_STOPPED,		 /**< the body handler did not want more */
	NET_INTERNAL,		 /**< no memory, no descriptor */
	NET_ERROR_COUNT
};

/** One line for the user, through gettext; "" for NET_OK. */
const char *net_error_text(enum net_error e);
/** Word for logs: "timeout-connect". */
const char *net_error_name(enum net_error e);
/** The errno that comes nearest: 0, ECONNREFUSED, ETIMEDOUT, EPROTO … */
int net_error_errno(enum net_error e);

/* ---- certificates ------------------------------------------------------ */

/** SHA-256 of a certificate in DER: the one that is accepted. */
struct net_pin {
	uint8_t sha256[32];
};

enum { NET_FINGERPRINT_SIZE = 32 * 3 };

/**
 * Read a fingerprint: 64 hex digits, colons and blanks between them ignored.
 *
 * @return 0 or EINVAL
 */
int net_pin_read(struct net_pin *pin, const char *fingerprint);
/** Write "AA:BB:…". @param buf NET_FINGERPRINT_SIZE bytes */
void net_pin_write(char *buf, const struct net_pin *pin);
bool net_pin_equal(const struct net_pin *a, const struct net_pin *b);

/** What was wrong with a certificate. */
enum net_fault {
	NET_FAULT_NONE,
	NET_FAULT_CHANGED, /**< another one is pinned */
	NET_FAULT_SELF_SIGNED,
	NET_FAULT_ISSUER,  /**< issuer not known here */
	NET_FAULT_EXPIRED, /**< or not valid yet */
	NET_FAULT_NAME,	   /**< made out to another name */
	NET_FAULT_OTHER,
};
/** One line for the user, through gettext. */
const char *net_fault_text(enum net_fault f);

/** A certificate as shown to the user; all text is clean, none is NULL. */
struct net_certificate {
	enum net_fault fault;
	char *host;		     /**< peer as it was addressed */
	char *subject, *issuer;	     /**< "CN=…, O=…" */
	char *names;		     /**< DNS names and addresses, ", " */
	char *valid_from, *valid_to; /**< UTC, "2026-01-31 12:00" */
	char fingerprint[NET_FINGERPRINT_SIZE];
	struct net_pin pin; /**< to accept it with */
};

struct net_trust_prm {
	struct net *net;
	const char *host;	   /**< name or address, without port */
	const struct net_pin *pin; /**< copied; NULL: system CA and name */
};

/**
 * Decide about the certificates of one host. A pin replaces the checks of
 * name and issuer, and holds even if a CA vouches for another certificate.
 */
int net_trust_alloc(struct net_trust **tp, const struct net_trust_prm *prm);

/**
 * Put the judgement into a TLS client's context, for SIP over TLS and other
 * clients: certificates are judged inside the handshake, TLS 1.2 at least,
 * no renegotiation, server name sent. Without a pin the system's certificates
 * are read here if no request has done it before (about 20 ms).
 *
 * @param ssl_ctx  An SSL_CTX, which keeps a reference to the trust
 * @return 0, ENOMEM or EIO
 */
int net_trust_apply(struct net_trust *t, void *ssl_ctx);

struct net_wait;

/**
 * Have the system's certificates read by a job, so that net_trust_apply() has
 * not to do it on the loop.
 *
 * @param wp  Set to the wait where it is one; mem_deref() ends it, and is
 *            needed after its end, too
 * @param h   Called once, whether they could be read or not
 * @return 0 if nothing has to be waited for, EINPROGRESS, or errno
 */
int net_trust_wait(struct net_wait **wp, struct net_trust *t,
		   void (*h)(void *arg), void *arg);

/** The certificate that was refused last, NULL if none; the trust's own. */
const struct net_certificate *net_trust_refused(const struct net_trust *t);

/* ---- HTTPS ------------------------------------------------------------- */

struct net_client_prm {
	struct net *net;
	const struct net_pin *pin; /**< copied; NULL: system CA and name */
	const char *agent;	   /**< User-Agent, NULL: "offhook/VERSION" */
	unsigned connections;	   /**< at most, 0: 6 */
};

/**
 * Connections (HTTP/1.1, keep-alive) to one server. Another pin is another
 * client: a connection made under the old one is never used under a new one.
 * Proxies are taken from the environment (https_proxy, no_proxy), but never
 * for the loopback. mem_deref() cancels its requests: their done handlers are
 * not called.
 */
int net_client_alloc(struct net_client **cp, const struct net_client_prm *prm);

struct net_header {
	const char *name, *value;
};

/** All is copied, and wiped after use. */
struct net_request_prm {
	const char *method; /**< NULL: GET, or POST if there is a body */
	const char *url;    /**< https://… ; never logged */
	const void *body;
	size_t body_len;
	const char *content_type; /**< of the body */
	const struct net_header *headers;
	size_t header_count;
	size_t max_body;     /**< longest answer, 0: 1 MiB */
	unsigned connect_ms; /**< name, TCP, TLS; 0: 10 s */
	/** From then to the answer's first byte (0: 15 s), and the longest
	 *  silence within it (which is NET_TIMEOUT_TOTAL). */
	unsigned first_byte_ms;
	unsigned total_ms; /**< all of it; 0: no limit but the others */
};

struct net_transfer;

/** What came back. Valid during the call only. */
struct net_response {
	enum net_error error;
	int status;		  /**< HTTP status, 0 if none came */
	const char *content_type; /**< "" if none */
	const char *body;	  /**< 0 behind it; "" with a body handler */
	size_t body_len;
	const char *detail; /**< for the log: clean, without secrets */
	/** What was refused, for NET_CERTIFICATE_*; else NULL. */
	const struct net_certificate *certificate;
	struct net_transfer *transfer; /**< for net_response_header() */
};

/** Last value of a header, any case; NULL if it did not come. Hostile text:
 *  clean what is shown. */
const char *net_response_header(const struct net_response *r, const char *name);

/**
 * The request is over, whatever its end: called exactly once unless it was
 * cancelled, never from within net_request(). Everything may be freed in it.
 */
typedef void(net_done_h)(const struct net_response *r, void *arg);

/**
 * A piece of the answer's body, as it comes; only for status 2xx.
 *
 * @return 0 to go on; else the request ends with NET_STOPPED. The request
 *         and its client may be freed in it.
 */
typedef int(net_body_h)(const char *data, size_t len, void *arg);

struct net_handlers {
	net_done_h *done;
	net_body_h *body; /**< NULL: the body is kept for done */
};

/**
 * Send a request. https only, no redirects followed, no .netrc, no cookies.
 * Not a byte of it leaves before the certificate is accepted. An answer
 * without a length ends where the peer closes, also without TLS's own end, as
 * small servers do: whoever reads it must notice that its end is missing.
 *
 * @param rp  Set to the request: mem_deref() cancels it (and is needed after
 *            its end, too). NULL: it belongs to the client.
 * @return 0, EINVAL (URL, not https), ENOMEM
 */
int net_request(struct net_request **rp, struct net_client *c,
		const struct net_request_prm *prm, const struct net_handlers *h,
		void *arg);

/** Append to a query or form: percent-encoded (RFC 3986 §2.3), no blanks. */
void net_escape(struct text_buf *b, const char *s);

/* ---- e-mail ------------------------------------------------------------ */

enum net_mail_security {
	NET_MAIL_STARTTLS, /**< refused if the server cannot (RFC 3207) */
	NET_MAIL_TLS,	   /**< from the first byte (RFC 8314) */
	NET_MAIL_PLAIN,
};

/** An e-mail with an attachment (RFC 5322, RFC 2045); texts are UTF-8. */
struct net_mail {
	const char *host; /**< of the server that takes it */
	uint16_t port;
	enum net_mail_security security;
	const char *user, *password; /**< user NULL or "": it asks for none */
	const char *ca_file;	     /**< PEM; NULL or "": the system's */
	const char *from, *to;	     /**< addr-spec, net_mail_address_ok() */
	const char *id;		     /**< of the Message-ID, left of its @ */
	const char *subject;	     /**< may be hostile: becomes one line */
	const char *text;	     /**< likewise; lines end with CR LF */
	const char *file_name, *file_type;
	const void *file;
	size_t file_len;
};
/** Is that one plain address (RFC 5321 §4.1.2, no quoted parts)? */
bool net_mail_address_ok(const char *address);
/** On the loop, before the first is sent. @return 0 or ENOSYS */
int net_mail_prepare(void);
/**
 * Send it; blocks until the server has taken it, five minutes at most: for a
 * job.
 *
 * @param whyp  Set to one clean line if it failed, to free(), or NULL
 * @return 0; EPERM: refused for good; EACCES: user or password; ECONNREFUSED,
 *         ETIMEDOUT, EPROTO, EINVAL (an address), ENOMEM
 */
int net_mail_send(const struct net_mail *m, char **whyp);

/* ---- addresses --------------------------------------------------------- */

/**
 * @param error  NET_OK or NET_RESOLVE (NET_INTERNAL without memory)
 * @param addrs  In the order in which to try them (RFC 6724), with the port
 * @param count  0 if error
 */
typedef void(net_resolve_h)(enum net_error error, const struct sa *addrs,
			    size_t count, void *arg);

/**
 * A and AAAA of a name by getaddrinfo() in a job: hosts file and all. An
 * address (IPv6 also in brackets) goes the same way, at once.
 *
 * @param lp    Set to the look-up: mem_deref() cancels it (and is needed
 *              after its end, too)
 * @param af    AF_UNSPEC, AF_INET or AF_INET6
 * @param h     Called exactly once unless cancelled, never from within
 * @return 0, EINVAL or ENOMEM
 */
int net_resolve(struct net_lookup **lp, struct net *n, const char *host,
		uint16_t port, int af, net_resolve_h *h, void *arg);

#endif
