/* What may be a password: see account_password.h. */
#include "account/account_password.h"

#include "account/password_common.h"
#include "base/utf8.h"

#include <errno.h>
#include <stdlib.h>
#include <unictype.h>
#include <uninorm.h>

void password_wipe(Password *password)
{
    explicit_bzero(password, sizeof *password);
}

/* Controls (Cc), and what is assigned to nothing: its normal form is not settled yet. */
static bool is_allowed(uint32_t c)
{
    return !uc_is_general_category_withtable(c, UC_CATEGORY_MASK_Cc | UC_CATEGORY_MASK_Cn |
                                                    UC_CATEGORY_MASK_Cs);
}

static int check_characters(Slice text)
{
    if (!utf8_is_valid(text)) return -EINVAL;
    while (text.len > 0) {
        if (!is_allowed(utf8_take(&text))) return -EINVAL;
    }
    return 0;
}

static size_t count_characters(Slice text)
{
    size_t count = 0;
    for (; text.len > 0; count++)
        utf8_take(&text);
    return count;
}

int password_take(Slice typed, Password *ret)
{
    /* The longest of NFKC is 18 characters for one (UAX 15, 9). It goes into room of ours, so that
     * no copy is left behind in freed memory. */
    uint8_t room[PASSWORD_INPUT_BYTES_MAX * 4];
    size_t len = sizeof room;
    if (typed.len > PASSWORD_INPUT_BYTES_MAX || check_characters(typed) < 0) return -EINVAL;
    uint8_t *made = u8_normalize(UNINORM_NFKC, (const uint8_t *)typed.ptr, typed.len, room, &len);
    int r = -EINVAL;
    if (made && len <= PASSWORD_BYTES_MAX) {
        memcpy(ret->bytes, made, len);
        ret->len = len;
        ret->characters = count_characters(slice_of(ret->bytes, len));
        r = 0;
    }
    if (made) explicit_bzero(made, len);
    if (made && made != room) free(made);
    explicit_bzero(room, sizeof room);
    return r;
}

/* ---- judging a new one */

static int say_short(Complaint *complaint)
{
    complaint_say(complaint, "password.short",
                  "a password needs %d characters or more; a sentence is easy to remember",
                  "パスワードは%d文字以上にします。文にすると覚えやすくなります",
                  PASSWORD_CHARACTERS_MIN);
    return -EINVAL;
}

static int say_unfit(Slice typed, Complaint *complaint)
{
    if (typed.len > PASSWORD_BYTES_MAX && check_characters(slice_first(typed, 0)) == 0 &&
        utf8_is_valid(typed)) {
        complaint_say(complaint, "password.long",
                      "a password may have %d bytes (64 characters of any script, 256 of ASCII)",
                      "パスワードは%dバイトまでです（日本語で64文字、英数字で256文字）",
                      PASSWORD_BYTES_MAX);
    } else {
        complaint_say(complaint, "password.characters",
                      "the password has a character that not every keyboard gives alike (a control "
                      "character, or one newer than Unicode 14); leave it out",
                      "パスワードに、どの機器でも同じとは限らない文字（制御文字やごく新しい文字）が"
                      "あります。別の文字にしてください");
    }
    return -EINVAL;
}

static int say_common(Complaint *complaint, PasswordFault fault)
{
    if (fault == PASSWORD_OF_CONTEXT) {
        complaint_say(complaint, "password.context",
                      "the password is made of your name, the company's or the product's; choose "
                      "words that have nothing to do with them",
                      "名前、会社名、製品名をもとにしたパスワードは推測されます。関係のない言葉を"
                      "選んでください");
    } else if (fault == PASSWORD_REPEATED) {
        complaint_say(complaint, "password.repeated",
                      "the password repeats a few characters or follows the keyboard; choose "
                      "several words instead",
                      "同じ文字のくり返しやキーの並びは推測されます。いくつかの言葉をつなげてくださ"
                      "い");
    } else {
        complaint_say(complaint, "password.common",
                      "this password is one of those that are tried first; choose several words "
                      "that only you would put together",
                      "最初に試される、よくあるパスワードです。自分だけの言葉の組み合わせにして"
                      "ください");
    }
    return -EINVAL;
}

int password_judge(Slice typed, const PasswordContext *context, Complaint *complaint)
{
    Password password;
    int r = password_take(typed, &password);
    if (r < 0) return say_unfit(typed, complaint);
    PasswordFault fault = PASSWORD_FINE;
    if (password.characters < PASSWORD_CHARACTERS_MIN)
        r = say_short(complaint);
    else
        fault = password_fault(slice_of(password.bytes, password.len), context);
    if (fault != PASSWORD_FINE) r = say_common(complaint, fault);
    password_wipe(&password);
    return r;
}
