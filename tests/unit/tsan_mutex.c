/*
 * GMutex as ThreadSanitizer understands it.
 *
 * GLib is not built with the sanitizer and its mutexes are its own, so what
 * they guard looks unguarded. In a build with the sanitizer these functions
 * take the place of GLib's; in others this file is empty.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <glib.h>
#include <sched.h>

#ifndef __has_feature
#define __has_feature(x) 0
#endif

#if __has_feature(thread_sanitizer) || defined(__SANITIZE_THREAD__)
void g_mutex_lock(GMutex *mutex)
{
    while (__atomic_exchange_n(&mutex->i[0], 1, __ATOMIC_ACQUIRE)) {
        sched_yield();
    }
}

void g_mutex_unlock(GMutex *mutex)
{
    __atomic_store_n(&mutex->i[0], 0, __ATOMIC_RELEASE);
}
#endif
