// The choices and units of settings in words. What a newer server has besides is shown as it stands.
import type { Text2 } from "../../words/words";

const two = (ja: string, en: string): Text2 => ({ ja, en });

const LEVELS: Record<string, Text2> = {
  informational: two("参考", "For information"),
  low: two("軽微", "Low"),
  medium: two("注意", "Medium"),
  high: two("重要", "High"),
  critical: two("緊急", "Critical"),
};
const YES: Record<string, Text2> = { yes: two("はい", "Yes"), no: two("いいえ", "No"), on: two("使う", "On"), off: two("使わない", "Off") };

const CHOICES: Record<string, Record<string, Text2>> = {
  language: { auto: two("この機器の言語に合わせる", "As this machine is set"), ja: two("日本語", "日本語 (Japanese)"), en: two("English（英語）", "English") },
  "listen.tls_plain": { refuse: two("断る", "Refuse"), accept: two("受ける", "Accept") },
  "follow.from": { start: two("初めから", "From the start"), end: two("これからの分だけ", "Only what comes from now on") },
  "alert.least_level": LEVELS,
  "alert.mail_security": { none: two("暗号にしない", "Not encrypted"), starttls: two("STARTTLS（ふつうはこれ）", "STARTTLS (usual)"), tls: two("TLS（初めから暗号）", "TLS (encrypted from the start)") },
  "alert.syslog_security": { none: two("暗号にしない", "Not encrypted"), tls: two("TLSで暗号にする", "Encrypted with TLS") },
};

const UNITS: Record<string, Text2> = {
  days: two("日", "days"),
  hour: two("時", "o'clock"),
  hours: two("時間", "hours"),
  minutes: two("分", "minutes"),
  min: two("分", "min"),
  seconds: two("秒", "seconds"),
  ms: two("ミリ秒", "ms"),
  ns: two("ナノ秒", "ns"),
  rows: two("件", "rows"),
  generations: two("世代", "generations"),
  // a port has a number, not an amount
  port: two("", ""),
};

export const choiceWords = (key: string, token: string): Text2 => CHOICES[key]?.[token] ?? YES[token] ?? two(token, token);
export const unitWords = (unit: string): Text2 => UNITS[unit] ?? two(unit, unit);
