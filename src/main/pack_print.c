/* See pack_print.h. */
#include "main/pack_print.h"

#include "base/json_text.h"

static void print_both(Buf *to, Slice ja, Slice en)
{
    buf_add_cstr(to, "{\"ja\":");
    json_add_string(to, ja);
    buf_add_cstr(to, ",\"en\":");
    json_add_string(to, en);
    buf_add_char(to, '}');
}

static void member_both(Buf *to, const char *name, Slice ja, Slice en)
{
    buf_add_cstr(to, ",\"");
    buf_add_cstr(to, name);
    buf_add_cstr(to, "\":");
    print_both(to, ja, en);
}

void pack_print(Buf *to, const PackInfo *info)
{
    buf_add_cstr(to, "{\"pack\":");
    json_add_string(to, info->name);
    buf_add_cstr(to, ",\"version\":");
    json_add_string(to, info->version);
    member_both(to, "title", info->title[0], info->title[1]);
    member_both(to, "finds", info->finds[0], info->finds[1]);
    buf_add_cstr(to, ",\"needs\":[");
    for (size_t i = 0; i < info->need_count; i++) {
        const PackNeed *need = &info->needs[i];
        buf_add_cstr(to, i > 0 ? ",{\"dataset\":" : "{\"dataset\":");
        json_add_string(to, need->dataset);
        member_both(to, "title", need->title[0], need->title[1]);
        buf_add_char(to, '}');
    }
    buf_add_cstr(to, "]}\n");
}

static void print_first(Buf *to, const PackList *ja, const PackList *en)
{
    buf_add_cstr(to, ",\"first\":[");
    for (size_t i = 0; i < ja->count; i++) {
        if (i > 0) buf_add_char(to, ',');
        print_both(to, ja->list[i], en->list[i]);
    }
    buf_add_char(to, ']');
}

void pack_words_print(Buf *to, const PackRule *rule)
{
    const PackWords *ja = &rule->words[0], *en = &rule->words[1];
    buf_add_cstr(to, ",\"words\":{\"title\":");
    print_both(to, ja->title, en->title);
    if (!rule->is_part) {
        member_both(to, "seen", ja->seen, en->seen);
        member_both(to, "why", ja->why, en->why);
        member_both(to, "harmless", ja->harmless, en->harmless);
        member_both(to, "call", ja->call, en->call);
        print_first(to, &ja->first, &en->first);
    }
    buf_add_char(to, '}');
}
