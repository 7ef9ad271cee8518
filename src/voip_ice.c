/**
 * @file voip_ice.c  The options of ICE, and the servers they name
 */
#include <stdlib.h>
#include <offhook/ice.h>
#include <offhook/net.h>
#include "voip_sound.h"

enum { SERVERS_MAX = 8 };

/* The next server of the option; false: no more. */
static bool next_server(const char **at, char **wordp)
{
	const char *p = *at + strspn(*at, " ,");
	size_t n = strcspn(p, " ,");

	*at = p + n;
	*wordp = n ? text_printf("%.*s", (int)n, p) : NULL;
	return *wordp != NULL;
}

const char *voip_ice_judge(const char *value)
{
	struct list servers = LIST_INIT;
	int err = 0;
	char *word;

	while (!err && next_server(&value, &word)) {
		err = ice_server_add(&servers, word, NULL, NULL);
		free(word);
	}
	if (!err && list_count(&servers) > SERVERS_MAX)
		err = ENOSPC;
	list_flush(&servers);
	return !err	       ? NULL
	       : err == ENOSPC ? _("eight servers at most")
			       : _("servers are stun:HOST, turn:HOST, "
				   "turn:HOST?transport=tcp or turns:HOST");
}

static void add_server(struct voip *v, struct list *servers, const char *uri)
{
	struct list one = LIST_INIT;
	char *name = NULL, *user = NULL, *password = NULL;

	/* Its credentials are kept under the name that is its shortest. */
	if (!ice_server_add(&one, uri, NULL, NULL))
		name = ice_server_uri(one.head->data);
	if (name)
		password = app_server_secret(v->app, name, &user);
	if (name)
		(void)ice_server_add(servers, name, user, password);
	app_secret_free(password);
	free(user);
	free(name);
	list_flush(&one);
}

void voip_ice_apply(struct voip *v)
{
	const char *at = app_option_get(v->app, "ice_servers");
	const char *pin = app_option_get(v->app, "ice_certificate");
	struct list servers = LIST_INIT;
	char *word;

	while (next_server(&at, &word)) {
		add_server(v, &servers, word);
		free(word);
	}
	if (phone_set_ice(v->phone, app_option_flag(v->app, "ice"), &servers,
			  text_empty(pin) ? NULL : pin))
		uc_notice(app_uc(v->app), UC_NOTICE_ERROR,
			  _("ICE cannot be used."));
	list_flush(&servers);
}

/* ---- is it one? -------------------------------------------------------------
 */

static void on_probe(int err, void *arg)
{
	struct voip *v = arg;
	app_check_h *h = v->probe_h;

	v->probe = mem_deref(v->probe);
	v->probe_h = NULL;
	h(err, v->probe_arg);
}

static int probe(struct voip *v, const struct ice_server *server,
		 app_check_h *h, void *arg)
{
	const char *fingerprint = app_option_get(v->app, "ice_certificate");
	bool pinned = !text_empty(fingerprint);
	struct net *net = NULL;
	struct net_pin pin;
	int err;

	if (v->probe)
		return EBUSY;
	err = net_alloc(&net);
	if (!err && pinned)
		err = net_pin_read(&pin, fingerprint);
	if (!err)
		err = ice_probe_alloc(&v->probe, net, server,
				      pinned ? &pin : NULL, on_probe, v);
	mem_deref(net);
	if (!err) {
		v->probe_h = h;
		v->probe_arg = arg;
	}
	return err;
}

int voip_check_server(void *carrier, char **namep, const char *uri,
		      const char *user, const char *password, app_check_h *h,
		      void *arg)
{
	struct list servers = LIST_INIT;
	int err = ice_server_add(&servers, uri, user, password);

	if (!err && namep) {
		*namep = ice_server_uri(servers.head->data);
		err = *namep ? 0 : ENOMEM;
	}
	if (!err && h)
		err = probe(carrier, servers.head->data, h, arg);
	list_flush(&servers);
	return err;
}
