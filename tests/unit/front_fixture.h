/**
 * @file front_fixture.h  A front without HTTPS: requests go straight to it
 */
#ifndef OFFHOOK_TEST_FRONT_FIXTURE_H
#define OFFHOOK_TEST_FRONT_FIXTURE_H

#include "office_fixture.h"
#include "../../src/server/front/front_int.h"

struct reply {
	struct request *request;
	bool done;
	unsigned status;
	char *body;
};

struct house {
	struct office *office;
	struct features *features;
	struct pbx *pbx;
	struct front *front;
	char *session; /* of 200 */
};

static inline void reply_came(const struct answer *a, void *arg)
{
	struct reply *r = arg;

	assert_false(r->done);
	r->done = true;
	r->status = a->status;
	r->body = strndup(a->body, a->len);
}

static inline bool reply_is_there(void *arg)
{
	return ((struct reply *)arg)->done;
}

/* Begin a request; its answer may come later. */
static inline void ask_begin(struct house *h, struct reply *r, bool post,
			     const char *path, const char *query,
			     const char *form)
{
	const struct request_prm prm = {
		.post = post,
		.path = path,
		.query = query,
		.body = form,
		.body_len = form ? strlen(form) : 0,
		.local = "127.0.0.1",
	};

	memset(r, 0, sizeof(*r));
	assert_int_equal(
		request_start(&r->request, h->front, &prm, reply_came, r), 0);
}

static inline char *ask_end(struct reply *r)
{
	assert_true(until(reply_is_there, r));
	r->request = request_drop(r->request);
	return r->body;
}

/* The answer to "cmd=…&…" with a session ("" none); to free(). */
static inline char *ask(struct house *h, bool post, const char *session,
			const char *query)
{
	struct reply r;
	char *all = text_printf("%s%s%s", query, *session ? "&gsSession=" : "",
				session);
	char *form = NULL, *amp = strchr(all, '&');

	if (post && amp) {
		form = strdup(amp + 1);
		*amp = 0;
	}
	ask_begin(h, &r, post, PROTO_PATH, all, form);
	free(form);
	free(all);
	return ask_end(&r);
}

static inline char *get(struct house *h, const char *query)
{
	return ask(h, false, h->session, query);
}

static inline char *post(struct house *h, const char *query)
{
	return ask(h, true, h->session, query);
}

static inline char *events(struct house *h, const char *session)
{
	struct reply r;
	char *q = text_printf("deviceObject=200&gsSession=%s", session);

	ask_begin(h, &r, false, PROTO_PATH_EVENTS, q, NULL);
	free(q);
	return ask_end(&r);
}

/* The answer must have (or, with "!" first, not have) each of the texts. */
static inline void expect_all(char *body, const char *const *texts)
{
	for (; *texts; texts++) {
		bool not = **texts == '!';
		bool there = strstr(body, *texts + not );

		if (there == not )
			fail_msg("%s\nis in, or not in:\n%s", *texts, body);
	}
	free(body);
}
#define EXPECT(body, ...) \
	expect_all(body, (const char *const[]){__VA_ARGS__, NULL})

/* Value of the first element of that name, to free(). */
static inline char *element(const char *body, const char *name)
{
	char *open = text_printf("<%s>", name);
	const char *s = strstr(body, open);
	const char *end;
	char *value = NULL;

	if (s) {
		s += strlen(open);
		end = strchr(s, '<');
		assert_non_null(end);
		value = strndup(s, (size_t)(end - s));
	}
	free(open);
	return value;
}

static inline char *login(struct house *h, const char *user)
{
	char *q =
		text_printf("cmd=Login&gsUser=%s&gsPass=Pass-Word%%201", user);
	char *body = ask(h, false, "", q), *id = element(body, "ID");

	assert_non_null(id);
	assert_string_not_equal(id, "0");
	free(body);
	free(q);
	return id;
}

static inline void front_open(struct house *h, bool plain, enum front_mode mode)
{
	struct front_prm prm = {
		.dir = h->office->dir,
		.mode = mode,
		.plain = plain,
		.sip_server = "0.0.0.0:5060",
	};

	assert_int_equal(front_core_alloc(&h->front, &prm, h->office->db,
					  h->features, h->pbx),
			 0);
}

static inline int house_setup(void **state)
{
	struct house *h = calloc(1, sizeof(*h));
	struct pbx_prm prm;

	memset(&prm, 0, sizeof(prm));
	sa_set_str(&prm.laddr, "127.0.0.1", 0);
	office_setup((void **)&h->office);
	office_munich(h->office);
	office_add_user(h->office, "200", "Emma", "Nutt", "Pass-Word 1");
	office_add_user(h->office, "201", "Agner", "Erlang", "Pass-Word 1");
	assert_int_equal(features_alloc(&h->features, h->office->db), 0);
	assert_int_equal(
		pbx_alloc(&h->pbx, &prm, features_hooks(), h->features), 0);
	features_attach(h->features, h->pbx);
	front_open(h, false, FRONT_SMART);
	h->session = login(h, "200");
	*state = h;
	return 0;
}

static inline int house_teardown(void **state)
{
	struct house *h = *state;

	h->front = mem_deref(h->front);
	features_attach(h->features, NULL);
	h->pbx = mem_deref(h->pbx);
	h->features = mem_deref(h->features);
	office_teardown((void **)&h->office);
	free(h->session);
	free(h);
	return 0;
}

#endif
