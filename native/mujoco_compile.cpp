// Compiles a model that a user hands over, in a process of its own: MuJoCo's compiler does not survive every mesh, skin or texture
// (std::abort, reads outside of arrays, memory without bound), and what dies here is this process and not the one that trains.
//
//   mujoco_compile LIBRARY MODEL MEMORY SECONDS
//
//   LIBRARY  libmujoco's file; empty: the system's          MODEL    an MJCF file; - : MJCF text on standard input
//   MEMORY   most bytes of address space                    SECONDS  most seconds, of processor time and on the clock
//
// Exit code 0: the compiled model (MJB) is on standard output, and one step of it was simulated. 1: it was refused, and standard
// output says why. Anything else is how it died.

#include <fcntl.h>
#include <malloc.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <new>
#include <string>

#include "mujoco_shim.h"

namespace {

void limit(int resource, rlim_t most) {
  rlimit limits;
  getrlimit(resource, &limits);
  limits.rlim_cur = limits.rlim_max == RLIM_INFINITY || most < limits.rlim_max ? most : limits.rlim_max;
  setrlimit(resource, &limits);
}

const char* read_all(int file, std::string& text) {
  char block[65536];
  for (;;) {
    const ssize_t count = read(file, block, sizeof(block));
    if (count == 0) return nullptr;
    if (count > 0) text.append(block, static_cast<size_t>(count));
    else if (errno != EINTR) return "the text of the model could not be read.";
  }
}

const char* write_all(int file, const char* bytes, int64_t length) {
  while (length > 0) {
    const ssize_t count = write(file, bytes, static_cast<size_t>(length));
    if (count >= 0) bytes += count, length -= count;
    else if (errno != EINTR) return "the compiled model could not be written.";
  }
  return nullptr;
}

const char* run(const char* library, const std::string& path, int output) {
  const char* error = rl_mujoco_open(library);
  mjModel* model = nullptr;
  if (!error && path == "-") {
    std::string text;
    error = read_all(STDIN_FILENO, text);
    if (!error) error = rl_mujoco_load(text.data(), static_cast<int>(text.size()), &model);
  } else if (!error) {
    error = rl_mujoco_load_file(path.c_str(), &model);
  }

  Simulation* simulation = nullptr;
  int64_t length = 0;
  if (!error) error = rl_mujoco_check(model);
  if (!error) error = rl_mujoco_make(model, &simulation);
  if (!error) error = rl_mujoco_forward(simulation);
  if (!error) error = rl_mujoco_step(simulation, 1, 1);
  if (!error) error = rl_mujoco_binary(model, nullptr, &length);
  if (error) return error;
  const std::unique_ptr<char[]> bytes(new (std::nothrow) char[static_cast<size_t>(length)]);
  if (!bytes) return "there is not enough memory for it.";
  error = rl_mujoco_binary(model, bytes.get(), &length);
  return error ? error : write_all(output, bytes.get(), length);
}

}  // namespace

int main(int count, char** arguments) {
  if (count != 5) {
    fprintf(stderr, "usage: mujoco_compile LIBRARY MODEL MEMORY SECONDS\n");
    return 2;
  }
  const unsigned seconds = static_cast<unsigned>(strtoul(arguments[4], nullptr, 10));
  mallopt(M_ARENA_MAX, 1);  // each thread's arena reserves address space, and MuJoCo 3 compiles meshes on many
  limit(RLIMIT_AS, strtoull(arguments[3], nullptr, 10));
  limit(RLIMIT_CPU, seconds);
  limit(RLIMIT_CORE, 0);
  limit(RLIMIT_FSIZE, 0);  // it writes to pipes only: neither a log nor a cache
  signal(SIGPIPE, SIG_IGN);
  alarm(seconds);
  // The library prints, to both: what is ours goes through a copy.
  const int output = dup(STDOUT_FILENO), nowhere = open("/dev/null", O_WRONLY);
  dup2(nowhere, STDOUT_FILENO);
  dup2(nowhere, STDERR_FILENO);
  const char* error = run(arguments[1], arguments[2], output);
  if (error) write_all(output, error, static_cast<int64_t>(strlen(error)));
  // Nothing is freed: a damaged model can also die of that.
  _exit(error ? 1 : 0);
}
