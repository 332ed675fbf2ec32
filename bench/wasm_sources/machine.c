/* An interpreter of a small stack machine: a br_table for each instruction; returns what its program computed. */
enum { PUSH, ADD, SUB, MUL, DUP, SWAP, JUMP_IF, STORE, LOAD, LESS, HALT };
static const int program[] = {
    LOAD, 2, STORE, 0, PUSH, 1, STORE, 1,
    /* 8: n = n + i * i; i = i + 1; while i < 1000 */
    LOAD, 0, LOAD, 1, DUP, MUL, ADD, STORE, 0, LOAD, 1, PUSH, 1, ADD, DUP, STORE, 1,
    PUSH, 1000, LESS, JUMP_IF, 8, LOAD, 0, HALT,
};

__attribute__((noinline)) static int execute(int first) {
    int stack[16], memory[4] = {0, 0, first, 0}, *top = stack, place = 0;
    for (;;) {
        switch (program[place++]) {
        case PUSH: *top++ = program[place++]; break;
        case ADD: top--; top[-1] += *top; break;
        case SUB: top--; top[-1] -= *top; break;
        case MUL: top--; top[-1] *= *top; break;
        case DUP: *top = top[-1]; top++; break;
        case SWAP: { int kept = top[-1]; top[-1] = top[-2]; top[-2] = kept; break; }
        case JUMP_IF: if (*--top) place = program[place]; else place++; break;
        case STORE: memory[program[place++]] = *--top; break;
        case LOAD: *top++ = memory[program[place++]]; break;
        case LESS: top--; top[-1] = top[-1] < *top; break;
        default: return top[-1];
        }
    }
}

__attribute__((export_name("run"))) int run(int turns) {
    unsigned sum = 0;
    for (int t = 0; t < turns; t++) sum ^= (unsigned)execute(t);
    return (int)sum;
}
