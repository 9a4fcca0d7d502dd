// The C side of src/Environments/Mujoco/Native: a narrow door to libmujoco. It is not a binding of MuJoCo: it loads a model, makes
// simulations of it, steps them, and hands out any array of mjModel and mjData by its field name (mjxmacro.h), so that the C# side
// knows no struct layout and serves every MuJoCo version whose headers this file was compiled with.
//
//   model ──────────── mjModel*, shared by all simulations made from it; constant after loading
//   simulation ─────── { model, mjData*, warning counts since it was made }
//
//   mjs_open      (library)                                 dlopen libmujoco, once; NULL or "" = the version of the headers
//   mjs_version   ()                                        version of the library that mjs_open found, as text
//   mjs_load      (xml, length, &model)                     compile MJCF text (from memory, no files)
//   mjs_free      (model)
//   mjs_make      (model, &simulation)                      model must outlive it
//   mjs_delete    (simulation)
//   mjs_reset     (simulation)                              mj_resetData: qpos0, everything else 0
//   mjs_forward   (simulation)                              mj_forward
//   mjs_step      (simulation, n, contact_forces)           n × mj_step, then mj_rnePostConstraint if asked for
//   mjs_field     (model, simulation, name, &address, &type, &length)
//                 the array `name` of mjData (simulation given) or else of mjModel; type: see enum below; length in elements
//   mjs_warning   (simulation, kind, &count, &text)         how often MuJoCo warned of `kind` since the simulation was made
//   mjs_name      (model, object_type, id)                  a name, or NULL
//
// Every function that can fail returns NULL, or else an error text that is valid until the calling thread's next call. MuJoCo's own
// fatal errors (mju_error, which would end the process) arrive as such texts too: they longjmp to the function that was called.
// The simulation is then in an undefined state and must be reset. Addresses stay valid until the model or simulation is freed.

#include <dlfcn.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mujoco/mujoco.h>
#include <mujoco/mjxmacro.h>

#define EXPORT __attribute__((visibility("default")))

// Element types as the C# enum MujocoType counts them.
enum { TYPE_DOUBLE, TYPE_INT, TYPE_BYTE, TYPE_FLOAT, TYPE_CHAR, TYPE_OTHER };

#define TYPE_OF(pointer) \
  _Generic((pointer), double*: TYPE_DOUBLE, int*: TYPE_INT, unsigned char*: TYPE_BYTE, \
           float*: TYPE_FLOAT, char*: TYPE_CHAR, default: TYPE_OTHER)

typedef struct {
  const mjModel* model;
  mjData* data;
  int64_t warnings[mjNWARNING];  // of the episodes before the last reset, which clears MuJoCo's own counts
} Simulation;

// ---------------------------------------------------------------------------------------------------- libmujoco, found at run time

// Resolved by name instead of linked, so that a user's own build can stand in for the system's, and so that a missing library is an
// error text and not a failure to load this file.
#if mjVERSION_HEADER >= 300
#define LOAD_FUNCTIONS F(mj_addBufferVFS)
#else
#define LOAD_FUNCTIONS F(mj_makeEmptyFileVFS)
#endif
#define FUNCTIONS                                                                                          \
  F(mj_version) F(mj_versionString) F(mj_defaultVFS) F(mj_deleteVFS) F(mj_loadXML) F(mj_deleteModel)      \
  F(mj_makeData) F(mj_deleteData) F(mj_resetData) F(mj_forward) F(mj_step) F(mj_rnePostConstraint)        \
  F(mju_warningText) F(mj_id2name) LOAD_FUNCTIONS

#define F(name) static __typeof__(&name) p_##name;
FUNCTIONS
#undef F

// ------------------------------------------------------------------------------------------------------------------------- errors

static _Thread_local char message[2048];
static _Thread_local jmp_buf* guard;  // where a fatal error of the current call returns to

static const char* fail(const char* format, const char* detail) {
  snprintf(message, sizeof(message), format, detail);
  return message;
}

static void on_error(const char* text) {
  if (!guard) {
    fprintf(stderr, "MuJoCo error outside of a call of the shim: %s\n", text);
    abort();
  }
  snprintf(message, sizeof(message), "MuJoCo error: %s", text);
  jmp_buf* target = guard;
  guard = NULL;
  longjmp(*target, 1);
}

// Warnings are counted in mjData and asked for there; the default would append to MUJOCO_LOG.TXT in the working directory.
static void on_warning(const char* text) { (void)text; }

// Runs statements; a fatal error inside them goes to the label's code instead of ending the process.
#define GUARDED(statements, on_failure) \
  do {                                  \
    jmp_buf here;                       \
    if (setjmp(here)) {                 \
      on_failure;                       \
      return message;                   \
    }                                   \
    guard = &here;                      \
    statements;                         \
    guard = NULL;                       \
  } while (0)

// ---------------------------------------------------------------------------------------------------------------------- functions

EXPORT const char* mjs_open(const char* library) {
  static int is_open;
  if (is_open) return NULL;

  char name[64];
  const int v = mjVERSION_HEADER;
  snprintf(name, sizeof(name), "libmujoco.so.%d.%d.%d", v / 100, v / 10 % 10, v % 10);
  int is_own = library && library[0];
  void* handle = dlopen(is_own ? library : name, RTLD_NOW | RTLD_LOCAL);
  if (!handle && !is_own) handle = dlopen("libmujoco.so", RTLD_NOW | RTLD_LOCAL);
  if (!handle) {
    const char* reason = dlerror();
    return fail("MuJoCo could not be loaded: %s", reason ? reason : "unknown reason");
  }

#define F(name)                                                                        \
  p_##name = (__typeof__(p_##name))dlsym(handle, #name);                               \
  if (!p_##name) {                                                                     \
    dlclose(handle);                                                                   \
    return fail("The MuJoCo library has no function %s: it is of another version or not MuJoCo.", #name); \
  }
  FUNCTIONS
#undef F

  if (p_mj_version() != mjVERSION_HEADER) {
    snprintf(message, sizeof(message),
             "libmujoco is version %s, but libmujoco_shim was compiled with the headers of %d.%d.%d. Use a library of that version, "
             "or rebuild the shim with the library's headers: cmake -S native -B artifacts/native -DMUJOCO_INCLUDE_DIR=<folder>.",
             p_mj_versionString(), v / 100, v / 10 % 10, v % 10);
    dlclose(handle);
    return message;
  }

  void (**user_error)(const char*) = (void (**)(const char*))dlsym(handle, "mju_user_error");
  void (**user_warning)(const char*) = (void (**)(const char*))dlsym(handle, "mju_user_warning");
  if (!user_error || !user_warning) {
    dlclose(handle);
    return fail("The MuJoCo library has no %s hook.", user_error ? "mju_user_warning" : "mju_user_error");
  }
  *user_error = on_error;
  *user_warning = on_warning;
  is_open = 1;
  return NULL;
}

EXPORT const char* mjs_version(void) { return p_mj_versionString(); }

EXPORT const char* mjs_load(const char* xml, int length, mjModel** model) {
  char error[1024] = "";
  mjModel* volatile loaded = NULL;  // set between setjmp and longjmp
  // Some megabytes in 2.x: not for the stack.
  mjVFS* vfs = malloc(sizeof(mjVFS));
  if (!vfs) return fail("%s", "Out of memory.");
  GUARDED({
    p_mj_defaultVFS(vfs);
#if mjVERSION_HEADER >= 300
    int status = p_mj_addBufferVFS(vfs, "model.xml", xml, length);
#else
    int status = p_mj_makeEmptyFileVFS(vfs, "model.xml", length);
    if (!status) memcpy(vfs->filedata[0], xml, length);
#endif
    if (status) snprintf(error, sizeof(error), "the model text could not be stored (%d)", status);
    else loaded = p_mj_loadXML("model.xml", vfs, error, sizeof(error));
    p_mj_deleteVFS(vfs);
  }, free(vfs));
  free(vfs);
  if (!loaded) return fail("MuJoCo refuses the model: %s", error);
  *model = loaded;
  return NULL;
}

EXPORT void mjs_free(mjModel* model) { p_mj_deleteModel(model); }

EXPORT const char* mjs_make(const mjModel* model, Simulation** simulation) {
  Simulation* made = calloc(1, sizeof(Simulation));
  if (!made) return fail("%s", "Out of memory.");
  made->model = model;
  GUARDED(made->data = p_mj_makeData(model), free(made));
  if (!made->data) {
    free(made);
    return fail("%s", "MuJoCo could not make the simulation's data.");
  }
  *simulation = made;
  return NULL;
}

EXPORT void mjs_delete(Simulation* simulation) {
  p_mj_deleteData(simulation->data);
  free(simulation);
}

EXPORT const char* mjs_reset(Simulation* simulation) {
  for (int i = 0; i < mjNWARNING; i++) simulation->warnings[i] += simulation->data->warning[i].number;
  GUARDED(p_mj_resetData(simulation->model, simulation->data), );
  return NULL;
}

EXPORT const char* mjs_forward(Simulation* simulation) {
  GUARDED(p_mj_forward(simulation->model, simulation->data), );
  return NULL;
}

EXPORT const char* mjs_step(Simulation* simulation, int count, int contact_forces) {
  const mjModel* m = simulation->model;
  mjData* d = simulation->data;
  GUARDED({
    for (int i = 0; i < count; i++) p_mj_step(m, d);
    if (contact_forces) p_mj_rnePostConstraint(m, d);
  }, );
  return NULL;
}

EXPORT const char* mjs_warning(const Simulation* simulation, int kind, int64_t* count, const char** text) {
  if (kind < 0 || kind >= mjNWARNING) return fail("%s", "No such kind of warning.");
  *count = simulation->warnings[kind] + simulation->data->warning[kind].number;
  *text = p_mju_warningText(kind, simulation->data->warning[kind].lastinfo);
  return NULL;
}

EXPORT const char* mjs_name(const mjModel* model, int object_type, int id) { return p_mj_id2name(model, object_type, id); }

// ------------------------------------------------------------------------------------------------------------------------- fields

#define FOUND(pointer, count)             \
  {                                       \
    *address = (void*)(pointer);          \
    *type = TYPE_OF(pointer);             \
    *length = (int64_t)(count);           \
    return NULL;                          \
  }
#define IS(field) (strcmp(name, field) == 0)

// mjxmacro.h marks sizes that are members of mjModel.
#undef MJ_M
#define MJ_M(n) m->n

static const char* model_field(mjModel* m, const char* name, void** address, int* type, int64_t* length) {
#define X(t, field, rows, columns) if (IS(#field)) FOUND(m->field, (int64_t)(m->rows) * (columns))
  MJMODEL_POINTERS
#undef X
#define X(field) if (IS(#field)) FOUND(&m->field, 1)
  MJMODEL_INTS
#undef X
#define X(t, field) if (IS("opt." #field)) FOUND(&m->opt.field, 1)
  MJOPTION_SCALARS
#undef X
#define X(field, count) if (IS("opt." #field)) FOUND(&m->opt.field[0], count)
  MJOPTION_VECTORS
#undef X
  if (IS("stat.meaninertia")) FOUND(&m->stat.meaninertia, 1)
  if (IS("stat.meanmass")) FOUND(&m->stat.meanmass, 1)
  if (IS("stat.meansize")) FOUND(&m->stat.meansize, 1)
  if (IS("stat.extent")) FOUND(&m->stat.extent, 1)
  return fail("mjModel has no array '%s' in this version of MuJoCo.", name);
}

static const char* data_field(const mjModel* m, mjData* d, const char* name, void** address, int* type, int64_t* length) {
#define X(t, field, rows, columns) if (IS(#field)) FOUND(d->field, (int64_t)(m->rows) * (columns))
  MJDATA_POINTERS
#undef X
#define X(t, field) if (IS(#field)) FOUND(&d->field, 1)
  MJDATA_SCALAR
#undef X
  return fail("mjData has no array '%s' in this version of MuJoCo.", name);
}

EXPORT const char* mjs_field(
    mjModel* model, Simulation* simulation, const char* name, void** address, int* type, int64_t* length) {
  return simulation ? data_field(simulation->model, simulation->data, name, address, type, length)
                    : model_field(model, name, address, type, length);
}
