/* See human_script.h: an event under Windows' names (Microsoft, the pages of the events). */
#include "tests/support/human_script.h"

#include "base/check.h"

#define FIELDS_MAX 24

typedef struct Filling {
    Arena *arena;
    Field *fields;
    size_t count;
} Filling;

static void put(Filling *filling, const char *name, Slice value)
{
    CHECK(filling->count < FIELDS_MAX);
    filling->fields[filling->count++] = (Field){slice_from_cstr(name), value, FIELD_TEXT};
}

/* The text and the number behind it. */
static void put_number(Filling *filling, const char *name, const char *text, uint64_t number)
{
    Slice value;
    CHECK(arena_format(filling->arena, &value, "%s%llu", text, (unsigned long long)number) == 0);
    put(filling, name, value);
}

static void put_hex(Filling *filling, const char *name, uint64_t number)
{
    Slice value;
    CHECK(arena_format(filling->arena, &value, "0x%llx", (unsigned long long)number) == 0);
    put(filling, name, value);
}

Slice human_user(uint32_t person, Arena *arena)
{
    Slice name;
    CHECK(arena_format(arena, &name, "user%u", person) == 0);
    return name;
}

static void put_person(Filling *filling, const HumanEvent *from, bool subject)
{
    put_number(filling, subject ? "SubjectUserSid" : "TargetUserSid", "S-1-5-21-1000-2000-3000-",
               1100 + from->person);
    put(filling, subject ? "SubjectUserName" : "TargetUserName",
        human_user(from->person, filling->arena));
    put(filling, subject ? "SubjectDomainName" : "TargetDomainName", SLICE("EXAMPLE"));
    put_hex(filling, subject ? "SubjectLogonId" : "TargetLogonId", 0x100000 + from->person);
}

static void put_object(Filling *filling, const HumanEvent *from)
{
    put(filling, "ObjectServer", SLICE("Security"));
    if (from->path.len > 0) {
        put(filling, "ObjectType", SLICE("File"));
        put(filling, "ObjectName", from->path);
    }
    put_hex(filling, "HandleId", from->handle);
    if (from->mask) put_hex(filling, "AccessMask", from->mask);
    put(filling, "ProcessId", SLICE("0x4"));
    put(filling, "ProcessName", (Slice){0});
}

static void put_share(Filling *filling, const HumanEvent *from)
{
    put(filling, "ObjectType", SLICE("File"));
    put_number(filling, "IpAddress", "198.51.100.", from->person % 250 + 1);
    put(filling, "IpPort", SLICE("50000"));
    put(filling, "ShareName", SLICE("\\\\*\\Data"));
    put(filling, "ShareLocalPath", SLICE("\\??\\D:\\Data"));
    put(filling, "RelativeTargetName", from->more);
    put_hex(filling, "AccessMask", from->mask);
}

static void put_logon(Filling *filling, const HumanEvent *from)
{
    put(filling, "LogonType", SLICE("3"));
    put_number(filling, "IpAddress", "198.51.100.", from->person % 250 + 1);
    put(filling, "IpPort", SLICE("50000"));
}

void human_event(const HumanEvent *from, uint64_t index, Arena *arena, Event *ret)
{
    Filling filling = {.arena = arena, .fields = ARENA_ARRAY(arena, Field, FIELDS_MAX)};
    CHECK(filling.fields);
    put(&filling, "Provider_Name", SLICE("Microsoft-Windows-Security-Auditing"));
    put_number(&filling, "EventID", "", from->event_id);
    put(&filling, "Keywords",
        from->failed ? SLICE("0x8010000000000000") : SLICE("0x8020000000000000"));
    put(&filling, "Channel", SLICE("Security"));
    put(&filling, "Computer", SLICE(HUMAN_HOST));
    put_person(&filling, from, from->event_id != 4624);
    if (from->event_id == 4624) {
        put_logon(&filling, from);
    } else if (from->event_id == 5145) {
        put_share(&filling, from);
    } else {
        put_object(&filling, from);
    }
    *ret = (Event){.format = EVENT_WINDOWS,
                   .time_ns = from->time_ns,
                   .index = index,
                   .record_id = from->record_id,
                   .fields = filling.fields,
                   .field_count = filling.count};
}
