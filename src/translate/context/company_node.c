/* See company_node.h. */
#include "translate/context/company_node.h"

#include "base/fold.h"
#include "base/nearest.h"
#include "base/number.h"

#include <errno.h>

void company_place(const Company *company, const Node *node)
{
    if (!company->complaint || !node) return;
    company->complaint->line = node->line ? node->line : node->key_line;
    company->complaint->column = node->line ? node->column : node->key_column;
}

static int unknown_key(const Company *company, const Node *member, const Slice *keys,
                       size_t key_count)
{
    Slice nearest = nearest_name(member->key, keys, key_count);
    if (company->complaint) {
        company->complaint->line = member->key_line;
        company->complaint->column = member->key_column;
    }
    if (nearest.len > 0) {
        complaint_say(company->complaint, "company.unknown",
                      "there is no %.*s here; did you mean %.*s?",
                      "ここに %.*s という項目はありません。%.*s のことですか",
                      SLICE_FMT(member->key), SLICE_FMT(nearest));
    } else {
        complaint_say(company->complaint, "company.unknown", "there is no %.*s here",
                      "ここに %.*s という項目はありません", SLICE_FMT(member->key));
    }
    return -EINVAL;
}

int company_map(const Company *company, const Node *node, const Slice *keys, size_t key_count)
{
    if (node->kind != NODE_MAP) {
        return COMPANY_REFUSE(company, node, "company.shape",
                              "names and values are expected here, such as `%.*s: ...`",
                              "ここには `%.*s: ...` のように名前と値を書いてください",
                              SLICE_FMT(keys[0]));
    }
    for (const Node *member = node->first; member; member = member->next) {
        bool known = false;
        for (size_t i = 0; i < key_count && !known; i++) {
            known = slice_eq(member->key, keys[i]);
        }
        if (!known) return unknown_key(company, member, keys, key_count);
    }
    return 0;
}

int company_each(const Company *company, const Node *node, CompanyTake take, void *context)
{
    int r = 0;
    if (!node) return 0;
    if (node->kind == NODE_TEXT) {
        return node->text.len > 0 ? take(company, node, context) : 0;
    }
    if (node->kind != NODE_LIST) {
        return COMPANY_REFUSE(company, node, "company.list", "a list is expected here (- ...)",
                              "ここには一覧（- ...）を書いてください");
    }
    for (const Node *item = node->first; item && r == 0; item = item->next) {
        r = take(company, item, context);
    }
    return r;
}

int company_name(const Company *company, const Node *map, const char *key, Slice *ret)
{
    const Node *node = node_member(map, key);
    if (!node || node->kind != NODE_TEXT || node->text.len == 0 ||
        node->text.len > CONTEXT_NAME_BYTES_MAX) {
        return COMPANY_REFUSE(company, node ? node : map, "company.name",
                              "%s is missing, or longer than %u bytes",
                              "%s がないか、%u バイトを越えています", key, CONTEXT_NAME_BYTES_MAX);
    }
    *ret = node->text;
    return 0;
}

int company_list_name(const Company *company, const Node *map, Slice *ret)
{
    Slice name = {0};
    int r = company_name(company, map, "name", &name);
    for (size_t i = 0; r == 0 && i < name.len; i++) {
        if ((uint8_t)name.ptr[i] > ' ' && name.ptr[i] != ',') continue;
        return COMPANY_REFUSE(company, node_member(map, "name"), "company.list_name",
                              "the name of a list has no blanks and commas",
                              "リストの名前には空白とコンマを使えません");
    }
    if (r == 0) *ret = name;
    return r;
}

int company_bool(const Company *company, const Node *node, bool *ret)
{
    static const Slice yes[] = {SLICE_INIT("true"), SLICE_INIT("yes"), SLICE_INIT("on")};
    static const Slice no[] = {SLICE_INIT("false"), SLICE_INIT("no"), SLICE_INIT("off")};
    if (!node) return 0;
    for (size_t i = 0; i < ARRAY_COUNT(yes) && node->kind == NODE_TEXT; i++) {
        bool is_yes = slice_eq_nocase(node->text, yes[i]);
        if (!is_yes && !slice_eq_nocase(node->text, no[i])) continue;
        *ret = is_yes;
        return 0;
    }
    return COMPANY_REFUSE(company, node, "company.bool", "true or false is expected here",
                          "ここには true か false を書いてください");
}

/* Two digits, or four. */
static bool take_digits(Slice *text, size_t digits, int *ret)
{
    uint64_t number;
    if (text->len < digits || number_parse_u64(slice_first(*text, digits), &number) < 0) {
        return false;
    }
    *text = slice_skip(*text, digits);
    *ret = (int)number;
    return true;
}

static bool take_dash(Slice *text)
{
    if (text->len == 0 || (text->ptr[0] != '-' && text->ptr[0] != '/')) return false;
    *text = slice_skip(*text, 1);
    return true;
}

int company_date(Slice text, int64_t *ret_days)
{
    CivilTime civil = {0};
    int64_t ns;
    bool shaped = take_digits(&text, 4, &civil.year) && take_dash(&text) &&
                  take_digits(&text, 2, &civil.month) && take_dash(&text) &&
                  take_digits(&text, 2, &civil.day) && text.len == 0;
    if (!shaped || time_from_civil(civil, &ns) < 0) return -EINVAL;
    *ret_days = time_days_from_civil(civil.year, civil.month, civil.day);
    return 0;
}

int company_day_ns(const Company *company, const Node *node, bool its_end, int64_t *ret_ns)
{
    int64_t days;
    if (!node) return 0;
    if (node->kind != NODE_TEXT || company_date(node->text, &days) < 0) {
        return COMPANY_REFUSE(company, node, "company.date",
                              "a date is expected here, such as 2026-12-31",
                              "ここには 2026-12-31 の形の日付を書いてください");
    }
    int64_t seconds = (days + its_end) * 86400 - company->context->calendar.zone_offset_seconds;
    *ret_ns = seconds * NS_PER_SECOND;
    return 0;
}

bool member_key(MemberKey *key, char kind, Slice name)
{
    if (name.len == 0 || name.len > MEMBER_NAME_BYTES_MAX) return false;
    key->bytes[0] = kind;
    key->len = 1 + fold_text(key->bytes + 1, name);
    return true;
}

int company_add_member(Context *context, char kind, Slice name, uint32_t index)
{
    MemberKey key;
    Slice domain;
    if (kind == MEMBER_USER) account_split(name, &name, &domain);
    if (kind == MEMBER_HOST) name = slice_first(name, slice_find_char(name, '.'));
    if (!member_key(&key, kind, name)) return -EINVAL;
    if (context->members.count >= CONTEXT_MEMBERS_MAX) return -E2BIG;
    uint64_t *value = map_put(&context->members, slice_of(key.bytes, key.len), NULL);
    if (!value) return -ENOMEM;
    *value = index + 1;
    return 0;
}

int company_file(const Company *company, const Node *node, const ContextFile *file)
{
    Context *context = company->context;
    if (node->kind != NODE_TEXT || node->text.len == 0) {
        return COMPANY_REFUSE(company, node, "company.file", "the name of a file is expected here",
                              "ここにはファイルの名前を書いてください");
    }
    if (context->file_count >= CONTEXT_FILES_MAX) {
        return COMPANY_REFUSE(company, node, "company.files", "there are more than %u files",
                              "ファイルが %u 個を越えています", CONTEXT_FILES_MAX);
    }
    ContextFile *kept = &context->files[context->file_count++];
    *kept = *file;
    kept->path = node->text;
    kept->line = node->line;
    kept->column = node->column;
    return 0;
}
