/* See page_words.h. Plain words only: the reader runs these machines beside another job. */
#include "server/page_words.h"

static const char *const table[PAGE_WORD_COUNT][2] = {
    [WORD_TITLE] = {"ログをさがす", "Find in the logs"},
    [WORD_TAGLINE] = {"だれが・いつ・どこで・何をしたか", "who did what, when and where"},
    [WORD_QUERY_LABEL] = {"さがす言葉", "What to look for"},
    [WORD_QUERY_HINT] = {"人の名前、ファイル名、IPアドレスなど",
                         "a person, a file name, an IP address ..."},
    [WORD_FROM] = {"いつから", "From"},
    [WORD_TO] = {"いつまで", "Until"},
    [WORD_ROWS] = {"表示する件数", "Rows"},
    [WORD_SEARCH] = {"さがす", "Search"},
    [WORD_EXAMPLES] = {"よくある質問", "Common questions"},
    [WORD_OTHER_LANGUAGE] = {"English", "日本語"},
    [WORD_LIVE] = {"新しいログを自動で表示", "Show new logs as they come"},
    [WORD_TIME] = {"いつ", "When"},
    [WORD_WHO] = {"だれが", "Who"},
    [WORD_CLIENT] = {"どこから", "From where"},
    [WORD_SYSTEM] = {"どの機器", "System"},
    [WORD_WHAT] = {"何をしたか", "What happened"},
    [WORD_FAILED] = {"✕ 失敗", "✕ failed"},
    [WORD_UNREAD] = {"△ 一部読み取れず", "△ partly unread"},
    [WORD_RECORD_FIELDS] = {"内容", "Details"},
    [WORD_SOURCE_FIELDS] = {"機器が記録した項目", "As the source recorded it"},
    [WORD_RAW] = {"元のログ", "Original log"},
    [WORD_RAW_CUT] = {"長いため、ここまでを表示しています。", "Long: only the beginning is shown."},
    [WORD_RAW_BINARY] = {"文字ではないデータです。先頭を16進数で表示しています。",
                         "This is not text; its beginning is shown as hexadecimal numbers."},
    [WORD_ONLY_THIS] = {"この値だけ", "only this"},
    [WORD_NOT_THIS] = {"この値を除く", "all but this"},
    [WORD_ACTION] = {"操作", "action"},
    [WORD_OUTCOME] = {"結果", "outcome"},
    [WORD_COUNT] = {"回数", "count"},
    [WORD_RECEIVED] = {"受信日時", "received"},
    [WORD_ORIGIN] = {"受け取り元", "came from"},
    [WORD_SHOWN] = {"件を表示", "shown"},
    [WORD_MORE] = {"（ほかにもあります）", " (there are more)"},
    [WORD_STORED] = {"保存されている記録", "records stored"},
    [WORD_ZONE] = {"時刻は", "times in"},
    [WORD_BAD_QUERY] = {"さがす言葉の書き方を確かめてください",
                        "Please check how the question is written"},
    [WORD_HERE] = {"文字目", "character"},
    [WORD_MEMORY_MET] =
        {"種類が多すぎるため、一部を除いた結果です。期間や条件をせまくすると正確になります。",
         "There were too many different values and some were left out. Narrow the "
         "time or the conditions for an exact answer."},
    [WORD_TIMED_OUT] = {"時間がかかりすぎたため、途中までの結果です。期間をせまくしてください。",
                        "This took too long and is only part of the answer. Narrow the time."},
    [WORD_PAGE_FULL] = {"ページが大きくなりすぎるため、途中までを表示しています。",
                        "The page would be too large; only the first rows are shown."},
    [WORD_DAMAGED] =
        {"保存されたデータに読めない箇所がありました。管理者に知らせてください。箇所の数:",
         "Some stored data could not be read. Please tell the administrator. Places:"},
    [WORD_BUSY] = {"ほかの検索で混み合っています。少し待ってから、もう一度さがしてください。",
                   "Other searches are running. Wait a moment and search again."},
    [WORD_STORE_FAILED] = {"保存されたログを読めませんでした。",
                           "The stored logs could not be read."},
    [WORD_EMPTY_TITLE] = {"まだログがありません", "There are no logs yet"},
    [WORD_EMPTY_SEND] = {"機器からログが届くと、ここに表示されます。",
                         "Logs appear here as soon as a device sends them."},
    [WORD_EMPTY_TEST] = {"この機械で次の1行を実行すると、ためしに1件送れます。",
                         "This line, run on this machine, sends one to try:"},
    [WORD_EMPTY_DEVICES] =
        {"機器の設定画面では、syslogの送り先にこの機械のアドレスと次のポートを書きます。",
         "In a device's settings, give this machine's address as syslog server, "
         "with the port"},
    [WORD_EMPTY_FILES] = {"手元のログファイルは次の1行で取り込めます。",
                          "Log files are taken in with this line:"},
    [WORD_NONE_TITLE] = {"見つかりませんでした", "Nothing was found"},
    [WORD_NONE_WHY] = {"この条件に合う記録はありません。言葉を短くするか、条件を減らしてください。",
                       "No record meets this. Try a shorter word or fewer conditions."},
    [WORD_NONE_WITHOUT_TIMES] = {"期間を外してさがす", "Search all times"},
    [WORD_NONE_ALL] = {"すべての記録を見る", "Show all records"},
};

const char *page_word(PageWord word, Language language)
{
    return table[word][language];
}

const char *page_outcome(Outcome outcome, Language language)
{
    static const char *const outcomes[3][2] = {
        {"不明", "unknown"}, {"成功", "success"}, {"失敗", "failure"}};
    return outcomes[outcome][language];
}

const PageExample page_examples[PAGE_EXAMPLE_COUNT] = {
    {{"ログオンの失敗", "Failed logons"}, "action:LOGON_FAIL"},
    {{"消されたファイル", "Deleted files"}, "action:DELETE or action:DELETE_RECYCLE"},
    {{"拒否されたアクセス", "Refused access"}, "action:ACCESS_DENIED or action:BLOCK"},
    {{"アカウントの変更", "Account changes"}, "event.category:iam"},
    {{"人ごとの件数", "How many by person"}, "user.name:* | stats count() by user.name"},
    {{"操作ごとの件数", "How many by action"}, "| stats count() by event.action"},
};
