/* See password_common.h. The words are of our own choosing: what people of offices and networks in
 * Japan and elsewhere put into passwords. */
#include "account/password_common.h"

#include "base/fold.h"

static const char *const common_words[] = {
    "password",  "passwd",     "passwort",     "passphrase", "pass",       "word",
    "secret",    "himitsu",    "pasuwado",     "パスワード", "ぱすわーど", "ヒミツ",
    "ひみつ",    "秘密",       "暗証番号",     "合言葉",     "admin",      "administrator",
    "root",      "toor",       "user",         "guest",      "test",       "testing",
    "demo",      "sample",     "temp",         "temporary",  "default",    "change",
    "changeme",  "change",     "me",           "please",     "login",      "logon",
    "signin",    "sign",       "access",       "account",    "system",     "server",
    "network",   "router",     "switch",       "firewall",   "backup",     "database",
    "master",    "super",      "manager",      "support",    "service",    "office",
    "windows",   "microsoft",  "linux",        "ubuntu",     "debian",     "cisco",
    "fortinet",  "yamaha",     "oracle",       "google",     "apple",      "android",
    "iphone",    "internet",   "computer",     "desktop",    "laptop",     "welcome",
    "hello",     "konnichiwa", "こんにちは",   "ようこそ",   "arigato",    "ありがとう",
    "company",   "kaisha",     "会社",         "kanri",      "kanrisha",   "管理者",
    "管理",      "system",     "joho",         "情報",       "soumu",      "総務",
    "keiri",     "経理",       "eigyo",        "営業",       "jinji",      "人事",
    "factory",   "koujou",     "工場",         "spring",     "summer",     "autumn",
    "fall",      "winter",     "haru",         "natsu",      "aki",        "fuyu",
    "春",        "夏",         "秋",           "冬",         "january",    "february",
    "march",     "april",      "may",          "june",       "july",       "august",
    "september", "october",    "november",     "december",   "monday",     "tuesday",
    "wednesday", "thursday",   "friday",       "saturday",   "sunday",     "reiwa",
    "heisei",    "showa",      "令和",         "平成",       "昭和",       "love",
    "iloveyou",  "daisuki",    "大好き",       "だいすき",   "aishiteru",  "愛してる",
    "baby",      "angel",      "princess",     "dragon",     "monkey",     "tiger",
    "lion",      "cat",        "dog",          "neko",       "inu",        "猫",
    "犬",        "sakura",     "さくら",       "サクラ",     "桜",         "fujisan",
    "fuji",      "富士山",     "富士",         "ninja",      "samurai",    "tokyo",
    "東京",      "osaka",      "大阪",         "nagoya",     "名古屋",     "kyoto",
    "京都",      "yokohama",   "横浜",         "fukuoka",    "福岡",       "sapporo",
    "札幌",      "nippon",     "nihon",        "日本",       "japan",      "football",
    "baseball",  "soccer",     "yakyu",        "野球",       "hockey",     "basketball",
    "superman",  "batman",     "pokemon",      "pikachu",    "doraemon",   "ドラえもん",
    "totoro",    "naruto",     "starwars",     "matrix",     "shadow",     "sunshine",
    "flower",    "hana",       "花",           "money",      "okane",      "freedom",
    "whatever",  "trustno",    "letmein",      "letme",      "in",         "open",
    "sesame",    "opensesame", "ひらけごま",   "zaq",        "qaz",        "wsx",
    "edc",       "rfv",        "tgb",          "yhn",        "ujm",        "xsw",
    "cde",       "vfr",        "bgt",          "nhy",        "mju",        "abc",
    "xyz",       "asdf",       "zxcv",         "qwer",       "wert",       "tanaka",
    "suzuki",    "sato",       "takahashi",    "watanabe",   "yamada",     "taro",
    "hanako",    "田中",       "鈴木",         "佐藤",       "山田",       "太郎",
    "花子",      "michael",    "jordan",       "daniel",     "charlie",    "thomas",
    "jessica",   "ashley",     "jennifer",     "the",        "and",        "for",
    "you",       "my",         "is",           "this",       "that",       "our",
    "your",      "new",        "old",          "year",       "happy",      "birthday",
    "tanjoubi",  "誕生日",     "christmas",    "number",     "one",        "first",
    "security",  "secure",     "セキュリティ", "key",        "log",        "logs",
    "akashi",    "証",         "証跡",         "ログ",       "splunk",     "elastic",
    "kibana",    "grafana",    "siem",
};

/* Neighbours: of the keyboard's rows and columns, of the alphabet, of numbers, of kana. */
static const char *const rows[] = {
    "1234567890",
    "0123456789",
    "qwertyuiop",
    "asdfghjkl",
    "zxcvbnm",
    "qwertzuiop",
    "azertyuiop",
    "abcdefghijklmnopqrstuvwxyz",
    "1qaz2wsx3edc4rfv5tgb6yhn7ujm",
    "qazwsxedcrfvtgbyhnujm",
    "!qaz@wsx#edc$rfv",
    "1q2w3e4r5t6y7u8i9o0p",
    "!@#$%^&*()",
    "!\"#$%&'()",
    "あいうえおかきくけこさしすせそたちつてと",
    "アイウエオカキクケコサシスセソタチツテト",
    "いろはにほへとちりぬるを",
    "イロハニホヘトチリヌルヲ",
    "一二三四五六七八九十",
};
#define RUN_CHARACTERS_MIN 3
/* Digits and signs in a row: a year, a date, some exclamation marks. */
#define DECORATION_CHARACTERS_MAX LISTED_ORNAMENT_CHARACTERS_MAX
#define REPEAT_CHARACTERS_MAX 11 /* of a piece that is repeated to make the whole */
#define DISTINCT_CHARACTERS_MIN 5

/* A text by its characters, small and of one width. */
typedef struct Letters {
    uint32_t at[PASSWORD_BYTES_MAX];
    size_t count;
} Letters;

/* The password with what is common marked. */
typedef struct Judged {
    Letters plain, spoken; /* spoken: p4$$w0rd read as password */
    bool covered[PASSWORD_BYTES_MAX];
    bool has_context;
    size_t run_characters;
} Judged;

static void take_letters(Letters *to, Slice text)
{
    to->count = 0;
    while (text.len > 0 && to->count < PASSWORD_BYTES_MAX)
        to->at[to->count++] = fold_take(&text);
}

static uint32_t spoken_letter(uint32_t c)
{
    static const char signs[] = "@4301!|5$7+8";
    static const char read[] = "aaeoiiissttb";
    const char *at = c > 0 && c < 128 ? strchr(signs, (int)c) : NULL;
    return at ? (uint32_t)read[at - signs] : c;
}

static bool is_mark(uint32_t c)
{
    return c < 128 && !(c >= 'a' && c <= 'z');
}

/* ---- covering */

static bool stands_at(const Letters *text, size_t at, const Letters *word)
{
    if (text->count - at < word->count) return false;
    return memcmp(text->at + at, word->at, word->count * sizeof word->at[0]) == 0;
}

static bool cover_word(Judged *judged, Slice word)
{
    Letters letters;
    bool any = false;
    take_letters(&letters, word);
    if (letters.count == 0) return false;
    for (size_t at = 0; at < judged->plain.count; at++) {
        if (!stands_at(&judged->plain, at, &letters) && !stands_at(&judged->spoken, at, &letters))
            continue;
        memset(judged->covered + at, true, letters.count);
        any = true;
    }
    return any;
}

static size_t run_length(const Letters *text, size_t at, const Letters *row, bool backwards)
{
    size_t longest = 0;
    for (size_t start = 0; start < row->count; start++) {
        size_t len = 0;
        while (at + len < text->count && (backwards ? len <= start : start + len < row->count) &&
               text->at[at + len] == row->at[backwards ? start - len : start + len])
            len++;
        if (len > longest) longest = len;
    }
    return longest;
}

static void cover_runs(Judged *judged, Slice row_text)
{
    Letters row;
    take_letters(&row, row_text);
    for (size_t at = 0; at < judged->plain.count; at++) {
        size_t forward = run_length(&judged->plain, at, &row, false);
        size_t backward = run_length(&judged->plain, at, &row, true);
        size_t len = forward > backward ? forward : backward;
        if (len < RUN_CHARACTERS_MIN) continue;
        for (size_t i = 0; i < len; i++)
            judged->run_characters += !judged->covered[at + i];
        memset(judged->covered + at, true, len);
    }
}

static void cover_same(Judged *judged)
{
    const Letters *text = &judged->plain;
    for (size_t at = 0; at < text->count;) {
        size_t len = 1;
        while (at + len < text->count && text->at[at + len] == text->at[at])
            len++;
        if (len >= RUN_CHARACTERS_MIN) {
            judged->run_characters += len;
            memset(judged->covered + at, true, len);
        }
        at += len;
    }
}

/* A long row of digits and signs may be a good password by itself; a short one is an ornament. */
static void cover_decorations(Judged *judged)
{
    const Letters *text = &judged->plain;
    for (size_t at = 0; at < text->count;) {
        size_t len = 0;
        while (at + len < text->count && is_mark(text->at[at + len]))
            len++;
        if (len <= DECORATION_CHARACTERS_MAX) memset(judged->covered + at, true, len);
        at += len > 0 ? len : 1;
    }
}

/* Twenty years of birthdays and anniversaries are tried in a moment: 19900401, 2026-11-20. */
static void cover_dates(Judged *judged)
{
    const Letters *text = &judged->plain;
    for (size_t at = 0; at + 4 <= text->count; at++) {
        bool is_century = (text->at[at] == '1' && text->at[at + 1] == '9') ||
                          (text->at[at] == '2' && text->at[at + 1] == '0');
        size_t len = 0, digits = 0;
        while (is_century && at + len < text->count && digits < 8 && is_mark(text->at[at + len])) {
            uint32_t c = text->at[at + len++];
            digits += c >= '0' && c <= '9';
        }
        if (digits >= 8) memset(judged->covered + at, true, len);
    }
}

/* The words of a text: a mail address or a company's name is several. */
static void cover_context(Judged *judged, Slice text)
{
    while (text.len > 0) {
        const char *start = text.ptr;
        size_t len = 0, characters = 0;
        while (text.len > 0) {
            Slice before = text;
            uint32_t c = fold_take(&text);
            if (is_mark(c) && !(c >= '0' && c <= '9')) break;
            len += before.len - text.len;
            characters++;
        }
        bool is_wide = len > characters; /* two Japanese characters are a name */
        if (characters >= (is_wide ? 2 : 4) && cover_word(judged, slice_of(start, len)))
            judged->has_context = true;
    }
}

/* ---- the whole */

static bool is_repeated(const Letters *text)
{
    size_t distinct = 0;
    for (size_t i = 0; i < text->count; i++) {
        size_t j = 0;
        while (j < i && text->at[j] != text->at[i])
            j++;
        distinct += j == i;
    }
    if (distinct < DISTINCT_CHARACTERS_MIN) return true;
    for (size_t period = 1; period <= REPEAT_CHARACTERS_MAX && 2 * period <= text->count;
         period++) {
        if (memcmp(text->at, text->at + period, (text->count - period) * sizeof text->at[0]) == 0)
            return true;
    }
    return false;
}

static bool is_in_file(Slice folded, Slice list)
{
    bool found = false;
    Slice line;
    while (!found && slice_cut(&list, '\n', &line)) {
        line = slice_trim(line);
        found = line.len > 0 && line.len <= PASSWORD_INPUT_BYTES_MAX && fold_equals(line, folded);
    }
    return found;
}

static bool is_known(Slice password, Slice list)
{
    char plain[PASSWORD_BYTES_MAX], spoken[PASSWORD_BYTES_MAX];
    size_t len = fold_text(plain, password);
    for (size_t i = 0; i < len; i++)
        spoken[i] = (unsigned char)plain[i] < 0x80 ? (char)spoken_letter((unsigned char)plain[i])
                                                   : plain[i];
    bool known = password_is_listed(slice_of(plain, len), slice_of(spoken, len)) ||
                 is_in_file(slice_of(plain, len), list);
    explicit_bzero(plain, sizeof plain);
    explicit_bzero(spoken, sizeof spoken);
    return known;
}

static PasswordFault judge(Judged *judged, const PasswordContext *context)
{
    size_t own = 0;
    cover_same(judged);
    for (size_t i = 0; i < ARRAY_COUNT(rows); i++)
        cover_runs(judged, slice_from_cstr(rows[i]));
    for (size_t i = 0; i < ARRAY_COUNT(common_words); i++)
        cover_word(judged, slice_from_cstr(common_words[i]));
    cover_decorations(judged);
    cover_dates(judged);
    for (size_t i = 0; i < context->word_count; i++)
        cover_context(judged, context->words[i]);
    for (size_t i = 0; i < judged->plain.count; i++)
        own += !judged->covered[i];
    if (own >= PASSWORD_OWN_CHARACTERS) return PASSWORD_FINE;
    if (judged->has_context) return PASSWORD_OF_CONTEXT;
    return 2 * judged->run_characters > judged->plain.count ? PASSWORD_REPEATED : PASSWORD_COMMON;
}

PasswordFault password_fault(Slice password, const PasswordContext *context)
{
    Judged judged = {0};
    PasswordFault fault = PASSWORD_REPEATED;
    take_letters(&judged.plain, password);
    judged.spoken.count = judged.plain.count;
    for (size_t i = 0; i < judged.plain.count; i++)
        judged.spoken.at[i] = spoken_letter(judged.plain.at[i]);
    if (!is_repeated(&judged.plain)) fault = judge(&judged, context);
    if (fault == PASSWORD_FINE && is_known(password, context->common)) fault = PASSWORD_COMMON;
    explicit_bzero(&judged, sizeof judged);
    return fault;
}
