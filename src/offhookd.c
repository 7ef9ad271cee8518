/**
 * @file offhookd.c  The UC server: main and the wiring
 *
 * Database, features, switch, front and, if wanted, the demo company. Says on
 * standard output, in one line, when it is ready and on which ports.
 */
#include <getopt.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include <offhook/base.h>
#include <offhook/server/demo.h>
#include <offhook/server/front.h>

#include "offhookd-admin.h"
#include "offhookd-man.h"

#define LOG_MODULE "offhookd"

enum { DESCRIPTORS = 8192, STOP_MS = 5000 };

struct options {
	char *state;
	struct sa listen, sip, sips; /* sips unset: no TLS */
	enum front_mode mode;
	bool plain, demo, quiet, desk_phones;
	uint32_t no_answer_s;
	const char *log;
	enum log_level level;
	struct admin admin;
};

struct server {
	const struct options *options;
	struct db *db;
	struct features *features;
	struct pbx *pbx;
	struct front *front;
	struct demo *demo;
	struct tmr tmr;
	struct sa sips;
	char sips_text[80];
	unsigned waiting; /* parts that are not ready yet */
	bool stopping;
	int err;
};

/* ---- the end ----------------------------------------------------------- */

static void stop_hangs(void *arg)
{
	(void)arg;
	log_warn("did not end in time");
	loop_stop();
}

static void written(int err, void *arg)
{
	(void)err;
	(void)arg;
	loop_stop();
}

static void calls_ended(void *arg)
{
	struct server *s = arg;

	/* What the ends of the calls have left is written first. */
	db_sync(s->db, written, s);
}

static void demo_ended(void *arg)
{
	struct server *s = arg;

	s->demo = mem_deref(s->demo);
	if (s->pbx)
		pbx_close(s->pbx, calls_ended, s);
	else
		calls_ended(s);
}

static void stop(struct server *s)
{
	if (s->stopping)
		return;
	s->stopping = true;
	tmr_start(&s->tmr, STOP_MS, stop_hangs, s);
	s->front = mem_deref(s->front);
	/* Its phones are answered as long as the switch is there. */
	if (s->demo)
		demo_close(s->demo, demo_ended, s);
	else
		demo_ended(s);
}

static void fail(struct server *s, int err, const char *what)
{
	fprintf(stderr, "offhookd: %s: %s\n", what, strerror(err));
	s->err = err;
	stop(s);
}

static void signalled(int sig, void *arg)
{
	struct server *s = arg;

	if (sig == SIGHUP) {
		db_reload(s->db);
		return;
	}
	log_info("ends by signal %d", sig);
	stop(s);
}

/* ---- the beginning ----------------------------------------------------- */

static void ready(struct server *s)
{
	if (--s->waiting || s->stopping)
		return;
	if (s->demo)
		printf("demo user=%s password=%s\n", demo_user(),
		       demo_password());
	printf("offhookd ready https=%u sip=%u",
	       sa_port(front_address(s->front)), sa_port(pbx_address(s->pbx)));
	if (sa_isset(&s->sips, SA_ALL))
		printf(" sips=%u", sa_port(&s->sips));
	puts("");
	fflush(stdout);
	log_take_stderr();
	log_info("ready");
}

static void front_ready(int err, void *arg)
{
	struct server *s = arg;

	if (err == ENOKEY)
		fail(s, err,
		     "tls.crt is there, but not its tls.key; put it beside it, "
		     "or remove tls.crt and both are made anew");
	else if (err == EKEYREJECTED)
		fail(s, err, "tls.crt and tls.key are no pair in PEM");
	else if (err)
		fail(s, err, "HTTPS");
	else
		ready(s);
}

/* SIP over TLS shows what HTTPS shows: who trusts the one, trusts both. */
static int certificate(const char *cert, const char *key, void *arg)
{
	struct server *s = arg;
	int err;

	if (!sa_isset(&s->options->sips, SA_ADDR))
		return 0;
	err = pbx_listen_tls(s->pbx, &s->options->sips, cert, key, &s->sips);
	if (err)
		log_error("SIP over TLS: %s", strerror(err));
	else if (re_snprintf(s->sips_text, sizeof(s->sips_text), "%J",
			     &s->sips) < 0)
		err = EINVAL;
	return err;
}

static const char *sips_server(void *arg)
{
	const struct server *s = arg;

	return s->sips_text;
}

static void demo_ready(int err, void *arg)
{
	struct server *s = arg;

	if (err)
		fail(s, err, "demo");
	else
		ready(s);
}

static int start_front(struct server *s)
{
	const struct options *o = s->options;
	char sip[80];
	struct front_prm prm = {
		.dir = o->state,
		.laddr = o->listen,
		.mode = o->mode,
		.plain = o->plain,
		.sip_server = sip,
		.certificate = certificate,
		.sips_server = sips_server,
	};

	if (re_snprintf(sip, sizeof(sip), "%J", pbx_address(s->pbx)) < 0)
		return EINVAL;
	return front_alloc(&s->front, &prm, s->db, s->features, s->pbx,
			   front_ready, s);
}

static int start_demo(struct server *s)
{
	struct demo_prm prm = {
		.pbx = s->pbx,
		.quiet = s->options->quiet,
		.desk_phones = s->options->desk_phones,
	};

	return demo_alloc(&s->demo, &prm, s->db, s->features, demo_ready, s);
}

static int start(struct server *s)
{
	struct pbx_prm prm = {
		.laddr = s->options->sip,
		.no_answer_s = s->options->no_answer_s,
	};
	const char *what = "state folder";
	int err;

	err = db_alloc(&s->db, s->options->state);
	if (!err) {
		what = "SIP";
		err = features_alloc(&s->features, s->db);
	}
	features_set_suite(s->features, s->options->mode == FRONT_SUITE);
	if (!err)
		err = pbx_alloc(&s->pbx, &prm, features_hooks(), s->features);
	if (!err) {
		what = "HTTPS";
		features_attach(s->features, s->pbx);
		s->waiting = 1 + s->options->demo;
		err = start_front(s);
	}
	if (!err && s->options->demo) {
		what = "demo";
		err = start_demo(s);
	}
	if (err)
		fprintf(stderr, "offhookd: %s: %s\n", what, strerror(err));
	return err;
}

static void server_clear(struct server *s)
{
	tmr_cancel(&s->tmr);
	s->front = mem_deref(s->front);
	s->demo = mem_deref(s->demo);
	features_attach(s->features, NULL);
	s->pbx = mem_deref(s->pbx);
	s->features = mem_deref(s->features);
	s->db = mem_deref(s->db);
}

static int serve(const struct options *o)
{
	struct server s = {.options = o};
	int err;

	tmr_init(&s.tmr);
	sa_init(&s.sips, AF_UNSPEC);
	err = start(&s);
	if (!err) {
		loop_signal(SIGTERM, signalled, &s);
		loop_signal(SIGINT, signalled, &s);
		loop_signal(SIGHUP, signalled, &s);
		err = loop_run();
	}
	server_clear(&s);
	return err ? err : s.err;
}

/* ---- options ----------------------------------------------------------- */

enum {
	OPT_STATE = 256,
	OPT_LISTEN,
	OPT_SIP,
	OPT_SIPS,
	OPT_MODE,
	OPT_NO_ANSWER,
	OPT_PLAIN,
	OPT_DEMO,
	OPT_QUIET,
	OPT_DESK,
	OPT_LOG,
	OPT_FOREGROUND,
	OPT_VERBOSE,
	OPT_VERSION,
	OPT_HELP,
	OPT_DUMP_MAN,
	OPT_ADMIN,
};

/* The help and the manual page are made of it. */
static const struct man_option rows[] = {
	{"state", "DIR",
	 "where all is kept: accounts, directories, the certificate (0700, "
	 "made if missing)"},
	{"listen", "ADDR:PORT", "HTTPS (127.0.0.1:8802; port 0: any free one)"},
	{"sip", "ADDR:PORT", "SIP, UDP and TCP (127.0.0.1:5060)"},
	{"sips", "ADDR:PORT",
	 "SIP over TLS as well, with the certificate of HTTPS; clients are "
	 "told "
	 "to use it (none; usual: 5061)"},
	{"mode", "smart|suite", "what kind of system it is (smart)"},
	{"no-answer", "SECONDS", "how long a call rings, 5 to 3600 (180)"},
	{"plain", NULL, "none of offhook's additions to the protocol"},
	{"demo", NULL, "with a small company to try it with"},
	{"quiet", NULL, "whose people begin nothing by themselves"},
	{"desk-phones", NULL, "whose users have phones on their desks"},
	{"log", "FILE", "log there, not to standard error"},
	{"foreground", NULL, "as always; taken for the sake of habit"},
	{"verbose", NULL, "log much"},
	{"version", NULL, "which one it is"},
	{"help", NULL, "this list"},
	{NULL, NULL, NULL},
};

static int version(void)
{
	puts("offhookd " OFFHOOK_VERSION);
	return 0;
}

static int help(void)
{
	puts("usage: offhookd [OPTION]…           run the server\n"
	     "       offhookd --state DIR ADMIN   change its accounts and "
	     "settings\n");
	man_help(stdout, rows);
	puts("\nADMIN is one of:");
	man_help(stdout, admin_rows());
	return 0;
}

static const struct option long_options[] = {
	{"state", required_argument, NULL, OPT_STATE},
	{"listen", required_argument, NULL, OPT_LISTEN},
	{"sip", required_argument, NULL, OPT_SIP},
	{"sips", required_argument, NULL, OPT_SIPS},
	{"mode", required_argument, NULL, OPT_MODE},
	{"no-answer", required_argument, NULL, OPT_NO_ANSWER},
	{"plain", no_argument, NULL, OPT_PLAIN},
	{"demo", no_argument, NULL, OPT_DEMO},
	{"quiet", no_argument, NULL, OPT_QUIET},
	{"desk-phones", no_argument, NULL, OPT_DESK},
	{"log", required_argument, NULL, OPT_LOG},
	{"foreground", no_argument, NULL, OPT_FOREGROUND},
	{"verbose", no_argument, NULL, OPT_VERBOSE},
	{"version", no_argument, NULL, OPT_VERSION},
	{"help", no_argument, NULL, OPT_HELP},
	{"dump-man", required_argument, NULL, OPT_DUMP_MAN},
	ADMIN_OPTIONS(OPT_ADMIN),
	{NULL, 0, NULL, 0},
};

static bool seconds(uint32_t *to, const char *text)
{
	char *end;
	unsigned long n = strtoul(text, &end, 10);

	*to = (uint32_t)n;
	return *text >= '0' && *text <= '9' && !*end && n >= 5 && n <= 3600;
}

static bool address(struct sa *sa, const char *text)
{
	/* sa_decode() takes a host without a port as well. */
	return strrchr(text, ':') && !sa_decode(sa, text, strlen(text));
}

static bool mode(struct options *o, const char *text)
{
	o->mode = !strcmp(text, "suite") ? FRONT_SUITE : FRONT_SMART;
	return !strcmp(text, "suite") || !strcmp(text, "smart");
}

/* @return -1 to go on, else the code to leave with */
static int option(struct options *o, int c)
{
	bool ok = true;

	switch (c) {
	case OPT_STATE:
		ok = !text_set(&o->state, optarg);
		break;
	case OPT_LISTEN:
		ok = address(&o->listen, optarg);
		break;
	case OPT_SIP:
		ok = address(&o->sip, optarg);
		break;
	case OPT_SIPS:
		ok = address(&o->sips, optarg);
		break;
	case OPT_MODE:
		ok = mode(o, optarg);
		break;
	case OPT_NO_ANSWER:
		ok = seconds(&o->no_answer_s, optarg);
		break;
	case OPT_DEMO:
		o->demo = true;
		break;
	case OPT_QUIET:
		o->quiet = true;
		break;
	case OPT_DESK:
		o->desk_phones = true;
		break;
	case OPT_PLAIN:
		o->plain = true;
		break;
	case OPT_LOG:
		o->log = optarg;
		break;
	case OPT_FOREGROUND:
		break;
	case OPT_VERBOSE:
		o->level = LOG_LEVEL_DEBUG;
		break;
	case OPT_VERSION:
		return version();
	case OPT_HELP:
		return help();
	case OPT_DUMP_MAN:
		return man_write(optarg, rows, admin_rows()) ? 1 : 0;
	default:
		ok = c >= OPT_ADMIN &&
		     admin_option(&o->admin, c - OPT_ADMIN, optarg);
	}
	if (!ok && c >= 256 && optarg)
		fprintf(stderr, "offhookd: not understood: %s\n", optarg);
	if (!ok)
		fputs("offhookd: see offhookd --help\n", stderr);
	return ok ? -1 : 2;
}

static int options_read(struct options *o, int argc, char **argv)
{
	int c, code = -1;

	o->level = LOG_LEVEL_INFO;
	sa_set_str(&o->listen, "127.0.0.1", PROTO_PORT);
	sa_set_str(&o->sip, "127.0.0.1", 5060);
	sa_init(&o->sips, AF_UNSPEC);
	while (code < 0 &&
	       (c = getopt_long(argc, argv, "", long_options, NULL)) != -1)
		code = option(o, c);
	if (code < 0)
		code = admin_arguments(&o->admin, argc - optind, argv + optind);
	if (code < 0 && !o->state)
		o->state = path_state("server");
	return code < 0 && !o->state ? 1 : code;
}

static void limits(void)
{
	struct rlimit lim;

	/* No secrets in a core dump, nor for who attaches. */
	lim.rlim_cur = lim.rlim_max = 0;
	setrlimit(RLIMIT_CORE, &lim);
	prctl(PR_SET_DUMPABLE, 0);
	if (!getrlimit(RLIMIT_NOFILE, &lim) && lim.rlim_cur < DESCRIPTORS) {
		lim.rlim_cur =
			lim.rlim_max < DESCRIPTORS ? lim.rlim_max : DESCRIPTORS;
		setrlimit(RLIMIT_NOFILE, &lim);
	}
}

/* One server for a state folder: the lock holds its id for SIGHUP. */
static int take_folder(const struct options *o, int *fdp)
{
	char *path = text_printf("%s/lock", o->state);
	int err = path ? path_make(o->state) : ENOMEM;

	if (!err)
		err = file_lock(path, fdp);
	free(path);
	if (err == EWOULDBLOCK)
		fprintf(stderr, "offhookd: another one runs in %s\n", o->state);
	else if (err)
		fprintf(stderr, "offhookd: %s: %s\n", o->state, strerror(err));
	if (!err && (ftruncate(*fdp, 0) || dprintf(*fdp, "%d\n", getpid()) < 0))
		log_warn("the lock does not hold our id");
	return err;
}

int main(int argc, char **argv)
{
	struct options o = {.mode = FRONT_SMART};
	int fd = -1, code, err = 0;

	setlocale(LC_ALL, "C.UTF-8");
	code = options_read(&o, argc, argv);
	if (code >= 0) {
		free(o.state);
		return code;
	}
	limits();
	log_to_fd(STDERR_FILENO, o.level);
	if (o.log)
		err = log_to_file(o.log, o.level);
	if (err)
		fprintf(stderr, "offhookd: %s: %s\n", o.log, strerror(err));
	if (!err)
		err = loop_init(LOOP_MANY);
	if (!err) {
		if (o.admin.command)
			err = admin_run(&o.admin, o.state);
		else
			err = take_folder(&o, &fd);
		if (!err && !o.admin.command)
			err = serve(&o);
		loop_close();
	}
	admin_clear(&o.admin);
	free(o.state);
	return err ? 1 : 0;
}
