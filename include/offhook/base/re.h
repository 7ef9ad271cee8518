/**
 * @file base/re.h  libre's loop, timers, lists and memory, in one place
 *
 * libre's own headers need integer types first, and its umbrella header
 * brings SIP and TLS along. Everything but the modules `media`, `ice` and `sip`
 * takes libre from here and gets no more than this.
 */
#ifndef OFFHOOK_BASE_RE_H
#define OFFHOOK_BASE_RE_H

#include <errno.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <time.h>
#include <sys/types.h>
#include <sys/socket.h>

#include <re_types.h>
#include <re_fmt.h>
#include <re_mbuf.h>
#include <re_list.h>
#include <re_mem.h>
#include <re_sa.h>
#include <re_tmr.h>
#include <re_main.h>
#include <re_mqueue.h>
#include <re_hash.h>
#include <re_base64.h>
#include <re_md5.h>
#include <re_sys.h>

#endif
