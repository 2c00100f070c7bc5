/* health_read and metrics_read. */
#include "server/api/api_operations.h"
#include "server/api/api_request.h"

static bool is_running(const ApiEngine *engine)
{
    return !engine->is_running || engine->is_running(engine->context);
}

void api_health_read(ApiRequest *request)
{
    bool good = is_running(request->door->engine);
    ApiJson json = api_answer_json(request);
    if (!good) request->answer.status = 503;
    api_json_object(&json, NULL);
    api_json_cstr(&json, "state", good ? "ok" : "failing");
    api_json_end_object(&json);
}

/* Prometheus, text format 0.0.4. Names are constants of ours. */
void api_metrics_read(ApiRequest *request)
{
    const ApiEngine *engine = request->door->engine;
    ServerCounter counters[API_COUNTERS_MAX];
    Buf *to = &request->answer.body;
    size_t count =
        engine->counters ? engine->counters(engine->context, counters, ARRAY_COUNT(counters)) : 0;
    request->answer.status = 200;
    request->answer.type = "text/plain; version=0.0.4; charset=utf-8";
    for (size_t i = 0; i < count; i++) {
        buf_add_format(to, "# TYPE akashi_%s untyped\nakashi_%s %llu\n", counters[i].name,
                       counters[i].name, (unsigned long long)counters[i].value);
    }
}
