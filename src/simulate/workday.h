/* The company calendar of a Japanese factory: which days are worked. */
#ifndef AKASHI_SIMULATE_WORKDAY_H
#define AKASHI_SIMULATE_WORKDAY_H

#include <stdbool.h>
#include <stdint.h>

/* Days since 1970-01-01, local calendar. Years 2000 to 2099. */

/* 0 Sunday ... 6 Saturday. */
int workday_weekday(int64_t day);
/* National holidays by the Act on National Holidays (Act No. 178 of 1948, as amended to 2018):
 * fixed days, Mondays, equinoxes, the substitute holiday (article 3, 2) and the day between two
 * holidays (article 3, 3). The one-off changes of 2019 to 2021 are left out. */
bool workday_is_national_holiday(int64_t day);
/* Neither weekend nor national holiday nor the company's own: 12-29 to 01-03, 08-13 to 08-15. */
bool workday_is_worked(int64_t day);
/* The last worked day of its month. */
bool workday_is_month_end(int64_t day);

#endif
