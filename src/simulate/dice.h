/* Seeded chance: xoshiro256** (Blackman and Vigna, "Scrambled Linear Pseudorandom Number
 * Generators", 2018), filled from the seed by splitmix64. The same seed gives the same numbers on
 * every machine: no floating point is used. */
#ifndef AKASHI_SIMULATE_DICE_H
#define AKASHI_SIMULATE_DICE_H

#include <stdbool.h>
#include <stdint.h>

typedef struct Dice {
    uint64_t state[4];
} Dice;

static inline uint64_t dice_mix(uint64_t *at)
{
    uint64_t z = *at += 0x9e3779b97f4a7c15;
    z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
    z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
    return z ^ (z >> 31);
}
static inline Dice dice_make(uint64_t seed)
{
    Dice dice;
    for (int i = 0; i < 4; i++) {
        dice.state[i] = dice_mix(&seed);
    }
    return dice;
}
static inline uint64_t dice_turn(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}
static inline uint64_t dice_u64(Dice *dice)
{
    uint64_t *s = dice->state, result = dice_turn(s[1] * 5, 7) * 9, t = s[1] << 17;
    s[2] ^= s[0];
    s[3] ^= s[1];
    s[1] ^= s[2];
    s[0] ^= s[3];
    s[2] ^= t;
    s[3] = dice_turn(s[3], 45);
    return result;
}
/* 0 to count - 1; 0 for a count of 0. The bias over 2^64 is far below what a log could show. */
static inline uint64_t dice_below(Dice *dice, uint64_t count)
{
    return count == 0 ? 0 : dice_u64(dice) % count;
}
/* least to most, both included. */
static inline int64_t dice_between(Dice *dice, int64_t least, int64_t most)
{
    return least + (int64_t)dice_below(dice, (uint64_t)(most - least) + 1);
}
static inline bool dice_chance(Dice *dice, unsigned per_mille)
{
    return dice_below(dice, 1000) < per_mille;
}
/* A gap of this mean: the sum of two even throws, so that very short and very long ones are rare.
 * At least 1 ns. */
static inline int64_t dice_gap_ns(Dice *dice, int64_t mean_ns)
{
    int64_t gap_ns = dice_between(dice, 0, mean_ns) + dice_between(dice, 0, mean_ns);
    return gap_ns > 0 ? gap_ns : 1;
}

#endif
