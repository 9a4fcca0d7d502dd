// A Procgen library for tests of the binding: libenv version 1 with get_state and set_state, and as strict as the real one, which
// ends the process on any option that it does not know. It plays no game: what it shows says what it was told.
//
//   frame      byte 0 = level seed, 1 = steps in the level, 2 = last action, 3 = number of the environment; every other byte 7
//   action 7   reward 1        action 13   the level is lost        action 14   the level is completed, reward 10
//   action −1  the episode ends by force
//   time limit as the real games' (coinrun 1000, fruitbot 1000, bigfish 6000, maze 500, leaper 500)
//   levels     environment i draws low + (hash(rand_seed, i, episode) mod range); after a completed one of a sequence: seed + 997

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define EXPORT __attribute__((visibility("default")))

enum { UINT8 = 1, INT32 = 2 };
enum { OBSERVATION = 1, ACTION = 2, INFO = 3 };
enum { FRAME = 64 * 64 * 3 };

typedef struct { char name[128]; int scalar_type, dtype, shape[16], ndim, low, high; } tensortype;
typedef struct { char name[128]; int dtype, count; void* data; } option;
typedef struct { option* items; int count; } options_list;
typedef struct { void** ob; float* rew; uint8_t* first; void** info; void** ac; } buffers;

typedef struct {
  int32_t level_seed, prev_level_seed, steps, episode, index, action, rand_seed;
  uint8_t complete, first;
  float reward;
} environment;

typedef struct {
  int count, limit, low, high, sequential;
  environment* environments;
  buffers to;
} vector;

_Static_assert(sizeof(tensortype) == 212 && sizeof(option) == 144, "the layout of libenv");

// Everything that the last libenv_make was given, as "name=value;…".
static char given[4096];

EXPORT const char* fake_given(void) { return given; }

EXPORT int libenv_version(void) { return 1; }

static void die(const char* what, const char* name) {
  fprintf(stderr, "fake libenv: %s %s\n", what, name);
  exit(1);
}

static const struct { const char* name; int dtype; int is_bool, is_text; } known[] = {
  {"env_name", UINT8, 0, 1}, {"resource_root", UINT8, 0, 1}, {"num_levels", INT32, 0, 0}, {"start_level", INT32, 0, 0},
  {"num_actions", INT32, 0, 0}, {"rand_seed", INT32, 0, 0}, {"num_threads", INT32, 0, 0}, {"distribution_mode", INT32, 0, 0},
  {"debug_mode", INT32, 0, 0}, {"render_human", UINT8, 1, 0}, {"center_agent", UINT8, 1, 0}, {"use_backgrounds", UINT8, 1, 0},
  {"use_generated_assets", UINT8, 1, 0}, {"use_monochrome_assets", UINT8, 1, 0}, {"restrict_themes", UINT8, 1, 0},
  {"paint_vel_info", UINT8, 1, 0}, {"use_sequential_levels", UINT8, 1, 0},
};

static void check(const options_list* list) {
  given[0] = 0;
  for (int i = 0; i < list->count; i++) {
    const option* o = &list->items[i];
    const size_t kinds = sizeof known / sizeof *known;
    size_t k = 0;
    while (k < kinds && strcmp(known[k].name, o->name)) k++;
    if (k == kinds) die("unknown option", o->name);
    for (int j = 0; j < i; j++)
      if (!strcmp(list->items[j].name, o->name)) die("option given twice", o->name);
    if (o->dtype != known[k].dtype || (!known[k].is_text && o->count != 1)) die("wrong type of option", o->name);
    size_t end = strlen(given);
    if (known[k].is_text) {
      snprintf(given + end, sizeof given - end, "%s=%.*s;", o->name, o->count, (const char*)o->data);
    } else {
      const int value = o->dtype == UINT8 ? *(uint8_t*)o->data : *(int32_t*)o->data;
      if (known[k].is_bool && value != 0 && value != 1) die("not a truth value:", o->name);
      snprintf(given + end, sizeof given - end, "%s=%d;", o->name, value);
    }
  }
}

static const option* find(const options_list* list, const char* name) {
  for (int i = 0; i < list->count; i++)
    if (!strcmp(list->items[i].name, name)) return &list->items[i];
  die("missing option", name);
  return NULL;
}

static int number(const options_list* list, const char* name) {
  const option* o = find(list, name);
  return o->dtype == UINT8 ? *(uint8_t*)o->data : *(int32_t*)o->data;
}

static int is_game(const option* o, const char* name) {
  return o->count == (int)strlen(name) && !memcmp(o->data, name, o->count);
}

static void begin(vector* v, environment* e, int follows) {
  if (follows) {
    e->level_seed += 997;
  } else {
    uint32_t hash = (uint32_t)e->rand_seed * 2654435761u + (uint32_t)e->index * 40503u + (uint32_t)e->episode * 69069u + 1;
    hash ^= hash >> 15;
    e->level_seed = v->low + (int)(hash % (uint32_t)(v->high - v->low));
  }
  e->episode++;
  e->steps = 0;
}

static void show(vector* v, int i) {
  environment* e = &v->environments[i];
  uint8_t* frame = v->to.ob[i];
  memset(frame, 7, FRAME);
  frame[0] = (uint8_t)e->level_seed;
  frame[1] = (uint8_t)e->steps;
  frame[2] = (uint8_t)e->action;
  frame[3] = (uint8_t)e->index;
  v->to.rew[i] = e->reward;
  v->to.first[i] = e->first;
  *(int32_t*)v->to.info[i] = e->prev_level_seed;
  *(uint8_t*)v->to.info[v->count + i] = e->complete;
  *(int32_t*)v->to.info[2 * v->count + i] = e->level_seed;
}

EXPORT void* libenv_make(int num_envs, options_list list) {
  check(&list);
  static const struct { const char* name; int limit; } games[] = {
    {"coinrun", 1000}, {"fruitbot", 1000}, {"bigfish", 6000}, {"maze", 500}, {"leaper", 500}};
  vector* v = calloc(1, sizeof *v);
  for (size_t g = 0; g < sizeof games / sizeof *games; g++)
    if (is_game(find(&list, "env_name"), games[g].name)) v->limit = games[g].limit;
  if (!v->limit) abort();
  const int levels = number(&list, "num_levels"), start = number(&list, "start_level");
  if (num_envs < 1 || levels < 0 || start < 0 || number(&list, "num_actions") < 1) abort();
  const option* root = find(&list, "resource_root");
  if (root->count < 1 || ((char*)root->data)[root->count - 1] != '/') die("no slash at the end of", "resource_root");
  v->low = levels ? start : 0;
  v->high = levels ? start + levels : INT32_MAX;
  v->sequential = number(&list, "use_sequential_levels");
  v->count = num_envs;
  v->environments = calloc((size_t)num_envs, sizeof *v->environments);
  for (int i = 0; i < num_envs; i++) {
    v->environments[i].index = i;
    v->environments[i].rand_seed = number(&list, "rand_seed");
  }
  return v;
}

static void tensor(tensortype* out, const char* name, int dtype, int ndim, int high) {
  // The real library leaves the rest of the shape as it finds it.
  memset(out->name, 0, sizeof out->name);
  strcpy(out->name, name);
  out->scalar_type = 2;
  out->dtype = dtype;
  out->ndim = ndim;
  if (ndim == 3) out->shape[0] = out->shape[1] = 64, out->shape[2] = 3;
  out->low = 0;
  out->high = high;
}

EXPORT int libenv_get_tensortypes(void* handle, int space, tensortype* out) {
  (void)handle;
  if (space == OBSERVATION) {
    if (out) tensor(out, "rgb", UINT8, 3, 255);
    return 1;
  }
  if (space == ACTION) {
    if (out) tensor(out, "action", INT32, 0, 14);
    return 1;
  }
  if (out) {
    tensor(out, "prev_level_seed", INT32, 0, INT32_MAX);
    tensor(out + 1, "prev_level_complete", UINT8, 0, 1);
    tensor(out + 2, "level_seed", INT32, 0, INT32_MAX);
  }
  return 3;
}

EXPORT void libenv_set_buffers(void* handle, buffers* b) {
  vector* v = handle;
  if (v->to.ob) abort();  // once only
  const size_t pointer = sizeof(void*), n = (size_t)v->count;
  v->to = *b;
  v->to.ob = memcpy(malloc(n * pointer), b->ob, n * pointer);
  v->to.ac = memcpy(malloc(n * pointer), b->ac, n * pointer);
  v->to.info = memcpy(malloc(3 * n * pointer), b->info, 3 * n * pointer);
  for (int i = 0; i < v->count; i++) {
    v->environments[i].first = 1;
    begin(v, &v->environments[i], 0);
    show(v, i);
  }
}

EXPORT void libenv_observe(void* handle) { (void)handle; }

EXPORT void libenv_act(void* handle) {
  vector* v = handle;
  for (int i = 0; i < v->count; i++) {
    environment* e = &v->environments[i];
    e->action = *(int32_t*)v->to.ac[i];
    e->steps++;
    e->complete = e->action == 14;
    e->reward = e->complete ? 10 : e->action == 7 ? 1 : 0;
    e->prev_level_seed = e->level_seed;
    const int done = e->complete || e->action == 13 || e->action == -1 || e->steps >= v->limit;
    const int follows = v->sequential && e->complete;
    e->first = done && !follows;
    if (done) begin(v, e, follows);
    show(v, i);
  }
}

EXPORT void libenv_close(void* handle) {
  vector* v = handle;
  free(v->to.ob);
  free(v->to.ac);
  free(v->to.info);
  free(v->environments);
  free(v);
}

EXPORT int get_state(void* handle, int i, char* data, int length) {
  vector* v = handle;
  if (length < (int)sizeof(environment)) abort();
  memcpy(data, &v->environments[i], sizeof(environment));
  return sizeof(environment);
}

EXPORT void set_state(void* handle, int i, char* data, int length) {
  vector* v = handle;
  if (length != (int)sizeof(environment)) abort();
  memcpy(&v->environments[i], data, sizeof(environment));
  show(v, i);
}
