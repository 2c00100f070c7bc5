/* Is a password one that is tried first? By rules: passwords of twelve characters and more that are
 * common are made of a few common words, of keys in a row, of repeats, of what is known about the
 * person, with digits and signs around them. And by lists of passwords that were published and of
 * words in their order of use (OWASP ASVS 5.0, 6.2.4: the first 3,000 that are long
 * enough; 6.2.12).
 */
#ifndef AKASHI_ACCOUNT_PASSWORD_COMMON_H
#define AKASHI_ACCOUNT_PASSWORD_COMMON_H

#include "account/account_password.h"

typedef enum PasswordFault {
    PASSWORD_FINE,
    PASSWORD_COMMON,     /* common words, dates and numbers alone; listed, or in the administrator's
                            file */
    PASSWORD_OF_CONTEXT, /* names of person, company, product, and such words, alone */
    PASSWORD_REPEATED,   /* a piece again and again, or keys in a row */
} PasswordFault;

/* The password is normalised. What is left when common words, the words of the context, runs of
 * keys, digits and signs are taken out must be PASSWORD_OWN_CHARACTERS characters. */
#define PASSWORD_OWN_CHARACTERS 5
PasswordFault password_fault(Slice password, const PasswordContext *context);

/* A listed password or word alone, or with up to so many digits and signs before and behind it.
 * plain: folded, one byte an ASCII character; spoken: the same with p4$$w0rd read as password. */
#define LISTED_CHARACTERS_MIN 5
#define LISTED_ORNAMENT_CHARACTERS_MAX 8
bool password_is_listed(Slice plain, Slice spoken);

#endif
