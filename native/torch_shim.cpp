// A C ABI over libtorch: every ATen operator by name through c10's dispatcher, and beside it only what is not an operator.
//
//   Tensor     c10::TensorImpl*, one reference owned by whoever received it; null means "no tensor"
//   Generator  c10::GeneratorImpl*, likewise
//   Operator   Operator*, lives as long as the process
//   Value      16 bytes, an argument or a result of an operator:
//
//                0        4        8                16
//                +--------+--------+----------------+
//                |  kind  | count  |    payload     |
//                +--------+--------+----------------+
//                kind      count        payload
//                None      -            -
//                Tensor    -            Tensor
//                Tensors   how many     Tensor*   (a null entry is an absent optional tensor if kind is OptionalTensors)
//                Int       -            int64
//                Double    -            bits of the double
//                Bool      -            0 or 1
//                Ints      how many     int64*
//                Device    index or -1  c10::DeviceType
//                Generator -            Generator
//                String    bytes        const char* (UTF-8, no terminator)
//
// Arguments that are left out at the end of a call take the defaults of the operator's schema.
// No C++ exception leaves this file: a function that can fail returns a status (0 is success) and the message waits in
// torch_shim_error() of the same thread. Arguments are borrowed, results are owned by the caller.

#include <ATen/Context.h>
#include <ATen/Parallel.h>
#include <ATen/core/Tensor.h>
#include <ATen/core/dispatch/Dispatcher.h>
#include <ATen/core/stack.h>
#include <ATen/CPUGeneratorImpl.h>
#include <c10/core/DeviceGuard.h>
#include <c10/core/GradMode.h>
#include <c10/core/impl/VirtualGuardImpl.h>
#include <torch/csrc/autograd/autograd.h>
#include <torch/csrc/api/include/torch/version.h>

#include <cmath>
#include <cstring>
#include <dlfcn.h>
#include <malloc.h>
#if defined(__x86_64__)
#include <xmmintrin.h>
#endif
#include <mutex>
#include <string>
#include <vector>

#define EXPORT extern "C" __attribute__((visibility("default")))

namespace {

using TensorHandle = c10::TensorImpl*;
using GeneratorHandle = c10::GeneratorImpl*;

enum Kind : int32_t { None, Tensor, Tensors, OptionalTensors, Int, Double, Bool, Ints, Device, Generator, String };

struct Value {
  int32_t kind;
  int32_t count;
  union {
    int64_t integer;
    double real;
    const void* pointer;
  };
};
static_assert(sizeof(Value) == 16, "the managed side declares the same 16 bytes");

struct Operator {
  c10::OperatorHandle handle;
  std::vector<c10::IValue> defaults;  // one per argument of the schema; None where there is none
};

struct TensorInfo {
  int32_t dtype, device_type, device_index, dimensions;
  int64_t elements;
  const int64_t* sizes;
  const int64_t* strides;
  int32_t requires_grad, is_leaf, is_contiguous, element_size;
};

thread_local std::string error;
thread_local std::vector<TensorHandle> list;  // the last list of tensors handed out on this thread

at::Tensor borrow(TensorHandle handle) {
  return handle == nullptr
      ? at::Tensor()
      : at::Tensor(c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim_copy(handle));
}

TensorHandle give(at::Tensor tensor) {
  return tensor.defined() ? tensor.unsafeReleaseTensorImpl() : nullptr;
}

at::Generator borrow(GeneratorHandle handle) {
  return at::Generator(c10::intrusive_ptr<c10::GeneratorImpl>::reclaim_copy(handle));
}

std::vector<at::Tensor> borrow(const TensorHandle* handles, int32_t count) {
  std::vector<at::Tensor> tensors;
  tensors.reserve(count);
  for (int32_t i = 0; i < count; i++) tensors.push_back(borrow(handles[i]));
  return tensors;
}

c10::Device device_of(int32_t type, int32_t index) {
  return c10::Device(static_cast<c10::DeviceType>(type), static_cast<c10::DeviceIndex>(index));
}

// Runs the body; whatever it throws becomes a status and a message.
template <typename Body>
int32_t guarded(Body&& body) {
  try {
    body();
    return 0;
  } catch (const c10::Error& e) {
    error = e.what_without_backtrace();
  } catch (const std::exception& e) {
    error = e.what();
  } catch (...) {
    error = "an unknown C++ exception";
  }
  return 1;
}

c10::IValue to_ivalue(const Value& value) {
  switch (value.kind) {
    case None: return {};
    case Tensor: return borrow(static_cast<TensorHandle>(const_cast<void*>(value.pointer)));
    case Tensors: return borrow(static_cast<const TensorHandle*>(value.pointer), value.count);
    case OptionalTensors: {
      c10::List<c10::optional<at::Tensor>> tensors;
      for (auto& tensor : borrow(static_cast<const TensorHandle*>(value.pointer), value.count))
        tensors.push_back(tensor.defined() ? c10::optional<at::Tensor>(tensor) : c10::nullopt);
      return tensors;
    }
    case Int: return value.integer;
    case Double: return value.real;
    case Bool: return value.integer != 0;
    case Ints: return c10::IntArrayRef(static_cast<const int64_t*>(value.pointer), value.count);
    case Device: return device_of(static_cast<int32_t>(value.integer), value.count);
    case Generator: return borrow(static_cast<GeneratorHandle>(const_cast<void*>(value.pointer)));
    case String: return std::string(static_cast<const char*>(value.pointer), value.count);
    default: TORCH_CHECK(false, "unknown kind of argument: ", value.kind);
  }
}

Value to_value(c10::IValue&& result) {
  Value value{None, 0, {0}};
  if (result.isTensor()) {
    value.kind = Tensor;
    value.pointer = give(std::move(result).toTensor());
  } else if (result.isTensorList()) {
    list.clear();
    for (auto& tensor : result.toTensorVector()) list.push_back(give(std::move(tensor)));
    value.kind = Tensors;
    value.count = static_cast<int32_t>(list.size());
    value.pointer = list.data();
  } else if (result.isInt()) {
    value.kind = Int;
    value.integer = result.toInt();
  } else if (result.isDouble()) {
    value.kind = Double;
    value.real = result.toDouble();
  } else if (result.isBool()) {
    value.kind = Bool;
    value.integer = result.toBool();
  } else {
    TORCH_CHECK(result.isNone(), "results of type ", result.tagKind(), " are not handed out");
  }
  return value;
}

struct AdamStep {
  double beta1, beta2, eps, weight_decay, step_size, sqrt_bias_correction2;
  int32_t amsgrad, maximize;
};

// m = β1 m + (1-β1) g, v = β2 v + (1-β2) g², p -= step_size · m / (√v / √(1-β2ᵗ) + ε), all in one pass over memory.
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
__attribute__((target_clones("arch=x86-64-v4", "arch=x86-64-v3", "default")))
#endif
void adam(const AdamStep& s, int64_t n, float* __restrict p, const float* __restrict g, float* __restrict m,
          float* __restrict v) {
  const float sign = s.maximize ? -1.0f : 1.0f, decay = static_cast<float>(s.weight_decay);
  const float b1 = static_cast<float>(s.beta1), c1 = static_cast<float>(1 - s.beta1);
  const float b2 = static_cast<float>(s.beta2), c2 = static_cast<float>(1 - s.beta2);
  const float root = static_cast<float>(s.sqrt_bias_correction2), eps = static_cast<float>(s.eps);
  const float step = static_cast<float>(s.step_size);
  for (int64_t i = 0; i < n; i++) {
    const float gradient = sign * g[i] + decay * p[i];
    m[i] = b1 * m[i] + c1 * gradient;
    v[i] = b2 * v[i] + c2 * gradient * gradient;
    p[i] -= step * m[i] / (std::sqrt(v[i]) / root + eps);
  }
}

// While it lives, this thread's SIMD arithmetic takes subnormal numbers for zero. The first moments of a dead unit's weights decay into
// them and stay there (0.9 times the least rounds to itself), and every one would cost a hundred cycles or more.
class FlushSubnormals {
#if defined(__x86_64__)
 public:
  FlushSubnormals() { _mm_setcsr(saved_ | kFlushToZero | kSubnormalsAreZero); }
  ~FlushSubnormals() { _mm_setcsr(saved_); }

 private:
  static constexpr unsigned kFlushToZero = 0x8000, kSubnormalsAreZero = 0x0040;
  const unsigned saved_ = _mm_getcsr();
#endif
};

// Activations of a few hundred kilobytes lie above glibc's mmap threshold, and every one would fault its pages in anew.
__attribute__((constructor)) void keep_freed_memory() {
  mallopt(M_MMAP_THRESHOLD, 32 << 20);  // the largest glibc takes
  mallopt(M_TRIM_THRESHOLD, 512 << 20);
}

}  // namespace

EXPORT const char* torch_shim_error() { return error.c_str(); }
EXPORT const char* torch_shim_version() { return TORCH_VERSION; }

// ---- operators -----------------------------------------------------------------------------------------------------------

EXPORT int32_t torch_shim_operator(const char* name, const char* overload, Operator** result) {
  return guarded([&] {
    auto handle = c10::Dispatcher::singleton().findSchemaOrThrow(name, overload);
    std::vector<c10::IValue> defaults;
    for (const auto& argument : handle.schema().arguments())
      defaults.push_back(argument.default_value().value_or(c10::IValue()));
    *result = new Operator{handle, std::move(defaults)};
  });
}

// results has room for `capacity` values, the rest is dropped; a list stays valid until this thread's next call.
EXPORT int32_t torch_shim_call(const Operator* op, const Value* arguments, int32_t count, Value* results, int32_t capacity) {
  return guarded([&] {
    torch::jit::Stack stack;
    stack.reserve(op->defaults.size());
    for (int32_t i = 0; i < count; i++) stack.push_back(to_ivalue(arguments[i]));
    for (size_t i = count; i < op->defaults.size(); i++) stack.push_back(op->defaults[i]);
    op->handle.callBoxed(&stack);
    const auto returned = static_cast<int32_t>(stack.size());
    for (int32_t i = 0; i < capacity && i < returned; i++) results[i] = to_value(std::move(stack[i]));
  });
}

// ---- tensors -------------------------------------------------------------------------------------------------------------

EXPORT void torch_shim_tensor_release(TensorHandle tensor) {
  guarded([&] { c10::intrusive_ptr<c10::TensorImpl, c10::UndefinedTensorImpl>::reclaim(tensor); });
}

EXPORT TensorHandle torch_shim_tensor_retain(TensorHandle tensor) { return give(borrow(tensor)); }

EXPORT int32_t torch_shim_tensor_info(TensorHandle tensor, TensorInfo* info) {
  return guarded([&] {
    const auto t = borrow(tensor);
    const auto device = t.device();
    *info = {
        static_cast<int32_t>(t.scalar_type()), static_cast<int32_t>(device.type()), device.index(),
        static_cast<int32_t>(t.dim()), t.numel(), t.sizes().data(), t.strides().data(),
        t.requires_grad(), t.is_leaf(), t.is_contiguous(), static_cast<int32_t>(t.element_size())};
  });
}

EXPORT int32_t torch_shim_tensor_data(TensorHandle tensor, void** data) {
  return guarded([&] { *data = borrow(tensor).data_ptr(); });
}

EXPORT int32_t torch_shim_tensor_set_requires_grad(TensorHandle tensor, int32_t value) {
  return guarded([&] { borrow(tensor).set_requires_grad(value != 0); });
}

// ---- autograd ------------------------------------------------------------------------------------------------------------

EXPORT int32_t torch_shim_tensor_grad(TensorHandle tensor, TensorHandle* gradient) {
  return guarded([&] { *gradient = give(borrow(tensor).grad()); });
}

EXPORT int32_t torch_shim_tensor_set_grad(TensorHandle tensor, TensorHandle gradient) {
  return guarded([&] { borrow(tensor).mutable_grad() = borrow(gradient); });
}

// retain: -1 leaves it to create_graph, as PyTorch does.
EXPORT int32_t torch_shim_backward(const TensorHandle* tensors, const TensorHandle* gradients, int32_t count, int32_t retain,
                                   int32_t create_graph, const TensorHandle* inputs, int32_t input_count) {
  return guarded([&] {
    const auto retain_graph = retain < 0 ? c10::optional<bool>() : c10::optional<bool>(retain != 0);
    torch::autograd::backward(borrow(tensors, count), gradients ? borrow(gradients, count) : std::vector<at::Tensor>(),
                              retain_graph, create_graph != 0, borrow(inputs, input_count));
  });
}

EXPORT int32_t torch_shim_grad(const TensorHandle* outputs, const TensorHandle* output_gradients, int32_t output_count,
                               const TensorHandle* inputs, TensorHandle* gradients, int32_t input_count, int32_t retain,
                               int32_t create_graph, int32_t allow_unused) {
  return guarded([&] {
    auto results = torch::autograd::grad(
        borrow(outputs, output_count), borrow(inputs, input_count),
        output_gradients ? borrow(output_gradients, output_count) : std::vector<at::Tensor>(),
        retain != 0 || create_graph != 0, create_graph != 0, allow_unused != 0);
    for (int32_t i = 0; i < input_count; i++) gradients[i] = give(std::move(results[i]));
  });
}

EXPORT int32_t torch_shim_grad_enabled() { return c10::GradMode::is_enabled(); }
EXPORT void torch_shim_set_grad_enabled(int32_t enabled) { c10::GradMode::set_enabled(enabled != 0); }

// ---- generators ----------------------------------------------------------------------------------------------------------

EXPORT int32_t torch_shim_generator(uint64_t seed, int32_t device_type, int32_t device_index, GeneratorHandle* result) {
  return guarded([&] {
    const auto device = device_of(device_type, device_index);
    auto generator = device.is_cpu() ? at::detail::createCPUGenerator() : at::globalContext().defaultGenerator(device).clone();
    generator.set_current_seed(seed);
    *result = generator.unsafeReleaseGeneratorImpl();
  });
}

EXPORT int32_t torch_shim_generator_default(GeneratorHandle* result) {
  return guarded([&] { *result = at::Generator(at::detail::getDefaultCPUGenerator()).unsafeReleaseGeneratorImpl(); });
}

EXPORT void torch_shim_generator_release(GeneratorHandle generator) {
  guarded([&] { c10::intrusive_ptr<c10::GeneratorImpl>::reclaim(generator); });
}

EXPORT int32_t torch_shim_generator_seed(GeneratorHandle generator, uint64_t seed) {
  return guarded([&] {
    auto g = borrow(generator);
    std::lock_guard<std::mutex> lock(g.mutex());
    g.set_current_seed(seed);
  });
}

EXPORT int32_t torch_shim_generator_initial_seed(GeneratorHandle generator, uint64_t* seed) {
  return guarded([&] { *seed = borrow(generator).current_seed(); });
}

EXPORT int32_t torch_shim_generator_get_state(GeneratorHandle generator, TensorHandle* state) {
  return guarded([&] {
    auto g = borrow(generator);
    std::lock_guard<std::mutex> lock(g.mutex());
    *state = give(g.get_state());
  });
}

EXPORT int32_t torch_shim_generator_set_state(GeneratorHandle generator, TensorHandle state) {
  return guarded([&] {
    auto g = borrow(generator);
    std::lock_guard<std::mutex> lock(g.mutex());
    g.set_state(borrow(state));
  });
}

// Every device's default generator, as torch.manual_seed.
EXPORT int32_t torch_shim_manual_seed(uint64_t seed) {
  return guarded([&] { at::manual_seed(seed); });
}

// ---- machine -------------------------------------------------------------------------------------------------------------

EXPORT int32_t torch_shim_get_num_threads() { return at::get_num_threads(); }

EXPORT int32_t torch_shim_set_num_threads(int32_t count) {
  return guarded([&] {
    at::set_num_threads(count);
    // libtorch sets OpenMP's threads only; OpenBLAS keeps its own pool.
    using Setter = void (*)(int);
    if (auto set = reinterpret_cast<Setter>(dlsym(RTLD_DEFAULT, "openblas_set_num_threads"))) set(count);
  });
}

EXPORT int32_t torch_shim_set_num_interop_threads(int32_t count) {
  return guarded([&] { at::set_num_interop_threads(count); });
}

EXPORT int32_t torch_shim_cuda_device_count() {
  int32_t count = 0;
  if (c10::impl::hasDeviceGuardImpl(c10::DeviceType::CUDA))
    guarded([&] { count = c10::impl::VirtualGuardImpl(c10::DeviceType::CUDA).deviceCount(); });
  return count;
}

// ---- fused ---------------------------------------------------------------------------------------------------------------

// applied is 0, and nothing is touched, unless all four are contiguous float32 tensors of one size on the CPU.
EXPORT int32_t torch_shim_adam_step(TensorHandle parameter, TensorHandle gradient, TensorHandle average,
                                    TensorHandle average_of_squares, const AdamStep* step, int32_t* applied) {
  return guarded([&] {
    const TensorHandle all[] = {parameter, gradient, average, average_of_squares};
    *applied = !step->amsgrad;
    for (const auto handle : all) {
      const auto t = borrow(handle);
      *applied &= t.is_cpu() && t.scalar_type() == at::kFloat && t.layout() == at::kStrided && t.is_contiguous() &&
          t.numel() == parameter->numel();
    }
    if (!*applied) return;
    [[maybe_unused]] const FlushSubnormals flush;
    adam(*step, parameter->numel(), borrow(parameter).data_ptr<float>(), borrow(gradient).data_ptr<float>(),
         borrow(average).data_ptr<float>(), borrow(average_of_squares).data_ptr<float>());
    for (const auto handle : {parameter, average, average_of_squares}) handle->bump_version();
  });
}
