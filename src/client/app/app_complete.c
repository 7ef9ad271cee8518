/**
 * @file app_complete.c  What may stand at the end of a line being typed
 */
#include <dirent.h>
#include <fcntl.h>
#include <limits.h>
#include <stdlib.h>
#include <strings.h>
#include <sys/stat.h>
#include "app_int.h"
#include "cmd_int.h"

enum { WORDS_MAX = 100 };

/** Words that go on from a beginning. */
struct words {
	const char *prefix;
	char **at;
	size_t count;
	int err;
};

static void add_as(struct words *w, const char *word)
{
	char **at;

	if (w->err || w->count == WORDS_MAX)
		return;
	at = realloc(w->at, (w->count + 2) * sizeof(*at));
	if (!at) {
		w->err = ENOMEM;
		return;
	}
	w->at = at;
	at[w->count] = strdup(word);
	if (!at[w->count])
		w->err = ENOMEM;
	else
		w->count++;
	at[w->count] = NULL;
}

static void add(struct words *w, const char *word)
{
	if (!strncmp(word, w->prefix, strlen(w->prefix)))
		add_as(w, word);
}

static void commands(struct words *w, const struct app *a)
{
	const struct app_command *c;
	size_t i;

	for (i = 0; (c = app_command_at(a, i)); i++)
		if (c->origins & APP_FROM_LINE)
			add(w, c->name);
}

static bool is_device(const char *option)
{
	return !strcmp(option, "audio_input") ||
	       !strcmp(option, "audio_output") || !strcmp(option, "ringer");
}

/** What was plugged a moment ago; each asking brings the list up to date. */
static void devices(struct words *w, struct app *a, bool input)
{
	static const char *const always[] = {"auto", "none",  "pulse",
					     "alsa", "file:", NULL};
	const struct app_sound_device *list;
	size_t i, n = app_sound_devices(a, &list);

	for (i = 0; always[i]; i++)
		add(w, always[i]);
	for (i = 0; i < n; i++)
		if (list[i].input == input)
			add(w, list[i].name);
}

/** The next of a list with commas, of those that the option has at first. */
static void codecs(struct words *w)
{
	const char *comma = strrchr(w->prefix, ','), *name;
	size_t head = comma ? (size_t)(comma + 1 - w->prefix) : 0, n;

	for (name = app_codecs; *name; name += n + strspn(name + n, " ")) {
		char *word;

		n = strcspn(name, " ");
		if (app_codec_listed(w->prefix, head, name, n))
			continue;
		word = text_printf("%.*s%.*s", (int)head, w->prefix, (int)n,
				   name);
		/* names are as they are, however they are typed */
		if (word && !strncasecmp(word, w->prefix, strlen(w->prefix)))
			add_as(w, word);
		free(word);
	}
}

static void options(struct words *w, struct app *a)
{
	struct words none = {.prefix = " "};
	const struct app_option *o;
	size_t i;

	for (i = 0; (o = app_option_at(a, i)); i++)
		add(w, o->name);
	/* the list is there by the time that its turn comes */
	if (w->count == 1 && is_device(w->at[0]))
		devices(&none, a, false);
}

static void option_values(struct words *w, struct app *a, const char *name)
{
	static const char *const flags[] = {"on", "off", NULL};
	const struct app_option *o = app_option_find(a, name);
	const char *const *c = NULL;

	if (o && is_device(name))
		devices(w, a, !strcmp(name, "audio_input"));
	if (o && o->type == APP_OPTION_CHOICE)
		c = o->choices;
	else if (o && o->type == APP_OPTION_FLAG)
		c = flags;
	for (; c && *c; c++)
		add(w, *c);
}

/** Names that the search finds, not just those that begin so. */
static void contacts(struct words *w, struct app *a)
{
	struct uc_search *s;
	size_t i;

	if (!*w->prefix ||
	    uc_search_alloc(&s, a->uc, w->prefix, UC_ALL_DIRECTORIES))
		return;
	uc_search_local(s);
	for (i = 0; i < uc_search_count(s) && i < 20; i++)
		add_as(w, uc_search_at(s, i)->name);
	mem_deref(s);
}

static void calls(struct words *w, const struct app *a)
{
	size_t i;

	for (i = 0; i < uc_call_count(a->uc); i++) {
		char *id = text_printf("%u", uc_call_at(a->uc, i)->id);

		if (id)
			add(w, id);
		free(id);
	}
}

static void groups(struct words *w, const struct app *a)
{
	size_t i;

	for (i = 0; i < uc_group_count(a->uc); i++)
		add(w, uc_group_at(a->uc, i)->name);
}

static void voice_messages(struct words *w, const struct app *a)
{
	const struct uc_conversation *v;
	size_t i, k;

	for (i = 0; (v = uc_conversation_at(a->uc, i)); i++)
		for (k = v->entry_count; k-- > 0;)
			if (v->entries[k].kind == UC_VOICE_MESSAGE)
				add(w, v->entries[k].id);
}

/** Names in the folder of what is typed; folders with a slash behind. */
static void files(struct words *w)
{
	const char *slash = strrchr(w->prefix, '/');
	int head = slash ? (int)(slash + 1 - w->prefix) : 0;
	char *typed = text_printf("%.*s.", head, w->prefix);
	char *folder = typed ? app_path(NULL, typed) : NULL;
	DIR *dir = folder ? opendir(folder) : NULL;
	const struct dirent *e;

	while (dir && (e = readdir(dir))) {
		char *word, *plain;
		struct stat st;
		bool is_dir;

		/* hidden ones if one asks for them; no name that is none */
		if (*e->d_name == '.' && w->prefix[head] != '.')
			continue;
		is_dir = !fstatat(dirfd(dir), e->d_name, &st, 0) &&
			 S_ISDIR(st.st_mode);
		plain = text_clean(e->d_name, (size_t)-1, NAME_MAX);
		word = text_printf("%.*s%s%s", head, w->prefix, e->d_name,
				   is_dir ? "/" : "");
		if (word && plain && !strcmp(plain, e->d_name) &&
		    strcmp(e->d_name, ".") && strcmp(e->d_name, ".."))
			add(w, word);
		free(plain);
		free(word);
	}
	if (dir)
		closedir(dir);
	free(folder);
	free(typed);
}

static void choices(struct words *w, const char *const *c)
{
	for (; c && *c; c++)
		add(w, *c);
}

static void argument_words(struct words *w, struct app *a,
			   const struct app_argument *g, char *const *argv,
			   size_t argc)
{
	if (!g)
		return;
	switch (g->kind) {
	case APP_ARG_CHOICE:
		choices(w, g->choices);
		break;
	case APP_ARG_CONTACT:
	case APP_ARG_FAVOURITE:
	case APP_ARG_RINGING:
	case APP_ARG_COLLEAGUE:
	case APP_ARG_PERSONAL:
	case APP_ARG_DIAL:
	case APP_ARG_OTHER:
		contacts(w, a);
		break;
	case APP_ARG_CALL:
		calls(w, a);
		break;
	case APP_ARG_VOICE:
		voice_messages(w, a);
		break;
	case APP_ARG_FILE:
		files(w);
		break;
	case APP_ARG_OPTION:
		options(w, a);
		break;
	case APP_ARG_COMMAND:
	case APP_ARG_LINE:
		commands(w, a);
		break;
	case APP_ARG_GROUP:
	case APP_ARG_INTO:
		groups(w, a);
		break;
	case APP_ARG_TEXT:
		/* `bind VIEW`, `set NAME VALUE` are known by what is there. */
		if (!strcmp(g->name, "codecs"))
			codecs(w);
		else if (!strcmp(g->name, "view"))
			choices(w, app_context_names);
		else if (!strcmp(g->name, "value") && argc >= 2)
			option_values(w, a, argv[1]);
		break;
	default:
		break;
	}
}

/** Where the last word begins: behind the last blank outside of quotes. */
static size_t last_word(const char *line)
{
	size_t start = 0, i;
	char quote = 0;

	for (i = 0; line[i]; i++) {
		if (quote) {
			if (line[i] == quote)
				quote = 0;
		} else if (line[i] == '\\' && line[i + 1]) {
			i++;
		} else if (line[i] == '\'' || line[i] == '"') {
			quote = line[i];
		} else if (line[i] == ' ' || line[i] == '\t') {
			start = i + 1;
		}
	}
	return start;
}

/** The word being typed, its quotes gone; an open one is closed. */
static char *plain_word(const char *s)
{
	char **argv = NULL, *word, *closed;
	size_t argc;
	int err = app_split(s, &argv, &argc);

	if (err == EINVAL) {
		closed = text_printf("%s%c", s, strchr(s, '"') ? '"' : '\'');
		err = closed ? app_split(closed, &argv, &argc) : ENOMEM;
		free(closed);
	}
	word = strdup(!err && argc ? argv[0] : "");
	app_argv_free(argv);
	return word;
}

int app_complete(struct app *a, const char *line, char ***wordsp,
		 size_t *startp)
{
	char *head, *word, **argv = NULL;
	struct words w = {0};
	size_t argc = 0, start;

	if (!a || !line || !wordsp || !startp)
		return EINVAL;
	start = last_word(line);
	head = strndup(line, start);
	word = plain_word(line + start);
	if (!head || !word)
		w.err = ENOMEM;
	else if (app_split(head, &argv, &argc))
		argc = 0;
	w.prefix = word;
	if (!w.err && !argc)
		commands(&w, a);
	else if (!w.err) {
		const struct app_command *c = app_command_find(a, argv[0]);

		if (c)
			argument_words(&w, a, app_argument_at(c, argc - 1),
				       argv, argc);
	}
	if (!w.err && !w.at) {
		w.at = calloc(1, sizeof(*w.at));
		w.err = w.at ? 0 : ENOMEM;
	}
	app_argv_free(argv);
	free(head);
	free(word);
	if (w.err) {
		app_argv_free(w.at);
		return w.err;
	}
	*wordsp = w.at;
	*startp = start;
	return 0;
}
