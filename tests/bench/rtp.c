/**
 * @file rtp.c  Both ends of many calls: what comes back of what is sent
 *
 * usage: rtp SECONDS
 *
 * Says "PORT PORT\n", the ends' own ports. Reads the ports of a relay on this
 * machine, one a line, and 0 for a round: each gets a packet of G.711 every
 * 20 ms from the first of its own ports, and what arrives at the second is
 * sent back where it came from. Says "SENT RETURNED\n" after each.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>

enum { ENDS = 4096, BATCH = 64, RTP_LEN = 172, FRAME_MS = 20, BEHIND_MS = 500 };

struct batch {
	struct mmsghdr msg[BATCH];
	struct iovec part[BATCH];
	struct sockaddr_in from[BATCH];
	uint8_t data[BATCH][2048];
};

static struct batch in;
static struct sockaddr_in relay[ENDS];
static uint8_t rtp[RTP_LEN] = {0x80, 8};

static int64_t now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

static int open_end(unsigned *port)
{
	struct sockaddr_in a = {.sin_family = AF_INET};
	socklen_t len = sizeof(a);
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_NONBLOCK, 0);
	int size = 8 << 20;

	a.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	if (fd < 0 || bind(fd, (struct sockaddr *)&a, len) ||
	    getsockname(fd, (struct sockaddr *)&a, &len)) {
		perror("rtp");
		exit(1);
	}
	/* what is lost here is not the relay's: as much as one gets */
	if (setsockopt(fd, SOL_SOCKET, SO_RCVBUFFORCE, &size, sizeof(size)))
		setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	*port = ntohs(a.sin_port);
	return fd;
}

/** What is there; returned to who sent it, or only counted. */
static long take(int fd, int back)
{
	long sum = 0;
	int n;

	do {
		for (int i = 0; i < BATCH; i++) {
			in.part[i].iov_base = in.data[i];
			in.part[i].iov_len = sizeof(in.data[i]);
			in.msg[i].msg_hdr = (struct msghdr){
				.msg_name = &in.from[i],
				.msg_namelen = sizeof(in.from[i]),
				.msg_iov = &in.part[i],
				.msg_iovlen = 1,
			};
		}
		n = recvmmsg(fd, in.msg, BATCH, MSG_DONTWAIT, NULL);
		for (int i = 0; i < n; i++)
			in.part[i].iov_len = in.msg[i].msg_len;
		if (n > 0 && back)
			sendmmsg(fd, in.msg, (unsigned)n, 0);
		for (int i = 0; i < n; i++)
			sum += in.msg[i].msg_len == RTP_LEN;
	} while (n == BATCH);
	return sum;
}

/** The next packet of each call. */
static long speak(int fd, unsigned count, unsigned turn)
{
	long sent = 0;

	rtp[2] = (uint8_t)(turn >> 8);
	rtp[3] = (uint8_t)turn;
	for (int i = 0; i < 4; i++)
		rtp[4 + i] = (uint8_t)(turn * 160 >> (24 - 8 * i));
	for (unsigned i = 0; i < count; i++) {
		memcpy(&rtp[8], &relay[i].sin_port, 2);
		sent += sendto(fd, rtp, sizeof(rtp), 0,
			       (struct sockaddr *)&relay[i],
			       sizeof(relay[i])) == sizeof(rtp);
	}
	return sent;
}

static void go_round(int near, int far, unsigned count, unsigned turns)
{
	struct pollfd wait[] = {{near, POLLIN, 0}, {far, POLLIN, 0}};
	int64_t begin = now_ms();
	long sent = 0, back = 0;
	unsigned turn = 0;

	for (;;) {
		int64_t left = begin + (int64_t)turn * FRAME_MS - now_ms();

		if (turn == turns)
			left += BEHIND_MS;
		if (left <= 0 && turn == turns)
			break;
		if (left <= 0)
			sent += speak(near, count, turn++);
		else
			poll(wait, 2, (int)left);
		take(far, 1);
		back += take(near, 0);
	}
	printf("%ld %ld\n", sent, back);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	unsigned count = 0, port[2], to;
	int near = open_end(&port[0]), far = open_end(&port[1]);

	if (argc != 2)
		return 2;
	memset(&rtp[12], 0xd5, sizeof(rtp) - 12);
	printf("%u %u\n", port[0], port[1]);
	fflush(stdout);
	while (count < ENDS && scanf("%u", &to) == 1) {
		if (!to) {
			go_round(near, far, count,
				 (unsigned)atoi(argv[1]) * 1000 / FRAME_MS);
			continue;
		}
		relay[count].sin_family = AF_INET;
		relay[count].sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		relay[count++].sin_port = htons((uint16_t)to);
	}
	return 0;
}
