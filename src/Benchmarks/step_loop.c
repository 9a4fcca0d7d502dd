// The yardstick of mujoco-stepping: nothing but mj_step in C, with the frame skip and the controls of the C# runner.
//   step_loop <model.xml> <steps> <frame skip>
// Prints "<CPU seconds> <checksum>"; the checksum (sum of qpos but x) shows that both programs simulated the same thing.
#include <mujoco/mujoco.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

// splitmix64, as in MujocoStepping.cs.
static uint64_t state = 1;
static float next_control(void) {
  uint64_t z = (state += 0x9e3779b97f4a7c15u);
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9u;
  z = (z ^ (z >> 27)) * 0x94d049bb133111ebu;
  z ^= z >> 31;
  return (float)(z >> 40) / 8388608.0f - 1.0f;
}

static double cpu_seconds(void) {
  struct timespec t;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
  return t.tv_sec + 1e-9 * t.tv_nsec;
}

int main(int argc, char** argv) {
  if (argc != 4) {
    fprintf(stderr, "usage: %s <model.xml> <steps> <frame skip>\n", argv[0]);
    return 2;
  }
  char error[1000] = "";
  mjModel* m = mj_loadXML(argv[1], NULL, error, sizeof(error));
  if (!m) {
    fprintf(stderr, "%s\n", error);
    return 1;
  }
  mjData* d = mj_makeData(m);
  const int steps = atoi(argv[2]), skip = atoi(argv[3]);
  const int warmup = 1000;
  double start = 0;
  for (int i = -warmup; i < steps; i++) {
    if (i == 0) start = cpu_seconds();
    // The same episodes: a fresh start every 1000 steps.
    if ((i + warmup) % 1000 == 0) {
      mj_resetData(m, d);
      mj_forward(m, d);
    }
    for (int j = 0; j < m->nu; j++) d->ctrl[j] = next_control();
    for (int j = 0; j < skip; j++) mj_step(m, d);
  }
  const double seconds = cpu_seconds() - start;
  double sum = 0;
  for (int i = 1; i < m->nq; i++) sum += d->qpos[i];
  printf("%.6f %.17g\n", seconds, sum);
  mj_deleteData(d);
  mj_deleteModel(m);
  return 0;
}
