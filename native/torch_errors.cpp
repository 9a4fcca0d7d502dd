// Makes exceptions of functions of TorchSharp that let C++ exceptions out.
//
// Nearly every function of libLibTorchSharp.so catches what libtorch throws and hands its text to .NET. Those below do not in 0.107: a product
// of matrices whose sizes or types do not fit ended the process (std::terminate). This library stands in front of that one, as torch_scalars.c
// has it, so that .NET calls these instead.

#include <cstdint>
#include <cstdio>
#include <exception>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using Tensor = void*;
using Allocator = Tensor* (*)(size_t);
using Matmul = Tensor (*)(Tensor, Tensor);
using Cumulate = void (*)(Tensor, Allocator, int64_t);
using Grad = void (*)(Tensor*, int64_t, Tensor*, int64_t, Tensor*, int64_t, bool, bool, bool, Allocator);
using LastError = const char* (*)();

Matmul matmul;
Cumulate cummax, cummin;
Grad grad;
LastError last_error;

thread_local char message[4096];
thread_local bool has_failed;

template <typename Work>
void guarded(Work&& work) {
  try {
    work();
  } catch (const std::exception& exception) {
    snprintf(message, sizeof(message), "%s", exception.what());
    has_failed = true;
  } catch (...) {
    snprintf(message, sizeof(message), "libtorch failed.");
    has_failed = true;
  }
}

}  // namespace

// The functions of libLibTorchSharp.so that are replaced; to be given before the first of them is called.
EXPORT void torch_errors_init(Matmul of_matmul, Cumulate of_cummax, Cumulate of_cummin, Grad of_grad, LastError of_last_error) {
  matmul = of_matmul;
  cummax = of_cummax;
  cummin = of_cummin;
  grad = of_grad;
  last_error = of_last_error;
}

EXPORT Tensor THSTensor_matmul(Tensor left, Tensor right) {
  Tensor result = nullptr;
  guarded([&] { result = matmul(left, right); });
  return result;
}

EXPORT void THSTensor_cummax(Tensor tensor, Allocator allocator, int64_t dim) { guarded([&] { cummax(tensor, allocator, dim); }); }

EXPORT void THSTensor_cummin(Tensor tensor, Allocator allocator, int64_t dim) { guarded([&] { cummin(tensor, allocator, dim); }); }

EXPORT void THSAutograd_grad(
    Tensor* outputs, int64_t output_count, Tensor* inputs, int64_t input_count, Tensor* seeds, int64_t seed_count, bool retain_graph,
    bool create_graph, bool allow_unused, Allocator allocator) {
  guarded([&] {
    grad(outputs, output_count, inputs, input_count, seeds, seed_count, retain_graph, create_graph, allow_unused, allocator);
  });
}

// What TorchSharp asks after each call; it copies the text.
EXPORT const char* THSTorch_get_and_reset_last_err() {
  if (!has_failed) return last_error();
  has_failed = false;
  return message;
}
