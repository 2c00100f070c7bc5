/* The packs that the program carries inside: nothing that people read is missing in a language. */
#include "tests/support/tap.h"

#include "detect/pack.h"
#include "detect/yaml_tree.h"
#include "engine/packs.h"

static bool is_japanese(Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        if ((unsigned char)text.ptr[i] >= 0xe3) return true; /* kana and beyond, in UTF-8 */
    }
    return false;
}

/* In Japanese some name may stand alone ("Microsoft 365"); in English no Japanese may. */
static void expect_both(Slice ja, Slice en)
{
    expect(ja.len > 0 && en.len > 0);
    expect(is_japanese(ja) || slice_eq(ja, en));
    expect(!is_japanese(en));
}

static bool is_info(const BuiltInPackFile *file)
{
    return slice_ends(file->file, SLICE("/pack.yaml"));
}

static void every_pack_says_what_it_is_and_needs(void)
{
    const BuiltInPackFile *file;
    size_t packs = 0;
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++) {
        CLEANUP(arena_done) Arena arena = {0};
        Complaint complaint = {0};
        PackInfo info;
        if (!is_info(file)) continue;
        if (!expect_ok(pack_info_read(file->yaml, file->file, &arena, &info, &complaint))) continue;
        packs++;
        expect_both(info.title[0], info.title[1]);
        expect_both(info.finds[0], info.finds[1]);
        for (size_t k = 0; k < info.need_count; k++) {
            expect_both(info.needs[k].title[0], info.needs[k].title[1]);
        }
    }
    expect_int(packs, 4);
}

static void check_words(const PackRule *rule)
{
    const PackWords *ja = &rule->words[0], *en = &rule->words[1];
    expect_both(ja->title, en->title);
    if (rule->is_part) return;
    expect_both(ja->seen, en->seen);
    expect_both(ja->why, en->why);
    expect_both(ja->call, en->call);
    expect_both(ja->harmless, en->harmless);
    expect_int(ja->first.count, en->first.count);
    for (size_t i = 0; i < ja->first.count; i++) {
        expect_both(ja->first.list[i], en->first.list[i]);
    }
}

static size_t documents_of(Slice yaml, Arena *arena)
{
    Complaint complaint = {0};
    YamlNode *documents = NULL;
    size_t count = 0;
    expect_ok(yaml_tree_read(yaml, arena, &documents, &complaint));
    for (const YamlNode *document = documents; document; document = document->next) {
        count += !yaml_is_null(document);
    }
    return count;
}

/* Also those that only serve others: whoever looks through the rules sees their titles. */
static void every_rule_has_its_words_in_both_languages(void)
{
    const BuiltInPackFile *file;
    size_t all = 0;
    for (size_t i = 0; (file = packs_built_in(i)) != NULL; i++) {
        CLEANUP(arena_done) Arena arena = {0};
        Complaint complaint = {0};
        PackRule *rules;
        size_t count = 0;
        if (is_info(file)) continue;
        if (!expect_ok(
                pack_rules_read(file->yaml, file->file, 0, &arena, &rules, &count, &complaint)))
            continue;
        expect_int(count, documents_of(file->yaml, &arena));
        for (size_t k = 0; k < count; k++) {
            check_words(&rules[k]);
        }
        all += count;
    }
    expect(all > 150);
}

static const TapTest tests[] = {
    TAP_TEST(every_pack_says_what_it_is_and_needs),
    TAP_TEST(every_rule_has_its_words_in_both_languages),
};
TAP_MAIN(tests)
