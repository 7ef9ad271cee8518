/* Any bytes as the answer to any command: the model stays whole and clean. */
#include <assert.h>

#include "../unit/wsi_fixture.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void clean(const char *s)
{
	for (; s && *s; s++)
		assert((unsigned char)*s >= ' ' && *s != 0x7f);
}

static void read_all(struct session *s, const struct answer *a)
{
	wsi_contacts_read(s, a, NULL, NULL);
	wsi_server_param_read(s, a);
	wsi_presence_read(s, a);
	wsi_journal_read(s, a);
	wsi_favourites_read(s, a);
	wsi_calls_snapshot(s, a);
}

static void check(const struct fixture *f)
{
	for (size_t i = 0; i < uc_internal_count(f->uc); i++) {
		const struct uc_contact *c = uc_internal_at(f->uc, i);

		clean(c->name);
		clean(c->presence.note);
		assert(strlen(c->name) <= TEXT_LINE_MAX);
	}
	for (unsigned i = 0; i < f->told_count && i < FIXTURE_CALLS; i++) {
		clean(f->told[i].other);
		clean(f->told[i].other_name);
		assert(*f->told[i].call_id);
	}
}

/* The first byte chooses the command. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *body = (const char *)data + 1;
	struct wsi_login_answer login;
	enum proto_command c;
	struct fixture f;

	if (!size)
		return 0;
	size--;
	c = (enum proto_command)(1 + data[0] % (PROTO_COMMAND_COUNT - 1));
	/* Readers take what has a 0 behind it, as net gives it. */
	{
		char *copy = text_printf("%.*s", (int)size, body);

		if (!copy)
			return 0;
		size = strlen(copy);
		log_set_level(LOG_LEVEL_ERROR);
		fixture_open(&f, data[0] & 1 ? WSI_ADD_PRESENCE : 0);
		fixture_answer(&f, c, copy, size, read_all);
		fixture_answer(&f, c, copy, size, read_all);
		check(&f);
		fixture_close(&f);
		if (!wsi_login_read(&login, copy, size)) {
			clean(login.version);
			clean(login.name);
			clean(login.reason);
			assert(login.session || login.why != WSI_END_LOGOUT);
			wsi_login_reset(&login);
		}
		free(copy);
	}
	return 0;
}
