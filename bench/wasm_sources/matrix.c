/* Product of two square matrices of doubles; returns a checksum. */
#define N 40
static double a[N][N], b[N][N], c[N][N];

__attribute__((export_name("run"))) int run(int turns) {
    for (int i = 0; i < N; i++)
        for (int j = 0; j < N; j++) {
            a[i][j] = i * 0.5 - j;
            b[i][j] = (i ^ j) * 0.25;
        }
    double sum = 0;
    for (int t = 0; t < turns; t++) {
        for (int i = 0; i < N; i++)
            for (int j = 0; j < N; j++) {
                double dot = 0;
                for (int k = 0; k < N; k++) dot += a[i][k] * b[k][j];
                c[i][j] = dot;
            }
        a[t % N][t % N] += 1;
        sum += c[t % N][(t * 7) % N];
    }
    return (int)sum;
}
