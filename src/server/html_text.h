/* Text made part of HTML or of a URL. Every value that reaches the page goes through here. */
#ifndef AKASHI_SERVER_HTML_TEXT_H
#define AKASHI_SERVER_HTML_TEXT_H

#include "base/buf.h"

/* Appends s so that it is nothing but text, in an element or in an attribute in double quotes
 * (OWASP: & < > " ' as references). Control, invisible and direction-changing characters but end of
 * line and tab become U+FFFD, and so do ill-formed bytes. */
void html_add(Buf *to, Slice s);
void html_add_cstr(Buf *to, const char *text);
/* A number with commas between thousands. */
void html_add_count(Buf *to, uint64_t count);
/* As the value of a parameter in a URL (RFC 3986: everything but unreserved characters as %XX). */
void url_add(Buf *to, Slice s);

#endif
