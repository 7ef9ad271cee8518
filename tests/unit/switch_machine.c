/**
 * @file switch_machine.c  The switch itself answers, plays and records
 *
 * What counts is what the caller hears, what stands in the file afterwards,
 * what is told, and that nothing is left of it however it ends.
 */
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>
#include "switch_office.h"

enum { HZ = 1700, SECOND = 2300, CLIP_RATE = 16000 };

static struct {
	struct pbx_machine *m;
	unsigned begun, played, digits, stopped, broken, over, recorded;
	char digit, caller[16];
	char path[64];
	struct pbx_record_prm record;
	struct pbx_recorded last;
	bool hangs_up; /* once all was played */
	bool speaks_on;
} box;

static struct media_clip *tone(double hz, size_t ms)
{
	size_t n = ms * CLIP_RATE / 1000;
	struct media_clip *c;
	double phase = 0;

	assert_int_equal(media_clip_alloc(&c, CLIP_RATE, NULL, n), 0);
	media_sine(c->samples, n, CLIP_RATE, hz, -12, &phase);
	return c;
}

static void recorded(const struct pbx_recorded *r, void *arg)
{
	(void)arg;
	box.recorded++;
	box.last = *r;
}

static void speak(struct pbx_machine *m)
{
	struct media_clip *clips[] = {tone(HZ, 600), tone(SECOND, 600)};

	assert_int_equal(pbx_machine_play(m, clips, 2), 0);
	mem_deref(clips[0]);
	mem_deref(clips[1]);
}

static void happens(struct pbx_machine *m, enum pbx_machine_event ev,
		    struct office *o)
{
	struct pbx_caller caller;
	const char *name;
	(void)o;

	switch (ev) {
	case PBX_MACHINE_BEGUN:
		box.begun++;
		box.m = m;
		assert_string_equal(pbx_machine_name(m), "box");
		pbx_machine_caller(m, &caller, &name);
		snprintf(box.caller, sizeof(box.caller), "%s", caller.number);
		pbx_machine_set_data(m, &box);
		speak(m);
		break;
	case PBX_MACHINE_PLAYED:
		box.played++;
		if (box.hangs_up)
			pbx_machine_hang_up(m);
		else if (box.speaks_on)
			speak(m);
		else
			assert_int_equal(pbx_machine_record(m, &box.record,
							    recorded, &box),
					 0);
		break;
	case PBX_MACHINE_DIGIT:
		box.digits++;
		box.digit = pbx_machine_digit(m);
		break;
	case PBX_MACHINE_STOPPED:
		box.stopped++;
		break;
	case PBX_MACHINE_BROKEN:
		box.broken++;
		break;
	case PBX_MACHINE_OVER:
		assert_ptr_equal(pbx_machine_data(m), &box);
		box.over++;
		box.m = NULL;
		break;
	}
}

static void open_box(struct office *o, unsigned phones)
{
	static const char *const numbers[] = {"200", "201", "202"};

	memset(&box, 0, sizeof(box));
	snprintf(box.path, sizeof(box.path), "/tmp/switch-machine-%d.wav",
		 (int)getpid());
	unlink(box.path);
	box.record.path = box.path;
	box.record.max_s = 60;
	o->machine = happens;
	for (unsigned i = 0; i < phones; i++)
		desk_open(o, i, numbers[i]);
}

static bool hears_first(void *arg)
{
	return heard_share(&((struct office *)arg)->desk[0], HZ) > 0.8;
}

static bool hears_second(void *arg)
{
	return heard_share(&((struct office *)arg)->desk[0], SECOND) > 0.8;
}

static bool all_is_over(void *arg)
{
	struct office *o = arg;

	return pbx_call_count(o->pbx) == 0 && !o->desk[0].leg;
}

static bool is_recorded(void *arg)
{
	(void)arg;
	return box.recorded > 0;
}

/** So much of what is said is in the file already. */
static bool file_grows(void *arg)
{
	struct stat st;

	return !stat(box.path, &st) && st.st_size > *(int *)arg;
}

static double share_in_file(double hz, uint32_t *msp)
{
	struct media_clip *c;
	double share;

	assert_int_equal(media_wav_load(&c, box.path), 0);
	assert_int_equal(c->rate, 8000);
	*msp = (uint32_t)(c->n / 8);
	/* in the middle, whatever the beginning was */
	share = media_tone_share(c->samples + c->n / 4, c->n / 2, c->rate, hz);
	mem_deref(c);
	return share;
}

static void a_message_is_recorded(void **state)
{
	struct office *o = *state;
	int enough = 8000 * 2;
	struct stat st;
	uint32_t ms;

	open_box(o, 1);
	desk_call(&o->desk[0], "295");
	assert_true(until(hears_first, o));
	assert_true(until(hears_second, o));
	assert_int_equal(box.begun, 1);
	assert_string_equal(box.caller, "200");
	assert_true(until(file_grows, &enough));
	hang_up(&o->desk[0]);
	assert_true(until(is_recorded, o));
	assert_int_equal(box.last.err, 0);
	assert_true(share_in_file(o->desk[0].hz, &ms) > 0.8);
	assert_int_equal(ms, box.last.ms);
	assert_true(ms >= 1000);
	assert_true(box.last.voice_ms > ms / 2);
	assert_int_equal(stat(box.path, &st), 0);
	assert_int_equal(st.st_mode & 07777, 0600);
	assert_int_equal(box.over, 1);
	assert_int_equal(box.stopped, 0);
	assert_true(until(all_is_over, o));
	unlink(box.path);
}

static void it_is_told_as_a_device_that_answers(void **state)
{
	struct office *o = *state;

	open_box(o, 1);
	desk_call(&o->desk[0], "295");
	assert_true(until(hears_first, o));
	assert_int_equal(count(o, PBX_ORIGINATED, "200"), 1);
	assert_int_equal(count(o, PBX_DELIVERED, "71"), 1);
	assert_int_equal(count(o, PBX_ESTABLISHED, "71"), 1);
	assert_string_equal(last(o, PBX_ESTABLISHED)->peer, "200");
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "200"), 1);
	assert_int_equal(count(o, PBX_CONNECTION_CLEARED, "71"), 1);
	assert_string_equal(last(o, PBX_CONNECTION_CLEARED)->peer_name,
			    "Answering");
	/* nobody spoke */
	assert_int_equal(box.recorded, 0);
	assert_int_equal(box.over, 1);
}

static void nobody_answers_and_it_does(void **state)
{
	struct office *o = *state;

	open_box(o, 2);
	desk_call(&o->desk[0], "297");
	assert_true(until(hears_first, o));
	assert_int_equal(count(o, PBX_DELIVERED, "201"), 1);
	assert_int_equal(count(o, PBX_DIVERTED, "201"), 1);
	assert_int_equal(last(o, PBX_DIVERTED)->cause, PBX_CAUSE_NO_ANSWER);
	assert_int_equal(count(o, PBX_ESTABLISHED, "71"), 1);
	assert_null(o->desk[1].leg);
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
}

static void a_busy_phone_leads_there_at_once(void **state)
{
	struct office *o = *state;

	open_box(o, 2);
	o->desk[1].rejects = true;
	desk_call(&o->desk[0], "297");
	assert_true(until(hears_first, o));
	/* it was called, though it has not rung */
	assert_int_equal(count(o, PBX_DIVERTED, "201"), 1);
	assert_int_equal(last(o, PBX_DIVERTED)->cause, PBX_CAUSE_BUSY);
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
}

static void no_phone_leads_there_at_once(void **state)
{
	struct office *o = *state;

	open_box(o, 1);
	desk_call(&o->desk[0], "297");
	assert_true(until(hears_first, o));
	assert_int_equal(count(o, PBX_DIVERTED, "201"), 1);
	assert_int_equal(last(o, PBX_DIVERTED)->cause, PBX_CAUSE_UNREACHABLE);
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
}

static void a_ringing_call_is_sent_there(void **state)
{
	struct office *o = *state;

	open_box(o, 2);
	desk_call(&o->desk[0], "201");
	assert_true(until(rings, o));
	assert_int_equal(
		pbx_deflect(o->pbx, "201", last(o, PBX_DELIVERED)->call, "295"),
		0);
	assert_string_equal(o->left, "201");
	assert_true(until(hears_second, o));
	/* once, by who sent it */
	assert_int_equal(count(o, PBX_DIVERTED, "201"), 1);
	assert_int_equal(last(o, PBX_DIVERTED)->cause, PBX_CAUSE_FORWARDED);
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
}

static bool has_a_digit(void *arg)
{
	(void)arg;
	return box.digits > 0;
}

/** By a phone that has keys. */
static void call_with_keys(struct desk *d, const char *number)
{
	struct sip_leg_prm prm = {.to_uri = number, .account = d->account};
	struct list formats = LIST_INIT;

	assert_int_equal(media_formats_ours(&formats, NULL), 0);
	assert_int_equal(media_formats_events(&formats), 0);
	prm.media.formats = &formats;
	assert_int_equal(sip_leg_connect(&d->leg, d->stack, &prm, leg_event, d),
			 0);
	list_flush(&formats);
}

static void digits_are_heard(void **state)
{
	struct office *o = *state;

	open_box(o, 1);
	box.speaks_on = true;
	call_with_keys(&o->desk[0], "295");
	assert_true(until(hears_first, o));
	assert_int_equal(
		media_stream_send_digit(sip_leg_stream(o->desk[0].leg), '7', 0),
		0);
	assert_true(until(has_a_digit, o));
	assert_int_equal(box.digit, '7');
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
}

static void it_hangs_up(void **state)
{
	struct office *o = *state;

	open_box(o, 1);
	box.hangs_up = true;
	desk_call(&o->desk[0], "295");
	assert_true(until(hears_second, o));
	assert_true(until(all_is_over, o));
	assert_int_equal(box.over, 1);
	assert_int_equal(o->desk[0].closed, 1);
}

static void who_says_nothing_is_not_recorded_for_ever(void **state)
{
	struct office *o = *state;

	open_box(o, 1);
	box.record.silence_s = 1;
	o->desk[0].audio.read = NULL;
	desk_call(&o->desk[0], "295");
	assert_true(until(is_recorded, o));
	assert_int_equal(box.stopped, 1);
	assert_int_equal(box.last.err, 0);
	assert_int_equal(box.last.voice_ms, 0);
	/* the call goes on until it is ended */
	assert_int_equal(box.over, 0);
	assert_int_equal(pbx_call_count(o->pbx), 1);
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
	unlink(box.path);
}

static void nor_who_does_not_stop(void **state)
{
	struct office *o = *state;
	uint32_t ms;

	open_box(o, 1);
	box.record.max_s = 1;
	desk_call(&o->desk[0], "295");
	assert_true(until(is_recorded, o));
	assert_int_equal(box.stopped, 1);
	assert_true(share_in_file(o->desk[0].hz, &ms) > 0.8);
	assert_int_equal(ms, 1000);
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
	unlink(box.path);
}

static void a_folder_that_is_not_there(void **state)
{
	struct office *o = *state;

	open_box(o, 1);
	box.record.path = "/tmp/no/such/folder/message.wav";
	desk_call(&o->desk[0], "295");
	assert_true(until(is_recorded, o));
	assert_int_equal(box.last.err, ENOENT);
	assert_int_equal(box.stopped, 0);
	assert_int_equal(box.broken, 1);
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
}

static void a_disk_that_is_full(void **state)
{
	struct office *o = *state;
	struct rlimit was, little;

	open_box(o, 1);
	signal(SIGXFSZ, SIG_IGN);
	assert_int_equal(getrlimit(RLIMIT_FSIZE, &was), 0);
	little = was;
	little.rlim_cur = 12000;
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &little), 0);
	desk_call(&o->desk[0], "295");
	assert_true(until(is_recorded, o));
	assert_int_equal(setrlimit(RLIMIT_FSIZE, &was), 0);
	assert_int_equal(box.last.err, EFBIG);
	assert_int_equal(box.stopped, 0);
	assert_int_equal(box.broken, 1);
	hang_up(&o->desk[0]);
	assert_true(until(all_is_over, o));
	unlink(box.path);
}

static void each_speaks_its_own_codec(void **state)
{
	static const char *const codecs[] = {"opus", "G722", "PCMU"};
	struct office *o = *state;
	int enough = 8000;
	uint32_t ms;

	open_box(o, 1);
	for (size_t i = 0; i < ARRAY_SIZE(codecs); i++) {
		box.recorded = 0;
		o->desk[0].codecs = codecs[i];
		heard_forget(&o->desk[0]);
		desk_call(&o->desk[0], "295");
		assert_true(until(hears_first, o));
		assert_string_equal(
			media_stream_codec(sip_leg_stream(o->desk[0].leg)),
			codecs[i]);
		assert_true(until(hears_second, o));
		assert_true(until(file_grows, &enough));
		hang_up(&o->desk[0]);
		assert_true(until(is_recorded, o));
		assert_true(share_in_file(o->desk[0].hz, &ms) > 0.8);
		assert_true(until(all_is_over, o));
		unlink(box.path);
	}
}

static bool first_and_second_hear(void *arg)
{
	return hears(arg, 0, 1) && hears(arg, 1, 0);
}

/** Who consults somebody and reaches the machine goes back and forth; it waits
 *  meanwhile, and what is said to others is not in the file. */
static void a_consultation_may_end_there(void **state)
{
	struct office *o = *state;
	int enough = 8000;
	uint32_t first, second, ms;

	open_box(o, 2);
	o->desk[1].answers_at_once = true;
	desk_call(&o->desk[0], "201");
	assert_true(until(first_and_second_hear, o));
	first = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_consult(o->pbx, "200", first, "295", &second), 0);
	assert_true(until(hears_second, o));
	assert_true(until(file_grows, &enough));
	/* a machine is nobody to be spoken with in a conference … */
	assert_int_equal(pbx_conference(o->pbx, "200", second, first), EPROTO);
	assert_int_equal(pbx_transfer_to(o->pbx, "200", first, second), EPROTO);
	assert_int_equal(pbx_transfer(o->pbx, "200", second, "201"), EPROTO);
	assert_int_equal(pbx_consult(o->pbx, "200", second, "201", &second),
			 EPROTO);
	/* … but may wait */
	assert_int_equal(pbx_alternate(o->pbx, "200", second, first), 0);
	assert_true(until(first_and_second_hear, o));
	assert_int_equal(box.over, 0);
	assert_int_equal(pbx_alternate(o->pbx, "200", first, second), 0);
	enough = 16000;
	assert_true(until(file_grows, &enough));
	assert_int_equal(pbx_reconnect(o->pbx, "200", second, first), 0);
	assert_true(until(is_recorded, o));
	assert_true(share_in_file(o->desk[0].hz, &ms) > 0.8);
	assert_true(until(first_and_second_hear, o));
	hang_up(&o->desk[0]);
	assert_true(until(is_over, o));
	unlink(box.path);
}

/** Put down while the machine waits, it is over with it: no phone rings. */
static void it_does_not_call_back(void **state)
{
	struct office *o = *state;
	uint32_t first, second;

	open_box(o, 2);
	o->desk[1].answers_at_once = true;
	desk_call(&o->desk[0], "201");
	assert_true(until(first_and_second_hear, o));
	first = last(o, PBX_ESTABLISHED)->call;
	assert_int_equal(pbx_consult(o->pbx, "200", first, "295", &second), 0);
	assert_true(until(hears_first, o));
	assert_int_equal(pbx_alternate(o->pbx, "200", second, first), 0);
	assert_true(until(first_and_second_hear, o));
	hang_up(&o->desk[0]);
	assert_true(until(is_over, o));
	assert_int_equal(box.over, 1);
	assert_int_equal(o->desk[0].incoming, 0);
	unlink(box.path);
}

/** Who transfers somebody to one who does not answer has him again. */
static void a_transfer_does_not_end_there(void **state)
{
	struct office *o = *state;
	uint32_t call;

	open_box(o, 3);
	o->desk[1].answers_at_once = true;
	desk_call(&o->desk[0], "201");
	assert_true(until(first_and_second_hear, o));
	call = last(o, PBX_ESTABLISHED)->call;
	assert_int_not_equal(pbx_transfer(o->pbx, "200", call, "295"), 0);
	heard_forget(&o->desk[0]);
	heard_forget(&o->desk[1]);
	assert_true(until(first_and_second_hear, o));
	assert_int_equal(box.begun, 0);
}

static void closed(void *arg)
{
	((struct office *)arg)->over = true;
}

static bool is_closed(void *arg)
{
	return ((struct office *)arg)->over;
}

static void the_end_waits_for_the_file(void **state)
{
	struct office *o = *state;
	int enough = 8000;
	uint32_t ms;

	open_box(o, 1);
	desk_call(&o->desk[0], "295");
	assert_true(until(file_grows, &enough));
	pbx_close(o->pbx, closed, o);
	assert_int_equal(box.over, 1);
	assert_true(until(is_closed, o));
	assert_int_equal(box.recorded, 1);
	assert_int_equal(box.last.err, 0);
	assert_true(share_in_file(o->desk[0].hz, &ms) > 0.8);
	unlink(box.path);
}

static void a_sudden_end_leaves_nothing(void **state)
{
	struct office *o = *state;
	int enough = 8000;

	open_box(o, 1);
	desk_call(&o->desk[0], "295");
	assert_true(until(file_grows, &enough));
	o->pbx = mem_deref(o->pbx);
	assert_int_equal(box.recorded, 1);
	assert_int_equal(box.last.err, ECANCELED);
	unlink(box.path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		CALL_TEST(a_message_is_recorded),
		CALL_TEST(it_is_told_as_a_device_that_answers),
		CALL_TEST(nobody_answers_and_it_does),
		CALL_TEST(a_busy_phone_leads_there_at_once),
		CALL_TEST(no_phone_leads_there_at_once),
		CALL_TEST(a_ringing_call_is_sent_there),
		CALL_TEST(digits_are_heard),
		CALL_TEST(it_hangs_up),
		CALL_TEST(who_says_nothing_is_not_recorded_for_ever),
		CALL_TEST(nor_who_does_not_stop),
		CALL_TEST(a_folder_that_is_not_there),
		CALL_TEST(a_disk_that_is_full),
		CALL_TEST(each_speaks_its_own_codec),
		CALL_TEST(a_consultation_may_end_there),
		CALL_TEST(it_does_not_call_back),
		CALL_TEST(a_transfer_does_not_end_there),
		CALL_TEST(the_end_waits_for_the_file),
		CALL_TEST(a_sudden_end_leaves_nothing),
	};
	int err = loop_init(LOOP_FEW);

	if (err)
		return err;
	err = cmocka_run_group_tests(tests, NULL, NULL);
	loop_close();
	return err;
}
