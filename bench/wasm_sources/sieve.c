/* Primes below a limit by the sieve of Eratosthenes, several times; returns their number. */
#define LIMIT 40000
static unsigned char composite[LIMIT];

__attribute__((export_name("run"))) int run(int turns) {
    int found = 0;
    for (int t = 0; t < turns; t++) {
        for (int i = 0; i < LIMIT; i++) composite[i] = 0;
        found = 0;
        for (int i = 2; i < LIMIT; i++) {
            if (composite[i]) continue;
            found++;
            for (int j = i + i; j < LIMIT; j += i) composite[j] = 1;
        }
    }
    return found;
}
