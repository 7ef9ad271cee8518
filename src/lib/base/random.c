/**
 * @file random.c  Random numbers, in place of libre's
 *
 * libre asks OpenSSL for each four bytes, which takes two system calls and some
 * locks; a SIP message takes up to six of them for its tags and branches, and a
 * call was a tenth slower for it. The kernel gives as good ones by the page.
 * rand_u16() and rand_u64() are made of this in libre itself.
 */
#include <offhook/base/re.h>
#include <offhook/base/system.h>

uint32_t rand_u32(void)
{
	static _Thread_local struct {
		uint32_t number[256];
		size_t left;
	} pool;
	uint32_t v;

	if (!pool.left) {
		random_bytes(pool.number, sizeof(pool.number));
		pool.left = sizeof(pool.number) / sizeof(pool.number[0]);
	}
	v = pool.number[--pool.left];
	/* who reads our memory learns nothing of what has been said */
	pool.number[pool.left] = 0;
	return v;
}
