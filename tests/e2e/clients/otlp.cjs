// OpenTelemetry's exporters of logs over HTTP.
// usage: otlp.cjs PORT NAME COUNT json|protobuf
const { LoggerProvider, BatchLogRecordProcessor } = require('@opentelemetry/sdk-logs')
const [port, name, count, form] = process.argv.slice(2)
const { OTLPLogExporter } = form === 'json'
  ? require('@opentelemetry/exporter-logs-otlp-http')
  : require('@opentelemetry/exporter-logs-otlp-proto')

async function main () {
  const exporter = new OTLPLogExporter({ url: `http://127.0.0.1:${port}/v1/logs`, compression: 'gzip' })
  const processor = new BatchLogRecordProcessor({ exporter, maxQueueSize: 100000 })
  const provider = new LoggerProvider({ processors: [processor] })
  const logger = provider.getLogger('app')
  for (let number = 0; number < Number(count); number++) {
    logger.emit({ body: `event-${name}-${number}-end`, attributes: { number, place: 'line 2' } })
  }
  await provider.forceFlush()
  await provider.shutdown()
}
main().catch(error => { console.error(error); process.exit(1) })
