/* Compiles the messages of a definition, and its samples. */
#include "base/nearest.h"
#include "translate/source/source_compile.h"

#define NO_VERB ((Verb)VERB_COUNT)

/* --- messages --------------------------------------------------------------------------------- */

static int on_rule(Compiler *compiler, const Node *node, void *context)
{
    SourceMessage *message = context;
    Slice rule;
    int r = source_take_text(compiler, node, &rule);
    if (r < 0) return r;
    return arena_format(compiler->arena, &message->rule, "%.*s.%.*s",
                        SLICE_FMT(compiler->definition->info.name), SLICE_FMT(rule));
}

static int on_when(Compiler *compiler, const Node *node, void *context)
{
    SourceMessage *message = context;
    return source_tests_make(compiler, node, &message->tests, &message->test_count);
}

static int on_pattern(Compiler *compiler, const Node *node, void *context)
{
    SourceMessage *message = context;
    return source_patterns_make(compiler, node, &message->patterns, &message->pattern_count);
}

static int on_pattern_of(Compiler *compiler, const Node *node, void *context)
{
    Slice name;
    int r = source_take_text(compiler, node, &name);
    if (r < 0) return r;
    return source_slot(compiler, node, name, false, &((SourceMessage *)context)->pattern_of);
}

static int on_verb(Compiler *compiler, const Node *node, void *context)
{
    Slice token, names[VERB_COUNT];
    int r = source_take_text(compiler, node, &token);
    if (r < 0) return r;
    for (size_t i = 0; i < VERB_COUNT; i++) {
        names[i] = verbs[i].token;
        if (!slice_eq(names[i], token)) continue;
        ((SourceMessage *)context)->verb = (Verb)i;
        return 0;
    }
    Slice nearest = nearest_name(token, names, VERB_COUNT);
    if (nearest.len == 0) nearest = SLICE("OTHER");
    return WRONG(compiler, node, "source.verb", "there is no verb %.*s; did you mean %.*s?",
                 "%.*s という操作はありません。%.*s のことですか", SLICE_FMT(token),
                 SLICE_FMT(nearest));
}

static int on_outcome(Compiler *compiler, const Node *node, void *context)
{
    static const Slice tokens[] = {SLICE_INIT("unknown"), SLICE_INIT("success"),
                                   SLICE_INIT("failure")};
    SourceMessage *message = context;
    if (node->kind == NODE_MAP) return source_value_make(compiler, node, &message->outcome_value);
    for (size_t i = 0; i < ARRAY_COUNT(tokens) && node->kind == NODE_TEXT; i++) {
        if (!slice_eq(tokens[i], node->text)) continue;
        message->outcome = (Outcome)i;
        return 0;
    }
    return WRONG(
        compiler, node, "source.outcome",
        "an outcome is success, failure or unknown, or a map from a field's values to them",
        "結果は success, failure, unknown のどれか、または項目の値からの対応表です");
}

static int on_message_fields(Compiler *compiler, const Node *node, void *context)
{
    return source_setters_make(compiler, node, &((SourceMessage *)context)->setters);
}

static int message_make(Compiler *compiler, const Node *node, SourceMessage *ret)
{
    static const KeyRow rows[] = {{"rule", on_rule},
                                  {"when", on_when},
                                  {"pattern", on_pattern},
                                  {"of", on_pattern_of},
                                  {"verb", on_verb},
                                  {"outcome", on_outcome},
                                  {"fields", on_message_fields}};
    *ret = (SourceMessage){.verb = NO_VERB, .pattern_of = compiler->definition->take.of};
    int r = source_take_map(compiler, node, rows, ARRAY_COUNT(rows), ret);
    if (r < 0) return r;
    if (ret->rule.len == 0 || ret->verb == NO_VERB) {
        return WRONG(compiler, node, "source.message",
                     "a message needs `rule:` (a name of its own) and `verb:` (what was done)",
                     "messages の各項目には `rule:`（固有の名前）と `verb:`（操作）が必要です");
    }
    return 0;
}

int source_messages_make(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    SourceDefinition *definition = compiler->definition;
    if (node->kind != NODE_LIST) {
        return WRONG(compiler, node, "source.list", "write a list here, each item behind a `-`",
                     "ここには `-` で始まる項目を並べて書いてください");
    }
    SourceMessage *made = ARENA_ARRAY(compiler->arena, SourceMessage, node->count);
    size_t count = 0;
    if (!made) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next) {
        int r = message_make(compiler, item, &made[count++]);
        if (r < 0) return r;
    }
    definition->messages = made;
    definition->message_count = count;
    return 0;
}

/* --- samples ---------------------------------------------------------------------------------- */

static int on_sample_kind(Compiler *compiler, const Node *node, void *context)
{
    SourceSample *sample = context;
    static const Slice kinds[] = {SLICE_INIT("captured"), SLICE_INIT("documented"),
                                  SLICE_INIT("assumed")};
    int r = source_take_text(compiler, node, &sample->kind);
    if (r < 0) return r;
    for (size_t i = 0; i < ARRAY_COUNT(kinds); i++) {
        if (slice_eq(sample->kind, kinds[i])) return 0;
    }
    return WRONG(
        compiler, node, "source.sample_kind",
        "a sample is `captured` from the real program, `documented` in its manual, or "
        "`assumed` where no public form is known",
        "サンプルの kind は captured（実物）、documented（説明書）、assumed（公開された形が"
        "ないため推定）のどれかです");
}

static int on_sample_from(Compiler *compiler, const Node *node, void *context)
{
    return source_take_text(compiler, node, &((SourceSample *)context)->from);
}

static int on_sample_text(Compiler *compiler, const Node *node, void *context)
{
    return source_take_text(compiler, node, &((SourceSample *)context)->text);
}

static int on_sample_before(Compiler *compiler, const Node *node, void *context)
{
    SourceSample *sample = context;
    return source_take_texts(compiler, node, &sample->before, &sample->before_count);
}

static int on_sample_expect(Compiler *compiler, const Node *node, void *context)
{
    SourceSample *sample = context;
    if (node->kind != NODE_MAP) {
        return WRONG(compiler, node, "source.expect",
                     "write the record that should come of it: `source.ip: 192.0.2.1` lines",
                     "得られるはずの記録を `source.ip: 192.0.2.1` のような行で書いてください");
    }
    SourceExpectation *made = ARENA_ARRAY(compiler->arena, SourceExpectation, node->count);
    size_t count = 0;
    if (!made) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next, count++) {
        char scratch[RECORD_SCRATCH_BYTES];
        Slice ignored;
        static const Record nothing;
        int r = source_take_text(compiler, item, &made[count].value);
        if (r < 0) return r;
        made[count].name = item->key;
        if (record_get(&nothing, item->key, scratch, &ignored) == 0) continue;
        return WRONG_KEY(compiler, item, "source.expect_field", "records have no field %.*s",
                         "記録に %.*s という項目はありません", SLICE_FMT(item->key));
    }
    sample->expectations = made;
    sample->expectation_count = count;
    return 0;
}

static int sample_make(Compiler *compiler, const Node *node, SourceSample *ret)
{
    static const KeyRow rows[] = {{"kind", on_sample_kind},
                                  {"from", on_sample_from},
                                  {"text", on_sample_text},
                                  {"before", on_sample_before},
                                  {"expect", on_sample_expect}};
    *ret = (SourceSample){.line = node->line};
    int r = source_take_map(compiler, node, rows, ARRAY_COUNT(rows), ret);
    if (r < 0) return r;
    if (ret->text.len == 0 || ret->kind.len == 0 || ret->expectation_count == 0) {
        return WRONG(compiler, node, "source.sample",
                     "a sample needs `kind:`, `text:` and `expect:`",
                     "サンプルには `kind:`, `text:`, `expect:` が必要です");
    }
    return 0;
}

int source_samples_make(Compiler *compiler, const Node *node, void *context)
{
    (void)context;
    SourceInfo *info = &compiler->definition->info;
    if (node->kind != NODE_LIST) {
        return WRONG(compiler, node, "source.list", "write a list here, each item behind a `-`",
                     "ここには `-` で始まる項目を並べて書いてください");
    }
    SourceSample *made = ARENA_ARRAY(compiler->arena, SourceSample, node->count);
    size_t count = 0;
    if (!made) return -ENOMEM;
    for (const Node *item = node->first; item; item = item->next) {
        int r = sample_make(compiler, item, &made[count++]);
        if (r < 0) return r;
    }
    info->samples = made;
    info->sample_count = count;
    return 0;
}
