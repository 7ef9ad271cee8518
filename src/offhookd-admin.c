/**
 * @file offhookd-admin.c  Accounts and settings from the command line
 */
#include "offhookd-admin.h"

#include <signal.h>
#include <stdlib.h>
#include <termios.h>
#include <unistd.h>

#include <offhook/base.h>
#include <offhook/server/db.h>

#define LOG_MODULE "offhookd"

enum { PASSWORD_MAX = 128 };

/** A run of one command. */
struct run {
	const struct admin *admin;
	struct db *db;
	char *password;
	int err;
	bool explained; /**< the error, by the command itself */
};

struct admin_command {
	void (*run)(struct run *r);
	bool password; /**< one is read first */
	bool changes;
	int values; /**< words behind the option's; -1: 0 or 1 */
};

static void finished(int err, void *arg)
{
	struct run *r = arg;

	r->err = err;
	loop_stop();
}

/* ---- the commands ------------------------------------------------------ */

/* "Emma Nutt": the last word is the last name. */
static void add_user(struct run *r)
{
	const char *name = r->admin->value ? r->admin->value : "";
	const char *blank = strrchr(name, ' ');
	char *first =
		blank ? strndup(name, (size_t)(blank - name)) : strdup("");
	const struct db_account_prm prm = {
		.extension = r->admin->subject,
		.first = first,
		.last = blank ? blank + 1 : name,
		.password = text_empty(r->password) ? NULL : r->password,
		.licensed = -1,
		.must_change = -1,
		.can = -1,
	};

	db_account_add(r->db, &prm, finished, r);
	free(first);
}

static void add_trunk(struct run *r)
{
	const struct db_account_prm prm = {
		.extension = r->admin->subject,
		.last = r->admin->value,
		.licensed = -1,
		.must_change = -1,
		.can = -1,
		.trunk = true,
	};

	db_account_add(r->db, &prm, finished, r);
}

/* A box of a group, or of the house: see DB_CAN_BOX. */
static void add_box(struct run *r)
{
	const struct db_account_prm prm = {
		.extension = r->admin->subject,
		.last = r->admin->value,
		.licensed = 0,
		.must_change = -1,
		.can = DB_CAN_BOX,
		.trunk = true,
	};

	db_account_add(r->db, &prm, finished, r);
}

static bool is_person(const struct run *r, const char *extension)
{
	const struct db_account *a = db_account(r->db, extension);

	return a && !a->trunk;
}

/* Where its calls go while its user is absent: in Suite, where he cannot
   choose it. */
static void away(struct run *r)
{
	const char *to = r->admin->value;
	bool word = !to || !strcmp(to, "here") || !strcmp(to, "voicemail") ||
		    !strcmp(to, "mobile");
	char *number = word ? text_dup(to) : proto_number_normalise(to);

	if (!is_person(r, r->admin->subject))
		finished(ENOENT, r);
	else if (!number || text_equal(number, r->admin->subject))
		finished(EINVAL, r);
	else
		db_setting_set(r->db, r->admin->subject, "away",
			       to ? number : NULL, finished, r);
	free(number);
}

static void back(struct run *r)
{
	const char *value = r->admin->value;

	if (strcmp(value, "on") != 0 && strcmp(value, "off") != 0)
		finished(EINVAL, r);
	else if (!is_person(r, r->admin->subject))
		finished(ENOENT, r);
	else
		db_setting_set(r->db, r->admin->subject, "back", value,
			       finished, r);
}

static void change(struct run *r, const char *password, int licensed)
{
	const struct db_account_prm prm = {
		.extension = r->admin->subject,
		.password = password,
		.licensed = licensed,
		.must_change = -1,
		.can = -1,
	};

	db_account_change(r->db, &prm, finished, r);
}

static void set_password(struct run *r)
{
	change(r, r->password, -1);
}

static void licence(struct run *r)
{
	bool on = text_equal(r->admin->value, "on");

	if (!on && !text_equal(r->admin->value, "off"))
		finished(EINVAL, r);
	else
		change(r, NULL, on);
}

/* With what that bit stands for, or without. */
static void ability(struct run *r, enum db_can bit)
{
	const struct db_account *a = db_account(r->db, r->admin->subject);
	bool on = text_equal(r->admin->value, "on");
	const struct db_account_prm prm = {
		.extension = r->admin->subject,
		.licensed = -1,
		.must_change = -1,
		.can = !a   ? (int64_t)-1
		       : on ? a->can | bit
			    : a->can & ~(uint32_t)bit,
	};

	if (!on && !text_equal(r->admin->value, "off"))
		finished(EINVAL, r);
	else if (!a || a->trunk)
		finished(ENOENT, r);
	else
		db_account_change(r->db, &prm, finished, r);
}

static void voicemail(struct run *r)
{
	ability(r, DB_CAN_VOICEMAIL);
}

static void messages(struct run *r)
{
	ability(r, DB_CAN_MESSAGES);
}

/* May its messages be sent by e-mail, or where to. */
static void mail(struct run *r)
{
	const struct db_account *a = db_account(r->db, r->admin->subject);
	const char *value = r->admin->value;
	bool on = text_equal(value, "on"), off = text_equal(value, "off");
	struct db_account_prm prm = {
		.extension = r->admin->subject,
		.licensed = -1,
		.must_change = -1,
		.can = -1,
	};

	if (!a || (a->trunk && !(a->can & DB_CAN_BOX))) {
		finished(ENOENT, r);
		return;
	}
	if (on)
		prm.can = a->can & ~(uint32_t)DB_CAN_NO_MAIL;
	else if (off)
		prm.can = a->can | DB_CAN_NO_MAIL;
	else
		prm.email = value;
	if (!on && !off && !strchr(value, '@'))
		finished(EINVAL, r);
	else
		db_account_change(r->db, &prm, finished, r);
}

/* What its answering box speaks. */
static void language(struct run *r)
{
	const char *value = r->admin->value;

	if (value && strcmp(value, "en") != 0 && strcmp(value, "de") != 0 &&
	    strcmp(value, "fr") != 0)
		finished(EINVAL, r);
	else if (!db_account(r->db, r->admin->subject))
		finished(ENOENT, r);
	else
		db_setting_set(r->db, r->admin->subject, "language", value,
			       finished, r);
}

static void remove_user(struct run *r)
{
	db_account_remove(r->db, r->admin->subject, finished, r);
}

static void lock(struct run *r)
{
	db_account_lock(r->db, r->admin->subject, true, finished, r);
}

static void unlock(struct run *r)
{
	db_account_lock(r->db, r->admin->subject, false, finished, r);
}

static void list_users(struct run *r)
{
	for (size_t i = 0; i < db_account_count(r->db); i++) {
		const struct db_account *a = db_account_at(r->db, i);

		printf("%s\t%s%s%s%s\n", a->extension, a->name,
		       !a->trunk	     ? ""
		       : a->can & DB_CAN_BOX ? "\tbox"
					     : "\ttrunk",
		       a->locked ? "\tlocked" : "",
		       a->licensed ? "" : "\tno licence");
	}
	finished(0, r);
}

static void sip_password(struct run *r)
{
	char password[DB_SIP_PASSWORD_SIZE];

	db_sip_password(r->db, r->admin->subject, password);
	if (*password)
		puts(password);
	finished(*password ? 0 : ENOENT, r);
	explicit_bzero(password, sizeof(password));
}

static void setting_finished(int err, void *arg)
{
	struct run *r = arg;

	r->explained = err == EINVAL;
	if (r->explained)
		fputs("offhookd: country, area, location, access, national and "
		      "international are of digits, extension_max is a number "
		      "up to 15, group.NUMBER is \"all; SECONDS; NAME; "
		      "EXTENSION…\" or \"turn; …\", collaboration is a "
		      "host or an https link, voicemail is a number that "
		      "nobody has, voicemail_s, voicemail_max_s, "
		      "voicemail_messages, voicemail_days, callme_s, "
		      "smtp_port, "
		      "mail_retry_s, mail_tries, messages_waiting and "
		      "contacts_max are numbers of at least 1, "
		      "contact_pictures_max may be 0, messages is "
		      "one of at least 100, language is en, de or fr, "
		      "smtp_security is starttls, tls or none, the other smtp "
		      "settings are words\n",
		      stderr);
	finished(err, r);
}

static void set(struct run *r)
{
	db_setting_set(r->db, "", r->admin->subject, r->admin->value,
		       setting_finished, r);
}

/* One of several phones of an extension. */
static void line(struct run *r)
{
	if (r->admin->value && !db_account(r->db, r->admin->value))
		finished(ENOENT, r);
	else
		db_setting_set(r->db, r->admin->subject, "line",
			       r->admin->value, finished, r);
}

static void mobility(struct run *r)
{
	char *number = proto_number_normalise(r->admin->value);

	if (r->admin->value && !number)
		finished(EINVAL, r);
	else
		db_setting_set(r->db, r->admin->subject, "mobility", number,
			       finished, r);
	free(number);
}

static void import_finished(int err, const struct db_import *r, void *arg)
{
	struct run *run = arg;

	for (size_t i = 0; i < r->skipped_count; i++)
		printf("line %zu: left out: %s\n", r->skipped[i].line,
		       r->skipped[i].reason);
	if (!err)
		printf("%zu added, %zu left out\n", r->added, r->skipped_count);
	if (err && *r->problem)
		fprintf(stderr, "offhookd: %s: line %zu: %s; nothing added\n",
			run->admin->value, r->line, r->problem);
	else if (err)
		fprintf(stderr, "offhookd: %s: %s\n", run->admin->value,
			strerror(err));
	run->explained = err != 0;
	finished(err, run);
}

static void import(struct run *r)
{
	static const struct {
		const char *name;
		enum db_directory directory;
	} names[] = {
		{"system", DB_SYSTEM},
		{"global", DB_GLOBAL},
		{"external", DB_EXTERNAL},
	};

	for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		if (!text_equal(names[i].name, r->admin->subject))
			continue;
		db_import(r->db, names[i].directory, r->admin->value,
			  import_finished, r);
		return;
	}
	fputs(text_equal(r->admin->subject, "internal")
		      ? "offhookd: the internal directory is the accounts: see "
			"--add-user\n"
		      : "offhookd: a directory is system, global or external\n",
	      stderr);
	r->explained = true;
	finished(EINVAL, r);
}

static const struct admin_command commands[ADMIN_COUNT] = {
	[ADMIN_ADD_USER] = {add_user, true, true, 1},
	[ADMIN_SET_PASSWORD] = {set_password, true, true, 0},
	[ADMIN_REMOVE_USER] = {remove_user, false, true, 0},
	[ADMIN_LOCK] = {lock, false, true, 0},
	[ADMIN_UNLOCK] = {unlock, false, true, 0},
	[ADMIN_LICENCE] = {licence, false, true, 1},
	[ADMIN_LIST_USERS] = {list_users, false, false, 0},
	[ADMIN_ADD_TRUNK] = {add_trunk, false, true, 1},
	[ADMIN_SIP_PASSWORD] = {sip_password, false, false, 0},
	[ADMIN_IMPORT] = {import, false, true, 1},
	[ADMIN_SET] = {set, false, true, -1},
	[ADMIN_LINE] = {line, false, true, -1},
	[ADMIN_MOBILITY] = {mobility, false, true, -1},
	[ADMIN_VOICEMAIL] = {voicemail, false, true, 1},
	[ADMIN_MAIL] = {mail, false, true, 1},
	[ADMIN_LANGUAGE] = {language, false, true, -1},
	[ADMIN_ADD_BOX] = {add_box, false, true, 1},
	[ADMIN_AWAY] = {away, false, true, -1},
	[ADMIN_BACK] = {back, false, true, 1},
	[ADMIN_MESSAGES] = {messages, false, true, 1},
};

static const struct man_option rows[] = {
	[ADMIN_ADD_USER] = {"add-user", "EXTENSION \"FIRST LAST\"",
			    "a new account; asks for its password"},
	[ADMIN_SET_PASSWORD] = {"set-password", "EXTENSION",
				"another password, which ends its sessions; "
				"asks for it"},
	[ADMIN_REMOVE_USER] = {"remove-user", "EXTENSION",
			       "an account goes, and all that is kept for it"},
	[ADMIN_LOCK] = {"lock", "EXTENSION", "nobody can log in to it"},
	[ADMIN_UNLOCK] = {"unlock", "EXTENSION",
			  "one can again, also after five wrong passwords"},
	[ADMIN_LICENCE] = {"licence", "EXTENSION on|off",
			   "may it use the server"},
	[ADMIN_LIST_USERS] = {"list-users", NULL, "all accounts"},
	[ADMIN_ADD_TRUNK] = {"add-trunk", "WORD NAME",
			     "the account of an outside line"},
	[ADMIN_SIP_PASSWORD] = {"sip-password", "EXTENSION",
				"for a phone that is set up by hand"},
	[ADMIN_IMPORT] = {"import", "DIRECTORY FILE.csv",
			  "into the directory system, global or external; "
			  "UTF-8; its first line names the columns: first last "
			  "company department email business business2 mobile "
			  "private"},
	[ADMIN_SET] = {"set", "NAME [VALUE]",
		       "country, area, location, access, national, "
		       "international or extension_max, by which numbers are "
		       "read; group.NUMBER, a number of several people, as "
		       "\"all; 20; Exchange; 201 202\": all ring, or with turn "
		       "one after the other, each for so many seconds; "
		       "collaboration, the address of the service where those "
		       "in a call look at a page, as \"meet.example\" (port "
		       "5100) or \"https://meet.example/{session}\"; "
		       "voicemail, the number of the answering boxes (71; "
		       "empty: there are none), voicemail_s, after how many "
		       "seconds they answer (20), voicemail_max_s, the longest "
		       "message (180), voicemail_messages, the most in one "
		       "(100), voicemail_days, how long after it was heard "
		       "one is kept (30), language, what they speak (en, de "
		       "or fr); smtp_host, smtp_port (587), smtp_security "
		       "(starttls, tls or none), smtp_user, "
		       "smtp_password_file, smtp_ca and smtp_from, by which "
		       "new messages are sent as e-mail, mail_retry_s, after "
		       "how many seconds that is tried again (60, then "
		       "longer), mail_tries, how often (12); "
		       "callme_s, how many seconds a CallMe phone rings (60); "
		       "messages, how many instant messages are kept for each "
		       "account (5000), messages_waiting, how many may wait "
		       "for somebody who is away (1000), contacts_max, the "
		       "most personal contacts of an account (10000), "
		       "contact_pictures_max, how many of them may have a "
		       "picture (2000); "
		       "without a value: as at first"},
	[ADMIN_LINE] = {"line", "PHONE [EXTENSION]",
			"that account's phone is one of several of the "
			"extension: they ring together, and call with its "
			"number; without it: its own again"},
	[ADMIN_MOBILITY] = {"mobility", "EXTENSION [NUMBER]",
			    "a mobile phone rings with the extension's own; "
			    "without a number: not any more"},
	[ADMIN_VOICEMAIL] = {"voicemail", "EXTENSION on|off",
			     "has it an answering box (at first: yes)"},
	[ADMIN_MAIL] = {"mail", "EXTENSION on|off|ADDRESS",
			"may its messages be sent by e-mail (at first: yes); "
			"its address. A box of several sends all it gets, and "
			"keeps none"},
	[ADMIN_LANGUAGE] = {"language", "EXTENSION [en|de|fr]",
			    "what that speaks; without it: what all speak"},
	[ADMIN_ADD_BOX] = {"add-box", "NUMBER NAME",
			   "a box of several people, where calls go of those "
			   "who have none of their own, if they choose that"},
	[ADMIN_AWAY] = {"away", "EXTENSION [here|voicemail|mobile|NUMBER]",
			"where its calls go while its user is absent, in mode "
			"suite, where that is nothing to be chosen; without "
			"it: to its own box, where there is one"},
	[ADMIN_BACK] = {"back", "EXTENSION on|off",
			"in mode suite: is it back in Office by itself at its "
			"return time (at first: no)"},
	[ADMIN_MESSAGES] = {"messages", "EXTENSION on|off",
			    "has it instant messages (at first: yes)"},
	[ADMIN_PASSWORD_FILE] = {"password-file", "FILE",
				 "beside one of these: the password from "
				 "there, not from standard input"},
	[ADMIN_COUNT] = {NULL, NULL, NULL},
};

const struct man_option *admin_rows(void)
{
	return rows;
}

/* ---- the command line -------------------------------------------------- */

bool admin_option(struct admin *a, int which, const char *arg)
{
	if (which == ADMIN_PASSWORD_FILE) {
		a->password_file = arg;
		return true;
	}
	if (which < 0 || which >= ADMIN_COUNT || a->command)
		return false;
	a->command = &commands[which];
	a->subject = arg;
	return true;
}

int admin_arguments(struct admin *a, int argc, char **argv)
{
	int values = a->command ? a->command->values : 0;

	if (values < 0 ? argc > 1 : argc != values) {
		if (a->command)
			fprintf(stderr, "offhookd: usage: --%s %s\n",
				rows[a->command - commands].name,
				rows[a->command - commands].arg
					? rows[a->command - commands].arg
					: "");
		else
			fputs("offhookd: options only; see --help\n", stderr);
		return 2;
	}
	a->value = argc ? argv[0] : NULL;
	return -1;
}

void admin_clear(struct admin *a)
{
	*a = (struct admin){NULL, NULL, NULL, NULL};
}

/* ---- a password -------------------------------------------------------- */

/* The first line of what is given; nobody sees it being typed. */
static int read_password(const struct admin *a, char **passwordp)
{
	FILE *f = a->password_file ? fopen(a->password_file, "re") : stdin;
	struct termios old, quiet;
	bool tty = f && isatty(fileno(f)) && !tcgetattr(fileno(f), &old);
	char *line = NULL;
	size_t size = 0;

	if (!f) {
		int err = errno;

		fprintf(stderr, "offhookd: %s: %s\n", a->password_file,
			strerror(err));
		return err;
	}
	if (tty) {
		quiet = old;
		quiet.c_lflag &= ~(tcflag_t)ECHO;
		fputs("Password: ", stderr);
		tcsetattr(fileno(f), TCSAFLUSH, &quiet);
	}
	if (getline(&line, &size, f) < 0) {
		free(line);
		line = strdup("");
	}
	if (tty) {
		tcsetattr(fileno(f), TCSAFLUSH, &old);
		fputs("\n", stderr);
	}
	if (f != stdin)
		fclose(f);
	if (line)
		line[strcspn(line, "\r\n")] = 0;
	if (line && strlen(line) > PASSWORD_MAX) {
		fprintf(stderr, "offhookd: a password has at most %d bytes\n",
			PASSWORD_MAX);
		free(line);
		return EINVAL;
	}
	*passwordp = line;
	return line ? 0 : ENOMEM;
}

/* ---- the run ----------------------------------------------------------- */

/* A server that runs on this state has the lock, and its id in it. */
static void tell_server(const char *path)
{
	char *text = NULL;
	size_t len;
	int fd;
	long pid;

	if (file_lock(path, &fd) == 0) {
		close(fd);
		return;
	}
	if (file_read(path, 32, &text, &len))
		return;
	pid = strtol(text, NULL, 10);
	free(text);
	if (pid > 1 && kill((pid_t)pid, SIGHUP))
		fprintf(stderr,
			"offhookd: the running server was not told: %s\n",
			strerror(errno));
}

static const char *error_text(int err)
{
	static const struct {
		int err;
		const char *text;
	} texts[] = {
		{ENOENT, "there is no such account"},
		{EEXIST, "there is one already"},
		{EINVAL, "that may not be (an extension has 1 to 8 digits)"},
	};

	for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
		if (texts[i].err == err)
			return texts[i].text;
	return strerror(err);
}

int admin_run(struct admin *a, const char *state)
{
	struct run r = {.admin = a, .err = EINPROGRESS};
	char *path = text_printf("%s/lock", state);
	int err = path ? 0 : ENOMEM;

	if (!err && a->command->password)
		err = read_password(a, &r.password);
	if (!err)
		err = db_alloc(&r.db, state);
	if (!err) {
		a->command->run(&r);
		/* It may have finished before the loop began. */
		if (r.err == EINPROGRESS)
			loop_run();
		err = r.err;
	}
	if (err && !r.explained)
		fprintf(stderr, "offhookd: %s: %s\n",
			a->subject ? a->subject : state, error_text(err));
	mem_deref(r.db);
	if (!err && a->command->changes)
		tell_server(path);
	if (r.password)
		explicit_bzero(r.password, strlen(r.password));
	free(r.password);
	free(path);
	return err;
}
