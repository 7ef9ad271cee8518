/**
 * @file presence_keep.c  What the presence dialog chooses and has carried out,
 *                        but for the state
 */
#include <stdlib.h>

#include "presence_int.h"

enum { CHOICES_MAX = 80 };

/* All that can be chosen in turn; a number that is one now is among them. */
static size_t choices(const struct presence *p, const char *choice[CHOICES_MAX])
{
	const struct uc *uc = screen_uc(p->v.screen);
	const struct uc_account *a = uc_account(uc);
	const char *is = presence_to(p, presence_chosen(p));
	const char *own =
		app_option_get(screen_app(p->v.screen), "voicemail_number");
	size_t n = 0, i;

	choice[n++] = "here";
	if (a->can & UC_CAN_VOICEMAIL || !text_empty(own))
		choice[n++] = "voicemail";
	if (*uc_my_mobile(uc))
		choice[n++] = "mobile";
	for (i = 0; i < a->box_count && n < CHOICES_MAX - 1; i++)
		choice[n++] = a->boxes[i].number;
	for (i = 0; i < n && !text_equal(choice[i], is); i++)
		;
	if (i == n && !text_empty(is))
		choice[n++] = is;
	return n;
}

void presence_choose_to(struct presence *p, int way)
{
	enum proto_presence state = presence_chosen(p);
	const char *choice[CHOICES_MAX], *is = presence_to(p, state);
	size_t n = choices(p, choice), i;
	char *chosen;

	if (!n)
		return;
	for (i = 0; i < n && !text_equal(choice[i], is); i++)
		;
	chosen = text_dup(choice[(i + n + (size_t)way) % n]);
	free(p->to[state]);
	p->to[state] = chosen;
	(void)field_set(&p->number, "");
}

void presence_choose_seen(struct presence *p, int way)
{
	int v = presence_seen(p) + way;

	if (v <= UC_VISIBLE_UNKNOWN)
		v = UC_VISIBLE_COUNT - 1;
	p->seen =
		v >= UC_VISIBLE_COUNT ? UC_VISIBLE_ALL : (enum uc_visibility)v;
}

static int keep_destinations(struct presence *p)
{
	struct tui_screen *s = p->v.screen;
	int err = 0;

	for (int i = PROTO_OFFICE; !err && i < PROTO_PRESENCE_COUNT; i++) {
		const char *is = uc_account(screen_uc(s))->away[i];

		if (!p->to[i])
			continue;
		if (!text_equal(p->to[i], is))
			err = keys_command(
				s, "forward-state",
				proto_presence_key((enum proto_presence)i),
				p->to[i]);
		if (err)
			break;
		free(p->to[i]);
		p->to[i] = NULL;
	}
	return err;
}

int presence_keep(struct presence *p)
{
	struct tui_screen *s = p->v.screen;
	const struct uc_account *a = uc_account(screen_uc(s));
	const char *number = p->call_me.text;
	int err = keep_destinations(p);

	if (!err && p->seen != UC_VISIBLE_UNKNOWN && p->seen != a->visibility)
		err = keys_command(s, "visibility", uc_visibility_key(p->seen));
	if (!err && p->call_me_touched && !text_equal(number, a->call_me))
		err = keys_command(s, "callme",
				   text_empty(number) ? "off" : number);
	if (!err) {
		p->seen = UC_VISIBLE_UNKNOWN;
		p->call_me_touched = false;
		(void)field_set(&p->number, "");
	}
	return err;
}
