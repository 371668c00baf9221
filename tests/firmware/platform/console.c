/*
 * Text on the first serial port, a PL011.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "platform.h"

#define UART 0x09000000UL
#define UARTDR 0x00
#define UARTFR 0x18
#define UARTFR_TXFF (1u << 5)

static void put(char c)
{
    while (read32(UART + UARTFR) & UARTFR_TXFF) {
        cpu_relax();
    }
    write32(UART + UARTDR, (uint8_t)c);
}

static void put_text(const char *text)
{
    while (*text) {
        put(*text++);
    }
}

static void put_number(uint64_t value, unsigned base)
{
    char digits[21];
    unsigned n = sizeof(digits) - 1;

    digits[n] = '\0';
    do {
        digits[--n] = "0123456789abcdef"[value % base];
        value /= base;
    } while (value);
    put_text(digits + n);
}

void print_list(const char *format, va_list list)
{
    for (; *format; format++) {
        bool is_long = false;

        if (*format != '%') {
            put(*format);
            continue;
        }
        if (*++format == 'l') {
            is_long = true;
            format++;
        }
        switch (*format) {
        case 's':
            put_text(va_arg(list, const char *));
            break;
        case 'c':
            put(va_arg(list, int));
            break;
        case 'u':
        case 'x':
            put_number(is_long ? va_arg(list, uint64_t)
                               : va_arg(list, uint32_t),
                       *format == 'u' ? 10 : 16);
            break;
        default:
            put(*format);
            break;
        }
    }
}

void print(const char *format, ...)
{
    va_list list;

    va_start(list, format);
    print_list(format, list);
    va_end(list);
}

void fail(const char *format, ...)
{
    va_list list;

    print("Bail out! ");
    va_start(list, format);
    print_list(format, list);
    va_end(list);
    print("\n");
    cpu_power_off();
}
