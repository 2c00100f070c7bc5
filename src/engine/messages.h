/* What the programs say to a person, in Japanese or English: one table,
 * knowledge/words/messages.tsv. Only engine, server and main speak; the other folders return errors
 * and complaints. */
#ifndef AKASHI_ENGINE_MESSAGES_H
#define AKASHI_ENGINE_MESSAGES_H

#include "base/buf.h"
#include "engine/message_ids.h" /* generated: enum MessageId, MESSAGE_COUNT */
#include "record/record.h"

typedef enum MessageLevel {
    MESSAGE_LEVEL_INFO,
    MESSAGE_LEVEL_WARNING,
    MESSAGE_LEVEL_ERROR,
} MessageLevel;

typedef struct MessageInfo {
    const char *id; /* stable, "serve.started" */
    MessageLevel level;
    const char *words[2]; /* by Language; {name} is filled in */
} MessageInfo;
extern const MessageInfo messages[MESSAGE_COUNT];

/* A value for one {name} of the words. */
typedef struct MessagePart {
    const char *name;
    Slice value;
} MessagePart;

#define MESSAGE_PARTS_MAX 8

/* Appends the words with the parts filled in, control characters as \xNN so that log content cannot
 * drive a terminal. A {name} without a part stays as it stands. parts end at the first NULL name.
 */
void message_add(Buf *to, MessageId id, Language language, const MessagePart *parts);

/* The same as a line `akashi: WORDS` on stderr, in one write. Safe for several threads. */
void message_print(MessageId id, Language language, const MessagePart *parts);
#define SAY(id, language, ...)                                                                     \
    message_print((id), (language), (const MessagePart[MESSAGE_PARTS_MAX]){__VA_ARGS__})

/* strerror's text for a negative errno. */
Slice error_words(int error);
/* A number as text, written into `room`. */
#define NUMBER_WORDS_MAX 24
Slice number_words(char *room, uint64_t number);

#endif
