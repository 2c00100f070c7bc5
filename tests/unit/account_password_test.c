/* Passwords: what may be one, hashes, the gate. */
#include "account/account_password.h"
#include "tests/support/tap.h"

#include <errno.h>
#include <pthread.h>
#include <stdio.h>

static const PasswordCost cheap = {.memory_kib = 8, .passes = 1};

static void fill(char *to, const char *piece, size_t count)
{
    to[0] = '\0';
    for (size_t i = 0; i < count; i++)
        strcat(to, piece);
}

static void the_same_keys_are_the_same_password(void)
{
    static const char *const same[][2] = {
        {"Ｋｅｔｔｌｅ９", "Kettle9"},        {"ﾊﾟｽﾜｰﾄﾞは長く", "パスワードは長く"},
        {"か\xe3\x82\x99くえん", "がくえん"}, /* a mark of its own, as macOS sends it */
        {"e\xcc\x81t\xc3\xa9", "été"},        {"　空白　も", " 空白 も"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(same); i++) {
        Password a, b;
        expect_ok(password_take(slice_from_cstr(same[i][0]), &a));
        expect_ok(password_take(slice_from_cstr(same[i][1]), &b));
        expect_slice(slice_of(a.bytes, a.len), slice_of(b.bytes, b.len));
        expect_int(a.characters, b.characters);
    }
    Password a, b;
    expect_ok(password_take(SLICE("Kettle"), &a));
    expect_ok(password_take(SLICE("kettle"), &b));
    expect(a.bytes[0] != b.bytes[0]);
}

static void what_cannot_be_taken(void)
{
    static const char *const wrong[] = {
        "a\xff", "a\nb", "a\x7f", "\xef\xbf\xbf", "\xf3\xb0\xbf\xbf\xcd\xb8", "\xed\xa0\x80"};
    Password password;
    char text[2048];
    for (size_t i = 0; i < ARRAY_COUNT(wrong); i++)
        expect_int(password_take(slice_from_cstr(wrong[i]), &password), -EINVAL);
    expect_int(password_take(slice_of("a\0b", 3), &password), -EINVAL);
    fill(text, "a", 257);
    expect_int(password_take(slice_from_cstr(text), &password), -EINVAL);
    text[256] = '\0';
    expect_ok(password_take(slice_from_cstr(text), &password));
    fill(text, "漢", 64); /* 64 of any script fit */
    expect_ok(password_take(slice_from_cstr(text), &password));
    expect_int(password.characters, 64);
    fill(text, "\xf0\x9f\x98\x80", 64);
    expect_ok(password_take(slice_from_cstr(text), &password));
    /* One that grows 18-fold (U+FDFA) is bounded, not overrun. */
    fill(text, "\xef\xb7\xba", 340);
    expect_int(password_take(slice_from_cstr(text), &password), -EINVAL);
}

static const char *judge(const char *text)
{
    static Complaint complaint;
    const PasswordContext context = {
        .words = {SLICE("taro.yamada"), SLICE("山田 太郎"), SLICE("t-yamada@kusanagi.example.com"),
                  SLICE("Kusanagi Seisakusho")},
        .word_count = 4,
        .common = SLICE("# list\nbright copper kettles\r\nＷＡＲＭ woolen mittens\n"),
    };
    complaint = (Complaint){0};
    int r = password_judge(slice_from_cstr(text), &context, &complaint);
    expect((r == 0) == (complaint.id == NULL));
    return r == 0 ? "fine" : complaint.id;
}

static void judged(void)
{
    static const char *const rows[][2] = {
        {"blue kettle 9 sings", "fine"},
        {"correct horse battery", "fine"},
        {"xK9#mQ2$vL7!", "fine"},
        {"83742958104755", "fine"}, /* no rule of composition */
        {"nachtigallenlied", "fine"},
        {"駅前の喫茶店で待つ午後三時", "fine"},
        {"しろいやかんがうたうあさ", "fine"},
        {"blue kettle", "password.short"},
        {"漢字十一文字では足りない", "fine"},
        {"短い", "password.short"},
        {"password1234", "password.common"},
        {"P@ssw0rd2026!", "password.common"},
        {"Welcome2026!!", "password.common"},
        {"admin-admin-1", "password.common"},
        {"SummerWinter26", "password.common"},
        {"ｐａｓｓｗｏｒｄ１２３４", "password.common"},
        {"パスワードひみつ会社", "password.short"},
        {"パスワードひみつ会社管理者", "password.common"},
        {"sakura19980401", "password.common"},
        {"1998-04-01 2026-11-20", "password.common"},
        {"iloveyoubaby", "password.common"},
        {"bright copper kettles", "password.common"},
        {"warm WOOLEN mittens", "password.common"},
        {"congratulations", "password.common"},
        {"Sunflower-2024!", "password.common"},
        {"5unfl0wer#2024", "password.common"},
        {"Sunflower rows 2024", "fine"}, /* a listed word alone, not one among others */
        {"aaaaaaaaaaaa", "password.repeated"},
        {"abababababab", "password.repeated"},
        {"kettlekettle", "password.repeated"},
        {"qwertyuiop12", "password.repeated"},
        {"1qaz2wsx3edc", "password.repeated"},
        {"abcdefghijkl", "password.repeated"},
        {"lkjhgfdsa0987", "password.repeated"},
        {"あいうえおかきくけこさし", "password.repeated"},
        {"Yamada-Taro-2026", "password.context"},
        {"kusanagi-kusa1", "password.context"},
        {"Kusanagi#2026!!", "password.context"},
        {"seisakusho2026!", "password.context"},
        {"山田太郎のパスワード2026", "password.context"},
        {"a\x07 bell in a row of words", "password.characters"},
    };
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++) {
        const char *got = judge(rows[i][0]);
        if (strcmp(got, rows[i][1]) != 0) tap_note("%s", rows[i][0]);
        expect_text(slice_from_cstr(got), rows[i][1]);
    }
    char text[400];
    fill(text, "ab 9", 65);
    expect_text(slice_from_cstr(judge(text)), "password.long");
}

/* OWASP ASVS 5.0, 6.2.4: the first 3,000 that fit what is asked of a password. */
static void the_most_used_are_refused(void)
{
    static const char *const listed[] = {
#include "account/passwords_longest.inc"
    };
    const PasswordContext context = {.word_count = 0};
    expect_int(ARRAY_COUNT(listed), 3000);
    for (size_t i = 0; i < ARRAY_COUNT(listed); i++) {
        Complaint complaint = {0};
        if (password_judge(slice_from_cstr(listed[i]), &context, &complaint) != -EINVAL)
            tap_fail(__FILE__, __LINE__, "taken: %s", listed[i]);
    }
}

/* ---- hashes */

static void hashes_and_their_cost(void)
{
    PasswordGate *gate = password_gate_new(cheap);
    PasswordGate *dearer = password_gate_new((PasswordCost){.memory_kib = 16, .passes = 2});
    Password password, other;
    char hash[PASSWORD_HASH_BYTES], again[PASSWORD_HASH_BYTES];
    bool weaker = true;
    expect_ok(password_take(SLICE("blue kettle 9 sings"), &password));
    expect_ok(password_take(SLICE("blue kettle 9 sing"), &other));
    expect_ok(password_hash(gate, &os_real, &password, hash));
    expect_ok(password_hash(gate, &os_real, &password, again));
    expect(strcmp(hash, again) != 0); /* salted */
    expect(strncmp(hash, "$argon2id$v=19$m=8,t=1,p=1$", 27) == 0);
    expect_int(password_verify(gate, hash, &password, false, &weaker), 1);
    expect(!weaker);
    expect_int(password_verify(gate, hash, &other, false, NULL), 0);
    expect_int(password_verify(dearer, hash, &password, false, &weaker), 1);
    expect(weaker);
    password_gate_free(gate);
    password_gate_free(dearer);
}

/* Counted and not timed: whoever asks, one hash. */
static void one_hash_for_everybody(void)
{
    PasswordGate *gate = password_gate_new(cheap);
    Password password;
    expect_ok(password_take(SLICE("blue kettle 9 sings"), &password));
    static const char *const stored[] = {
        NULL,
        "",
        "x",
        "$argon2id$v=19$m=8,t=1,p=1$damaged",
        "$argon2id$v=19$m=4000000000,t=1,p=1$",
        "$argon2id$v=19$m=8,t=4000000,p=1$AAAAAAAAAAAAAAAAAAAAAA$AAAA"};
    for (size_t i = 0; i < ARRAY_COUNT(stored); i++) {
        expect_int(password_verify(gate, stored[i], &password, false, NULL), 0);
        expect_int(password_gate_hashes(gate), i + 1);
    }
    Password empty = {0};
    expect_int(password_verify(gate, NULL, &empty, false, NULL), 0);
    password_gate_free(gate);
}

/* ---- the gate: slow hashes, many at once */

typedef struct Crowd {
    PasswordGate *gate;
    pthread_barrier_t start;
    int done, busy; /* shared, by atomic builtins */
    bool is_trusted;
} Crowd;

static void *try_once(void *context)
{
    Crowd *crowd = context;
    Password password;
    int r = password_take(SLICE("blue kettle 9 sings"), &password);
    pthread_barrier_wait(&crowd->start);
    if (r == 0) r = password_verify(crowd->gate, NULL, &password, crowd->is_trusted, NULL);
    __atomic_add_fetch(r == -EBUSY ? &crowd->busy : &crowd->done, 1, __ATOMIC_SEQ_CST);
    return NULL;
}

static void run_crowd(Crowd *crowd, pthread_t *threads, unsigned count)
{
    pthread_barrier_init(&crowd->start, NULL, count);
    for (unsigned i = 0; i < count; i++)
        expect_int(pthread_create(&threads[i], NULL, try_once, crowd), 0);
    for (unsigned i = 0; i < count; i++)
        pthread_join(threads[i], NULL);
    pthread_barrier_destroy(&crowd->start);
}

static void a_crowd_is_turned_away_before_the_hash(void)
{
    Crowd crowd = {.gate = password_gate_new((PasswordCost){.memory_kib = 65536, .passes = 2})};
    pthread_t threads[24];
    run_crowd(&crowd, threads, ARRAY_COUNT(threads));
    expect_int(crowd.done + crowd.busy, (int)ARRAY_COUNT(threads));
    expect(crowd.busy > 0);
    expect_int(password_gate_hashes(crowd.gate), (uint64_t)crowd.done);
    expect_int(password_gate_refusals(crowd.gate), (uint64_t)crowd.busy);
    password_gate_free(crowd.gate);
}

static const TapTest tests[] = {
    TAP_TEST(the_same_keys_are_the_same_password),
    TAP_TEST(what_cannot_be_taken),
    TAP_TEST(judged),
    TAP_TEST(the_most_used_are_refused),
    TAP_TEST(hashes_and_their_cost),
    TAP_TEST(one_hash_for_everybody),
    TAP_TEST(a_crowd_is_turned_away_before_the_hash),
};
TAP_MAIN(tests)
