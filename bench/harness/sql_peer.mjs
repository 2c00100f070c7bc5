// A database in this process, told what to do over stdin: `node sql_peer.mjs ENGINE CACHE FOLDER`, ENGINE
// chdb (ClickHouse) or duckdb. One JSON object {"sql": text} a line; for each comes one line
// {"ms": number, "rows": [[...]]} or {"error": text}. The time is that of the statement with its answer.
import { createRequire } from 'node:module';
import { createInterface } from 'node:readline';
import { join } from 'node:path';

const [engine, cache, folder] = process.argv.slice(2);
const load = createRequire(join(cache, 'node_modules', '/'));

async function openClickHouse() {
  const { Session } = load('chdb');
  const session = new Session(join(folder, 'clickhouse'));
  return async (sql) => {
    const text = session.query(sql, 'JSONCompactEachRow') ?? '';
    return String(text).split('\n').filter((line) => line !== '').map((line) => JSON.parse(line));
  };
}

async function openDuckDb() {
  const { DuckDBInstance } = load('@duckdb/node-api');
  const connection = await (await DuckDBInstance.create(':memory:')).connect();
  return async (sql) => (await connection.runAndReadAll(sql)).getRowsJson();
}

const ask = engine === 'chdb' ? await openClickHouse() : await openDuckDb();
for await (const line of createInterface({ input: process.stdin })) {
  const begun = performance.now();
  try {
    const rows = await ask(JSON.parse(line).sql);
    console.log(JSON.stringify({ ms: performance.now() - begun, rows }));
  } catch (error) {
    console.log(JSON.stringify({ error: String(error.message).slice(0, 500) }));
  }
}
process.exit(0);
