/*
 * Whether ThreadSanitizer works here. Without an argument this program ends
 * well, if the sanitizer lets it begin; with one it makes a race, of which the
 * sanitizer must tell.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <pthread.h>

static int shared;

static void *increment(void *unused)
{
    shared++;
    return unused;
}

int main(int argc, char **argv)
{
    pthread_t threads[2];

    (void)argv;
    if (argc == 1) {
        return 0;
    }
    for (unsigned i = 0; i < 2; i++) {
        pthread_create(&threads[i], NULL, increment, NULL);
    }
    for (unsigned i = 0; i < 2; i++) {
        pthread_join(threads[i], NULL);
    }
    return shared != 2;
}
