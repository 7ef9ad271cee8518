/**
 * @file offhook.c  The program that a person starts: a terminal, or a command
 */
#include <getopt.h>
#include <locale.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <offhook/base.h>
#include <offhook/client/term.h>

enum {
	OPTION_COLOUR = 256,
	OPTION_ASCII,
	OPTION_LINK,
	OPTION_JSON,
	OPTION_SELECTION
};

struct arguments {
	struct term_prm term;
	struct term_request request;
	bool own; /**< -f */
	int code; /**< to leave with at once, or -1 */
};

static const struct option long_options[] = {
	{"command", required_argument, NULL, 'c'},
	{"foreground", no_argument, NULL, 'f'},
	{"link", required_argument, NULL, OPTION_LINK},
	{"selection", optional_argument, NULL, OPTION_SELECTION},
	{"json", no_argument, NULL, OPTION_JSON},
	{"color", required_argument, NULL, OPTION_COLOUR},
	{"ascii", no_argument, NULL, OPTION_ASCII},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0}};

static void print_help(void)
{
	fputs(_("Usage: offhook [-f] [--ascii] [--color=WHEN]\n"
		"       offhook [--json] COMMAND [ARGUMENT…]\n"
		"       offhook [--json] -c 'COMMAND ARGUMENT…'\n"
		"       offhook --link URL | --selection[=WHERE]\n"
		"\n"
		"Without a command, show offhook in this terminal. Closing the "
		"terminal\n"
		"leaves it running; `offhook` again shows it where it was. "
		"Commands go\n"
		"to the offhook that runs, e.g. `offhook status`, "
		"`offhook dial 201`.\n"
		"An ARGUMENT @- is read from standard input, unseen: the way "
		"for passwords.\n"
		"\n"
		"  -c, --command LINE  run a command, typed as after `:`\n"
		"  -f, --foreground    end when this terminal goes\n"
		"      --link URL      open a tel:, sip: or callto: link\n"
		"      --selection[=WHERE]\n"
		"                      call or search what is marked: auto, "
		"tmux, wayland, x11\n"
		"      --json          answer as JSON\n"
		"      --color=WHEN    auto, never, 8, 16, 256 or true\n"
		"      --ascii         draw with ASCII only\n"
		"  -h, --help          this text\n"
		"  -V, --version       the version\n"
		"\n"
		"Exit codes: 0 done, 1 failed, 2 wrong usage, 3 not logged "
		"in,\n"
		"4 offhook does not run.\n"),
	      stdout);
}

static int usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
static int usage(const char *fmt, ...)
{
	va_list ap;

	fputs("offhook: ", stderr);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputs(_(" (offhook --help)\n"), stderr);
	return TERM_EXIT_USAGE;
}

static bool is_source(const char *s)
{
	static const char sources[] = " auto tmux wayland x11 ";
	char *word = text_printf(" %s ", s);
	bool is = word && !strchr(s, ' ') && strstr(sources, word);

	free(word);
	return is;
}

static void parse_option(struct arguments *a, int option)
{
	switch (option) {
	case 'c':
		a->request.line = optarg;
		break;
	case 'f':
		a->own = true;
		break;
	case OPTION_LINK:
		a->request.link = optarg;
		break;
	case OPTION_SELECTION:
		a->request.selection = optarg ? optarg : "auto";
		if (!is_source(a->request.selection))
			a->code = usage(_("\"%s\" is nowhere that a selection "
					  "is"),
					optarg);
		break;
	case OPTION_JSON:
		a->request.json = true;
		break;
	case OPTION_ASCII:
		a->term.ascii = true;
		break;
	case OPTION_COLOUR:
		if (term_colour_parse(optarg, &a->term.colour))
			a->code =
				usage(_("\"%s\" is no kind of colour"), optarg);
		break;
	case 'h':
		print_help();
		a->code = TERM_EXIT_OK;
		break;
	case 'V':
		printf("offhook %s\n", OFFHOOK_VERSION);
		a->code = TERM_EXIT_OK;
		break;
	default:
		/* getopt has said what is wrong */
		a->code = TERM_EXIT_USAGE;
	}
}

static void parse(struct arguments *a, int argc, char **argv)
{
	int option;

	/* '+': what follows the command's name is the command's own. */
	while (a->code < 0 && (option = getopt_long(argc, argv, "+c:fhV",
						    long_options, NULL)) != -1)
		parse_option(a, option);
	if (a->code >= 0)
		return;
	if (optind < argc)
		a->request.argv = (const char *const *)argv + optind;
	if (a->request.line && a->request.argv)
		a->code = usage(_("\"%s\" follows the line of -c; quote the "
				  "line"),
				argv[optind]);
	else if (a->request.link && (a->request.line || a->request.argv))
		a->code = usage(_("--link takes no command"));
	else if (a->request.selection &&
		 (a->request.line || a->request.argv || a->request.link))
		a->code = usage(_("--selection takes no command"));
	else if (a->own && (a->request.link || a->request.line ||
			    a->request.argv || a->request.selection))
		a->code = usage(_("-f takes no command"));
}

/* Beside the program where it was built, in share/locale where installed. */
static void find_texts(void)
{
	static const char *const places[] = {"locale", "../locale"};
	char *dir = NULL;

	for (size_t i = 0; i < 2 && !dir; i++)
		dir = path_data(places[i]);
	if (dir)
		bindtextdomain("offhook", dir);
	/* The terminal's own character set, whatever the file's is. */
	textdomain("offhook");
	free(dir);
}

/* The first of these that is set, as setlocale() would look. */
static const char *locale_named(const char *category)
{
	const char *const names[] = {"LC_ALL", category, "LANG"};
	const char *value = NULL;

	for (size_t i = 0; i < 3 && text_empty(value); i++)
		value = getenv(names[i]);
	return text_empty(value) ? "C" : value;
}

/* A locale that this machine does not have is a common thing on the far side
 * of SSH. Its character set is UTF-8 as well, if its name says so, and our
 * own texts need no more than the name of its language. */
static void do_without_locale(void)
{
	const char *value = locale_named("LC_CTYPE");
	char *language;

	if (strcasestr(value, "utf-8") || strcasestr(value, "utf8"))
		setlocale(LC_CTYPE, "C.UTF-8");
	value = locale_named("LC_MESSAGES");
	if (!strcmp(value, "C") || !strcmp(value, "POSIX") ||
	    !setlocale(LC_MESSAGES, "C.UTF-8"))
		return;
	language = strndup(value, strcspn(value, ".@"));
	if (language)
		setenv("LANGUAGE", language, text_empty(getenv("LANGUAGE")));
	free(language);
}

/* The core speaks the language of its option; what this program has to say
 * itself, mostly that no core answers, is in that of the environment. */
static void set_locale(void)
{
	if (!setlocale(LC_ALL, ""))
		do_without_locale();
	setlocale(LC_NUMERIC, "C");
	find_texts();
}

/* What is typed here may be a secret: it goes into no core dump, and no
 * other process of the user looks into this one. */
static void close_up(void)
{
	struct rlimit none = {0, 0};

	setrlimit(RLIMIT_CORE, &none);
	prctl(PR_SET_DUMPABLE, 0);
}

/* @param codep  Set to the exit code where there is no core */
static bool reach(enum term_start start, int *fdp, int *codep)
{
	char *why = NULL;
	int err = term_connect(start, fdp, &why);

	if (err) {
		fprintf(stderr, "%s\n", why ? why : strerror(err));
		*codep = err == EEXIST ? TERM_EXIT_FAILED : TERM_EXIT_NO_CORE;
	}
	free(why);
	return !err;
}

int main(int argc, char **argv)
{
	struct arguments a = {.code = -1};
	bool command, unseen = false;
	enum term_start start;
	int fd, code;

	set_locale();
	parse(&a, argc, argv);
	if (a.code >= 0)
		return a.code;
	command = a.request.line || a.request.argv || a.request.link ||
		  a.request.selection;
	/* Where nobody would see what a link asks, this terminal shows it. */
	if (a.request.link && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO)) {
		command = false;
		a.request.unseen = &unseen;
	}
	start = command ? TERM_START_NEVER
		: a.own ? TERM_START_OWN
			: TERM_START_IF_NONE;
	if (!reach(start, &fd, &code))
		return code;
	close_up();
	if (command)
		return term_command(fd, &a.request);
	if (a.request.link) {
		code = term_command(fd, &a.request);
		if (code || !unseen)
			return code;
		if (!reach(TERM_START_NEVER, &fd, &code))
			return code;
	}
	return term_attach(fd, &a.term);
}
