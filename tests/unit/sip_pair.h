/**
 * @file sip_pair.h  A server and a phone, for what is no call
 *
 * The phone has an account at the server, which asks for its digest. Both
 * keep what they are told.
 */
#ifndef SIP_PAIR_H
#define SIP_PAIR_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <cmocka.h>
#include <offhook/sip.h>
#include "until.h"

struct pair {
	struct media *media;
	struct sip_stack *server, *phone;
	struct sip_account *account;
	struct sa addr;
	/* the server's */
	char *contact;
	struct sa source;
	enum sip_transport transport;
	/* texts */
	uint16_t answer;	  /**< to a text; 0: keep it */
	struct sip_page_in *kept; /**< at either side */
	unsigned came_server, came_phone;
	char *text, *from, *auth_user;
	/* what is watched */
	struct sip_watcher *watcher;
	uint16_t refuse; /**< a SUBSCRIBE so, once; 0: accept */
	unsigned subscribes, closed;
	enum sip_event_package package;
	char *watched;
};

static struct pair P;

static inline void take_page(struct sip_page_in *in)
{
	text_set(&P.text, sip_page_in_text(in));
	free(P.from);
	P.from = sip_message_user(sip_page_in_message(in), "From");
	text_set(&P.auth_user, sip_page_in_auth_user(in));
	if (!P.answer)
		P.kept = mem_ref(in);
	else if (P.answer < 300)
		assert_int_equal(sip_page_in_accept(in), 0);
	else
		assert_int_equal(sip_page_in_reject(in, P.answer, NULL), 0);
}

static inline void server_paging(struct sip_page_in *in, void *arg)
{
	(void)arg;
	P.came_server++;
	take_page(in);
}

static inline void phone_paging(struct sip_page_in *in, void *arg)
{
	(void)arg;
	P.came_phone++;
	take_page(in);
}

static inline int pair_ha1(const char *user, const char *realm, uint8_t ha1[16],
			   void *arg)
{
	(void)arg;
	if (strcmp(user, "a") != 0)
		return ENOENT;
	return md5_printf(ha1, "%s:%s:secret", user, realm);
}

static inline void pair_registering(struct sip_register *r, void *arg)
{
	uint32_t expires = 600;
	(void)arg;

	if (sip_register_contacts(r)) {
		const struct sip_contact_info *c = sip_register_contact(r, 0);

		text_set(&P.contact, c->expires ? c->uri : NULL);
		P.source = *c->source;
		P.transport = c->transport;
	}
	sip_register_accept(r, (const char *const *)&P.contact, &expires,
			    P.contact ? 1 : 0);
}

static inline void watcher_closed(struct sip_watcher *w, void *arg)
{
	(void)arg;
	(void)w;
	P.closed++;
	P.watcher = mem_deref(P.watcher);
}

static inline void pair_subscribing(struct sip_subscribing *in, void *arg)
{
	uint16_t refuse = P.refuse;
	(void)arg;

	P.subscribes++;
	P.package = sip_subscribing_package(in);
	text_set(&P.watched, sip_subscribing_user(in));
	text_set(&P.auth_user, sip_subscribing_auth_user(in));
	P.refuse = 0;
	if (refuse) {
		sip_subscribing_reject(in, refuse, NULL);
		return;
	}
	P.watcher = mem_deref(P.watcher);
	assert_int_equal(
		sip_watcher_accept(&P.watcher, in, watcher_closed, NULL), 0);
}

static inline bool pair_registered(void *arg)
{
	struct sip_account_info info;
	(void)arg;

	sip_account_info(P.account, &info);
	return info.state == SIP_ACCOUNT_REGISTERED;
}

static inline void pair_server(void)
{
	const struct sip_stack_handlers h = {
		.registering = pair_registering,
		.ha1 = pair_ha1,
		.paging = server_paging,
		.subscribing = pair_subscribing,
	};
	const struct sip_stack_prm prm = {
		.software = "server",
		.realm = "pbx.test",
		.media = P.media,
		.events = 1 << SIP_EVENT_PRESENCE | 1 << SIP_EVENT_LAMP |
			  1 << SIP_EVENT_MESSAGES,
	};

	bool any = !sa_port(&P.addr);

	/* Any port: the one that UDP gets may not be free for TCP. */
	do {
		P.server = mem_deref(P.server);
		if (any)
			sa_set_str(&P.addr, "127.0.0.1", 0);
		assert_int_equal(sip_stack_alloc(&P.server, &prm, &h, NULL), 0);
		assert_int_equal(sip_stack_listen(P.server, SIP_UDP, &P.addr),
				 0);
		sip_stack_address(P.server, SIP_UDP, &P.addr);
	} while (sip_stack_listen(P.server, SIP_TCP, &P.addr) && any);
}

static inline void pair_phone(enum sip_transport t)
{
	const struct sip_stack_prm prm = {.software = "phone",
					  .media = P.media};
	const struct sip_account_handlers h = {.paging = phone_paging};
	struct sip_account_prm acc = {
		.user = "a",
		.domain = "pbx.test",
		.name = "Ä \"q\"",
		.password = "secret",
		.transport = t,
	};
	char server[64];

	re_snprintf(server, sizeof(server), "%J", &P.addr);
	acc.server = server;
	assert_int_equal(sip_stack_alloc(&P.phone, &prm, NULL, NULL), 0);
	assert_int_equal(sip_account_alloc(&P.account, P.phone, &acc, &h, NULL),
			 0);
	assert_true(until(pair_registered, NULL));
}

static int pair_setup(void **state)
{
	(void)state;
	memset(&P, 0, sizeof(P));
	P.answer = 200;
	assert_int_equal(media_alloc(&P.media), 0);
	pair_server();
	return 0;
}

static inline bool pair_alone(void *arg)
{
	(void)arg;
	return mem_nrefs(P.phone) == 1;
}

static int pair_teardown(void **state)
{
	(void)state;
	P.kept = mem_deref(P.kept);
	P.account = mem_deref(P.account);
	/* what is still said after the last reference is gone */
	if (P.phone)
		assert_true(until(pair_alone, NULL));
	P.phone = mem_deref(P.phone);
	P.watcher = mem_deref(P.watcher);
	P.server = mem_deref(P.server);
	P.media = mem_deref(P.media);
	free(P.contact);
	free(P.text);
	free(P.from);
	free(P.auth_user);
	free(P.watched);
	return 0;
}

#define PAIR_TEST(f) \
	cmocka_unit_test_setup_teardown(f, pair_setup, pair_teardown)

static inline int pair_main(const struct CMUnitTest *tests, size_t n)
{
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = _cmocka_run_group_tests("sip", tests, n, NULL, NULL);
	loop_close();
	return err;
}

#endif
