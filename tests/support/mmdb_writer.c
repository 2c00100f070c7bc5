/* See mmdb_writer.h. */
#include "tests/support/mmdb_writer.h"

#include <stdlib.h>

enum { NODES_MAX = 4096, EMPTY = -1 };

typedef struct Tree {
    int64_t side[NODES_MAX][2]; /* node, EMPTY, or -2 - offset in the data */
    size_t count;
} Tree;

static size_t new_node(Tree *tree)
{
    tree->side[tree->count][0] = tree->side[tree->count][1] = EMPTY;
    return tree->count++;
}

static unsigned bit_of(const uint8_t *address, unsigned at)
{
    return address[at / 8] >> (7 - at % 8) & 1;
}

static void put_in(Tree *tree, const uint8_t *address, unsigned bits, int64_t value)
{
    size_t node = 0;
    for (unsigned i = 0; i + 1 < bits; i++) {
        int64_t *side = &tree->side[node][bit_of(address, i)];
        if (*side < 0) {
            int64_t fresh = (int64_t)new_node(tree);
            *side = fresh;
        }
        node = (size_t)*side;
    }
    tree->side[node][bit_of(address, bits - 1)] = value;
}

/* 6to4 (2002::/16) and mapped addresses lead to the IPv4 tree. */
static void alias(Tree *tree)
{
    static const uint8_t mapped[16] = {[10] = 0xff, [11] = 0xff}, six_to_four[16] = {0x20, 0x02};
    int64_t root = 0;
    for (int i = 0; i < 96 && root >= 0; i++) {
        root = tree->side[root][0];
    }
    if (root < 0) return;
    put_in(tree, six_to_four, 16, root);
    put_in(tree, mapped, 96, root);
}

static void add_text(Buf *to, const char *text)
{
    size_t len = strlen(text); /* below 29 */
    buf_add_char(to, (char)(2 << 5 | len));
    buf_add(to, text, len);
}

static void add_map(Buf *to, unsigned pairs)
{
    buf_add_char(to, (char)(7 << 5 | pairs));
}

static void add_u16(Buf *to, const char *name, unsigned value)
{
    add_text(to, name);
    buf_add_char(to, (char)(5 << 5 | 2));
    buf_add_char(to, (char)(value >> 8));
    buf_add_char(to, (char)value);
}

/* {names: {en: "x"}, country: {geoname_id: 1, iso_code: "JP"}}, the key `iso_code` by a pointer to
 * the first one. */
static size_t add_record(Buf *data, const char *country, const char *key, size_t *code_at)
{
    size_t start = data->len;
    add_map(data, country ? 2 : 1);
    add_text(data, "names");
    add_map(data, 1);
    add_text(data, "en");
    add_text(data, "somewhere");
    if (!country) return start;
    add_text(data, key);
    add_map(data, 2);
    add_u16(data, "geoname_id", 7);
    if (*code_at == 0) {
        *code_at = data->len;
        add_text(data, "iso_code");
    } else {
        buf_add_char(data, (char)(1 << 5 | *code_at >> 8));
        buf_add_char(data, (char)*code_at);
    }
    add_text(data, country);
    return start;
}

static void add_side(Buf *to, uint32_t value, unsigned bytes)
{
    for (unsigned i = bytes; i-- > 0;) {
        buf_add_char(to, (char)(value >> (8 * i)));
    }
}

static uint32_t record_of(const Tree *tree, int64_t side)
{
    if (side >= 0) return (uint32_t)side;
    uint32_t count = (uint32_t)tree->count;
    return side == EMPTY ? count : count + 16 + (uint32_t)(-2 - side);
}

static void add_tree(Buf *to, const Tree *tree, unsigned record_bits)
{
    for (size_t i = 0; i < tree->count; i++) {
        uint32_t left = record_of(tree, tree->side[i][0]);
        uint32_t right = record_of(tree, tree->side[i][1]);
        if (record_bits == 28) {
            add_side(to, left & 0xffffff, 3);
            buf_add_char(to, (char)(left >> 24 << 4 | right >> 24));
            add_side(to, right & 0xffffff, 3);
        } else {
            add_side(to, left, record_bits / 8);
            add_side(to, right, record_bits / 8);
        }
    }
}

void mmdb_write(Buf *to, const MmdbNetwork *networks, size_t count, unsigned record_bits,
                bool with_aliases, bool registered)
{
    CLEANUP(buf_done) Buf data = {0};
    static const char zeros[16];
    Tree *tree = calloc(1, sizeof *tree);
    size_t code_at = 0;
    if (!tree) abort();
    new_node(tree);
    for (size_t i = 0; i < count; i++) {
        size_t at = add_record(&data, networks[i].country,
                               registered ? "registered_country" : "country", &code_at);
        put_in(tree, networks[i].address, networks[i].bits, -2 - (int64_t)at);
    }
    if (with_aliases) alias(tree);
    add_tree(to, tree, record_bits);
    buf_add(to, zeros, sizeof zeros);
    buf_add_slice(to, buf_slice(&data));
    buf_add_cstr(to, "\xab\xcd\xefMaxMind.com");
    add_map(to, 9);
    add_u16(to, "binary_format_major_version", 2);
    add_u16(to, "binary_format_minor_version", 0);
    add_text(to, "build_epoch");
    buf_add(to, "\x01\x02\x07", 3); /* a number of 64 bits in one byte: 7 */
    add_text(to, "description");
    add_map(to, 1);
    add_text(to, "en");
    add_text(to, "of tests");
    add_u16(to, "ip_version", 6);
    add_u16(to, "record_size", record_bits);
    add_text(to, "database_type");
    add_text(to, "Test-Country");
    add_text(to, "languages");
    buf_add_char(to, 0);
    buf_add_char(to, 11 - 7); /* an empty array */
    add_text(to, "node_count");
    buf_add_char(to, (char)(6 << 5 | 4));
    add_side(to, (uint32_t)tree->count, 4);
    free(tree);
}
