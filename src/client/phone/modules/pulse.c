/**
 * @file pulse.c  Sound by PulseAudio, and so by PipeWire
 *
 * One connection for all streams of a server object, on a thread of
 * PulseAudio's own; what is open shares it, and the last to close ends it.
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
	struct sound_module_server *server;
	struct sound_module_prm prm;
	char *device;
	char *role;
	pa_stream *stream;
	bool failed;
};

/** The connection, while there are streams; its owner's thread makes and
 *  ends it, PulseAudio's uses it. */
struct sound_module_server {
	pa_threaded_mainloop *mainloop;
	pa_context *context;
	struct sound_module_stream *streams;
};

static const char *last_error(const struct sound_module_server *server)
{
	return pa_strerror(pa_context_errno(server->context));
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

static void on_stream_state(pa_stream *stream, void *arg)
{
	struct sound_module_stream *s = arg;

	if (pa_stream_get_state(stream) == PA_STREAM_FAILED)
		fail(s, last_error(s->server));
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
	pa_proplist *props = pa_proplist_new();
	int err;

	if (props)
		pa_proplist_sets(props, PA_PROP_MEDIA_ROLE, s->role);
	s->stream = pa_stream_new_with_proplist(s->server->context, "offhook",
						&spec, NULL, props);
	if (props)
		pa_proplist_free(props);
	if (!s->stream) {
		fail(s, last_error(s->server));
		return;
	}

	pa_stream_set_state_callback(s->stream, on_stream_state, s);
	pa_stream_set_read_callback(s->stream, on_read, s);
	pa_stream_set_write_callback(s->stream, on_write, s);
	if (s->prm.capture)
		err = pa_stream_connect_record(s->stream, s->device, &attr,
					       PA_STREAM_ADJUST_LATENCY);
	else
		err = pa_stream_connect_playback(s->stream, s->device, &attr,
						 PA_STREAM_ADJUST_LATENCY, NULL,
						 NULL);
	if (err)
		fail(s, last_error(s->server));
}

static void on_context_state(pa_context *context, void *arg)
{
	struct sound_module_server *server = arg;
	struct sound_module_stream *s;
	pa_context_state_t state = pa_context_get_state(context);

	for (s = server->streams; s; s = s->next) {
		if (state == PA_CONTEXT_READY && !s->stream)
			connect_stream(s);
		else if (state == PA_CONTEXT_FAILED ||
			 state == PA_CONTEXT_TERMINATED)
			fail(s, last_error(server));
	}
}

static void server_stop(struct sound_module_server *server)
{
	if (server->mainloop)
		pa_threaded_mainloop_stop(server->mainloop);
	if (server->context) {
		pa_context_set_state_callback(server->context, NULL, NULL);
		pa_context_disconnect(server->context);
		pa_context_unref(server->context);
	}
	if (server->mainloop)
		pa_threaded_mainloop_free(server->mainloop);
	server->context = NULL;
	server->mainloop = NULL;
}

static int server_start(struct sound_module_server *server)
{
	server->mainloop = pa_threaded_mainloop_new();
	if (server->mainloop)
		server->context = pa_context_new(
			pa_threaded_mainloop_get_api(server->mainloop),
			"offhook");
	if (!server->context) {
		server_stop(server);
		return ENOMEM;
	}

	pa_context_set_state_callback(server->context, on_context_state,
				      server);
	if (pa_context_connect(server->context, NULL, PA_CONTEXT_NOAUTOSPAWN,
			       NULL) < 0 ||
	    pa_threaded_mainloop_start(server->mainloop) < 0) {
		server_stop(server);
		return ECONNREFUSED;
	}
	return 0;
}

static int server_alloc(struct sound_module_server **sp)
{
	*sp = calloc(1, sizeof(**sp));
	return *sp ? 0 : ENOMEM;
}

static void server_free(struct sound_module_server *server)
{
	if (!server)
		return;

	server_stop(server);
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
	pa_context_state_t state;
	int err = 0;

	if (!s)
		return ENOMEM;

	s->server = server;
	s->prm = *prm;
	s->device = prm->device ? strdup(prm->device) : NULL;
	s->role = strdup(prm->role);
	if (!s->role || (prm->device && !s->device)) {
		stream_free(s);
		return ENOMEM;
	}

	/* one that has failed is of no use to a newcomer */
	if (server->context && !server->streams)
		server_stop(server);
	if (!server->context)
		err = server_start(server);
	if (err) {
		stream_free(s);
		return err;
	}

	pa_threaded_mainloop_lock(server->mainloop);
	s->next = server->streams;
	server->streams = s;
	state = pa_context_get_state(server->context);
	if (state == PA_CONTEXT_READY)
		connect_stream(s);
	else if (!PA_CONTEXT_IS_GOOD(state))
		fail(s, last_error(server));
	pa_threaded_mainloop_unlock(server->mainloop);

	*sp = s;
	return 0;
}

static void stream_close(struct sound_module_stream *s)
{
	struct sound_module_stream **p;
	struct sound_module_server *server;

	if (!s)
		return;

	server = s->server;
	pa_threaded_mainloop_lock(server->mainloop);
	for (p = &server->streams; *p; p = &(*p)->next) {
		if (*p == s) {
			*p = s->next;
			break;
		}
	}
	if (s->stream) {
		pa_stream_set_state_callback(s->stream, NULL, NULL);
		pa_stream_set_read_callback(s->stream, NULL, NULL);
		pa_stream_set_write_callback(s->stream, NULL, NULL);
		pa_stream_disconnect(s->stream);
		pa_stream_unref(s->stream);
	}
	pa_threaded_mainloop_unlock(server->mainloop);
	stream_free(s);

	if (!server->streams)
		server_stop(server);
}

extern const struct sound_module offhook_sound_module;
__attribute__((visibility("default")))
const struct sound_module offhook_sound_module = {
	.version = SOUND_MODULE_VERSION,
	.alloc = server_alloc,
	.free = server_free,
	.open = stream_open,
	.close = stream_close,
};
