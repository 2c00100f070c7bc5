/* The pieces of a choice column: literals and columns, a variant after the other. */
#include "store/columns/columns_enc.h"

void pieces_add_literal(PieceWriter *writer, Slice literal)
{
    buf_add_slice(&writer->literal, literal);
}

static void flush_literal(PieceWriter *writer)
{
    if (writer->literal.len == 0) return;
    texts_give(writer->enc, buf_slice(&writer->literal));
    buf_add_char(&writer->body, 0);
    buf_add_varint(&writer->body, writer->literal.len);
    buf_add_slice(&writer->body, buf_slice(&writer->literal));
    buf_clear(&writer->literal);
    writer->count++;
    writer->steps++;
}

void pieces_add_column(PieceWriter *writer, const EncColumn *column)
{
    if (!column) return;
    flush_literal(writer);
    buf_add_varint(&writer->body, (uint64_t)column->id + 1);
    writer->count++;
    writer->steps += column->steps;
}

void pieces_end(PieceWriter *writer, const EncSet *set)
{
    flush_literal(writer);
    buf_add_varint(&writer->pieces, set->id);
    buf_add_varint(&writer->pieces, writer->count);
    buf_add_slice(&writer->pieces, buf_slice(&writer->body));
    if (buf_error(&writer->body) && !writer->enc->error)
        writer->enc->error = buf_error(&writer->body);
    buf_clear(&writer->body);
    if (writer->steps > writer->steps_max) writer->steps_max = writer->steps;
    writer->count = writer->steps = 0;
}

EncColumn *pieces_write(PieceWriter *writer, const EncColumn *choices, const EncSet *set)
{
    Encoder *enc = writer->enc;
    enc_refer(enc, choices);
    buf_add_varint(&enc->meta, choices->id);
    buf_add_varint(&enc->meta, choices->distinct);
    buf_add_slice(&enc->meta, buf_slice(&writer->pieces));
    if (buf_error(&writer->pieces) && !enc->error) enc->error = buf_error(&writer->pieces);
    EncColumn *column = enc_column_end(enc, KIND_CHOICE, set);
    if (column) column->steps = writer->steps_max + 1;
    return column;
}

void pieces_done(PieceWriter *writer)
{
    buf_done(&writer->literal);
    buf_done(&writer->body);
    buf_done(&writer->pieces);
}
