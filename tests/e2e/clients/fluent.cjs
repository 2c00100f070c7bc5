// The Fluent logger: forward protocol with acknowledgements, with a shared key when one is given.
// usage: fluent.cjs PORT NAME COUNT MODE [KEY]
const { FluentClient } = require('@fluent-org/logger')
const [port, name, count, mode, key] = process.argv.slice(2)

async function main () {
  const client = new FluentClient('app', {
    socket: { host: '127.0.0.1', port: Number(port), timeout: 10000 },
    eventMode: mode,
    ack: { ackTimeout: 10000 },
    ...(key ? { security: { clientHostname: 'client.example.com', sharedKey: key } } : {})
  })
  const sent = []
  for (let number = 0; number < Number(count); number++) {
    sent.push(client.emit('log', { message: `event-${name}-${number}-end` }))
  }
  await Promise.all(sent)
  await client.disconnect()
}
main().catch(error => { console.error(error); process.exit(1) })
