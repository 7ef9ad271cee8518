/**
 * @file server/front.h  The UC server's face: HTTPS and the WSI commands
 *
 * Answers the commands of doc/wsi.md, keeps sessions and their event queues.
 * Belongs to the loop; the certificate is made in a job at the first start.
 */
#ifndef OFFHOOK_SERVER_FRONT_H
#define OFFHOOK_SERVER_FRONT_H

#include <offhook/server/feature.h>

struct front;

enum front_mode { FRONT_SMART, FRONT_SUITE };

struct front_prm {
	const char *dir; /**< state folder: key and certificate */
	struct sa laddr; /**< port 0: any free one */
	enum front_mode mode;
	bool plain;		/**< none of our additions */
	const char *sip_server; /**< host:port for clients' SIP, NULL if none;
				     a host of 0.0.0.0 becomes the address that
				     the client has come to */
	/**
	 * Told, before it is ready, what HTTPS shows: for what shows it too.
	 *
	 * @param cert, key  PEM, wiped after the call
	 * @return 0, or an errno, which ends the start
	 */
	int (*certificate)(const char *cert, const char *key, void *arg);
	/** host:port for clients' SIP over TLS, likewise; where it is, they are
	 *  told of it in place of sip_server. Asked for when needed; NULL or
	 *  "": none. */
	const char *(*sips_server)(void *arg);
	uint32_t idle_s;   /**< a session ends so long after its last
				request; 0: 600 */
	unsigned sessions; /**< most of them; 0: 1000 */
};

/** @param err 0: it listens; else it never will: ENOKEY (tls.crt is there,
 *             tls.key is not), EKEYREJECTED (they are no pair), or errno */
typedef void(front_ready_h)(int err, void *arg);

/**
 * @param fp  mem_deref() it (before the three that it uses) ends all requests
 * @param p   May be NULL: without phones to control
 */
int front_alloc(struct front **fp, const struct front_prm *prm, struct db *db,
		struct features *f, struct pbx *p, front_ready_h *h, void *arg);

/** Address it listens on, with the real port; NULL before it is ready. */
const struct sa *front_address(const struct front *f);

/** Sessions there are now. */
unsigned front_session_count(const struct front *f);

#endif
