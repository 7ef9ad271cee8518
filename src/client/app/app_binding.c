/**
 * @file app_binding.c  Keys: the rows' defaults and the user's own
 */
#include <stdlib.h>
#include "app_int.h"

#define LOG_MODULE "app"

const char *const app_context_names[] = {
	"any",	"list",	   "favourites", "conversations", "search", "detail",
	"call", "ringing", "lost",	 "login",	  "help",   NULL,
};

const char *app_context_name(uint32_t context)
{
	unsigned i = 0;

	if (!context)
		return app_context_names[0];
	while (!(context & 1)) {
		context >>= 1;
		i++;
	}
	return i + 1 < sizeof(app_context_names) / sizeof(*app_context_names) -
				       1
		       ? app_context_names[i + 1]
		       : "";
}

bool app_context_read(const char *names, uint32_t *contextsp)
{
	uint32_t contexts = 0;
	bool any = false;

	while (*names) {
		size_t len = strcspn(names, ",");
		unsigned i;

		for (i = 0; app_context_names[i]; i++)
			if (strlen(app_context_names[i]) == len &&
			    !strncmp(app_context_names[i], names, len))
				break;
		if (!app_context_names[i])
			return false;
		if (i)
			contexts |= 1u << (i - 1);
		else
			any = true;
		names += len;
		names += *names == ',';
	}
	*contextsp = any ? APP_IN_ANY : contexts;
	return any || contexts;
}

static void binding_reset(struct binding *b)
{
	free(b->b.key);
	free(b->b.line);
	free(b->b.note);
}

void app_bindings_close(struct app *a)
{
	size_t i;

	for (i = 0; i < a->binding_count; i++)
		binding_reset(&a->bindings[i]);
	free(a->bindings);
	a->bindings = NULL;
	a->binding_count = 0;
}

static struct binding *find(const struct app *a, const char *key,
			    uint32_t contexts, bool user)
{
	size_t i;

	for (i = 0; i < a->binding_count; i++) {
		struct binding *b = &a->bindings[i];

		if (b->user == user && b->b.contexts == contexts &&
		    !strcmp(b->b.key, key))
			return b;
	}
	return NULL;
}

static int put(struct app *a, const char *key, size_t key_len,
	       uint32_t contexts, const char *line, const char *note, bool user,
	       bool unbound)
{
	struct binding b = {.user = user, .unbound = unbound}, *old, *all;

	b.b.contexts = contexts;
	b.b.key = strndup(key, key_len);
	b.b.line = strdup(line);
	b.b.note = strdup(note ? note : "");
	if (!b.b.key || !b.b.line || !b.b.note) {
		binding_reset(&b);
		return ENOMEM;
	}
	old = find(a, b.b.key, contexts, user);
	if (old) {
		binding_reset(old);
		*old = b;
		return 0;
	}
	all = realloc(a->bindings, (a->binding_count + 1) * sizeof(*all));
	if (!all) {
		binding_reset(&b);
		return ENOMEM;
	}
	a->bindings = all;
	all[a->binding_count++] = b;
	return 0;
}

/** Each of a row's keys runs its name alone. */
int app_bindings_default(struct app *a, const struct app_command *row)
{
	int err = 0;

	for (; row->name && !err; row++) {
		const char *k = row->keys;

		while (k && *k && !err) {
			size_t len;

			k += strspn(k, " ");
			len = strcspn(k, " ");
			if (len)
				err = put(a, k, len, row->contexts, row->name,
					  row->summary, false, false);
			k += len;
		}
	}
	app_tell(a, APP_CHANGE_BINDINGS, NULL);
	return err;
}

/** A key's name as frame.h has them, at most a few words of bytes. */
static bool key_good(const char *key)
{
	return *key && strlen(key) <= 32 && !strpbrk(key, " \t\n");
}

int app_binding_set(struct app *a, const char *contexts, const char *key,
		    const char *line, const char *note, char **whyp)
{
	char **argv = NULL;
	uint32_t bits;
	size_t argc = 0;
	int err = 0;

	if (!app_context_read(contexts, &bits))
		*whyp = text_printf(_("There is no view \"%s\"."), contexts);
	else if (!key_good(key))
		*whyp = text_printf(_("\"%s\" is no key."), key);
	else if (app_split(line, &argv, &argc) || !argc)
		*whyp = strdup(_("There is no command to bind."));
	/* While the configuration is read, rows of front ends are to come. */
	else if (!a->reading && !app_command_find(a, argv[0]))
		*whyp = text_printf(_("There is no command \"%s\"."), argv[0]);
	app_argv_free(argv);
	if (*whyp)
		return EINVAL;
	err = put(a, key, strlen(key), bits, line, note, true, false);
	if (!err)
		app_tell(a, APP_CHANGE_BINDINGS, NULL);
	return err;
}

int app_binding_unset(struct app *a, const char *contexts, const char *key,
		      char **whyp)
{
	uint32_t bits;
	int err;

	if (!app_context_read(contexts, &bits)) {
		*whyp = text_printf(_("There is no view \"%s\"."), contexts);
		return EINVAL;
	}
	if (!key_good(key)) {
		*whyp = text_printf(_("\"%s\" is no key."), key);
		return EINVAL;
	}
	err = put(a, key, strlen(key), bits, "", "", true, true);
	if (!err)
		app_tell(a, APP_CHANGE_BINDINGS, NULL);
	return err;
}

/** Hidden by what the user said of the same key and views. */
static bool in_force(const struct app *a, const struct binding *b)
{
	if (b->unbound)
		return false;
	return b->user || !find(a, b->b.key, b->b.contexts, true);
}

size_t app_binding_count(const struct app *a)
{
	size_t i, n = 0;

	for (i = 0; i < a->binding_count; i++)
		n += in_force(a, &a->bindings[i]);
	return n;
}

const struct app_binding *app_binding_at(const struct app *a, size_t i)
{
	size_t k;

	for (k = 0; k < a->binding_count; k++)
		if (in_force(a, &a->bindings[k]) && i-- == 0)
			return &a->bindings[k].b;
	return NULL;
}

/** How well a binding fits: 0 not at all; the fewer views, the better. */
static unsigned fit(const struct binding *b, uint32_t contexts)
{
	unsigned views = (unsigned)__builtin_popcount(b->b.contexts);

	if (!b->b.contexts)
		return 1 + b->user;
	if (!(b->b.contexts & contexts))
		return 0;
	return 2 * (64 - views) + b->user;
}

const struct app_binding *app_binding_find(const struct app *a, const char *key,
					   uint32_t contexts)
{
	const struct binding *best = NULL;
	unsigned best_fit = 0;
	size_t i;

	for (i = 0; key && i < a->binding_count; i++) {
		const struct binding *b = &a->bindings[i];
		unsigned f;

		if (strcmp(b->b.key, key) != 0)
			continue;
		f = fit(b, contexts);
		if (f > best_fit) {
			best_fit = f;
			best = b;
		}
	}
	return best && !best->unbound ? &best->b : NULL;
}
