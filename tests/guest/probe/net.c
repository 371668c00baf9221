/*
 * net: frames from each network interface to the next one
 *
 * The host connects all interfaces to one hub, so what one sends the others
 * receive: a frame is read from memory behind one SMMU and written to memory
 * behind another. Each frame says who sent it and is filled to the end.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */

#include <arpa/inet.h>
#include <linux/if_ether.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include "probe.h"

#define MAX_INTERFACES 12
#define FRAMES 200
#define PROTOCOL 0x88b5     /* IEEE Std 802: for local experiments */
#define WINDOW 16           /* frames in flight: less than a receive ring */

typedef struct Interface {
    char name[IFNAMSIZ];
    char bdf[32];
    int socket;
} Interface;

typedef struct List {
    Interface interfaces[MAX_INTERFACES];
    int count;
} List;

typedef struct Frame {
    struct ethhdr header;
    uint8_t sender;
    uint8_t filler;
    uint16_t number;
    uint8_t body[1400];
} __attribute__((packed)) Frame;

static bool set_up(Interface *interface)
{
    struct sockaddr_ll address = {
        .sll_family = AF_PACKET,
        .sll_protocol = htons(PROTOCOL),
        .sll_ifindex = if_nametoindex(interface->name),
    };
    struct ifreq request = { };
    char path[PATH_BYTES], carrier[8];

    interface->socket = socket(AF_PACKET, SOCK_RAW | SOCK_CLOEXEC,
                               htons(PROTOCOL));
    strcpy(request.ifr_name, interface->name);
    request.ifr_flags = IFF_UP | IFF_PROMISC;
    if (ioctl(interface->socket, SIOCSIFFLAGS, &request) ||
        bind(interface->socket, (void *)&address, sizeof(address))) {
        return false;
    }
    path_join(path, "/sys/class/net/%s/carrier", interface->name);
    for (int i = 0; i < 500; i++) {
        if (file_read(path, carrier, sizeof(carrier)) && carrier[0] == '1') {
            return true;
        }
        sleep_ms(10);
    }
    return false;
}

static bool add_interface(const char *folder, const char *name, void *data)
{
    List *list = data;
    Interface *interface = &list->interfaces[list->count];
    char path[PATH_BYTES];

    path_join(path, "%s/%s/device", folder, name);
    if (list->count < MAX_INTERFACES && strlen(name) < IFNAMSIZ &&
        link_name(path, interface->bdf, sizeof(interface->bdf))) {
        strcpy(interface->name, name);
        list->count++;
    }
    return true;
}

static void fill(Frame *frame, int sender, int number)
{
    memset(frame, 0, sizeof(*frame));
    memset(frame->header.h_dest, 0xff, ETH_ALEN);
    memcpy(frame->header.h_source, "\x02msmmu", ETH_ALEN);
    frame->header.h_source[5] = sender;
    frame->header.h_proto = htons(PROTOCOL);
    frame->sender = sender;
    frame->number = htons(number);
    for (size_t i = 0; i < sizeof(frame->body); i++) {
        frame->body[i] = i * 7 + sender * 31 + number;
    }
}

/* How many of @count frames from @sender arrive whole and in order */
static int receive(const Interface *interface, int sender, int first,
                   int count)
{
    struct pollfd wait = { .fd = interface->socket, .events = POLLIN };
    Frame got, expected;
    int good = 0;

    while (good < count && poll(&wait, 1, 3000) == 1) {
        ssize_t bytes = recv(interface->socket, &got, sizeof(got), 0);

        fill(&expected, sender, first + good);
        /* An interface sees its own frames as well as the others'. */
        if (bytes == sizeof(got) && got.sender == sender) {
            if (memcmp(&got, &expected, sizeof(got))) {
                break;
            }
            good++;
        }
    }
    return good;
}

static void report_pair(const Interface *from, const Interface *to,
                        int sender)
{
    int sent = 0, good = 0;
    Record record;
    Frame frame;

    while (sent < FRAMES && good == sent) {
        for (int i = 0; i < WINDOW; i++) {
            fill(&frame, sender, sent + i);
            if (send(from->socket, &frame, sizeof(frame), 0) < 0) {
                break;
            }
        }
        good += receive(to, sender, sent, WINDOW);
        sent += WINDOW;
    }
    record_begin(&record, "net");
    record_text(&record, "from", from->bdf);
    record_text(&record, "to", to->bdf);
    record_number(&record, "sent", sent);
    record_number(&record, "received", good);
    record_end(&record);
}

int job_net(void)
{
    List list = { };
    int bad = 0;

    modules_load("net");
    sleep_ms(500);
    for_each_entry("/sys/class/net", add_interface, &list);
    for (int i = 0; i < list.count; i++) {
        if (!set_up(&list.interfaces[i])) {
            report_error("net", "%s does not come up",
                         list.interfaces[i].name);
            bad++;
        }
    }
    if (bad || list.count < 2) {
        return 1;
    }
    for (int i = 0; i < list.count; i++) {
        report_pair(&list.interfaces[i],
                    &list.interfaces[(i + 1) % list.count], i + 1);
    }
    return 0;
}
