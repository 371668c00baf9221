/*
 * Runs the tests of the qos graph that go through a node of ours: each way
 * from a machine to a test is one test, named after the nodes on it.
 *
 * It stands in for the main() of QEMU's qos-test, for what the graph cannot
 * say: a device behind a host that is not the machine's first needs bus=,
 * whoever wrote its driver, and a virtio device has to be told to heed an
 * IOMMU. Options of nodes and edges are put together as qgraph.h documents.
 *
 * SPDX-License-Identifier: GPL-2.0-or-later
 */
#include "qemu/osdep.h"
#include "qemu/module.h"
#include "qobject/qdict.h"
#include "qobject/qlist.h"
#include "libqtest-single.h"
#include "libqos/qgraph.h"
#include "libqos/qgraph_internal.h"
#include "libqos/qos_external.h"
#include "msmmu-host.h"

/* Ways without this after the machine are QEMU's qos-test's to run. */
#define OURS "msmmu"

/* Ways that are left out: our hosts cannot have them, or another way says it */
static const char *const left_out[] = {
    "/hotplug$",                        /* into a root bus */
    "/virtio-iommu-pci/",               /* but on a pcie.0 without an SMMU */
    "/nxvirtq$",                        /* legacy virtio knows no IOMMU */
    "/msmmu-pcie0/pci-bus/(?!msmmu)",   /* as behind msmmu-rc-4k */
};

/* virt with an option: a machine that query-machines does not know */
#define VIRT "aarch64/virt"
#define VIRT_SMMUV3 "aarch64/virt,iommu=smmuv3"

typedef struct Way {
    char *command_line;
    GPtrArray *names;       /* of the edges, from the machine on; then NULL */
    const QOSGraphNode *test;
} Way;

static const Way *current;
static char *running;
static GHashTable *reached;     /* names of nodes */

/* ---- What libqos's drivers and tests expect of the program ------------- */

void qos_invalidate_command_line(void)
{
    g_clear_pointer(&running, g_free);
}

const char *qos_get_current_command_line(void)
{
    return current->command_line;
}

void *qos_allocate_objects(QTestState *qts, QGuestAllocator **p_alloc)
{
    return allocate_objects(qts, (char **)current->names->pdata, p_alloc);
}

/* ---- One test ---------------------------------------------------------- */

/* The same machine is reset, not started again. */
static void start(const char *command_line)
{
    if (running && g_str_equal(running, command_line)) {
        qtest_system_reset(global_qtest);
        return;
    }
    qtest_end();
    g_free(running);
    running = g_strdup(command_line);
    g_test_message("%s", command_line);
    qtest_start(command_line);
}

static void run(const void *opaque)
{
    const Way *way = opaque;
    const QOSGraphNode *test = way->test;
    g_autoptr(GString) command_line = g_string_new(way->command_line);
    void *arg = test->u.test.arg;
    QGuestAllocator *alloc = NULL;
    void *object;

    current = way;
    if (test->u.test.before) {
        arg = test->u.test.before(command_line, arg);
    }
    start(command_line->str);
    object = qos_allocate_objects(global_qtest, &alloc);
    test->u.test.function(object, arg, alloc);
}

/* ---- The ways ---------------------------------------------------------- */

static void append(GString *to, const char *text)
{
    if (text) {
        g_string_append(to, text);
    }
}

/* What a device behind this host needs beside what its driver's author knew */
static void append_host_options(GString *to, const QMsmmuHostType *type,
                                const char *device)
{
    if (type->bus_id) {
        g_string_append_printf(to, ",bus=%s", type->bus_id);
    }
    /* virtio: past any IOMMU unless told otherwise */
    if (type->front != QMSMMU_FRONT_NONE &&
        g_str_has_prefix(device, " -device virtio-")) {
        g_string_append(to, ",disable-legacy=on,iommu_platform=on");
    }
}

/* Follow the edges of @way that the graph has marked; fill @way. */
static void follow(Way *way, QOSGraphNode *node)
{
    g_autoptr(GString) front = g_string_new(NULL);
    g_autoptr(GString) options = g_string_new(NULL);
    g_autoptr(GString) back = g_string_new(NULL);
    const char *producer = NULL;

    for (;;) {
        QOSGraphEdge *edge = node->path_edge;
        const char *name = qos_graph_edge_get_name(edge);
        QOSGraphNode *next = qos_graph_get_node(qos_graph_edge_get_dest(edge));
        bool consumed = qos_graph_edge_get_type(edge) == QEDGE_CONSUMED_BY;

        g_ptr_array_add(way->names, (gpointer)name);
        append(front, qos_graph_edge_get_before_cmd_line(edge));
        append(back, qos_graph_edge_get_after_cmd_line(edge));
        append(options, qos_graph_edge_get_extra_device_opts(edge));
        if (next->type == QNODE_TEST) {
            way->test = next;
            break;
        }
        if (next->command_line &&
            (consumed || next->type == QNODE_MACHINE)) {
            const QMsmmuHostType *type =
                producer ? qmsmmu_host_type(producer) : NULL;

            append(front, next->command_line);
            append(front, options->str);
            g_string_truncate(options, 0);
            if (type) {
                append_host_options(front, type, next->command_line);
            }
        }
        if (next->type != QNODE_INTERFACE) {
            producer = next->name;
        }
        node = next;
    }
    way->command_line = g_strconcat(front->str, options->str, back->str, NULL);
}

static bool is_ours(const char *path)
{
    const char *behind_machine = strchr(strchr(path, '/') + 1, '/');

    for (unsigned i = 0; i < ARRAY_SIZE(left_out); i++) {
        if (g_regex_match_simple(left_out[i], path, 0, 0)) {
            return false;
        }
    }
    return strstr(behind_machine, OURS);
}

static void add_way(QOSGraphNode *root, int length)
{
    Way *way = g_new0(Way, 1);
    g_autofree char *path = NULL;

    way->names = g_ptr_array_new();
    follow(way, root);
    g_ptr_array_add(way->names, NULL);
    path = g_strjoinv("/", (char **)way->names->pdata);
    if (!is_ours(path)) {
        g_ptr_array_free(way->names, true);
        g_free(way->command_line);
        g_free(way);
        return;
    }
    for (unsigned i = 0; i + 1 < way->names->len; i++) {
        g_hash_table_add(reached, g_ptr_array_index(way->names, i));
    }
    g_assert_false(way->test->u.test.subprocess);
    /* qtest_add_data_func() puts the architecture first. */
    qtest_add_data_func(strchr(path, '/') + 1, way, run);
}

/* ---- What this QEMU has ------------------------------------------------ */

static void set_available(const char *command, QDict *arguments,
                          void (*each)(const char *name, const QDict *entry))
{
    QDict *response = qtest_qmp(global_qtest,
                                "{ 'execute': %s, 'arguments': %p }",
                                command, arguments);
    const QListEntry *entry;

    QLIST_FOREACH_ENTRY(qdict_get_qlist(response, "return"), entry) {
        QDict *item = qobject_to(QDict, qlist_entry_obj(entry));

        each(qdict_get_str(item, "name"), item);
    }
    qobject_unref(response);
}

static void machine_available(const char *name, const QDict *entry)
{
    const char *alias = qdict_get_try_str(entry, "alias");
    g_autofree char *node = g_strdup_printf("%s/%s", qtest_get_arch(), name);

    qos_graph_node_set_availability(node, true);
    if (alias) {
        machine_available(alias, &(const QDict) {});
    }
}

static void type_available(const char *name, const QDict *entry)
{
    qos_graph_node_set_availability(name, true);
    if (qdict_get_try_bool(entry, "abstract", false)) {
        qos_delete_cmd_line(name);
    }
}

static void ask_what_is_available(void)
{
    QDict *arguments = qdict_new();

    qtest_start("-machine none");
    set_available("query-machines", qdict_new(), machine_available);
    qos_graph_node_set_availability(VIRT_SMMUV3,
                                    qos_graph_get_node_availability(VIRT));
    qdict_put_bool(arguments, "abstract", true);
    qdict_put_str(arguments, "implements", "device");
    set_available("qom-list-types", arguments, type_available);
    qtest_end();
}

/* A node that no way goes through would be a test that vanished. */
static void test_nodes_are_reached(void)
{
    static const char *const nodes[] = {
        "aarch64/virt", VIRT_SMMUV3, "aarch64/virt-msmmu", "generic-pcihost",
        "msmmu-rc", "msmmu-rc-4k", "msmmu-rc-16k", "msmmu-rc-64k",
        "msmmu-rc-s2", "msmmu-pcie0", "upstream-smmuv3", "msmmu-bus",
        "msmmu-smmuv3", "msmmu-machine", "msmmu-engine",
        "msmmu-engine-translated", "e1000e", "nvme", "virtio-net-pci",
    };

    for (unsigned i = 0; i < ARRAY_SIZE(nodes); i++) {
        g_test_message("%s", nodes[i]);
        g_assert_true(g_hash_table_contains(reached, nodes[i]));
    }
}

int main(int argc, char **argv)
{
    int status;

    g_test_init(&argc, &argv, NULL);
    qos_graph_init();
    module_call_init(MODULE_INIT_QOM);
    module_call_init(MODULE_INIT_LIBQOS);
    ask_what_is_available();
    reached = g_hash_table_new(g_str_hash, g_str_equal);
    if (g_str_equal(qtest_get_arch(), "aarch64")) {
        qtest_add_func("qos/every-node-is-reached", test_nodes_are_reached);
    }
    qos_graph_foreach_test_path(add_way);
    status = g_test_run();
    qtest_end();
    qos_graph_destroy();
    return status;
}
