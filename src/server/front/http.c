/**
 * @file http.c  HTTPS by libmicrohttpd, run by the loop
 *
 * Its own epoll descriptor is watched by the loop; a request that must wait
 * is suspended, and resumed with its answer. A client that dawdles over its
 * request, or idles between two, is cut off; one that is waited upon is not.
 */
#define LOG_MODULE "front"
#include "front_int.h"

#include <arpa/inet.h>
#include <microhttpd.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	BODY_MAX = 128 * 1024,
	/* sound is sent, too: a few at a time */
	BODY_LARGE = 1024 * 1024,
	LARGE_MAX = 16,
	CONNECTIONS_MAX = 2000,
	CROWDED = CONNECTIONS_MAX - 100, /* from here on idle ones must go */
	REQUEST_MS = 30000, /* for the handshake and the first request */
	IDLE_MS = 120000,   /* until the end of the next one */
	SWEEP_MS = 10000,
};

static const char priorities[] =
	"NORMAL:-VERS-TLS1.0:-VERS-TLS1.1:-VERS-DTLS-ALL:%SERVER_PRECEDENCE";

struct http {
	struct front *front;
	struct MHD_Daemon *daemon;
	struct loop_turn *turn;
	struct tmr tmr;
	struct tmr sweep;
	/** struct peer: open connections; those that were at work last come
	 *  last */
	struct list peers;
	unsigned peer_count;
	struct list exchanges; /**< struct exchange: suspended ones */
	struct sa laddr;
	int epoll_fd;
	bool running;
	unsigned large; /**< exchanges with a body beyond BODY_MAX */
};

/** A connection. */
struct peer {
	struct le le;
	int fd;
	/** Of its request, or for taking the answer; 0: we are at work. */
	uint64_t deadline_ms;
	bool cut; /**< the daemon is to see its end */
	/** One whose request line is known. Should the rest make no sense,
	 *  the daemon never says that it is over. */
	struct exchange *asked;
};

/** A request and its answer. */
struct exchange {
	struct le le;
	struct http *http;
	struct MHD_Connection *connection;
	struct request *request;
	struct MHD_Response *response;
	unsigned status;
	char *uri;
	struct text_buf body;
	bool begun;
	bool suspended;
	bool too_large;
	bool large; /* counted */
};

/* ---- the daemon on the loop -------------------------------------------- */

static void run(void *arg)
{
	struct http *h = arg;
	MHD_UNSIGNED_LONG_LONG ms = 0;
	enum MHD_Result timed = MHD_YES;

	if (h->running)
		return;
	h->running = true;
	/* A timeout of 0 says that there is more to do at once. */
	for (int i = 0; i < 8 && timed == MHD_YES && !ms; i++) {
		MHD_run(h->daemon);
		timed = MHD_get_timeout(h->daemon, &ms);
	}
	h->running = false;
	if (timed == MHD_YES)
		tmr_start(&h->tmr, ms ? ms : 1, run, h);
	else
		tmr_cancel(&h->tmr);
}

static void readable(int flags, void *arg)
{
	(void)flags;
	run(arg);
}

static void log_line(void *arg, const char *fmt, va_list ap)
	__attribute__((format(printf, 2, 0)));
static void log_line(void *arg, const char *fmt, va_list ap)
{
	char line[256];

	(void)arg;
	vsnprintf(line, sizeof(line), fmt, ap);
	line[strcspn(line, "\r\n")] = 0;
	log_debug("%s", line);
}

/* ---- connections that dawdle ------------------------------------------- */

/* The daemon sees its end, and closes it. */
static void cut(struct peer *p)
{
	p->cut = true;
	shutdown(p->fd, SHUT_RDWR);
}

/* A crowd of connections that ask nothing must shut nobody out: the one that
 * has asked nothing for the longest time makes room. */
static void make_room(struct http *h)
{
	for (struct le *le = h->peers.head; le; le = le->next) {
		struct peer *p = le->data;

		if (!p->deadline_ms || p->cut)
			continue;
		cut(p);
		return;
	}
}

static void sweep(void *arg)
{
	struct http *h = arg;
	uint64_t now = time_mono_ms();
	bool any = false;

	for (struct le *le = h->peers.head; le; le = le->next) {
		struct peer *p = le->data;

		if (!p->deadline_ms)
			continue;
		any = true;
		if (now > p->deadline_ms && !p->cut)
			cut(p);
	}
	if (any)
		tmr_start(&h->sweep, SWEEP_MS, sweep, h);
}

static void deadline(struct http *h, struct peer *p, uint64_t ms)
{
	if (!p)
		return;
	p->deadline_ms = ms ? time_mono_ms() + ms : 0;
	list_unlink(&p->le);
	list_append(&h->peers, &p->le, p);
	if (ms && !tmr_isrunning(&h->sweep))
		tmr_start(&h->sweep, SWEEP_MS, sweep, h);
}

static void exchange_free(struct exchange *x)
{
	if (!x)
		return;
	list_unlink(&x->le);
	x->request = request_drop(x->request);
	if (x->response)
		MHD_destroy_response(x->response);
	/* Secrets may have come in either. */
	if (x->uri)
		explicit_bzero(x->uri, strlen(x->uri));
	if (x->body.buf)
		explicit_bzero(x->body.buf, x->body.len);
	if (x->large)
		x->http->large--;
	free(x->uri);
	text_buf_reset(&x->body);
	free(x);
}

static void connection_changed(void *arg, struct MHD_Connection *c,
			       void **context,
			       enum MHD_ConnectionNotificationCode code)
{
	const union MHD_ConnectionInfo *info;
	struct http *h = arg;
	struct peer *p = *context;
	int on = 1;

	if (code == MHD_CONNECTION_NOTIFY_CLOSED) {
		if (p) {
			list_unlink(&p->le);
			h->peer_count--;
			exchange_free(p->asked);
		}
		free(p);
		/* A daemon that was full listens again when it runs next. */
		loop_turn_request(h->turn);
		*context = NULL;
		return;
	}
	info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	p = calloc(1, sizeof(*p));
	if (!p || !info) {
		free(p);
		return;
	}
	p->fd = info->connect_fd;
	setsockopt(p->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	*context = p;
	deadline(h, p, REQUEST_MS);
	if (++h->peer_count > CROWDED)
		make_room(h);
}

static struct peer *peer_of(struct MHD_Connection *c)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_SOCKET_CONTEXT);

	return info ? info->socket_context : NULL;
}

/* ---- requests ---------------------------------------------------------- */

static void *request_line(void *arg, const char *uri,
			  struct MHD_Connection *connection)
{
	struct exchange *x = calloc(1, sizeof(*x));
	struct peer *p = peer_of(connection);

	if (p) {
		exchange_free(p->asked);
		p->asked = x;
	}
	if (x) {
		x->http = arg;
		x->connection = connection;
		x->uri = strdup(uri);
	}
	return x;
}

/* From now on the daemon says when it is over. */
static void asked_is_over(struct MHD_Connection *c, const struct exchange *x)
{
	struct peer *p = peer_of(c);

	if (p && p->asked == x)
		p->asked = NULL;
}

static void completed(void *arg, struct MHD_Connection *connection,
		      void **context, enum MHD_RequestTerminationCode code)
{
	struct exchange *x = *context;
	struct http *h = arg;

	(void)code;
	deadline(h, peer_of(connection), IDLE_MS);
	*context = NULL;
	asked_is_over(connection, x);
	exchange_free(x);
}

static void set_response(struct exchange *x, const struct answer *a)
{
	struct MHD_Response *res = MHD_create_response_from_buffer(
		a->len, (void *)a->body, MHD_RESPMEM_MUST_COPY);

	if (!res)
		return;
	MHD_add_response_header(res, MHD_HTTP_HEADER_CONTENT_TYPE, a->type);
	MHD_add_response_header(res, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	x->response = res;
	x->status = a->status;
}

static void answered(const struct answer *a, void *arg)
{
	struct exchange *x = arg;

	set_response(x, a);
	if (!x->suspended)
		return;
	x->suspended = false;
	list_unlink(&x->le);
	MHD_resume_connection(x->connection);
	/* Resumed connections move only when the daemon runs again. */
	loop_turn_request(x->http->turn);
}

static enum MHD_Result respond(struct exchange *x)
{
	enum MHD_Result res;

	if (!x->response)
		return MHD_NO;
	/* One that does not take its answer is cut off as well. */
	deadline(x->http, peer_of(x->connection), IDLE_MS);
	res = MHD_queue_response(x->connection, x->status, x->response);
	MHD_destroy_response(x->response);
	x->response = NULL;
	return res;
}

static enum MHD_Result respond_status(struct exchange *x, unsigned status)
{
	const struct answer a = {
		.status = status,
		.type = "text/plain",
		.body = "",
	};

	set_response(x, &a);
	return respond(x);
}

/* The address that the client has come to, as text. */
static void local_address(struct MHD_Connection *c, char *buf, size_t size)
{
	const union MHD_ConnectionInfo *info =
		MHD_get_connection_info(c, MHD_CONNECTION_INFO_CONNECTION_FD);
	struct sa sa;

	*buf = 0;
	sa.len = sizeof(sa.u);
	if (info && !getsockname(info->connect_fd, &sa.u.sa, &sa.len))
		sa_ntop(&sa, buf, (int)size);
}

static enum MHD_Result start(struct exchange *x, bool post)
{
	char local[64];
	char *query = strchr(x->uri, '?');
	struct request_prm prm = {
		.post = post,
		.path = x->uri,
		.query = query ? query + 1 : "",
		.body = x->body.buf,
		.body_len = x->body.len,
		.local = local,
	};

	if (query)
		*query = 0;
	if (strcmp(prm.path, PROTO_PATH) && strcmp(prm.path, PROTO_PATH_EVENTS))
		return respond_status(x, MHD_HTTP_NOT_FOUND);
	local_address(x->connection, local, sizeof(local));
	deadline(x->http, peer_of(x->connection), 0);
	if (request_start(&x->request, x->http->front, &prm, answered, x))
		return MHD_NO;
	if (x->response)
		return respond(x);
	if (x->request->answered)
		return MHD_NO; /* no memory for the response */
	MHD_suspend_connection(x->connection);
	x->suspended = true;
	list_append(&x->http->exchanges, &x->le, x);
	return MHD_YES;
}

static bool is_form(struct MHD_Connection *c)
{
	static const char form[] = "application/x-www-form-urlencoded";
	const char *type = MHD_lookup_connection_value(
		c, MHD_HEADER_KIND, MHD_HTTP_HEADER_CONTENT_TYPE);

	return !type || !strncasecmp(type, form, sizeof(form) - 1);
}

/* Anybody can send something: what is large is counted. */
static bool body_fits(struct exchange *x, size_t more)
{
	size_t len = x->body.len + more;

	if (len <= BODY_MAX)
		return true;
	if (len > BODY_LARGE || (!x->large && x->http->large >= LARGE_MAX))
		return false;
	if (!x->large)
		x->http->large++;
	x->large = true;
	return true;
}

static enum MHD_Result begin(struct exchange *x, const char *method)
{
	bool post = !strcmp(method, MHD_HTTP_METHOD_POST);

	x->begun = true;
	if (!post && strcmp(method, MHD_HTTP_METHOD_GET))
		return respond_status(x, MHD_HTTP_METHOD_NOT_ALLOWED);
	if (post && x->http->front->prm.plain)
		return respond_status(x, MHD_HTTP_METHOD_NOT_ALLOWED);
	if (post && !is_form(x->connection))
		return respond_status(x, MHD_HTTP_UNSUPPORTED_MEDIA_TYPE);
	return MHD_YES;
}

static enum MHD_Result access_handler(void *arg, struct MHD_Connection *c,
				      const char *url, const char *method,
				      const char *version, const char *data,
				      size_t *size, void **context)
{
	struct exchange *x = *context;

	(void)arg;
	(void)url;
	(void)version;
	asked_is_over(c, x);
	if (!x || !x->uri)
		return MHD_NO;
	if (!x->begun)
		return begin(x, method);
	if (*size) {
		if (!body_fits(x, *size))
			x->too_large = true;
		else
			text_buf_add_n(&x->body, data, *size);
		*size = 0;
		return MHD_YES;
	}
	if (x->too_large)
		return respond_status(x, MHD_HTTP_CONTENT_TOO_LARGE);
	if (x->body.err)
		return MHD_NO;
	if (x->response)
		return respond(x);
	if (x->request)
		return MHD_NO;
	return start(x, !strcmp(method, MHD_HTTP_METHOD_POST));
}

/* ---- begin and end ----------------------------------------------------- */

static void destructor(void *p)
{
	struct http *h = p;
	struct le *le;

	h->turn = mem_deref(h->turn);
	if (h->epoll_fd >= 0)
		loop_fd(h->epoll_fd, 0, NULL, NULL);
	while ((le = h->exchanges.head)) {
		struct exchange *x = le->data;

		list_unlink(le);
		x->suspended = false;
		x->request = request_drop(x->request);
		MHD_resume_connection(x->connection);
	}
	if (h->daemon)
		MHD_stop_daemon(h->daemon);
	/* Not before: the ends of requests start them. */
	tmr_cancel(&h->tmr);
	tmr_cancel(&h->sweep);
}

static int open_socket(struct http *h, const struct sa *laddr, int *fdp)
{
	int fd = socket(sa_af(laddr),
			SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	int on = 1, err;

	if (fd < 0)
		return errno;
	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	h->laddr.len = sizeof(h->laddr.u);
	if (bind(fd, &laddr->u.sa, laddr->len) || listen(fd, 256) ||
	    getsockname(fd, &h->laddr.u.sa, &h->laddr.len)) {
		err = errno;
		close(fd);
		return err;
	}
	*fdp = fd;
	return 0;
}

static int start_daemon(struct http *h, int fd, const char *key,
			const char *cert)
{
	const union MHD_DaemonInfo *info;

	/* clang-format off */
	h->daemon = MHD_start_daemon(
		MHD_USE_TLS | MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME |
			MHD_USE_ERROR_LOG,
		0, NULL, NULL, access_handler, h,
		MHD_OPTION_EXTERNAL_LOGGER, log_line, h,
		MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_HTTPS_MEM_KEY, key,
		MHD_OPTION_HTTPS_MEM_CERT, cert,
		MHD_OPTION_HTTPS_PRIORITIES, priorities,
		MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS_MAX,
		MHD_OPTION_URI_LOG_CALLBACK, request_line, h,
		MHD_OPTION_NOTIFY_COMPLETED, completed, h,
		MHD_OPTION_NOTIFY_CONNECTION, connection_changed, h,
		MHD_OPTION_END);
	/* clang-format on */
	if (!h->daemon)
		return EKEYREJECTED; /* all else is ours */
	info = MHD_get_daemon_info(h->daemon, MHD_DAEMON_INFO_EPOLL_FD);
	if (!info)
		return EPROTO;
	h->epoll_fd = info->epoll_fd;
	return loop_fd(h->epoll_fd, LOOP_READ, readable, h);
}

int http_alloc(struct http **hp, struct front *f, const struct sa *laddr,
	       const char *key, const char *cert)
{
	struct http *h = mem_zalloc(sizeof(*h), destructor);
	int fd = -1, err;

	if (!h)
		return ENOMEM;
	h->front = f;
	h->epoll_fd = -1;
	tmr_init(&h->tmr);
	tmr_init(&h->sweep);
	err = loop_turn_alloc(&h->turn, run, h);
	if (!err)
		err = open_socket(h, laddr, &fd);
	if (!err) {
		err = start_daemon(h, fd, key, cert);
		if (err && !h->daemon)
			close(fd);
	}
	if (err)
		mem_deref(h);
	else
		*hp = h;
	return err;
}

const struct sa *http_address(const struct http *h)
{
	return &h->laddr;
}
