// The glossary: a word in both languages, and what it means in plain words.
import type { Language } from "../words/words";

interface Entry {
  word: string;
  meaning: string;
}

const entry = (ja: string, jaMeaning: string, en: string, enMeaning: string): Record<Language, Entry> => ({
  ja: { word: ja, meaning: jaMeaning },
  en: { word: en, meaning: enMeaning },
});

export const glossary: Record<string, Record<Language, Entry>> = {
  verification: entry("検証", "保存したログが、届いたときのままかどうかを計算で確かめること。", "verification", "Checking by calculation that the stored logs are as they were when they arrived."),
  seal: entry("封印", "あとから書き換えると必ず分かるように、ログをひとまとまりにして印をつけること。", "sealed", "Closed with a mark, so that any later change is found out."),
  publicKey: entry("公開鍵", "署名が本物かを確かめるための鍵。人に渡してもかまいません。", "public key", "The key that tells whether a signature is genuine. It may be given to anybody."),
  chain: entry("鎖の先頭", "すべてのログを順につないだ計算の、いちばん新しい値。1件でも変わると値が変わります。", "Head of the chain", "The newest value of a calculation over all logs in their order. If a single one changes, so does the value."),
  checkpoint: entry("チェックポイント", "その時点までのログ全部につけた署名。", "checkpoint", "A signature under all logs until then."),
  hash: entry("ハッシュ", "中身から計算した短い値。中身が少しでも変わると別の値になります。", "hash", "A short value calculated from the content. The smallest change gives another one."),
  pack: entry("パック", "見つけたいことごとに、ルールをまとめたもの。", "pack", "Rules that belong together: one for each thing to be found."),
  exception: entry("例外", "分かっている動きを、期限つきで知らせないようにすること。", "exception", "Something known that is not reported for a while."),
  factor: entry("2つ目の確認", "パスワードのほかに、スマートフォンに出る6桁の数字でも本人を確かめること。", "second factor", "Besides the password: six digits that a telephone shows."),
  generations: entry("世代", "取っておくバックアップの数。", "generations", "How many backups are kept."),
  certificate: entry("証明書", "通信の相手が本物であることを示すファイル。", "certificate", "A file that shows that the other side is genuine."),
  syslog: entry("syslog", "ネットワーク機器やサーバーがログを送るための、広く使われている方法。", "syslog", "The usual way in which network devices and servers send their logs."),
  starttls: entry("STARTTLS", "メールサーバーとの通信を、途中から暗号にする方法。", "STARTTLS", "A way to begin encrypting a connection to a mail server."),
  tls: entry("TLS", "通信を暗号にして、途中で読まれたり書き換えられたりしないようにする方法。", "TLS", "Encryption of a connection, so that nobody between can read or change it."),
  webhook: entry("Webhook", "チャットなどに知らせを届けるための、決まったURL。", "webhook", "A URL at which a chat or another service takes messages."),
  ldap: entry("LDAP", "社内のユーザー名簿に問い合わせる方法。Active Directoryでも使えます。", "LDAP", "The way to ask a company's directory of users, such as Active Directory."),
  sandbox: entry("Landlock", "プログラムが触れてよいファイルを、あらかじめ限るしくみ。", "Landlock", "Limits beforehand which files a program may touch."),
  seccomp: entry("seccomp", "プログラムが使ってよいOSの機能を、あらかじめ限るしくみ。", "seccomp", "Limits beforehand which functions of the system a program may use."),
};

export interface GlossedPiece {
  text: string;
  term?: string;
}

const letter = /[A-Za-z0-9]/;

/** Where the word stands as a word of its own; -1: nowhere. Letters of the alphabet must end at its edges. */
function placeOf(text: string, word: string): number {
  const folded = text.toLowerCase();
  const wanted = word.toLowerCase();
  const joined = (at: number) => letter.test(text[at] ?? "");
  for (let at = folded.indexOf(wanted); at >= 0; at = folded.indexOf(wanted, at + 1)) {
    const end = at + wanted.length;
    const cut = (letter.test(wanted[0] ?? "") && joined(at - 1)) || (letter.test(wanted.at(-1) ?? "") && joined(end));
    if (!cut) return at;
  }
  return -1;
}

/** The text in pieces; each word of the glossary is marked where it first stands. */
export function glossed(text: string, language: Language): GlossedPiece[] {
  let pieces: GlossedPiece[] = [{ text }];
  for (const [term, said] of Object.entries(glossary)) {
    const { word } = said[language];
    const found = pieces.findIndex((piece) => !piece.term && placeOf(piece.text, word) >= 0);
    const piece = pieces[found];
    if (!piece) continue;
    const at = placeOf(piece.text, word);
    const end = at + word.length;
    const parts = [{ text: piece.text.slice(0, at) }, { text: piece.text.slice(at, end), term }, { text: piece.text.slice(end) }];
    pieces = [...pieces.slice(0, found), ...parts.filter((part) => part.text !== ""), ...pieces.slice(found + 1)];
  }
  return pieces;
}
