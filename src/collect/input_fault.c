/* What can be wrong with an input, in words: what happened, and what to do. */
#include "base/utf8.h"
#include "collect/input_inside.h"

#include <errno.h>

typedef struct FaultWords {
    int error;
    const char *id, *en, *ja;
} FaultWords;

static const FaultWords fault_words[] = {
    [INPUT_FAULT_DAMAGED] =
        {-EBADMSG, "input.damaged",
         "the archive is damaged or cut short here; what could be read was read. Fetch it again "
         "from "
         "where it was made, or unpack what a repair tool saves and import the folder.",
         "アーカイブがここで壊れているか、途中で切れています。読めた分は取り込みました。元の場所か"
         "ら"
         "取り直すか、修復できた分を展開してフォルダを取り込んでください。"},
    [INPUT_FAULT_ENCRYPTED] =
        {-ENOKEY, "input.encrypted",
         "protected by a password, not read. Unpack it with the password and import the folder.",
         "パスワードで保護されているため読み込めません。パスワードで展開し、そのフォルダを取り込ん"
         "で"
         "ください。"},
    [INPUT_FAULT_METHOD] =
        {-EOPNOTSUPP, "input.method",
         "packed with a method that is not supported (such as Deflate64 or AES), not read. Unpack "
         "it "
         "with the program that made it and import the folder.",
         "対応していない圧縮方式(Deflate64やAESなど)のため読み込めません。作成したソフトで展開し、"
         "そのフォルダを取り込んでください。"},
    [INPUT_FAULT_RATIO] =
        {-EFBIG, "input.bomb",
         "unpacks to more than 400 times its size; refused as an archive bomb. If it is genuine, "
         "unpack it yourself and import the folder.",
         "元の大きさの400倍を超えて展開されるため、圧縮爆弾とみなして中止しました。正しいファイルで"
         "あれば、展開してからフォルダを取り込んでください。"},
    [INPUT_FAULT_EXHAUSTED] =
        {-EFBIG, "input.bomb",
         "the file as a whole unpacks to more than 400 times its size or more than 1 TiB; the rest "
         "is refused as an archive bomb. If it is genuine, unpack it yourself and import the "
         "folder.",
         "ファイル全体の展開後の大きさが元の400倍または1TiBを超えるため、残りは圧縮爆弾とみなして"
         "中止しました。正しいファイルであれば、展開してからフォルダを取り込んでください。"},
    [INPUT_FAULT_CUT_OFF] =
        {-EFBIG, "input.bomb",
         "one of its members was refused as an archive bomb, and the rest cannot be reached "
         "without "
         "unpacking that one; the rest is not read. If it is genuine, unpack it yourself and "
         "import "
         "the folder.",
         "圧縮爆弾とみなしたファイルを展開しないと残りに届かないため、残りは読み込みません。正しい"
         "ファイルであれば、展開してからフォルダを取り込んでください。"},
    [INPUT_FAULT_MEMBERS] =
        {-EFBIG, "input.members",
         "holds more than 1,000,000 members; the rest is not read. Unpack it yourself and import "
         "the folder.",
         "含まれるファイルが100万件を超えるため、残りは読み込みません。展開してからフォルダを"
         "取り込んでください。"},
    [INPUT_FAULT_NESTING] =
        {-ELOOP, "input.nesting",
         "an archive inside 3 other archives, not read. Unpack the outermost one yourself "
         "and import the folder.",
         "アーカイブの入れ子が3段を超えるため読み込みません。外側を展開してからフォルダを取り込んで"
         "ください。"},
    [INPUT_FAULT_LINK] =
        {-ELOOP, "input.link",
         "a symbolic link to a folder, not followed. Name the folder that it points to, if it is "
         "wanted too.",
         "フォルダへのシンボリックリンクのため、たどりません。必要であれば、リンク先のフォルダを"
         "指定してください。"},
    [INPUT_FAULT_SPECIAL] =
        {-EINVAL, "input.special",
         "not a file (a pipe, socket or device), skipped. To read from a pipe use `-` as the path.",
         "通常のファイルではない(パイプ、ソケット、デバイス)ため飛ばしました。パイプから読むには"
         "パスに `-` を指定してください。"},
    [INPUT_FAULT_DEEP] =
        {-ELOOP, "input.deep",
         "a folder inside more than 64 others, not read. Name it as a path of its own.",
         "フォルダの階層が64段を超えるため読み込みません。このフォルダを直接指定してください。"},
    [INPUT_FAULT_FOLDER_LARGE] =
        {-EFBIG, "input.folder_large",
         "the folder holds too many names (over 256 MiB of them), not read. Spread its files over "
         "several folders.",
         "フォルダ内のファイル名が多すぎる(合計256MiB超)ため読み込みません。複数のフォルダに分けて"
         "ください。"},
};

static const FaultWords system_words[] = {
    {-ENOENT, "input.missing", "no such file or folder. Check the path.",
     "ファイルまたはフォルダがありません。パスを確認してください。"},
    {-EACCES, "input.denied",
     "may not be read by this user. Change its permissions or run as a user who may.",
     "このユーザーには読む権限がありません。権限を変えるか、権限のあるユーザーで実行してください"
     "。"},
    {-EPERM, "input.denied",
     "may not be read by this user. Change its permissions or run as a user who may.",
     "このユーザーには読む権限がありません。権限を変えるか、権限のあるユーザーで実行してください"
     "。"},
    {-EIO, "input.broken",
     "the disk or network drive gives an error here (EIO); what came before was read. Check the "
     "drive and the system's log, then try again.",
     "ディスクまたはネットワークドライブの読み取りエラー(EIO)です。ここまでの内容は読み込みました。"
     "ドライブとシステムログを確認し、やり直してください。"},
};

static const FaultWords *words_of_error(int error)
{
    for (size_t i = 0; i < ARRAY_COUNT(system_words); i++) {
        if (system_words[i].error == error) return &system_words[i];
    }
    return NULL;
}

/* The end of a long name tells more than its beginning. */
static void place_set(Complaint *complaint, Slice name)
{
    size_t room = sizeof complaint->file - 1;
    if (name.len > room) name = slice_skip(name, name.len - room);
    while (name.len > 0 && ((unsigned char)name.ptr[0] & 0xc0) == 0x80) {
        name = slice_skip(name, 1);
    }
    if (name.len) memcpy(complaint->file, name.ptr, name.len);
    complaint->file[name.len] = '\0';
}

int input_fault_error(InputFault fault, int error)
{
    return fault == INPUT_FAULT_SYSTEM ? error : fault_words[fault].error;
}

int input_fault_say(const InputSink *sink, Slice name, InputFault fault, int error)
{
    CLEANUP(buf_done) Buf shown = buf_make(3 * INPUT_NAME_BYTES_MAX + 64);
    utf8_add_repaired(&shown, name);
    Complaint complaint = {0};
    place_set(&complaint, buf_slice(&shown));
    const FaultWords *words =
        fault == INPUT_FAULT_SYSTEM ? words_of_error(error) : &fault_words[fault];
    if (words) {
        complaint_say(&complaint, words->id, words->en, words->ja);
    } else {
        const char *meaning = strerrordesc_np(-error);
        complaint_say(&complaint, "input.unreadable", "cannot be read: %s.", "読めません: %s",
                      meaning ? meaning : "?");
    }
    return sink->problem(sink->context, buf_slice(&shown), input_fault_error(fault, error),
                         &complaint);
}
