/**
 * @file device.c  Devices: extensions with their phones and connections
 */
#include "switch_int.h"

static void destructor(void *arg)
{
	struct device *d = arg;

	hash_unlink(&d->he);
	list_flush(&d->phones);
	mem_deref(d->number);
}

static bool same_number(struct le *le, void *arg)
{
	const struct device *d = le->data;

	return !strcmp(d->number, arg);
}

struct device *device_find(const struct pbx *p, const char *number)
{
	if (!number)
		return NULL;

	return list_ledata(hash_lookup(p->devices, hash_joaat_str(number),
				       same_number, (void *)number));
}

const char *device_line(const struct pbx *p, const char *user)
{
	const char *line =
		user && p->hooks.line ? p->hooks.line(user, p->arg) : NULL;

	return line ? line : user;
}

int device_get(struct device **dp, struct pbx *p, const char *number)
{
	struct device *d = device_find(p, number);
	int err;

	if (d) {
		*dp = d;
		return 0;
	}

	d = mem_zalloc(sizeof(*d), destructor);
	if (!d)
		return ENOMEM;

	err = str_dup(&d->number, number);
	if (err) {
		mem_deref(d);
		return err;
	}

	d->pbx = p;
	hash_append(p->devices, hash_joaat_str(number), &d->he, d);
	*dp = d;
	return 0;
}

bool device_reachable(const struct device *d)
{
	return d && !list_isempty(&d->phones);
}

void device_tidy(struct device *d)
{
	if (d && list_isempty(&d->phones) && list_isempty(&d->parties))
		mem_deref(d);
}

bool device_is_full(const struct device *d)
{
	return d && list_count(&d->parties) >= DEVICE_CALLS_MAX;
}

static struct call *call_of(const struct device *d)
{
	struct le *le;

	for (le = d ? list_head(&d->parties) : NULL; le; le = le->next) {
		const struct party *party = le->data;

		if (!party->call->over)
			return party->call;
	}
	return NULL;
}

void device_end_calls(struct pbx *p, const char *number)
{
	struct call *c;

	/* the end of one is told, and may end others */
	while ((c = call_of(device_find(p, number))))
		call_end(c, PBX_CAUSE_NORMAL);
}

bool pbx_reachable(const struct pbx *p, const char *device)
{
	return p && device_reachable(device_find(p, device_line(p, device)));
}

unsigned pbx_phone_count(const struct pbx *p, const char *device)
{
	const struct device *d =
		p ? device_find(p, device_line(p, device)) : NULL;

	return d ? list_count(&d->phones) : 0;
}
