// The C side of src/Environments/Mujoco/Native: a narrow door to libmujoco. It is not a binding of MuJoCo: it loads a model, makes
// simulations of it, steps them, and hands out any array of mjModel and mjData by its field name (mjxmacro.h), so that the C# side
// knows no struct layout and serves every MuJoCo version whose headers this file was compiled with (2.2.2 to 3.12 were tried).
// The prefix is rl_mujoco_, because mj_, mjs_, mjv_, mjr_ and mju_ are MuJoCo's own.
//
//   model ──────────── mjModel*, shared by all simulations made from it; constant after loading
//   simulation ─────── { model, mjData*, warning counts since it was made }
//
//   rl_mujoco_open      (library)                            dlopen libmujoco, once; NULL or "" = the version of the headers
//   rl_mujoco_version   ()                                   version of the library that rl_mujoco_open found, as text
//   rl_mujoco_load      (xml, length, &model)                compile MJCF text (from memory, no files)
//   rl_mujoco_load_file (path, &model)                       compile an MJCF file and what it refers to (meshes, includes)
//   rl_mujoco_load_binary (bytes, length, &model)            take over a compiled model (MJB)
//   rl_mujoco_binary    (model, bytes, &length)              write one; bytes NULL: only its length
//   rl_mujoco_check     (model)                              what its compiler lets pass: indices out of range, NaN
//   rl_mujoco_free      (model)
//   rl_mujoco_make      (model, &simulation)                 model must outlive it
//   rl_mujoco_delete    (simulation)
//   rl_mujoco_reset     (simulation)                         mj_resetData: qpos0, everything else 0
//   rl_mujoco_forward   (simulation)                         mj_forward
//   rl_mujoco_step      (simulation, n, contact_forces)      n × mj_step, then mj_rnePostConstraint if asked for
//   rl_mujoco_state     (simulation, bytes, &length)         write time and every array that rl_mujoco_field knows; NULL: only the length
//   rl_mujoco_restore   (simulation, bytes, length)          reset, then read what rl_mujoco_state wrote
//   rl_mujoco_field     (model, simulation, name, &address, &type, &length)
//                 the array `name` of mjData (simulation given) or else of mjModel; type: see enum below; length in elements
//   rl_mujoco_warning   (simulation, kind, &count, &text)    how often MuJoCo warned of `kind` since the simulation was made
//   rl_mujoco_actuator_name (model, id)                      a name, or NULL
//   rl_mujoco_draw_make (model, width, height, &renderer)    opens OSMesa (software OpenGL, no display) and uploads the model
//   rl_mujoco_draw_from (renderer, look_at[3], distance, azimuth, elevation)       a camera of one's own; degrees
//   rl_mujoco_draw      (renderer, simulation, rgb)          width × height × 3 bytes, top row first; the thread of rl_mujoco_draw_make
//   rl_mujoco_draw_free (renderer)
//
// Every function that can fail returns NULL, or else an error text that is valid until the calling thread's next call. MuJoCo's own
// fatal errors (mju_error, which would end the process) arrive as such texts too: they longjmp to the function that was called; so
// do C++ exceptions of its compiler. The simulation is then in an undefined state and must be reset. What no such text can be made
// of, a crash, is kept out of the process by mujoco_compile.cpp. Addresses stay valid until the model or simulation is freed.

#include <dlfcn.h>
#include <setjmp.h>

#include <cmath>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <exception>
#include <new>
#include <string_view>

#include <mujoco/mujoco.h>
#include <mujoco/mjxmacro.h>

#include "mujoco_shim.h"

namespace {

// Element types as the C# enum MujocoType counts them.
enum { TYPE_DOUBLE, TYPE_INT, TYPE_LONG, TYPE_BYTE, TYPE_FLOAT, TYPE_CHAR, TYPE_OTHER };

constexpr int type_of(const double*) { return TYPE_DOUBLE; }
constexpr int type_of(const int*) { return TYPE_INT; }
constexpr int type_of(const int64_t*) { return TYPE_LONG; }
constexpr int type_of(const unsigned char*) { return TYPE_BYTE; }
constexpr int type_of(const bool*) { return TYPE_BYTE; }
constexpr int type_of(const float*) { return TYPE_FLOAT; }
constexpr int type_of(const char*) { return TYPE_CHAR; }
constexpr int type_of(const void*) { return TYPE_OTHER; }

static_assert(sizeof(mjtNum) == sizeof(double), "MuJoCo in single precision is not supported: the tasks compute in double precision.");

}  // namespace

struct Simulation {
  const mjModel* model;
  mjData* data;
  int64_t warnings[mjNWARNING];  // of the episodes before the last reset, which clears MuJoCo's own counts
};

namespace {

// ---------------------------------------------------------------------------------------------------- libmujoco, found at run time

// Versions count as 2.2.2 = 222 up to 3.4, as 3.5.0 = 3005000 after that.
constexpr bool has_long_version = mjVERSION_HEADER >= 1000000;
constexpr int major_version = has_long_version ? mjVERSION_HEADER / 1000000 : mjVERSION_HEADER / 100;
constexpr int minor_version = has_long_version ? mjVERSION_HEADER / 1000 % 1000 : mjVERSION_HEADER / 10 % 10;
constexpr int patch_version = has_long_version ? mjVERSION_HEADER % 1000 : mjVERSION_HEADER % 10;

// Resolved by name instead of linked, so that a user's own build can stand in for the system's, and so that a missing library is an
// error text and not a failure to load this file.
#if mjVERSION_HEADER >= 313
#define LOAD_FUNCTIONS F(mj_addBufferVFS)
#else
#define LOAD_FUNCTIONS F(mj_makeEmptyFileVFS)
#endif
#define FUNCTIONS                                                                                          \
  F(mj_versionString) F(mj_defaultVFS) F(mj_deleteVFS) F(mj_loadXML) F(mj_deleteModel)      \
  F(mj_loadModel) F(mj_saveModel) F(mj_sizeModel)                                                         \
  F(mj_makeData) F(mj_deleteData) F(mj_resetData) F(mj_forward) F(mj_step) F(mj_rnePostConstraint)        \
  F(mju_warningText) F(mj_id2name) F(mjv_defaultCamera) F(mjv_defaultFreeCamera) F(mjv_defaultOption)     \
  F(mjv_defaultScene) F(mjv_makeScene) F(mjv_freeScene) F(mjv_updateScene) F(mjr_defaultContext)          \
  F(mjr_makeContext) F(mjr_freeContext) F(mjr_setBuffer) F(mjr_render) F(mjr_readPixels) LOAD_FUNCTIONS

#define F(name) decltype(&name) p_##name;
FUNCTIONS
#undef F

// ------------------------------------------------------------------------------------------------------------------------- errors

struct Landing {
  jmp_buf place;
};

thread_local char message[2048];
thread_local Landing* guard;  // where a fatal error of the current call returns to

const char* fail(const char* format, const char* detail) {
  snprintf(message, sizeof(message), format, detail);
  return message;
}

void on_error(const char* text) {
  if (!guard) {
    fprintf(stderr, "MuJoCo error outside of a call of the shim: %s\n", text);
    abort();
  }
  snprintf(message, sizeof(message), "MuJoCo error: %s", text);
  Landing* target = guard;
  guard = nullptr;
  longjmp(target->place, 1);
}

// Warnings are counted in mjData and asked for there; the default would append to MUJOCO_LOG.TXT in the working directory.
void on_warning(const char*) {}

// Runs work, whose own frame must have nothing to destroy. A fatal error or an exception inside it becomes the text that is returned.
// Never inlined: what the caller's frame holds must not live in registers that setjmp restores.
template <typename Work>
[[gnu::noinline]] const char* guarded(Work&& work) {
  Landing here;
  if (setjmp(here.place)) return message;
  guard = &here;
  const char* error = nullptr;
  try {
    work();
  } catch (const std::bad_alloc&) {
    error = fail("%s", "there is not enough memory for it.");
  } catch (const std::exception& exception) {
    error = fail("MuJoCo failed: %s", exception.what());
  } catch (...) {
    error = fail("%s", "MuJoCo failed.");
  }
  guard = nullptr;
  return error;
}

// -------------------------------------------------------------------------------------------------------------------------- files

// What libmujoco reads from memory, as a file of the given name. Some megabytes in 2.x: not for the stack.
struct MemoryFile {
  mjVFS* vfs = static_cast<mjVFS*>(malloc(sizeof(mjVFS)));
  bool is_made = false;

  const char* put(const char* name, const void* content, int length) {
    if (!vfs) return fail("%s", "there is not enough memory for it.");
    int status = 0;
    const char* error = guarded([&] {
      p_mj_defaultVFS(vfs);
      is_made = true;
#if mjVERSION_HEADER >= 313
      status = p_mj_addBufferVFS(vfs, name, content, length);
#else
      status = p_mj_makeEmptyFileVFS(vfs, name, length);
      if (!status) memcpy(vfs->filedata[0], content, length);
#endif
    });
    return error ? error : status ? fail("%s", "it could not be stored in memory.") : nullptr;
  }

  ~MemoryFile() {
    if (is_made) guarded([&] { p_mj_deleteVFS(vfs); });
    free(vfs);
  }
};

const char* compile(const char* file, const mjVFS* vfs, mjModel** model) {
  char error[1024] = "";
  mjModel* loaded = nullptr;
  if (const char* failure = guarded([&] { loaded = p_mj_loadXML(file, vfs, error, sizeof(error)); })) return failure;
  if (!loaded) return fail("%s", error[0] ? error : "MuJoCo does not say why.");
  *model = loaded;
  return nullptr;
}

}  // namespace

// ---------------------------------------------------------------------------------------------------------------------- functions

EXPORT const char* rl_mujoco_open(const char* library) {
  static bool is_open;
  if (is_open) return nullptr;

  char name[64];
  snprintf(name, sizeof(name), "libmujoco.so.%d.%d.%d", major_version, minor_version, patch_version);
  const bool is_own = library && library[0];
  void* handle = dlopen(is_own ? library : name, RTLD_NOW | RTLD_LOCAL);
  if (!handle && !is_own) handle = dlopen("libmujoco.so", RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* reason = dlerror();
    return fail("MuJoCo could not be loaded: %s", reason ? reason : "unknown reason");
  }

  // The version first: the functions are looked for that this version has.
  const auto version = reinterpret_cast<decltype(&mj_version)>(dlsym(handle, "mj_version"));
  const auto version_text = reinterpret_cast<decltype(&mj_versionString)>(dlsym(handle, "mj_versionString"));
  if (!version || !version_text || version() != mjVERSION_HEADER) {
    snprintf(message, sizeof(message),
             "libmujoco is version %s, but libmujoco_shim was compiled with the headers of %d.%d.%d. Use a library of that version, "
             "or build again with the headers of this one: MUJOCO_INCLUDE=<the folder that holds mujoco/mujoco.h> ./rl …",
             version_text ? version_text() : "unknown", major_version, minor_version, patch_version);
    dlclose(handle);
    return message;
  }

#define F(name)                                                                        \
  p_##name = reinterpret_cast<decltype(p_##name)>(dlsym(handle, #name));               \
  if (!p_##name) {                                                                     \
    dlclose(handle);                                                                   \
    return fail("The MuJoCo library has no function %s: it is not whole.", #name);     \
  }
  FUNCTIONS
#undef F

  auto user_error = reinterpret_cast<void (**)(const char*)>(dlsym(handle, "mju_user_error"));
  auto user_warning = reinterpret_cast<void (**)(const char*)>(dlsym(handle, "mju_user_warning"));
  if (!user_error || !user_warning) {
    dlclose(handle);
    return fail("The MuJoCo library has no %s hook.", user_error ? "mju_user_warning" : "mju_user_error");
  }
  *user_error = on_error;
  *user_warning = on_warning;
  is_open = true;
  return nullptr;
}

EXPORT const char* rl_mujoco_version() { return p_mj_versionString(); }

EXPORT const char* rl_mujoco_load(const char* xml, int length, mjModel** model) {
  MemoryFile file;
  const char* error = file.put("model.xml", xml, length);
  return error ? error : compile("model.xml", file.vfs, model);
}

EXPORT const char* rl_mujoco_load_file(const char* path, mjModel** model) { return compile(path, nullptr, model); }

EXPORT const char* rl_mujoco_load_binary(const void* bytes, int length, mjModel** model) {
  MemoryFile file;
  if (const char* error = file.put("model.mjb", bytes, length)) return error;
  mjModel* loaded = nullptr;
  if (const char* error = guarded([&] { loaded = p_mj_loadModel("model.mjb", file.vfs); })) return error;
  if (!loaded) return fail("%s", "MuJoCo cannot read the compiled model.");
  *model = loaded;
  return nullptr;
}

EXPORT const char* rl_mujoco_binary(const mjModel* model, void* bytes, int64_t* length) {
  return guarded([&] {
    *length = p_mj_sizeModel(model);
    if (bytes) p_mj_saveModel(model, nullptr, bytes, static_cast<int>(*length));
  });
}

EXPORT void rl_mujoco_free(mjModel* model) { p_mj_deleteModel(model); }

EXPORT const char* rl_mujoco_make(const mjModel* model, Simulation** simulation) {
  auto made = static_cast<Simulation*>(calloc(1, sizeof(Simulation)));
  if (!made) return fail("%s", "Out of memory.");
  made->model = model;
  const char* error = guarded([&] { made->data = p_mj_makeData(model); });
  if (!error && !made->data) error = fail("%s", "MuJoCo could not make the simulation's data.");
  if (error) {
    free(made);
    return error;
  }
  *simulation = made;
  return nullptr;
}

EXPORT void rl_mujoco_delete(Simulation* simulation) {
  p_mj_deleteData(simulation->data);
  free(simulation);
}

EXPORT const char* rl_mujoco_reset(Simulation* simulation) {
  for (int i = 0; i < mjNWARNING; i++) simulation->warnings[i] += simulation->data->warning[i].number;
  return guarded([&] { p_mj_resetData(simulation->model, simulation->data); });
}

EXPORT const char* rl_mujoco_forward(Simulation* simulation) {
  return guarded([&] { p_mj_forward(simulation->model, simulation->data); });
}

EXPORT const char* rl_mujoco_step(Simulation* simulation, int count, int contact_forces) {
  const mjModel* m = simulation->model;
  mjData* d = simulation->data;
  return guarded([&] {
    for (int i = 0; i < count; i++) p_mj_step(m, d);
    if (contact_forces) p_mj_rnePostConstraint(m, d);
  });
}

EXPORT const char* rl_mujoco_warning(const Simulation* simulation, int kind, int64_t* count, const char** text) {
  if (kind < 0 || kind >= mjNWARNING) return fail("%s", "No such kind of warning.");
  *count = simulation->warnings[kind] + simulation->data->warning[kind].number;
  *text = p_mju_warningText(kind, simulation->data->warning[kind].lastinfo);
  return nullptr;
}

EXPORT const char* rl_mujoco_actuator_name(const mjModel* model, int id) { return p_mj_id2name(model, mjOBJ_ACTUATOR, id); }

// ------------------------------------------------------------------------------------------------------------------------- fields

namespace {

#define FOUND(pointer, count)                                                \
  {                                                                          \
    *address = const_cast<void*>(static_cast<const void*>(pointer));         \
    *type = type_of(pointer);                                                \
    *length = static_cast<int64_t>(count);                                   \
    return nullptr;                                                          \
  }
#define IS(field) (strcmp(name, field) == 0)

// mjxmacro.h marks sizes that are members of mjModel.
#undef MJ_M
#define MJ_M(n) m->n

// The lists of mjxmacro.h by their names of today (3.6), for versions that have others.
#ifndef MJMODEL_SIZES
#define MJMODEL_SIZES MJMODEL_INTS
#endif

const char* model_field(mjModel* m, const char* name, void** address, int* type, int64_t* length) {
#define X(t, field, rows, columns) if (IS(#field)) FOUND(m->field, static_cast<int64_t>(m->rows) * (columns))
  MJMODEL_POINTERS
#undef X
#define X(field) if (IS(#field)) FOUND(&m->field, 1)
  MJMODEL_SIZES
#undef X
#ifdef MJOPTION_FIELDS
#define X(t, field, count) if (IS("opt." #field)) FOUND(&m->opt.field, 1)
#define XVEC(t, field, count) if (IS("opt." #field)) FOUND(&m->opt.field[0], count)
  MJOPTION_FIELDS
#undef XVEC
#undef X
#else
#define X(t, field) if (IS("opt." #field)) FOUND(&m->opt.field, 1)
  MJOPTION_SCALARS
#undef X
#define X(field, count) if (IS("opt." #field)) FOUND(&m->opt.field[0], count)
  MJOPTION_VECTORS
#undef X
#endif
  if (IS("stat.meaninertia")) FOUND(&m->stat.meaninertia, 1)
  if (IS("stat.meanmass")) FOUND(&m->stat.meanmass, 1)
  if (IS("stat.meansize")) FOUND(&m->stat.meansize, 1)
  if (IS("stat.extent")) FOUND(&m->stat.extent, 1)
  return fail("mjModel has no array '%s' in this version of MuJoCo.", name);
}

// True for the arrays of contacts and constraints, which have a row for each that may come to be: what they hold changes in number
// from step to step, a step computes them anew, and rows that are not in use are left from earlier steps. 3.x keeps them elsewhere.
constexpr bool is_of_constraints(std::string_view rows, std::string_view columns) {
  return rows == "njmax" || rows == "nconmax" || columns == "MJ_M(njmax)";
}

// Calls visit(name, array, elements) for time and every array of mjData that a task may read. In one place, so that what can be read
// and what is saved are the same.
template <typename Visit>
void visit_data(const mjModel* m, mjData* d, Visit&& visit) {
  visit("time", &d->time, 1);
#define X(t, field, rows, columns)                                                           \
  if (!is_of_constraints(#rows, #columns) && type_of(d->field) != TYPE_OTHER)                \
    visit(#field, d->field, static_cast<int64_t>(m->rows) * (columns));
  MJDATA_POINTERS
#undef X
}

const char* data_field(const mjModel* m, mjData* d, const char* name, void** address, int* type, int64_t* length) {
  bool is_found = false;
  visit_data(m, d, [&](const char* field, auto* array, int64_t elements) {
    if (!is_found && IS(field)) {
      is_found = true;
      *address = array;
      *type = type_of(array);
      *length = elements;
    }
  });
  return is_found ? nullptr : fail(
      "mjData has no array '%s' in this version of MuJoCo, or it is one of contacts or constraints, whose number changes.", name);
}

}  // namespace

EXPORT const char* rl_mujoco_field(
    mjModel* model, Simulation* simulation, const char* name, void** address, int* type, int64_t* length) {
  return simulation ? data_field(simulation->model, simulation->data, name, address, type, length)
                    : model_field(model, name, address, type, length);
}

// -------------------------------------------------------------------------------------------------------------------------- state

EXPORT const char* rl_mujoco_state(const Simulation* simulation, unsigned char* bytes, int64_t* length) {
  int64_t written = 0;
  visit_data(simulation->model, simulation->data, [&](const char*, auto* array, int64_t elements) {
    const int64_t size = elements * static_cast<int64_t>(sizeof(*array));
    if (bytes && size) memcpy(bytes + written, array, size);
    written += size;
  });
  *length = written;
  return nullptr;
}

EXPORT const char* rl_mujoco_restore(Simulation* simulation, const unsigned char* bytes, int64_t length) {
  int64_t expected = 0;
  rl_mujoco_state(simulation, nullptr, &expected);
  if (length != expected) return fail("%s", "The saved state is of another model or of another version of MuJoCo.");
  if (const char* error = rl_mujoco_reset(simulation)) return error;
  int64_t read = 0;
  visit_data(simulation->model, simulation->data, [&](const char*, auto* array, int64_t elements) {
    const int64_t size = elements * static_cast<int64_t>(sizeof(*array));
    if (size) memcpy(array, bytes + read, size);
    read += size;
  });
  return nullptr;
}

// -------------------------------------------------------------------------------------------------------------------------- check

namespace {

// True if the rows [first, first + count) lie in an array of `all` rows.
bool lie_in(int64_t first, __int128 count, int64_t all) { return first >= 0 && count >= 0 && first + count <= all; }

bool are_below(const int* values, int64_t count, int64_t bound) {
  for (int64_t i = 0; i < count; i++)
    if (values[i] < 0 || values[i] >= bound) return false;
  return true;
}

template <typename Number>
bool holds_nan(const Number* values, int64_t count) {
  for (int64_t i = 0; i < count; i++)
    if (std::isnan(values[i])) return true;
  return false;
}

bool mesh_is_whole(const mjModel* m, int i) {
  const int *adr = m->mesh_vertadr, *num = m->mesh_vertnum;
  if (!lie_in(adr[i], num[i], m->nmeshvert) || !lie_in(m->mesh_faceadr[i], m->mesh_facenum[i], m->nmeshface)) return false;
  const int64_t first = 3 * static_cast<int64_t>(m->mesh_faceadr[i]), count = 3 * static_cast<int64_t>(m->mesh_facenum[i]);
  if (!are_below(m->mesh_face + first, count, num[i])) return false;
#if mjVERSION_HEADER >= 233
  if (!lie_in(m->mesh_normaladr[i], m->mesh_normalnum[i], m->nmeshnormal)
      || !are_below(m->mesh_facenormal + first, count, m->mesh_normalnum[i])) return false;
  if (m->mesh_texcoordadr[i] >= 0
      && (!lie_in(m->mesh_texcoordadr[i], m->mesh_texcoordnum[i], m->nmeshtexcoord)
          || !are_below(m->mesh_facetexcoord + first, count, m->mesh_texcoordnum[i]))) return false;
#else
  if (m->mesh_texcoordadr[i] >= 0 && !lie_in(m->mesh_texcoordadr[i], num[i], m->nmeshtexvert)) return false;
#endif
  return true;
}

bool skin_is_whole(const mjModel* m, int i) {
  const int vertices = m->skin_vertnum[i];
  if (!lie_in(m->skin_vertadr[i], vertices, m->nskinvert) || !lie_in(m->skin_faceadr[i], m->skin_facenum[i], m->nskinface)
      || !lie_in(m->skin_boneadr[i], m->skin_bonenum[i], m->nskinbone)
      || (m->skin_texcoordadr[i] >= 0 && !lie_in(m->skin_texcoordadr[i], vertices, m->nskintexvert))
      || !are_below(m->skin_face + 3 * static_cast<int64_t>(m->skin_faceadr[i]), 3 * static_cast<int64_t>(m->skin_facenum[i]), vertices)
      || !are_below(m->skin_bonebodyid + m->skin_boneadr[i], m->skin_bonenum[i], m->nbody)) return false;
  for (int bone = m->skin_boneadr[i]; bone < m->skin_boneadr[i] + m->skin_bonenum[i]; bone++) {
    if (!lie_in(m->skin_bonevertadr[bone], m->skin_bonevertnum[bone], m->nskinbonevert)
        || !are_below(m->skin_bonevertid + m->skin_bonevertadr[bone], m->skin_bonevertnum[bone], vertices)) return false;
  }
  return true;
}

// Colours of a pixel, in versions that have more than three.
template <typename Model>
auto channels(const Model* m, int texture, int) -> decltype(m->tex_nchannel[texture]) { return m->tex_nchannel[texture]; }
template <typename Model>
int channels(const Model*, int, ...) { return 3; }

const char* fault_of(const char* kind, const mjModel* m, int object_type, int id) {
  const char* name = p_mj_id2name(m, object_type, id);
  snprintf(message, sizeof(message), "the %s '%s' is damaged or too large: it refers to data that there is not.", kind, name ? name : "");
  return message;
}

template <typename Element>
const char* nan_in(const char*, const Element*, int64_t) { return nullptr; }
const char* nan_in(const char* field, const double* values, int64_t count) {
  return holds_nan(values, count) ? fail("its compiled array %s holds a NaN.", field) : nullptr;
}
const char* nan_in(const char* field, const float* values, int64_t count) {
  return holds_nan(values, count) ? fail("its compiled array %s holds a NaN.", field) : nullptr;
}

template <typename Element>
const char* infinite_in(const char*, const Element*, int64_t) { return nullptr; }
const char* infinite_in(const char* option, const mjtNum* values, int64_t count) {
  for (int64_t i = 0; i < count; i++)
    if (!std::isfinite(values[i])) return fail("its option %s is no finite number.", option);
  return nullptr;
}

}  // namespace

EXPORT const char* rl_mujoco_check(const mjModel* m) {
  for (int i = 0; i < m->nmesh; i++)
    if (!mesh_is_whole(m, i)) return fault_of("mesh", m, mjOBJ_MESH, i);
  for (int i = 0; i < m->nskin; i++)
    if (!skin_is_whole(m, i)) return fault_of("skin", m, mjOBJ_SKIN, i);
  // Sizes that MuJoCo multiplies in 32 bits.
  for (int i = 0; i < m->nhfield; i++)
    if (!lie_in(m->hfield_adr[i], static_cast<__int128>(m->hfield_nrow[i]) * m->hfield_ncol[i], m->nhfielddata))
      return fault_of("height field", m, mjOBJ_HFIELD, i);
  for (int i = 0; i < m->ntex; i++)
    if (!lie_in(m->tex_adr[i], static_cast<__int128>(m->tex_width[i]) * m->tex_height[i] * channels(m, i, 0), m->ntexdata))
      return fault_of("texture", m, mjOBJ_TEXTURE, i);
#define X(t, field, rows, columns) \
  if (const char* fault = nan_in(#field, m->field, static_cast<int64_t>(m->rows) * (columns))) return fault;
  MJMODEL_POINTERS
#undef X
  // Time must go on, or every velocity that a task computes is divided by 0; what the compiler lets pass here is not in its arrays.
  if (!(m->opt.timestep > 0) || !std::isfinite(m->opt.timestep)) return fail("%s", "its option timestep is no positive number.");
#ifdef MJOPTION_FIELDS
#define X(t, field, count) if (const char* fault = infinite_in(#field, &m->opt.field, 1)) return fault;
#define XVEC(t, field, count) if (const char* fault = infinite_in(#field, &m->opt.field[0], count)) return fault;
  MJOPTION_FIELDS
#undef XVEC
#undef X
#else
#define X(t, field) if (const char* fault = infinite_in(#field, &m->opt.field, 1)) return fault;
  MJOPTION_SCALARS
#undef X
#define X(field, count) if (const char* fault = infinite_in(#field, &m->opt.field[0], count)) return fault;
  MJOPTION_VECTORS
#undef X
#endif
  return nullptr;
}

// ---------------------------------------------------------------------------------------------------------------------- rendering

// OSMesa's interface (GL/osmesa.h), opened only when something is drawn: training needs none of it.
namespace {

enum { OSMESA_RGBA = 0x1908, GL_UNSIGNED_BYTE_ = 0x1401, DEPTH_BITS = 24, MOST_GEOMS = 2000 };
using OSMesaContext = struct osmesa_context*;

OSMesaContext (*p_OSMesaCreateContextExt)(int format, int depth, int stencil, int accumulation, OSMesaContext share);
unsigned char (*p_OSMesaMakeCurrent)(OSMesaContext context, void* buffer, int type, int width, int height);
void (*p_OSMesaDestroyContext)(OSMesaContext context);

}  // namespace

struct Renderer {
  const mjModel* model;
  int width, height;
  OSMesaContext gl;
  unsigned char* frame;  // RGBA, OSMesa's own
  mjvScene scene;
  mjvOption option;
  mjvCamera camera;
  mjrContext context;
};

namespace {

const char* open_osmesa() {
  if (p_OSMesaDestroyContext) return nullptr;
  // Global, because MuJoCo looks for the current OpenGL's functions among the symbols of the process.
  void* handle = dlopen("libOSMesa.so.8", RTLD_NOW | RTLD_GLOBAL);
  if (!handle) handle = dlopen("libOSMesa.so", RTLD_NOW | RTLD_GLOBAL);
  if (!handle) return fail("Drawing needs OSMesa (Debian: libosmesa6), which could not be loaded: %s", dlerror());
  p_OSMesaCreateContextExt = reinterpret_cast<decltype(p_OSMesaCreateContextExt)>(dlsym(handle, "OSMesaCreateContextExt"));
  p_OSMesaMakeCurrent = reinterpret_cast<decltype(p_OSMesaMakeCurrent)>(dlsym(handle, "OSMesaMakeCurrent"));
  p_OSMesaDestroyContext = reinterpret_cast<decltype(p_OSMesaDestroyContext)>(dlsym(handle, "OSMesaDestroyContext"));
  return p_OSMesaCreateContextExt && p_OSMesaMakeCurrent && p_OSMesaDestroyContext
      ? nullptr : fail("%s", "The OSMesa library lacks one of the functions that drawing needs.");
}

// The model's first camera if it has one, else one that follows the first body.
void choose_camera(const mjModel* m, mjvCamera* camera) {
  p_mjv_defaultFreeCamera(m, camera);
  if (m->ncam > 0) {
    camera->type = mjCAMERA_FIXED;
    camera->fixedcamid = 0;
  } else if (m->nbody > 1) {
    camera->type = mjCAMERA_TRACKING;
    camera->trackbodyid = 1;
  }
}

}  // namespace

EXPORT void rl_mujoco_draw_free(Renderer* renderer) {
  if (renderer->gl) {
    p_OSMesaMakeCurrent(renderer->gl, renderer->frame, GL_UNSIGNED_BYTE_, renderer->width, renderer->height);
    p_mjr_freeContext(&renderer->context);
    p_OSMesaDestroyContext(renderer->gl);
  }
  p_mjv_freeScene(&renderer->scene);
  free(renderer->frame);
  free(renderer);
}

EXPORT const char* rl_mujoco_draw_make(const mjModel* model, int width, int height, Renderer** renderer) {
  const char* error = open_osmesa();
  if (error) return error;
  auto made = static_cast<Renderer*>(calloc(1, sizeof(Renderer)));
  if (!made) return fail("%s", "Out of memory.");
  made->model = model;
  made->width = width;
  made->height = height;
  made->frame = static_cast<unsigned char*>(malloc(static_cast<size_t>(width) * height * 4));
  p_mjv_defaultScene(&made->scene);
  p_mjv_defaultOption(&made->option);
  p_mjr_defaultContext(&made->context);
  if (made->frame) made->gl = p_OSMesaCreateContextExt(OSMESA_RGBA, DEPTH_BITS, 8, 0, nullptr);
  if (!made->gl || !p_OSMesaMakeCurrent(made->gl, made->frame, GL_UNSIGNED_BYTE_, width, height)) {
    rl_mujoco_draw_free(made);
    return fail("%s", "OSMesa could not make a context.");
  }
  error = guarded([&] {
    choose_camera(model, &made->camera);
    p_mjv_makeScene(model, &made->scene, MOST_GEOMS);
    p_mjr_makeContext(model, &made->context, mjFONTSCALE_100);
    p_mjr_setBuffer(mjFB_WINDOW, &made->context);
  });
  if (error) {
    rl_mujoco_draw_free(made);
    return error;
  }
  *renderer = made;
  return nullptr;
}

EXPORT void rl_mujoco_draw_from(Renderer* renderer, const double* look_at, double distance, double azimuth, double elevation) {
  mjvCamera* camera = &renderer->camera;
  camera->type = mjCAMERA_FREE;
  for (int i = 0; i < 3; i++) camera->lookat[i] = look_at[i];
  camera->distance = distance;
  camera->azimuth = azimuth;
  camera->elevation = elevation;
}

EXPORT const char* rl_mujoco_draw(Renderer* renderer, const Simulation* simulation, unsigned char* rgb) {
  const mjrRect view = {0, 0, renderer->width, renderer->height};
  if (!p_OSMesaMakeCurrent(renderer->gl, renderer->frame, GL_UNSIGNED_BYTE_, renderer->width, renderer->height))
    return fail("%s", "OSMesa could not make its context current.");
  const char* error = guarded([&] {
    p_mjv_updateScene(
        renderer->model, simulation->data, &renderer->option, nullptr, &renderer->camera, mjCAT_ALL, &renderer->scene);
    p_mjr_render(view, &renderer->scene, &renderer->context);
    p_mjr_readPixels(rgb, nullptr, view, &renderer->context);
  });
  if (error) return error;
  // OpenGL's first row is the lowest.
  const size_t row = static_cast<size_t>(renderer->width) * 3;
  for (int top = 0, bottom = renderer->height - 1; top < bottom; top++, bottom--) {
    unsigned char *a = rgb + top * row, *b = rgb + bottom * row;
    for (size_t i = 0; i < row; i++) {
      const unsigned char swap = a[i];
      a[i] = b[i];
      b[i] = swap;
    }
  }
  return nullptr;
}
