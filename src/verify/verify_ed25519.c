/* See verify_ed25519.h.
 *
 * Numbers modulo p = 2^255 - 19 are five limbs of 51 bits. Points of the curve -x^2 + y^2 = 1 + d
 * x^2 y^2 are (X : Y : Z : T) with x = X/Z, y = Y/Z, x y = T/Z; sums and doubles by the formulas of
 * RFC 8032 5.1.4, which hold for all points. */
#include "verify/verify_ed25519.h"

#include <string.h>

typedef struct Field {
    uint64_t limbs[5];
} Field;

typedef struct Point {
    Field x, y, z, t;
} Point;

#define LIMB_MASK (((uint64_t)1 << 51) - 1)

static const Field curve_d = {
    {0x34dca135978a3, 0x1a8283b156ebd, 0x5e7a26001c029, 0x739c663a03cbb, 0x52036cee2b6ff}};
static const Field curve_2d = {
    {0x69b9426b2f159, 0x35050762add7a, 0x3cf44c0038052, 0x6738cc7407977, 0x2406d9dc56dff}};
static const Field root_of_minus_one = {
    {0x61b274a0ea0b0, 0xd5a5fc8f189d, 0x7ef5e9cbd0c60, 0x78595a6804c9e, 0x2b8324804fc1d}};
static const Point base_point = {
    {{0x62d608f25d51a, 0x412a4b4f6592a, 0x75b7171a4b31d, 0x1ff60527118fe, 0x216936d3cd6e5}},
    {{0x6666666666658, 0x4cccccccccccc, 0x1999999999999, 0x3333333333333, 0x6666666666666}},
    {{1, 0, 0, 0, 0}},
    {{0x68ab3a5b7dda3, 0xeea2a5eadbb, 0x2af8df483c27e, 0x332b375274732, 0x67875f0fd78b7}}};
static const Field one = {{1, 0, 0, 0, 0}};

/* The order of the base point, least significant word first (RFC 8032 5.1). */
static const uint64_t order[4] = {0x5812631a5cf5d3ed, 0x14def9dea2f79cd6, 0, 0x1000000000000000};

/* Limbs below 2^51 but the first, which may be a little more. */
static Field carry(Field a)
{
    for (size_t i = 0; i < 4; i++) {
        a.limbs[i + 1] += a.limbs[i] >> 51;
        a.limbs[i] &= LIMB_MASK;
    }
    a.limbs[0] += 19 * (a.limbs[4] >> 51);
    a.limbs[4] &= LIMB_MASK;
    return a;
}

static Field add(const Field *a, const Field *b)
{
    Field sum;
    for (size_t i = 0; i < 5; i++) {
        sum.limbs[i] = a->limbs[i] + b->limbs[i];
    }
    return carry(sum);
}

/* a + 4 p - b, so that no limb goes below zero. */
static Field subtract(const Field *a, const Field *b)
{
    Field difference;
    for (size_t i = 0; i < 5; i++) {
        uint64_t four_p = i ? 4 * LIMB_MASK : 4 * (LIMB_MASK - 18);
        difference.limbs[i] = a->limbs[i] + four_p - b->limbs[i];
    }
    return carry(difference);
}

typedef unsigned __int128 Wide;

/* Schoolbook; what passes 2^255 comes back times 19. Written out: the loop is three times slower.
 */
static Field multiply(const Field *a, const Field *b)
{
    const uint64_t *x = a->limbs, *y = b->limbs;
    uint64_t y1 = 19 * y[1], y2 = 19 * y[2], y3 = 19 * y[3], y4 = 19 * y[4];
    Wide s0 =
        (Wide)x[0] * y[0] + (Wide)x[1] * y4 + (Wide)x[2] * y3 + (Wide)x[3] * y2 + (Wide)x[4] * y1;
    Wide s1 =
        (Wide)x[0] * y[1] + (Wide)x[1] * y[0] + (Wide)x[2] * y4 + (Wide)x[3] * y3 + (Wide)x[4] * y2;
    Wide s2 = (Wide)x[0] * y[2] + (Wide)x[1] * y[1] + (Wide)x[2] * y[0] + (Wide)x[3] * y4 +
              (Wide)x[4] * y3;
    Wide s3 = (Wide)x[0] * y[3] + (Wide)x[1] * y[2] + (Wide)x[2] * y[1] + (Wide)x[3] * y[0] +
              (Wide)x[4] * y4;
    Wide s4 = (Wide)x[0] * y[4] + (Wide)x[1] * y[3] + (Wide)x[2] * y[2] + (Wide)x[3] * y[1] +
              (Wide)x[4] * y[0];
    s1 += (uint64_t)(s0 >> 51);
    s2 += (uint64_t)(s1 >> 51);
    s3 += (uint64_t)(s2 >> 51);
    s4 += (uint64_t)(s3 >> 51);
    Field product = {{((uint64_t)s0 & LIMB_MASK) + 19 * (uint64_t)(s4 >> 51),
                      (uint64_t)s1 & LIMB_MASK, (uint64_t)s2 & LIMB_MASK, (uint64_t)s3 & LIMB_MASK,
                      (uint64_t)s4 & LIMB_MASK}};
    return carry(product);
}

static Field square(const Field *a)
{
    return multiply(a, a);
}

/* Fully reduced, little-endian (RFC 8032 5.1.2). */
static void field_print(Field a, uint8_t to[32])
{
    a = carry(carry(a));
    Field less = a;
    less.limbs[0] += 19;
    for (size_t i = 0; i < 4; i++) {
        less.limbs[i + 1] += less.limbs[i] >> 51;
        less.limbs[i] &= LIMB_MASK;
    }
    if (less.limbs[4] >> 51) { /* a + 19 reached 2^255, so a reached p */
        less.limbs[4] &= LIMB_MASK;
        a = less;
    }
    memset(to, 0, 32);
    for (size_t bit = 0; bit < 255; bit++) {
        to[bit / 8] |= (uint8_t)((a.limbs[bit / 51] >> (bit % 51) & 1) << (bit % 8));
    }
}

/* The lowest 255 bits. */
static Field field_parse(const uint8_t from[32])
{
    Field a = {{0}};
    for (size_t bit = 0; bit < 255; bit++) {
        a.limbs[bit / 51] |= (uint64_t)(from[bit / 8] >> (bit % 8) & 1) << (bit % 51);
    }
    return a;
}

static bool field_eq(const Field *a, const Field *b)
{
    uint8_t a_bytes[32], b_bytes[32];
    field_print(*a, a_bytes);
    field_print(*b, b_bytes);
    return memcmp(a_bytes, b_bytes, 32) == 0;
}

/* a to the power of 2^bits - 1 - less, for the two exponents that are needed: p - 2 = 2^255 - 1 -
 * 20 and (p - 5) / 8 = 2^252 - 1 - 2. */
static Field power(const Field *a, int bits, unsigned less)
{
    Field result = one;
    for (int bit = bits - 1; bit >= 0; bit--) {
        result = square(&result);
        if (bit >= 8 || !(less >> bit & 1)) result = multiply(&result, a);
    }
    return result;
}

static Point point_add(const Point *p, const Point *q)
{
    Field p_minus = subtract(&p->y, &p->x), q_minus = subtract(&q->y, &q->x);
    Field p_plus = add(&p->y, &p->x), q_plus = add(&q->y, &q->x);
    Field a = multiply(&p_minus, &q_minus), b = multiply(&p_plus, &q_plus);
    Field c = multiply(&p->t, &q->t), d = multiply(&p->z, &q->z);
    c = multiply(&c, &curve_2d);
    d = add(&d, &d);
    Field e = subtract(&b, &a), f = subtract(&d, &c), g = add(&d, &c), h = add(&b, &a);
    return (Point){multiply(&e, &f), multiply(&g, &h), multiply(&f, &g), multiply(&e, &h)};
}

static Point point_double(const Point *p)
{
    Field a = square(&p->x), b = square(&p->y), c = square(&p->z), sum = add(&p->x, &p->y);
    c = add(&c, &c);
    sum = square(&sum);
    Field h = add(&a, &b), e = subtract(&h, &sum), g = subtract(&a, &b), f = add(&c, &g);
    return (Point){multiply(&e, &f), multiply(&g, &h), multiply(&f, &g), multiply(&e, &h)};
}

static void point_print(const Point *p, uint8_t to[32])
{
    uint8_t x_bytes[32];
    Field inverse = power(&p->z, 255, 20);
    Field x = multiply(&p->x, &inverse), y = multiply(&p->y, &inverse);
    field_print(x, x_bytes);
    field_print(y, to);
    to[31] |= (uint8_t)((x_bytes[0] & 1) << 7);
}

/* Decoding of RFC 8032 5.1.3. False: no point, or not its canonical encoding. */
static bool point_parse(const uint8_t from[32], Point *ret)
{
    uint8_t y_bytes[32];
    Field y = field_parse(from), y2 = square(&y), u = subtract(&y2, &one);
    field_print(y, y_bytes);
    y_bytes[31] |= from[31] & 0x80;
    if (memcmp(y_bytes, from, 32) != 0) return false;
    Field v = multiply(&y2, &curve_d);
    v = add(&v, &one);
    Field v2 = square(&v), v3 = multiply(&v2, &v), v4 = square(&v2), v7 = multiply(&v4, &v3);
    Field x = multiply(&u, &v7), uv3 = multiply(&u, &v3);
    x = power(&x, 252, 2);
    x = multiply(&x, &uv3);
    Field check = square(&x), zero = {{0}}, minus_u = subtract(&zero, &u);
    check = multiply(&check, &v);
    if (!field_eq(&check, &u)) {
        if (!field_eq(&check, &minus_u)) return false;
        x = multiply(&x, &root_of_minus_one);
    }
    uint8_t x_bytes[32];
    field_print(x, x_bytes);
    bool is_odd = from[31] >> 7;
    if (field_eq(&x, &zero) && is_odd) return false;
    if ((x_bytes[0] & 1) != is_odd) x = subtract(&zero, &x);
    *ret = (Point){x, y, one, multiply(&x, &y)};
    return true;
}

static bool is_below_order(const uint64_t words[4])
{
    for (size_t i = 4; i-- > 0;) {
        if (words[i] != order[i]) return words[i] < order[i];
    }
    return false;
}

static void subtract_order(uint64_t words[4])
{
    unsigned borrow = 0;
    for (size_t i = 0; i < 4; i++) {
        unsigned __int128 part = (unsigned __int128)words[i] - order[i] - borrow;
        words[i] = (uint64_t)part;
        borrow = (unsigned)(part >> 64) & 1;
    }
}

/* 64 little-endian bytes modulo the order, bit by bit from the top. */
static void scalar_reduce(const uint8_t bytes[64], uint64_t ret[4])
{
    memset(ret, 0, 4 * sizeof ret[0]);
    for (size_t bit = 512; bit-- > 0;) {
        for (size_t i = 3; i > 0; i--) {
            ret[i] = ret[i] << 1 | ret[i - 1] >> 63;
        }
        ret[0] = ret[0] << 1 | (bytes[bit / 8] >> (bit % 8) & 1);
        if (!is_below_order(ret)) subtract_order(ret);
    }
}

/* [s] base + [k] p. */
static Point multiply_two(const uint64_t s[4], const uint64_t k[4], const Point *p)
{
    Point both = point_add(&base_point, p);
    Point sum = {{{0}}, one, one, {{0}}};
    for (size_t bit = 253; bit-- > 0;) {
        bool in_s = s[bit / 64] >> (bit % 64) & 1, in_k = k[bit / 64] >> (bit % 64) & 1;
        sum = point_double(&sum);
        if (in_s && in_k) {
            sum = point_add(&sum, &both);
        } else if (in_s || in_k) {
            sum = point_add(&sum, in_s ? &base_point : p);
        }
    }
    return sum;
}

static bool is_of_small_order(const Point *p)
{
    Point eight = point_double(p);
    eight = point_double(&eight);
    eight = point_double(&eight);
    Field zero = {{0}};
    return field_eq(&eight.x, &zero) && field_eq(&eight.y, &eight.z);
}

bool verify_ed25519(const uint8_t key[32], Bytes message, const uint8_t signature[64])
{
    uint64_t s[4], k[4];
    uint8_t hash[64], r_bytes[32];
    Point minus_a;
    memcpy(s, signature + 32, sizeof s); /* little-endian, as the machine is */
    if (!is_below_order(s) || !point_parse(key, &minus_a) || is_of_small_order(&minus_a)) {
        return false;
    }
    Bytes pieces[] = {{signature, 32}, {key, 32}, message};
    verify_sha512(pieces, 3, hash);
    scalar_reduce(hash, k);
    Field zero = {{0}};
    minus_a.x = subtract(&zero, &minus_a.x);
    minus_a.t = subtract(&zero, &minus_a.t);
    Point r = multiply_two(s, k, &minus_a);
    point_print(&r, r_bytes);
    return memcmp(r_bytes, signature, 32) == 0;
}

_Static_assert(__BYTE_ORDER__ == __ORDER_LITTLE_ENDIAN__, "numbers are read as they lie");
