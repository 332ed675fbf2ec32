/* Edit distance of two words of a hundred and fifty letters, by rows; returns the sum over several pairs. */
#define N 150
static unsigned char a[N], b[N];
static int row[N + 1];

static int distance(void) {
    for (int j = 0; j <= N; j++) row[j] = j;
    for (int i = 1; i <= N; i++) {
        int diagonal = row[0];
        row[0] = i;
        for (int j = 1; j <= N; j++) {
            int best = diagonal + (a[i - 1] != b[j - 1]);
            if (row[j] + 1 < best) best = row[j] + 1;
            if (row[j - 1] + 1 < best) best = row[j - 1] + 1;
            diagonal = row[j];
            row[j] = best;
        }
    }
    return row[N];
}

__attribute__((export_name("run"))) int run(int turns) {
    unsigned state = 7;
    int sum = 0;
    for (int t = 0; t < turns; t++) {
        for (int i = 0; i < N; i++) {
            state = state * 1103515245u + 12345u;
            a[i] = 'a' + (state >> 16) % 4;
            b[i] = 'a' + (state >> 24) % 4;
        }
        sum += distance();
    }
    return sum;
}
