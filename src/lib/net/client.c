/**
 * @file client.c  libcurl's multi interface on the loop
 *
 * libcurl is called from three places only: its timer, its descriptors and
 * the engine's turn. None of them is inside libcurl, so handlers of the user,
 * which run there too, may do what they like.
 */
#include <stdlib.h>

#include "http_int.h"

#define LOG_MODULE "net"

enum { CONNECTIONS = 6 };

/** One of libcurl's sockets; freed when libcurl says REMOVE. */
struct curl_fd {
	struct engine *engine;
	curl_socket_t fd;
};

static void fd_ready(int flags, void *arg)
{
	const struct curl_fd *c = arg;
	int events = 0;

	if (flags & LOOP_READ)
		events |= CURL_CSELECT_IN;
	if (flags & LOOP_WRITE)
		events |= CURL_CSELECT_OUT;
	if (flags & LOOP_EXCEPT)
		events |= CURL_CSELECT_ERR;
	net_engine_drive(c->engine, c->fd, events);
}

static int on_socket(CURL *easy, curl_socket_t fd, int what, void *arg,
		     void *socket_arg)
{
	struct engine *e = arg;
	struct curl_fd *c = socket_arg;
	int flags = 0, err;
	(void)easy;

	if (what == CURL_POLL_REMOVE) {
		loop_fd(fd, 0, NULL, NULL);
		free(c);
		return 0;
	}
	if (!c) {
		c = calloc(1, sizeof(*c));
		if (!c)
			return -1;
		*c = (struct curl_fd){.engine = e, .fd = fd};
		curl_multi_assign(e->multi, fd, c);
	}
	if (what & CURL_POLL_IN)
		flags |= LOOP_READ;
	if (what & CURL_POLL_OUT)
		flags |= LOOP_WRITE;
	err = loop_fd(fd, flags, fd_ready, c);
	if (err)
		log_error("a socket can't be watched: %s", strerror(err));
	return err ? -1 : 0;
}

static void timer_over(void *arg)
{
	net_engine_drive(arg, CURL_SOCKET_TIMEOUT, 0);
}

static int on_timer(CURLM *multi, long ms, void *arg)
{
	struct engine *e = arg;
	(void)multi;

	if (ms < 0)
		tmr_cancel(&e->tmr);
	else
		tmr_start(&e->tmr, (uint64_t)ms, timer_over, e);
	return 0;
}

static void collect(struct engine *e)
{
	CURLMsg *msg;
	int left;

	while ((msg = curl_multi_info_read(e->multi, &left)) != NULL) {
		struct net_transfer *t = NULL;

		if (msg->msg != CURLMSG_DONE)
			continue;
		curl_easy_getinfo(msg->easy_handle, CURLINFO_PRIVATE, &t);
		if (!t)
			continue;
		t->finished = true;
		t->code = msg->data.result;
	}
}

/* Each call may free any of the transfers, or the client: look anew. */
void net_engine_deliver(struct engine *e)
{
	struct le *le;

	mem_ref(e);
	do {
		for (le = list_head(&e->transfers); le; le = le->next)
			if (net_transfer_has_news(le->data))
				break;
		if (le)
			net_transfer_deliver(le->data);
	} while (le);
	for (le = list_head(&e->transfers); le; le = le->next) {
		const struct net_transfer *t = le->data;

		if (t->paused)
			loop_turn_request(e->turn);
	}
	mem_deref(e);
}

void net_engine_drive(struct engine *e, curl_socket_t fd, int events)
{
	int running;

	mem_ref(e);
	curl_multi_socket_action(e->multi, fd, events, &running);
	collect(e);
	net_engine_deliver(e);
	mem_deref(e);
}

static void certificates_ready(void *arg)
{
	struct engine *e = arg;

	e->ready = true;
	loop_turn_request(e->turn);
}

static void start_queued(struct engine *e)
{
	struct le *le;

	if (!e->pinned && !e->ready) {
		int err;

		if (e->waiter.le.list)
			return;
		err = net_int_store_wait(e->net, &e->waiter);
		if (err == EINPROGRESS)
			return;
	}
	e->ready = true;
	for (le = list_head(&e->transfers); le; le = le->next) {
		struct net_transfer *t = le->data;

		if (t->phase == PHASE_QUEUED)
			net_transfer_start(t);
	}
}

static void turn(void *arg)
{
	struct engine *e = arg;
	struct le *le;

	mem_ref(e);
	start_queued(e);
	for (le = list_head(&e->transfers); le; le = le->next)
		net_transfer_resume(le->data);
	collect(e);
	net_engine_deliver(e);
	mem_deref(e);
}

static void engine_destructor(void *arg)
{
	struct engine *e = arg;

	while (list_head(&e->transfers))
		net_transfer_drop(list_head(&e->transfers)->data);
	list_unlink(&e->waiter.le);
	mem_deref(e->turn);
	if (e->multi)
		curl_multi_cleanup(e->multi);
	tmr_cancel(&e->tmr);
	free(e->agent);
	mem_deref(e->net);
}

static int start_curl(struct net *n)
{
	int err;

	if (n->curl)
		return 0;
	err = curl_late_load();
	if (err)
		return err;
	if (curl_global_init(CURL_GLOBAL_DEFAULT))
		return ENOMEM;
	n->curl = true;
	return 0;
}

int net_engine_alloc(struct engine **ep, const struct net_client_prm *prm)
{
	struct engine *e = mem_zalloc(sizeof(*e), engine_destructor);
	long connections =
		prm->connections ? (long)prm->connections : (long)CONNECTIONS;
	int err;

	if (!e)
		return ENOMEM;
	e->net = mem_ref(prm->net);
	list_init(&e->transfers);
	tmr_init(&e->tmr);
	e->waiter.h = certificates_ready;
	e->waiter.arg = e;
	if (prm->pin) {
		e->pinned = true;
		e->pin = *prm->pin;
	}
	err = text_set(&e->agent,
		       prm->agent ? prm->agent : "offhook/" OFFHOOK_VERSION);
	if (!err)
		err = loop_turn_alloc(&e->turn, turn, e);
	if (!err)
		err = start_curl(e->net);
	if (err)
		goto out;
	e->multi = curl_multi_init();
	if (!e->multi) {
		err = ENOMEM;
		goto out;
	}
	curl_multi_setopt(e->multi, CURLMOPT_SOCKETFUNCTION, on_socket);
	curl_multi_setopt(e->multi, CURLMOPT_SOCKETDATA, e);
	curl_multi_setopt(e->multi, CURLMOPT_TIMERFUNCTION, on_timer);
	curl_multi_setopt(e->multi, CURLMOPT_TIMERDATA, e);
	curl_multi_setopt(e->multi, CURLMOPT_PIPELINING, CURLPIPE_NOTHING);
	curl_multi_setopt(e->multi, CURLMOPT_MAX_HOST_CONNECTIONS, connections);
	curl_multi_setopt(e->multi, CURLMOPT_MAXCONNECTS, connections);
out:
	if (err)
		mem_deref(e);
	else
		*ep = e;
	return err;
}

/* The handle goes: nobody is told any more, libcurl lets go when it can. */
static void client_destructor(void *arg)
{
	struct net_client *c = arg;
	struct engine *e = c->engine;
	struct le *le;

	if (!e)
		return;
	while ((le = list_head(&e->transfers)) != NULL)
		net_transfer_drop(le->data);
	mem_deref(e);
}

int net_client_alloc(struct net_client **cp, const struct net_client_prm *prm)
{
	struct net_client *c;
	int err;

	if (!cp || !prm || !prm->net)
		return EINVAL;
	c = mem_zalloc(sizeof(*c), client_destructor);
	if (!c)
		return ENOMEM;
	err = net_engine_alloc(&c->engine, prm);
	if (err)
		mem_deref(c);
	else
		*cp = c;
	return err;
}
