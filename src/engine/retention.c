/* See retention.h. */
#include "engine/retention.h"

#include "base/number.h"

#include <errno.h>

#define BYTES_PER_GIB ((uint64_t)1 << 30)

/* ---- which class a row is of */

static bool fits(Slice pattern, Slice text)
{
    if (text.len == 0) return false;
    bool open_end = pattern.len && pattern.ptr[pattern.len - 1] == '*';
    if (!open_end) return slice_eq_nocase(pattern, text);
    pattern.len--;
    return text.len >= pattern.len && slice_eq_nocase(pattern, slice_first(text, pattern.len));
}

static size_t class_of(const void *context, const Row *row)
{
    static const RecordField fields[] = {RECORD_AKASHI_SOURCE, RECORD_EVENT_DATASET,
                                         RECORD_EVENT_PROVIDER};
    const Retention *retention = context;
    for (size_t i = 0; i < retention->pattern_count; i++) {
        for (size_t j = 0; j < ARRAY_COUNT(fields); j++) {
            if (fits(retention->patterns[i].text, row->record.text[fields[j]])) {
                return retention->patterns[i].class_index;
            }
        }
    }
    return 0;
}

/* ---- retention.classes */

static int complain(Complaint *complaint, Slice part)
{
    complaint_say(
        complaint, "retention.class",
        "retention.classes: \"%.*s\" is not NAME=DAYS:PATTERN,PATTERN (NAME: up to 31 letters, "
        "digits, - and _; DAYS: 0 to 36500)",
        "retention.classes: \"%.*s\" は 名前=日数:パターン,パターン の形ではありません"
        "（名前は英数字と - _ で31字まで、日数は0から36500）",
        SLICE_FMT(part));
    return -EINVAL;
}

static bool is_name(Slice name)
{
    if (name.len == 0 || name.len >= STORE_CLASS_BYTES_MAX) return false;
    for (size_t i = 0; i < name.len; i++) {
        char c = name.ptr[i];
        bool good = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
                    c == '-' || c == '_';
        if (!good) return false;
    }
    return !slice_eq(name, SLICE(STORE_CLASS_DEFAULT));
}

static bool is_known(const Retention *retention, Slice name)
{
    for (size_t i = 0; i < retention->classes.count; i++) {
        if (slice_eq(name, slice_from_cstr(retention->names[i]))) return true;
    }
    return false;
}

static bool add_class(Retention *retention, Slice name, uint64_t days)
{
    size_t at = retention->classes.count;
    if (at == STORE_CLASSES_MAX || is_known(retention, name)) return false;
    memcpy(retention->names[at], name.ptr, name.len);
    retention->names[at][name.len] = '\0';
    retention->classes.names[at] = retention->names[at];
    retention->classes.count++;
    StoreRetention *limits = &retention->limits;
    limits->classes[limits->class_count].name = retention->names[at];
    limits->classes[limits->class_count++].days = (int32_t)days;
    return true;
}

static bool add_patterns(Retention *retention, Slice patterns)
{
    Slice pattern;
    size_t before = retention->pattern_count;
    while (slice_cut(&patterns, ',', &pattern)) {
        pattern = slice_trim(pattern);
        if (pattern.len == 0 || retention->pattern_count == RETENTION_PATTERNS_MAX) return false;
        retention->patterns[retention->pattern_count].text = pattern;
        retention->patterns[retention->pattern_count++].class_index = retention->classes.count - 1;
    }
    return retention->pattern_count > before;
}

static bool take_class(Retention *retention, Slice part)
{
    Slice name, days_text;
    uint64_t days;
    if (!slice_cut(&part, '=', &name) || !slice_cut(&part, ':', &days_text)) return false;
    name = slice_trim(name);
    if (!is_name(name) || number_parse_u64(slice_trim(days_text), &days) < 0) return false;
    if (days > STORE_DAYS_MAX || !add_class(retention, name, days)) return false;
    return add_patterns(retention, part);
}

int retention_read(const Settings *settings, Retention *ret, Complaint *complaint)
{
    *ret = (Retention){
        .limits = {.days = (int32_t)setting_number(settings, SETTING_RETENTION_DAYS),
                   .bytes_max = (uint64_t)setting_number(settings, SETTING_RETENTION_SIZE_GIB) *
                                BYTES_PER_GIB,
                   .floor_days = (int32_t)setting_number(settings, SETTING_RETENTION_FLOOR_DAYS)},
        .classes = {.names = {ret->names[0]}, .count = 1, .of = class_of, .context = ret},
        .names = {STORE_CLASS_DEFAULT}};
    memcpy(ret->text, setting_text(settings, SETTING_RETENTION_CLASSES), sizeof ret->text);
    Slice rest = slice_from_cstr(ret->text), part;
    while (slice_cut(&rest, ';', &part)) {
        part = slice_trim(part);
        if (part.len && !take_class(ret, part)) return complain(complaint, part);
    }
    return 0;
}
