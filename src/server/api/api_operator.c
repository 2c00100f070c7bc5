/* operator_log_read: who did what here, newest first. */
#include "server/api/api_operations.h"
#include "server/api/api_question.h"
#include "server/api/api_row.h"

#include "account/operator_log.h"

typedef struct Listing {
    ApiJson *json;
    Language language;
    uint64_t limit, count;
    bool more;
} Listing;

/* What a log says of itself proves nothing: whoever sends logs could write such a line. Where it
 * came in is ours. */
static bool is_ours(const Row *row)
{
    return slice_eq(row->origin, SLICE(OPERATOR_ORIGIN));
}

static int on_row(void *context, const Answer *answer)
{
    Listing *listing = context;
    if (!answer->row || !is_ours(answer->row)) return 0;
    if (listing->count == listing->limit) {
        listing->more = true;
        return 1;
    }
    listing->count++;
    api_row_add(listing->json, NULL, answer->row, answer->number, listing->language);
    return 0;
}

static int log_reading(ApiRequest *request)
{
    const OperatorAct act = {.verb = OPERATOR_LOG_READ};
    int r = account_log(request->door->accounts, &request->self, &act);
    if (r < 0) api_fail_error(request, r);
    return r;
}

void api_operator_log_read(ApiRequest *request)
{
    ApiQuestion question;
    SearchStats stats;
    Complaint complaint = {0};
    if (api_question_of(request, SLICE("\"" OPERATOR_ORIGIN "\""), true, &question) < 0) return;
    question.sees_nothing = false; /* whoever may prove sees all of it (account_role.h) */
    ApiJson json = api_answer_json(request);
    Listing listing = {.json = &json,
                       .language = question.language,
                       .limit = (uint64_t)api_value_integer(request, "limit")};
    const ApiAsking asking = {
        .order = SEARCH_BY_TIME, .sink = on_row, .sink_context = &listing, .complaint = &complaint};
    api_json_object(&json, NULL);
    api_json_list(&json, "rows");
    int r = api_question_ask(&question, question.query, &asking, &stats);
    api_json_end_list(&json);
    api_json_boolean(&json, "more", listing.more);
    api_json_end_object(&json);
    api_question_done(&question);
    if (r < 0) {
        api_question_fail(request, r, &complaint);
    } else {
        r = log_reading(request);
        (void)r; /* answered */
    }
}
