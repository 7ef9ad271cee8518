/**
 * @file loop_int.h  What the loop's files share
 */
#ifndef OFFHOOK_BASE_LOOP_INT_H
#define OFFHOOK_BASE_LOOP_INT_H

/** Open and close the table of loop_fd(). @return 0 or errno */
int loop_int_watch_open(void);
void loop_int_watch_close(void);

/** Likewise of turns. */
int loop_int_turn_open(void);
void loop_int_turn_close(void);

/** Does libre call the timers that stand in place of its own? The linker sees
 *  to it; with a libre that is linked another way none would ever run out.
 *  @return 0 or ENOSYS */
int loop_int_timers(void);

#endif
