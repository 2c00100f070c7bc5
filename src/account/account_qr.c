/* The QR code of account_otp.h. */
#include "account/account_otp.h"

#include <errno.h>
#include <qrencode.h>
#include <stdlib.h>

#define QUIET_MODULES 4 /* ISO/IEC 18004, 6.3.8 */

static void add_escaped(Buf *to, Slice text)
{
    for (size_t i = 0; i < text.len; i++) {
        unsigned char c = (unsigned char)text.ptr[i];
        if (c == '<' || c == '>' || c == '&' || c == '"' || c < ' ')
            buf_add_format(to, "&#%u;", c < ' ' ? ' ' : c);
        else
            buf_add_char(to, (char)c);
    }
}

/* One run of dark modules of a line is one rectangle. */
static void add_modules(Buf *to, const QRcode *code)
{
    for (int y = 0; y < code->width; y++) {
        const unsigned char *line = code->data + (size_t)y * (size_t)code->width;
        for (int x = 0; x < code->width; x++) {
            int run = 0;
            while (x + run < code->width && (line[x + run] & 1))
                run++;
            if (run == 0) continue;
            buf_add_format(to, "M%d %dh%dv1h-%dz", x + QUIET_MODULES, y + QUIET_MODULES, run, run);
            x += run;
        }
    }
}

int qr_svg_add(Buf *to, Slice text, Slice title)
{
    if (text.len == 0 || text.len > 2000) return -E2BIG;
    QRcode *code =
        QRcode_encodeData((int)text.len, (const unsigned char *)text.ptr, 0, QR_ECLEVEL_M);
    if (!code) return errno == ENOMEM ? -ENOMEM : -E2BIG;
    int side = code->width + 2 * QUIET_MODULES;
    buf_add_format(to,
                   "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %d %d\" width=\"%d\" "
                   "height=\"%d\" role=\"img\" shape-rendering=\"crispEdges\"><title>",
                   side, side, side * 5, side * 5);
    add_escaped(to, title);
    buf_add_format(to,
                   "</title><rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>"
                   "<path fill=\"#000\" d=\"",
                   side, side);
    add_modules(to, code);
    buf_add_cstr(to, "\"/></svg>");
    QRcode_free(code);
    return buf_error(to);
}
