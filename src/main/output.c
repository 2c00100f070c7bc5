/* See output.h. */
#include "main/output.h"

#include "os/os.h"

#include <unistd.h>

int output_flush(Buf *buf, size_t bytes_min)
{
    if (buf_error(buf)) return buf_error(buf);
    if (buf->len < bytes_min || buf->len == 0) return 0;
    int r = os_write_full(&os_real, STDOUT_FILENO, buf->ptr, buf->len);
    buf_clear(buf);
    return r;
}
