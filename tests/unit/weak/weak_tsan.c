/*
 * What instrumented code calls, and the allocator as it sees it.
 *
 * The names are those that GCC and Clang call with -fsanitize=thread. Outside
 * of an execution all are what they stand for and no more.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include <malloc.h>
#include <stdlib.h>
#include <string.h>

#include "weak_private.h"

/* Called by the compiler alone. */
#pragma GCC diagnostic ignored "-Wmissing-prototypes"

/* ---- Nothing to be done ---- */

void __tsan_init(void)
{
}

void __tsan_func_entry(void *caller)
{
    (void)caller;
}

void __tsan_func_exit(void)
{
}

/* ---- Plain accesses ---- */

static void plain(const void *p, size_t size, bool write)
{
    if (weak_is_running()) {
        weak_plain(p, size, write);
    }
}

#define PLAIN(size)                                     \
    void __tsan_read##size(void *p)                     \
    {                                                   \
        plain(p, size, false);                          \
    }                                                   \
                                                        \
    void __tsan_write##size(void *p)                    \
    {                                                   \
        plain(p, size, true);                           \
    }                                                   \
                                                        \
    void __tsan_unaligned_read##size(void *p)           \
    {                                                   \
        plain(p, size, false);                          \
    }                                                   \
                                                        \
    void __tsan_unaligned_write##size(void *p)          \
    {                                                   \
        plain(p, size, true);                           \
    }

PLAIN(1)
PLAIN(2)
PLAIN(4)
PLAIN(8)
PLAIN(16)

void __tsan_read_range(void *p, size_t size)
{
    plain(p, size, false);
}

void __tsan_write_range(void *p, size_t size)
{
    plain(p, size, true);
}

void *__tsan_memset(void *p, int byte, size_t size)
{
    plain(p, size, true);
    return memset(p, byte, size);
}

void *__tsan_memcpy(void *to, const void *from, size_t size)
{
    plain(from, size, false);
    plain(to, size, true);
    return memcpy(to, from, size);
}

void *__tsan_memmove(void *to, const void *from, size_t size)
{
    plain(from, size, false);
    plain(to, size, true);
    return memmove(to, from, size);
}

/* ---- Atomic accesses ---- */

#define ATOMIC(bits, Word)                                                  \
    void __tsan_atomic##bits##_store(Word *p, Word value, int order)        \
    {                                                                       \
        weak_store(p, sizeof(*p), value, order);                            \
    }                                                                       \
                                                                            \
    Word __tsan_atomic##bits##_load(const Word *p, int order)               \
    {                                                                       \
        return weak_is_running() ? weak_load(p, sizeof(*p), order) : *p;    \
    }                                                                       \
                                                                            \
    Word __tsan_atomic##bits##_exchange(Word *p, Word value, int order)     \
    {                                                                       \
        return update(p, sizeof(*p), OP_SET, value, order);                 \
    }                                                                       \
                                                                            \
    Word __tsan_atomic##bits##_fetch_add(Word *p, Word value, int order)    \
    {                                                                       \
        return update(p, sizeof(*p), OP_ADD, value, order);                 \
    }                                                                       \
                                                                            \
    Word __tsan_atomic##bits##_fetch_sub(Word *p, Word value, int order)    \
    {                                                                       \
        return update(p, sizeof(*p), OP_SUB, value, order);                 \
    }                                                                       \
                                                                            \
    Word __tsan_atomic##bits##_fetch_and(Word *p, Word value, int order)    \
    {                                                                       \
        return update(p, sizeof(*p), OP_AND, value, order);                 \
    }                                                                       \
                                                                            \
    Word __tsan_atomic##bits##_fetch_or(Word *p, Word value, int order)     \
    {                                                                       \
        return update(p, sizeof(*p), OP_OR, value, order);                  \
    }                                                                       \
                                                                            \
    Word __tsan_atomic##bits##_fetch_xor(Word *p, Word value, int order)    \
    {                                                                       \
        return update(p, sizeof(*p), OP_XOR, value, order);                 \
    }                                                                       \
                                                                            \
    int __tsan_atomic##bits##_compare_exchange_strong(                      \
        Word *p, Word *expected, Word value, int order, int order_else)     \
    {                                                                       \
        Word before = compare_exchange(p, sizeof(*p), *expected, value,     \
                                       order, order_else);                  \
        bool same = before == *expected;                                    \
                                                                            \
        *expected = before;                                                 \
        return same;                                                        \
    }                                                                       \
                                                                            \
    int __tsan_atomic##bits##_compare_exchange_weak(                        \
        Word *p, Word *expected, Word value, int order, int order_else)     \
    {                                                                       \
        return __tsan_atomic##bits##_compare_exchange_strong(               \
            p, expected, value, order, order_else);                         \
    }                                                                       \
                                                                            \
    Word __tsan_atomic##bits##_compare_exchange_val(                        \
        Word *p, Word expected, Word value, int order, int order_else)      \
    {                                                                       \
        return compare_exchange(p, sizeof(*p), expected, value, order,      \
                                order_else);                                \
    }

typedef enum Op {
    OP_SET, OP_ADD, OP_SUB, OP_AND, OP_OR, OP_XOR,
} Op;

static uint64_t result_of(Op op, uint64_t before, uint64_t value)
{
    switch (op) {
    case OP_ADD:
        return before + value;
    case OP_SUB:
        return before - value;
    case OP_AND:
        return before & value;
    case OP_OR:
        return before | value;
    case OP_XOR:
        return before ^ value;
    default:
        return value;
    }
}

static uint64_t update(void *p, unsigned size, Op op, uint64_t value,
                       int order)
{
    uint64_t before;

    if (weak_is_running()) {
        weak_step();
    }
    before = weak_newest(p, size, order);
    weak_swap(p, size, result_of(op, before, value), order);
    return before;
}

static uint64_t compare_exchange(void *p, unsigned size, uint64_t expected,
                                 uint64_t value, int order, int order_else)
{
    uint64_t before;

    if (weak_is_running()) {
        weak_step();
    }
    before = weak_newest(p, size, __ATOMIC_RELAXED);
    if (before != expected) {
        return weak_newest(p, size, order_else);
    }
    weak_newest(p, size, order);
    weak_swap(p, size, value, order);
    return before;
}

ATOMIC(8, uint8_t)
ATOMIC(16, uint16_t)
ATOMIC(32, uint32_t)
ATOMIC(64, uint64_t)

void __tsan_atomic_thread_fence(int order)
{
    if (weak_is_running()) {
        weak_fence(order);
    }
}

void __tsan_atomic_signal_fence(int order)
{
    (void)order;
}

/* ---- The allocator: what is freed may be allocated by another thread ---- */

static void forget(void *p)
{
    if (p && weak_is_running()) {
        weak_forget(p, malloc_usable_size(p));
    }
}

void free(void *p)
{
    forget(p);
    __libc_free(p);
}

void *realloc(void *p, size_t size)
{
    forget(p);
    return __libc_realloc(p, size);
}

/* GLib before 2.76 has an allocator of its own, on top. */
static void __attribute__((constructor)) no_slices(void)
{
    setenv("G_SLICE", "always-malloc", 1);
}
