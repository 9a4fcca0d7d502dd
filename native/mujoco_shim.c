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
//   mjs_load_file (path, &model)                            compile an MJCF file and what it refers to (meshes, includes)
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
//   mjs_draw_make (model, width, height, &renderer)         opens OSMesa (software OpenGL, no display) and uploads the model
//   mjs_draw_from (renderer, look_at[3], distance, azimuth, elevation)       a camera of one's own; degrees
//   mjs_draw      (renderer, simulation, rgb)               width × height × 3 bytes, top row first; the same thread as mjs_draw_make
//   mjs_draw_free (renderer)
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
  F(mju_warningText) F(mj_id2name) F(mjv_defaultCamera) F(mjv_defaultFreeCamera) F(mjv_defaultOption)     \
  F(mjv_defaultScene) F(mjv_makeScene) F(mjv_freeScene) F(mjv_updateScene) F(mjr_defaultContext)          \
  F(mjr_makeContext) F(mjr_freeContext) F(mjr_setBuffer) F(mjr_render) F(mjr_readPixels) LOAD_FUNCTIONS

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

EXPORT const char* mjs_load_file(const char* path, mjModel** model) {
  char error[1024] = "";
  mjModel* volatile loaded = NULL;
  GUARDED(loaded = p_mj_loadXML(path, NULL, error, sizeof(error)), );
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

// ---------------------------------------------------------------------------------------------------------------------- rendering

// OSMesa's interface (GL/osmesa.h), opened only when something is drawn: training needs none of it.
enum { OSMESA_RGBA = 0x1908, GL_UNSIGNED_BYTE_ = 0x1401, DEPTH_BITS = 24, MOST_GEOMS = 2000 };
typedef struct osmesa_context* OSMesaContext;

static OSMesaContext (*p_OSMesaCreateContextExt)(int format, int depth, int stencil, int accumulation, OSMesaContext share);
static unsigned char (*p_OSMesaMakeCurrent)(OSMesaContext context, void* buffer, int type, int width, int height);
static void (*p_OSMesaDestroyContext)(OSMesaContext context);

typedef struct {
  const mjModel* model;
  int width, height;
  OSMesaContext gl;
  unsigned char* frame;  // RGBA, OSMesa's own
  mjvScene scene;
  mjvOption option;
  mjvCamera camera;
  mjrContext context;
} Renderer;

static const char* open_osmesa(void) {
  if (p_OSMesaDestroyContext) return NULL;
  // Global, because MuJoCo looks for the current OpenGL's functions among the symbols of the process.
  void* handle = dlopen("libOSMesa.so.8", RTLD_NOW | RTLD_GLOBAL);
  if (!handle) handle = dlopen("libOSMesa.so", RTLD_NOW | RTLD_GLOBAL);
  if (!handle) return fail("Drawing needs OSMesa (Debian: libosmesa6), which could not be loaded: %s", dlerror());
  p_OSMesaCreateContextExt = (__typeof__(p_OSMesaCreateContextExt))dlsym(handle, "OSMesaCreateContextExt");
  p_OSMesaMakeCurrent = (__typeof__(p_OSMesaMakeCurrent))dlsym(handle, "OSMesaMakeCurrent");
  p_OSMesaDestroyContext = (__typeof__(p_OSMesaDestroyContext))dlsym(handle, "OSMesaDestroyContext");
  return p_OSMesaCreateContextExt && p_OSMesaMakeCurrent && p_OSMesaDestroyContext
      ? NULL : fail("%s", "The OSMesa library lacks one of the functions that drawing needs.");
}

// The model's first camera if it has one, else one that follows the first body.
static void choose_camera(const mjModel* m, mjvCamera* camera) {
  p_mjv_defaultFreeCamera(m, camera);
  if (m->ncam > 0) {
    camera->type = mjCAMERA_FIXED;
    camera->fixedcamid = 0;
  } else if (m->nbody > 1) {
    camera->type = mjCAMERA_TRACKING;
    camera->trackbodyid = 1;
  }
}

EXPORT void mjs_draw_free(Renderer* renderer) {
  if (renderer->gl) {
    p_OSMesaMakeCurrent(renderer->gl, renderer->frame, GL_UNSIGNED_BYTE_, renderer->width, renderer->height);
    p_mjr_freeContext(&renderer->context);
    p_OSMesaDestroyContext(renderer->gl);
  }
  p_mjv_freeScene(&renderer->scene);
  free(renderer->frame);
  free(renderer);
}

EXPORT const char* mjs_draw_make(const mjModel* model, int width, int height, Renderer** renderer) {
  const char* error = open_osmesa();
  if (error) return error;
  Renderer* made = calloc(1, sizeof(Renderer));
  if (!made) return fail("%s", "Out of memory.");
  made->model = model;
  made->width = width;
  made->height = height;
  made->frame = malloc((size_t)width * height * 4);
  p_mjv_defaultScene(&made->scene);
  p_mjv_defaultOption(&made->option);
  p_mjr_defaultContext(&made->context);
  if (made->frame) made->gl = p_OSMesaCreateContextExt(OSMESA_RGBA, DEPTH_BITS, 8, 0, NULL);
  if (!made->gl || !p_OSMesaMakeCurrent(made->gl, made->frame, GL_UNSIGNED_BYTE_, width, height)) {
    mjs_draw_free(made);
    return fail("%s", "OSMesa could not make a context.");
  }
  GUARDED({
    choose_camera(model, &made->camera);
    p_mjv_makeScene(model, &made->scene, MOST_GEOMS);
    p_mjr_makeContext(model, &made->context, mjFONTSCALE_100);
    p_mjr_setBuffer(mjFB_WINDOW, &made->context);
  }, mjs_draw_free(made));
  *renderer = made;
  return NULL;
}

EXPORT void mjs_draw_from(Renderer* renderer, const double* look_at, double distance, double azimuth, double elevation) {
  mjvCamera* camera = &renderer->camera;
  camera->type = mjCAMERA_FREE;
  for (int i = 0; i < 3; i++) camera->lookat[i] = look_at[i];
  camera->distance = distance;
  camera->azimuth = azimuth;
  camera->elevation = elevation;
}

EXPORT const char* mjs_draw(Renderer* renderer, const Simulation* simulation, unsigned char* rgb) {
  const mjrRect view = {0, 0, renderer->width, renderer->height};
  if (!p_OSMesaMakeCurrent(renderer->gl, renderer->frame, GL_UNSIGNED_BYTE_, renderer->width, renderer->height))
    return fail("%s", "OSMesa could not make its context current.");
  GUARDED({
    p_mjv_updateScene(
        renderer->model, simulation->data, &renderer->option, NULL, &renderer->camera, mjCAT_ALL, &renderer->scene);
    p_mjr_render(view, &renderer->scene, &renderer->context);
    p_mjr_readPixels(rgb, NULL, view, &renderer->context);
  }, );
  // OpenGL's first row is the lowest.
  const size_t row = (size_t)renderer->width * 3;
  for (int top = 0, bottom = renderer->height - 1; top < bottom; top++, bottom--) {
    unsigned char *a = rgb + top * row, *b = rgb + bottom * row;
    for (size_t i = 0; i < row; i++) {
      const unsigned char swap = a[i];
      a[i] = b[i];
      b[i] = swap;
    }
  }
  return NULL;
}
