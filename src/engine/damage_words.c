/* See damage_words.h. */
#include "engine/damage_words.h"

#include "engine/messages.h"

typedef struct DamageWords {
    Slice reason;
    const char *words[2];
} DamageWords;

static const DamageWords damage_table[] = {
#include "engine/damage_table.inc"
};

Slice damage_words(const char *reason, Language language)
{
    Slice id = slice_from_cstr(reason);
    for (size_t i = 0; i < ARRAY_COUNT(damage_table); i++) {
        if (slice_eq(damage_table[i].reason, id)) {
            return slice_from_cstr(damage_table[i].words[language]);
        }
    }
    return id;
}

void damage_say(Slice file, const Damage *damage, Language language)
{
    char offset[NUMBER_WORDS_MAX], number[NUMBER_WORDS_MAX];
    CLEANUP(buf_done) Buf record = {0};
    if (damage->record_id != 0) {
        const MessagePart parts[MESSAGE_PARTS_MAX] = {
            {"number", number_words(number, damage->record_id)}};
        message_add(&record, MESSAGE_DAMAGE_RECORD, language, parts);
    }
    SAY(MESSAGE_DAMAGE, language, {"file", file}, {"offset", number_words(offset, damage->offset)},
        {"reason", damage_words(damage->reason, language)}, {"record", buf_slice(&record)});
}
