/*
 * What the monitor can ask an instance: read-only QOM properties, which are
 * made when it is realized and so are no options of -device.
 *
 *   qom-get /machine/peripheral/smmu1 faults
 *   qom-set /machine/peripheral/smmu1 explain-query sid=0x10,iova=0x1000
 *   qom-get /machine/peripheral/smmu1 explain
 *   qom-set /machine/peripheral/smmu1 explain-query fault=3
 *
 * The core says what there is to tell (core/report.h); this file writes it to a
 * Visitor. Getters have no parameters, so the question of "explain" is set
 * before: it belongs to the monitor, and is no state of the instance.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qapi/error.h"
#include "qapi/visitor.h"
#include "qemu/cutils.h"
#include "qemu/rcu.h"
#include "hw/pci/pci_bus.h"
#include "hw/pci/pci_device.h"
#include "smmuv3_private.h"

/* ---- Reports, to a Visitor ---------------------------------------------- */

typedef struct VisitorReporter {
    MsmmuReporter reporter;
    Visitor *v;
    const char *top;            /* the name of the property */
    Error *error;               /* the first; nothing is visited after it */
} VisitorReporter;

static VisitorReporter *to_visitor(MsmmuReporter *r)
{
    return container_of(r, VisitorReporter, reporter);
}

static const char *take_top(VisitorReporter *vr, const char *name)
{
    const char *top = vr->top;

    vr->top = NULL;
    return top ? top : name;
}

static void report_begin(MsmmuReporter *r, const char *name, bool list)
{
    VisitorReporter *vr = to_visitor(r);

    if (vr->error) {
        return;
    }
    name = take_top(vr, name);
    if (list) {
        visit_start_list(vr->v, name, NULL, 0, &vr->error);
    } else {
        visit_start_struct(vr->v, name, NULL, 0, &vr->error);
    }
}

static void report_end(MsmmuReporter *r, bool list)
{
    VisitorReporter *vr = to_visitor(r);

    if (vr->error) {
        return;
    }
    if (list) {
        visit_end_list(vr->v, NULL);
    } else {
        visit_end_struct(vr->v, NULL);
    }
}

static void report_string(MsmmuReporter *r, const char *name,
                          const char *value)
{
    VisitorReporter *vr = to_visitor(r);
    char *s = (char *)value;

    if (!vr->error) {
        visit_type_str(vr->v, name, &s, &vr->error);
    }
}

static void report_number(MsmmuReporter *r, const char *name, uint64_t value)
{
    VisitorReporter *vr = to_visitor(r);

    if (!vr->error) {
        visit_type_uint64(vr->v, name, &value, &vr->error);
    }
}

static void report_bool(MsmmuReporter *r, const char *name, bool value)
{
    VisitorReporter *vr = to_visitor(r);

    if (!vr->error) {
        visit_type_bool(vr->v, name, &value, &vr->error);
    }
}

static VisitorReporter visitor_reporter(Visitor *v, const char *name)
{
    return (VisitorReporter) {
        .reporter = {
            .begin = report_begin,
            .end = report_end,
            .string = report_string,
            .number = report_number,
            .boolean = report_bool,
        },
        .v = v,
        .top = name,
    };
}

/* ---- What the core reports ---------------------------------------------- */

typedef void Report(Msmmu *m, MsmmuReporter *r);

static void get_report(Object *obj, Visitor *v, const char *name,
                       void *opaque, Error **errp)
{
    VisitorReporter vr = visitor_reporter(v, name);
    Report *const *report = opaque;

    (*report)(MSMMU_SMMUV3(obj)->core, &vr.reporter);
    error_propagate(errp, vr.error);
}

/* What was asked: a transaction, or that of "faults" with this number. */
typedef struct Question {
    MsmmuRequest rq;
    uint64_t fault;             /* 0: none */
} Question;

static bool parse_question(const char *text, Question *q, Error **errp)
{
    g_autoptr(GError) error = NULL;
    const char *number;

    q->fault = 0;
    if (strstart(text, "fault=", &number)) {
        if (qemu_strtou64(number, NULL, 0, &q->fault) || !q->fault) {
            error_setg(errp, "'%s' is no number of a fault", text);
            return false;
        }
        return true;
    }
    if (!msmmu_request_parse(text, &q->rq, &error)) {
        error_setg(errp, "%s", error->message);
        return false;
    }
    return true;
}

static void get_explanation(Object *obj, Visitor *v, const char *name,
                            void *opaque, Error **errp)
{
    MsmmuSmmuv3State *s = MSMMU_SMMUV3(obj);
    VisitorReporter vr = visitor_reporter(v, name);
    Question q;

    if (!s->explain_query) {
        error_setg(errp, "set explain-query first, as in sid=0x10,"
                   "iova=0x1000,write");
        return;
    }
    if (!parse_question(s->explain_query, &q, errp)) {
        return;
    }
    if (!q.fault) {
        RCU_READ_LOCK_GUARD();
        msmmu_explain(s->core, &q.rq, &vr.reporter);
    } else if (!msmmu_explain_fault(s->core, q.fault, &vr.reporter)) {
        error_setg(errp, "fault %" PRIu64 " is not kept: see 'faults' for "
                   "those that are", q.fault);
        return;
    }
    error_propagate(errp, vr.error);
}

static char *get_query(Object *obj, Error **errp)
{
    const char *query = MSMMU_SMMUV3(obj)->explain_query;

    return g_strdup(query ? query : "");
}

static void set_query(Object *obj, const char *value, Error **errp)
{
    MsmmuSmmuv3State *s = MSMMU_SMMUV3(obj);
    Question q;

    if (!parse_question(value, &q, errp)) {
        return;
    }
    g_free(s->explain_query);
    s->explain_query = g_strdup(value);
}

static void get_sync_events(Object *obj, Visitor *v, const char *name,
                            void *opaque, Error **errp)
{
    uint64_t events = msmmu_sev_events(MSMMU_SMMUV3(obj)->core);

    visit_type_uint64(v, name, &events, errp);
}

/* ---- Whose StreamIDs they are ------------------------------------------- */

typedef struct DeviceReport {
    MsmmuReporter *r;
    uint32_t sid_base;
} DeviceReport;

static void report_device(PCIBus *bus, PCIDevice *dev, void *opaque)
{
    DeviceReport *report = opaque;
    MsmmuReporter *r = report->r;
    g_autofree char *sid = g_strdup_printf("0x%x", report->sid_base |
                                           pci_get_bdf(dev));
    g_autofree char *slot = g_strdup_printf("%02x:%02x.%x",
                                            pci_dev_bus_num(dev),
                                            PCI_SLOT(dev->devfn),
                                            PCI_FUNC(dev->devfn));

    r->begin(r, NULL, false);
    r->string(r, "sid", sid);
    r->string(r, "type", object_get_typename(OBJECT(dev)));
    if (DEVICE(dev)->id) {
        r->string(r, "id", DEVICE(dev)->id);
    }
    r->string(r, "root-bus", BUS(pci_device_root_bus(dev))->name);
    r->string(r, "address", slot);
    r->end(r, false);
}

static void report_bus(PCIBus *bus, void *opaque)
{
    pci_for_each_device_under_bus(bus, report_device, opaque);
}

/* The bus numbers are as the guest has programmed them. */
static void get_devices(Object *obj, Visitor *v, const char *name,
                        void *opaque, Error **errp)
{
    MsmmuSmmuv3State *s = MSMMU_SMMUV3(obj);
    VisitorReporter vr = visitor_reporter(v, name);
    MsmmuReporter *r = &vr.reporter;

    r->begin(r, NULL, true);
    for (unsigned i = 0; i < s->ranges->len; i++) {
        const MsmmuBusRange *range =
            &g_array_index(s->ranges, MsmmuBusRange, i);
        DeviceReport report = { .r = r, .sid_base = range->sid_base };

        pci_for_each_bus(range->bus, report_bus, &report);
    }
    r->end(r, true);
    error_propagate(errp, vr.error);
}

/* ---- The properties ------------------------------------------------------ */

static Report *const report_registers = msmmu_report_registers;
static Report *const report_streams = msmmu_report_streams;
static Report *const report_faults = msmmu_report_faults;

static void add_report(Object *obj, const char *name, Report *const *report,
                       const char *description)
{
    object_property_add(obj, name, "MsmmuReport", get_report, NULL, NULL,
                        (void *)report);
    object_property_set_description(obj, name, description);
}

static void add_getter(Object *obj, const char *name, const char *type,
                       ObjectPropertyAccessor *get, const char *description)
{
    object_property_add(obj, name, type, get, NULL, NULL, NULL);
    object_property_set_description(obj, name, description);
}

void msmmu_monitor_init(MsmmuSmmuv3State *s)
{
    Object *obj = OBJECT(s);

    add_report(obj, "registers", &report_registers,
               "the registers as software reads them");
    add_report(obj, "streams", &report_streams,
               "what was counted of each StreamID since the last reset");
    add_report(obj, "faults", &report_faults,
               "the last transactions that were terminated, and why");
    add_getter(obj, "devices", "MsmmuReport", get_devices,
               "the PCI functions behind the instance and their StreamIDs");
    add_getter(obj, "sync-events", "uint64", get_sync_events,
               "events sent to PEs since the last reset");
    add_getter(obj, "explain", "MsmmuReport", get_explanation,
               "what would come of the transaction in explain-query, and why");
    object_property_add_str(obj, "explain-query", get_query, set_query);
    object_property_set_description(obj, "explain-query",
                                    "sid=N[,ssid=N],iova=N[,write][,atomic]"
                                    "[,privileged][,instruction], or fault=N "
                                    "of faults");
}

void msmmu_monitor_cleanup(MsmmuSmmuv3State *s)
{
    g_clear_pointer(&s->explain_query, g_free);
}
