/* Points of a square that stay in the Mandelbrot set; returns the sum of the iterations. */
__attribute__((export_name("run"))) int run(int turns) {
    int sum = 0;
    for (int t = 0; t < turns; t++)
        for (int py = 0; py < 32; py++)
            for (int px = 0; px < 32; px++) {
                double cx = px / 12.0 - 2.0, cy = py / 12.0 - 1.3 + t * 0.001, x = 0, y = 0;
                int n = 0;
                while (n < 100 && x * x + y * y < 4) {
                    double next = x * x - y * y + cx;
                    y = 2 * x * y + cy;
                    x = next;
                    n++;
                }
                sum += n;
            }
    return sum;
}
