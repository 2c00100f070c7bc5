/* Unknown text: times in any form, headers, masks, templates, in bounded memory whatever comes. */
#include "tests/support/tap.h"

#include "decode/mined/column_guess.h"
#include "decode/mined/message_words.h"
#include "decode/mined/miner.h"
#include "decode/mined/text_shape.h"

#include <stdio.h>
#include <stdlib.h>

/* --- times ------------------------------------------------------------------------------------ */

static void times_are_found_in_all_forms(void)
{
    static const struct {
        const char *text, *format;
        size_t len;
    } cases[] = {
        {"2026-11-20T17:40:00.123Z x", "%Y-%m-%dT%H:%M:%S.%f%z", 24},
        {"2026-11-20 17:40:00,123 x", "%Y-%m-%d %H:%M:%S,%f", 23},
        {"2026-11-20 17:40:00.123456 +0900 x", "%Y-%m-%d %H:%M:%S.%f %z", 32},
        {"2026/1/2 3:04:05 x", "%Y/%m/%d %H:%M:%S", 16},
        {"2026/11/20 17:40", "%Y/%m/%d %H:%M", 16},
        {"2026-11-20", "%Y-%m-%d", 10},
        {"20/Nov/2026:17:40:00 +0900] x", "%d/%b/%Y:%H:%M:%S %z", 26},
        {"Nov  1 17:40:00 gw", "%b %d %H:%M:%S", 15},
        {"Nov 20 17:40:00 2026", "%b %d %H:%M:%S %Y", 20},
        {"Fri Nov 20 17:40:00 2026] x", "%a %b %d %H:%M:%S %Y", 24},
        {"Fri, 20 Nov 2026 17:40:00 GMT", "%a, %d %b %Y %H:%M:%S %z", 29},
        {"Nov 20, 2026 5:40:00 PM", "%b %d, %Y %I:%M:%S %p", 23},
        {"11/20/2026 05:40:00 AM", "%m/%d/%Y %I:%M:%S %p", 22},
        {"20/11/2026 17:40:00", "%d/%m/%Y %H:%M:%S", 19},
        {"26/11/20 17:40:00", "%y/%m/%d %H:%M:%S", 17},
        {"261120 174000 12", "%y%m%d %H%M%S", 13},
        {"261120 17:40:00", "%y%m%d %H:%M:%S", 15},
        {"11-20 17:40:00.123  811", "%m-%d %H:%M:%S.%f", 18},
        {"20261120-17:40:00:606|a", "%Y%m%d-%H:%M:%S:%f", 21},
        {"1795132800 x", "epoch", 10},
        {"1795132800.123 x", "epoch", 14},
        {"1795132800123", "epoch", 13},
        {"1795132800123456", "epoch", 16},
        {"1795132800123456789", "epoch", 19},
        {"2026年11月20日 17時40分0秒 x", "%Y年 %m月 %d日 %H時 %M分 %S秒", 32},
        {"2026年1月2日 午後5時4分3秒", "%Y年 %m月 %d日 %p %I時 %M分 %S秒", 34},
        {"令和8年11月20日 17:40:00", "%E年 %m月 %d日 %H:%M:%S", 29},
        {"令和元年5月1日 9時5分0秒", "%E年 %m月 %d日 %H時 %M分 %S秒", 33},
        {"平成31年4月30日", "%E年 %m月 %d日", 20},
        {"R8.11.20 17:40:00", "%E.%m.%d %H:%M:%S", 17},
        {"２０２６年１１月２０日　１７：４０：００", "%Y年 %m月 %d日 %H:%M:%S", 60},
        {"２０２６／１１／２０ 17:40:00", "%Y/%m/%d %H:%M:%S", 39},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        LineTime time = {0};
        char format[LINE_TIME_FORMAT_MAX] = "";
        tap_note("%s", cases[i].text);
        if (!expect(line_time_take(slice_from_cstr(cases[i].text), LINE_TIME_NO_HINT, &time)))
            continue;
        line_time_format(&time, format);
        expect_text(slice_from_cstr(format), cases[i].format);
        expect_int(time.len, cases[i].len);
        LineTime again = {0};
        expect(line_time_take(slice_from_cstr(cases[i].text), time.form, &again));
        expect_int(again.len, time.len);
    }
}

static void what_is_no_time_is_not_taken_for_one(void)
{
    static const char *const cases[] = {
        "",           "10.0.0.1",     "12345",       "1795132800x",    "9999-99-99 10:00:00",
        "2026-13-01", "jan",          "Nov",         "17:40",          "00:11:22:33:44:55",
        "1.2.3",      "Monday hello", "2026-11-201", "123456 7890123", "令和の記録",
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        LineTime time;
        tap_note("%s", cases[i]);
        expect(!line_time_take(slice_from_cstr(cases[i]), LINE_TIME_NO_HINT, &time));
    }
}

/* --- headers ---------------------------------------------------------------------------------- */

/* Where the message of the last line begins when the header is learned from all of them. */
static Slice message_behind(const char *const *lines, size_t count)
{
    HeaderSeen seen = {0};
    for (size_t i = 0; i < count; i++) {
        header_seen_add(&seen, slice_from_cstr(lines[i]));
    }
    HeaderLayout layout = header_layout_make(&seen);
    Slice last = slice_from_cstr(lines[count - 1]);
    return slice_trim(slice_skip(last, header_layout_apply(&layout, last, NULL, NULL)));
}

static void headers_are_learned_from_their_shape(void)
{
    static const char *const java[] = {
        "2026-11-20 17:40:00,123 INFO [main] com.example.Server: Started in 12 ms",
        "2026-11-20 17:40:01,123 WARN [IPC Server 3] com.example.Pool: slow query",
        "2026-11-20 17:40:02,123 INFO [main] com.example.Pool: Opened connection 5",
    };
    static const char *const python[] = {
        "2026-11-20 17:40:00,123 - Main - INFO - Tunnel opened",
        "2026-11-20 17:40:01,123 - auth.Session - WARN - user unknown",
        "2026-11-20 17:40:02,123 - Main - INFO - Opened connection 5",
    };
    static const char *const syslog[] = {
        "Nov 20 17:40:00 gw sshd[811]: session opened",
        "Nov 20 17:40:01 mail cron[7]: job started",
        "Nov 20 17:40:02 gw sshd(pam_unix)[812]: Opened connection 5",
    };
    static const char *const pipes[] = {
        "20261120-17:40:00:606|Step_LSC|30002312|onStand 3579",
        "20261120-17:40:01:616|Other|30002312|flush",
        "20261120-17:40:02:626|Step_LSC|30002312|Opened connection 5",
    };
    static const char *const brackets[] = {
        "[Fri Nov 20 17:40:00 2026] [notice] workers ready",
        "[Fri Nov 20 17:40:01 2026] [error] child gone",
        "[Fri Nov 20 17:40:02 2026] [error] Opened connection 5",
    };
    static const char *const plain[] = {"no time here", "nor there", "Opened connection 5"};
    expect_text(message_behind(java, 3), "Opened connection 5");
    expect_text(message_behind(python, 3), "Opened connection 5");
    expect_text(message_behind(syslog, 3), "Opened connection 5");
    expect_text(message_behind(pipes, 3), "Opened connection 5");
    expect_text(message_behind(brackets, 3), "Opened connection 5");
    expect_text(message_behind(plain, 3), "Opened connection 5");
}

/* --- masks ------------------------------------------------------------------------------------ */

static uint64_t sum_of(const char *message)
{
    static MessageWords words;
    message_words_take(slice_from_cstr(message), 7, &words);
    return words.sum;
}

static void values_are_masked_and_words_are_not(void)
{
    static const char *const same[][2] = {
        {"from 192.0.2.1 port 22", "from 2001:db8::1 port 50000"},
        {"open /etc/app.conf now", "open C:\\Windows\\x.ini now"},
        {"get http://example.com/a ok", "get https://example.org:8443/b?c=d ok"},
        {"mail to sato@example.com sent", "mail to bob@example.org sent"},
        {"id 6f9619ff-8b86-d011-b42d-00c04fc964ff done", "id 0x1f done"},
        {"user=sato tty= rhost=192.0.2.1", "user=root tty=ssh rhost=gw"},
        {"for user sato ok", "for user suzuki ok"},
        {"said \"hello there\" twice", "said \"x\" twice"},
        {"delete blk_1 blk_2, blk_3 now", "delete blk_9 now"},
        {"at Fri Nov 20 17:40:00 2026 end", "at Mon Jan 1 00:00:00 2027 end"},
        {"enabled: true", "enabled: false"},
        {"件数は１２３件です", "件数は45件です"},
        {"「佐藤」を削除", "「設計 図面」を削除"},
    };
    static const char *const different[][2] = {
        {"session opened", "session closed"},
        {"read failed", "write failed"},
        {"ログオンしました", "ログオフしました"},
        {"a=1", "b=1"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(same); i++) {
        tap_note("%s", same[i][0]);
        expect(sum_of(same[i][0]) == sum_of(same[i][1]));
    }
    for (size_t i = 0; i < ARRAY_COUNT(different); i++) {
        tap_note("%s", different[i][0]);
        expect(sum_of(different[i][0]) != sum_of(different[i][1]));
    }
}

/* --- templates -------------------------------------------------------------------------------- */

static void feed(Miner *miner, const char *before, const char *word, const char *behind)
{
    char line[256];
    int len = snprintf(line, sizeof line, "2026-11-20 17:40:00 %s%s%s", before, word, behind);
    expect_ok(miner_feed(miner, slice_of(line, (size_t)len)));
}

static size_t template_of(Miner *miner, const char *line)
{
    return miner_match(miner, slice_from_cstr(line));
}

static void words_that_change_are_found_by_merging(void)
{
    static const char *const names[] = {"alpha", "beta",  "gamma", "delta",
                                        "omega", "sigma", "kappa", "theta"};
    Miner *miner = miner_new(1);
    for (size_t i = 0; i < ARRAY_COUNT(names); i++) {
        feed(miner, "service ", names[i], " was started by the manager");
        feed(miner, "service ", names[i], " was stopped by the manager");
        feed(miner, "接続が ", names[i], " から切れました");
    }
    expect_ok(miner_finish(miner));
    expect_int(miner_template_count(miner), 3);
    size_t started =
        template_of(miner, "2026-11-20 17:40:00 service lambda was started by the manager");
    size_t stopped =
        template_of(miner, "2026-11-20 17:40:00 service alpha was stopped by the manager");
    expect(started != SIZE_MAX && stopped != SIZE_MAX && started != stopped);
    expect_int(miner_template(miner, started)->count, 8);
    expect_int(template_of(miner, "2026-11-20 17:40:00 nothing of the kind"), SIZE_MAX);
    miner_free(miner);
}

static void two_words_of_a_sentence_are_no_value(void)
{
    Miner *miner = miner_new(1);
    feed(miner, "connection to the server ", "opened", "");
    feed(miner, "connection to the server ", "closed", "");
    expect_ok(miner_finish(miner));
    expect_int(miner_template_count(miner), 2);
    miner_free(miner);
}

/* Unless one of them is the name of something in other lines. */
static void a_name_known_from_elsewhere_is_a_value(void)
{
    Miner *miner = miner_new(1);
    feed(miner, "looking for the volume ", "archive", " at the server");
    feed(miner, "looking for the volume ", "spare", " at the server");
    feed(miner, "mounted at ", "/srv/archive", "");
    feed(miner, "the door was ", "opened", " by hand");
    feed(miner, "the door was ", "closed", " by hand");
    expect_ok(miner_finish(miner));
    expect_int(miner_template_count(miner), 4);
    expect_int(
        template_of(miner, "2026-11-20 17:40:00 looking for the volume spare at the server"),
        template_of(miner, "2026-11-20 17:40:00 looking for the volume third at the server"));
    expect(template_of(miner, "2026-11-20 17:40:00 the door was opened by hand") !=
           template_of(miner, "2026-11-20 17:40:00 the door was closed by hand"));
    miner_free(miner);
}

static void a_call_and_its_result_are_a_name_and_a_value(void)
{
    static const struct {
        const char *message;
        size_t words;
        bool is_masked; /* the second one */
    } cases[] = {
        {"openat(AT_FDCWD, \"/etc/hosts\", O_RDONLY) = 3", 2, true},
        {"openat(AT_FDCWD, \"/nowhere\", O_RDONLY) = -1 ENOENT (No such file)", 2, true},
        {"read(<unfinished ...>", 2, true},
        {"close(", 2, true},
        {"lookup(file): lookup for x failed", 6, false},
        {"stopped (it was asked to)", 5, false},
    };
    for (size_t i = 0; i < ARRAY_COUNT(cases); i++) {
        MessageWords words;
        message_words_take(slice_from_cstr(cases[i].message), 1, &words);
        expect_int(words.count, cases[i].words);
        expect((words.at[1].hash == WORD_MASK) == cases[i].is_masked);
    }
}

static void random_word(char *to, unsigned *state)
{
    for (size_t i = 0; i < 6; i++) {
        *state = *state * 1103515245 + 12345;
        to[i] = (char)('a' + (*state >> 16) % 20);
    }
    to[6] = 0;
}

static void a_flood_of_unique_lines_is_bounded_and_said(void)
{
    Miner *miner = miner_new(1);
    unsigned state = 1;
    for (size_t i = 0; i < 30000; i++) {
        char line[128], words[5][7];
        for (size_t k = 0; k < 5; k++) {
            random_word(words[k], &state);
        }
        snprintf(line, sizeof line, "%s %s %s %s %s", words[0], words[1], words[2], words[3],
                 words[4]);
        expect_ok(miner_feed(miner, slice_from_cstr(line)));
        if (i % 3 == 0) expect_ok(miner_feed(miner, SLICE("the one line that stays")));
    }
    expect_ok(miner_finish(miner));
    MinerCounts counts = miner_counts(miner);
    expect(miner_template_count(miner) <= MINER_SKELETONS_MAX);
    expect(counts.forgotten > 20000);
    uint64_t told = counts.forgotten;
    for (size_t i = 0; i < miner_template_count(miner); i++) {
        told += miner_template(miner, i)->count;
    }
    expect_int(told, counts.lines); /* no line is lost without being counted */
    size_t stays = template_of(miner, "the one line that stays");
    expect(stays != SIZE_MAX && miner_template(miner, stays)->count == 10000);
    miner_free(miner);
}

static void the_same_lines_give_the_same_templates(void)
{
    Miner *miners[2] = {miner_new(5), miner_new(5)};
    for (size_t m = 0; m < 2; m++) {
        unsigned state = 9;
        for (size_t i = 0; i < 5000; i++) {
            char word[7];
            random_word(word, &state);
            feed(miners[m], i % 2 ? "job " : "task ", word,
                 i % 2 ? " has ended well" : " is waiting now");
        }
        expect_ok(miner_finish(miners[m]));
    }
    expect_int(miner_template_count(miners[0]), 2);
    expect_int(miner_template_count(miners[1]), 2);
    for (size_t i = 0; i < 2; i++) {
        expect(miner_template(miners[0], i)->sum == miner_template(miners[1], i)->sum);
    }
    miner_free(miners[0]);
    miner_free(miners[1]);
}

static void bad_lines_do_no_harm(void)
{
    Miner *miner = miner_new(1);
    size_t long_bytes = (size_t)1 << 20;
    char *line = malloc(long_bytes);
    memset(line, 'x', long_bytes);
    expect_ok(miner_feed(miner, slice_of(line, long_bytes)));
    memset(line, '[', long_bytes);
    expect_ok(miner_feed(miner, slice_of(line, long_bytes)));
    memset(line, '"', long_bytes);
    expect_ok(miner_feed(miner, slice_of(line, long_bytes)));
    memset(line, '=', long_bytes);
    expect_ok(miner_feed(miner, slice_of(line, long_bytes)));
    expect_ok(miner_feed(miner, slice_of("a\0b\0\0c", 6)));
    expect_ok(miner_feed(miner, slice_of("\x83\x8d\x83\x4f \xff\xfe", 7)));
    expect_ok(miner_feed(miner, (Slice){0}));
    expect_ok(miner_finish(miner));
    expect_int(miner_counts(miner).lines, 6);
    free(line);
    miner_free(miner);
    miner = miner_new(1);
    expect_ok(miner_finish(miner));
    expect_int(miner_template_count(miner), 0);
    miner_free(miner);
}

/* --- shapes, columns -------------------------------------------------------------------------- */

static TextShape shape_of(const char *first, const char *second)
{
    ShapeSeen seen = {0};
    char separator = 0;
    size_t columns = 0;
    shape_seen_add(&seen, slice_from_cstr(first));
    shape_seen_add(&seen, slice_from_cstr(second));
    return shape_judge(&seen, &separator, &columns);
}

static void shapes_are_told_apart(void)
{
    expect_int(shape_of("a,b,c,d", "1,\"2,2\",3,4"), SHAPE_TABLE);
    expect_int(shape_of("a\tb\tc", "1\t2\t3"), SHAPE_TABLE);
    expect_int(shape_of("a=1 b=2 c=\"x y\"", "a=3 b=4 c=5"), SHAPE_PAIRS);
    expect_int(shape_of("#Fields: date time", "2026-11-20 10:00:00"), SHAPE_W3C);
    expect_int(shape_of("CEF:0|A|B|1|2|n|5|x=1", "CEF:0|A|B|1|3|n|5|x=2"), SHAPE_CEF);
    expect_int(shape_of("LEEF:1.0|A|B|1|2|x=1", "LEEF:1.0|A|B|1|3|x=2"), SHAPE_LEEF);
    expect_int(shape_of("<e a='1'/>", "<e a='2'/>"), SHAPE_XML);
    expect_int(shape_of("the door, it opened", "nobody came in"), SHAPE_TEXT);
}

static void columns_are_named_by_name_and_value(void)
{
    expect_int(value_kind(SLICE("192.0.2.1")), VALUE_ADDRESS);
    expect_int(value_kind(SLICE("192.0.2.1:80")), VALUE_ADDRESS);
    expect_int(value_kind(SLICE("2001:db8::1")), VALUE_ADDRESS);
    expect_int(value_kind(SLICE("00:11:22:33:44:55")), VALUE_MAC);
    expect_int(value_kind(SLICE("12.5")), VALUE_NUMBER);
    expect_int(value_kind(SLICE("sato@example.com")), VALUE_MAIL);
    expect_int(value_kind(SLICE("/etc/x")), VALUE_PATH);
    expect_text(slice_from_cstr(column_field(SLICE("User-Name"), VALUE_TEXT)), "user.name");
    expect_text(slice_from_cstr(column_field(SLICE("ユーザー名"), VALUE_TEXT)), "user.name");
    expect_text(slice_from_cstr(column_field(SLICE("from"), VALUE_ADDRESS)), "source.ip");
    expect(column_field(SLICE("from"), VALUE_TEXT) == NULL);
    expect(column_field(SLICE("temperature"), VALUE_NUMBER) == NULL);
}

int main(int argc, char **argv)
{
    static const TapTest tests[] = {
        TAP_TEST(times_are_found_in_all_forms),
        TAP_TEST(what_is_no_time_is_not_taken_for_one),
        TAP_TEST(headers_are_learned_from_their_shape),
        TAP_TEST(values_are_masked_and_words_are_not),
        TAP_TEST(words_that_change_are_found_by_merging),
        TAP_TEST(two_words_of_a_sentence_are_no_value),
        TAP_TEST(a_name_known_from_elsewhere_is_a_value),
        TAP_TEST(a_call_and_its_result_are_a_name_and_a_value),
        TAP_TEST(a_flood_of_unique_lines_is_bounded_and_said),
        TAP_TEST(the_same_lines_give_the_same_templates),
        TAP_TEST(bad_lines_do_no_harm),
        TAP_TEST(shapes_are_told_apart),
        TAP_TEST(columns_are_named_by_name_and_value),
    };
    return tap_run(tests, ARRAY_COUNT(tests), argc, argv);
}
