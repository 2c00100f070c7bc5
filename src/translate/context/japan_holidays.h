/* Japan's national holidays, computed from the law: 国民の祝日に関する法律 (Act on National
 * Holidays, act 178 of 1948) with its amendments, articles 2 (the days) and 3 (the substitute
 * holiday, and the day between two holidays), and the acts that moved days of 2019, 2020 and 2021.
 *
 * The equinoxes of a coming year are announced by the National Astronomical Observatory each
 * February; they are computed here by the formula of 新こよみ便利帳 (calendar computation group of
 * the Hydrographic Department, Japan Coast Guard) for 1980-2099, which has agreed with every
 * announcement so far. Laws of the future are not known: own holidays of a company are for them. */
#ifndef AKASHI_TRANSLATE_JAPAN_HOLIDAYS_H
#define AKASHI_TRANSLATE_JAPAN_HOLIDAYS_H

#include <stddef.h>

#define JAPAN_HOLIDAYS_YEAR_MIN 2000
#define JAPAN_HOLIDAYS_YEAR_MAX 2099
#define JAPAN_HOLIDAYS_MAX 32 /* of one year; no year has more than 22 */

typedef struct JapanHoliday {
    int month, day;
    const char *name[2]; /* by Language */
} JapanHoliday;

/* The days of the year on which all is closed, in order; returns how many (none outside of the
 * years above). A holiday that falls on a Sunday is among them, and so is its substitute. */
size_t japan_holidays(int year, JapanHoliday to[static JAPAN_HOLIDAYS_MAX]);

#endif
