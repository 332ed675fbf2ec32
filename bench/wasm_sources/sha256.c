/* SHA-256 (FIPS 180-4) of a growing text; returns the first word of the digest. */
typedef unsigned int u32;
static u32 constant[64], state[8];
static unsigned char text[4096];

static u32 turn(u32 x, int n) { return x >> n | x << (32 - n); }

/* The constants are the first bits of the cube roots of primes: found by bisection instead of listed. */
static void begin(void) {
    int found = 0;
    for (u32 n = 2; found < 64; n++) {
        int prime = 1;
        for (u32 d = 2; d * d <= n; d++)
            if (n % d == 0) prime = 0;
        if (!prime) continue;
        double low = 1, high = 8;
        for (int i = 0; i < 60; i++) {
            double middle = (low + high) / 2;
            if (middle * middle * middle > n) high = middle; else low = middle;
        }
        double part = low - (u32)low;
        constant[found++] = (u32)(part * 4294967296.0);
    }
}

static void block(const unsigned char *p) {
    u32 w[64], s[8];
    for (int i = 0; i < 16; i++) w[i] = (u32)p[4 * i] << 24 | p[4 * i + 1] << 16 | p[4 * i + 2] << 8 | p[4 * i + 3];
    for (int i = 16; i < 64; i++) {
        u32 a = w[i - 15], b = w[i - 2];
        w[i] = w[i - 16] + (turn(a, 7) ^ turn(a, 18) ^ a >> 3) + w[i - 7] + (turn(b, 17) ^ turn(b, 19) ^ b >> 10);
    }
    for (int i = 0; i < 8; i++) s[i] = state[i];
    for (int i = 0; i < 64; i++) {
        u32 e = s[4], a = s[0];
        u32 one = s[7] + (turn(e, 6) ^ turn(e, 11) ^ turn(e, 25)) + ((e & s[5]) ^ (~e & s[6])) + constant[i] + w[i];
        u32 two = (turn(a, 2) ^ turn(a, 13) ^ turn(a, 22)) + ((a & s[1]) ^ (a & s[2]) ^ (s[1] & s[2]));
        for (int k = 7; k > 0; k--) s[k] = s[k - 1];
        s[4] += one;
        s[0] = one + two;
    }
    for (int i = 0; i < 8; i++) state[i] += s[i];
}

__attribute__((export_name("run"))) int run(int turns) {
    begin();
    static const u32 initial[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a,
                                   0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
    for (int i = 0; i < 8; i++) state[i] = initial[i];
    for (int t = 0; t < turns; t++) {
        for (int i = 0; i < 4096; i += 16) text[i] = (unsigned char)(t + i);
        for (int i = 0; i < 4096; i += 64) block(text + i);
    }
    return (int)state[0];
}
