/* Binary trees made and summed by recursion, from an arena: many small calls; returns the sum. */
struct node { struct node *left, *right; int value; };
static struct node arena[1 << 15];
static int used;

__attribute__((noinline)) static struct node *make(int depth, int value) {
    struct node *here = &arena[used++];
    here->value = value;
    here->left = here->right = 0;
    if (depth > 0) {
        here->left = make(depth - 1, 2 * value);
        here->right = make(depth - 1, 2 * value + 1);
    }
    return here;
}

__attribute__((noinline)) static int sum(const struct node *here) {
    if (!here) return 0;
    return here->value + sum(here->left) - sum(here->right);
}

__attribute__((export_name("run"))) int run(int turns) {
    int total = 0;
    for (int t = 0; t < turns; t++) {
        used = 0;
        total += sum(make(13, t));
    }
    return total;
}
