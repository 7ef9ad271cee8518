/**
 * @file pulse.c  Sound by PulseAudio, and so by PipeWire
 *
 * One connection for all streams of a server object, on a thread of
 * PulseAudio's own; what is open shares it, and the last to close ends it. One
 * that the server has closed is not used for what is opened later.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <pulse/pulseaudio.h>
#include "../sound_module.h"

/** Sound in the server's buffers: a frame of ours and one to spare. */
enum { LATENCY_MS = 40 };

struct sound_module_stream {
	struct sound_module_stream *next;
	struct connection *connection;
	struct sound_module_prm prm;
	char *device;
	char *role;
	pa_stream *stream;
	pa_operation *asking; /**< what its device is called */
	bool failed;
};

/** While there are streams; its owner's thread makes and ends it,
 *  PulseAudio's uses it. */
struct connection {
	struct sound_module_server *server;
	pa_threaded_mainloop *mainloop;
	pa_context *context;
	struct sound_module_stream *streams;
};

struct sound_module_server {
	struct connection *connection; /**< one that has failed is left to
					    the streams it still has */
	void (*changed)(void *arg);
	void *arg;
};

static const char *last_error(const struct sound_module_stream *s)
{
	return pa_strerror(pa_context_errno(s->connection->context));
}

static void fail(struct sound_module_stream *s, const char *why)
{
	if (!s->failed) {
		s->failed = true;
		s->prm.failed(why, s->prm.arg);
	}
}

static void on_read(pa_stream *stream, size_t bytes, void *arg)
{
	struct sound_module_stream *s = arg;
	const void *data;

	while (pa_stream_readable_size(stream) > 0) {
		if (pa_stream_peek(stream, &data, &bytes) < 0)
			return;
		/* a hole has a length but no data */
		if (data)
			s->prm.samples((int16_t *)data, bytes / 2, s->prm.arg);
		if (bytes)
			pa_stream_drop(stream);
		else
			return;
	}
}

static void on_write(pa_stream *stream, size_t bytes, void *arg)
{
	struct sound_module_stream *s = arg;
	void *data;

	while (bytes > 1) {
		size_t n = bytes;

		if (pa_stream_begin_write(stream, &data, &n) < 0 || n < 2)
			return;
		if (n > bytes)
			n = bytes;
		n &= ~(size_t)1;
		s->prm.samples(data, n / 2, s->prm.arg);
		if (pa_stream_write(stream, data, n, NULL, 0,
				    PA_SEEK_RELATIVE) < 0)
			return;
		bytes -= n;
	}
}

/* ---- what the device is called ----------------------------------------- */

static void forget_asking(struct sound_module_stream *s)
{
	if (!s->asking)
		return;
	pa_operation_cancel(s->asking);
	pa_operation_unref(s->asking);
	s->asking = NULL;
}

static void tell_ready(struct sound_module_stream *s, const char *text)
{
	if (!s->failed)
		s->prm.ready(text ? text : pa_stream_get_device_name(s->stream),
			     s->prm.arg);
}

static void on_sink(pa_context *context, const pa_sink_info *i, int eol,
		    void *arg)
{
	(void)context;
	if (!eol || eol < 0)
		tell_ready(arg, i ? i->description : NULL);
}

static void on_source(pa_context *context, const pa_source_info *i, int eol,
		      void *arg)
{
	(void)context;
	if (!eol || eol < 0)
		tell_ready(arg, i ? i->description : NULL);
}

static void ask_name(struct sound_module_stream *s)
{
	pa_context *context = s->connection->context;
	uint32_t index = pa_stream_get_device_index(s->stream);

	forget_asking(s);
	s->asking = s->prm.capture ? pa_context_get_source_info_by_index(
					     context, index, on_source, s)
				   : pa_context_get_sink_info_by_index(
					     context, index, on_sink, s);
	if (!s->asking)
		tell_ready(s, NULL);
}

/* ---- streams ----------------------------------------------------------- */

static void on_stream_state(pa_stream *stream, void *arg)
{
	struct sound_module_stream *s = arg;

	switch (pa_stream_get_state(stream)) {
	case PA_STREAM_READY:
		ask_name(s);
		break;
	case PA_STREAM_FAILED:
		fail(s, last_error(s));
		break;
	case PA_STREAM_TERMINATED:
		fail(s, "the device has gone");
		break;
	default:
		break;
	}
}

static void on_moved(pa_stream *stream, void *arg)
{
	(void)stream;
	ask_name(arg);
}

static void connect_stream(struct sound_module_stream *s)
{
	const pa_sample_spec spec = {
		.format = PA_SAMPLE_S16NE,
		.rate = s->prm.rate,
		.channels = 1,
	};
	const uint32_t bytes =
		(uint32_t)pa_usec_to_bytes(LATENCY_MS * 1000ull, &spec);
	const pa_buffer_attr attr = {
		.maxlength = (uint32_t)-1,
		.tlength = bytes,
		.prebuf = (uint32_t)-1,
		.minreq = (uint32_t)-1,
		.fragsize = bytes / 2,
	};
	/* who named a device wants that one, or the next in the list */
	const pa_stream_flags_t flags = PA_STREAM_ADJUST_LATENCY |
					(s->device ? PA_STREAM_DONT_MOVE : 0);
	pa_proplist *props = pa_proplist_new();
	int err;

	if (props)
		pa_proplist_sets(props, PA_PROP_MEDIA_ROLE, s->role);
	s->stream = pa_stream_new_with_proplist(s->connection->context,
						"offhook", &spec, NULL, props);
	if (props)
		pa_proplist_free(props);
	if (!s->stream) {
		fail(s, last_error(s));
		return;
	}

	pa_stream_set_state_callback(s->stream, on_stream_state, s);
	pa_stream_set_moved_callback(s->stream, on_moved, s);
	pa_stream_set_read_callback(s->stream, on_read, s);
	pa_stream_set_write_callback(s->stream, on_write, s);
	if (s->prm.capture)
		err = pa_stream_connect_record(s->stream, s->device, &attr,
					       flags);
	else
		err = pa_stream_connect_playback(s->stream, s->device, &attr,
						 flags, NULL, NULL);
	if (err)
		fail(s, last_error(s));
}

/* ---- the connection ---------------------------------------------------- */

static void on_event(pa_context *context, pa_subscription_event_type_t type,
		     uint32_t index, void *arg)
{
	struct connection *c = arg;
	(void)context;
	(void)index;

	/* volumes and the like change, too: that is none of ours */
	if ((type & PA_SUBSCRIPTION_EVENT_TYPE_MASK) !=
		    PA_SUBSCRIPTION_EVENT_CHANGE &&
	    c->server->changed)
		c->server->changed(c->server->arg);
}

static void subscribe(struct connection *c)
{
	pa_operation *op;

	pa_context_set_subscribe_callback(c->context, on_event, c);
	op = pa_context_subscribe(c->context,
				  PA_SUBSCRIPTION_MASK_SINK |
					  PA_SUBSCRIPTION_MASK_SOURCE,
				  NULL, NULL);
	if (op)
		pa_operation_unref(op);
}

static void on_context_state(pa_context *context, void *arg)
{
	struct connection *c = arg;
	struct sound_module_stream *s;
	pa_context_state_t state = pa_context_get_state(context);

	if (state == PA_CONTEXT_READY)
		subscribe(c);
	for (s = c->streams; s; s = s->next) {
		if (state == PA_CONTEXT_READY && !s->stream)
			connect_stream(s);
		else if (!PA_CONTEXT_IS_GOOD(state))
			fail(s, last_error(s));
	}
}

static void connection_free(struct connection *c)
{
	if (c->server->connection == c)
		c->server->connection = NULL;
	if (c->mainloop)
		pa_threaded_mainloop_stop(c->mainloop);
	if (c->context) {
		pa_context_set_state_callback(c->context, NULL, NULL);
		pa_context_set_subscribe_callback(c->context, NULL, NULL);
		pa_context_disconnect(c->context);
		pa_context_unref(c->context);
	}
	if (c->mainloop)
		pa_threaded_mainloop_free(c->mainloop);
	free(c);
}

static int connection_alloc(struct connection **cp,
			    struct sound_module_server *server)
{
	struct connection *c = calloc(1, sizeof(*c));

	if (!c)
		return ENOMEM;
	c->server = server;
	c->mainloop = pa_threaded_mainloop_new();
	if (c->mainloop)
		c->context = pa_context_new(
			pa_threaded_mainloop_get_api(c->mainloop), "offhook");
	if (!c->context) {
		connection_free(c);
		return ENOMEM;
	}

	pa_context_set_state_callback(c->context, on_context_state, c);
	if (pa_context_connect(c->context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) <
		    0 ||
	    pa_threaded_mainloop_start(c->mainloop) < 0) {
		connection_free(c);
		return ECONNREFUSED;
	}
	*cp = server->connection = c;
	return 0;
}

/** The one there is, or a new one in place of one that has failed. */
static int connection_get(struct connection **cp,
			  struct sound_module_server *server)
{
	struct connection *c = server->connection;
	bool good = false;

	if (c) {
		pa_threaded_mainloop_lock(c->mainloop);
		good = PA_CONTEXT_IS_GOOD(pa_context_get_state(c->context));
		pa_threaded_mainloop_unlock(c->mainloop);
	}
	if (!good)
		return connection_alloc(cp, server);
	*cp = c;
	return 0;
}

/* ---- the module -------------------------------------------------------- */

static int server_alloc(struct sound_module_server **sp,
			void (*changed)(void *arg), void *arg)
{
	*sp = calloc(1, sizeof(**sp));
	if (!*sp)
		return ENOMEM;
	(*sp)->changed = changed;
	(*sp)->arg = arg;
	return 0;
}

static void server_free(struct sound_module_server *server)
{
	/* connections went with their streams */
	free(server);
}

static void stream_free(struct sound_module_stream *s)
{
	free(s->device);
	free(s->role);
	free(s);
}

static int stream_open(struct sound_module_server *server,
		       struct sound_module_stream **sp,
		       const struct sound_module_prm *prm)
{
	struct sound_module_stream *s = calloc(1, sizeof(*s));
	struct connection *c = NULL;
	int err = 0;

	if (!s)
		return ENOMEM;

	s->prm = *prm;
	s->device = prm->device ? strdup(prm->device) : NULL;
	s->role = strdup(prm->role);
	if (!s->role || (prm->device && !s->device))
		err = ENOMEM;
	if (!err)
		err = connection_get(&c, server);
	if (err) {
		stream_free(s);
		return err;
	}

	pa_threaded_mainloop_lock(c->mainloop);
	s->connection = c;
	s->next = c->streams;
	c->streams = s;
	if (pa_context_get_state(c->context) == PA_CONTEXT_READY)
		connect_stream(s);
	else if (!PA_CONTEXT_IS_GOOD(pa_context_get_state(c->context)))
		fail(s, last_error(s));
	pa_threaded_mainloop_unlock(c->mainloop);

	*sp = s;
	return 0;
}

static void stream_close(struct sound_module_stream *s)
{
	struct sound_module_stream **p;
	struct connection *c;

	if (!s)
		return;

	c = s->connection;
	pa_threaded_mainloop_lock(c->mainloop);
	for (p = &c->streams; *p; p = &(*p)->next) {
		if (*p == s) {
			*p = s->next;
			break;
		}
	}
	forget_asking(s);
	if (s->stream) {
		pa_stream_set_state_callback(s->stream, NULL, NULL);
		pa_stream_set_moved_callback(s->stream, NULL, NULL);
		pa_stream_set_read_callback(s->stream, NULL, NULL);
		pa_stream_set_write_callback(s->stream, NULL, NULL);
		pa_stream_disconnect(s->stream);
		pa_stream_unref(s->stream);
	}
	pa_threaded_mainloop_unlock(c->mainloop);
	stream_free(s);

	if (!c->streams)
		connection_free(c);
}

/* ---- which devices there are ------------------------------------------- */

enum { LIST_MS = 3000 };

/** What the two questions are about; the second needs the answer of the
 *  first: what the system has chosen. */
struct listing {
	sound_module_device_h *h;
	void *arg;
	char *sink, *source;
	bool done;
};

static void listed_server(pa_context *context, const pa_server_info *i,
			  void *arg)
{
	struct listing *l = arg;
	(void)context;

	if (i && i->default_sink_name)
		l->sink = strdup(i->default_sink_name);
	if (i && i->default_source_name)
		l->source = strdup(i->default_source_name);
	l->done = true;
}

static void listed_sink(pa_context *context, const pa_sink_info *i, int eol,
			void *arg)
{
	struct listing *l = arg;
	(void)context;

	l->done = eol != 0;
	if (!eol)
		l->h(
			&(const struct sound_module_device){
				.name = i->name,
				.text = i->description,
				.standard =
					l->sink && !strcmp(l->sink, i->name)},
			l->arg);
}

static void listed_source(pa_context *context, const pa_source_info *i, int eol,
			  void *arg)
{
	struct listing *l = arg;
	(void)context;

	l->done = eol != 0;
	/* what a loudspeaker plays is no microphone */
	if (!eol && i->monitor_of_sink == PA_INVALID_INDEX)
		l->h(
			&(const struct sound_module_device){
				.name = i->name,
				.text = i->description,
				.capture = true,
				.standard = l->source &&
					    !strcmp(l->source, i->name)},
			l->arg);
}

static void list_late(pa_mainloop_api *api, pa_time_event *e,
		      const struct timeval *tv, void *arg)
{
	(void)e;
	(void)tv;
	(void)arg;
	api->quit(api, ETIMEDOUT);
}

/** Turn the loop until a question is answered. */
static int answered(pa_mainloop *mainloop, pa_context *context,
		    pa_operation *op, struct listing *l)
{
	int err = op ? 0 : ECONNREFUSED;

	while (!err && !l->done) {
		if (pa_mainloop_iterate(mainloop, 1, NULL) < 0)
			err = ETIMEDOUT;
		else if (!PA_CONTEXT_IS_GOOD(pa_context_get_state(context)))
			err = ECONNREFUSED;
	}
	l->done = false;
	if (op) {
		pa_operation_cancel(op);
		pa_operation_unref(op);
	}
	return err;
}

static int list_connected(pa_mainloop *mainloop, pa_context *context,
			  struct listing *l)
{
	int err;

	if (pa_context_connect(context, NULL, PA_CONTEXT_NOAUTOSPAWN, NULL) < 0)
		return ECONNREFUSED;
	while (pa_context_get_state(context) != PA_CONTEXT_READY) {
		if (pa_mainloop_iterate(mainloop, 1, NULL) < 0)
			return ETIMEDOUT;
		if (!PA_CONTEXT_IS_GOOD(pa_context_get_state(context)))
			return ECONNREFUSED;
	}
	err = answered(mainloop, context,
		       pa_context_get_server_info(context, listed_server, l),
		       l);
	if (!err)
		err = answered(mainloop, context,
			       pa_context_get_source_info_list(
				       context, listed_source, l),
			       l);
	if (!err)
		err = answered(
			mainloop, context,
			pa_context_get_sink_info_list(context, listed_sink, l),
			l);
	return err;
}

static int list(sound_module_device_h *h, void *arg)
{
	struct listing l = {.h = h, .arg = arg};
	pa_mainloop *mainloop = pa_mainloop_new();
	pa_mainloop_api *api = mainloop ? pa_mainloop_get_api(mainloop) : NULL;
	pa_context *context = api ? pa_context_new(api, "offhook") : NULL;
	struct timeval until;
	int err = ENOMEM;

	if (context) {
		pa_gettimeofday(&until);
		pa_timeval_add(&until, LIST_MS * PA_USEC_PER_MSEC);
		api->time_new(api, &until, list_late, NULL);
		err = list_connected(mainloop, context, &l);
		pa_context_disconnect(context);
		pa_context_unref(context);
	}
	if (mainloop)
		pa_mainloop_free(mainloop);
	free(l.sink);
	free(l.source);
	return err;
}

extern const struct sound_module offhook_sound_module;
__attribute__((visibility("default")))
const struct sound_module offhook_sound_module = {
	.version = SOUND_MODULE_VERSION,
	.alloc = server_alloc,
	.free = server_free,
	.open = stream_open,
	.close = stream_close,
	.list = list,
};
