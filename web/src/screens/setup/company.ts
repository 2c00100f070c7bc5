// The company as a form knows it, as company.yaml (doc/operate/company.ja.md).

export interface CompanyForm {
  name: string;
  from: string;
  to: string;
  saturday: boolean;
  holidays: boolean;
  /** `12-29..01-04 年末年始` a line */
  ownHolidays: string;
  /** an address or a network a line */
  networks: string;
}

/** A text of YAML in quotation marks: JSON's are YAML's. */
const text = (value: string) => JSON.stringify(value);

const lines = (value: string) => value.normalize("NFKC").split("\n").map((line) => line.trim()).filter(Boolean);

const DAY = /^((?:\d{4}-)?\d{1,2}-\d{1,2})(?:\s*(?:\.\.|~|〜)\s*((?:\d{4}-)?\d{1,2}-\d{1,2}))?\s*(.*)$/;
const padded = (day: string) => day.replace(/\b(\d)\b/g, "0$1");

function holiday(line: string): string {
  const found = DAY.exec(line.replace(/(\d)\/(\d)/g, "$1-$2"));
  // what is no day goes as it is: the server says which line is wrong
  if (!found?.[1]) return `    - {date: ${text(line)}}`;
  const until = found[2] ? `, until: ${padded(found[2])}` : "";
  return `    - {date: ${padded(found[1])}${until}, name: ${text(found[3] || line)}}`;
}

export function companyYaml(form: CompanyForm): string {
  const own = lines(form.ownHolidays);
  const networks = lines(form.networks);
  return [
    ...(form.name.trim() ? [`name: ${text(form.name.trim())}`] : []),
    "calendar:",
    `  holidays: ${form.holidays ? "japan" : "none"}`,
    `  weekend: [${form.saturday ? "sun" : "sat, sun"}]`,
    ...(own.length > 0 ? ["  own_holidays:", ...own.map(holiday)] : []),
    "  shifts:",
    `    - {name: ${text("日勤")}, days: ${form.saturday ? "mon-sat" : "mon-fri"}, from: ${text(form.from)}, to: ${text(form.to)}}`,
    ...(networks.length > 0 ? ["networks:", `  own: [${networks.map(text).join(", ")}]`] : []),
    "",
  ].join("\n");
}

/** Nothing but comments and blanks: the form may write it. */
export const unwritten = (yaml: string) => yaml.split("\n").every((line) => line.trim() === "" || line.trim().startsWith("#"));
