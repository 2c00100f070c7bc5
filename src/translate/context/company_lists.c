/* The company's document: watch lists and threat lists. See company_node.h. */
#include "translate/context/company_node.h"

#include "base/nearest.h"

#include <errno.h>

static bool watch_of_by_name(Slice text, WatchOf *ret)
{
    static const Slice names[WATCH_OF_COUNT] = {
        [WATCH_USERS] = SLICE_INIT("users"),         [WATCH_HOSTS] = SLICE_INIT("hosts"),
        [WATCH_ADDRESSES] = SLICE_INIT("addresses"), [WATCH_FOLDERS] = SLICE_INIT("folders"),
        [WATCH_PROGRAMS] = SLICE_INIT("programs"),   [WATCH_VALUES] = SLICE_INIT("values"),
    };
    for (int i = 0; i < WATCH_OF_COUNT; i++) {
        if (!slice_eq(text, names[i])) continue;
        *ret = (WatchOf)i;
        return true;
    }
    return false;
}

typedef struct WatchFields {
    RecordField fields[RECORD_FIELD_COUNT];
    size_t count;
} WatchFields;

static int take_field(const Company *company, const Node *item, void *context)
{
    WatchFields *to = context;
    RecordField field;
    if (item->kind == NODE_TEXT && to->count < RECORD_FIELD_COUNT &&
        record_field_by_name(item->text, &field) == 0) {
        to->fields[to->count++] = field;
        return 0;
    }
    Slice names[RECORD_FIELD_COUNT];
    for (size_t i = 0; i < RECORD_FIELD_COUNT; i++) {
        names[i] = record_fields[i].name;
    }
    Slice nearest = nearest_name(item->text, names, RECORD_FIELD_COUNT);
    return COMPANY_REFUSE(company, item, "company.field", "records have no field %.*s (%.*s?)",
                          "記録に %.*s という項目はありません（%.*s？）", SLICE_FMT(item->text),
                          SLICE_FMT(nearest));
}

static int read_fields(const Company *company, const Node *list, WatchOf of, WatchFields *ret)
{
    const Node *node = node_member(list, "fields");
    size_t count;
    const RecordField *usual = watch_usual_fields(of, &count);
    int r = company_each(company, node, take_field, ret);
    if (r < 0 || ret->count > 0) return r;
    if (count == 0) {
        return COMPANY_REFUSE(company, list, "company.fields",
                              "a list of values says for which `fields` it is",
                              "values のリストには、対象の項目を `fields` に書いてください");
    }
    memcpy(ret->fields, usual, count * sizeof *usual);
    ret->count = count;
    return 0;
}

static int watch_refused(const Company *company, const Node *item, int r)
{
    if (r == -EINVAL) {
        return COMPANY_REFUSE(company, item, "company.watch_value",
                              "this cannot be a value of this list (empty, longer than %u bytes, "
                              "or not an address in a list of addresses)",
                              "この値はこのリストに使えません（空、%u "
                              "バイト超、またはアドレスのリストなのにアドレスでない）",
                              WATCH_VALUE_BYTES_MAX);
    }
    if (r == -E2BIG) {
        return COMPANY_REFUSE(company, item, "company.watch_full",
                              "the watch lists hold more than %u values",
                              "注意リストの値が合わせて %u 個を越えています", WATCH_ENTRIES_MAX);
    }
    return r;
}

/* A value alone, or {value, from, until}. */
static int take_watch_value(const Company *company, const Node *item, void *context)
{
    static const Slice keys[] = {SLICE_INIT("value"), SLICE_INIT("from"), SLICE_INIT("until"),
                                 SLICE_INIT("note")};
    const unsigned *list = context;
    WatchSpan span = WATCH_ALWAYS;
    const Node *value = item;
    int r = 0;
    if (item->kind != NODE_TEXT) {
        r = company_map(company, item, keys, ARRAY_COUNT(keys));
        if (r == 0) r = company_day_ns(company, node_member(item, "from"), false, &span.from_ns);
        if (r == 0) r = company_day_ns(company, node_member(item, "until"), true, &span.until_ns);
        value = node_member(item, "value");
    }
    if (r < 0) return r;
    Slice text = value && value->kind == NODE_TEXT ? value->text : (Slice){0};
    return watch_refused(company, item, watch_add(&company->context->watch, *list, text, span));
}

static int take_watch(const Company *company, const Node *item, void *context)
{
    static const Slice keys[] = {SLICE_INIT("name"), SLICE_INIT("of"), SLICE_INIT("fields"),
                                 SLICE_INIT("values"), SLICE_INIT("file")};
    WatchFields fields = {0};
    WatchOf of;
    Slice name = {0};
    (void)context;
    int r = company_map(company, item, keys, ARRAY_COUNT(keys));
    if (r == 0) r = company_list_name(company, item, &name);
    if (r < 0) return r;
    const Node *kind = node_member(item, "of"), *file = node_member(item, "file");
    if (!kind || !watch_of_by_name(kind->text, &of)) {
        return COMPANY_REFUSE(
            company, kind ? kind : item, "company.of",
            "`of` takes users, hosts, addresses, folders, programs or values",
            "`of` には users hosts addresses folders programs values のどれかを書いてください");
    }
    r = read_fields(company, item, of, &fields);
    if (r < 0) return r;
    int list = watch_add_list(&company->context->watch, name, of, fields.fields, fields.count);
    if (list < 0) {
        return COMPANY_REFUSE(company, item, "company.watch_lists",
                              "there are more than %u watch lists",
                              "注意リストが %u 個を越えています", WATCH_LISTS_MAX);
    }
    unsigned index = (unsigned)list;
    r = company_each(company, node_member(item, "values"), take_watch_value, &index);
    if (r < 0 || !file) return r;
    return company_file(company, file,
                        &(ContextFile){.kind = CONTEXT_FILE_WATCH, .list = name, .index = index});
}

int company_watch(const Company *company, const Node *node)
{
    return company_each(company, node, take_watch, NULL);
}

static int take_threat_value(const Company *company, const Node *item, void *context)
{
    const unsigned *list = context;
    int r = item->kind == NODE_TEXT ? threat_add(&company->context->threats, *list, item->text)
                                    : -EINVAL;
    if (r != -EINVAL && r != -E2BIG) return r;
    return COMPANY_REFUSE(company, item, "company.threat_value",
                          "an address, network, domain, URL or hash is expected here; %u at most",
                          "ここにはアドレス、ネットワーク、ドメイン、URL、ハッシュのどれかを"
                          "書いてください（%u 個まで）",
                          THREAT_ENTRIES_MAX);
}

static int take_threats(const Company *company, const Node *item, void *context)
{
    static const Slice keys[] = {SLICE_INIT("name"), SLICE_INIT("file"), SLICE_INIT("column"),
                                 SLICE_INIT("values")};
    Slice name = {0};
    (void)context;
    int r = company_map(company, item, keys, ARRAY_COUNT(keys));
    if (r == 0) r = company_list_name(company, item, &name);
    if (r < 0) return r;
    int list = threat_add_list(&company->context->threats, name);
    if (list < 0) {
        return COMPANY_REFUSE(company, item, "company.threat_lists",
                              "there are more than %u threat lists",
                              "脅威リストが %u 個を越えています", THREAT_LISTS_MAX);
    }
    unsigned index = (unsigned)list;
    const Node *file = node_member(item, "file"), *column = node_member(item, "column");
    r = company_each(company, node_member(item, "values"), take_threat_value, &index);
    if (r < 0 || !file) return r;
    return company_file(company, file,
                        &(ContextFile){.kind = CONTEXT_FILE_THREAT,
                                       .list = name,
                                       .index = index,
                                       .cell = column ? column->text : (Slice){0}});
}

int company_threats(const Company *company, const Node *node)
{
    return company_each(company, node, take_threats, NULL);
}
