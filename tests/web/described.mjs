// api/openapi.yaml as checks of answers and questions.
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { fileURLToPath } from "node:url";

const root = new URL("../../", import.meta.url);
const require = createRequire(fileURLToPath(new URL("web/package.json", root)));
const { parse } = require("yaml");
const Ajv = require("ajv/dist/2020").default;

export const description = parse(readFileSync(new URL("api/openapi.yaml", root), "utf8"));

const ajv = new Ajv({ strict: false, allErrors: true });
ajv.addFormat("date-time", (text) => !Number.isNaN(Date.parse(text)));
ajv.addSchema({ ...description, $id: "akashi" });

const compiled = new Map();

function check(schema, value, what) {
  const key = JSON.stringify(schema);
  if (!compiled.has(key)) compiled.set(key, ajv.compile(JSON.parse(key.replaceAll('"#/', '"akashi#/'))));
  const good = compiled.get(key);
  if (!good(value)) throw new Error(`${what}: ${ajv.errorsText(good.errors)}: ${JSON.stringify(value).slice(0, 300)}`);
}

const resolve = (node) =>
  node?.$ref ? node.$ref.slice(2).split("/").reduce((at, name) => at[name], description) : node;

/** The operation of a request, with the values of its path; undefined: not described. */
export function operationOf(method, path) {
  // a fixed path goes before one with parameters
  const found = Object.keys(description.paths)
    .filter((template) => description.paths[template][method.toLowerCase()])
    .map((template) => ({ template, match: new RegExp(`^${template.replace(/\{\w+\}/g, "([^/]+)")}$`).exec(path) }))
    .filter(({ match }) => match)
    .sort((a, b) => a.match.length - b.match.length)[0];
  if (!found) return undefined;
  const names = [...found.template.matchAll(/\{(\w+)\}/g)].map((match) => match[1]);
  const parts = Object.fromEntries(names.map((name, at) => [name, decodeURIComponent(found.match[at + 1])]));
  return { template: found.template, operation: description.paths[found.template][method.toLowerCase()], parts };
}

export function checkQuestion(operation, body) {
  const content = operation.requestBody?.content?.["application/json"];
  if (content) check(content.schema, body, `${operation.operationId}: question`);
}

export function checkAnswer(operation, status, body) {
  const described = resolve(operation.responses[status] ?? (status >= 400 ? description.components.responses.Error && { $ref: "#/components/responses/Error" } : undefined));
  if (!described) throw new Error(`${operation.operationId}: status ${status} is not described`);
  const content = described.content?.["application/json"];
  if (content) check(content.schema, body, `${operation.operationId}: answer`);
}

export function checkSearchLine(line) {
  check({ $ref: "#/components/schemas/SearchLine" }, line, "a line of search_run");
}
