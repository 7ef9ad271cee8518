/**
 * @file ice_packet.c  Any bytes as what a peer or a TURN server sends
 *
 * The first byte says as what: to an agent's socket, from its TURN server, or
 * by a connection to one. What is not made with our password changes nothing.
 */
#include <assert.h>
#include <stdlib.h>
#include "../../src/lib/ice/ice_int.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct media *media;
static struct media_stream *stream;
static struct ice *ice;
static struct turn *turn;

static void to_server(const uint8_t *p, size_t len, void *arg)
{
	(void)p;
	(void)len;
	(void)arg;
}

static void on_state(struct turn *t, int err, void *arg)
{
	(void)t;
	(void)err;
	(void)arg;
}

static void on_data(struct turn *t, const struct sa *peer, const uint8_t *p,
		    size_t len, void *arg)
{
	(void)arg;
	check_took(ice, 0, t, peer, p, len);
}

static void on_bound(struct turn *t, const struct sa *peer, int err, void *arg)
{
	(void)t;
	(void)peer;
	(void)err;
	(void)arg;
}

static void begin(void)
{
	static const struct turn_handlers h = {to_server, on_state, on_data,
					       on_bound};
	const struct ice_server at = {.user = (char *)"user",
				      .password = (char *)"password"};
	struct media_stream_prm s = {.port_min = 0};
	struct ice_prm prm = {.net = NULL};
	struct ice_remote r = {
		.ufrag = "abcd",
		.pwd = "0123456789012345678901",
	};

	sa_set_str(&s.laddr, "127.0.0.1", 0);
	if (loop_init(LOOP_FEW) || media_alloc(&media) ||
	    media_stream_alloc(&stream, media, &s, NULL, NULL))
		abort();
	prm.stream = stream;
	if (ice_alloc(&ice, &prm, NULL, NULL) || ice_check(ice, &r, true) ||
	    turn_alloc(&turn, &at, true, &h, NULL))
		abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct sa src;
	size_t remotes;

	if (!stream)
		begin();
	if (!size)
		return 0;
	sa_set_str(&src, "127.0.0.2", 9);
	remotes = ice->n_remotes;
	switch (data[0] % 3) {
	case 0:
		check_took(ice, 0, NULL, &src, data + 1, size - 1);
		break;
	case 1:
		check_took(ice, 1, turn, &src, data + 1, size - 1);
		break;
	default:
		(void)turn_took(turn, data + 1, size - 1);
		break;
	}
	assert(ice->n_remotes == remotes && ice->controlling);
	return 0;
}
