// An interpreter of a small register machine, with a call for each instruction that is not arithmetic.
#include "program.h"

enum { ADD, SUB, MUL, XOR, LOAD, STORE, JUMP_IF_LESS, CALL, HALT };
typedef struct { u8 op, a, b, c; int immediate; } Instruction;

static int memory[256];
static int registers[16];
static int calls;

static NOINLINE int load(int at) { return memory[at & 255]; }
static NOINLINE void store(int at, int value) { memory[at & 255] = value; }
static NOINLINE int host(int a, int b) { calls++; return a * 31 + b; }

static NOINLINE void execute(const Instruction *program) {
  int pc = 0;
  for (;;) {
    const Instruction *i = &program[pc++];
    switch (i->op) {
      case ADD: registers[i->a] = registers[i->b] + registers[i->c] + i->immediate; break;
      case SUB: registers[i->a] = registers[i->b] - registers[i->c]; break;
      case MUL: registers[i->a] = registers[i->b] * registers[i->c]; break;
      case XOR: registers[i->a] = registers[i->b] ^ registers[i->c]; break;
      case LOAD: registers[i->a] = load(registers[i->b] + i->immediate); break;
      case STORE: store(registers[i->b] + i->immediate, registers[i->a]); break;
      case JUMP_IF_LESS: if (registers[i->a] < registers[i->b]) pc = i->immediate; break;
      case CALL: registers[i->a] = host(registers[i->b], registers[i->c]); break;
      case HALT: return;
    }
  }
}

EXPORT int run(int n) {
  static const Instruction program[] = {
      {LOAD, 1, 2, 0, 3}, {ADD, 3, 3, 1, 1}, {MUL, 4, 3, 1, 0},    {XOR, 3, 3, 4, 0},
      {STORE, 3, 2, 0, 7}, {CALL, 5, 3, 4, 0}, {SUB, 6, 5, 3, 0},  {ADD, 2, 2, 15, 1},
      {JUMP_IF_LESS, 2, 14, 0, 0}, {HALT, 0, 0, 0, 0}};
  for (int i = 0; i < 16; i++) registers[i] = 0;
  calls = 0;
  registers[14] = n;
  execute(program);
  return registers[6] + calls;
}
