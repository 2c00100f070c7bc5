// winston with its Loki transport: protobuf packed with snappy, or JSON.
// usage: loki.cjs PORT NAME COUNT json|protobuf
const winston = require('winston')
const LokiTransport = require('winston-loki')
const [port, name, count, form] = process.argv.slice(2)

async function main () {
  const transport = new LokiTransport({
    host: `http://127.0.0.1:${port}`,
    json: form === 'json',
    labels: { job: 'app' },
    interval: 1,
    format: winston.format.printf(entry => entry.message),
    gracefulShutdown: false,
    onConnectionError: error => { console.error(error); process.exit(1) }
  })
  const logger = winston.createLogger({ transports: [transport] })
  for (let number = 0; number < Number(count); number++) {
    logger.info(`event-${name}-${number}-end`)
  }
  await transport.flush()
  process.exit(0)
}
main().catch(error => { console.error(error); process.exit(1) })
