/**
 * @file sip_network.c  Another address, a link that was away, sleep
 *
 * Two network namespaces with a cable between them: the server and B live in
 * one, in a process of their own, A in the other. Where there is no right to
 * make namespaces, those tests are skipped.
 */
#include "sip_fixture.h"
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

static bool alone; /**< no namespaces here */

static bool registered(void)
{
	return state_of(&A) == SIP_ACCOUNT_REGISTERED;
}

static bool gone_down(void)
{
	return state_of(&A) == SIP_ACCOUNT_DOWN && A.states[SIP_ACCOUNT_DOWN];
}

/* --- sleep, told by clocks of ours -----------------------------------------
 */

static struct {
	uint64_t boot, awake;
	unsigned changed, resumed;
	struct sip_network *watch;
	bool frees;
} net;

static uint64_t my_boot(void *arg)
{
	(void)arg;
	return net.boot;
}

static uint64_t my_awake(void *arg)
{
	(void)arg;
	return net.awake;
}

static void on_network(enum sip_network_event ev, void *arg)
{
	(void)arg;
	net.changed += ev == SIP_NETWORK_CHANGED;
	net.resumed += ev == SIP_NETWORK_RESUMED;
	if (A.stack)
		sip_stack_network(A.stack, ev);
	if (net.frees)
		net.watch = mem_deref(net.watch);
}

static bool has_resumed(void)
{
	return net.resumed > 0;
}

static void watch_start(bool own_clocks)
{
	struct sip_network_prm prm = {.settle_ms = 50};

	memset(&net, 0, sizeof(net));
	net.boot = net.awake = 1000000;
	if (own_clocks) {
		prm.boot_ms = my_boot;
		prm.awake_ms = my_awake;
	}
	assert_int_equal(sip_network_alloc(&net.watch, &prm, on_network, NULL),
			 0);
}

static void test_sleep(void **state)
{
	(void)state;
	watch_start(true);
	net.boot += 60000;
	net.awake += 60000;
	sip_network_check(net.watch);
	assert_false(wait_ms(has_resumed, 150));
	/* Clocks are read one after the other: some difference is none. */
	net.boot += 900;
	sip_network_check(net.watch);
	assert_false(wait_ms(has_resumed, 150));
	net.boot += 3600000;
	sip_network_check(net.watch);
	WAIT(has_resumed);
	assert_int_equal(net.resumed, 1);
	/* Said once. */
	net.resumed = 0;
	sip_network_check(net.watch);
	assert_false(wait_ms(has_resumed, 150));
	net.frees = true;
	net.boot += 10000;
	sip_network_check(net.watch);
	WAIT(has_resumed);
	assert_null(net.watch);
}

static bool registered_again(void)
{
	return srv.registers >= 2 && registered();
}

static void registered_after_sleep(enum sip_transport t)
{
	watch_start(true);
	agent_start(&A, "a", 440, "secret", t);
	WAIT(registered);
	net.boot += 8 * 3600000ull;
	sip_network_check(net.watch);
	WAIT(registered_again);
	assert_int_equal(srv.registers, 2);
	net.watch = mem_deref(net.watch);
}

static void test_registered_after_sleep_udp(void **state)
{
	(void)state;
	registered_after_sleep(SIP_UDP);
}

static void test_registered_after_sleep_tcp(void **state)
{
	(void)state;
	registered_after_sleep(SIP_TCP);
}

/* Nothing has changed for this account: nothing is sent. */
static void test_change_elsewhere(void **state)
{
	(void)state;
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	sip_stack_network(A.stack, SIP_NETWORK_CHANGED);
	assert_false(wait_ms(registered_again, 150));
	assert_int_equal(srv.registers, 1);
}

/* --- two namespaces
 * ----------------------------------------------------------- */

static pid_t other;
static int to_other = -1, from_other = -1;

static bool run(const char *command)
{
	int code = system(command);

	return code >= 0 && WIFEXITED(code) && !WEXITSTATUS(code);
}

static bool both_there(void)
{
	return state_of(&B) == SIP_ACCOUNT_REGISTERED;
}

/* The other side, until it is ended: what B does there, and the server. */
static void live_there(int in, int out)
{
	struct sa laddr;
	char c;

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (unshare(CLONE_NEWNET) || write(out, "n", 1) != 1 ||
	    read(in, &c, 1) != 1 ||
	    !run("ip link set lo up && ip addr add 10.9.0.1/24 dev v1 && "
		 "ip addr add 10.8.0.1/24 dev v1 && ip link set v1 up"))
		_exit(1);
	if (loop_init(LOOP_FEW) || media_alloc(&engine))
		_exit(1);
	sa_set_str(&laddr, "10.9.0.1", 5060);
	srv_start_at(&laddr);
	agent_start(&B, "b", 700, "secret", SIP_UDP);
	B.on_incoming = 1;
	if (!wait_ms(both_there, 5000) || write(out, "r", 1) != 1)
		_exit(1);
	loop_run();
	_exit(0);
}

static int begin_two(void **state)
{
	int down[2], up[2];
	char c, command[128];

	(void)state;
	if (pipe(down) || pipe(up))
		return -1;
	other = fork();
	if (!other) {
		close(down[1]);
		close(up[0]);
		live_there(down[0], up[1]);
	}
	close(down[0]);
	close(up[1]);
	to_other = down[1];
	from_other = up[0];
	snprintf(command, sizeof(command),
		 "ip link add v0 type veth peer name v1 netns %d && "
		 "ip addr add 10.9.0.2/24 dev v0 && ip link set v0 up",
		 other);
	if (read(from_other, &c, 1) != 1 || !run(command) ||
	    write(to_other, "c", 1) != 1 || read(from_other, &c, 1) != 1)
		return -1;
	if (loop_init(LOOP_FEW) || media_alloc(&engine))
		return -1;
	sa_set_str(&srv.addr, "10.9.0.1", 5060);
	return 0;
}

static int end_two(void **state)
{
	(void)state;
	net.watch = mem_deref(net.watch);
	agent_stop(&A);
	wait_ms(nothing_left, 50);
	memset(&srv, 0, sizeof(srv));
	engine = mem_deref(engine);
	loop_close();
	run("ip link del v0");
	kill(other, SIGKILL);
	waitpid(other, NULL, 0);
	close(to_other);
	close(from_other);
	return 0;
}

static bool up(void)
{
	return A.leg && sip_leg_state(A.leg) == SIP_LEG_ESTABLISHED;
}

static bool hears_b(void)
{
	return hears(&A, 700);
}

static char *source(void)
{
	struct sa sa;
	char *s = NULL;

	if (sip_stack_address(A.stack, SIP_UDP, &sa))
		return NULL;
	assert_int_equal(re_sdprintf(&s, "%j", &sa), 0);
	return s;
}

static const char *wanted;

static bool is_there(void)
{
	char *s = source();
	bool yes = s && !strcmp(s, wanted) && registered();

	mem_deref(s);
	return yes;
}

static bool moved_on(void)
{
	return is_there() && A.events[SIP_LEG_EV_CLOSED] == 0 &&
	       sa_isset(media_stream_laddr(sip_leg_stream(A.leg)), SA_ADDR) &&
	       hears_b();
}

static void forget_heard(void)
{
	pthread_mutex_lock(&A.lock);
	memset(A.heard, 0, sizeof(A.heard));
	A.n = 0;
	pthread_mutex_unlock(&A.lock);
}

static void test_another_address(void **state)
{
	char *media = NULL;

	(void)state;
	if (alone)
		skip();
	watch_start(false);
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(up);
	WAIT(hears_b);
	assert_true(run("ip addr add 10.9.0.3/24 dev v0 && "
			"ip addr del 10.9.0.2/24 dev v0 && "
			"(ip addr add 10.9.0.3/24 dev v0 2>&1 || true) "
			">/dev/null"));
	wanted = "10.9.0.3";
	WAIT(is_there);
	forget_heard();
	WAIT(moved_on);
	assert_int_equal(re_sdprintf(&media, "%j",
				     media_stream_laddr(sip_leg_stream(A.leg))),
			 0);
	assert_string_equal(media, "10.9.0.3");
	mem_deref(media);
	assert_true(net.changed >= 1 && net.changed < 8);
	/* The call can be ended from there as well. */
	sip_leg_hangup(A.leg);
}

/* No address at all for a while, as between two networks. */
static void test_between_networks(void **state)
{
	(void)state;
	if (alone)
		skip();
	watch_start(false);
	agent_start(&A, "a", 440, "secret", SIP_UDP);
	WAIT(registered);
	assert_int_equal(call(&A, "b", NULL), 0);
	WAIT(up);
	WAIT(hears_b);
	assert_true(run("ip addr flush dev v0"));
	WAIT(gone_down);
	assert_true(up());
	assert_true(run("ip addr add 10.9.0.4/24 dev v0"));
	wanted = "10.9.0.4";
	WAIT(is_there);
	forget_heard();
	WAIT(moved_on);
}

#define TWO(f)                                                        \
	cmocka_unit_test_setup_teardown(f, alone ? setup : begin_two, \
					alone ? teardown : end_two)

int main(void)
{
	/* Without `ip`, a namespace would have no loopback. */
	alone = !run("ip -V >/dev/null") || unshare(CLONE_NEWNET) ||
		!run("ip link set lo up");
	if (alone)
		print_message("no network namespaces here: skipped\n");

	const struct CMUnitTest tests[] = {
		T(test_sleep),
		T(test_registered_after_sleep_udp),
		T(test_registered_after_sleep_tcp),
		T(test_change_elsewhere),
		TWO(test_another_address),
		TWO(test_between_networks),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
