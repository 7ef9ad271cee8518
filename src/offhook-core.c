/**
 * @file offhook-core.c  The core: what lives on when terminals go
 *
 * main and the wiring: it becomes the one core of this user, then lets the
 * application, its screens, its phone and its socket know each other.
 *
 * Who starts it learns on --ready-fd, in one line, "ready" once the socket
 * listens, "running PID" if another is the core, or why it can't start.
 */
#include <fcntl.h>
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <offhook/base.h>
#include <offhook/client/app.h>
#include <offhook/client/ctl.h>
#include <offhook/client/tui.h>

#include "process.h"
#ifdef OFFHOOK_VOIP
#include "voip.h"
#endif

#define LOG_MODULE "core"

enum { STOP_MS = 3000 /**< the application takes 2 s at most */ };

struct options {
	bool foreground;
	bool end_with_terminal;
	int ready_fd; /**< -1: none */
	char *config;
	char *dump_man; /**< write the manual pages there, and end */
	enum log_level level;
	int code; /**< to leave with at once, or -1 */
};

struct core {
	const struct options *options;
	struct app *app;
	struct tui *tui;
	struct ctl *ctl;
#ifdef OFFHOOK_VOIP
	struct voip *voip;
#endif
	struct list screens; /**< struct screen */
	struct tmr tmr;	     /**< a stop that hangs is cut short */
	unsigned pending;    /**< parts that have not stopped yet */
	bool stopping;
};

/** An attached terminal and what is drawn for it. */
struct screen {
	struct le le;
	struct core *core;
	struct ctl_terminal *terminal;
	struct tui_screen *tui;
};

/* ---- the end ----------------------------------------------------------- */

static void part_stopped(void *arg)
{
	struct core *core = arg;

	if (core->pending && !--core->pending)
		loop_stop();
}

static void stop_late(void *arg)
{
	(void)arg;
	log_warn("gave up waiting for the server");
	loop_stop();
}

/* Calls are hung up, the session is logged out; terminals need not wait. */
static void stop(struct core *core)
{
	struct le *le, *next;

	if (core->stopping)
		return;
	core->stopping = true;
	log_info("stopping");
	for (le = core->screens.head; le; le = next) {
		const struct screen *s = le->data;

		next = le->next;
		tui_screen_leave(s->tui, 0, "");
	}
	tmr_start(&core->tmr, STOP_MS, stop_late, NULL);
	core->pending = 1;
#ifdef OFFHOOK_VOIP
	if (core->voip) {
		core->pending++;
		voip_close(core->voip, part_stopped, core);
	}
#endif
	app_stop(core->app, part_stopped, core);
}

static void on_quit(void *arg)
{
	stop(arg);
}

static void on_signal(int sig, void *arg)
{
	struct core *core = arg;

	log_info("signal %d", sig);
	if (core->stopping)
		loop_stop();
	else
		stop(core);
}

static void on_reopen(int sig, void *arg)
{
	const struct core *core = arg;
	int err = ctl_reopen(core->ctl);
	(void)sig;

	if (err)
		log_error("the socket can't be made anew: %s", strerror(err));
}

/* ---- terminals --------------------------------------------------------- */

static void screen_destructor(void *arg)
{
	struct screen *s = arg;

	list_unlink(&s->le);
	mem_deref(s->tui);
}

static void screen_send(const void *data, size_t len, void *arg)
{
	const struct screen *s = arg;

	ctl_terminal_send(s->terminal, data, len);
}

static int on_attach(struct ctl_terminal *t, const struct frame_hello *hello,
		     void **screenp, void *arg)
{
	static const struct tui_screen_handlers handlers = {
		.send = screen_send};
	struct core *core = arg;
	struct screen *s;
	int err;

	if (core->stopping)
		return ESHUTDOWN;
	s = mem_zalloc(sizeof(*s), screen_destructor);
	if (!s)
		return ENOMEM;
	s->core = core;
	s->terminal = t;
	list_append(&core->screens, &s->le, s);
	err = tui_screen_alloc(&s->tui, core->tui, hello, &handlers, s);
	if (err)
		mem_deref(s);
	else
		*screenp = s;
	return err;
}

static void on_input(void *screen, const struct frame_message *m)
{
	const struct screen *s = screen;

	tui_screen_input(s->tui, m);
}

static void on_gone(void *screen)
{
	mem_deref(screen);
}

static void on_empty(void *arg)
{
	struct core *core = arg;

	if (core->options->end_with_terminal)
		stop(core);
}

/* ---- wiring ------------------------------------------------------------ */

static int wire(struct core *core)
{
	static const struct app_handlers app_handlers = {.quit = on_quit};
	static const struct ctl_handlers ctl_handlers = {
		.attach = on_attach,
		.input = on_input,
		.gone = on_gone,
		.empty = on_empty,
	};
	static const int ending[] = {SIGTERM, SIGINT, SIGHUP};
	struct app_prm prm = {.config_file = core->options->config};
	int err;

	err = app_alloc(&core->app, &prm, &app_handlers, core);
	if (!err)
		err = tui_alloc(&core->tui, core->app);
#ifdef OFFHOOK_VOIP
	/* Without it there are still the desk phone and everything else. */
	if (!err && (err = voip_alloc(&core->voip, core->app))) {
		log_error("no built-in phone: %s", strerror(err));
		err = 0;
	}
#endif
	if (!err)
		err = ctl_alloc(&core->ctl, core->app, NULL, &ctl_handlers,
				core);
	for (size_t i = 0; !err && i < sizeof(ending) / sizeof(*ending); i++)
		err = loop_signal(ending[i], on_signal, core);
	if (!err)
		err = loop_signal(SIGUSR1, on_reopen, core);
	return err;
}

static void unwire(struct core *core)
{
	tmr_cancel(&core->tmr);
	core->stopping = true;
	core->ctl = mem_deref(core->ctl);
#ifdef OFFHOOK_VOIP
	core->voip = mem_deref(core->voip);
#endif
	core->tui = mem_deref(core->tui);
	core->app = mem_deref(core->app);
}

/* ---- who started us ---------------------------------------------------- */

static void tell_starter(int *fd, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
static void tell_starter(int *fd, const char *fmt, ...)
{
	va_list ap;

	if (*fd < 0)
		return;
	va_start(ap, fmt);
	vdprintf(*fd, fmt, ap);
	va_end(ap);
	close(*fd);
	*fd = -1;
}

static int fail(int *fd, const char *what, int err)
{
	char *line = text_printf("%s: %s", what, strerror(err));

	/* First: who started us may have our log on the same pipe. */
	tell_starter(fd, "offhook-core: %s\n", line ? line : what);
	log_error("%s", line ? line : what);
	free(line);
	return 1;
}

/* ---- the process ------------------------------------------------------- */

static const struct option long_options[] = {
	{"foreground", no_argument, NULL, 'f'},
	{"end-with-terminal", no_argument, NULL, 'e'},
	{"ready-fd", required_argument, NULL, 'r'},
	{"config", required_argument, NULL, 'c'},
	{"log-level", required_argument, NULL, 'l'},
	{"dump-man", required_argument, NULL, 'm'},
	{"help", no_argument, NULL, 'h'},
	{"version", no_argument, NULL, 'V'},
	{NULL, 0, NULL, 0}};

static void print_help(void)
{
	fputs(_("Usage: offhook-core [OPTION…]\n"
		"The part of offhook that runs without a terminal; `offhook` "
		"starts it.\n"
		"\n"
		"  -f, --foreground         stay in the foreground, log to "
		"standard error\n"
		"      --end-with-terminal  end when the last terminal goes\n"
		"      --config FILE        read this configuration\n"
		"      --log-level LEVEL    error, warn, info or debug\n"
		"      --ready-fd N         say there when the socket listens\n"
		"      --dump-man DIR       write the manual pages there\n"
		"  -h, --help               this text\n"
		"  -V, --version            the version\n"),
	      stdout);
}

static int parse_level(const char *s, enum log_level *level)
{
	static const char *const names[] = {[LOG_LEVEL_ERROR] = "error",
					    [LOG_LEVEL_WARN] = "warn",
					    [LOG_LEVEL_INFO] = "info",
					    [LOG_LEVEL_DEBUG] = "debug"};

	for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
		if (strcmp(s, names[i]))
			continue;
		*level = (enum log_level)i;
		return 0;
	}
	return EINVAL;
}

static int parse_fd(const char *s, int *fd)
{
	char *end;
	long n;

	errno = 0;
	n = strtol(s, &end, 10);
	if (errno || *end || end == s || n < 0 || n > 1 << 20 ||
	    fcntl((int)n, F_GETFD) < 0)
		return EINVAL;
	*fd = (int)n;
	return 0;
}

static void parse_option(struct options *o, int option)
{
	int err = 0;

	switch (option) {
	case 'f':
		o->foreground = true;
		break;
	case 'e':
		o->end_with_terminal = true;
		break;
	case 'r':
		err = parse_fd(optarg, &o->ready_fd);
		break;
	case 'c':
		/* It leaves the folder that it was started in. */
		free(o->config);
		o->config = realpath(optarg, NULL);
		err = o->config ? 0 : errno;
		break;
	case 'l':
		err = parse_level(optarg, &o->level);
		break;
	case 'm':
		free(o->dump_man);
		o->dump_man = realpath(optarg, NULL);
		err = o->dump_man ? 0 : errno;
		break;
	case 'h':
		print_help();
		o->code = 0;
		break;
	case 'V':
		printf("offhook-core %s\n", OFFHOOK_VERSION);
		o->code = 0;
		break;
	default:
		o->code = 2; /* getopt has said why */
	}
	if (!err)
		return;
	fprintf(stderr, "offhook-core: %s: %s\n", optarg, strerror(err));
	o->code = 2;
}

static void parse(struct options *o, int argc, char **argv)
{
	int option;

	while (o->code < 0 && (option = getopt_long(argc, argv, "fhV",
						    long_options, NULL)) != -1)
		parse_option(o, option);
	if (o->code < 0 && optind < argc) {
		fprintf(stderr, "offhook-core: %s?\n", argv[optind]);
		o->code = 2;
	}
}

/* The core's language is an option, not the terminal's locale. */
static void set_locale(void)
{
	static const char *const places[] = {"locale", "../locale",
					     "../../share/locale"};
	char *dir = NULL;

	/* GnuTLS comes with libcurl for what we never use; it need not set
	   itself up for that (a MB of memory). */
	setenv("GNUTLS_NO_IMPLICIT_INIT", "1", 0);
	if (!setlocale(LC_ALL, "C.UTF-8"))
		setlocale(LC_ALL, "C");
	setlocale(LC_NUMERIC, "C");
	for (size_t i = 0; i < 3 && !dir; i++)
		dir = path_data(places[i]);
	if (dir)
		bindtextdomain("offhook", dir);
	bind_textdomain_codeset("offhook", "UTF-8");
	textdomain("offhook");
	free(dir);
}

/* The three standard ones are about to become others. */
static void keep_ready_fd(struct options *o)
{
	int fd;

	if (o->ready_fd < 0)
		return;
	fd = fcntl(o->ready_fd, F_DUPFD_CLOEXEC, 10);
	if (o->ready_fd > STDERR_FILENO)
		close(o->ready_fd);
	o->ready_fd = fd;
}

static int run(struct options *o)
{
	struct core core = {.options = o};
	int err = loop_init(LOOP_FEW);

	if (err)
		return fail(&o->ready_fd, "loop", err);
	tmr_init(&core.tmr);
	err = wire(&core);
	if (err) {
		err = fail(&o->ready_fd, "start", err);
	} else {
		tell_starter(&o->ready_fd, "ready\n");
		log_info("offhook-core %s runs", OFFHOOK_VERSION);
		err = app_start(core.app);
		if (err)
			log_error("log-in: %s", strerror(err));
		err = loop_run() ? 1 : 0;
	}
	unwire(&core);
	loop_close();
	log_info("ended");
	return err;
}

/* @return true if we are the core; else the exit code is set */
static bool become_core(struct options *o)
{
	int fd = STDERR_FILENO, err = 0;
	const char *what = "fork";
	char *dir = path_state(NULL);
	long owner = 0;

	keep_ready_fd(o);
	if (!o->foreground)
		err = process_background();
	if (!err) {
		what = dir ? dir : "core.lock";
		err = process_lock(&owner);
	}
	if (err == EWOULDBLOCK) {
		tell_starter(&o->ready_fd, "running %ld\n", owner);
		if (o->foreground)
			fprintf(stderr, "%s\n",
				_("offhook-core: one runs already"));
		o->code = o->foreground;
	} else if (!err && o->foreground) {
		log_to_fd(fd, o->level);
	} else if (!err) {
		err = process_log(o->level, &fd);
	}
	if (!err) {
		process_redirect(fd);
		log_take_stderr();
	} else if (err != EWOULDBLOCK) {
		o->code = fail(&o->ready_fd, what, err);
	}
	free(dir);
	return !err;
}

/* Manual pages are made of the tables, those of the views included. */
static int dump_pages(const char *dir)
{
	static const char *const pages[] = {"offhook.1", "offhook-commands.7",
					    "offhook.conf.5"};
	/* Nothing of the user's is read, nothing is kept. */
	const struct app_prm prm = {.config_file = "/nonexistent",
				    .state_dir = dir,
				    .cache_dir = dir};
	struct app *app = NULL;
	struct tui *tui = NULL;
	int err = loop_init(LOOP_FEW);

	if (!err)
		err = app_alloc(&app, &prm, NULL, NULL);
	if (!err)
		err = tui_alloc(&tui, app);
#ifdef OFFHOOK_VOIP
	if (!err)
		err = app_option_register(app, voip_options);
#endif
	for (size_t i = 0; i < 3 && !err; i++) {
		char *path = text_printf("%s/%s", dir, pages[i]);
		char *text = app_man_page(app, pages[i]);

		err = path && text ? file_write(path, text, strlen(text), 0644)
				   : ENOMEM;
		free(path);
		free(text);
	}
	mem_deref(tui);
	mem_deref(app);
	loop_close();
	if (err)
		fprintf(stderr, "offhook-core: %s: %s\n", dir, strerror(err));
	return err ? 1 : 0;
}

int main(int argc, char **argv)
{
	struct options o = {
		.ready_fd = -1, .level = LOG_LEVEL_INFO, .code = -1};

	process_block_signals();
	set_locale();
	parse(&o, argc, argv);
	if (o.code < 0 && o.dump_man)
		o.code = dump_pages(o.dump_man);
	if (o.code < 0) {
		process_close_up();
		if (become_core(&o))
			o.code = run(&o);
	}
	free(o.config);
	free(o.dump_man);
	return o.code;
}
