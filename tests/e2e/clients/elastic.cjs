// The official Elasticsearch client: its bulk helper, documents with ids.
// usage: elastic.cjs PORT NAME COUNT
const { Client } = require('@elastic/elasticsearch')
const [port, name, count] = process.argv.slice(2)

async function main () {
  const client = new Client({ node: `http://127.0.0.1:${port}` })
  await client.info()
  const numbers = Array.from({ length: Number(count) }, (_, number) => number)
  const told = await client.helpers.bulk({
    datasource: numbers.map(number => ({ number, message: `event-${name}-${number}-end` })),
    flushBytes: 20000,
    onDocument: document => ({ create: { _index: 'logs', _id: `${name}-${document.number}` } }),
    onDrop: document => { throw new Error(JSON.stringify(document)) }
  })
  if (told.successful !== Number(count)) throw new Error(JSON.stringify(told))
}
main().catch(error => { console.error(error); process.exit(1) })
