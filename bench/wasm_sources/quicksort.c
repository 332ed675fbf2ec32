/* Quicksort with Hoare's partition, recursive on the smaller part; returns a checksum of the order. */
#define N 4000
static int items[N];

static void sort(int low, int high) {
    while (low < high) {
        int pivot = items[low + (high - low) / 2], i = low - 1, j = high + 1;
        for (;;) {
            do i++; while (items[i] < pivot);
            do j--; while (items[j] > pivot);
            if (i >= j) break;
            int swapped = items[i];
            items[i] = items[j];
            items[j] = swapped;
        }
        if (j - low < high - j) {
            sort(low, j);
            low = j + 1;
        } else {
            sort(j + 1, high);
            high = j;
        }
    }
}

__attribute__((export_name("run"))) int run(int turns) {
    unsigned state = 1, sum = 0;
    for (int t = 0; t < turns; t++) {
        for (int i = 0; i < N; i++) {
            state = state * 1664525u + 1013904223u;
            items[i] = (int)(state >> 8);
        }
        sort(0, N - 1);
        for (int i = 0; i < N; i++) sum = sum * 31 + (unsigned)items[i];
    }
    return (int)sum;
}
