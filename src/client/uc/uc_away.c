/**
 * @file uc_away.c  Where one's calls go in each state, who learns of it, and
 * the answering box
 */
#include <stdlib.h>
#include "uc_int.h"

static const struct {
	const char *key, *word;
} visibilities[UC_VISIBLE_COUNT] = {
	[UC_VISIBLE_UNKNOWN] = {"", ""},
	[UC_VISIBLE_ALL] = {"all", N_("inside and outside")},
	[UC_VISIBLE_INSIDE] = {"inside", N_("inside only")},
	[UC_VISIBLE_NOBODY] = {"nobody", N_("nobody")},
};

const char *uc_visibility_key(enum uc_visibility v)
{
	return (unsigned)v < UC_VISIBLE_COUNT ? visibilities[v].key : "";
}

const char *uc_visibility_word(enum uc_visibility v)
{
	return (unsigned)v < UC_VISIBLE_COUNT && *visibilities[v].word
		       ? _(visibilities[v].word)
		       : "";
}

enum uc_visibility uc_visibility_find(const char *key)
{
	enum uc_visibility v = UC_VISIBLE_COUNT;

	while (--v > UC_VISIBLE_UNKNOWN)
		if (text_equal(visibilities[v].key, key))
			break;
	return v;
}

static void boxes_free(struct uc_box *boxes, size_t count)
{
	for (size_t i = 0; boxes && i < count; i++) {
		free(boxes[i].number);
		free(boxes[i].name);
	}
	free(boxes);
}

int uc_boxes_replace(struct uc *uc, const struct uc_box *boxes, size_t count)
{
	struct uc_box *copy = calloc(count + 1, sizeof(*copy));
	int err = copy ? 0 : ENOMEM;

	for (size_t i = 0; !err && i < count; i++) {
		uc_text(&copy[i].number, boxes[i].number, &err);
		uc_text(&copy[i].name, boxes[i].name, &err);
	}
	if (err) {
		boxes_free(copy, count);
		return err;
	}
	boxes_free(uc->account.boxes, uc->account.box_count);
	uc->account.boxes = copy;
	uc->account.box_count = count;
	return 0;
}

void uc_away_close(struct uc *uc)
{
	boxes_free(uc->account.boxes, uc->account.box_count);
	uc->account.boxes = NULL;
	uc->account.box_count = 0;
	free(uc->account.box.address);
	memset(&uc->account.box, 0, sizeof(uc->account.box));
}

void uc_away_clear(struct uc *uc)
{
	uc_away_close(uc);
	for (size_t i = 0; i < PROTO_PRESENCE_COUNT; i++)
		(void)text_set(&uc->account.away[i], "");
	uc->account.away_fixed = false;
	uc->account.visibility = UC_VISIBLE_UNKNOWN;
}

bool uc_away_known(const struct uc *uc)
{
	return !text_empty(uc->account.away[PROTO_OFFICE]);
}

const char *uc_my_mobile(const struct uc *uc)
{
	const struct uc_contact *me = uc_me(uc);

	for (size_t i = 0; me && i < me->number_count; i++)
		if (me->numbers[i].kind == UC_NUMBER_MOBILE)
			return me->numbers[i].number;
	return "";
}

char *uc_away_text(const struct uc *uc, const char *to)
{
	const struct uc_account *a = &uc->account;
	const char *mobile = uc_my_mobile(uc);
	const struct uc_contact *c;

	if (text_empty(to))
		return text_dup("");
	if (!strcmp(to, "here"))
		return text_dup(_("calls ring here"));
	if (!strcmp(to, "voicemail"))
		return text_dup(_("voicemail"));
	if (!strcmp(to, "mobile"))
		return *mobile ? text_printf(_("mobile %s"), mobile)
			       : text_dup(_("mobile"));
	for (size_t i = 0; i < a->box_count; i++)
		if (!strcmp(a->boxes[i].number, to))
			return text_printf(_("box %s %s"), a->boxes[i].name,
					   to);
	c = uc_contact_by_number(uc, to);
	return c && !text_empty(c->name) ? text_printf("%s %s", c->name, to)
					 : text_dup(to);
}
