/* Is a password one that is tried first? By rules instead of a long list: passwords of twelve
 * characters and more that are common are made of a few common words, of keys in a row, of repeats,
 * of what is known about the person, with digits and signs around them. */
#ifndef AKASHI_ACCOUNT_PASSWORD_COMMON_H
#define AKASHI_ACCOUNT_PASSWORD_COMMON_H

#include "account/account_password.h"

typedef enum PasswordFault {
    PASSWORD_FINE,
    PASSWORD_COMMON,     /* common words, dates and numbers alone; or in the administrator's file */
    PASSWORD_OF_CONTEXT, /* names of person, company, product, and such words, alone */
    PASSWORD_REPEATED,   /* a piece again and again, or keys in a row */
} PasswordFault;

/* The password is normalised. What is left when common words, the words of the context, runs of
 * keys, digits and signs are taken out must be PASSWORD_OWN_CHARACTERS characters. */
#define PASSWORD_OWN_CHARACTERS 5
PasswordFault password_fault(Slice password, const PasswordContext *context);

#endif
