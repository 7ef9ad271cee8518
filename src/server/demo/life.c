/**
 * @file life.c  What the colleagues do by themselves: a table of habits
 */
#include "demo_int.h"

struct habit_row {
	unsigned first_s, every_s, spread_s; /**< spread: up to so much more */
	void (*act)(struct demo *d, const struct habit_row *row);
	const char *who, *whom; /**< extensions; whom also a number */
	const char *caller;	/**< from outside: number that calls */
	unsigned ring_s, talk_s;
	const enum proto_presence *states; /**< 0 at their end */
};

struct habit {
	struct le le;
	struct demo *demo;
	const struct habit_row *row;
	struct tmr tmr;
};

/** Call, if both have nothing else to do and who calls is of ours. */
static void act_call(struct demo *d, const struct habit_row *row)
{
	struct agent *a = agent_find(d, row->who);
	struct feature_device device;
	int err;

	feature_device(d->features, row->whom, &device);
	if (device.lamp != FEATURE_LAMP_IDLE || !agent_is_idle(a) ||
	    agent_is_replaced(a))
		return;

	err = agent_call(a, row->whom, row->caller, row->ring_s, row->talk_s);
	if (err)
		log_info("%s cannot call %s: %s", row->who, row->whom,
			 strerror(err));
}

/** Go on to the next state of the row, unless that is the person's affair. */
static void act_presence(struct demo *d, const struct habit_row *row)
{
	const struct db_account *account = db_account(d->db, row->who);
	struct db_presence p = {.note = ""};
	size_t i = 0;

	if (!account || agent_is_replaced(agent_find(d, row->who)))
		return;

	while (row->states[i] && row->states[i] != account->presence.state)
		i++;
	p.state = row->states[i] ? row->states[i + 1] : PROTO_OFFICE;
	if (!p.state)
		p.state = row->states[0];
	if (p.state != PROTO_OFFICE)
		p.until_ms = time_wall_ms() + (10 + rand_u32() % 50) * 60000ll;

	feature_set_presence(d->features, row->who, &p, NULL, NULL);
}

static const enum proto_presence comes_and_goes[] = {
	PROTO_OFFICE, PROTO_MEETING, PROTO_PRESENCE_UNKNOWN};
static const enum proto_presence drinks_coffee[] = {PROTO_BREAK, PROTO_OFFICE,
						    PROTO_PRESENCE_UNKNOWN};
static const enum proto_presence eats[] = {PROTO_LUNCH, PROTO_OFFICE,
					   PROTO_PRESENCE_UNKNOWN};

static const struct habit_row habits[] = {
	{8, 40, 20, act_call, "206", "207", NULL, 20, 18, NULL},
	{20, 60, 30, act_call, "212", "213", NULL, 20, 25, NULL},
	{15, 70, 40, act_call, TRUNK, "211", "+442079460018", 20, 30, NULL},
	{30, 90, 60, act_call, TRUNK, "205", "+49305550100", 12, 0, NULL},
	{45, 180, 120, act_call, "203", "200", NULL, 25, 60, NULL},
	{150, 300, 200, act_call, TRUNK, "200", "+442079460018", 25, 60, NULL},
	{12, 50, 30, act_presence, "211", NULL, NULL, 0, 0, drinks_coffee},
	{25, 80, 60, act_presence, "203", NULL, NULL, 0, 0, comes_and_goes},
	{40, 120, 60, act_presence, "205", NULL, NULL, 0, 0, eats},
};

static void due(void *arg)
{
	struct habit *h = arg;
	const struct habit_row *row = h->row;

	tmr_start(&h->tmr,
		  (row->every_s + rand_u32() % (row->spread_s + 1)) * 1000ull,
		  due, h);
	row->act(h->demo, row);
}

static void destructor(void *arg)
{
	struct habit *h = arg;

	tmr_cancel(&h->tmr);
	list_unlink(&h->le);
}

int life_start(struct demo *d)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(habits); i++) {
		struct habit *h = mem_zalloc(sizeof(*h), destructor);

		if (!h)
			return ENOMEM;
		h->demo = d;
		h->row = &habits[i];
		tmr_init(&h->tmr);
		list_append(&d->habits, &h->le, h);
		tmr_start(&h->tmr, habits[i].first_s * 1000ull, due, h);
	}
	return 0;
}
