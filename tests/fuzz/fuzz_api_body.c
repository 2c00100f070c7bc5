/* Any path, then any body: routes and the checks of bodies. The first line is METHOD PATH. */
#include "server/api/api_judge.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count);

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t count)
{
    Slice rest = slice_of(bytes, count), head, method;
    ApiDoor door = {0};
    ApiRequest request = {.door = &door, .arena = arena_make((size_t)16 << 20)};
    if (!slice_cut(&rest, '\n', &head) || !slice_cut(&head, ' ', &method)) return 0;
    if (api_route_find(method, head, &request.route, &request.values) < 0) return 0;
    request.answer.body = buf_make((size_t)1 << 20);
    if (api_judge_parameters(&request) == 0 &&
        api_judge_body(&request, SLICE("application/json"), rest) < 0 &&
        (request.answer.status < 400 || request.answer.body.len == 0))
        __builtin_trap(); /* what is refused is answered */
    buf_done(&request.answer.body);
    json_tree_done(&request.body);
    arena_done(&request.arena);
    return 0;
}
