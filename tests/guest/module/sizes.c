// SPDX-License-Identifier: GPL-2.0
/*
 * Page sizes: their names, and where mappings of them go
 *
 * IOVAs are above 4 GiB where the aperture allows it, so that they are no
 * physical address by chance, and leave room for a mapping before and two
 * after. What is mapped is the test's own buffer if the mapping fits into it,
 * else the block of physical memory that holds the buffer: devices are only
 * told to access the buffer.
 */
#include <linux/bitops.h>
#include <linux/kernel.h>
#include <linux/log2.h>
#include <linux/sizes.h>
#include <linux/string.h>

#include "probe.h"

#define PREFERRED_IOVA 0x100000000ULL

struct size_text size_text(u64 size)
{
	static const char units[] = "KMGTPE";
	struct size_text text;
	int unit = -1;

	while (size && !(size % 1024) && unit < 5) {
		size /= 1024;
		unit++;
	}
	if (unit < 0)
		snprintf(text.text, sizeof(text.text), "%llu", size);
	else
		snprintf(text.text, sizeof(text.text), "%llu%c", size,
			 units[unit]);
	return text;
}

/* The next smaller size of the domain; 0 for the smallest */
unsigned long smaller_size(const struct subject *s, unsigned long size)
{
	unsigned long smaller = s->domain->pgsize_bitmap & (size - 1);

	return smaller ? BIT(__fls(smaller)) : 0;
}

unsigned long iova_for(const struct subject *s, unsigned long size)
{
	u64 end = s->domain->geometry.aperture_end;
	u64 iova = round_up(PREFERRED_IOVA, (u64)size) + size;

	return iova + 4 * (u64)size - 1 <= end ? iova : size;
}

phys_addr_t pa_for(const struct subject *s, unsigned long size)
{
	return 2 * size <= s->bytes ? s->pa : s->pa & ~((phys_addr_t)size - 1);
}

unsigned int count_claims(const struct claim *rows, unsigned int count,
			  unsigned long sizes)
{
	unsigned int all = hweight_long(sizes), total = 0, i;

	for (i = 0; i < count; i++) {
		if (rows[i].scope == ONCE)
			total++;
		else if (all)
			total += all - (rows[i].scope == EACH_BLOCK);
	}
	return total;
}

void expand_name(char *name, const char *pattern, const struct subject *s,
		 unsigned long size)
{
	char *end = name + NAME_BYTES;

	for (; *pattern && name < end - 1; pattern++) {
		unsigned long value = size;

		if (*pattern != '@' && *pattern != '$') {
			*name++ = *pattern;
			continue;
		}
		if (*pattern == '$')
			value = smaller_size(s, size);
		name += scnprintf(name, end - name, "%s",
				  size_text(value).text);
	}
	*name = '\0';
}
