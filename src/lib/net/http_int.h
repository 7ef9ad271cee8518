/**
 * @file http_int.h  HTTPS: what client and transfers share
 *
 * The door's client and request are handles. What libcurl holds is behind
 * them: an engine with its transfers, which may live on until libcurl has
 * let go, however early the handles are freed.
 */
#ifndef HTTP_INT_H
#define HTTP_INT_H

#include "curl_late.h"

#include "net_int.h"

struct net_transfer;

/** libcurl's multi interface on the loop. */
struct engine {
	struct net *net;
	CURLM *multi;
	struct tmr tmr;		  /**< libcurl's */
	struct loop_turn *turn;	  /**< starts, deliveries, ends */
	struct list transfers;	  /**< all; each owned by the engine */
	struct net_waiter waiter; /**< for the system's certificates */
	bool ready;		  /**< transfers may start */
	bool pinned;
	struct net_pin pin;
	char *agent;
};

enum phase { PHASE_QUEUED, PHASE_CONNECT, PHASE_ASKED, PHASE_BODY, PHASE_OVER };

struct net_transfer {
	struct le le; /**< in engine's transfers, until over */
	struct engine *engine;
	struct net_request *request;
	bool own_request; /**< nobody else has a hold on it */
	struct net_handlers h;
	void *arg;
	CURL *easy;
	struct curl_slist *headers;
	struct net_trust *trust;
	enum phase phase;
	bool paused;   /**< libcurl holds data back for us */
	bool finished; /**< libcurl is through with it */
	CURLcode code;
	enum net_error error; /**< ours, goes before libcurl's */
	struct tmr tmr;
	uint64_t phase_end, total_end; /**< monotonic ms, total 0: none */
	unsigned first_byte_ms;
	char *url, *host;
	char *body;
	size_t body_len;
	size_t max_body, got; /**< bytes of the answer's body */
	size_t header_bytes;
	char *answer; /**< kept, or on its way to the handler */
	size_t answer_len, answer_size;
	char curl_says[CURL_ERROR_SIZE];
	char *content_type, *detail;
};

struct net_client {
	struct engine *engine;
};

struct net_request {
	struct net_transfer *transfer; /**< NULL: over */
};

int net_engine_alloc(struct engine **ep, const struct net_client_prm *prm);
/** Let libcurl act, then look what came of it. */
void net_engine_drive(struct engine *e, curl_socket_t fd, int events);

/** Tell the users of what has come. */
void net_engine_deliver(struct engine *e);

int net_transfer_alloc(struct net_transfer **tp, struct engine *e,
		       const struct net_request_prm *prm);
/** Hand it to libcurl; an error is told like any other. */
void net_transfer_start(struct net_transfer *t);
bool net_transfer_has_news(const struct net_transfer *t);
/** Hand over what has come, or tell the end; t may be gone after that. */
void net_transfer_deliver(struct net_transfer *t);
/** Let libcurl go on if it was held back. */
void net_transfer_resume(struct net_transfer *t);
/** Take it away from libcurl and free it, telling nobody. */
void net_transfer_drop(struct net_transfer *t);
/** Have the deadlines watched. */
void net_transfer_watch(struct net_transfer *t);

/** What libcurl's result means. */
enum net_error net_transfer_classify(const struct net_transfer *t);
/** Set libcurl up. @return 0 or ENOMEM */
int net_transfer_set_up(struct net_transfer *t,
			const struct net_request_prm *prm);

#endif
