/* The texts of an item's values: what the modifiers make of them, one after the other, from left to
 * right (Sigma specification, appendix "Modifiers"). */
#include "detect/sigma_item.h"

#include "base/number.h"
#include "detect/sigma_text.h"

#include <errno.h>

static int with_star(const ModifierChain *chain, Slice text, bool front, bool back, Slice *ret)
{
    bool first = front && !(text.len > 0 && text.ptr[0] == SIGMA_STAR);
    bool last = back && !(text.len > 0 && text.ptr[text.len - 1] == SIGMA_STAR);
    char *to = arena_alloc(chain->reader->arena, text.len + 2);
    size_t len = 0;
    if (!to) return -ENOMEM;
    if (first) to[len++] = SIGMA_STAR;
    if (text.len) memcpy(to + len, text.ptr, text.len);
    len += text.len;
    if (last) to[len++] = SIGMA_STAR;
    *ret = slice_of(to, len);
    return 0;
}

static int encode(const ModifierChain *chain, const YamlNode *value, Modifier modifier,
                  SigmaForm *work)
{
    Arena *arena = chain->reader->arena;
    if (!work->raw && sigma_text_has_wildcard(work->text)) {
        return sigma_refuse_value(
            chain, value,
            "a value with * or ? cannot be encoded (%.*s); write \\* or \\? for "
            "the sign itself",
            "* や ? のある値は符号化できません（%.*s）。文字そのものなら "
            "\\* \\? と書いてください");
    }
    if (modifier == MOD_BASE64) {
        work->raw = false;
        return sigma_base64(arena, work->text, &work->text);
    }
    work->raw = true;
    return sigma_utf16(arena, work->text, modifier == MOD_UTF16BE, modifier == MOD_UTF16,
                       &work->text);
}

/* How many forms one value may become: room for them is taken at once. */
static size_t forms_max(const ModifierChain *chain)
{
    if (chain->has[MOD_WINDASH] || chain->has[MOD_EXPAND]) return SIGMA_EXPANSION_MAX;
    return 3;
}

static int add_work(const ModifierChain *chain, const YamlNode *value, SigmaForm **list,
                    size_t *count, SigmaForm one)
{
    if (*count == forms_max(chain)) {
        return sigma_refuse_value(chain, value,
                                  "the value becomes too many forms (%.*s); shorten it",
                                  "値の変形が多すぎます（%.*s）。短くしてください");
    }
    (*list)[(*count)++] = one;
    return 0;
}

/* One value -> its three Base64 forms, or its dashes' forms. */
static int expand_forms(const ModifierChain *chain, const YamlNode *value, Modifier modifier,
                        SigmaForm work, SigmaForm **list, size_t *count)
{
    Arena *arena = chain->reader->arena;
    Slice *forms = ARENA_ARRAY(chain->reader->scratch, Slice, forms_max(chain));
    size_t form_count = 3;
    int r = forms ? 0 : -ENOMEM;
    if (r == 0 && modifier == MOD_WINDASH) r = sigma_dashes(arena, work.text, forms, &form_count);
    if (r == -E2BIG) form_count = SIGMA_EXPANSION_MAX + 1, r = 0;
    if (r == 0 && modifier == MOD_BASE64OFFSET) {
        if (!work.raw && sigma_text_has_wildcard(work.text))
            return encode(chain, value, modifier, &work);
        work.raw = false;
        for (unsigned i = 0; i < 3 && r == 0; i++) {
            r = sigma_base64_offset(arena, work.text, i, &forms[i]);
        }
    }
    for (size_t i = 0; i < form_count && r == 0; i++) {
        if (i < forms_max(chain)) work.text = forms[i];
        r = add_work(chain, value, list, count, work);
    }
    return r;
}

static const Placeholder *find_placeholder(const SigmaReader *reader, Slice name)
{
    return reader->placeholder
               ? reader->placeholder(reader->placeholder_context, reader->source, name)
               : NULL;
}

/* The first %name% of the text; false when there is none. */
static bool next_placeholder(Slice text, Slice *ret_before, Slice *ret_name, Slice *ret_after)
{
    size_t open = slice_find_char(text, '%');
    if (open == SLICE_NOT_FOUND) return false;
    Slice rest = slice_skip(text, open + 1);
    size_t close = slice_find_char(rest, '%');
    if (close == SLICE_NOT_FOUND || close == 0) return false;
    *ret_before = slice_first(text, open);
    *ret_name = slice_first(rest, close);
    *ret_after = slice_skip(rest, close + 1);
    return true;
}

static int expand_placeholders(const ModifierChain *chain, const YamlNode *value, SigmaForm work,
                               SigmaForm **list, size_t *count, unsigned depth)
{
    Slice before, name, after;
    if (depth > 4 || !next_placeholder(work.text, &before, &name, &after))
        return add_work(chain, value, list, count, work);
    const Placeholder *found = find_placeholder(chain->reader, name);
    if (!found) {
        return YAML_REFUSE(chain->reader->complaint, value, "sigma.placeholder",
                           "nobody has said what %%%.*s%% stands for; give it values in a pipeline "
                           "(vars:), then load the rule again",
                           "%%%.*s%% の中身が決められていません。パイプライン（vars:）で値を"
                           "与えてから読み直してください",
                           SLICE_FMT(name));
    }
    int r = 0;
    for (size_t i = 0; i < found->value_count && r == 0; i++) {
        Slice tokens, joined;
        r = sigma_text_unescape(chain->reader->arena, found->values[i], &tokens);
        if (r == 0)
            r = arena_format(chain->reader->arena, &joined, "%.*s%.*s%.*s", SLICE_FMT(before),
                             SLICE_FMT(tokens), SLICE_FMT(after));
        if (r == 0)
            r = expand_placeholders(chain, value, (SigmaForm){.text = joined}, list, count,
                                    depth + 1);
    }
    return r;
}

static int apply_one(const ModifierChain *chain, const YamlNode *value, Modifier modifier,
                     SigmaForm work, SigmaForm **list, size_t *count)
{
    int r = 0;
    switch (modifier) {
    case MOD_CONTAINS: r = with_star(chain, work.text, true, true, &work.text); break;
    case MOD_STARTSWITH: r = with_star(chain, work.text, false, true, &work.text); break;
    case MOD_ENDSWITH: r = with_star(chain, work.text, true, false, &work.text); break;
    case MOD_BASE64:
    case MOD_WIDE:
    case MOD_UTF16:
    case MOD_UTF16LE:
    case MOD_UTF16BE: r = encode(chain, value, modifier, &work); break;
    case MOD_BASE64OFFSET:
    case MOD_WINDASH: return expand_forms(chain, value, modifier, work, list, count);
    case MOD_EXPAND: return expand_placeholders(chain, value, work, list, count, 0);
    default: break;
    }
    return r < 0 ? r : add_work(chain, value, list, count, work);
}

static int apply_all(const ModifierChain *chain, const YamlNode *value, SigmaForm **list,
                     size_t *count)
{
    SigmaForm *other = ARENA_ARRAY(chain->reader->scratch, SigmaForm, forms_max(chain));
    if (!other) return -ENOMEM;
    for (size_t m = 0; m < chain->count; m++) {
        size_t made = 0;
        for (size_t i = 0; i < *count; i++) {
            int r = apply_one(chain, value, chain->list[m], (*list)[i], &other, &made);
            if (r < 0) return r;
        }
        SigmaForm *filled = other;
        other = *list;
        *list = filled;
        *count = made;
    }
    return 0;
}

bool sigma_chain_changes_values(const ModifierChain *chain)
{
    return sigma_chain_changes_text(chain) || sigma_chain_has_where(chain) ||
           chain->has[MOD_EXPAND];
}

/* A whole number without quotes: also as decimal and hexadecimal, since logs write both. */
static int add_number_forms(const ModifierChain *chain, const YamlNode *value, SigmaForm *list,
                            size_t *count)
{
    uint64_t number;
    char text[NUMBER_TEXT_MAX];
    if (!value->plain || number_parse_any(value->text, &number) < 0) return 0;
    for (int hex = 0; hex < 2; hex++) {
        Slice form =
            slice_of(text, hex ? number_print_hex(text, number) : number_print_u64(text, number));
        if (slice_eq(form, value->text)) continue;
        int r = arena_copy(chain->reader->arena, form, &list[*count].text);
        if (r < 0) return r;
        (*count)++;
    }
    return 0;
}

int sigma_text_forms(const ModifierChain *chain, const YamlNode *value, SigmaForm **ret,
                     size_t *ret_count)
{
    bool many = sigma_chain_changes_values(chain);
    SigmaForm *list = ARENA_ARRAY(chain->reader->scratch, SigmaForm, forms_max(chain));
    size_t count = 1;
    if (!list) return -ENOMEM;
    int r = sigma_text_unescape(chain->reader->arena, value->text, &list[0].text);
    if (r == 0 && !many) r = add_number_forms(chain, value, list, &count);
    if (r == 0 && many) r = apply_all(chain, value, &list, &count);
    if (r < 0) return r;
    for (size_t i = 0; i < count; i++) {
        if (list[i].raw && sigma_text_has_wildcard(list[i].text)) {
            return sigma_refuse_value(
                chain, value, "UTF-16 bytes are in no log as they are; add base64offset (%.*s)",
                "UTF-16 のままのバイトはログに現れません。base64offset を"
                "加えてください（%.*s）");
        }
        if (chain->field.len == 0)
            r = with_star(chain, list[i].text,
                          !sigma_chain_has_where(chain) || chain->has[MOD_CONTAINS],
                          !sigma_chain_has_where(chain) || chain->has[MOD_CONTAINS], &list[i].text);
        if (r < 0) return r;
    }
    *ret = list;
    *ret_count = count;
    return 0;
}
