/**
 * @file curl_late.h  libcurl when it is first needed
 *
 * libcurl brings 30 other libraries: half of what a program that links it
 * takes to start, and a first screen needs no network. So it is loaded with
 * the first client, and its functions are called through a table that bears
 * their names.
 */
#ifndef CURL_LATE_H
#define CURL_LATE_H

#define CURL_DISABLE_TYPECHECK
#include <curl/curl.h>

/* With arguments that vary, libcurl has macros of the same name. */
#undef curl_easy_setopt
#undef curl_easy_getinfo
#undef curl_multi_setopt

/* clang-format off */
#define CURL_FUNCTIONS(X)                                                     \
	X(easy_cleanup) X(easy_getinfo) X(easy_header) X(easy_init)           \
	X(easy_pause) X(easy_perform) X(easy_setopt) X(mime_addpart)          \
	X(mime_data) X(mime_encoder) X(mime_filename) X(mime_free)            \
	X(mime_init) X(mime_type) X(free) X(global_cleanup)                \
	X(global_init) X(multi_add_handle) X(multi_assign) X(multi_cleanup)   \
	X(multi_info_read) X(multi_init) X(multi_remove_handle)               \
	X(multi_setopt) X(multi_socket_action) X(slist_append)                \
	X(slist_free_all) X(url) X(url_cleanup) X(url_get) X(url_set)
/* clang-format on */

struct curl_late {
/* NOLINTNEXTLINE(bugprone-macro-parentheses): a member has none */
#define CURL_MEMBER(name) __typeof__(&curl_##name) name;
	CURL_FUNCTIONS(CURL_MEMBER)
#undef CURL_MEMBER
};

/** Load it; on the loop, before any of its functions is called.
 *  @return 0, or ENOSYS (said in the log) */
int curl_late_load(void);
/** What was loaded; the process keeps it, as with any library. */
const struct curl_late *curl_late(void);

#ifndef CURL_LATE_OWN
#define curl_easy_cleanup curl_late()->easy_cleanup
#define curl_easy_getinfo curl_late()->easy_getinfo
#define curl_easy_header curl_late()->easy_header
#define curl_easy_init curl_late()->easy_init
#define curl_easy_pause curl_late()->easy_pause
#define curl_easy_perform curl_late()->easy_perform
#define curl_easy_setopt curl_late()->easy_setopt
#define curl_mime_addpart curl_late()->mime_addpart
#define curl_mime_data curl_late()->mime_data
#define curl_mime_encoder curl_late()->mime_encoder
#define curl_mime_filename curl_late()->mime_filename
#define curl_mime_free curl_late()->mime_free
#define curl_mime_init curl_late()->mime_init
#define curl_mime_type curl_late()->mime_type
#define curl_free curl_late()->free
#define curl_global_cleanup curl_late()->global_cleanup
#define curl_global_init curl_late()->global_init
#define curl_multi_add_handle curl_late()->multi_add_handle
#define curl_multi_assign curl_late()->multi_assign
#define curl_multi_cleanup curl_late()->multi_cleanup
#define curl_multi_info_read curl_late()->multi_info_read
#define curl_multi_init curl_late()->multi_init
#define curl_multi_remove_handle curl_late()->multi_remove_handle
#define curl_multi_setopt curl_late()->multi_setopt
#define curl_multi_socket_action curl_late()->multi_socket_action
#define curl_slist_append curl_late()->slist_append
#define curl_slist_free_all curl_late()->slist_free_all
#define curl_url curl_late()->url
#define curl_url_cleanup curl_late()->url_cleanup
#define curl_url_get curl_late()->url_get
#define curl_url_set curl_late()->url_set
#endif

#endif
