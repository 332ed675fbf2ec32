/* Planets that attract one another, by steps of a symplectic integrator; returns the energy in millionths. */
#define N 5
static double x[N][3], v[N][3], m[N];

static void begin(void) {
    unsigned state = 42;
    for (int i = 0; i < N; i++) {
        m[i] = i ? 0.001 * i : 39.0;
        for (int d = 0; d < 3; d++) {
            state = state * 1664525u + 1013904223u;
            x[i][d] = i ? (double)(state >> 16) / 4096.0 - 8.0 : 0.0;
            v[i][d] = i ? (double)(state & 0xffff) / 65536.0 - 0.5 : 0.0;
        }
    }
}

static void step(double dt) {
    for (int i = 0; i < N; i++)
        for (int j = i + 1; j < N; j++) {
            double d[3], square = 0.01;
            for (int k = 0; k < 3; k++) {
                d[k] = x[i][k] - x[j][k];
                square += d[k] * d[k];
            }
            double pull = dt / (square * __builtin_sqrt(square));
            for (int k = 0; k < 3; k++) {
                v[i][k] -= d[k] * m[j] * pull;
                v[j][k] += d[k] * m[i] * pull;
            }
        }
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++) x[i][k] += dt * v[i][k];
}

__attribute__((export_name("run"))) int run(int turns) {
    begin();
    for (int t = 0; t < turns; t++) step(0.001);
    double energy = 0;
    for (int i = 0; i < N; i++)
        for (int k = 0; k < 3; k++) energy += 0.5 * m[i] * v[i][k] * v[i][k];
    return (int)(energy * 1e6);
}
