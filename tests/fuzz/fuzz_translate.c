/* translate/ and the sentences, fed with lines of tests/support/event_line.h, and with the bytes as
 * a message of each program that the rules know. */
#include "tests/support/event_line.h"

#include "base/check.h"
#include "base/utf8.h"
#include "record/sentence.h"
#include "translate/translate.h"

#define LINES_MAX 64

static int check_record(void *context, const Record *record, const Event *event)
{
    Buf *sentence = context;
    (void)event;
    CHECK(record->count >= 1);
    CHECK(record->text[RECORD_AKASHI_RULE].len > 0);
    CHECK(record->text[RECORD_AKASHI_OBJECT].len > 0);
    for (int language = LANGUAGE_JA; language <= LANGUAGE_EN; language++) {
        buf_clear(sentence);
        sentence_add(sentence, record, (Language)language);
        CHECK(sentence->len > 0 && sentence->len < 8192 && utf8_is_valid(buf_slice(sentence)));
    }
    return 0;
}

static void feed(Translator *translator, const Event *event, Arena *arena, Buf *sentence)
{
    CHECK(translator_feed(translator, event, 0, arena, check_record, sentence) == 0);
}

static void feed_lines(Translator *translator, Slice text, Arena *arena, Buf *sentence)
{
    Slice line;
    Event event;
    for (int i = 0; i < LINES_MAX && slice_cut(&text, '\n', &line); i++) {
        if (event_line_read(line, arena, &event)) feed(translator, &event, arena, sentence);
    }
}

static void feed_messages(Translator *translator, Slice text, Arena *arena, Buf *sentence)
{
    static const Slice tags[] = {SLICE_INIT("sshd"), SLICE_INIT("sudo"),    SLICE_INIT("su"),
                                 SLICE_INIT("CRON"), SLICE_INIT("useradd"), SLICE_INIT("x")};
    for (size_t i = 0; i < ARRAY_COUNT(tags); i++) {
        const Field fields[] = {{SLICE("tag"), tags[i], FIELD_TEXT},
                                {SLICE("message"), text, FIELD_TEXT}};
        const Event event = {.format = EVENT_SYSLOG, .fields = fields, .field_count = 2};
        feed(translator, &event, arena, sentence);
    }
    const Field task[] = {{SLICE("EventID"), SLICE("4698"), FIELD_TEXT},
                          {SLICE("Channel"), SLICE("Security"), FIELD_TEXT},
                          {SLICE("TaskContent"), text, FIELD_TEXT}};
    const Event event = {.format = EVENT_WINDOWS, .fields = task, .field_count = 3};
    feed(translator, &event, arena, sentence);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    CLEANUP(arena_done) Arena arena = {0};
    CLEANUP(buf_done) Buf sentence = {0};
    Translator *translator = translator_new();
    Slice text = slice_of(bytes, size);
    feed_lines(translator, text, &arena, &sentence);
    feed_messages(translator, text, &arena, &sentence);
    translator_free(translator);
    return 0;
}
