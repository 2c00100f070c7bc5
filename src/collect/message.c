/* See message.h. A field: its kind (1 byte), the lengths of name (2) and value (4), name, value. */
#include "collect/message.h"

#include "base/number.h"

enum { HEAD_BYTES = 7 };

void message_field_add(Buf *to, Slice name, Slice value, FieldKind kind)
{
    name = slice_first(name, MESSAGE_FIELD_NAME_BYTES_MAX);
    if (name.len == 0) return;
    if (value.len > UINT32_MAX) value.len = UINT32_MAX;
    buf_add_char(to, (char)kind);
    buf_add_le16(to, (uint16_t)name.len);
    buf_add_le32(to, (uint32_t)value.len);
    buf_add_slice(to, name);
    buf_add_slice(to, value);
}

bool message_fields_next(Slice *beside, Field *ret)
{
    if (beside->len < HEAD_BYTES) return false;
    size_t name_len = read_le16(beside->ptr + 1), value_len = read_le32(beside->ptr + 3);
    if (beside->len - HEAD_BYTES < name_len || beside->len - HEAD_BYTES - name_len < value_len) {
        return false;
    }
    ret->kind = (FieldKind)beside->ptr[0];
    ret->name = slice_of(beside->ptr + HEAD_BYTES, name_len);
    ret->value = slice_of(ret->name.ptr + name_len, value_len);
    *beside = slice_skip(*beside, HEAD_BYTES + name_len + value_len);
    return true;
}
